import Testing

@testable import MediaContainers

/// A file that merely ends too early is cut: nothing in it was overwritten, whichever byte was the last.
@Suite(.serialized) struct CutTests {
    @Test(arguments: SalvageTests.cameras) func isTruncatedWhereverItEnds(_ camera: SalvageTests.Camera) throws {
        let whole = try SalvageFixtures.record(camera.name, camera.options, sound: camera.sound)
        let truth = try SalvageFixtures.truth(whole)
        let sibling = try SalvageFixtures.record(camera.name, camera.options, content: 1, sound: camera.sound)
        let reference = try #require(try SalvageFixtures.reference(sibling))
        let media = SalvageFixtures.withoutTable(whole).bytes
        // A key frame and another one: in their headers, in their middle, before their last byte; and in the sound behind them.
        let keyframe = try #require(truth.video.indices.first { $0 > 30 && truth.keyframes.contains(truth.video[$0]) })
        for packet in [truth.video[keyframe], truth.video[keyframe + 1]] {
            let start = Int(packet.offset), end = start + Int(packet.size)
            let ends =
                Array(start...start + 6) + [
                    start + 9, start + 14, start + 30, start + 90, (start + end) / 2, end - 1, end, end + 1, end + 9, end + 200,
                ]
            for end in ends where end < media.count {
                let found = try #require(try SalvageFixtures.salvage(Array(media[..<end]), [reference]))
                let description = found.description
                let codes = Set(description.findings.map(\.code))
                #expect(description.state == .truncated, "\(end - start) of \(packet.size) bytes: \(codes)")
                #expect(
                    codes.isDisjoint(with: [.bytesSkipped, .tailForeign, .tailZeroed, .otherRecording]), "\(end - start) of \(packet.size)")
                let alive = truth.video.filter { Int($0.offset + $0.size) <= end }
                #expect(found.video.count >= alive.count - 1 && found.video.count <= alive.count, "\(end - start) of \(packet.size)")
            }
        }
    }
}
