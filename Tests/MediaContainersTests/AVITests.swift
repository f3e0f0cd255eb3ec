import Testing
@testable import MediaContainers

/// AVI files as ffmpeg writes them, whole and damaged, against ffprobe.
struct AVITests {
    struct Flavour: Sendable, CustomStringConvertible {
        var name: String
        var arguments: String
        var video: VideoCodec
        var audio: AudioCodec?
        var description: String { name }
    }

    static let source = "-f lavfi -i testsrc2=s=160x120:r=25:d=2"
    static let tone = "-f lavfi -i sine=d=2"

    static let flavours = [
        Flavour(name: "MJPEG and PCM", arguments: "\(source) \(tone) -c:v mjpeg -c:a pcm_s16le", video: .mjpeg, audio: .pcmS16LE),
        Flavour(name: "MPEG-4 and MP3", arguments: "\(source) \(tone) -c:v mpeg4 -g 10 -c:a libmp3lame", video: .mpeg4, audio: .mp3),
        Flavour(
            name: "H.264 and A-law", arguments: "\(source) \(tone) -c:v libx264 -preset veryfast -tune zerolatency -g 10 -c:a pcm_alaw",
            video: .h264, audio: .pcmALaw),
        Flavour(name: "XVID", arguments: "\(source) -c:v mpeg4 -g 10 -vtag XVID", video: .mpeg4),
        Flavour(name: "29.97 fps", arguments: "\(source) -r 30000/1001 -c:v mjpeg", video: .mjpeg),
        Flavour(
            name: "dropped frames", arguments: "\(source) -vf select=not(between(n\\,10\\,20)) -vsync vfr -c:v mpeg4 -g 10", video: .mpeg4),
    ]

    @Test(arguments: flavours)
    func agreesWithFfprobe(_ flavour: Flavour) throws {
        try MatroskaOracle.made(flavour.arguments, "file.avi") { bytes, path in
            let reader = SourceReader(MemorySource(bytes))
            guard case .media(let description) = try MediaProbe.describe(reader) else {
                Issue.record("not recognised")
                return
            }
            #expect(description.container == .avi)
            #expect(description.video == VideoFormat(codec: flavour.video, width: 160, height: 120))
            #expect(description.audio == flavour.audio)
            #expect(try description.frameCount == MatroskaOracle.frameCount(path))
            #expect(try description.keyframeCount == MatroskaOracle.packets(path, "v:0").count { $0.isKeyframe })
            #expect(description.state == .complete)
            #expect(description.findings.isEmpty)
            #expect(description.playableBytes == UInt64(bytes.count))
            #expect(abs((description.durationMicroseconds ?? 0) - 2_000_000) <= 41_000)
            #expect(reader.readCount <= 3)
        }
    }

    @Test(arguments: flavours)
    func samplesAreThePackets(_ flavour: Flavour) throws {
        try MatroskaOracle.made(flavour.arguments, "file.avi") { bytes, path in
            let (tracks, samples, findings) = try MatroskaOracle.samples(bytes)
            #expect(findings.isEmpty)
            for (index, track) in tracks.enumerated() {
                let ours = samples.filter { $0.track == index }
                let theirs = try MatroskaOracle.packets(path, track.isVideo ? "v:0" : "a:0", time: "dts")
                #expect(ours.count == theirs.count)
                let scale = index == 0 && flavour.name.hasPrefix("29") ? 1001 : ours.first?.duration ?? 1
                for (sample, packet) in zip(ours, theirs) {
                    #expect(sample.sourceRange.count == packet.size)
                    #expect(sample.isKeyframe == packet.isKeyframe)
                    if track.isVideo { #expect(sample.decodeTime == (packet.time ?? -1) * scale) }
                }
                #expect(ours.last.map { Double($0.decodeTime + $0.duration) / Double(track.timescale) } ?? 0 > 1.9)
                #expect(ours.last.map { Double($0.decodeTime + $0.duration) / Double(track.timescale) } ?? 0 < 2.1)
            }
        }
    }

    @Test(arguments: flavours)
    func withoutAnIndexTheSame(_ flavour: Flavour) throws {
        let bytes = try MatroskaOracle.bytes(flavour.arguments, "file.avi")
        let whole = try MatroskaOracle.describe(bytes)
        let index = try #require(MatroskaDamageTests.first(Array("idx1".utf8), in: bytes, from: bytes.count / 2))
        let description = try MatroskaOracle.describe(Array(bytes[..<index]))
        #expect(description.frameCount == whole.frameCount)
        #expect(description.keyframeCount == whole.keyframeCount)
        #expect(description.durationMicroseconds == whole.durationMicroseconds)
        #expect(description.has(.seekTableMissing))
        #expect(description.has(.cutShort))  // RIFF's size
        #expect(description.state == .truncated)
    }

    static let tiny = Result { try MatroskaOracle.bytes("-f lavfi -i testsrc2=s=32x32:r=25 -frames:v 12 -c:v mpeg4 -g 4", "file.avi") }
    static let normal = Result {
        try MatroskaOracle.bytes(
            "-f lavfi -i testsrc2=s=320x240:r=25:d=4 -f lavfi -i sine=d=4 -c:v mpeg4 -g 12 -c:a libmp3lame", "file.avi")
    }

    @Test func cutAtEveryByte() throws {
        let bytes = try Self.tiny.get()
        let ends = try MatroskaOracle.samples(bytes).samples.map(\.sourceRange.upperBound)
        #expect(ends.count == 12)
        for count in 12..<bytes.count {
            let description = try MatroskaOracle.describe(Array(bytes[..<count]))
            let expected = ends.count { $0 <= UInt64(count) }
            #expect(description.frameCount ?? 0 == expected, "cut at \(count)")
            #expect(description.state == (expected == 0 ? .empty : .truncated), "cut at \(count)")
            if expected > 0 { #expect(description.playableBytes <= UInt64(count) && description.playableBytes >= ends[expected - 1]) }
        }
    }

    @Test func zeroedTail() throws {
        let bytes = try Self.normal.get()
        let video = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        let index = try #require(MatroskaDamageTests.first(Array("idx1".utf8), in: bytes, from: bytes.count / 2))
        for start in stride(from: 20_000, to: bytes.count - 3000, by: 4096) {
            let description = try MatroskaOracle.describe(Array(bytes[..<start]) + Array(repeating: 0, count: bytes.count - start))
            #expect(description.frameCount == video.count { $0.sourceRange.upperBound <= UInt64(start) }, "zeroes from \(start)")
            #expect(description.state == .truncated)
            #expect(description.has(.tailZeroed) && description.has(.seekTableMissing))
            if start < index - 8000 { #expect(description.has(.headerOverstates)) }
        }
    }

    @Test func foreignTail() throws {
        let bytes = try Self.normal.get()
        let video = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        var noise = MatroskaNoise(seed: 11)
        for start in stride(from: 20_000, to: bytes.count - 3000, by: 9000) {
            let foreign = Array(bytes[..<start]) + (start..<bytes.count).map { _ in UInt8.random(in: 0...255, using: &noise) }
            let description = try MatroskaOracle.describe(foreign)
            let expected = video.count { $0.sourceRange.upperBound <= UInt64(start) }
            #expect((expected...(expected + 1)).contains(description.frameCount ?? -1), "foreign from \(start)")
            #expect(description.state == .truncated)
            #expect(description.has(.tailForeign) || description.has(.cutShort))
        }
    }

    @Test func damageInTheMiddle() throws {
        let bytes = try Self.normal.get()
        let video = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        let hole = 60_001..<64_097
        let expected = video.count { !$0.sourceRange.overlaps(UInt64(hole.lowerBound - 8)..<UInt64(hole.upperBound)) }
        for fill in [0, 0x5A] as [UInt8] {
            var damaged = bytes
            for place in hole { damaged[place] = fill }
            let walk = try MatroskaOracle.samples(damaged)
            #expect((expected...(expected + 1)).contains(walk.samples.count { $0.track == 0 }))
            #expect(walk.findings.contains { $0.code == .bytesSkipped })
            // Without its index, chunks behind foreign bytes are believed from the next key frame on.
            let index = try #require(MatroskaDamageTests.first(Array("idx1".utf8), in: damaged, from: damaged.count / 2))
            let description = try MatroskaOracle.describe(Array(damaged[..<index]))
            let least = fill == 0 ? expected : expected - 12  // a group
            #expect((least...(expected + 1)).contains(description.frameCount ?? 0))
            #expect(description.state == .damaged)
        }
    }

    /// The size of one chunk claims more: the frames behind it are found again.
    @Test func wrongChunkSize() throws {
        var bytes = try Self.normal.get()
        let video = try MatroskaOracle.samples(bytes).samples.filter { $0.track == 0 }
        let size = Int(video[30].sourceRange.lowerBound) - 4
        bytes[size + 2] = 1  // 64 KiB more
        let walk = try MatroskaOracle.samples(bytes)
        #expect((98...100).contains(walk.samples.count { $0.track == 0 }))
    }

    @Test(arguments: ["mpeg4 -g 10", "mjpeg", "libx264 -preset ultrafast -tune zerolatency -g 10"])
    func killedWhileWriting(_ codec: String) throws {
        let input = "-re -f lavfi -i testsrc2=s=320x240:r=100 -c:v \(codec) -flush_packets 1"
        try MatroskaOracle.made(input, "file.avi", killAt: 150_000) { bytes, path in
            let description = try MatroskaOracle.describe(bytes)
            let theirs = try MatroskaOracle.packets(path, "v:0")
            #expect(theirs.count > 10)
            #expect(((theirs.count - 1)...theirs.count).contains(description.frameCount ?? -1))
            #expect(description.state == .truncated)
            #expect(description.has(.seekTableMissing))
            #expect(abs((description.durationMicroseconds ?? 0) - Int64(description.frameCount ?? 0) * 10_000) <= 10_000)
        }
    }

    @Test func anyByteMayChange() throws {
        let bytes = try Self.tiny.get()
        var noise = MatroskaNoise(seed: 5)
        for _ in 0..<1500 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &noise) {
                let place = Int.random(in: 12..<changed.count, using: &noise)
                let other = UInt8.random(in: 0...255, using: &noise)
                changed[place] = [0x00, 0xFF, 0x01, 0x80, 0x30, other][Int.random(in: 0..<6, using: &noise)]
            }
            let description = try MatroskaOracle.describe(changed)
            #expect(description.frameCount ?? 0 <= 14)
            #expect(description.playableBytes <= UInt64(changed.count))
            for sample in try MatroskaOracle.samples(changed).samples { #expect(sample.sourceRange.upperBound <= UInt64(changed.count)) }
        }
    }
}
