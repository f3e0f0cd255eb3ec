import Testing
@testable import MediaContainers

/// What a power cut, a file system and a bad sector leave of a Matroska file.
struct MatroskaDamageTests {
    /// A few kilobytes, several Clusters, B-frames.
    static let tiny = Result {
        try MatroskaOracle.bytes(
            "-f lavfi -i testsrc2=s=64x48:r=25 -frames:v 24 -c:v libx264 -preset veryfast -crf 40 -bf 2 -g 8", "file.mkv")
    }
    /// Half a megabyte with audio between the frames.
    static let normal = Result {
        try MatroskaOracle.bytes(
            "-f lavfi -i testsrc2=s=320x240:r=25:d=6 -f lavfi -i sine=d=6 -c:v libx264 -preset veryfast -g 25 -c:a aac", "file.mkv")
    }

    @Test func cutAtEveryByte() throws {
        let bytes = try Self.tiny.get()
        let whole = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        let ends = whole.map { Int($0.sourceRange.upperBound) }
        let cuesStart = try #require(Self.first([0x1C, 0x53, 0xBB, 0x6B], in: bytes, from: ends.max() ?? 0))
        #expect(whole.count == 24)
        for count in 1..<bytes.count {
            let cut = Array(bytes[..<count])
            guard case .media(let description) = try MediaProbe.describe(SourceReader(MemorySource(cut))) else {
                #expect(count < 64)
                continue
            }
            let expected = ends.count { $0 <= count }
            // Before the Tracks are whole, no video is known.
            if description.video == nil {
                #expect(expected == 0)
            } else {
                #expect(description.frameCount == expected, "cut at \(count)")
            }
            if expected > 0 {
                #expect(description.state == .truncated, "cut at \(count)")
                #expect(description.playableBytes == UInt64(ends.last { $0 <= count } ?? 0))
                #expect(description.has(.cutShort), "cut at \(count): \(description.findings)")
                #expect(description.has(.seekTableMissing) == (count < bytes.count))
                // The header claims 24 frames; one frame's time is forgiven, and a P-frame lies ahead of its B-frames.
                #expect(description.has(.headerOverstates) || expected >= 20)
                #expect(description.keyframeCount == zip(whole, ends).count { $0.isKeyframe && $1 <= count })
            } else {
                #expect(description.state == .empty)
            }
        }
        #expect(cuesStart < bytes.count)
    }

    @Test func everyCutWalksToTheSameSamples() throws {
        let bytes = try Self.tiny.get()
        let whole = try MatroskaOracle.samples(bytes).samples
        for count in stride(from: 300, to: bytes.count, by: 13) {
            let samples = try MatroskaOracle.samples(Array(bytes[..<count])).samples
            #expect(samples.map(\.sourceRange) == whole.map(\.sourceRange).filter { $0.upperBound <= UInt64(count) })
        }
    }

    @Test func zeroedTail() throws {
        let bytes = try Self.normal.get()
        let video = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        for start in stride(from: 20_000, to: bytes.count - 3000, by: 4096) {
            let zeroed = Array(bytes[..<start]) + Array(repeating: 0, count: bytes.count - start)
            let description = try MatroskaOracle.describe(zeroed)
            let expected = video.count { $0.sourceRange.upperBound <= UInt64(start) }
            #expect(description.frameCount == expected, "zeroes from \(start)")
            #expect(description.state == .truncated)
            #expect(description.has(.tailZeroed))
            #expect(description.has(.headerOverstates))
            #expect(description.playableBytes <= UInt64(start))
            let duration = try #require(description.durationMicroseconds)
            #expect(abs(duration - Int64(expected) * 40_000) <= 120_000)
        }
    }

    @Test func foreignTail() throws {
        let bytes = try Self.normal.get()
        let video = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        var noise = MatroskaNoise(seed: 7)
        for start in stride(from: 20_000, to: bytes.count - 3000, by: 9000) {
            let foreign = Array(bytes[..<start]) + (start..<bytes.count).map { _ in UInt8.random(in: 0...255, using: &noise) }
            let description = try MatroskaOracle.describe(foreign)
            let expected = video.count { $0.sourceRange.upperBound <= UInt64(start) }
            // A frame whose last part is foreign may look whole.
            #expect((expected...(expected + 1)).contains(description.frameCount ?? -1), "foreign from \(start)")
            #expect(description.state == .truncated)
            #expect(description.has(.tailForeign) || description.has(.cutShort))
        }
    }

    /// An older recording that lay on the same blocks: its Clusters are sound, but their time goes back.
    @Test func staleTailOfAnOlderRecording() throws {
        let bytes = try Self.normal.get()
        let clusters = Self.all([0x1F, 0x43, 0xB6, 0x75], in: bytes)
        let second = try #require(clusters.dropFirst(1).first), last = try #require(clusters.last)
        // The tail repeats the recording from the second Cluster's middle on.
        let stale = Array(bytes[..<(last + 3000)]) + Array(bytes[(second + 2000)...])
        let description = try MatroskaOracle.describe(stale)
        let expected = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
            .count { $0.sourceRange.upperBound <= UInt64(last + 3000) }
        #expect(description.state == .truncated)
        #expect(description.has(.tailForeign))
        #expect((expected...(expected + 1)).contains(description.frameCount ?? -1))
    }

    @Test func damageInTheMiddle() throws {
        let bytes = try Self.normal.get()
        let clusters = Self.all([0x1F, 0x43, 0xB6, 0x75], in: bytes)
        let video = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        var noise = MatroskaNoise(seed: 3)
        for fill in [0, 0x41, nil] as [UInt8?] {
            let hole = (clusters[2] + 9000)..<(clusters[2] + 13_096)
            var damaged = bytes
            for index in hole { damaged[index] = fill ?? UInt8.random(in: 0...255, using: &noise) }
            let expected = video.count { !$0.sourceRange.overlaps(UInt64(hole.lowerBound)..<UInt64(hole.upperBound)) }
            let description = try MatroskaOracle.describe(damaged)
            #expect(description.state == .damaged)
            #expect(description.has(.bytesSkipped))
            #expect(!description.has(.headerOverstates))
            #expect((expected...(expected + 1)).contains(description.frameCount ?? -1))
            #expect(description.durationMicroseconds == 6_000_000)
            #expect(description.playableBytes == UInt64(bytes.count))
            let walk = try MatroskaOracle.samples(damaged)
            #expect(walk.samples.count { $0.track == 0 } == description.frameCount)
            #expect(walk.findings.contains { $0.code == .bytesSkipped })
        }
    }

    /// The padding that an ext4 journal replay leaves: cut, then zeroes up to the next block.
    @Test func cutAndPadded() throws {
        let bytes = try Self.normal.get()
        let cut = bytes.count / 2
        let description = try MatroskaOracle.describe(Array(bytes[..<cut]) + Array(repeating: 0, count: 3000))
        let video = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        #expect(description.frameCount == video.count { $0.sourceRange.upperBound <= UInt64(cut) })
        #expect(description.state == .truncated)
    }

    @Test func bytesBehindTheSegment() throws {
        let bytes = try Self.normal.get()
        let description = try MatroskaOracle.describe(bytes + Array(repeating: 0, count: 5000))
        #expect(description.state == .complete)
        #expect(description.frameCount == 150)
        #expect(description.findings.map(\.code) == [.trailingBytes])
        #expect(description.playableBytes == UInt64(bytes.count))
        let twice = try MatroskaOracle.describe(bytes + bytes)
        #expect(twice.frameCount == 150)
        #expect(twice.findings.map(\.code) == [.trailingBytes])
    }

    @Test(arguments: ["", " -live 1", " -flush_packets 1"])
    func killedWhileWriting(_ options: String) throws {
        let input = "-re -f lavfi -i testsrc2=s=320x240:r=100 -c:v libx264 -preset ultrafast -tune zerolatency -g 25"
        try MatroskaOracle.made(input + " -cluster_time_limit 300" + options, "file.mkv", killAt: 150_000) { bytes, path in
            let description = try MatroskaOracle.describe(bytes)
            let theirs = try MatroskaOracle.packets(path, "v:0").count
            #expect(theirs > 20)
            // ffmpeg hands out the frame that is cut, too.
            #expect(((theirs - 1)...theirs).contains(description.frameCount ?? -1))
            #expect(description.has(.seekTableMissing))
            #expect(description.state == .truncated || description.playableBytes == UInt64(bytes.count))
        }
    }

    static func all(_ pattern: [UInt8], in bytes: [UInt8]) -> [Int] {
        (0...(bytes.count - pattern.count)).filter { bytes[$0] == pattern[0] && Array(bytes[$0..<($0 + pattern.count)]) == pattern }
    }

    static func first(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        all(pattern, in: bytes).first { $0 >= start }
    }
}
