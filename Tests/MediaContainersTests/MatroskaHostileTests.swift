import Testing
@testable import MediaContainers

/// Bytes that want to trap, hang or fill the memory.
struct MatroskaHostileTests {
    private typealias Made = MatroskaHandmadeTests

    private static let largest: [UInt8] = [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE]

    /// One good Cluster in front, so that something must survive.
    private func survives(_ tail: [UInt8], frames: Int = 2, _ location: SourceLocation = #_sourceLocation) throws {
        let bytes = Made.head() + Made.cluster(0, Made.block(0) + Made.block(40)) + tail
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.frameCount == frames, sourceLocation: location)
        #expect(try MatroskaOracle.samples(bytes).samples.count == frames, sourceLocation: location)
    }

    @Test func absurdSizes() throws {
        let clusterID: [UInt8] = [0x1F, 0x43, 0xB6, 0x75], time: [UInt8] = [0xE7, 0x81, 0x50]
        try survives(clusterID + Self.largest + time + [0xA3] + Self.largest + [0x81, 0, 0, 0x80])
        try survives(clusterID + Self.largest + time + Made.block(0), frames: 3)
        try survives(clusterID + time + [0xA3, 0xFF])
        try survives(clusterID + EBMLBuilder.unknownSize + time + [0xA3] + EBMLBuilder.unknownSize + [0x81, 0, 0, 0x80])
        try survives(clusterID + EBMLBuilder.unknownSize + [0xE7] + Self.largest)
        try survives([0x16, 0x54, 0xAE, 0x6B] + EBMLBuilder.unknownSize)
        try survives([0x1C, 0x53, 0xBB, 0x6B] + Self.largest)
        try survives([0xEC] + Self.largest)
        try survives([0xA0] + Self.largest)
        try survives(clusterID)
        try survives(Array(repeating: 0xFF, count: 1000))
        try survives(Array(repeating: 0x01, count: 1000))
    }

    @Test func clusterTimesThatOverflow() throws {
        let block = Made.block(0)
        try survives(Made.cluster(.max, block))
        try survives(Made.cluster(UInt64(Int64.max), block))
        try survives(Made.element(EBMLID.cluster, Made.element(EBMLID.timestamp, Array(repeating: 1, count: 9)) + block))
        try survives(Made.element(EBMLID.cluster, block))
        // The largest time that nanoseconds hold is odd, but a time.
        try survives(Made.cluster(UInt64(Int64.max / 4 / 1_000_000), block), frames: 3)
    }

    @Test func absurdTracks() throws {
        for track in [
            Made.videoTrack("V_MJPEG", Made.number(EBMLID.defaultDuration, .max)),
            Made.videoTrack("V_MPEG4/ISO/AVC", Made.element(EBMLID.codecPrivate, [1])),
            Made.videoTrack("V_MS/VFW/FOURCC", Made.element(EBMLID.codecPrivate, [40])),
            Made.videoTrack(
                "V_MJPEG", Made.element(EBMLID.trackNumber, Array(repeating: 0xFF, count: 9)) + Made.number(EBMLID.trackNumber, 1)),
            Made.videoTrack(
                "V_MJPEG", Made.number(EBMLID.codecDelay, .max) + Made.element(EBMLID.video, Made.number(EBMLID.pixelWidth, .max))),
        ] {
            let bytes = Made.head(track) + Made.cluster(0, Made.block(0) + Made.block(40))
            #expect(try MatroskaOracle.describe(bytes).frameCount == 2)
            #expect(try MatroskaOracle.samples(bytes).samples.count == 2)
        }
        let many = (0..<1000).flatMap { _ in Made.videoTrack() }
        #expect(try MatroskaOracle.samples(Made.head(many)).tracks.count == 127)
    }

    @Test func nestingTenThousandDeep() throws {
        for id in [EBMLID.blockGroup, EBMLID.tracks, EBMLID.cluster, EBMLID.tags, EBMLID.contentEncodings] {
            var bytes: [UInt8] = []
            for _ in 0..<10_000 {
                var builder = EBMLBuilder()
                builder.id(id)
                builder.append(id == EBMLID.cluster ? EBMLBuilder.unknownSize : Self.largest)
                bytes += builder.bytes
            }
            try survives(bytes)
        }
    }

    @Test func aMillionVoids() throws {
        let million = Array(repeatElement([0xEC, 0x80] as [UInt8], count: 1_000_000).joined())
        #expect(try MatroskaOracle.describe(Made.head() + million + Made.cluster(0, Made.block(0))).frameCount == 1)
        let some = Array(million[..<100_000])
        try survives(Made.cluster(80, some + Made.block(0)), frames: 3)
        let bytes = Made.document() + some + Made.unknownSize(EBMLID.segment) + Made.element(EBMLID.tracks, Made.videoTrack())
        #expect(try MatroskaOracle.describe(bytes).state == .empty)
    }

    /// Each looks like a Cluster and breaks at once: the search may not start over from the beginning.
    @Test func aHundredThousandBrokenClusters() throws {
        let broken: [UInt8] = [0x1F, 0x43, 0xB6, 0x75, 0x85, 0xE7, 0x81, 0x50, 0x00, 0x00]
        let bytes = Made.head() + Made.cluster(0, Made.block(0)) + (0..<100_000).flatMap { _ in broken }
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.frameCount == 1)
        #expect(description.has(.capReached))
        #expect(description.findings.count < 200)
    }

    /// The same, each holding a block that claims the rest of the file.
    @Test func blocksThatSwallowOneAnother() throws {
        let one: [UInt8] = [0x1F, 0x43, 0xB6, 0x75] + EBMLBuilder.unknownSize + [0xE7, 0x81, 0x50]
        var bytes = Made.head() + Made.cluster(0, Made.block(0))
        let count = 20_000, size = one.count + 8
        for index in 0..<count {
            let rest = (count - index - 1) * size
            let length = [0x10, UInt8(rest >> 16 & 0xFF), UInt8(rest >> 8 & 0xFF), UInt8(rest & 0xFF)]
            bytes += one + [0xA3] + length + [0x81, 0, 0]
        }
        #expect(try MatroskaOracle.describe(bytes).frameCount ?? 0 >= 1)
    }

    @Test func anyByteMayChange() throws {
        let bytes = try MatroskaDamageTests.tiny.get()
        var noise = MatroskaNoise(seed: 42)
        for _ in 0..<1500 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &noise) {
                let place = Int.random(in: 0..<changed.count, using: &noise)
                switch Int.random(in: 0..<3, using: &noise) {
                case 0: changed[place] = UInt8.random(in: 0...255, using: &noise)
                case 1: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &noise)
                default: changed[place] = [0x00, 0xFF, 0x01, 0x80, 0xA0, 0xA3][Int.random(in: 0..<6, using: &noise)]
                }
            }
            guard case .media(let description) = try MediaProbe.describe(SourceReader(MemorySource(changed))),
                description.container == .matroska
            else { continue }
            #expect(description.frameCount ?? 0 <= 30)
            #expect(description.keyframeCount ?? 0 <= description.frameCount ?? 0)
            #expect(description.playableBytes <= UInt64(changed.count))
            let walk = try MatroskaOracle.samples(changed)
            for sample in walk.samples { #expect(sample.sourceRange.upperBound <= UInt64(changed.count)) }
        }
    }
}
