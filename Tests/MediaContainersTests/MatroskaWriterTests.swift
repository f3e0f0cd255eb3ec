import Foundation
import Testing
@testable import MediaContainers

/// What is written must be what was read, for ffmpeg and for mkvtoolnix.
struct MatroskaWriterTests {
    struct Remuxed {
        var bytes: [UInt8]
        var estimate: UInt64
    }

    static func remux(_ bytes: [UInt8], creation: Int64? = nil, upTo limit: Int = .max) throws -> Remuxed {
        let sink = MemorySink()
        let (tracks, samples, _) = try MatroskaOracle.samples(bytes)
        #expect(tracks.allSatisfy(MatroskaWriter.canCarry))
        let writer = try MatroskaWriter(sink: sink, tracks: tracks, creation: creation)
        for sample in samples.prefix(limit) {
            try MatroskaOracle.payload(sample, in: bytes).withUnsafeBytes { try writer.add(sample, payload: $0) }
        }
        let estimate = writer.estimatedByteCount
        try writer.finish()
        return Remuxed(bytes: sink.bytes, estimate: estimate)
    }

    private static let clip = "\(MatroskaHealthyTests.source) \(MatroskaHealthyTests.tone)"

    static let flavours: [(name: String, arguments: String)] = [
        ("aac.mkv", "\(clip) -c:v libx264 -preset veryfast -bf 3 -g 10 -c:a aac"),
        ("opus.mkv", "\(clip) -c:v libx264 -preset veryfast -c:a libopus"),
        ("hevc.mkv", "\(MatroskaHealthyTests.source) -c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=3:keyint=20"),
        ("alaw.mkv", "\(clip) -c:v mpeg4 -bf 2 -c:a pcm_alaw -ar 8000"),
        ("mjpeg.mkv", "\(clip) -c:v mjpeg -c:a pcm_s16le"),
        ("ntsc.mkv", "-f lavfi -i testsrc2=s=160x120:r=30000/1001:d=2 -f lavfi -i sine=d=2 -c:v libx264 -preset veryfast -c:a mp3"),
        ("vp9.webm", "\(clip) -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libvorbis"),
    ]

    @Test(arguments: flavours.indices)
    func everyPacketSurvives(_ index: Int) throws {
        let flavour = Self.flavours[index]
        try MatroskaOracle.made(flavour.arguments, flavour.name) { bytes, path in
            let remuxed = try Self.remux(bytes)
            #expect(remuxed.estimate >= UInt64(remuxed.bytes.count))
            #expect(remuxed.estimate <= UInt64(remuxed.bytes.count) + 8192)
            let copy = path + ".copy.mkv"
            try Data(remuxed.bytes).write(to: URL(fileURLWithPath: copy))
            let hash = ["-map", "0", "-c", "copy", "-f", "streamhash", "-hash", "md5", "-"]
            #expect(
                try MatroskaOracle.run(["ffmpeg", "-v", "error", "-i", path] + hash)
                    == MatroskaOracle.run(["ffmpeg", "-v", "error", "-i", copy] + hash))
            #expect(try MatroskaOracle.packets(path, "v:0") == MatroskaOracle.packets(copy, "v:0"))
            #expect(try MatroskaOracle.frameCount(copy) == MatroskaOracle.packets(path, "v:0").count)
            try Self.expectNoComplaint(copy)
        }
    }

    static func expectNoComplaint(_ path: String) throws {
        let identified = try MatroskaOracle.run(["mkvmerge", "-J", path])
        let json = try #require(try JSONSerialization.jsonObject(with: Data(identified.utf8)) as? [String: Any])
        #expect((json["errors"] as? [Any])?.isEmpty == true)
        #expect((json["warnings"] as? [Any])?.isEmpty == true)
        let container = try #require(json["container"] as? [String: Any])
        #expect(container["recognized"] as? Bool == true)
        let info = try MatroskaOracle.run(["mkvinfo", "--all", path])
        #expect(!info.localizedCaseInsensitiveContains("warning") && !info.localizedCaseInsensitiveContains("error"))
        // Everything is where SeekHead says.
        #expect(info.components(separatedBy: "+ Seek entry").count == 4)
        #expect(info.contains("+ Cues"))
        let rewritten = path + ".again.mkv"
        #expect(try !MatroskaOracle.run(["mkvmerge", "-o", rewritten, path]).contains("Warning"))
    }

    @Test func headersSayWhatIsThere() throws {
        let bytes = try MatroskaOracle.bytes(Self.flavours[5].arguments, "file.mkv")
        let copy = try Self.remux(bytes, creation: 1_700_000_000_123_456).bytes
        let description = try MatroskaOracle.describe(copy)
        #expect(description.state == .complete)
        #expect(description.findings.isEmpty)
        let first = try MatroskaOracle.samples(bytes).samples.first { $0.track == 0 }?.presentationTime ?? 0
        #expect(description.clocks.first?.microseconds == 1_700_000_000_123_456 + first * 1000)
        let walker = try MatroskaWalker(SourceReader(MemorySource(copy)))
        #expect(abs(walker.tracks[0].defaultDuration - 33_366_667) < 20_000)
        #expect(abs((walker.info.duration ?? 0) - 2030) < 40)
    }

    /// Seeking lands on the right frame: every cue names a key block.
    @Test func cuesPointAtKeyframes() throws {
        let bytes = try MatroskaOracle.bytes(Self.flavours[0].arguments, "file.mkv")
        let copy = try Self.remux(bytes).bytes
        let keyframes = try MatroskaOracle.samples(copy).samples.filter { $0.track == 0 && $0.isKeyframe }
        let segment = try #require(MatroskaDamageTests.first([0x18, 0x53, 0x80, 0x67], in: copy, from: 0)) + 12
        let cues = try #require(MatroskaDamageTests.first([0x1C, 0x53, 0xBB, 0x6B], in: copy, from: copy.count / 2))
        var found: [UInt64] = []
        try copy.withUnsafeBytes { all in
            var whole = EBMLChildren(.init(rebasing: all[cues...]))
            var points = EBMLChildren(try #require(whole.next()?.content))
            while let point = points.next() {
                var fields = EBMLChildren(point.content)
                var cluster: UInt64 = 0, relative: UInt64 = 0
                while let field = fields.next() {
                    guard field.id == EBMLID.cueTrackPositions else { continue }
                    var positions = EBMLChildren(field.content)
                    while let position = positions.next() {
                        if position.id == EBMLID.cueClusterPosition { cluster = EBMLValue.unsigned(position.content) ?? 0 }
                        if position.id == EBMLID.cueRelativePosition { relative = EBMLValue.unsigned(position.content) ?? 0 }
                    }
                }
                let block = segment + Int(cluster) + 12 + Int(relative)
                let header = try #require(EBMLHeader.parse(.init(rebasing: all[block...])))
                #expect(header.id == EBMLID.simpleBlock)
                found.append(UInt64(block + header.length + 4))
            }
        }
        #expect(found == keyframes.map(\.sourceRange.lowerBound))
    }

    /// Clusters: at a keyframe, but not before a second has passed; never longer than five seconds.
    @Test func clusterLengths() throws {
        for (interval, expected) in [(5, 20), (50, 5), (1000, 2)] {
            let sink = MemorySink()
            let track = Track(format: .video(VideoFormat(codec: .mjpeg, width: 64, height: 48)), timescale: 25)
            let writer = try MatroskaWriter(sink: sink, tracks: [track])
            for index in 0..<(interval == 5 ? 500 : 250) {
                let time = Int64(index)
                let sample = Sample(
                    track: 0, decodeTime: time, presentationTime: time, duration: 1, isKeyframe: index % interval == 0, sourceRange: 0..<1)
                try MatroskaHandmadeTests.picture().withUnsafeBytes { try writer.add(sample, payload: $0) }
            }
            try writer.finish()
            #expect(MatroskaDamageTests.all([0x1F, 0x43, 0xB6, 0x75], in: sink.bytes).count == expected)
            #expect(try MatroskaOracle.describe(sink.bytes).state == .complete)
        }
    }

    /// The plug is pulled while the clip is written: what was written is a recording without Cues.
    @Test func unfinishedOutputIsPlayable() throws {
        let bytes = try MatroskaOracle.bytes(Self.flavours[0].arguments, "file.mkv")
        let (tracks, samples, _) = try MatroskaOracle.samples(bytes)
        let sink = MemorySink()
        let writer = try MatroskaWriter(sink: sink, tracks: tracks)
        for sample in samples { try MatroskaOracle.payload(sample, in: bytes).withUnsafeBytes { try writer.add(sample, payload: $0) } }
        let description = try MatroskaOracle.describe(sink.bytes)
        #expect(description.frameCount ?? 0 >= 25)
        #expect(description.findings.map(\.code) == [.seekTableMissing])
    }

    @Test func timesThatAreOdd() throws {
        let sink = MemorySink()
        let track = Track(format: .video(VideoFormat(codec: .mjpeg, width: 64, height: 48)), timescale: 90_000)
        let writer = try MatroskaWriter(sink: sink, tracks: [track])
        // Below zero, equal, an hour ahead, back again: a block's time may not overflow its 16 bits.
        for time in [-90, 0, 0, 324_000_000, 90_000, .max, .min] as [Int64] {
            let sample = Sample(track: 0, decodeTime: time, presentationTime: time, duration: .max, isKeyframe: true, sourceRange: 0..<1)
            try MatroskaHandmadeTests.picture().withUnsafeBytes { try writer.add(sample, payload: $0) }
        }
        try writer.finish()
        #expect(try MatroskaOracle.samples(sink.bytes).samples.prefix(5).map(\.presentationTime) == [0, 0, 0, 3_600_000, 1000])
    }

    @Test func refusesWhatMatroskaCannotCarry() {
        func video(_ codec: VideoCodec, _ configuration: [UInt8] = [], _ lengthSize: Int? = nil) -> Track {
            let format = VideoFormat(codec: codec, width: 64, height: 48)
            return Track(format: .video(format), timescale: 1000, configuration: configuration, nalLengthSize: lengthSize)
        }
        func audio(_ codec: AudioCodec, _ configuration: [UInt8] = []) -> Track {
            Track(format: .audio(codec, sampleRate: 8000, channels: 1), timescale: 8000, configuration: configuration)
        }
        let refused = [
            video(.h264), video(.h264, [1, 2, 3], 4), video(.h265, [], 4), video(.unknown), video(.av1), audio(.aac), audio(.opus),
            audio(.g726), audio(.unknown), audio(.vorbis), audio(.flac),
        ]
        for track in refused { #expect(!MatroskaWriter.canCarry(track)) }
        let carried = [
            video(.mjpeg), video(.mpeg4), video(.vp8), audio(.mp3), audio(.pcmALaw), audio(.pcmS16BE), audio(.aac, [0x12, 0x10]),
        ]
        for track in carried { #expect(MatroskaWriter.canCarry(track)) }
    }
}
