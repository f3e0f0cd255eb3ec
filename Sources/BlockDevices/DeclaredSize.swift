import LinuxSystem

/// How long a file system says it is: an image that was cut short, or a disk that lost its end, holds less.
///
/// The fields are those of fs/ext4/ext4.h (`s_blocks_count`), fs/xfs/libxfs/xfs_format.h (`sb_dblocks`) and fs/btrfs/ctree.h
/// (`dev_item.total_bytes`: of this device, where a file system has several).
enum DeclaredSize {
    /// Bytes; nil for types that are not known and for numbers that cannot be.
    static func bytes(_ medium: OpenFile, type: String, offset: UInt64) -> UInt64? {
        switch type {
        case "ext2", "ext3", "ext4": return superblock(medium, offset &+ 1024, 1024).flatMap(ext4)
        case "xfs": return superblock(medium, offset, 512).flatMap { product($0.big64(8), UInt64($0.big32(4))) }
        case "btrfs": return superblock(medium, offset &+ (64 << 10), 4096).map { $0.little64(0xC9 + 8) }
        default: return nil
        }
    }

    private static func ext4(_ head: DiskBytes) -> UInt64? {
        let shift = head.little32(0x18)
        guard shift <= 6 else { return nil }
        let has64Bits = head.little32(0x60) & 0x80 != 0
        let blocks = UInt64(head.little32(0x4)) | (has64Bits ? UInt64(head.little32(0x150)) << 32 : 0)
        return product(blocks, 1024 << UInt64(shift))
    }

    private static func superblock(_ medium: OpenFile, _ position: UInt64, _ count: Int) -> DiskBytes? {
        guard let bytes = try? SignatureProbe.read(medium, at: position, count: count), bytes.count == count else { return nil }
        return DiskBytes(bytes)
    }

    private static func product(_ one: UInt64, _ other: UInt64) -> UInt64? {
        let (value, overflow) = one.multipliedReportingOverflow(by: other)
        return overflow ? nil : value
    }
}

/// Numbers at fixed places of a header that was read whole.
struct DiskBytes {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    subscript(_ at: Int) -> UInt8 { bytes[at] }
    func little16(_ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }
    func little32(_ at: Int) -> UInt32 { UInt32(little16(at)) | UInt32(little16(at + 2)) << 16 }
    func little64(_ at: Int) -> UInt64 { UInt64(little32(at)) | UInt64(little32(at + 4)) << 32 }
    func big32(_ at: Int) -> UInt32 { little32(at).byteSwapped }
    func big64(_ at: Int) -> UInt64 { little64(at).byteSwapped }
}
