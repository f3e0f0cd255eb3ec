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
    }
}
