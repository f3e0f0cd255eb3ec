import Testing

@testable import MediaContainers

@Suite struct MP4WriterTests {
    /// Writes the samples of a file anew.
    private func remux(_ source: [UInt8], creation: Int64? = nil, where isKept: (Sample) -> Bool = { _ in true }) throws -> [UInt8] {
        let reader = try #require(try MP4File.samples(SourceReader(MemorySource(source))))
        #expect(reader.tracks.allSatisfy(MP4Writer.canCarry))
        let sink = MemorySink()
        let writer = MP4Writer(sink: sink, tracks: reader.tracks, creation: creation)
        while let sample = try reader.next() {
            guard isKept(sample) else { continue }
            try source[Int(sample.sourceRange.lowerBound)..<Int(sample.sourceRange.upperBound)].withUnsafeBytes {
                try writer.add(sample, payload: $0)
            }
        }
        let estimate = writer.estimatedByteCount
        try writer.finish()
        #expect(estimate >= UInt64(sink.bytes.count))
        #expect(writer.estimatedByteCount == UInt64(sink.bytes.count))
        return sink.bytes
    }

    private func store(_ bytes: [UInt8], _ name: String) throws -> String {
        let path = MP4Fixtures.path(name)
        try MP4Fixtures.store(bytes, path)
        return path
    }

    struct Source: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        var suffix = "mp4"
        var testDescription: String { name }
    }

    static let sources = [
        Source(name: "h264-aac", arguments: ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "12", "-c:a", "aac"]),
        Source(
            name: "h264-fragmented",
            arguments: [
                "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "12", "-an", "-movflags",
                "frag_keyframe+empty_moov+default_base_moof",
            ]),
        Source(
            name: "hevc",
            arguments: [
                "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v",
                "hvc1", "-an",
            ]),
        Source(name: "mpeg4-mp3", arguments: ["-c:v", "mpeg4", "-c:a", "libmp3lame"]),
        Source(name: "mjpeg-pcm", arguments: ["-c:v", "mjpeg", "-c:a", "pcm_s16le"], suffix: "mov"),
        Source(name: "mpeg2-alaw", arguments: ["-c:v", "mpeg2video", "-c:a", "pcm_alaw"], suffix: "mov"),
        Source(name: "mpeg4-ulaw", arguments: ["-c:v", "mpeg4", "-c:a", "pcm_mulaw"], suffix: "mov"),
        Source(name: "mpeg4-twos", arguments: ["-c:v", "mpeg4", "-c:a", "pcm_s16be"], suffix: "mov"),
        Source(name: "mpeg4-ac3", arguments: ["-c:v", "mpeg4", "-c:a", "ac3"]),
        Source(name: "mpeg4-opus", arguments: ["-c:v", "mpeg4", "-c:a", "libopus"]),
        Source(name: "mpeg4-flac", arguments: ["-c:v", "mpeg4", "-c:a", "flac", "-strict", "-2"]),
    ]

    @Test(arguments: sources) func framesAndTimesAreThoseOfTheSource(_ source: Source) throws {
        let path = try MP4Fixtures.make(
            "write-\(source.name)",
            [
                "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1.2", "-f", "lavfi", "-i",
                "sine=r=48000:d=1.2",
            ] + source.arguments, suffix: source.suffix
        ).get()
        let bytes = try remux(try MP4Fixtures.bytes(path))
        let written = try store(bytes, "written-\(source.name).mp4")
        // Says nothing, or `run` throws what it said.
        try MP4Fixtures.run("ffmpeg", ["-nostdin", "-v", "error", "-i", written, "-f", "null", "-"])
        let times = { (path: String, stream: String) in
            try MP4Fixtures.run(
                "ffprobe",
                [
                    "-v", "error", "-select_streams", stream, "-of", "csv=p=0", "-show_entries",
                    "packet=pts_time,flags", path,
                ]
            )
            .split(separator: "\n").map { $0.split(separator: ",").prefix(2).joined(separator: ",") }
        }
        for stream in source.arguments.contains("-an") ? ["v:0"] : ["v:0", "a:0"] {
            #expect(try MP4Fixtures.frameHashes(written, stream) == MP4Fixtures.frameHashes(path, stream))
            #expect(try times(written, stream) == times(path, stream))
        }
        let before = try describeMP4(try MP4Fixtures.bytes(path)).description
        let after = try describeMP4(bytes).description
        #expect(after.state == .complete)
        #expect(after.findings.isEmpty)
        #expect(after.video == before.video)
        #expect(after.audio == before.audio)
        #expect(after.frameCount == before.frameCount)
        #expect(after.keyframeCount == before.keyframeCount)
        #expect(after.durationMicroseconds == before.durationMicroseconds)
    }

    @Test func startOfTheClipIsInTheFile() throws {
        let source = try MP4Fixtures.bytes(try MP4Fixtures.base.get())
        let instant: Int64 = 1_714_979_289_000_000
        let description = try describeMP4(try remux(source, creation: instant)).description
        #expect(description.clocks.first?.microseconds == instant)
        #expect(description.clocks.first?.kind == .mvhd)
        // After 2040 the seconds since 1904 need 64 bits.
        let late: Int64 = 2_300_000_000_000_000
        let path = try store(try remux(source, creation: late), "late.mp4")
        let tags = try MP4Fixtures.run("ffprobe", ["-v", "error", "-of", "csv=p=0", "-show_entries", "format_tags=creation_time", path])
        #expect(tags.hasPrefix("2042-11-19T08:53:20"))
    }

    /// What lies before time 0 is kept for decoding and not shown.
    @Test func hidesWhatComesBeforeTheClip() throws {
        let source = try MP4Fixtures.bytes(try MP4Fixtures.base.get())
        let reader = try #require(try MP4File.samples(SourceReader(MemorySource(source))))
        let video = try #require(reader.tracks.firstIndex { $0.isVideo })
        let timescale = reader.tracks[video].timescale
        let sink = MemorySink()
        let writer = MP4Writer(sink: sink, tracks: [reader.tracks[video]])
        var shown = 0
        while var sample = try reader.next() {
            guard sample.track == video else { continue }
            sample.track = 0
            sample.decodeTime -= timescale / 2
            sample.presentationTime -= timescale / 2
            if sample.presentationTime >= 0 { shown += 1 }
            try source[Int(sample.sourceRange.lowerBound)..<Int(sample.sourceRange.upperBound)].withUnsafeBytes {
                try writer.add(sample, payload: $0)
            }
        }
        try writer.finish()
        let path = try store(sink.bytes, "clip.mp4")
        #expect(shown > 80 && shown < 90)
        #expect(try MP4Fixtures.probe(path).frames == shown)
        #expect(try describeMP4(sink.bytes).description.frameCount == shown)
        #expect(try samplesOfMP4(sink.bytes).samples.count == 100)
    }

    @Test func clipThatBeginsLate() throws {
        let source = try MP4Fixtures.bytes(try MP4Fixtures.base.get())
        let reader = try #require(try MP4File.samples(SourceReader(MemorySource(source))))
        let video = try #require(reader.tracks.firstIndex { $0.isVideo })
        let sink = MemorySink()
        let writer = MP4Writer(sink: sink, tracks: reader.tracks)
        var times: [Int64] = []
        while var sample = try reader.next() {
            sample.decodeTime += reader.tracks[sample.track].timescale / 3 + 1
            sample.presentationTime += reader.tracks[sample.track].timescale / 3 + 1
            if sample.track == video { times.append(sample.presentationTime) }
            try source[Int(sample.sourceRange.lowerBound)..<Int(sample.sourceRange.upperBound)].withUnsafeBytes {
                try writer.add(sample, payload: $0)
            }
        }
        try writer.finish()
        let again = try samplesOfMP4(sink.bytes).samples.filter { $0.track == video }.map(\.presentationTime)
        #expect(again == times)
        let path = try store(sink.bytes, "late-start.mp4")
        #expect(try MP4Fixtures.packets(path, "v:0").compactMap { Int64($0.split(separator: " ")[0]) } == times)
    }

    @Test func gapsAndStepsBack() throws {
        let track = Track(format: .video(VideoFormat(codec: .mjpeg, width: 64, height: 48)), timescale: 1000)
        let sink = MemorySink()
        let writer = MP4Writer(sink: sink, tracks: [track])
        let picture: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0xFF, 0xD9]
        for time: Int64 in [0, 40, 40_000_000, 39_999_000, 40_000_080] {
            let sample = Sample(track: 0, decodeTime: time, presentationTime: time, duration: 0, isKeyframe: true, sourceRange: 0..<8)
            try picture.withUnsafeBytes { try writer.add(sample, payload: $0) }
        }
        try writer.finish()
        let samples = try samplesOfMP4(sink.bytes).samples
        #expect(samples.map(\.presentationTime) == [0, 40, 40_000_000, 39_999_000, 40_000_080])
        #expect(zip(samples, samples.dropFirst()).allSatisfy { $0.decodeTime <= $1.decodeTime })
    }

    @Test func misuseIsRefused() throws {
        let video = VideoFormat(codec: .h264, width: 64, height: 48)
        #expect(!MP4Writer.canCarry(Track(format: .video(video), timescale: 90_000)))
        #expect(!MP4Writer.canCarry(Track(format: .video(VideoFormat(codec: .unknown, width: 1, height: 1)), timescale: 90_000)))
        #expect(!MP4Writer.canCarry(Track(format: .audio(.g726, sampleRate: 8000, channels: 1), timescale: 8000)))
        #expect(!MP4Writer.canCarry(Track(format: .video(VideoFormat(codec: .mjpeg, width: 1, height: 1)), timescale: 0)))
        let writer = MP4Writer(sink: MemorySink(), tracks: [])
        let sample = Sample(track: 3, decodeTime: 0, presentationTime: 0, duration: 1, isKeyframe: true, sourceRange: 0..<0)
        #expect(throws: MP4Writer.Misuse.unknownTrack(3)) { try writer.add(sample, payload: UnsafeRawBufferPointer(start: nil, count: 0)) }
        try writer.finish()
        #expect(throws: MP4Writer.Misuse.alreadyFinished) { try writer.finish() }
    }
}
