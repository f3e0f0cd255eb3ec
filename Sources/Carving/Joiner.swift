import MediaContainers

/// Puts recordings together that the file system stored in several places.
///
/// A piece knows where its structure must go on, counted from its start, and what must stand there (`Joint`). A file is stored in
/// whole sectors, so of all anchors on the disk only those in step with it count; and a joint is believed only if the whole
/// recording is then sound, sample by sample. Where several places or several ways to cut are, none is taken.
struct Joiner {
    private let source: CarveSource
    /// What whole finds cover. What is joined is added.
    private var claims: RangeList
    private let scope: Range<UInt64>
    /// By kind and place within a sector, ascending.
    private var anchors: [Step: [UInt64]] = [:]
    /// Files begin, and are cut, on multiples of it.
    private let block: UInt64

    private struct Step: Hashable {
        var kind: Anchor.Kind
        var phase: UInt16

        init(_ kind: Anchor.Kind, _ offset: UInt64) {
            self.kind = kind
            phase = UInt16(offset % UInt64(MediaSignature.sector))
        }
    }

    /// Whole samples of the first part that the joined file leads to: without any, nothing says that the parts belong together.
    private static let proof = 2
    /// Where samples are large, each block of one is a place where the file may have been cut: of a key frame of half a megabyte.
    private static let mostCuts = 1024
    /// Bytes, to find a cut.
    private static let mostRead = 1 << 30
    /// Bytes of them whose macroblocks are looked at, which takes a second for each 9 MB.
    private static let mostProof = 64 << 20
    /// exFAT has clusters of this size.
    private static let largestPadding: UInt64 = 128 << 10
    /// A file in more pieces than this is left in them.
    private static let mostJoints = 1000

    /// `block`: see `BlockSize`.
    init(_ source: CarveSource, claims: RangeList, scope: Range<UInt64>, anchors: Set<Anchor>, block: UInt64) {
        self.source = source
        self.claims = claims
        self.scope = scope
        self.block = block
        for anchor in anchors { self.anchors[Step(anchor.kind, anchor.offset), default: []].append(anchor.offset) }
        for step in self.anchors.keys { self.anchors[step]?.sort() }
    }

    /// As many joints as can be proven. Each one claims ground, which may make the next one certain.
    mutating func join(_ pieces: [Piece], shouldStop: () -> Bool, joined: (Piece) throws -> Void) throws -> [Piece] {
        var waiting = pieces
        while true {
            var candidates: [[Piece]] = []
            for piece in waiting {
                if shouldStop() { throw Stopped() }
                candidates.append(try continuations(of: piece))
            }
            let proven = Self.uncontested(candidates)
            guard !proven.isEmpty else { return waiting }
            // The ground that some claim may tell where others were cut.
            let certain = proven.filter { $0.larger.isCutCertain }
            for (index, larger) in (certain.isEmpty ? proven : certain).reversed() {
                for range in larger.ranges { claims.insert(range.lowerBound..<range.upperBound.roundedUpToSector) }
                if larger.kind == nil || larger.ranges.count >= Self.mostJoints {
                    try joined(larger)
                    waiting.remove(at: index)
                } else {
                    waiting[index] = larger
                }
            }
        }
    }

    /// Those pieces with one continuation that nobody else could have: two recordings of one camera fit each other's rests.
    private static func uncontested(_ candidates: [[Piece]]) -> [(index: Int, larger: Piece)] {
        let wanted = candidates.enumerated().flatMap { index, pieces in pieces.compactMap { $0.ranges.last.map { (index, $0) } } }
            .sorted { $0.1.lowerBound < $1.1.lowerBound }
        var contested: Set<Int> = []
        var reach: (index: Int, end: UInt64)?
        for (index, ground) in wanted {
            if let reach, ground.lowerBound < reach.end, reach.index != index { contested.formUnion([reach.index, index]) }
            if ground.upperBound > reach?.end ?? 0 { reach = (index, ground.upperBound) }
        }
        return candidates.enumerated().compactMap { index, pieces in
            pieces.count == 1 && !contested.contains(index) ? (index, pieces[0]) : nil
        }
    }

    /// What a piece may be with one more part: one if that is proven, two if it is not.
    private func continuations(of piece: Piece) throws(SourceFailure) -> [Piece] {
        guard let joint = piece.joint, let kind = piece.kind, let due = piece.dueOnDisk else { return [] }
        var found: [Piece] = []
        for anchor in anchors[Step(kind, due)] ?? [] where anchor != due && (anchor &- due) % block == 0 {
            guard claims.first(overlapping: anchor..<(anchor + 1)) == nil, try fits(joint, at: anchor),
                let larger = try attempt(piece, anchor), found.first?.ranges != larger.ranges
            else { continue }
            found.append(larger)
            if found.count > 1 { break }
        }
        return found
    }

    /// Whether what stands at an anchor is what the piece wants, as far as a few bytes tell.
    private func fits(_ joint: Joint, at offset: UInt64) throws(SourceFailure) -> Bool {
        try joint.isMet(SourceReader(source, window: 16 << 10), at: offset)
    }

    private func attempt(_ piece: Piece, _ anchor: UInt64) throws(SourceFailure) -> Piece? {
        guard let joint = piece.joint, let last = piece.ranges.last else { return nil }
        let free = try freeRange(around: anchor)
        // The first part ends before the next find at the latest, and between the cut and the joint the second part lies before
        // the anchor, on ground that nobody claims.
        let behind =
            claims.first(overlapping: (last.lowerBound + UInt64(MediaSignature.sector))..<scope.upperBound)?.lowerBound ?? scope.upperBound
        let reach = min(
            joint.offset, piece.cut(atOrBehind: piece.byteCount, block: block),
            piece.lastStart + (max(behind, last.lowerBound) - last.lowerBound))
        let before = anchor - free.lowerBound
        let earliest = piece.cut(atOrBehind: max(joint.offset - min(joint.offset, before), piece.lastStart + 1), block: block)
        let latest = piece.cut(atOrBefore: reach, block: block)
        guard earliest <= latest else { return nil }
        switch try judge(piece, latest, anchor, free) {
        case .sound(let larger, let place):
            return earliest == latest ? larger : try cutInside(place, piece, anchor, free, earliest...latest)
        case .broken(let place): return try cutInside(place, piece, anchor, free, earliest...latest)
        case .no: return nil
        }
    }

    /// Each block of a sample is a place where the file may have been cut. Where several are sound, the continuation is proven
    /// and the place is not: the likeliest is taken, and said to be no more than that.
    private func cutInside(
        _ samples: [SampleAudit.Checked], _ piece: Piece, _ anchor: UInt64, _ free: Range<UInt64>, _ cuts: ClosedRange<UInt64>
    ) throws(SourceFailure) -> Piece? {
        guard let last = piece.ranges.last else { return nil }
        guard let first = samples.first, let end = samples.last?.range.upperBound else {
            // Packets out of step tell one cut from the other.
            guard case .sound(let larger, _) = try judge(piece, cuts.upperBound, anchor, free) else { return nil }
            return larger
        }
        var tries = max(64, Self.mostRead / max(1, samples.reduce(0) { $0 + $1.range.count }))
        var sound: [UInt64] = []
        /// Those of them where the macroblocks of the frames go on as well.
        var proven: [UInt64] = []
        var unproven = Self.mostProof
        var cut = piece.cut(atOrBehind: max(cuts.lowerBound, first.range.lowerBound), block: block)
        while cut <= min(cuts.upperBound, end), sound.count < Self.mostCuts {
            guard tries > 0 else { return nil }
            tries -= 1
            if let ranges = piece.continued(cut, anchor, free), try areSound(samples, ranges) {
                sound.append(cut)
                if unproven > 0, try areProven(samples, ranges) { proven.append(cut) }
                unproven -= samples.reduce(0) { $0 + $1.range.count }
            }
            cut += block
        }
        if !proven.isEmpty { sound = proven }
        // Parts begin and end beside other files, and on round numbers.
        func likelihood(_ cut: UInt64) -> Int {
            let address = last.lowerBound + cut - piece.lastStart
            return cut == cuts.lowerBound || claims.begins(at: address) ? 64 : address.trailingZeroBitCount
        }
        guard let best = sound.max(by: { likelihood($0) < likelihood($1) }),
            case .sound(var larger, _) = try judge(piece, best, anchor, free)
        else { return nil }
        larger.isCutCertain = piece.isCutCertain && sound.count == 1
        return larger
    }

    private func areSound(_ samples: [SampleAudit.Checked], _ ranges: [Range<UInt64>]) throws(SourceFailure) -> Bool {
        let reader = SourceReader(ExtentSource(source, ranges), window: 16 << 10)
        for sample in samples {
            guard try sample.isSound(reader) else { return false }
        }
        return true
    }

    private func areProven(_ samples: [SampleAudit.Checked], _ ranges: [Range<UInt64>]) throws(SourceFailure) -> Bool {
        let reader = SourceReader(ExtentSource(source, ranges), window: 16 << 10)
        for sample in samples {
            guard try sample.isProven(reader) else { return false }
        }
        return true
    }

    private enum Verdict {
        /// With the samples about the cut.
        case sound(Piece, [SampleAudit.Checked])
        /// The first sample that is not of this file, and the one before it.
        case broken([SampleAudit.Checked])
        case no
    }

    private func judge(_ piece: Piece, _ cut: UInt64, _ anchor: UInt64, _ free: Range<UInt64>) throws(SourceFailure) -> Verdict {
        guard let joint = piece.joint, let ranges = piece.continued(cut, anchor, free) else { return .no }
        let reader = SourceReader(ExtentSource(source, ranges), window: 16 << 10)
        guard let extent = try MediaExtent.measure(reader, piece.signature), extent.byteCount > joint.offset else { return .no }
        let kept = Piece.clipped(ranges, to: extent.byteCount)
        let whole = ExtentSource(source, kept)
        guard case .media(let media) = try MediaProbe.describe(SourceReader(whole)) else { return .no }
        let seam = SampleAudit.Seam(cut: cut, joint: joint.offset)
        guard let audit = try SampleAudit.run(SourceReader(whole), seam: seam), audit.soundBefore >= Self.proof, audit.timesGoOn else {
            return .no
        }
        guard audit.isSound else { return audit.across.isEmpty ? .no : .broken(audit.across) }
        let isWhole = media.state == .complete && extent.ending != .lost
        // Still cut, but further on.
        let isLonger = extent.ending == .lost && extent.joint.map { $0.offset > joint.offset } ?? false && media.state == .truncated
        guard isWhole || isLonger, !media.findings.contains(where: { [.bytesSkipped, .timeJump, .ruleBroken].contains($0.code) })
        else { return .no }
        var larger = piece
        larger.ranges = kept
        larger.joint = isWhole ? nil : extent.joint
        larger.media = media
        larger.ending = extent.ending
        return .sound(larger, audit.across)
    }

    /// Ground of nobody, without the padding of the file before it.
    private func freeRange(around offset: UInt64) throws(SourceFailure) -> Range<UInt64> {
        let after = claims.first(overlapping: offset..<scope.upperBound)?.lowerBound ?? scope.upperBound
        var start = claims.end(before: offset, from: scope.lowerBound)
        let reader = SourceReader(source, window: 16 << 10)
        let sector = UInt64(MediaSignature.sector)
        let limit = min(offset, start + Self.largestPadding)
        while start + sector <= limit, try reader.exactly(MediaSignature.sector, at: start)?.allSatisfy({ $0 == 0 }) ?? false {
            start += sector
        }
        return start..<max(after, offset)
    }
}
