import MediaContainers

/// The superblock of XFS, version 4 or 5 ("XFS Algorithms & Data Structures", Superblocks). All numbers are big-endian.
struct XFSSuperblock {
    var blockSize: UInt64
    var groupBlocks: UInt64
    var groupCount: UInt64
    var blockCount: UInt64
    var sectorSize: UInt64
    var hasChecksums: Bool

    init?(_ reader: SourceReader) throws(SourceFailure) {
        var cursor = ByteCursor(try reader.upTo(256, at: 0))
        guard cursor.u32() == 0x5846_5342, let blockSize = cursor.u32(), let blocks = cursor.u64(), cursor.skip(68),  // XFSB
            let groupBlocks = cursor.u32(), let groups = cursor.u32(), cursor.skip(8), let version = cursor.u16(), let sector = cursor.u16()
        else { return nil }
        guard blockSize >= 512, blockSize <= 65_536, blockSize & (blockSize - 1) == 0, sector >= 512, sector <= 32_768, groupBlocks > 0,
            groups > 0, blocks < 1 << 48, [4, 5].contains(version & 0x0F)
        else { return nil }
        self.blockSize = UInt64(blockSize)
        self.groupBlocks = UInt64(groupBlocks)
        groupCount = UInt64(groups)
        blockCount = blocks
        sectorSize = UInt64(sector)
        hasChecksums = version & 0x0F == 5
    }
}

/// Free blocks of XFS: the leaves of the tree by block number of each allocation group, from left to right.
struct XFSFreeSpace {
    private let reader: SourceReader
    private let superblock: XFSSuperblock
    private var group: UInt64 = 0
    private var leaf: UInt64?
    private var leavesSeen: UInt64 = 0
    private var joiner = RangeJoiner()
    private var ready: ArraySlice<Range<UInt64>> = []
    private var reached: UInt64 = 0

    private static let none: UInt64 = 0xFFFF_FFFF
    /// The tree of a group of 1 TiB has at most five levels.
    private static let deepest = 9

    init(_ reader: SourceReader, _ superblock: XFSSuperblock) {
        self.reader = reader
        self.superblock = superblock
    }

    mutating func next() throws(SourceFailure) -> Range<UInt64>? {
        while ready.isEmpty {
            if let block = leaf {
                try readLeaf(block)
            } else if group < superblock.groupCount {
                leaf = try firstLeaf()
                leavesSeen = 0
                if leaf == nil { group += 1 }
            } else {
                ready = joiner.take(isOver: true)[...]
                return ready.popFirst()
            }
            ready = joiner.take(isOver: false)[...]
        }
        return ready.popFirst()
    }

    private var headerSize: UInt64 { superblock.hasChecksums ? 56 : 16 }
    private var magic: UInt32 { superblock.hasChecksums ? 0x4142_3342 : 0x4142_5442 }  // AB3B, ABTB

    private func offset(of block: UInt64) -> UInt64 { (group * superblock.groupBlocks + block) * superblock.blockSize }

    /// Down the leftmost branch from the root that the AGF names.
    private func firstLeaf() throws(SourceFailure) -> UInt64? {
        var cursor = ByteCursor(try reader.upTo(64, at: offset(of: 0) + superblock.sectorSize))
        guard cursor.u32() == 0x5841_4746, cursor.skip(12), let root = cursor.u32() else { return nil }  // XAGF
        var block = UInt64(root)
        for _ in 0..<Self.deepest {
            guard let (level, count, _) = try header(block) else { return nil }
            if level == 0 { return block }
            guard count > 0 else { return nil }
            // Pointers stand behind room for as many keys as a block can hold.
            let most = (superblock.blockSize - headerSize) / 12
            var pointer = ByteCursor(try reader.upTo(4, at: offset(of: block) + headerSize + most * 8))
            guard let next = pointer.u32() else { return nil }
            block = UInt64(next)
        }
        return nil
    }

    private func header(_ block: UInt64) throws(SourceFailure) -> (level: UInt16, count: UInt64, right: UInt64)? {
        guard block < superblock.groupBlocks else { return nil }
        var cursor = ByteCursor(try reader.upTo(16, at: offset(of: block)))
        guard cursor.u32() == magic, let level = cursor.u16(), let count = cursor.u16(), cursor.skip(4), let right = cursor.u32() else {
            return nil
        }
        return (level, UInt64(count), UInt64(right))
    }

    private mutating func readLeaf(_ block: UInt64) throws(SourceFailure) {
        leavesSeen += 1
        guard leavesSeen <= superblock.groupBlocks, let (level, count, right) = try header(block), level == 0,
            count <= (superblock.blockSize - headerSize) / 8
        else { return endGroup() }
        var cursor = ByteCursor(try reader.upTo(Int(count * 8), at: offset(of: block) + headerSize))
        while let start = cursor.u32(), let length = cursor.u32() {
            let first = group * superblock.groupBlocks + UInt64(start)
            let end = min(first + UInt64(length), superblock.blockCount)
            // Ascending in a sound tree; a broken one must not lead back.
            guard UInt64(start) + UInt64(length) <= superblock.groupBlocks, first >= reached, end > first else { continue }
            reached = end
            joiner.add((first * superblock.blockSize)..<(end * superblock.blockSize))
        }
        if right == Self.none { endGroup() } else { leaf = right }
    }

    private mutating func endGroup() {
        leaf = nil
        group += 1
    }
}
