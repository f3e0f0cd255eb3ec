import MediaContainers

/// A recording that breaks off, in as many parts as are known.
struct Piece {
    var ranges: [Range<UInt64>]
    var signature: MediaSignature
    /// Nil where nothing more is due.
    var joint: Joint?
    var media: MediaDescription?
    var ending: MediaExtent.Ending
    /// False where a sample lies across a joint and nothing tells which of its blocks are of which part.
    var isCutCertain = true

    init(ranges: [Range<UInt64>], signature: MediaSignature, joint: Joint?, media: MediaDescription?, ending: MediaExtent.Ending) {
        self.ranges = ranges
        self.signature = signature
        self.joint = joint
        self.media = media
        self.ending = ending
    }

    var byteCount: UInt64 { ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) } }
    /// Where its last part begins, in bytes of the file.
    var lastStart: UInt64 { byteCount - (ranges.last.map { $0.upperBound - $0.lowerBound } ?? 0) }

    var kind: Anchor.Kind? {
        switch joint {
        case .movie: .movie
        case .fragment: .fragment
        case .cluster: .cluster
        case .chunk: .index
        case .packet: signature == .transport192 ? .packet192 : .packet188
        case nil: nil
        }
    }

    /// Where on the disk its structure would go on without a cut.
    var dueOnDisk: UInt64? {
        guard let joint, let last = ranges.last else { return nil }
        return last.lowerBound &+ joint.offset &- lastStart
    }

    /// The first place at or behind an offset of the file where a block of the last part ends.
    func cut(atOrBehind offset: UInt64, block: UInt64) -> UInt64 {
        let rest = (offset - min(offset, lastStart)) % block
        return rest == 0 || offset > .max - block ? offset : offset + block - rest
    }

    func cut(atOrBefore offset: UInt64, block: UInt64) -> UInt64 {
        offset - (offset - min(offset, lastStart)) % block
    }

    /// The file cut there and continued so that an anchor stands at the joint; nil where that is not on free ground.
    func continued(_ cut: UInt64, _ anchor: UInt64, _ free: Range<UInt64>) -> [Range<UInt64>]? {
        guard let joint, anchor + cut >= joint.offset else { return nil }
        let second = anchor + cut - joint.offset
        guard second >= free.lowerBound, second < free.upperBound else { return nil }
        return prefix(cut) + [second..<free.upperBound]
    }

    /// The ranges of the first bytes.
    func prefix(_ length: UInt64) -> [Range<UInt64>] {
        let known = Self.clipped(ranges, to: length)
        let have = known.reduce(UInt64(0)) { $0 + ($1.upperBound - $1.lowerBound) }
        guard have < length, let last = known.last else { return known }
        // Up to the sector's end: the piece was cut off there without its zeroes.
        return known.dropLast() + [last.lowerBound..<(last.upperBound + length - have)]
    }

    static func clipped(_ ranges: [Range<UInt64>], to length: UInt64) -> [Range<UInt64>] {
        var rest = length
        return ranges.compactMap { range in
            let count = min(rest, range.upperBound - range.lowerBound)
            rest -= count
            return count > 0 ? range.lowerBound..<(range.lowerBound + count) : nil
        }
    }
}
