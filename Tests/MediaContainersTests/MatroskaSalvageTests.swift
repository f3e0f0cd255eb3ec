import Testing
@testable import MediaContainers

/// Matroska files whose first sectors are gone, and with them all that says what the tracks are.
struct MatroskaSalvageTests {
    private static func recording(_ codec: String, size: String = "320x240", hue: Int = 0, extra: String = "") throws -> [UInt8] {
        let source = "-f lavfi -i testsrc2=s=\(size):r=25:d=5,hue=h=\(hue),noise=alls=8:allf=t:all_seed=\(hue + 1)"
        return try MatroskaOracle.bytes("\(source)\(extra) -g 10 -threads 1 \(codec)", "file.mkv")
    }

    static let codecs = [
        "-c:v libx264 -preset veryfast -bf 2", "-c:v libx264 -preset ultrafast", "-c:v mjpeg -q:v 8", "-c:v mpeg4 -q:v 6",
        "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=0",
    ]

    private static func headless(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        Array(repeating: 0, count: count) + bytes[count...]
    }

    private static func reference(_ bytes: [UInt8]) throws -> SalvageReference {
        try #require(try SalvageReference(SourceReader(MemorySource(bytes))))
    }

    private func salvage(_ bytes: [UInt8], _ references: [SalvageReference]) throws -> (MatroskaSalvage, [Sample])? {
        let reader = SourceReader(MemorySource(bytes))
        guard let found = try MatroskaSalvage(reader, references: references) else { return nil }
        var samples: [Sample] = []
        let walk = try found.samples(SourceReader(MemorySource(bytes)))
        while let sample = try walk.next() { samples.append(sample) }
        return (found, samples)
    }

    @Test(arguments: codecs, [512, 4096])
    func aSiblingsHeadIsEnough(_ codec: String, _ lost: Int) throws {
        let bytes = try Self.recording(codec), whole = try MatroskaOracle.samples(bytes)
        let sibling = try Self.reference(Self.recording(codec, hue: 90))
        let damaged = Self.headless(bytes, lost)
        let description = try MatroskaOracle.describe(damaged)
        #expect(description.video == nil && description.state == .unreadable && description.has(.headMissing))
        let (found, samples) = try #require(try salvage(damaged, [sibling]))
        let expected = whole.samples.filter { $0.sourceRange.lowerBound >= UInt64(lost) + 16 }
        #expect(samples.map(\.sourceRange) == expected.map(\.sourceRange))
        // Times of a Cluster without its head are good to a tick.
        #expect(zip(samples, expected).allSatisfy { abs($0.presentationTime - $1.presentationTime) <= 1 })
        #expect(found.description.frameCount == expected.count)
        #expect(found.description.state == .damaged && found.description.has(.headMissing))
        #expect(found.description.clocks.isEmpty)
    }

    @Test(arguments: codecs.dropLast(1))
    func aStrangersHeadIsNotBelieved(_ codec: String) throws {
        let damaged = try Self.headless(Self.recording(codec), 4096)
        let others = try Self.codecs.filter { $0 != codec && !($0.contains("264") && codec.contains("264")) }.map {
            try Self.reference(Self.recording($0))
        }
        #expect(try salvage(damaged, others) == nil)
        #expect(try salvage(damaged, []) == nil)
        guard codec.contains("264") || codec.contains("mjpeg") else { return }
        let larger = try Self.reference(Self.recording(codec, size: "640x360"))
        #expect(try salvage(damaged, [larger]) == nil)
        let own = try Self.reference(Self.recording(codec, hue: 30))
        #expect(try salvage(damaged, others + [larger, own])?.0.reference == others.count + 1)
    }

    @Test func soundComesToo() throws {
        let extra = " -f lavfi -i sine=d=5:sample_rate=8000 -c:a aac"
        let codec = "-c:v libx264 -preset ultrafast"
        let bytes = try Self.recording(codec, extra: extra), whole = try MatroskaOracle.samples(bytes).samples
        let (_, samples) = try #require(
            try salvage(Self.headless(bytes, 4096), [Self.reference(Self.recording(codec, hue: 90, extra: extra))]))
        #expect(samples.map(\.sourceRange) == whole.map(\.sourceRange).filter { $0.lowerBound >= 4112 })
        #expect(samples.contains { $0.track == 1 })
    }

    /// What lies whole behind zeroes is no file without a head, and a healthy one never needs another's.
    @Test func onlyALostHeadIsReplaced() throws {
        let bytes = try Self.recording(Self.codecs[1])
        let reference = try Self.reference(bytes)
        #expect(try salvage(bytes, [reference]) == nil)
        #expect(try salvage(Array(repeating: 0, count: 4096) + bytes, [reference]) == nil)
        #expect(try salvage(Array(repeating: 0, count: 40_000), [reference]) == nil)
        var noise = MatroskaNoise(seed: 9)
        let junk = Array(repeating: 0, count: 4096) + (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &noise) }
        #expect(try salvage(junk, [reference]) == nil)
    }
}
