import Testing
@testable import MediaContainers

/// Files built element by element: what ffmpeg does not write, and what nobody should.
struct MatroskaHandmadeTests {
    // MARK: Building

    /// Annex B picture slices, so that the check of the last frame has something to see.
    static func picture(_ count: Int = 40) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xE0] + (0..<count).map { UInt8($0 % 200 + 1) } + [0xFF, 0xD9]
    }

    static func element(_ id: UInt32, _ content: [UInt8]) -> [UInt8] {
        var builder = EBMLBuilder()
        builder.binary(id, content)
        return builder.bytes
    }

    static func number(_ id: UInt32, _ value: UInt64) -> [UInt8] {
        var builder = EBMLBuilder()
        builder.unsigned(id, value)
        return builder.bytes
    }

    static func document(_ type: String = "matroska") -> [UInt8] {
        element(EBMLID.ebml, element(EBMLID.docType, Array(type.utf8)))
    }

    static func unknownSize(_ id: UInt32) -> [UInt8] {
        var builder = EBMLBuilder()
        builder.id(id)
        builder.append(EBMLBuilder.unknownSize)
        return builder.bytes
    }

    static func info(scale: UInt64 = 1_000_000) -> [UInt8] {
        element(EBMLID.info, number(EBMLID.timestampScale, scale))
    }

    static func videoTrack(_ codec: String = "V_MJPEG", _ extra: [UInt8] = []) -> [UInt8] {
        let picture = number(EBMLID.pixelWidth, 64) + number(EBMLID.pixelHeight, 48)
        return element(
            EBMLID.trackEntry,
            number(EBMLID.trackNumber, 1) + number(EBMLID.trackType, 1) + element(EBMLID.codecID, Array(codec.utf8))
                + element(EBMLID.video, picture) + extra)
    }

    static func audioTrack(_ extra: [UInt8] = []) -> [UInt8] {
        element(
            EBMLID.trackEntry,
            number(EBMLID.trackNumber, 2) + number(EBMLID.trackType, 2) + element(EBMLID.codecID, Array("A_MPEG/L3".utf8)) + extra)
    }

    static func head(_ tracks: [UInt8] = videoTrack(), scale: UInt64 = 1_000_000) -> [UInt8] {
        document() + unknownSize(EBMLID.segment) + info(scale: scale) + element(EBMLID.tracks, tracks)
    }

    static func block(_ time: Int, track: UInt8 = 1, flags: UInt8 = 0x80, _ content: [UInt8] = picture()) -> [UInt8] {
        element(EBMLID.simpleBlock, [0x80 | track, UInt8(truncatingIfNeeded: time >> 8), UInt8(truncatingIfNeeded: time), flags] + content)
    }

    static func cluster(_ time: UInt64, _ blocks: [UInt8]) -> [UInt8] {
        element(EBMLID.cluster, number(EBMLID.timestamp, time) + blocks)
    }

    static func group(_ time: Int, _ extra: [UInt8], _ content: [UInt8] = picture()) -> [UInt8] {
        element(EBMLID.blockGroup, element(EBMLID.block, [0x81, UInt8(time >> 8), UInt8(time & 0xFF), 0] + content) + extra)
    }

    // MARK: What is allowed and rare

    @Test func groupsTellKeyframesAndDurations() throws {
        let reference = Self.element(EBMLID.referenceBlock, [0xFF])
        let bytes =
            Self.head()
            + Self.cluster(
                1000,
                Self.group(0, Self.number(EBMLID.blockDuration, 40)) + Self.group(40, reference)
                    + Self.group(80, reference + Self.number(EBMLID.blockDuration, 250)))
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.frameCount == 3)
        #expect(description.keyframeCount == 1)
        #expect(description.durationMicroseconds == 330_000)
        let samples = try MatroskaOracle.samples(bytes).samples
        #expect(samples.map(\.isKeyframe) == [true, false, false])
        #expect(samples.map(\.duration) == [40, 0, 250])
        #expect(samples.map(\.presentationTime) == [1000, 1040, 1080])
        #expect(samples.allSatisfy { MatroskaOracle.payload($0, in: bytes) == Self.picture() })
    }

    /// Clusters and Segment of unknown size, skipped elements, an unknown element between known ones.
    @Test func everythingOfUnknownSize() throws {
        var bytes = Self.head() + Self.element(EBMLID.tags, [1, 2, 3])
        for index in 0..<4 {
            bytes += Self.unknownSize(EBMLID.cluster) + Self.number(EBMLID.timestamp, UInt64(index) * 80)
            bytes += Self.number(EBMLID.position, 7) + Self.block(0) + Self.element(0x5DAA, [9, 9]) + Self.block(40, flags: 0)
            bytes += Self.element(EBMLID.void, Array(repeating: 0, count: 300))
        }
        bytes += Self.element(EBMLID.cues, [0xEC, 0x80])
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.frameCount == 8)
        #expect(description.keyframeCount == 4)
        #expect(description.state == .complete)
        #expect(description.durationMicroseconds == 320_000)
        #expect(description.findings.isEmpty)
    }

    @Test func xiphEBMLAndFixedLacing() throws {
        let frames: [[UInt8]] = [Array(repeating: 1, count: 300), Array(repeating: 2, count: 255), [3, 3], Array(repeating: 4, count: 20)]
        let joined = frames.flatMap { $0 }
        // 300 = 255 + 45, 255 = 255 + 0, 2; and 300, −45, −253 in EBML lacing (2 bytes each, bias 8191).
        let xiph = [3, 255, 45, 255, 0, 2] + joined
        let ebml: [UInt8] = [3, 0x41, 0x2C, 0x5F, 0xD2, 0x5F, 0x02] + joined
        let fixed: [UInt8] = [3] + Array(repeating: 5, count: 80)
        let lasts = Self.number(EBMLID.defaultDuration, 24_000_000)
        let bytes =
            Self.head(Self.videoTrack() + Self.audioTrack(lasts))
            + Self.cluster(
                0,
                Self.block(0, track: 2, flags: 0x82, xiph) + Self.block(96, track: 2, flags: 0x86, ebml)
                    + Self.block(192, track: 2, flags: 0x84, fixed))
        let (tracks, samples, findings) = try MatroskaOracle.samples(bytes)
        #expect(tracks.count == 2 && findings.isEmpty)
        let payloads = samples.map { MatroskaOracle.payload($0, in: bytes) }
        #expect(payloads == frames + frames + Array(repeating: Array(repeating: 5, count: 20), count: 4))
        #expect(samples.map(\.presentationTime) == (0..<12).map { $0 * 24 })
        #expect(samples.allSatisfy { $0.track == 1 && $0.duration == 24 })
    }

    @Test(
        arguments: [
            [0x82, 3, 255, 255, 255, 255], [0x82, 255, 1], [0x86, 3, 0x41, 0xFF, 0x5F, 0xD2], [0x86, 255, 0x01, 0xFF],
            [0x86, 1, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 7], [0x86, 2, 0x81, 0x80, 1, 1, 1], [0x84, 2, 1, 1], [0x82],
        ] as [[UInt8]])
    func lacingThatLies(_ block: [UInt8]) throws {
        let bytes =
            Self.head(Self.videoTrack() + Self.audioTrack())
            + Self.cluster(0, Self.block(0, track: 2, flags: block[0], Array(block.dropFirst())) + Self.block(0))
        let walk = try MatroskaOracle.samples(bytes)
        #expect(walk.samples.map(\.track) == [0])
        #expect(walk.findings.map(\.code) == [.ruleBroken])
        #expect(try MatroskaOracle.describe(bytes).frameCount == 1)
    }

    @Test func strippedHeadersComeBack() throws {
        let compression = Self.number(EBMLID.compressionAlgorithm, 3) + Self.element(EBMLID.compressionSettings, [0xFF, 0xD8, 0xFF])
        let encoding = Self.element(EBMLID.contentEncoding, Self.element(EBMLID.contentCompression, compression))
        let track = Self.videoTrack("V_MJPEG", Self.element(EBMLID.contentEncodings, encoding))
        let bytes = Self.head(track) + Self.cluster(0, Self.block(0, Array(Self.picture().dropFirst(3))))
        let (tracks, samples, _) = try MatroskaOracle.samples(bytes)
        #expect(tracks.first?.format == .video(VideoFormat(codec: .mjpeg, width: 64, height: 48)))
        #expect(samples.first?.payload == Self.picture())
        #expect(try MatroskaOracle.describe(bytes).frameCount == 1)
    }

    @Test(
        arguments: [
            number(EBMLID.compressionAlgorithm, 0), [], number(EBMLID.compressionAlgorithm, 2),
        ] as [[UInt8]])
    func otherEncodingsHideTheCodec(_ compression: [UInt8]) throws {
        let encoding = Self.element(EBMLID.contentEncoding, Self.element(EBMLID.contentCompression, compression))
        let track = Self.videoTrack("V_MJPEG", Self.element(EBMLID.contentEncodings, encoding))
        let description = try MatroskaOracle.describe(Self.head(track) + Self.cluster(0, Self.block(0)))
        #expect(description.video?.codec == .unknown)
        #expect(description.frameCount == 1)
    }

    @Test func bitmapInfoAndCropping() throws {
        let bitmap: [UInt8] = [40, 0, 0, 0, 64, 0, 0, 0, 48, 0, 0, 0, 1, 0, 24, 0] + Array("h264".utf8) + Array(repeating: 0, count: 20)
        let track = Self.videoTrack("V_MS/VFW/FOURCC", Self.element(EBMLID.codecPrivate, bitmap))
        let description = try MatroskaOracle.describe(Self.head(track) + Self.cluster(0, Self.block(0, [0, 0, 0, 1, 0x65, 0x88, 0x84])))
        #expect(description.video == VideoFormat(codec: .h264, width: 64, height: 48))
        #expect(try MatroskaOracle.samples(Self.head(track)).tracks.first?.nalLengthSize == nil)
        let picture = Self.number(EBMLID.pixelWidth, 1920) + Self.number(EBMLID.pixelHeight, 1088) + Self.number(EBMLID.cropBottom, 8)
        let entry = Self.element(
            EBMLID.trackEntry,
            Self.number(EBMLID.trackNumber, 1) + Self.number(EBMLID.trackType, 1) + Self.element(EBMLID.codecID, Array("V_VP9".utf8))
                + Self.element(EBMLID.video, picture))
        let cropped = try MatroskaOracle.describe(Self.head(entry) + Self.cluster(0, Self.block(0)))
        #expect(cropped.video == VideoFormat(codec: .vp9, width: 1920, height: 1080))
    }

    @Test(arguments: [(6, AudioCodec.pcmALaw), (7, .pcmMuLaw), (0x55, .mp3), (0x77, .unknown)] as [(UInt8, AudioCodec)])
    func waveFormats(_ tag: UInt8, _ codec: AudioCodec) throws {
        let wave: [UInt8] = [tag, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0, 0, 0]
        let entry = Self.element(
            EBMLID.trackEntry,
            Self.number(EBMLID.trackNumber, 2) + Self.number(EBMLID.trackType, 2) + Self.element(EBMLID.codecID, Array("A_MS/ACM".utf8))
                + Self.element(EBMLID.codecPrivate, wave))
        #expect(try MatroskaOracle.describe(Self.head(Self.videoTrack() + entry)).audio == codec)
    }

    /// VP8's hidden reference frames are decoded and never shown: players do not count them.
    @Test func hiddenFramesOfVP8() throws {
        let shown: [UInt8] = [0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9], hidden: [UInt8] = [0x01, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        let bytes =
            Self.head(Self.videoTrack("V_VP8"))
            + Self.cluster(0, Self.block(0, shown) + Self.block(40, flags: 0, hidden) + Self.block(40, flags: 0, shown))
        #expect(try MatroskaOracle.describe(bytes).frameCount == 2)
        #expect(try MatroskaOracle.samples(bytes).samples.count == 3)
    }

    // MARK: Times

    @Test(
        arguments: [
            (1_000_000, 1000, 40), (100_000, 10_000, 40), (1_000_000_000, 1, 40), (1001, 1_000_000_000, 40 * 1001),
            (333, 1_000_000_000, 40 * 333),
        ] as [(UInt64, Int64, Int64)])
    func timesAreExactInAnyScale(_ scale: UInt64, _ timescale: Int64, _ time: Int64) throws {
        let bytes = Self.head(scale: scale) + Self.cluster(0, Self.block(0) + Self.block(40))
        let (tracks, samples, _) = try MatroskaOracle.samples(bytes)
        #expect(tracks.first?.timescale == timescale)
        #expect(samples.map(\.presentationTime) == [0, time])
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.durationMicroseconds == 2 * 40 * Int64(scale) / 1000)
    }

    @Test(arguments: [0, UInt64.max, 2_000_000_000])
    func scaleThatCannotBe(_ scale: UInt64) throws {
        let description = try MatroskaOracle.describe(Self.head(scale: scale) + Self.cluster(0, Self.block(0) + Self.block(40)))
        #expect(description.durationMicroseconds == 80_000)
        #expect(description.has(.ruleBroken))
    }

    @Test func clockThatJumps() throws {
        func clusters(_ times: [UInt64]) throws -> MediaDescription {
            try MatroskaOracle.describe(
                Self.head() + times.flatMap { Self.cluster($0, Self.block(0) + Self.block(500)) } + Self.element(EBMLID.cues, []))
        }
        #expect(try clusters([0, 1000, 2000]).findings.isEmpty)
        let ahead = try clusters([0, 1000, 60_000])
        #expect(ahead.findings.map(\.code) == [.timeJump])
        #expect(ahead.durationMicroseconds == 61_000_000)
        let back = try clusters([100_000, 101_000, 2000, 3000])
        #expect(back.findings.map(\.code) == [.timeJump])
        #expect(back.durationMicroseconds == 4_000_000)
        #expect(back.frameCount == 8)
        // A timestamp that a flipped bit moved by years does not make the recording last for years.
        #expect(try clusters([0, 1 << 40, 2000]).durationMicroseconds == 3_000_000)
    }

    @Test func samplesAcrossAJumpKeepTheirTimes() throws {
        let bytes = Self.head() + [50_000, 0].flatMap { Self.cluster($0, Self.block(0) + Self.block(40) + Self.block(80)) }
        let samples = try MatroskaOracle.samples(bytes).samples
        #expect(samples.map(\.presentationTime) == [50_000, 50_040, 50_080, 0, 40, 80])
        #expect(samples.map(\.decodeTime) == samples.map(\.presentationTime))
    }

    /// A recorder that wrote 0 for sizes that it never came to correct.
    @Test func placeholdersOfZero() throws {
        let content = Self.info() + Self.element(EBMLID.tracks, Self.videoTrack())
        let cluster: [UInt8] = [0x1F, 0x43, 0xB6, 0x75, 0x80] + Self.number(EBMLID.timestamp, 0) + Self.block(0) + Self.block(40)
        let bytes = Self.document() + [0x18, 0x53, 0x80, 0x67, 0x80] + content + cluster
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.frameCount == 2)
        #expect(description.has(.ruleBroken))
    }

    @Test func nothingButAHead() throws {
        let description = try MatroskaOracle.describe(Self.head())
        #expect(description.state == .empty)
        #expect(description.frameCount == 0)
        #expect(description.durationMicroseconds == nil)
        let orphans = try MatroskaOracle.describe(Self.document() + Self.unknownSize(EBMLID.segment) + Self.cluster(0, Self.block(0)))
        #expect(orphans.state == .unreadable)
        #expect(orphans.frameCount == nil)
    }

    @Test func recognisedByDocTypeAlone() {
        func recognises(_ bytes: [UInt8]) -> Bool {
            bytes.withUnsafeBytes { MatroskaFile.recognises($0, byteCount: UInt64(bytes.count)) }
        }
        #expect(recognises(Self.document("matroska")))
        #expect(recognises(Self.document("webm")))
        #expect(!recognises(Self.document("other")))
        #expect(!recognises([0x1A, 0x45, 0xDF, 0xA3]))
        #expect(!recognises([0x1A, 0x45, 0xDF, 0xA3, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE]))
        #expect(!recognises([]))
    }
}
