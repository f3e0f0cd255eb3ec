import MediaContainers

extension Carver {
    /// Each takes 16 bytes; with more finds than this, pieces stay pieces.
    private static let mostClaims = 2 << 20

    /// Settles the pieces that the scan left: joined where that is proven, else as they are.
    func join(shouldStop: () -> Bool) throws {
        var (finds, anchors) = try journal.unsettled()
        guard !finds.isEmpty else { return }
        var pieces = finds.compactMap { Piece($0) }
        if result.finds > Self.mostClaims { pieces = [] }
        var claims = RangeList()
        var block = BlockSize()
        if !pieces.isEmpty {
            try journal.forEach { find in
                for extent in find.extents { claims.insert(extent.range.lowerBound..<extent.range.upperBound.roundedUpToSector) }
                if find.state == .complete { block.note(find.offset) }
            }
            let units = MediaSignature.units.rawValue
            try searchPieces(finds.filter { $0.pending?.joint != nil || $0.pending?.signature == units }, &anchors, shouldStop: shouldStop)
        }
        // The first sector of a piece is its own; how much more is, the joints will say.
        for piece in pieces {
            if let first = piece.ranges.first {
                block.note(first.lowerBound)
                claims.insert(first.lowerBound..<(first.lowerBound + UInt64(MediaSignature.sector)))
            }
        }
        var joiner = Joiner(source, claims: claims, scope: scope, anchors: anchors, block: block.value)
        let report: (UInt64) throws -> Void = { _ in }
        var settled: Set<UInt64> = []
        var joined = RangeList()
        let rest = try joiner.join(pieces, shouldStop: shouldStop) { piece in
            guard let find = finished(piece) else { return }
            settled.insert(find.offset)
            for range in piece.ranges { joined.insert(range) }
            try take(find, report)
        }
        // Longer than they were, and still without an end.
        for piece in rest where piece.ranges.count > 1 {
            guard let find = finished(piece) else { continue }
            settled.insert(find.offset)
            for range in piece.ranges { joined.insert(range) }
            try take(find, report)
        }
        for var find in finds where !settled.contains(find.offset) {
            if shouldStop() { throw Stopped() }
            // The rest of another, which has it now.
            if find.pending?.joint == nil, joined.first(overlapping: find.offset..<(find.offset + 1)) != nil { continue }
            find.pending = nil
            try take(find, report)
        }
        writer?.wait()
        position = .max
        try checkpoint()
    }

    /// A piece may reach over the rest of another: what follows it was claimed with it and not searched.
    private func searchPieces(_ finds: [Find], _ anchors: inout Set<Anchor>, shouldStop: () -> Bool) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var search = AnchorSearch()
        for extent in finds.flatMap(\.extents) {
            var offset = extent.range.lowerBound
            while offset < extent.range.upperBound {
                if shouldStop() { throw Stopped() }
                let length = Int(min(UInt64(buffer.count), extent.range.upperBound - offset))
                let got = try source.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]))
                guard got > 0 else { break }
                search.look(UnsafeRawBufferPointer(rebasing: buffer[..<got]), at: offset)
                offset += UInt64(got)
            }
        }
        anchors.formUnion(search.take())
    }

    private func finished(_ piece: Piece) -> Find? {
        guard let media = piece.media else { return nil }
        var find = Find(piece.ranges, media, ending: piece.ending)
        note(damageOf: &find)
        if !piece.isCutCertain { find.noteUncertainCut() }
        return find
    }
}

/// What file systems hand out is a whole number of blocks: files begin at multiples of it, and are cut there.
struct BlockSize {
    private var first: UInt64?
    private var count = 0
    /// Has a bit set wherever two files differ.
    private var differences: UInt64 = 0

    /// By chance, 16 files on sectors of 512 bytes lie on blocks of 1024 once in 32,768 disks.
    private static let proof = 16
    /// File systems like to begin files on rounder numbers than they cut them at: none but small ones has smaller blocks.
    private static let largest: UInt64 = 4096

    mutating func note(_ offset: UInt64) {
        differences |= offset ^ (first ?? offset)
        first = first ?? offset
        count += 1
    }

    var value: UInt64 {
        guard count >= Self.proof else { return UInt64(MediaSignature.sector) }
        let common = UInt64(1) << UInt64(min(differences.trailingZeroBitCount, 63))
        return max(UInt64(MediaSignature.sector), min(common, Self.largest))
    }
}

extension Piece {
    init?(_ find: Find) {
        guard let pending = find.pending, let joint = pending.joint, let signature = MediaSignature(rawValue: pending.signature) else {
            return nil
        }
        self.init(ranges: find.extents.map(\.range), signature: signature, joint: joint, media: nil, ending: .lost)
    }
}
