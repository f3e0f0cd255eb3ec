import Testing

@testable import MediaContainers

/// Streams with blocks of another camera's stream in them, and streams that only look as if they had.
@Suite struct ForeignFootageTests {
    private static let settings = "-c:v libx264 -preset ultrafast -b:v 1M -g 10 -bf 0"
    private static let page = 4096

    /// Ours, and another camera's of a different picture size.
    private func recordings(_ name: String) throws -> (ours: [UInt8], other: [UInt8]) {
        (try CodecFixture.bytes(name, Self.settings), try CodecFixture.bytes(name, Self.settings + " -vf hflip,scale=176:144"))
    }

    private func payloads(_ bytes: [UInt8]) throws -> [[UInt8]] {
        try CodecFixture.samples(bytes).samples.map {
            $0.payload ?? Array(bytes[Int($0.sourceRange.lowerBound)..<Int($0.sourceRange.upperBound)])
        }
    }

    @Test(arguments: ["a.ts", "a.h264"]) func aStaleTail(_ name: String) throws {
        let (ours, other) = try recordings(name)
        let known = Set(try payloads(ours))
        let cut = ours.count * 6 / 10 / Self.page * Self.page
        let shift = 3 * Self.page
        let stale = Array(ours[..<cut]) + Array(other[(cut - shift)...])
        let got = try payloads(stale)
        #expect(got.count >= 25 && got.allSatisfy(known.contains))
        let description = try CodecFixture.media(stale)
        #expect(description.state != .complete)
        #expect(description.frameCount == got.count)
        #expect(description.playableBytes <= UInt64(cut))
        let finding = try #require(description.findings.first { $0.code == .otherRecording })
        #expect(finding.byteOffset.map { $0 < UInt64(cut) } == true)
    }

    @Test(arguments: ["a.ts", "a.h264"]) func recordingsThatWereJoined(_ name: String) throws {
        let (ours, other) = try recordings(name)
        let joined = ours + other + ours
        let description = try CodecFixture.media(joined)
        #expect(description.frameCount == 150)
        #expect(description.state == .complete)
        #expect(!description.findings.contains { $0.code == .otherRecording })
        #expect(try CodecFixture.samples(joined).samples.count == 150)
    }

    private static let others = [
        "-c:v libx265 -preset ultrafast -b:v 1M -x265-params log-level=none:keyint=10:bframes=0", "-c:v mpeg4 -threads 1 -b:v 1M -g 10",
        "-c:v libx264 -preset veryfast -b:v 1M -g 10 -bf 2",
    ]

    /// A network drops packets, single ones and a few in a row.
    @Test(arguments: [settings] + others) func packetsThatWereLost(_ settings: String) throws {
        let ours = try CodecFixture.bytes("a.ts", "-vf noise=alls=10:allf=t " + settings)
        var dice = CodecFixture.Noise(state: 4711)
        for _ in 0..<20 {
            var packets = stride(from: 0, to: ours.count, by: 188).map { Array(ours[$0..<($0 + 188)]) }
            for _ in 0..<4 {
                let first = Int.random(in: 10..<(packets.count - 20), using: &dice)
                packets.removeSubrange(first..<(first + Int.random(in: 1...9, using: &dice)))
            }
            let description = try CodecFixture.media(packets.flatMap { $0 })
            #expect(!description.findings.contains { $0.code == .otherRecording })
        }
    }

    /// As a receiver stores what a network lost: whole frames, or the end of one.
    @Test(arguments: zip(["a.h264", "a.hevc", "a.m4v", "a.h264"], [settings] + others))
    func framesThatWereLost(_ name: String, _ settings: String) throws {
        let ours = try CodecFixture.bytes(name, settings)
        let frames = try CodecFixture.samples(ours).samples.map {
            Array(ours[Int($0.sourceRange.lowerBound)..<Int($0.sourceRange.upperBound)])
        }
        var dice = CodecFixture.Noise(state: 4711)
        for _ in 0..<20 {
            var left = frames
            for _ in 0..<3 {
                let first = Int.random(in: 1..<(left.count - 6), using: &dice)
                left.removeSubrange(first..<(first + Int.random(in: 1...3, using: &dice)))
                left[first - 1].removeLast(left[first - 1].count / 3)
            }
            let description = try CodecFixture.media(left.flatMap { $0 })
            #expect(description.frameCount == left.count)
            #expect(!description.findings.contains { $0.code == .otherRecording })
        }
    }

    /// The last picture of a raw stream is handed out only if its last macroblock is there.
    @Test(arguments: ["", " -x264opts slices=3"]) func theLastPicture(_ slices: String) throws {
        let ours = try CodecFixture.bytes("a.h264", Self.settings + slices)
        let last = try #require(try CodecFixture.samples(ours).samples.last).sourceRange
        #expect(try CodecFixture.media(ours).frameCount == 50)
        for tenth in 1...9 {
            let cut = Int(last.lowerBound) + (Int(last.upperBound - last.lowerBound)) * tenth / 10
            let description = try CodecFixture.media(Array(ours[..<cut]))
            #expect(description.frameCount == 49)
            #expect(description.state == .truncated)
        }
    }
}
