import LinuxSystem
import Testing

@testable import BlockDevices

@Suite struct DirtyLogTests {
    private func needsRecovery(_ bytes: [UInt8], _ type: String) throws -> Bool? {
        let scratch = try Scratch()
        let file = try scratch.write("image", bytes)
        return DirtyLog.needsRecovery(file, type: type, offset: 0, byteCount: UInt64(bytes.count))
    }

    @Test func ext4() throws {
        var image = [UInt8](zeroes: 4096)
        #expect(try needsRecovery(image, "ext4") == false)
        image.little(0x4, bytes: 4, at: 1024 + 0x60)
        #expect(try needsRecovery(image, "ext4") == true)
        image.little(0, bytes: 4, at: 1024 + 0x60)
        image.little(12, bytes: 4, at: 1024 + 0xE8)  // a deleted file that was still open
        #expect(try needsRecovery(image, "ext3") == true)
        image.little(0, bytes: 4, at: 1024 + 0xE8)
        image.little(0x10000, bytes: 4, at: 1024 + 0x64)  // the same, in an orphan file
        #expect(try needsRecovery(image, "ext4") == true)
    }

    @Test func fat() throws {
        var image = [UInt8](zeroes: 512)
        #expect(try needsRecovery(image, "vfat") == false)
        image[0x41] = 1
        #expect(try needsRecovery(image, "vfat") == true)
        image.little(200, bytes: 2, at: 0x16)  // sectors a FAT: FAT16
        #expect(try needsRecovery(image, "vfat") == false)
        image[0x25] = 1
        #expect(try needsRecovery(image, "vfat") == true)
    }

    @Test func btrfs() throws {
        var image = [UInt8](zeroes: 80 << 10)
        #expect(try needsRecovery(image, "btrfs") == false)
        image.little(30_490_624, bytes: 8, at: 65536 + 96)
        #expect(try needsRecovery(image, "btrfs") == true)
    }

    @Test func whatIsTooShortOrUnknownTellsNothing() throws {
        #expect(try needsRecovery([UInt8](zeroes: 100), "ext4") == nil)
        #expect(try needsRecovery([], "xfs") == nil)
        #expect(try needsRecovery([UInt8](zeroes: 4096), "reiserfs") == nil)
    }

    /// A log of 64 KiB behind the superblock; records are placed by their first sector.
    private func xfs(_ change: (inout [UInt8], _ logAt: Int) -> Void = { _, _ in }) -> [UInt8] {
        var image = [UInt8](zeroes: 160 << 10)
        image.text("XFSB", at: 0)
        image.big(4096, bytes: 4, at: 4)
        image.big(8, bytes: 8, at: 48)  // the log's first block
        image.big(1000, bytes: 4, at: 84)
        image[124] = 10
        image.big(16, bytes: 4, at: 96)
        change(&image, 8 * 4096)
        return image
    }

    private func record(_ image: inout [UInt8], at position: Int, turn: UInt64, operations: UInt64, flags: UInt8) {
        image.big(0xFEED_BABE, bytes: 4, at: position)
        image.big(turn, bytes: 4, at: position + 4)
        image.big(1, bytes: 4, at: position + 8)
        image.big(operations, bytes: 4, at: position + 40)
        image.big(turn, bytes: 4, at: position + 512)
        image[position + 512 + 9] = flags
    }

    @Test func xfsLogs() throws {
        #expect(try needsRecovery(xfs(), "xfs") == false, "never written")
        let clean = xfs { image, log in record(&image, at: log, turn: 1, operations: 1, flags: 0x20) }
        #expect(try needsRecovery(clean, "xfs") == false)
        let dirty = xfs { image, log in
            record(&image, at: log, turn: 1, operations: 1, flags: 0x20)
            record(&image, at: log + 1024, turn: 1, operations: 7, flags: 1)
        }
        #expect(try needsRecovery(dirty, "xfs") == true)
        let notTheLast = xfs { image, log in
            record(&image, at: log, turn: 1, operations: 3, flags: 1)
            record(&image, at: log + 1024, turn: 1, operations: 1, flags: 0x20)
        }
        #expect(try needsRecovery(notTheLast, "xfs") == false)
    }

    @Test func xfsLogInItsSecondTurn() throws {
        let image = xfs { image, log in
            for sector in 0..<128 { image.big(sector < 4 ? 2 : 1, bytes: 4, at: log + sector * 512) }
            record(&image, at: log + 1024, turn: 2, operations: 1, flags: 0x20)
        }
        #expect(try needsRecovery(image, "xfs") == false)
    }

    /// Every field that is used in arithmetic, at its edges and at random: no trap, no long loop.
    @Test func hostileSuperblocksTellNothingAndTrapNothing() throws {
        let scratch = try Scratch()
        let fields = [(4, 4), (8, 8), (48, 8), (84, 4), (96, 4), (124, 1)]
        let edges: [UInt64] = [0, 1, 31, 32, 63, 64, 512, 65535, 65536, 1 << 22, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 52, 1 << 63, .max]
        var generator = SystemRandomNumberGenerator()
        for round in 0..<600 {
            let bytes = xfs { image, log in
                record(&image, at: log, turn: 1, operations: 1, flags: 0x20)
                image.big(2, bytes: 4, at: log + 8)
                image.big(edges[round % edges.count], bytes: 4, at: log + 320)
                for (offset, size) in fields where Bool.random(using: &generator) {
                    image.big(edges.randomElement(using: &generator) ?? 0, bytes: size, at: offset)
                }
            }
            let file = try scratch.write("image", bytes)
            _ = DirtyLog.needsRecovery(file, type: "xfs", offset: 0, byteCount: UInt64(bytes.count))
            _ = DeclaredSize.bytes(file, type: "xfs", offset: 0)
        }
    }

    @Test func anAddressAtTheEndOfTheNumbers() throws {
        // Blocks of 512, the log at 2^55 - 1 of them: its last sector lies beyond 2^64.
        let bytes = xfs { image, _ in
            image.big(512, bytes: 4, at: 4)
            image.big((1 << 55) - 1, bytes: 8, at: 48)
            image[124] = 0
            image.big(1, bytes: 4, at: 84)
        }
        #expect(try needsRecovery(bytes, "xfs") == nil)
    }
}

@Suite struct DeclaredSizeTests {
    @Test func whatFileSystemsSayOfTheirLength() throws {
        let scratch = try Scratch()
        var bytes = [UInt8](zeroes: 80 << 10)
        bytes.little(5000, bytes: 4, at: 1024 + 4)
        bytes.little(2, bytes: 4, at: 1024 + 0x18)
        #expect(DeclaredSize.bytes(try scratch.write("a", bytes), type: "ext4", offset: 0) == 5000 * 4096)
        bytes.little(0x80, bytes: 4, at: 1024 + 0x60)
        bytes.little(1, bytes: 4, at: 1024 + 0x150)
        #expect(DeclaredSize.bytes(try scratch.write("a", bytes), type: "ext4", offset: 0) == (5000 + 1 << 32) * 4096)
        bytes.little(7, bytes: 4, at: 1024 + 0x18)
        #expect(DeclaredSize.bytes(try scratch.write("a", bytes), type: "ext4", offset: 0) == nil)
        bytes.big(4096, bytes: 4, at: 4)
        bytes.big(77, bytes: 8, at: 8)
        #expect(DeclaredSize.bytes(try scratch.write("a", bytes), type: "xfs", offset: 0) == 77 * 4096)
        bytes.big(.max, bytes: 8, at: 8)
        #expect(DeclaredSize.bytes(try scratch.write("a", bytes), type: "xfs", offset: 0) == nil)
        bytes.little(123_456, bytes: 8, at: 65536 + 0xD1)
        #expect(DeclaredSize.bytes(try scratch.write("a", bytes), type: "btrfs", offset: 0) == 123_456)
        #expect(DeclaredSize.bytes(try scratch.write("b", [1, 2]), type: "ext4", offset: 0) == nil)
    }
}
