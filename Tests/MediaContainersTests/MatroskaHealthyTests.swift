import Testing
@testable import MediaContainers

/// Files as writers close them (or never have to), against ffprobe.
struct MatroskaHealthyTests {
    struct Flavour: Sendable, CustomStringConvertible {
        var name: String
        var arguments: String
        var file = "file.mkv"
        var video: VideoCodec
        var audio: AudioCodec?
        var container = Container.matroska
        var hasCues = true
        var description: String { name }
    }

    static let source = "-f lavfi -i testsrc2=s=160x120:r=25:d=2"
    static let tone = "-f lavfi -i sine=d=2"

    static let flavours = [
        Flavour(
            name: "H.264 with B-frames and AAC", arguments: "\(source) \(tone) -c:v libx264 -preset veryfast -bf 3 -g 20 -c:a aac",
            video: .h264, audio: .aac),
        Flavour(
            name: "live", arguments: "\(source) \(tone) -c:v libx264 -preset veryfast -bf 2 -g 20 -c:a libopus -live 1",
            video: .h264, audio: .opus, hasCues: false),
        Flavour(
            name: "short clusters", arguments: "\(source) \(tone) -c:v libx264 -preset veryfast -c:a pcm_alaw -cluster_time_limit 200",
            video: .h264, audio: .pcmALaw),
        Flavour(
            name: "H.265", arguments: "\(source) -c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=3:keyint=20",
            video: .h265),
        Flavour(name: "MPEG-4", arguments: "\(source) \(tone) -c:v mpeg4 -bf 2 -c:a libmp3lame", video: .mpeg4, audio: .mp3),
        Flavour(
            name: "MJPEG, Cues in front", arguments: "\(source) \(tone) -c:v mjpeg -c:a pcm_s16le -reserve_index_space 4096",
            video: .mjpeg, audio: .pcmS16LE),
        Flavour(name: "29.97 fps", arguments: "\(source) -r 30000/1001 -c:v libx264 -preset veryfast", video: .h264),
        Flavour(
            name: "VP8", arguments: "\(source) \(tone) -c:v libvpx -auto-alt-ref 1 -lag-in-frames 20 -b:v 200k -c:a libvorbis",
            file: "file.webm", video: .vp8, audio: .vorbis, container: .webm),
        Flavour(
            name: "VP9", arguments: "\(source) \(tone) -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k -c:a libopus",
            file: "file.webm", video: .vp9, audio: .opus, container: .webm),
    ]

    @Test(arguments: flavours)
    func agreesWithFfprobe(_ flavour: Flavour) throws {
        try MatroskaOracle.made(flavour.arguments, flavour.file) { bytes, path in
            let reader = SourceReader(MemorySource(bytes))
            guard case .media(let description) = try MediaProbe.describe(reader) else {
                Issue.record("not recognised")
                return
            }
            let packets = try MatroskaOracle.packets(path, "v:0")
            #expect(description.container == flavour.container)
            #expect(description.video == VideoFormat(codec: flavour.video, width: 160, height: 120))
            #expect(description.audio == flavour.audio)
            #expect(try description.frameCount == MatroskaOracle.frameCount(path))
            #expect(description.keyframeCount == packets.count { $0.isKeyframe })
            #expect(description.state == .complete)
            #expect(description.playableBytes == UInt64(bytes.count))
            #expect(description.findings.map(\.code) == (flavour.hasCues ? [] : [.seekTableMissing]))
            #expect(abs((description.durationMicroseconds ?? 0) - 2_000_000) <= 41_000)
            #expect(reader.readCount <= 3)
        }
    }

    @Test(arguments: flavours)
    func samplesAreThePackets(_ flavour: Flavour) throws {
        try MatroskaOracle.made(flavour.arguments, flavour.file) { bytes, path in
            let (tracks, samples, findings) = try MatroskaOracle.samples(bytes)
            #expect(findings.isEmpty)
            #expect(tracks.allSatisfy { $0.timescale == 1000 })
            for (index, track) in tracks.enumerated() {
                let ours = samples.filter { $0.track == index }
                let theirs = try MatroskaOracle.packets(path, track.isVideo ? "v:0" : "a:0")
                #expect(ours.count == theirs.count)
                for (sample, packet) in zip(ours, theirs) {
                    #expect(sample.sourceRange.count == packet.size)
                    #expect(sample.isKeyframe == packet.isKeyframe)
                    // CodecDelay is subtracted, and rounded, by both.
                    #expect(abs(sample.presentationTime - (packet.time ?? .min / 2)) <= (track.isVideo ? 0 : 1))
                }
                for (before, after) in zip(ours, ours.dropFirst()) {
                    #expect(before.decodeTime < after.decodeTime || !track.isVideo && before.decodeTime <= after.decodeTime)
                }
                #expect(ours.allSatisfy { $0.decodeTime <= $0.presentationTime })
                if flavour.video == .h264, track.isVideo { #expect(track.nalLengthSize == 4 && !track.configuration.isEmpty) }
            }
        }
    }

    /// Reordering may delay decoding no more than it has to: two frames of B-pyramid, not the whole window.
    @Test func decodeTimesAreTight() throws {
        let bytes = try MatroskaOracle.bytes("\(Self.source) -c:v libx264 -preset veryfast -bf 3 -g 20", "file.mkv")
        let samples = try MatroskaOracle.samples(bytes).samples
        #expect(samples.contains { $0.decodeTime == $0.presentationTime })
        let first = try #require(samples.first)
        #expect((1...80).contains(first.presentationTime - first.decodeTime))
    }

    @Test func dateIsThatOfTheFirstFrame() throws {
        let bytes = try MatroskaOracle.bytes(
            "\(Self.source) -c:v mpeg4 -metadata creation_time=2024-03-05T10:11:12.345Z -output_ts_offset 1.5", "file.mkv")
        let description = try MatroskaOracle.describe(bytes)
        let clock = EmbeddedClock(kind: .dateUTC, microseconds: 1_709_633_472_345_000 + 1_500_000, uncertaintyMicroseconds: 500)
        #expect(description.clocks == [clock])
        #expect(description.durationMicroseconds == 2_000_000)
    }

    @Test func largeFilesAreReadOncePerWindow() throws {
        let bytes = try MatroskaOracle.bytes("-f lavfi -i testsrc2=s=640x480:r=25:d=12 -c:v mjpeg -q:v 1", "file.mkv")
        #expect(bytes.count > 4 << 20)
        let reader = SourceReader(MemorySource(bytes))
        guard case .media(let description) = try MediaProbe.describe(reader) else {
            Issue.record("not recognised")
            return
        }
        #expect(description.frameCount == 300)
        #expect(reader.readCount <= bytes.count >> 20 + 4)
    }
}
