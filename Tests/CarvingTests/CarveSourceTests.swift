import Foundation
import LinuxSystem
import MediaContainers
import Testing

@testable import Carving

/// A disk made of memory that fails as disks do.
struct BadDisk {
    var content: [UInt8]
    /// Reads that touch these pages answer EIO.
    var badPages: Set<Int> = []
    /// Reads at or behind this offset find the end, whatever the size says.
    var end: Int?
    /// From this offset on the disk is gone.
    var gone: (offset: Int, errno: Int32)?

    /// Opens a file of the right size whose reads go here.
    func open() throws -> (file: OpenFile, path: String) {
        let path = NSTemporaryDirectory() + "/carve-\(UUID().uuidString).img"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        truncate(path, off_t(content.count))
        var calls = SystemCalls.live
        calls.read = { _, buffer, offset in
            let offset = Int(offset)
            if let gone, offset + buffer.count > gone.offset { return .failure(Errno(gone.errno)) }
            let count = max(0, min(buffer.count, (end ?? content.count) - offset))
            if count > 0, (offset / 4096...(offset + count - 1) / 4096).contains(where: badPages.contains) { return .failure(Errno(EIO)) }
            content[offset..<(offset + count)].withUnsafeBytes { buffer.copyMemory(from: $0) }
            return .success(count)
        }
        return (try OpenFile.forReading(path: path, calls: calls), path)
    }

    func source(missing: RangeList = RangeList()) throws -> CarveSource {
        let (file, path) = try open()
        defer { unlink(path) }
        return CarveSource(file, path: path, byteCount: UInt64(content.count), missing: missing)
    }
}

@Suite struct CarveSourceTests {
    private let content: [UInt8] = (0..<262_144).map { (index: Int) -> UInt8 in UInt8(truncatingIfNeeded: index / 4096 + 1) }

    private func readAll(_ source: CarveSource, piece: Int = 10_000) throws -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: piece)
        while true {
            let got = try buffer.withUnsafeMutableBytes { try source.read(at: UInt64(result.count), into: $0) }
            if got == 0 { return result }
            result += buffer.prefix(got)
        }
    }

    @Test func badSectorsAreZeroesAndNoted() throws {
        let source = try BadDisk(content: content, badPages: [3, 4, 40]).source()
        var expected = content
        for page in [3, 4, 40] { expected.replaceSubrange((page * 4096)..<((page + 1) * 4096), with: repeatElement(0, count: 4096)) }
        #expect(try readAll(source) == expected)
        let bad: [Range<UInt64>] = [12_288..<20_480, 163_840..<167_936]
        #expect(source.bad.ranges == bad)
    }

    @Test func whatWasNeverRescuedIsNotRead() throws {
        var missing = RangeList()
        missing.insert(8192..<20_000)
        // The pages would fail, were they asked for.
        let source = try BadDisk(content: content, badPages: [2, 3]).source(missing: missing)
        let bytes = try readAll(source)
        #expect(bytes[8192..<20_000].allSatisfy { $0 == 0 })
        #expect(bytes[20_000...].elementsEqual(content[20_000...]))
        #expect(source.bad.isEmpty)
    }

    @Test func shorterThanItSays() throws {
        let source = try BadDisk(content: content, end: 100_000).source()
        #expect(try readAll(source) == Array(content[..<100_000]))
        #expect(source.earlyEnd == 100_000)
    }

    @Test func vanishes() throws {
        for errno in [ENODEV, ENXIO] {
            let source = try BadDisk(content: content, gone: (50_000, errno)).source()
            #expect(throws: SourceFailure(offset: 50_000, errno: errno)) { try readAll(source) }
        }
        // Some answer EIO for ever.
        let large = [UInt8](repeating: 7, count: 16 << 20)
        let source = try BadDisk(content: large, gone: (4096, EIO)).source()
        #expect(throws: SourceFailure.self) { try readAll(source) }
    }
}

@Suite struct CarverTests {
    /// A baseline JPEG of one grey block, and bytes that make it as large as wanted.
    static func picture(_ size: Int, seed: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 1, count: 64)
        bytes += [0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
        while bytes.count < size - 2 { bytes.append(UInt8((bytes.count * 31 + Int(seed)) % 128)) }
        return bytes + [0xFF, 0xD9]
    }

    private func carve(_ disk: BadDisk, in folder: String, stop: @escaping () -> Bool = { false }) throws -> (CarveResult, [Find]) {
        let (file, path) = try disk.open()
        defer { unlink(path) }
        let carver = try Carver(CarveRequest(source: path, output: folder), opened: file, size: UInt64(disk.content.count))
        let result = try carver.run(shouldStop: stop) { _ in }
        var finds: [Find] = []
        try carver.journal.forEach { finds.append($0) }
        return (result, finds)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "/carve-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private var pictures: [UInt8] {
        var disk: [UInt8] = []
        for number in 0..<20 {
            disk += Self.picture(9000 + number * 100, seed: UInt8(number))
            disk += [UInt8](repeating: 0, count: (number + 1) * 12_288 - disk.count)
        }
        return disk + [UInt8](repeating: 0, count: 1 << 20)
    }

    @Test func badSectorsCostWhatLiesOnThem() throws {
        try withFolder { folder in
            // One in the second picture, one where nothing lies.
            let (result, finds) = try carve(BadDisk(content: pictures, badPages: [4, 100]), in: folder)
            #expect(finds.count >= 19)
            #expect(finds.filter { $0.state == .complete }.count == 19)
            let bad: [Range<UInt64>] = [16_384..<20_480, 409_600..<413_696]
            #expect(result.unreadable.ranges == bad)
            #expect(result.hasLosses)
            let map = try RescueMap.parse(String(contentsOfFile: folder + "/carve.map", encoding: .utf8)).get()
            #expect(map.ranges { $0 == .bad } == result.unreadable)
            #expect(map.ranges { $0 == .nonTried }.isEmpty)
        }
    }

    @Test func aDiskThatVanishesCanBeContinued() throws {
        try withFolder { folder in
            let content = pictures
            #expect(throws: CarveError.self) { try carve(BadDisk(content: content, gone: (100_000, ENODEV)), in: folder) }
        }
    }

    @Test func aDiskThatIsShorterThanItSays() throws {
        try withFolder { folder in
            let (result, finds) = try carve(BadDisk(content: pictures, end: 5 * 12_288), in: folder)
            #expect(finds.count == 5)
            #expect(result.earlyEnd == 5 * 12_288)
            #expect(result.hasLosses)
        }
    }

    @Test func anInterruptedRunGoesOn() throws {
        try withFolder { folder in
            let disk = BadDisk(content: pictures)
            let (file, path) = try disk.open()
            defer { unlink(path) }
            var offsets: Set<UInt64> = []
            var calls = 0
            for limit in 1...40 {
                let carver = try Carver(CarveRequest(source: path, output: folder), opened: file, size: UInt64(disk.content.count))
                calls = 0
                let result = try carver.run(shouldStop: {
                    calls += 1; return calls > limit
                }) { _ in }
                var count = 0
                offsets = []
                try carver.journal.forEach {
                    count += 1
                    offsets.insert($0.offset)
                }
                #expect(count == offsets.count, "each find once")
                if !result.wasInterrupted { break }
            }
            #expect(offsets == Set((0..<20).map { UInt64($0 * 12_288) }))
        }
    }
}
