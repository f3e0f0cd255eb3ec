import Foundation
import Testing

@testable import MediaContainers

@Suite struct ElementaryTests {
    // MARK: - Healthy streams against ffprobe

    @Test(arguments: [
        ("a.h264", "-c:v libx264 -g 12 -bf 3"),
        ("b.h264", "-c:v libx264 -g 12 -bf 0 -x264opts slices=4"),
        ("c.h264", "-c:v libx264 -x264opts aud=1:open-gop=1:keyint=12:bframes=3"),
        ("d.h264", "-c:v libx264 -x264opts intra-refresh=1:keyint=12"),
        ("e.h264", "-c:v libx264 -flags +ildct+ilme -x264opts tff=1"),
        ("f.h264", "-c:v libx264 -profile:v baseline -preset ultrafast -x264opts slices=3:keyint=7"),
        ("a.h265", "-c:v libx265 -x265-params log-level=none:keyint=12"),
        ("b.h265", "-c:v libx265 -x265-params log-level=none:aud=1:slices=2:repeat-headers=1:bframes=0"),
        ("a.m4v", "-c:v mpeg4 -bf 2 -g 12 -f m4v"),
        ("b.m4v", "-c:v libxvid -bf 2 -g 12 -f m4v"),
        ("a.mjpeg", "-c:v mjpeg -f mjpeg"),
        ("b.mjpeg", "-c:v mjpeg -f mpjpeg"),
    ])
    func countsAreThoseOfFFprobe(_ name: String, _ arguments: String) throws {
        let file = try CodecFixture.make(name, arguments)
        defer { try? FileManager.default.removeItem(at: file) }
        let (frames, keyframes) = try CodecFixture.probe(file)
        let bytes = [UInt8](try Data(contentsOf: file))
        let description = try CodecFixture.media(bytes)
        #expect(description.frameCount == frames)
        #expect(description.keyframeCount == keyframes)
        #expect(description.state == .complete)
        #expect(description.findings.isEmpty)
        #expect(description.video?.width == 160 && description.video?.height == 128)
        let samples = try CodecFixture.samples(bytes).samples
        #expect(samples.count { $0.isKeyframe } == keyframes)
        for sample in samples {
            let range = Int(sample.sourceRange.lowerBound)..<Int(sample.sourceRange.upperBound)
            bytes[range].withUnsafeBytes {
                #expect(SampleCheck.isPlausible($0, codec: description.video?.codec ?? .unknown, lengthSize: nil))
                #expect(KeyframeCheck.isKeyframe($0, codec: description.video?.codec ?? .unknown, lengthSize: nil) == sample.isKeyframe)
            }
        }
        if name.hasSuffix("mjpeg") { return }
        // Frames of a stream of units lie one behind the other and cover it.
        #expect(samples.first?.sourceRange.lowerBound == 0)
        #expect(samples.last?.sourceRange.upperBound == UInt64(bytes.count))
        for (one, next) in zip(samples, samples.dropFirst()) { #expect(one.sourceRange.upperBound == next.sourceRange.lowerBound) }
    }

    @Test(arguments: [
        ("-c:v libx264 -g 12 -bf 3", "h264"), ("-c:v libx264 -x264opts bframes=5:b-pyramid=normal:open-gop=1:keyint=15", "h264"),
        ("-c:v libx265 -x265-params log-level=none:keyint=15:bframes=4", "hevc"), ("-c:v mpeg4 -bf 2 -g 12", "m4v"),
    ])
    func presentationTimesAreThoseOfTheContainerBefore(_ arguments: String, _ format: String) throws {
        let file = try CodecFixture.make("a.ts", arguments)
        defer { try? FileManager.default.removeItem(at: file) }
        let raw = file.appendingPathExtension(format)
        defer { try? FileManager.default.removeItem(at: raw) }
        _ = try CodecFixture.run("ffmpeg", ["-loglevel", "error", "-i", file.path, "-c", "copy", "-f", format, raw.path])
        let ours = try CodecFixture.samples([UInt8](try Data(contentsOf: raw))).samples
        let theirs = try CodecFixture.samples([UInt8](try Data(contentsOf: file))).samples
        try #require(ours.count == 50 && theirs.count == 50)
        let first = try #require(theirs.map(\.presentationTime).min())
        let delay = try #require(ours.map(\.presentationTime).min())
        // Their ticks are 3600 a frame; ours are what the headers state, a frame being `duration`.
        #expect(ours.map { ($0.presentationTime - delay) / $0.duration } == theirs.map { ($0.presentationTime - first) / 3600 })
        for sample in ours { #expect(sample.presentationTime >= sample.decodeTime) }
    }

    /// Two field pictures a frame, which no encoder at hand writes: intra fields of PCM, then skipped fields.
    static func fieldPictures(_ frames: Int) -> [UInt8] {
        func unit(_ header: UInt8, _ write: (inout BitWriter) -> Void) -> [UInt8] {
            var bits = BitWriter()
            write(&bits)
            return [0, 0, 0, 1, header] + bits.finished()
        }
        var stream = unit(0x67) { bits in
            for (value, count) in [(77, 8), (0, 8), (30, 8)] { bits.put(value, count) }
            for value in [0, 0, 0, 4, 1] { bits.ue(value) }  // id, frame_num, poc type 0 with 8 bits, references
            bits.put(0, 1)
            bits.ue(0)
            bits.ue(0)
            for flag in [0, 0, 1, 0, 0] { bits.put(flag, 1) }  // interlaced, no MBAFF, direct_8x8, no crop, no VUI
        }
        stream += unit(0x68) { bits in
            bits.ue(0)
            bits.ue(0)
            bits.put(0, 2)
            for _ in 0..<3 { bits.ue(0) }
            bits.put(0, 3)
            for _ in 0..<3 { bits.ue(0) }
            bits.put(0, 3)
        }
        for frame in 0..<frames {
            for bottom in 0...1 {
                let isIDR = frame == 0 && bottom == 0
                stream += unit(isIDR ? 0x65 : 0x41) { bits in
                    bits.ue(0)
                    bits.ue(isIDR ? 7 : 5)
                    bits.ue(0)
                    bits.put(frame & 15, 4)
                    bits.put(1, 1)
                    bits.put(bottom, 1)
                    if isIDR { bits.ue(0) }
                    bits.put(2 * frame + bottom & 255, 8)
                    if isIDR {
                        bits.put(0, 2)
                        bits.ue(0)
                        bits.ue(25)
                        bits.align()
                        for _ in 0..<384 { bits.put(0x80, 8) }
                    } else {
                        bits.put(0, 3)
                        bits.ue(0)
                        bits.ue(1)
                    }
                }
            }
        }
        return stream
    }

    @Test func twoFieldsAreOneFrame() throws {
        let bytes = Self.fieldPictures(20)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".h264")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        #expect(try CodecFixture.probe(file).frames == 20)
        let description = try CodecFixture.media(bytes)
        #expect(description.frameCount == 20)
        #expect(description.keyframeCount == 1)
        #expect(description.video == VideoFormat(codec: .h264, width: 16, height: 32))
    }

    // MARK: - Damage

    private static let kinds = [
        ("a.h264", "-c:v libx264 -x264opts aud=1:keyint=4:slices=2 -vf scale=48:48"),
        ("a.h265", "-c:v libx265 -x265-params log-level=none:keyint=4:repeat-headers=1:info=0 -vf scale=64:64"),
        ("a.m4v", "-c:v mpeg4 -g 4 -f m4v -vf scale=48:48"),
        ("a.mjpeg", "-c:v mjpeg -q:v 20 -f mjpeg -vf scale=48:48"),
    ]

    @Test(arguments: kinds) func cutAtEveryByte(_ name: String, _ arguments: String) throws {
        let bytes = try CodecFixture.bytes(name, arguments, frames: 6)
        let whole = try CodecFixture.samples(bytes).samples
        try #require(whole.count == 6)
        var last = 0
        for end in 0...bytes.count {
            guard case .media(let description) = try CodecFixture.description(Array(bytes[..<end])) else {
                #expect(last == 0)
                continue
            }
            let count = description.frameCount ?? 0
            let before = whole.count { $0.sourceRange.upperBound <= UInt64(end) }
            // A unit that is cut looks like a shorter one: at most that frame is believed.
            #expect((max(0, before - 1)...(before + 1)).contains(count))
            #expect(description.playableBytes <= UInt64(end))
            last = count
        }
        #expect(last == 6)
    }

    @Test(arguments: kinds) func noSingleByteTrapsOrHides(_ name: String, _ arguments: String) throws {
        let bytes = try CodecFixture.bytes(name, arguments, frames: 6)
        for index in stride(from: 0, to: bytes.count, by: 7) {
            for value: UInt8 in [0x00, 0xFF] where bytes[index] != value {
                var damaged = bytes
                damaged[index] = value
                if case .media(let description) = try CodecFixture.description(damaged) {
                    #expect((description.frameCount ?? 0) <= 8)
                    let reader = try MediaProbe.samples(SourceReader(MemorySource(damaged)))
                    while let sample = try reader?.next() { #expect(sample.sourceRange.upperBound <= UInt64(damaged.count)) }
                }
            }
        }
    }

    @Test(arguments: [
        ("a.h264", "-c:v libx264 -g 12"), ("a.h265", "-c:v libx265 -x265-params log-level=none"), ("a.m4v", "-c:v mpeg4 -f m4v"),
        ("a.mjpeg", "-c:v mjpeg -f mjpeg"),
    ])
    func aTailThatIsNotOfTheRecording(_ name: String, _ arguments: String) throws {
        let bytes = try CodecFixture.bytes(name, arguments)
        let whole = try CodecFixture.samples(bytes).samples
        var noise = CodecFixture.Noise(state: 88_172_645_463_325_252)
        let keep = bytes.count * 2 / 3
        let count = bytes.count - keep
        let isUnits = !name.hasSuffix("mjpeg")
        let tails: [(MediaFinding.Code, [UInt8])] = [
            (.tailZeroed, [UInt8](repeating: 0, count: count)),
            (.tailForeign, [UInt8](repeating: 0xFF, count: count)),
            (.tailForeign, Array(String(repeating: "the recorder wrote a log here\n", count: count / 30 + 1).utf8.prefix(count))),
            (.tailForeign, noise.bytes(300_000)),
        ]
        for (code, tail) in tails {
            let description = try CodecFixture.media(Array(bytes[..<keep]) + tail)
            let before = whole.count { $0.sourceRange.upperBound <= UInt64(keep) }
            #expect(description.frameCount == before, "\(code)")
            #expect(description.state == .truncated)
            if isUnits || code == .tailZeroed { #expect(description.findings.map(\.code) == [code]) }
            #expect(description.playableBytes == whole[before - 1].sourceRange.upperBound)
        }
    }

    @Test func aHoleInTheMiddle() throws {
        let bytes = try CodecFixture.bytes("a.h264", "-c:v libx264 -g 12 -bf 0 -b:v 2M")
        let whole = try CodecFixture.samples(bytes).samples
        let start = Int(whole[20].sourceRange.lowerBound) + 40
        var damaged = bytes
        for index in start..<(start + 600) { damaged[index] = 0 }
        let hit = whole.count { $0.sourceRange.overlaps(UInt64(start)..<UInt64(start + 600)) }
        let description = try CodecFixture.media(damaged)
        #expect(description.state == .damaged)
        #expect(description.frameCount == 50 - hit)
        #expect(description.findings.first?.code == .bytesSkipped)
        #expect(description.playableBytes == UInt64(bytes.count))
    }

    /// Without the picture that starts the count over, the next group must not be shown before this one ends.
    @Test(arguments: [
        ("a.h265", "-c:v libx265 -x265-params log-level=none:keyint=12:min-keyint=12:scenecut=0:bframes=0:info=0 -b:v 1M"),
        ("a.h264", "-c:v libx264 -g 12 -sc_threshold 0 -bf 0 -b:v 1M"),
        ("a.h264", "-c:v libx264 -g 24 -sc_threshold 0 -bf 2 -b_strategy 0 -b:v 1M"),
    ])
    func aKeyframeThatWasLost(_ name: String, _ arguments: String) throws {
        let bytes = try CodecFixture.bytes(name, arguments)
        let whole = try CodecFixture.samples(bytes).samples
        let lost = try #require(whole.indices.filter { whole[$0].isKeyframe }.dropFirst().first)
        var damaged = bytes
        let start = Int(whole[lost].sourceRange.lowerBound)
        for index in start..<(start + 600) { damaged[index] = 0 }
        let left = try CodecFixture.samples(damaged).samples
        #expect((lost...whole.count - 1).contains(left.count))
        // What was decoded before the loss is shown before what is decoded after it.
        let before = left.prefix(lost - 1).map(\.presentationTime).max() ?? 0
        #expect(left.dropFirst(lost).allSatisfy { $0.presentationTime > before })
        #expect(left.allSatisfy { $0.presentationTime - $0.decodeTime <= 3 && $0.presentationTime >= $0.decodeTime })
    }

    @Test func aStreamThatBeginsAnywhere() throws {
        let bytes = try CodecFixture.bytes("a.h264", "-c:v libx264 -bf 0 -x264opts keyint=20:repeat-headers=0")
        let whole = try CodecFixture.samples(bytes).samples
        // From the third frame on: no parameter sets, no key frame before the next one.
        let late = Array(bytes[Int(whole[2].sourceRange.lowerBound)...])
        let description = try CodecFixture.media(late)
        #expect(description.frameCount == 48)
        #expect(description.video?.codec == .h264)
        // Garbage in front: what is left of the frame that was being sent.
        var noise = CodecFixture.Noise(state: 99)
        let garbage = try CodecFixture.media(noise.bytes(3000).map { $0 | 1 } + bytes)
        #expect(garbage.frameCount == 50)
        #expect(garbage.findings.first?.code == .bytesSkipped)
        #expect(try CodecFixture.media([UInt8](repeating: 0, count: 5000) + bytes).frameCount == 50)
    }

    @Test func parameterSetsThatTravelApart() throws {
        for (name, arguments, isSet) in [
            ("a.h264", "-c:v libx264 -bf 0 -x264opts keyint=20", { (unit: UnsafeRawBufferPointer) in [7, 8].contains(unit[0] & 0x1F) }),
            ("a.h265", "-c:v libx265 -x265-params log-level=none", { (32...34).contains(H265.type($0[0])) }),
        ] {
            let bytes = try CodecFixture.bytes(name, arguments)
            var bare: [UInt8] = []
            bytes.withUnsafeBytes { for unit in NALUnits.AnnexB($0) where !isSet(unit) { bare += [0, 0, 0, 1] + Array(unit) } }
            let description = try CodecFixture.media(bare)
            #expect(description.frameCount == 50)
            #expect(description.video == VideoFormat(codec: name == "a.h264" ? .h264 : .h265, width: 0, height: 0))
            #expect(description.findings.map(\.code) == [.parameterSetsMissing])
        }
    }

    @Test func theRecordersClock() throws {
        let bytes = try CodecFixture.bytes("a.h264", "-c:v libx264 -bf 0")
        let whole = try CodecFixture.samples(bytes).samples
        let microseconds: UInt64 = 1_711_848_600_123_456
        let clock = (0..<8).map { UInt8(truncatingIfNeeded: microseconds >> (56 - 8 * UInt64($0))) }
        let time = [clock[0], clock[1], 0xFF, clock[2], clock[3], 0xFF, clock[4], clock[5], 0xFF, clock[6], clock[7], 0x80]
        let sei: [UInt8] = [0, 0, 0, 1, 6, 5, 28] + Array("MISPmicrosectime".utf8) + [0x1F] + time
        let at = Int(whole[5].sourceRange.lowerBound)
        let description = try CodecFixture.media(Array(bytes[..<at]) + sei + Array(bytes[at...]))
        #expect(description.frameCount == 50)
        // Five frames of 40 ms before.
        #expect(description.clocks.map(\.microseconds) == [Int64(microseconds) - 200_000])
    }

    // MARK: - Images

    @Test func aThumbnailIsNotTheEnd() throws {
        let image = try CodecFixture.bytes("a.jpg", "", frames: 1)
        let thumbnail = try CodecFixture.bytes("b.jpg", "-vf scale=32:32", frames: 1)
        let length = thumbnail.count + 2
        let exif = [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 0xFF)] + thumbnail
        let nested = Array(image[..<2]) + exif + Array(image[2...])
        let description = try CodecFixture.media(nested)
        #expect(description.container == .jpeg)
        #expect(description.frameCount == 1)
        #expect(description.durationMicroseconds == 0)
        #expect(description.video == VideoFormat(codec: .mjpeg, width: 160, height: 128))
        #expect(description.playableBytes == UInt64(nested.count))
        let cut = try CodecFixture.media(Array(nested.dropLast(10)))
        #expect(cut.frameCount == 0)
        #expect(cut.state == .truncated)
        #expect(try CodecFixture.media(nested + nested).container == .mjpeg)
        #expect(try CodecFixture.media(nested + nested).frameCount == 2)
    }

    // MARK: - What is no stream

    @Test func noiseAndOtherFilesAreNotRecognised() throws {
        var noise = CodecFixture.Noise(state: 42)
        for _ in 0..<1000 {
            let head = noise.bytes(4096)
            head.withUnsafeBytes {
                #expect(!ElementaryFile.recognises($0, byteCount: 4096))
                #expect(!TransportStreamFile.recognises($0, byteCount: 4096))
            }
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let make = """
            sqlite3 a.db 'create table t(a,b); with recursive c(x) as (select 1 union all select x+1 from c where x<5000) \
            insert into t select x,hex(x) from c'
            gzip -c a.db > a.gz; tar cf a.tar a.db; od -x a.db > a.txt
            ffmpeg -loglevel error -f lavfi -i sine=duration=2 a.wav
            ffmpeg -loglevel error -f lavfi -i sine=duration=2 a.mp3
            ffmpeg -loglevel error -f lavfi -i testsrc2=size=640x480 -frames:v 1 a.png
            ffmpeg -loglevel error -f lavfi -i testsrc2=size=640x480:rate=25 -frames:v 20 -c:v mpeg2video a.vob
            ffmpeg -loglevel error -f lavfi -i testsrc2=size=640x480:rate=25 -frames:v 20 a.gif
            printf '%%PDF-1.4\\n1 0 obj << /Length 10 >> stream\\n' > a.pdf; cat a.png >> a.pdf
            tr -dc GATC < /dev/urandom | head -c 200000 > dna.txt
            cp /bin/bash elf
            """
        _ = try CodecFixture.run("sh", ["-c", "cd '\(folder.path)'; \(make)"])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count == 12)
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
            Array(bytes.prefix(65536)).withUnsafeBytes {
                #expect(!ElementaryFile.recognises($0, byteCount: UInt64(bytes.count)), "\(name)")
                #expect(!TransportStreamFile.recognises($0, byteCount: UInt64(bytes.count)), "\(name)")
            }
        }
        // Tables of big-endian numbers are full of start codes.
        let table = (0..<8000).flatMap { (n: Int) -> [UInt8] in
            [0, 0, 1, UInt8(truncatingIfNeeded: n), 0, 0, UInt8(n >> 8), UInt8(truncatingIfNeeded: 3 * n)]
        }
        #expect(try CodecFixture.description(table) == .notMedia)
        #expect(try CodecFixture.description([UInt8](repeating: 0, count: 70_000)) == .zeroes)
        #expect(try CodecFixture.description(Array([[UInt8]](repeating: [0, 0, 1], count: 20_000).joined())) == .notMedia)
    }
}

/// Bits into bytes, for streams that no encoder writes.
struct BitWriter {
    private var bytes: [UInt8] = []
    private var count = 0

    mutating func put(_ value: Int, _ bits: Int) {
        for bit in stride(from: bits - 1, through: 0, by: -1) {
            if count % 8 == 0 { bytes.append(0) }
            bytes[count / 8] |= UInt8(value >> bit & 1) << UInt8(7 - count % 8)
            count += 1
        }
    }

    mutating func ue(_ value: Int) {
        let bits = Int.bitWidth - (value + 1).leadingZeroBitCount
        put(0, bits - 1)
        put(value + 1, bits)
    }

    mutating func align() {
        while count % 8 != 0 { put(0, 1) }
    }

    /// With rbsp_trailing_bits.
    consuming func finished() -> [UInt8] {
        put(1, 1)
        align()
        return bytes
    }
}
