import Testing

@testable import MediaContainers

@Suite struct MP4HealthyTests {
    struct Flavour: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        var suffix = "mp4"
        var container = Container.mp4
        var testDescription: String { name }
    }

    static let flavours = [
        Flavour(name: "plain", arguments: []),
        Flavour(name: "fast-start", arguments: ["-movflags", "faststart"]),
        Flavour(name: "frag", arguments: ["-movflags", "frag_keyframe"], container: .fmp4),
        Flavour(name: "empty-moov", arguments: ["-movflags", "frag_keyframe+empty_moov"], container: .fmp4),
        Flavour(name: "default-base", arguments: ["-movflags", "frag_keyframe+empty_moov+default_base_moof"], container: .fmp4),
        Flavour(name: "every-frame", arguments: ["-movflags", "frag_every_frame+empty_moov+default_base_moof"], container: .fmp4),
        Flavour(name: "separate-moof", arguments: ["-movflags", "frag_keyframe+empty_moov+separate_moof"], container: .fmp4),
        Flavour(name: "delay-moov", arguments: ["-movflags", "frag_keyframe+delay_moov"], container: .fmp4),
        Flavour(name: "dash", arguments: ["-movflags", "frag_keyframe+delay_moov+dash+global_sidx"], container: .fmp4),
        Flavour(name: "prft", arguments: ["-movflags", "frag_keyframe+empty_moov", "-write_prft", "wallclock"], container: .fmp4),
        Flavour(name: "negative-offsets", arguments: ["-movflags", "negative_cts_offsets"]),
        Flavour(name: "quicktime", arguments: [], suffix: "mov"),
        Flavour(name: "timescale-30000", arguments: ["-video_track_timescale", "30000"]),
        Flavour(name: "timescale-90001", arguments: ["-video_track_timescale", "90001"]),
        Flavour(name: "no-sound", arguments: ["-an"]),
    ]

    @Test(arguments: flavours) func agreesWithFfprobe(_ flavour: Flavour) throws {
        let path = try MP4Fixtures.copy("healthy-\(flavour.name)", flavour.arguments, suffix: flavour.suffix).get()
        let bytes = try MP4Fixtures.bytes(path)
        let truth = try MP4Fixtures.probe(path)
        let (description, reads) = try describeMP4(bytes)
        #expect(description.container == flavour.container)
        #expect(description.video == VideoFormat(codec: .h264, width: 160, height: 120))
        #expect(description.audio == (flavour.name == "no-sound" ? nil : .aac))
        #expect(description.frameCount == truth.frames)
        #expect(description.keyframeCount == truth.keyframes)
        #expect(abs(Double(description.durationMicroseconds ?? 0) / 1_000_000 - truth.duration) < 0.001)
        #expect(description.state == .complete)
        #expect(description.findings.isEmpty)
        #expect(description.playableBytes == UInt64(bytes.count))
        #expect(reads <= 3)
    }

    @Test(arguments: flavours) func samplesAreThePacketsOfFfprobe(_ flavour: Flavour) throws {
        let path = try MP4Fixtures.copy("samples-\(flavour.name)", flavour.arguments, suffix: flavour.suffix).get()
        let bytes = try MP4Fixtures.bytes(path)
        let (tracks, samples) = try samplesOfMP4(bytes)
        for (index, track) in tracks.enumerated() {
            let mine = samples.filter { $0.track == index }
                .map { "\($0.presentationTime) \($0.decodeTime) \($0.sourceRange.count) \($0.isKeyframe)" }
            #expect(mine == (try MP4Fixtures.packets(path, track.isVideo ? "v:0" : "a:0")))
        }
        #expect(samples.allSatisfy { $0.sourceRange.upperBound <= UInt64(bytes.count) })
        if flavour.container == .mp4 {
            #expect(zip(samples, samples.dropFirst()).allSatisfy { $0.sourceRange.lowerBound <= $1.sourceRange.lowerBound })
        }
        let video = try #require(tracks.first { $0.isVideo })
        #expect(video.configuration.first == 1)
        #expect(video.nalLengthSize == 4)
    }

    struct Codec: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        var suffix: String
        var video: VideoCodec
        var audio: AudioCodec?
        var testDescription: String { name }
    }

    static let codecs = [
        Codec(
            name: "hevc",
            arguments: [
                "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v",
                "hvc1", "-an",
            ],
            suffix: "mp4", video: .h265, audio: nil),
        Codec(name: "mpeg4", arguments: ["-c:v", "mpeg4", "-c:a", "aac"], suffix: "mp4", video: .mpeg4, audio: .aac),
        Codec(name: "mjpeg", arguments: ["-c:v", "mjpeg", "-an"], suffix: "mp4", video: .mjpeg, audio: nil),
        Codec(name: "mjpeg-pcm", arguments: ["-c:v", "mjpeg", "-c:a", "pcm_s16le"], suffix: "mov", video: .mjpeg, audio: .pcmS16LE),
        Codec(name: "alaw", arguments: ["-c:v", "mpeg4", "-c:a", "pcm_alaw"], suffix: "mov", video: .mpeg4, audio: .pcmALaw),
        Codec(name: "ulaw", arguments: ["-c:v", "mpeg4", "-c:a", "pcm_mulaw"], suffix: "mov", video: .mpeg4, audio: .pcmMuLaw),
        Codec(name: "twos", arguments: ["-c:v", "mpeg4", "-c:a", "pcm_s16be"], suffix: "mov", video: .mpeg4, audio: .pcmS16BE),
        Codec(name: "mpeg2-mp3", arguments: ["-c:v", "mpeg2video", "-c:a", "libmp3lame"], suffix: "mp4", video: .mpeg2, audio: .mp3),
        Codec(name: "mp3-mov", arguments: ["-c:v", "mpeg4", "-c:a", "libmp3lame"], suffix: "mov", video: .mpeg4, audio: .mp3),
        Codec(name: "aac-mov", arguments: ["-c:v", "mpeg4", "-c:a", "aac"], suffix: "mov", video: .mpeg4, audio: .aac),
        Codec(name: "ac3", arguments: ["-c:v", "mpeg4", "-c:a", "ac3"], suffix: "mp4", video: .mpeg4, audio: .ac3),
        Codec(name: "opus", arguments: ["-c:v", "mpeg4", "-c:a", "libopus"], suffix: "mp4", video: .mpeg4, audio: .opus),
        Codec(name: "flac", arguments: ["-c:v", "mpeg4", "-c:a", "flac", "-strict", "-2"], suffix: "mp4", video: .mpeg4, audio: .flac),
        Codec(
            name: "vp9", arguments: ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-an"], suffix: "mp4", video: .vp9,
            audio: nil),
    ]

    @Test(arguments: codecs) func knowsTheCodec(_ codec: Codec) throws {
        let path = try MP4Fixtures.make(
            "codec-\(codec.name)",
            [
                "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-f", "lavfi", "-i",
                "sine=r=48000:d=1",
            ] + codec.arguments, suffix: codec.suffix
        ).get()
        let truth = try MP4Fixtures.probe(path)
        let bytes = try MP4Fixtures.bytes(path)
        let description = try describeMP4(bytes).description
        #expect(description.video == VideoFormat(codec: codec.video, width: 96, height: 64))
        #expect(description.audio == codec.audio)
        #expect(description.frameCount == truth.frames)
        #expect(description.keyframeCount == truth.keyframes)
        #expect(description.state == .complete)
        let (tracks, samples) = try samplesOfMP4(bytes)
        let video = try #require(tracks.firstIndex { $0.isVideo })
        #expect(samples.filter { $0.track == video }.count == truth.frames)
    }

    @Test func countsOnlyWhatTheEditListShows() throws {
        let base = try MP4Fixtures.base.get()
        let path = try MP4Fixtures.make("trimmed", ["-ss", "1.3", "-i", base, "-c", "copy"]).get()
        let bytes = try MP4Fixtures.bytes(path)
        let truth = try MP4Fixtures.probe(path)
        let (tracks, samples) = try samplesOfMP4(bytes)
        let video = try #require(tracks.firstIndex { $0.isVideo })
        let description = try describeMP4(bytes).description
        #expect(description.frameCount == truth.frames)
        #expect(description.keyframeCount == truth.keyframes)
        // The frames before the cut are there, for decoding.
        let hidden = samples.filter { $0.track == video && $0.presentationTime < 0 }.count
        #expect(hidden > 0)
        #expect(samples.filter { $0.track == video }.count == truth.frames + hidden)
    }

    /// Edit lists that lie: one that shows nothing is not believed, any other counts as ffprobe counts it.
    @Test(arguments: [(0, 1024), (2000, 1024), (100_000, 1024), (4000, 0), (4000, 500), (1500, 20_000), (4000, 20_000_000)])
    func editListsByHand(duration: Int, mediaTime: Int) throws {
        var bytes = try MP4Fixtures.bytes(try MP4Fixtures.base.get())
        let list = try #require(bytes.mp4Box("elst"))
        bytes.putMP4(UInt32(duration), at: list + 16)
        bytes.putMP4(UInt32(mediaTime), at: list + 20)
        let path = MP4Fixtures.path("edit-\(duration)-\(mediaTime).mp4")
        try MP4Fixtures.store(bytes, path)
        let description = try describeMP4(bytes).description
        if duration == 0 || mediaTime > 100_000 {
            #expect(description.frameCount == 100)
            #expect(description.state == .complete)
        } else {
            let truth = try MP4Fixtures.probe(path)
            #expect(description.frameCount == truth.frames)
            #expect(description.keyframeCount == truth.keyframes)
        }
    }

    @Test func variableRateAndStartOffset() throws {
        let base = try MP4Fixtures.base.get()
        let offset = try MP4Fixtures.make("offset", ["-itsoffset", "1.5", "-i", base, "-c", "copy"]).get()
        let offsetBytes = try MP4Fixtures.bytes(offset)
        let (tracks, samples) = try samplesOfMP4(offsetBytes)
        let video = try #require(tracks.firstIndex { $0.isVideo })
        let first = try #require(samples.filter { $0.track == video }.map(\.presentationTime).min())
        #expect(abs(Double(first) / Double(tracks[video].timescale) - (try MP4Fixtures.probe(offset)).start) < 0.001)

        let variable = try MP4Fixtures.make(
            "variable",
            [
                "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3", "-vf",
                "select='mod(n,7)*mod(n,5)'", "-vsync", "vfr", "-c:v", "libx264", "-preset", "veryfast", "-bf", "3",
            ]
        ).get()
        let truth = try MP4Fixtures.probe(variable)
        let description = try describeMP4(try MP4Fixtures.bytes(variable)).description
        #expect(description.frameCount == truth.frames)
        #expect(abs(Double(description.durationMicroseconds ?? 0) / 1_000_000 - truth.duration) < 0.05)
    }

    @Test func soundOnly() throws {
        let path = try MP4Fixtures.make("sound", ["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac"], suffix: "m4a").get()
        let description = try describeMP4(try MP4Fixtures.bytes(path)).description
        #expect(description.video == nil)
        #expect(description.audio == .aac)
        #expect(description.frameCount == 0)
        #expect(description.state == .complete)
    }

    /// A minute at full length: reads, and the window that walks over fragments.
    @Test func readsLittle() throws {
        let path = try MP4Fixtures.make("minute", ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=60", "-c:v", "mjpeg", "-q:v", "8"]).get()
        let classic = try describeMP4(try MP4Fixtures.bytes(path))
        #expect(classic.description.frameCount == 1500)
        #expect(classic.reads <= 3)
        // A quarter of an hour has a `moov` that is larger than the first read.
        let long = try MP4Fixtures.make(
            "quarter",
            [
                "-f", "lavfi", "-i", "color=s=32x32:r=25:d=900", "-c:v", "mpeg4", "-movflags",
                "faststart",
            ]
        ).get()
        let bytes = try MP4Fixtures.bytes(long)
        #expect(bytes.sizeOfMP4Box(at: try #require(bytes.mp4Box("moov"))) > SourceReader.defaultWindow)
        let (description, reads) = try describeMP4(bytes)
        #expect(description.frameCount == 22_500)
        #expect(reads <= 3)
        let first = try MP4Fixtures.make("minute-first", ["-i", path, "-c", "copy", "-movflags", "faststart"]).get()
        #expect(try describeMP4(try MP4Fixtures.bytes(first)).reads <= 3)
        let split = try MP4Fixtures.make(
            "minute-split",
            [
                "-i", path, "-c", "copy", "-movflags", "empty_moov+default_base_moof",
                "-frag_duration", "4000000",
            ]
        ).get()
        let fragmented = try describeMP4(try MP4Fixtures.bytes(split))
        #expect(fragmented.description.frameCount == 1500)
        #expect(fragmented.reads <= 19)
    }
}
