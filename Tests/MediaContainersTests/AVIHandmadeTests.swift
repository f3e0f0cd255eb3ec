import Testing
@testable import MediaContainers

/// AVI files built chunk by chunk: OpenDML, `rec ` lists, and what breaks the rules.
struct AVIHandmadeTests {
    static func little(_ value: Int, _ length: Int = 4) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func chunk(_ id: String, _ content: [UInt8], size: Int? = nil, isPadded: Bool = true) -> [UInt8] {
        Array(id.utf8) + little(size ?? content.count) + content + (isPadded && content.count % 2 == 1 ? [0] : [])
    }

    static func list(_ type: String, _ content: [UInt8], id: String = "LIST", size: Int? = nil) -> [UInt8] {
        chunk(id, Array(type.utf8) + content, size: size)
    }

    static func header(
        frames: Int = 0, rate: Int = 25, scale: Int = 1, code: String = "MJPG", perFrame: Int = 40_000, extra: [UInt8] = []
    ) -> [UInt8] {
        let avih = little(perFrame) + little(0, 12) + little(frames) + little(0, 36)
        let strh =
            Array("vids".utf8) + Array(code.utf8) + little(0, 12) + little(scale) + little(rate) + little(0) + little(frames)
            + little(0, 20)
        let strf = little(40) + little(64) + little(-48) + little(1, 2) + little(24, 2) + Array(code.utf8) + little(0, 20)
        return list("hdrl", chunk("avih", avih) + list("strl", chunk("strh", strh) + chunk("strf", strf) + extra))
    }

    static func frame(_ id: String = "00dc", _ count: Int = 40) -> [UInt8] {
        chunk(id, MatroskaHandmadeTests.picture(count))
    }

    static func file(_ header: [UInt8], _ movi: [UInt8], index: [UInt8] = []) -> [UInt8] {
        list("AVI ", header + list("movi", movi) + index, id: "RIFF")
    }

    static func riff(_ content: [UInt8], size: Int) -> [UInt8] {
        list("AVI ", content, id: "RIFF", size: size)
    }

    @Test func recListsAndOddSizes() throws {
        var movi: [UInt8] = []
        for _ in 0..<5 { movi += Self.list("rec ", Self.frame("00dc", 41) + Self.frame("00db", 40)) }
        let description = try MatroskaOracle.describe(Self.file(Self.header(frames: 10), movi))
        #expect(description.frameCount == 10)
        #expect(description.keyframeCount == 10)
        #expect(description.video == VideoFormat(codec: .mjpeg, width: 64, height: 48))
        #expect(description.state == .complete)
        #expect(description.findings.map(\.code) == [.seekTableMissing])
        #expect(description.durationMicroseconds == 400_000)
    }

    @Test func paddingForgotten() throws {
        let movi = (0..<6).flatMap { _ in Self.chunk("00dc", MatroskaHandmadeTests.picture(41), isPadded: false) }
        #expect(try MatroskaOracle.describe(Self.file(Self.header(frames: 6), movi)).frameCount == 6)
    }

    @Test(arguments: [0, -1])
    func sizesNeverCorrected(_ size: Int) throws {
        let movi = (0..<6).flatMap { _ in Self.frame() }
        let content = Self.header() + Self.chunk("JUNK", Array(repeating: 0, count: 100)) + Self.list("movi", movi, size: size)
        let description = try MatroskaOracle.describe(Self.riff(content, size: size))
        #expect(description.frameCount == 6)
        #expect(description.state == .truncated)
        #expect(description.findings.map(\.code) == [.seekTableMissing])
    }

    @Test(arguments: [(0, 0, 40_000, 80_000), (25, 0, 0, 80_000), (1, 1_000_000, 40_000, 80_000), (-1, 1, 0, 80_000), (5, 1, 0, 400_000)])
    func rateThatCannotBe(_ rate: Int, _ scale: Int, _ perFrame: Int, _ duration: Int64) throws {
        let bytes = Self.file(Self.header(frames: 2, rate: rate, scale: scale, perFrame: perFrame), Self.frame() + Self.frame())
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.durationMicroseconds == duration)
        #expect(description.has(.ruleBroken) == (rate != 5))
    }

    // MARK: Indexes

    static func idx1(_ movi: [UInt8], base: Int = 4, keyframes: Bool = true) -> [UInt8] {
        var entries: [UInt8] = []
        var position = 0
        while position + 8 <= movi.count {
            let size = Int(movi[position + 4]) | Int(movi[position + 5]) << 8
            entries += Array(movi[position..<(position + 4)]) + little(keyframes ? 16 : 0) + little(base + position) + little(size)
            position += 8 + size + size % 2
        }
        return chunk("idx1", entries)
    }

    @Test func offsetsFromTheListOrTheFile() throws {
        let movi = (0..<6).flatMap { _ in Self.frame() }
        let header = Self.header(frames: 6)
        for base in [4, 12 + header.count + 12] {
            for keyframes in [true, false] {
                let bytes = Self.file(header, movi, index: Self.idx1(movi, base: base, keyframes: keyframes))
                let description = try MatroskaOracle.describe(bytes)
                #expect(description.frameCount == 6)
                // Only the index tells here, and it is believed.
                #expect(description.keyframeCount == (keyframes ? 6 : 0))
                #expect(description.findings.isEmpty && description.state == .complete)
            }
        }
    }

    /// An index that names frames that are not there is worth nothing; the chunks are counted instead.
    @Test func indexThatLies() throws {
        let movi = (0..<6).flatMap { _ in Self.frame() }
        let honest = Self.idx1(movi)
        let lies: [[UInt8]] = [
            Self.idx1(movi, base: 6),
            Self.idx1(movi + Self.frame() + Self.frame()),
            Self.chunk("idx1", Array(honest.dropFirst(8)) + Array(honest.dropFirst(8))),
            Self.chunk("idx1", Array(repeating: 0xFF, count: 160)),
            Self.chunk("idx1", []),
            Self.chunk("idx1", (0..<100).flatMap { _ in Array(honest[8..<24]) }),
        ]
        for index in lies {
            let description = try MatroskaOracle.describe(Self.file(Self.header(frames: 9), movi, index: index))
            #expect(description.frameCount == 6)
            #expect(description.keyframeCount == 6)
            #expect(description.findings.map(\.code) == [.headerOverstates])
        }
    }

    /// Two RIFFs, a super index, a standard index in each `movi`.
    static func openDML(breakIndex: Bool = false) -> [UInt8] {
        let frames = (0..<4).map { frame("00dc", 40 + 2 * $0) }
        let movi = frames.flatMap { $0 }
        func standardIndex(base: Int) -> [UInt8] {
            var entries: [UInt8] = [], position = 0
            for (index, frame) in frames.enumerated() {
                entries += little(position + 8) + little((frame.count - 8) | (index == 0 ? 0 : 1 << 31))
                position += frame.count
            }
            let id = breakIndex ? "01wb" : "00dc"
            return chunk("ix00", little(2, 2) + [0, 1] + little(4) + Array(id.utf8) + little(base, 8) + little(0) + entries)
        }
        func superIndex(_ entries: [(offset: Int, size: Int)]) -> [UInt8] {
            let content = entries.flatMap { little($0.offset, 8) + little($0.size) + little(4) }
            return chunk("indx", little(4, 2) + [0, 0] + little(entries.count) + Array("00dc".utf8) + little(0, 12) + content)
        }
        let headerSize = header(frames: 8, extra: superIndex([(0, 0), (0, 0)])).count
        let firstMovi = 12 + headerSize + 12
        let firstIndex = firstMovi + movi.count
        let indexSize = standardIndex(base: 0).count
        let second = firstIndex + indexSize
        let secondMovi = second + 12 + 12
        let header = header(frames: 8, extra: superIndex([(firstIndex, indexSize), (secondMovi + movi.count, indexSize)]))
        return list("AVI ", header + list("movi", movi + standardIndex(base: firstMovi)), id: "RIFF")
            + list("AVIX", list("movi", movi + standardIndex(base: secondMovi)), id: "RIFF")
    }

    @Test func openDMLByItsIndexes() throws {
        let description = try MatroskaOracle.describe(Self.openDML())
        #expect(description.frameCount == 8)
        #expect(description.keyframeCount == 2)  // as the indexes say
        #expect(description.state == .complete)
        #expect(description.findings.isEmpty)
        #expect(description.durationMicroseconds == 320_000)
    }

    @Test func openDMLByItsChunks() throws {
        let bytes = Self.openDML(breakIndex: true)
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.frameCount == 8)
        #expect(description.keyframeCount == 8)  // as the codec says
        #expect(description.state == .complete)
        #expect(try MatroskaOracle.samples(bytes).samples.count == 8)
        for count in stride(from: 400, to: bytes.count, by: 3) {
            let cut = try MatroskaOracle.describe(Array(Self.openDML()[..<count]))
            #expect(cut.frameCount ?? 0 <= 8 && cut.state != .complete, "cut at \(count)")
        }
    }

    // MARK: Hostile

    @Test func hostileChunks() throws {
        let good = Self.frame() + Self.frame()
        let tails: [[UInt8]] = [
            Self.chunk("00dc", [], size: -1), Self.chunk("00dc", [1, 2, 3], size: 0x7FFF_FFFF), Self.chunk("LIST", [], size: -1),
            Self.chunk("idx1", [], size: -1), Self.chunk("JUNK", [], size: -2), Array(repeating: 0xFF, count: 500),
            Array("00dc".utf8), Self.chunk("99dc", MatroskaHandmadeTests.picture()), Array(repeating: 0x30, count: 999),
        ]
        for tail in tails {
            let description = try MatroskaOracle.describe(Self.riff(Self.header() + Self.list("movi", good + tail, size: -1), size: -1))
            #expect(description.frameCount == 2)
            #expect(description.state == .truncated || description.state == .damaged)
        }
    }

    @Test func aHundredThousandLists() throws {
        let one: [UInt8] = Array("LIST".utf8) + [0xFF, 0xFF, 0xFF, 0x7F] + Array("rec ".utf8)
        let lists = Array(repeatElement(one, count: 50_000).joined())
        let bytes = Self.riff(Self.header() + Self.list("movi", Self.frame() + lists + Self.frame(), size: -1), size: -1)
        #expect(try MatroskaOracle.describe(bytes).frameCount == 2)
        let junk = Array(repeatElement(Self.chunk("JUNK", []), count: 100_000).joined())
        let padded = Self.riff(Self.header() + Self.list("movi", junk + Self.frame(), size: -1), size: -1)
        #expect(try MatroskaOracle.describe(padded).frameCount == 1)
    }

    /// Every eight bytes look like a chunk that swallows the next ones.
    @Test func chunksThatSwallowOneAnother() throws {
        var bytes = Self.riff(Self.header() + Self.list("movi", Self.frame(), size: -1), size: -1)
        let count = 100_000
        for index in 0..<count { bytes += Array("00dc".utf8) + Self.little((count - index) * 8 - 16) }
        #expect(try MatroskaOracle.describe(bytes).frameCount ?? 0 >= 1)
        #expect(try MatroskaOracle.samples(bytes).samples.count < 100)
    }

    @Test func droppedFramesTakeTimeButDoNotCount() throws {
        let movi = Self.frame() + Self.chunk("00dc", []) + Self.chunk("00dc", []) + Self.frame() + Self.chunk("00dc", [])
        for index in [[], Self.idx1(movi)] {
            let bytes = Self.file(Self.header(frames: 5), movi, index: index)
            let description = try MatroskaOracle.describe(bytes)
            #expect(description.frameCount == 2)
            #expect(description.durationMicroseconds == 160_000)
            #expect(!description.has(.headerOverstates))
            #expect(try MatroskaOracle.samples(bytes).samples.map(\.decodeTime) == [0, 3])
        }
    }

    @Test func headersAlone() throws {
        #expect(try MatroskaOracle.describe(Self.riff(Self.header(), size: -1)).state == .empty)
        #expect(try MatroskaOracle.describe(Self.file(Self.header(), [])).state == .empty)
        #expect(try MatroskaOracle.describe(Self.file([], Self.frame())).state == .unreadable)
        #expect(try MatroskaOracle.describe(Array("RIFF".utf8) + [0, 0, 0, 0] + Array("AVI ".utf8)).state == .empty)
    }
}
