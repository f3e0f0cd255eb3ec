import Testing
@testable import MediaContainers

/// Frames whose blocks hold something else by now, where only their bytes can tell.
struct OverwrittenTests {
    static let images = Result {
        try MatroskaOracle.bytes("-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 20 -c:v mjpeg -q:v 4", "file.mjpeg")
    }
    static let film = Result { try MatroskaOracle.bytes("-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 20 -c:v mjpeg -q:v 4", "file.avi") }

    private static func ranges(_ bytes: [UInt8]) throws -> [Range<UInt64>] {
        try MatroskaOracle.samples(bytes).samples.map(\.sourceRange)
    }

    @Test func anImageIsWholeOrNot() throws {
        let bytes = try Self.images.get()
        let ranges = try Self.ranges(bytes)
        #expect(ranges.count == 20)
        for (number, range) in ranges.enumerated() {
            let image = Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
            #expect(image.withUnsafeBytes(JPEGScan.isWhole) == true)
            // A part of the next image in its middle, without any marker.
            var torn = image
            let other = ranges[(number + 1) % ranges.count]
            for index in image.count / 2..<image.count - 2 {
                torn[index] = bytes[min(Int(other.lowerBound) + index - 40, Int(other.upperBound) - 3)]
            }
            #expect(torn.withUnsafeBytes(JPEGScan.isWhole) != true)
            for cut in stride(from: 2, to: image.count, by: 97) { #expect(image[..<cut].withUnsafeBytes(JPEGScan.isWhole) != true) }
        }
    }

    @Test(arguments: [0, 255] as [UInt8])
    func aHoleInARawStreamCostsItsImageAlone(_ fill: UInt8) throws {
        var bytes = try Self.images.get()
        let ranges = try Self.ranges(bytes)
        let hole = Int(ranges[7].lowerBound + ranges[7].upperBound) / 2
        for place in hole..<hole + 512 { bytes[place] = fill }
        let left = try Self.ranges(bytes)
        #expect(left == ranges.filter { $0 != ranges[7] })
        #expect(try MatroskaOracle.describe(bytes).state == .damaged)
    }

    @Test func aHeadThatWasLostCostsOneImage() throws {
        var bytes = try Self.images.get()
        let ranges = try Self.ranges(bytes)
        for place in 0..<1024 { bytes[place] = 0 }
        #expect(try Self.ranges(bytes) == Array(ranges.dropFirst()))
    }

    @Test func anAVIWithoutItsHeaderIsReadByItsChunks() throws {
        var bytes = try Self.film.get()
        let ranges = try Self.ranges(bytes)
        for place in 0..<4096 { bytes[place] = 0 }
        #expect(try Self.ranges(bytes) == ranges)
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.video == VideoFormat(codec: .mjpeg, width: 320, height: 240))
        #expect(description.state == .damaged)
        #expect(description.durationMicroseconds == nil)
    }

    @Test func foreignChunksInsideAnAVIAreNoFrames() throws {
        let bytes = try Self.film.get()
        let walk = try MatroskaOracle.samples(bytes)
        let ranges = walk.samples.map(\.sourceRange)
        // Whole chunks of the same file, from a sector inside one frame to a sector inside another, at another place.
        var damaged = bytes
        let start = Int(ranges[6].lowerBound + 1024) / 512 * 512, end = Int(ranges[11].lowerBound + 1024) / 512 * 512
        for place in start..<end { damaged[place] = bytes[place - 3001] }
        let left = try MatroskaOracle.samples(damaged)
        #expect(left.samples.map(\.sourceRange) == Array(ranges[..<6] + ranges[12...]))
        // What was lost keeps its time.
        #expect(
            left.samples.map(\.presentationTime)
                == walk.samples.map(\.presentationTime).enumerated().filter { !(6..<12).contains($0.offset) }.map(\.element))
        #expect(left.findings.contains { $0.code == .bytesSkipped })
    }

    @Test func aHoleInTheIndexOfAnAVIIsBridged() throws {
        var bytes = try Self.film.get()
        let ranges = try Self.ranges(bytes)
        let index = try #require(MatroskaDamageTests.first(Array("idx1".utf8), in: bytes, from: bytes.count - 1000))
        for place in (index + 8 + 16 * 5)..<(index + 8 + 16 * 9) { bytes[place] = 0 }
        #expect(try Self.ranges(bytes) == ranges)
    }

    @Test func overwrittenFramesOfMatroskaAreLeftOut() throws {
        var bytes = try MatroskaOracle.bytes("-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 20 -c:v mpeg4 -q:v 3", "file.mkv")
        let ranges = try Self.ranges(bytes)
        let hole = Int(ranges[9].lowerBound + 30)
        for place in hole..<hole + 512 { bytes[place] = 0 }
        let left = try Self.ranges(bytes)
        #expect(left == ranges.filter { !($0.overlaps(UInt64(hole)..<UInt64(hole + 512))) })
    }
}
