import MediaContainers

/// What the superblock of ext2, ext3 or ext4 says of the block bitmaps (kernel documentation, "ext4 Data Structures and Algorithms").
struct Ext4Superblock {
    var blockSize: UInt64
    var blockCount: UInt64
    var firstDataBlock: UInt64
    var blocksPerGroup: UInt64
    var descriptorSize: UInt64
    var firstMetaGroup: UInt64?
    private var compatible: UInt32
    private var readOnlyCompatible: UInt32
    private var backupGroups: [UInt32]

    private static let place: UInt64 = 1024

    /// Nil where there is none that makes sense.
    init?(_ reader: SourceReader) throws(SourceFailure) {
        guard let bytes = try reader.exactly(1024, at: Self.place) else { return nil }
        func u16(_ offset: Int) -> UInt16 { UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
        func u32(_ offset: Int) -> UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        guard u16(0x38) == 0xEF53, u32(0x18) <= 6 else { return nil }
        blockSize = 1024 << UInt64(u32(0x18))
        let incompatible = u32(0x60)
        let is64Bit = incompatible & 0x80 != 0
        blockCount = UInt64(u32(0x04)) | (is64Bit ? UInt64(u32(0x150)) << 32 : 0)
        firstDataBlock = UInt64(u32(0x14))
        blocksPerGroup = UInt64(u32(0x20))
        descriptorSize = is64Bit ? UInt64(u16(0xFE)) : 32
        firstMetaGroup = incompatible & 0x10 != 0 ? UInt64(u32(0x104)) : nil
        compatible = u32(0x5C)
        readOnlyCompatible = u32(0x64)
        backupGroups = [u32(0x24C), u32(0x250)]
        guard blocksPerGroup > 0, blocksPerGroup <= 8 * blockSize || unsupported != nil, firstDataBlock < blockCount, blockCount < 1 << 48,
            descriptorSize >= 32, descriptorSize <= blockSize, descriptorSize & (descriptorSize - 1) == 0
        else { return nil }
    }

    /// The feature because of which the bitmaps cannot be read.
    var unsupported: String? {
        // With clusters a bit stands for several blocks.
        readOnlyCompatible & 0x200 != 0 ? "ext4, bigalloc" : nil
    }

    var groupCount: UInt64 { (blockCount - firstDataBlock + blocksPerGroup - 1) / blocksPerGroup }

    /// Where the descriptor of a group lies, in bytes.
    func descriptor(of group: UInt64) -> UInt64 {
        let perBlock = blockSize / descriptorSize
        let table = group / perBlock
        let block: UInt64
        if let firstMetaGroup, table >= firstMetaGroup {
            // meta_bg: each table stands in the first group that it describes.
            let first = table * perBlock
            block = firstDataBlock + first * blocksPerGroup + (hasSuperblock(first) ? 1 : 0)
        } else {
            block = firstDataBlock + 1 + table
        }
        return block * blockSize + group % perBlock * descriptorSize
    }

    private func hasSuperblock(_ group: UInt64) -> Bool {
        if group == 0 { return true }
        if compatible & 0x200 != 0 { return backupGroups.contains { UInt64($0) == group } }  // sparse_super2
        guard readOnlyCompatible & 1 != 0 else { return true }
        if group == 1 { return true }
        for base: UInt64 in [3, 5, 7] {
            var power = base
            while power < group { power *= base }
            if power == group { return true }
        }
        return false
    }
}

/// Free blocks of ext4, from the block bitmap of each group.
struct Ext4FreeSpace {
    private let reader: SourceReader
    private let superblock: Ext4Superblock
    private var group: UInt64 = 0
    private var joiner = RangeJoiner()
    private var ready: ArraySlice<Range<UInt64>> = []

    init(_ reader: SourceReader, _ superblock: Ext4Superblock) {
        self.reader = reader
        self.superblock = superblock
    }

    mutating func next() throws(SourceFailure) -> Range<UInt64>? {
        while ready.isEmpty {
            guard group <= superblock.groupCount else { return nil }
            if group < superblock.groupCount { try readGroup() }
            group += 1
            ready = joiner.take(isOver: group > superblock.groupCount)[...]
        }
        return ready.popFirst()
    }

    private mutating func readGroup() throws(SourceFailure) {
        let first = superblock.firstDataBlock + group * superblock.blocksPerGroup
        let count = min(superblock.blocksPerGroup, superblock.blockCount - first)
        guard let descriptor = try reader.exactly(Int(superblock.descriptorSize), at: superblock.descriptor(of: group)) else { return }
        let low = UInt32(littleEndian: descriptor.loadUnaligned(as: UInt32.self))
        let flags = UInt16(littleEndian: descriptor.loadUnaligned(fromByteOffset: 0x12, as: UInt16.self))
        let high =
            superblock.descriptorSize >= 64 ? UInt32(littleEndian: descriptor.loadUnaligned(fromByteOffset: 0x20, as: UInt32.self)) : 0
        if flags & 2 != 0 {
            // BLOCK_UNINIT: the bitmap was never written, because no file ever had a block here. Tables that stand here are looked
            // at in vain.
            add(first..<(first + count))
            return
        }
        let block = UInt64(low) | UInt64(high) << 32
        guard block < superblock.blockCount, let bitmap = try reader.exactly(Int((count + 7) / 8), at: block * superblock.blockSize) else {
            return
        }
        var start: UInt64?
        var index: UInt64 = 0
        while index < count {
            // Eight blocks at once where they are alike.
            let byte = bitmap[Int(index / 8)]
            if index % 8 == 0, index + 8 <= count, byte == (start == nil ? 0xFF : 0) {
                index += 8
                continue
            }
            let isUsed = byte >> (index % 8) & 1 == 1
            if isUsed, let begin = start {
                add((first + begin)..<(first + index))
                start = nil
            } else if !isUsed, start == nil {
                start = index
            }
            index += 1
        }
        if let start { add((first + start)..<(first + count)) }
    }

    private mutating func add(_ blocks: Range<UInt64>) {
        joiner.add((blocks.lowerBound * superblock.blockSize)..<(blocks.upperBound * superblock.blockSize))
    }
}
