import Foundation
import LinuxSystem
import MediaContainers
import Testing

@testable import Carving

/// Disks on which recordings lie in parts: joined to the byte, or left in parts.
@Suite struct JoinerTests {
    private static let block = 4096

    /// A Matroska of images, three in a Cluster. `sizes` of the images, `seed` for what they show.
    private static func recording(_ sizes: [Int], seed: UInt8) -> [UInt8] {
        let info = element([0x15, 0x49, 0xA9, 0x66], element([0x2A, 0xD7, 0xB1], [0x0F, 0x42, 0x40]))
        let size = element([0xB0], [8]) + element([0xBA], [8])
        let entry =
            element([0xD7], [1]) + element([0x73, 0xC5], [1]) + element([0x83], [1]) + element([0x86], Array("V_MJPEG".utf8))
            + element([0xE0], size)
        var segment = info + element([0x16, 0x54, 0xAE, 0x6B], element([0xAE], entry))
        for first in stride(from: 0, to: sizes.count, by: 3) {
            let time = first * 40
            var cluster = element([0xE7], [UInt8(time >> 8), UInt8(time & 0xFF)])
            for number in first..<min(first + 3, sizes.count) {
                let time = UInt8((number - first) * 40)
                cluster += element([0xA3], [0x81, 0, time, 0x80] + CarverTests.picture(sizes[number], seed: seed &+ UInt8(number)))
            }
            segment += element([0x1F, 0x43, 0xB6, 0x75], cluster)
        }
        return element([0x1A, 0x45, 0xDF, 0xA3], element([0x42, 0x82], Array("matroska".utf8)))
            + element([0x18, 0x53, 0x80, 0x67], segment)
    }

    /// With a size of four bytes (RFC 8794 §4).
    private static func element(_ id: [UInt8], _ content: [UInt8]) -> [UInt8] {
        let size = UInt32(content.count) | 0x1000_0000
        return id + (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + content
    }

    private static func sizes(_ count: Int, _ seed: Int) -> [Int] { (0..<count).map { 6000 + ($0 * 7919 + seed * 104_729) % 5000 } }

    private static let a = recording(sizes(15, 1), seed: 1)
    private static let b = recording(sizes(15, 2), seed: 90)
    /// Of the same sizes and times as `a`: nothing but the pictures differs.
    private static let twin = recording(sizes(15, 1), seed: 90)
    private static let foreign = [UInt8](repeating: 0x55, count: 3 * block)

    /// Each part on a block of its own.
    private static func disk(_ parts: [ArraySlice<UInt8>]) -> [UInt8] {
        var disk = [UInt8](repeating: 0, count: block)
        for part in parts { disk += part + [UInt8](repeating: 0, count: (block - part.count % block) % block) }
        return disk + [UInt8](repeating: 0, count: 1 << 16)
    }

    /// The finds and their bytes.
    private func carve(_ content: [UInt8]) throws -> [(find: Find, bytes: [UInt8])] {
        let folder = NSTemporaryDirectory() + "/carve-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (file, path) = try BadDisk(content: content).open()
        defer { unlink(path) }
        let carver = try Carver(CarveRequest(source: path, output: folder), opened: file, size: UInt64(content.count))
        _ = try carver.run(shouldStop: { false }) { _ in }
        var finds: [(Find, [UInt8])] = []
        try carver.journal.forEach { find in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + (find.file ?? "")))
            #expect(Array(bytes) == find.extents.flatMap { content[Int($0.offset)..<Int($0.offset + $0.length)] })
            finds.append((find, Array(bytes)))
        }
        return finds
    }

    private let cuts = [7, 13, 20].map { $0 * Self.block }

    @Test func aloneWithAnotherBetween() throws {
        for cut in cuts {
            let finds = try carve(Self.disk([Self.a[..<cut], Self.b[...], Self.a[cut...]]))
            #expect(finds.map(\.bytes) == [Self.b, Self.a])
            #expect(finds.allSatisfy { $0.find.state == .complete })
        }
    }

    @Test func theRestLiesBefore() throws {
        for cut in cuts {
            let finds = try carve(Self.disk([Self.b[...], Self.a[cut...], Self.a[..<cut]]))
            #expect(finds.map(\.bytes) == [Self.b, Self.a])
        }
    }

    @Test func twoOfOneCameraInTurns() throws {
        for cut in cuts {
            let (a, b) = (Self.a, Self.b)
            for finds in [
                try carve(Self.disk([a[..<cut], b[..<cut], a[cut...], b[cut...]])),
                try carve(Self.disk([a[..<cut], b[..<cut], b[cut...], a[cut...]])),
            ] {
                for (find, bytes) in finds where find.state == .complete { #expect(bytes == a || bytes == b) }
                #expect(finds.contains { $0.bytes == a || $0.bytes == b })
            }
        }
    }

    @Test func theRestOfAnotherIsNotTaken() throws {
        for cut in cuts {
            for content in [[Self.a[..<cut], Self.b[cut...]], [Self.a[..<cut], Self.foreign[...], Self.b[cut...]]] {
                let finds = try carve(Self.disk(content))
                #expect(finds.allSatisfy { $0.find.extents.count == 1 && $0.find.state != .complete })
            }
        }
    }

    /// Nothing but the pictures tells them apart: the rest of either fits both.
    @Test func twinsAreNotJoined() throws {
        for cut in cuts {
            let (a, twin) = (Self.a[..<cut], Self.twin[..<cut])
            for parts in [
                [a, Self.foreign[...], twin, Self.foreign[...], Self.a[cut...], Self.twin[cut...]],
                [a, Self.foreign[...], twin, Self.foreign[...], Self.twin[cut...]],
            ] {
                let finds = try carve(Self.disk(parts))
                #expect(finds.allSatisfy { $0.find.extents.count == 1 })
            }
        }
    }

    /// The bytes between belong to nobody, so that nothing tells where in the picture the cut is.
    @Test func aForeignBlockBetween() throws {
        for cut in cuts {
            let finds = try carve(Self.disk([Self.a[..<cut], Self.foreign[...], Self.a[cut...]]))
            let joined = finds.filter { $0.find.extents.count > 1 }
            for (find, bytes) in joined where bytes != Self.a {
                #expect(find.state == .damaged && find.confidence <= 0.9)
                #expect(bytes.count == Self.a.count)
            }
        }
    }

    @Test func blockSize() {
        var few = BlockSize()
        for number in 1...8 { few.note(UInt64(number * 65_536)) }
        #expect(few.value == 512)
        for (step, expected) in [(512, 512), (1024, 1024), (2048, 2048), (4096, 4096), (65_536, 4096)] as [(UInt64, UInt64)] {
            var size = BlockSize()
            // A partition begins on any sector.
            for number in 1...40 { size.note(63 * 512 + UInt64(number) * step) }
            #expect(size.value == expected)
        }
    }

    @Test func cutsLieOnBlocksOfTheDisk() {
        let piece = Piece(
            ranges: [4096..<12_288, 1_000_448..<1_001_472], signature: .boxes, joint: .movie(at: 20_000), media: nil, ending: .lost)
        #expect(piece.lastStart == 8192)
        #expect(piece.dueOnDisk == 1_000_448 + 20_000 - 8192)
        #expect(piece.cut(atOrBehind: 8193, block: 512) == 8704)
        #expect(piece.cut(atOrBefore: 9000, block: 512) == 8704)
        #expect(piece.continued(9216, 2_010_784, 1_900_000..<2_100_000) == [4096..<12_288, 1_000_448..<1_001_472, 2_000_000..<2_100_000])
        #expect(piece.continued(9216, 2_010_784, 2_000_001..<2_100_000) == nil)
    }
}
