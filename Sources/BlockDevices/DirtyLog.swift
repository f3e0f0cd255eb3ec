import LinuxSystem

/// Whether mounting a file system would write to it: its log holds what was never carried out, or it has orphans to clean up.
///
/// libblkid does not tell. The fields are those of the file systems' own headers: fs/ext4/ext4.h, fs/xfs/libxfs/xfs_format.h
/// and xfs_log_format.h, fs/btrfs/ctree.h, fs/fat (boot sector).
enum DirtyLog {
    /// Nil: of a type that is not known, or the bytes cannot be read.
    static func needsRecovery(_ medium: OpenFile, type: String, offset: UInt64, byteCount: UInt64) -> Bool? {
        func bytes(_ position: UInt64, _ count: Int) -> DiskBytes? {
            guard position <= byteCount, UInt64(count) <= byteCount - position else { return nil }
            guard let found = try? SignatureProbe.read(medium, at: offset + position, count: count), found.count == count else {
                return nil
            }
            return DiskBytes(found)
        }
        switch type {
        case "ext2", "ext3", "ext4", "ext4dev": return bytes(1024, 1024).map(ext4)
        case "xfs": return bytes(0, 512).flatMap { xfs($0, bytes) }
        case "btrfs": return bytes(64 << 10, 4096).map { $0.little64(96) != 0 }  // log_root
        case "vfat", "msdos", "fat": return bytes(0, 512).map(fat)
        case "squashfs", "iso9660", "udf": return false
        default: return nil
        }
    }

    private static func ext4(_ superblock: DiskBytes) -> Bool {
        let hasJournalToReplay = superblock.little32(0x60) & 0x4 != 0  // INCOMPAT_RECOVER
        let firstOrphan = superblock.little32(0xE8)
        let hasOrphanFileInUse = superblock.little32(0x64) & 0x10000 != 0  // RO_COMPAT_ORPHAN_PRESENT
        return hasJournalToReplay || firstOrphan != 0 || hasOrphanFileInUse
    }

    /// FAT32 keeps its "not unmounted" bit at 0x41, FAT12 and FAT16 at 0x25.
    private static func fat(_ boot: DiskBytes) -> Bool {
        let isFAT32 = boot.little16(0x16) == 0
        return boot[isFAT32 ? 0x41 : 0x25] & 1 != 0
    }

    /// The log is clean if its last record says that the file system was unmounted (`xlog_check_unmount_rec`).
    private static func xfs(_ superblock: DiskBytes, _ bytes: (UInt64, Int) -> DiskBytes?) -> Bool? {
        guard superblock.big32(0) == 0x5846_5342 else { return nil }
        let blockSize = UInt64(superblock.big32(4))
        let logStart = superblock.big64(48)
        let agBlocks = UInt64(superblock.big32(84))
        let agBits = UInt64(superblock[124])
        let logBlocks = UInt64(superblock.big32(96))
        // An external log stands on another disk.
        guard logStart != 0, (512...65536).contains(blockSize), agBits < 32, logBlocks > 0, logBlocks <= 1 << 22 else { return nil }
        let startBlock = (logStart >> agBits) &* agBlocks &+ (logStart & ((1 << agBits) - 1))
        let (start, overflow) = startBlock.multipliedReportingOverflow(by: blockSize)
        guard !overflow, start <= Int64.max else { return nil }
        let sectors = logBlocks * blockSize / 512

        // Every sector begins with the number of the log's turn, a record's first sector with a magic number before it.
        func turn(_ sector: UInt64) -> UInt32? {
            guard let head = bytes(start + sector * 512, 8) else { return nil }
            return head.big32(0) == recordMagic ? head.big32(4) : head.big32(0)
        }
        guard let first = turn(0), let last = turn(sectors - 1) else { return nil }
        guard first != 0 else { return false }  // never written
        // The first sector that was not written in this turn, by halves.
        var head = sectors
        if first != last {
            var (low, high) = (UInt64(0), sectors - 1)
            while high - low > 1 {
                let middle = (low + high) / 2
                guard let value = turn(middle) else { return nil }
                if value == first { low = middle } else { high = middle }
            }
            head = high
        }
        // The record before it; none is longer than 256 KiB and a head.
        for back in 1...min(1024, sectors) {
            let sector = (head + sectors - back) % sectors
            guard let record = bytes(start + sector * 512, 512), record.big32(0) == recordMagic else { continue }
            // A record of one operation, whose flags say "unmount".
            guard record.big32(40) == 1 else { return true }
            let headSize = record.big32(8) & 2 != 0 ? max(1, (UInt64(record.big32(320)) + 32767) / 32768) : 1
            guard headSize <= 8, let operation = bytes(start + ((sector + headSize) % sectors) * 512, 16) else { return nil }
            return operation[9] & 0x20 == 0
        }
        return true
    }

    private static let recordMagic: UInt32 = 0xFEED_BABE
}
