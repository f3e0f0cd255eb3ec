/// Walks media data from frame to frame, and finds the next one again behind what is no frame.
struct SalvageWalk {
    let reader: SourceReader
    private(set) var finder: any SalvageFinder
    /// Where the media data end.
    let end: UInt64
    private(set) var entries: [SalvageEntry] = []
    private(set) var gaps: [SalvageGap] = []
    /// Frames that were met and not handed out, because their beginning is lost or bytes of theirs were overwritten.
    private(set) var brokenFrames = 0
    private(set) var isCapped = false

    /// A frame that was looked at ahead of its turn, and the finder behind it.
    private var ahead: (frame: SalvageFrame, finder: any SalvageFinder)?
    /// What the last search came upon.
    private var found: (from: UInt64, frame: SalvageFrame, finder: any SalvageFinder)?
    /// Bytes that may still be looked at in vain. Real data need next to none; hostile data could need any number.
    private var patience: UInt64

    /// Zeroes in a row that no encoder writes.
    private static let zeroRun = 16
    private static let searchView = 64 << 10
    /// Sound between two frames: a second of 16-bit stereo at 48 kHz.
    private static let longestSound: UInt64 = 192 << 10

    init(_ reader: SourceReader, _ finder: any SalvageFinder, end: UInt64) {
        self.reader = reader
        self.finder = finder
        self.end = end
        patience = 4 &* (end &+ (16 << 20))
    }

    /// Everything from `start` on; a trial stops behind `limit`.
    mutating func run(from start: UInt64, limit: UInt64 = .max) throws(SourceFailure) {
        var position = start
        while position < min(end, limit), entries.count < SalvageTable.mostEntries {
            if let frame = try accepted(at: position) {
                append(frame)
                position = frame.range.upperBound
            } else {
                position = try skip(from: position)
            }
        }
        isCapped = isCapped || entries.count == SalvageTable.mostEntries
    }

    private mutating func append(_ frame: SalvageFrame) {
        let range = frame.range
        guard frame.isWhole, let size = UInt32(exactly: range.upperBound - range.lowerBound) else {
            brokenFrames += 1
            return
        }
        entries.append(
            SalvageEntry(
                start: range.lowerBound, size: size, duration: 0, order: Int32(truncatingIfNeeded: frame.order ?? 0), track: 0,
                isKeyframe: frame.isKeyframe, hasOrder: frame.order != nil, restartsOrder: frame.restartsOrder))
    }

    // MARK: - Belief

    /// The frame at `position`, if it deserves belief; the finder then stands behind it.
    private mutating func accepted(at position: UInt64, isFound: Bool = false) throws(SourceFailure) -> SalvageFrame? {
        if let (frame, after) = ahead, frame.range.lowerBound == position {
            finder = after
            ahead = nil
            return frame
        }
        var trial = finder
        guard case .frame(let frame) = try trial.take(at: position, in: reader, end: end) else { return nil }
        // Right behind a frame, one that continues the count is no accident. Anything else needs another frame behind it.
        if !frame.isSure || isFound {
            guard try isFollowed(frame, trial) else { return nil }
        }
        finder = trial
        return frame
    }

    /// Whether another frame follows, at once or behind as much as sound may take, or nothing at all.
    private mutating func isFollowed(_ frame: SalvageFrame, _ after: any SalvageFinder) throws(SourceFailure) -> Bool {
        let position = frame.range.upperBound
        if position >= end { return true }
        var trial = after
        switch try trial.take(at: position, in: reader, end: end) {
        case .frame(let next):
            ahead = next.isSure ? (next, trial) : nil
            return true
        case .broken: return true
        case .nothing: break
        }
        if TailCheck.isZero(try reader.upTo(Self.zeroRun, at: position)) { return true }
        return try search(from: position, to: position &+ Self.longestSound, after) != nil
    }

    // MARK: - Gaps

    /// Steps over what is no frame to the next one, or to the end.
    private mutating func skip(from start: UInt64) throws(SourceFailure) -> UInt64 {
        let startsWithZeroes = TailCheck.isZero(try reader.upTo(Self.zeroRun, at: start))
        var gap = SalvageGap(range: start..<start, index: entries.count, startsWithZeroes: startsWithZeroes, vouches: false)
        var next: UInt64?
        var behind = finder
        if case .broken(let until) = try behind.take(at: start, in: reader, end: end) {
            gap.vouches = true
            brokenFrames += 1
            if until < end { next = try resume(at: until, behind) }
        }
        if next == nil { next = try find(from: start) }
        gap.range = start..<(next ?? end)
        gaps.append(gap)
        return gap.range.upperBound
    }

    /// The length of an overwritten frame may still say where the next one begins.
    private mutating func resume(at position: UInt64, _ state: any SalvageFinder) throws(SourceFailure) -> UInt64? {
        let before = finder
        finder = state
        defer { finder = before }
        guard let frame = try accepted(at: position, isFound: true) else { return nil }
        ahead = (frame, finder)
        return position
    }

    /// Where the next frame that deserves belief begins; it is then `ahead`.
    private mutating func find(from start: UInt64) throws(SourceFailure) -> UInt64? {
        var from = start
        while let (frame, after) = try search(from: from, to: end, finder) {
            if try isFollowed(frame, after) {
                ahead = (frame, after)
                return frame.range.lowerBound
            }
            from = frame.range.lowerBound + 1
        }
        return nil
    }

    /// The first place from `start` at which a frame can be read.
    private mutating func search(
        from start: UInt64, to limit: UInt64, _ state: any SalvageFinder
    ) throws(SourceFailure) -> (SalvageFrame, any SalvageFinder)? {
        let limit = min(limit, end)
        if let found, found.from == start, found.frame.range.lowerBound < limit { return (found.frame, found.finder) }
        var position = start
        while position < limit {
            let length = Int(min(UInt64(Self.searchView), limit - position)) + state.lookAhead
            let view = try reader.upTo(length, at: position)
            guard view.count > state.lookAhead else { return nil }
            let zeroes = StartCodes.firstNonzero(in: view, from: 0)
            // A length may begin with three of them.
            let first = max(0, zeroes - 4)
            guard zeroes < view.count, let index = state.candidate(in: view, from: first) else {
                position += UInt64(view.count - state.lookAhead)
                continue
            }
            position += UInt64(index)
            var trial = state
            switch try trial.take(at: position, in: reader, end: end) {
            case .frame(let frame):
                found = (start, frame, trial)
                return (frame, trial)
            case .broken(let until):
                let cost = min(until, end) - min(position, end)
                guard cost <= patience else {
                    isCapped = true
                    return nil
                }
                patience -= cost
            case .nothing: break
            }
            position += 1
        }
        return nil
    }
}
