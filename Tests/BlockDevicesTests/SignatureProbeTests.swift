import LinuxSystem
import Testing

@testable import BlockDevices

@Suite struct SignatureProbeTests {
    private func look(_ bytes: [UInt8]) throws -> SignatureProbe.Outcome {
        let scratch = try Scratch()
        return SignatureProbe.look(at: try scratch.write("image", bytes), byteCount: UInt64(bytes.count))
    }

    /// What libblkid asks of an ext superblock: the magic, and features that exist.
    private func ext(_ image: inout [UInt8]) {
        image.little(16384, bytes: 4, at: 1024 + 4)
        image.little(0xEF53, bytes: 2, at: 1024 + 0x38)
        image.little(1, bytes: 4, at: 1024 + 0x4C)
        image.little(0x4, bytes: 4, at: 1024 + 0x5C)  // has a journal
        image.little(0x40, bytes: 4, at: 1024 + 0x60)  // extents
        for index in 0..<16 { image[1024 + 0x68 + index] = UInt8(index + 1) }
        image.text("DATA", at: 1024 + 0x78)
    }

    private func swap(_ image: inout [UInt8]) {
        image.little(1, bytes: 4, at: 1024)
        image.little(8191, bytes: 4, at: 1028)
        image.text("SWAPSPACE2", at: 4086)
    }

    @Test func anExt4() throws {
        var image = [UInt8](zeroes: 16 << 20)
        ext(&image)
        let outcome = try look(image)
        #expect(outcome.content.kind == .filesystem)
        #expect(outcome.content.type == "ext4")
        #expect(outcome.content.label == "DATA")
        #expect(outcome.content.uuid == "01020304-0506-0708-090a-0b0c0d0e0f10")
        #expect(outcome.content.needsRecovery == false)
        #expect(outcome.content.missingBytes == 0)
        #expect(outcome.table == .none)
    }

    @Test func aFileSystemLongerThanItsImage() throws {
        var image = [UInt8](zeroes: 4 << 20)
        ext(&image)
        #expect(try look(image).content.missingBytes == 12 << 20)
    }

    @Test func swapSpace() throws {
        var image = [UInt8](zeroes: 1 << 20)
        swap(&image)
        #expect(try look(image).content.kind == .swap)
    }

    @Test func twoThatExcludeEachOther() throws {
        var image = [UInt8](zeroes: 16 << 20)
        ext(&image)
        image.text("XFSB", at: 0)
        image.big(4096, bytes: 4, at: 4)
        image.big(4096, bytes: 8, at: 8)
        image.big(1024, bytes: 4, at: 84)
        image.big(4, bytes: 4, at: 88)
        image.big(512, bytes: 2, at: 102)
        image.big(512, bytes: 2, at: 104)
        image.big(8, bytes: 2, at: 106)
        for (offset, value) in [(120, 12), (121, 9), (122, 9), (123, 3), (124, 10), (127, 25)] { image[offset] = UInt8(value) }
        let content = try look(image).content
        // An older libblkid does not check so much of the XFS header; either way nothing is chosen silently.
        if content.kind == .ambiguous {
            #expect(Set(content.signatures.map(\.type)) == ["xfs", "ext4"])
            #expect(content.signatures.contains { $0.type == "ext4" && $0.offset == 1080 })
        } else {
            #expect(content.type == "ext4")
        }
    }

    @Test func anEncryptedDisk() throws {
        var image = [UInt8](zeroes: 1 << 20)
        image.text("LUKS", at: 0)
        (image[4], image[5]) = (0xBA, 0xBE)
        image.big(1, bytes: 2, at: 6)
        image.text("11111111-2222-3333-4444-555555555555", at: 168)
        let content = try look(image).content
        #expect(content.kind == .luks)
        #expect(content.uuid == "11111111-2222-3333-4444-555555555555")
    }

    @Test func aDOSTable() throws {
        var image = [UInt8](zeroes: 8 << 20)
        for (index, (type, start, size)) in [(0x83, 2048, 4096), (0x82, 8192, 2048)].enumerated() {
            let entry = 446 + 16 * index
            image[entry + 4] = UInt8(type)
            image.little(UInt64(start), bytes: 4, at: entry + 8)
            image.little(UInt64(size), bytes: 4, at: entry + 12)
        }
        (image[510], image[511]) = (0x55, 0xAA)
        let outcome = try look(image)
        #expect(outcome.table == .dos)
        #expect(outcome.partitions.map(\.number) == [1, 2])
        #expect(outcome.partitions.map(\.offset) == [2048 * 512, 8192 * 512])
        #expect(outcome.partitions.map(\.byteCount) == [4096 * 512, 2048 * 512])
    }

    @Test func nothingAndAnything() throws {
        #expect(try look([]).content.kind == .empty)
        #expect(try look([UInt8](zeroes: 4 << 20)).content.kind == .empty)
        #expect(try look([0]).content.kind == .empty)
        var image = [UInt8](zeroes: 4 << 20)
        image[image.count - 1] = 1
        #expect(try look(image).content.kind == .unknown)
        for index in image.indices { image[index] = UInt8(truncatingIfNeeded: (index &* 2_654_435_761) >> 13 | 1) }
        #expect(try look(image).content.kind == .unknown)
    }

    /// The signature says "ext4", "xfs", "btrfs"; every other byte of the heads is random. Whatever libblkid says, nothing traps.
    @Test func heads() throws {
        let scratch = try Scratch()
        var generator = SystemRandomNumberGenerator()
        for round in 0..<300 {
            var image = [UInt8](zeroes: 96 << 10)
            for index in [0..<4096, 65536..<69632][round % 2] { image[index] = UInt8.random(in: 0...255, using: &generator) }
            switch round % 4 {
            case 0: image.text("XFSB", at: 0)
            case 1: image.text("_BHRfS_M", at: 65536 + 64)
            case 2: image.little(0xEF53, bytes: 2, at: 1024 + 0x38)
            default: image.text("SWAPSPACE2", at: 4086)
            }
            let file = try scratch.write("image", image)
            _ = SignatureProbe.look(at: file, byteCount: UInt64(image.count))
            for type in ["ext4", "xfs", "btrfs", "vfat"] {
                _ = DirtyLog.needsRecovery(file, type: type, offset: 0, byteCount: UInt64(image.count))
                _ = DeclaredSize.bytes(file, type: type, offset: 0)
            }
        }
    }
}
