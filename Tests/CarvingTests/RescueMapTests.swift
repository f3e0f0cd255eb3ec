import Testing

@testable import Carving

@Suite struct RescueMapTests {
    @Test func areasAreSplitAndJoined() {
        var map = RescueMap(byteCount: 100, identity: "x")
        map.set(10..<20, .finished)
        map.set(30..<40, .bad)
        #expect(map.areas.map(\.range) == [0..<10, 10..<20, 20..<30, 30..<40, 40..<100])
        map.set(0..<10, .finished)
        #expect(map.areas.map(\.range) == [0..<20, 20..<30, 30..<40, 40..<100])
        map.set(15..<35, .finished)
        #expect(map.areas.map(\.range) == [0..<35, 35..<40, 40..<100])
        map.set(0..<1000, .nonTried)
        #expect(map.areas == [.init(range: 0..<100, status: .nonTried)])
        map.set(200..<300, .bad)
        #expect(map.areas.count == 1)
    }

    /// Each byte's status is the last that was set, whatever the order.
    @Test func everyByteKeepsItsLastStatus() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var map = RescueMap(byteCount: 64, identity: "x")
            var truth = [RescueMap.Status](repeating: .nonTried, count: 64)
            for _ in 0..<30 {
                let start = UInt64.random(in: 0..<64, using: &random), end = UInt64.random(in: start...64, using: &random)
                let status = [RescueMap.Status.finished, .bad, .nonTried, .nonTrimmed, .nonScraped].randomElement(using: &random) ?? .bad
                map.set(start..<end, status)
                for index in start..<end { truth[Int(index)] = status }
                #expect(map.areas.flatMap { area in area.range.map { _ in area.status } } == truth)
                #expect(
                    zip(map.areas, map.areas.dropFirst()).allSatisfy {
                        $0.status != $1.status && $0.range.upperBound == $1.range.lowerBound
                    })
            }
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        var map = RescueMap(byteCount: 1 << 40, identity: "1099511627776 bytes, sha256 0123456789abcdef")
        map.set(0..<(5 << 30), .finished)
        map.set(4096..<8192, .bad)
        map.position = 5 << 30
        #expect(try RescueMap.parse(map.text()).get() == map)
    }

    /// The example of the manual, "Mapfile structure".
    @Test func ddrescuesOwn() throws {
        let text = """
            # Mapfile. Created by GNU ddrescue version 1.30
            # Command line: ddrescue -d -c18 /dev/fd0 fdimage mapfile
            # Start time:   2024-10-15 14:22:04
            # current_pos  current_status  current_pass
            0x00120000     ?               1
            #      pos        size  status
            0x00000000  0x00117000  +
            0x00117000  0x00000200  -
            0x00117200  0x00001000  /
            0x00118200  0x00007E00  *
            0x00120000  0x00048000  ?
            """
        let map = try RescueMap.parse(text).get()
        #expect(map.identity == nil)
        #expect(map.end == 0x168000)
        #expect(map.position == 0x120000)
        #expect(map.areas.map(\.status) == [.finished, .bad, .nonScraped, .nonTrimmed, .nonTried])
        #expect(map.ranges { $0 != .finished }.ranges == [0x117000..<0x168000])
    }

    @Test(arguments: [
        ("", 1), ("# a comment\n", 1), ("0x0 +\n", 1), ("Dear Sir\n", 1), ("0x0 + 1\n0x0 0x10 !\n", 2),
        ("0x0 + 1\n0x0 0x10 +\n0x20 0x10 +\n", 3),
        ("0x0 + 1\n0x0 0x0 +\n", 2), ("0x0 + 1\n0xFFFFFFFFFFFFFFFF 0x10 +\n", 2), ("0x0 + 1\n0x0 0x10 + 7\n", 2),
    ]) func whatIsNoMap(_ text: String, _ line: Int) {
        #expect(RescueMap.parse(text) == .failure(.init(number: line)))
    }

    @Test func rangesMerge() {
        var list = RangeList()
        for range in [10..<20, 30..<40, 20..<30, 50..<60, 0..<5] as [Range<UInt64>] { list.insert(range) }
        #expect(list.ranges == [0..<5, 10..<40, 50..<60])
        #expect(list.first(overlapping: 5..<10) == nil)
        #expect(list.first(overlapping: 39..<50) == 10..<40)
        #expect(list.byteCount == 45)
    }
}
