import LinuxSystem
import Testing

@testable import BlockDevices

@Suite struct LongerTableTests {
    /// CRC-32, bit by bit from the other side: a division of the reversed number.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var rest: UInt32 = .max
        for byte in bytes {
            for bit in 0..<8 {
                let top = (rest >> 31) ^ UInt32((byte >> UInt8(bit)) & 1)
                rest <<= 1
                if top == 1 { rest ^= 0x04C1_1DB7 }
            }
        }
        var reversed: UInt32 = 0
        for bit in 0..<32 where (rest >> UInt32(bit)) & 1 == 1 { reversed |= 1 << UInt32(31 - bit) }
        return UInt64(~reversed)
    }

    /// A header whose checksum is right, whatever `change` made of it, and 128 entries of which the first is used.
    private func table(
        sector: Int = 512, entry: (start: UInt64, end: UInt64) = (2048, 4095), _ change: (inout [UInt8]) -> Void = { _ in }
    ) -> [UInt8] {
        var image = [UInt8](zeroes: 64 << 10)
        image.text("EFI PART", at: sector)
        image.little(0x10000, bytes: 4, at: sector + 8)
        image.little(92, bytes: 4, at: sector + 12)
        image.little(999_999, bytes: 8, at: sector + 32)
        for index in 0..<16 { image[sector + 56 + index] = UInt8(index) }
        image.little(2, bytes: 8, at: sector + 72)
        image.little(128, bytes: 4, at: sector + 80)
        image.little(128, bytes: 4, at: sector + 84)
        image[2 * sector] = 0xAF
        for index in 0..<16 { image[2 * sector + 16 + index] = 0x11 }
        image.little(entry.start, bytes: 8, at: 2 * sector + 32)
        image.little(entry.end, bytes: 8, at: 2 * sector + 40)
        for (index, unit) in "é1".utf16.enumerated() { image.little(UInt64(unit), bytes: 2, at: 2 * sector + 56 + 2 * index) }
        change(&image)
        image.little(0, bytes: 4, at: sector + 16)
        image.little(Self.checksum(image[sector..<sector + 92]), bytes: 4, at: sector + 16)
        return image
    }

    private func read(_ bytes: [UInt8]) throws -> LongerTable.Found? {
        let scratch = try Scratch()
        return LongerTable.read(try scratch.write("image", bytes))
    }

    @Test(arguments: [512, 4096]) func aTableOfALongerDisk(sector: Int) throws {
        let found = try #require(try read(table(sector: sector)))
        #expect(found.byteCount == 1_000_000 * UInt64(sector))
        #expect(found.uuid == "03020100-0504-0706-0809-0a0b0c0d0e0f")
        let expected = PartitionEntry(
            number: 1, offset: 2048 * UInt64(sector), byteCount: 2048 * UInt64(sector), uuid: "11111111-1111-1111-1111-111111111111",
            name: "é1")
        #expect(found.partitions == [expected])
    }

    @Test func aWrongChecksumIsNoTable() throws {
        var image = table()
        image[512 + 33] ^= 1
        #expect(try read(image) == nil)
        #expect(try read([]) == nil)
        #expect(try read(Array(table().prefix(600))) == nil)
    }

    /// Every number at its edges, under a checksum that is right.
    @Test func hostileNumbers() throws {
        let edges: [UInt64] = [0, 1, 2, 127, 128, 4096, 4097, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 54, 1 << 55, 1 << 63, .max - 1, .max]
        for value in edges {
            for (offset, bytes) in [(12, 4), (32, 8), (72, 8), (80, 4), (84, 4)] {
                _ = try read(table { $0.little(value, bytes: bytes, at: 512 + offset) })
            }
            for other in edges {
                let found = try read(table(entry: (value, other)))
                #expect(found?.partitions.allSatisfy { $0.byteCount > 0 && $0.offset <= Int64.max } == true)
            }
        }
    }
}
