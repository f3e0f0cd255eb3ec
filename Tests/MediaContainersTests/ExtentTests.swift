import Testing

@testable import MediaContainers

/// How far a file reaches on a disk.
@Suite struct ExtentTests {
    private func box(_ type: String, _ content: [UInt8], size: UInt32? = nil) -> [UInt8] {
        let size = size ?? UInt32(8 + content.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + Array(type.utf8) + content
    }

    private var fileType: [UInt8] { box("ftyp", Array("isom\0\0\0\0isom".utf8)) }

    private func reader(_ bytes: [UInt8]) -> SourceReader { SourceReader(MemorySource(bytes)) }

    /// A find of the fuzzer: samples may pass, by their tables, that lie behind the end of a file of a few bytes.
    @Test func whatIsProvenBehindTheEndShortensNothing() throws {
        let disk = reader(fileType + box("moov", box("free", [])) + box("mdat", [1, 2, 3]) + [UInt8](repeating: 0, count: 4096))
        let extent = try #require(try MediaExtent.measure(disk, .boxes))
        #expect(extent.byteCount == 47 && extent.ending == .stated)
        for proven: UInt64 in [0, 47, 48, 512, 513, 4 << 20, .max] {
            #expect(try extent.shortened(disk, proven: proven) == extent)
        }
    }

    /// Its rest may lie before it.
    @Test func aMovieIsDueBehindTheEndOfTheDisk() throws {
        let disk = reader(fileType + box("mdat", [UInt8](repeating: 7, count: 2000), size: 9000))
        let extent = try #require(try MediaExtent.measure(disk, .boxes))
        #expect(extent.ending == .lost && extent.joint == .movie(at: 20 + 9000))
    }

    /// A stream of one PID: its packets begin on sectors too, which is no beginning of another file.
    @Test func packetsOnSectorsAreNotAnotherStream() throws {
        var stream: [UInt8] = []
        for number in 0..<1280 { stream += [0x47, 0x01, 0x00, UInt8(0x10 | number % 16)] + [UInt8](repeating: 0xAA, count: 184) }
        let disk = reader(stream + [UInt8](repeating: 0, count: 8192))
        let extent = try #require(try MediaExtent.measure(disk, .transport188))
        #expect(extent.byteCount == UInt64(stream.count))
        let shorter = try extent.shortened(disk, proven: 1000)
        #expect(shorter.byteCount == extent.byteCount)
    }
}
