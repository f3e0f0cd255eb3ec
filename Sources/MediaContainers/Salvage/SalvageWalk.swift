/// Walks media data from frame to frame, and finds the next one again behind what is no frame.
struct SalvageWalk {
    let reader: SourceReader
    private(set) var finder: any SalvageFinder
    /// Where the media data begin, and end.
    private(set) var start: UInt64 = 0
    let end: UInt64
    private(set) var entries: [SalvageEntry] = []
    private(set) var gaps: [SalvageGap] = []
    /// What fragments say of the times of entries.
    private(set) var times: [(index: Int, time: SalvageTime)] = []
    private var fragments: SalvageFragments?
    /// Frames that were met and not handed out, because their beginning is lost or bytes of theirs were overwritten.
    private(set) var brokenFrames = 0
    /// How many frames continued the count of the one before.
    private(set) var sureFrames = 0
    private(set) var frameBytes: UInt64 = 0
    private(set) var isCapped = false

    private let soundLimit: UInt64?
    /// Since when frames are handed out on probation: something foreign lies before them, and they may be part of it.
    private var doubt: Doubt?
    private var doubts = true
    /// The last gap grew over what was taken back, and may grow on.
    private var isRetracted = false
    /// Something was lost since the last fragment that was believed.
    private var isBehindLoss = false
    /// Of the bytes between two frames that were taken for sound, the most.
    private var longestSound: UInt64 = 0
    private var soundCount = 0

    /// A frame that was looked at ahead of its turn, and the finder behind it.
    private var ahead: (frame: SalvageFrame, finder: any SalvageFinder)?
    private var search: SalvageSearch
    private var searchEnd: UInt64

    /// Where the walk stood, to go back there.
    private struct Doubt {
        var index: Int
        var gap: Int
        var finder: any SalvageFinder
        var fragments: SalvageFragments?
    }

    /// Zeroes in a row that no encoder writes.
    private static let zeroRun = 16

    /// `soundLimit`: bytes of sound that may lie between two frames, as far as a reference tells.
    init(
        _ reader: SourceReader, _ finder: any SalvageFinder, end: UInt64, soundLimit: UInt64? = nil, fragments: SalvageFragments? = nil
    ) {
        self.soundLimit = soundLimit
        self.fragments = fragments
        self.reader = reader
        self.finder = finder
        self.end = end
        searchEnd = end
        search = SalvageSearch(reader, end: end)
    }

    /// Everything from `start` on. A trial looks for nothing behind `limit`, and has no doubts: whoever tries, proves.
    mutating func run(from start: UInt64, limit: UInt64 = .max, isTrial: Bool = false) throws(SourceFailure) {
        var position = start
        self.start = start
        doubts = !isTrial
        searchEnd = min(end, limit)
        search.begin(searchEnd - min(start, searchEnd))
        while position < searchEnd, entries.count < SalvageTable.mostEntries {
            let before = (finder: finder, fragments: fragments)
            let passed = try passBoxes(at: position)
            position = passed.end
            if let header = passed.fragment, var fragment = fragments {
                try fragment.read(header, reader, isBehindLoss: isBehindLoss)
                if !fragment.isStrange { isBehindLoss = false }
                fragments = fragment
            }
            if let strange = try strangeFrame(at: position) {
                disown(strange)
                position = strange.upperBound
                continue
            }
            if let sound = fragments?.sound(at: position), sound.upperBound <= end {
                if try !isZero(sound) {
                    append(sound: sound)
                    position = sound.upperBound
                    continue
                }
            }
            if let frame = try accepted(at: position) {
                if isRetracted {
                    // What was taken back goes on.
                    isRetracted = false
                    doubt = Doubt(index: entries.count, gap: gaps.count - 1, finder: before.finder, fragments: before.fragments)
                }
                append(frame)
                position = frame.range.upperBound
                if doubt != nil { try resolveDoubt(frame) }
            } else {
                position = try skip(from: position)
            }
        }
        if doubt != nil { retract(to: searchEnd) }
        isCapped = search.isCapped || entries.count == SalvageTable.mostEntries
    }

    private func isZero(_ range: Range<UInt64>) throws(SourceFailure) -> Bool {
        TailCheck.isZero(try reader.upTo(Int(clamping: range.upperBound - range.lowerBound), at: range.lowerBound))
    }

    private mutating func append(sound range: Range<UInt64>) {
        guard let size = UInt32(exactly: range.upperBound - range.lowerBound) else { return }
        if let time = fragments?.time(at: range) { times.append((entries.count, time)) }
        entries.append(SalvageEntry(start: range.lowerBound, size: size, duration: 0, order: 0, track: 1, isKeyframe: true))
    }

    private mutating func append(_ frame: SalvageFrame) {
        let range = frame.range
        frameBytes += range.upperBound - range.lowerBound
        if frame.isSure { sureFrames += 1 }
        guard frame.isWhole, let size = UInt32(exactly: range.upperBound - range.lowerBound) else {
            brokenFrames += 1
            return
        }
        if let time = fragments?.time(at: range) { times.append((entries.count, time)) }
        entries.append(
            SalvageEntry(
                start: range.lowerBound, size: size, duration: 0, order: Int32(truncatingIfNeeded: frame.order ?? 0), track: 0,
                isKeyframe: frame.isKeyframe, hasOrder: frame.order != nil, restartsOrder: frame.restartsOrder))
    }

    // MARK: - Doubt

    /// Ends the probation with the first frame whose every macroblock could be looked at, or with a key frame at the latest.
    /// An older recording of the same camera passes for that; where there are fragments, one of ours has to follow.
    private mutating func resolveDoubt(_ frame: SalvageFrame) throws(SourceFailure) {
        guard frame.isWhole else { return }
        let isStated = fragments.map { !$0.areMet || $0.video(at: frame.range.lowerBound) == frame.range } ?? true
        switch try proof(of: frame.range) {
        case .whole: if isStated { doubt = nil }
        case .broken: retract(to: frame.range.upperBound)
        case .unknown: if isStated, frame.isKeyframe { doubt = nil }
        }
    }

    func proof(of range: Range<UInt64>) throws(SourceFailure) -> PictureProof {
        try proof(of: range, finder)
    }

    private func proof(of range: Range<UInt64>, _ finder: any SalvageFinder) throws(SourceFailure) -> PictureProof {
        guard let bytes = try reader.exactly(Int(clamping: range.upperBound - range.lowerBound), at: range.lowerBound) else {
            return .broken
        }
        return finder.prove(bytes)
    }

    /// Takes back what was handed out on probation.
    private mutating func retract(to end: UInt64) {
        guard let doubt else { return }
        entries.removeSubrange(doubt.index...)
        while let last = times.last, last.index >= doubt.index { times.removeLast() }
        gaps.removeSubrange((doubt.gap + 1)...)
        gaps[doubt.gap].range = gaps[doubt.gap].range.lowerBound..<end
        finder = doubt.finder
        fragments = doubt.fragments
        isBehindLoss = true
        ahead = nil
        self.doubt = nil
        isRetracted = true
    }

    /// A frame that a fragment of another recording states, if it still stands there, or one among the samples of a fragment
    /// of this recording that does not state it.
    private func strangeFrame(at position: UInt64) throws(SourceFailure) -> Range<UInt64>? {
        guard let fragments else { return nil }
        let stated = fragments.strange(at: position)
        guard stated != nil || ((doubt != nil || isRetracted) && fragments.denies(position)) else { return nil }
        var trial = finder
        guard
            case .frame(let frame) = try trial.take(
                at: position, in: reader, end: min(end, stated?.upperBound ?? end), isStated: stated != nil)
        else { return nil }
        return stated == nil || frame.range == stated ? frame.range : nil
    }

    /// Makes a frame part of what was skipped.
    private mutating func disown(_ range: Range<UInt64>) {
        if doubt != nil {
            retract(to: range.upperBound)
        } else if isRetracted, let last = gaps.indices.last {
            gaps[last].range = gaps[last].range.lowerBound..<range.upperBound
        } else {
            gaps.append(SalvageGap(range: range, index: entries.count, startsWithZeroes: false, vouches: false))
            isRetracted = true
        }
    }

    // MARK: - Boxes

    /// Headers of fragments and other boxes that stand between the frames. An `mdat` is entered, its size not believed.
    private func passBoxes(at start: UInt64) throws(SourceFailure) -> (end: UInt64, fragment: BoxHeader?) {
        var position = start
        var fragment: BoxHeader?
        while position < end {
            guard let header = BoxHeader(try reader.upTo(BoxHeader.largest, at: position), at: position, limit: end) else { break }
            switch header.type {
            case BoxType.mdat:
                position = header.payload
            case BoxType.moof, BoxType.styp, BoxType.sidx, BoxType.prft, BoxType.emsg, BoxType.free, BoxType.skip, BoxType.wide,
                BoxType.uuid, BoxType.mfra, BoxType.ftyp, BoxType.moov, BoxType.meta, BoxType.udta:
                guard header.end <= end, header.end - header.start <= UInt64(SourceReader.largestView) else {
                    return (position, fragment)
                }
                if header.type == BoxType.moof { fragment = header }
                position = header.end
            default:
                return (position, fragment)
            }
        }
        return (position, fragment)
    }

    // MARK: - Belief

    /// The frame at `position`, if it deserves belief; the finder then stands behind it.
    private mutating func accepted(at position: UInt64, isFound: Bool = false) throws(SourceFailure) -> SalvageFrame? {
        if let (frame, after) = ahead, frame.range.lowerBound == position {
            finder = after
            ahead = nil
            return frame
        }
        let stated = fragments?.video(at: position)
        if let stated, stated.upperBound <= end {
            var trial = finder
            if case .frame(let frame) = try trial.take(at: position, in: reader, end: stated.upperBound, isStated: true),
                frame.range == stated
            {
                finder = trial
                return frame
            }
        }
        var trial = finder
        guard case .frame(let frame) = try trial.take(at: position, in: reader, end: end, isStated: false) else { return nil }
        // Right behind a frame, one that continues the count is no accident. Anything else needs another frame behind it.
        if !frame.isSure || isFound {
            guard try isFollowed(frame, trial) else { return nil }
        }
        // It is longer or shorter than stated, or does not continue the count: another recording may go on in the midst of it.
        if doubts, stated != nil || !frame.isSure, try proof(of: frame.range, trial) == .broken { return nil }
        finder = trial
        return frame
    }

    /// Whether another frame follows that continues its count, at once or behind as much as sound may take, or nothing at all.
    private mutating func isFollowed(_ frame: SalvageFrame, _ after: any SalvageFinder) throws(SourceFailure) -> Bool {
        let position = try passBoxes(at: frame.range.upperBound).end
        if position >= end { return true }
        var trial = after
        switch try trial.take(at: position, in: reader, end: end, isStated: false) {
        case .frame(let next):
            ahead = next.isSure ? (next, trial) : nil
            return true
        case .broken: return true
        case .nothing: break
        }
        if TailCheck.isZero(try reader.upTo(Self.zeroRun, at: position)) { return true }
        let limit = position &+ SalvageSearch.longestSound
        let next = try search.next(from: position, to: limit, after)?.0
        if let next, next.isSure || !after.hasHeaders { return true }
        // A broken frame that continues the count, or the end.
        return search.broken?.from == position || (next == nil && limit >= end && frame.isSure)
    }

    // MARK: - Gaps

    /// Steps over what is no frame to the next one, or to the end.
    private mutating func skip(from start: UInt64) throws(SourceFailure) -> UInt64 {
        let startsWithZeroes = TailCheck.isZero(try reader.upTo(Self.zeroRun, at: start))
        var gap = SalvageGap(range: start..<start, index: entries.count, startsWithZeroes: startsWithZeroes, vouches: false)
        var next: UInt64?
        /// Where the length of a broken frame led to a good one.
        var resumed: UInt64?
        var behind = finder
        var outcome = try behind.take(at: start, in: reader, end: end, isStated: false)
        if case .frame(let frame) = outcome, let stated = fragments?.video(at: start) {
            outcome = .broken(until: stated.upperBound, isSure: frame.isSure)
        }
        if case .broken(let until, let isSure) = outcome {
            gap.vouches = true
            brokenFrames += 1
            // Its header still counts.
            if isSure { finder = behind }
            if until < end { resumed = try resume(at: until, behind) }
            next = resumed
            if next == nil { next = try find(from: start + 1) }
        } else {
            next = try find(from: start)
        }
        gap.range = start..<(next ?? searchEnd)
        let isSound = isSound(gap.range)
        if !isSound { isBehindLoss = true }
        var isForeign = resumed == nil && !isSound ? try !holdsZeroes(gap.range) : false
        if isForeign, doubt != nil { retract(to: start) }
        if isSound, isUnusual(gap.range), doubt == nil { isForeign = true }
        if isRetracted, let last = gaps.indices.last, gaps[last].range.upperBound == start {
            gaps[last].range = gaps[last].range.lowerBound..<gap.range.upperBound
            gap = gaps[last]
        } else {
            gaps.append(gap)
        }
        let isDoubtful = isForeign || isRetracted
        isRetracted = false
        if doubts, isDoubtful, next != nil { doubt = Doubt(index: gap.index, gap: gaps.count - 1, finder: finder, fragments: fragments) }
        return gap.range.upperBound
    }

    /// Whether a sector of the range was zeroed: then what follows is of this recording as much as what precedes.
    private func holdsZeroes(_ range: Range<UInt64>) throws(SourceFailure) -> Bool {
        let size = UInt64(Sectors.size)
        var position = (range.lowerBound + size - 1) / size * size
        while position + size <= range.upperBound {
            if TailCheck.isZero(try reader.upTo(Sectors.size, at: position)) { return true }
            position += size
        }
        return false
    }

    /// The bytes between two frames may be sound: few, and what follows continues the count or is a fragment.
    private func isSound(_ range: Range<UInt64>) -> Bool {
        let limit = min(soundLimit ?? SalvageSearch.longestSound, SalvageSearch.longestSound)
        let length = range.upperBound - range.lowerBound
        guard length <= limit else { return false }
        if let ahead { return ahead.frame.isSure }
        return search.broken?.at == range.upperBound || fragments?.isSound(length) == true
    }

    /// Longer than the sound between the frames before: what follows may continue the count by accident.
    private mutating func isUnusual(_ range: Range<UInt64>) -> Bool {
        let length = range.upperBound - range.lowerBound
        defer {
            longestSound = max(longestSound, length)
            soundCount += 1
        }
        return soundCount >= Self.enoughSound && length > 2 * longestSound
    }

    /// So many runs of sound show how long they get.
    private static let enoughSound = 16

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
        while let (frame, after) = try search.next(from: from, to: searchEnd, finder) {
            from = frame.range.lowerBound + 1
            // The next frame is broken, and what stands before it is sound.
            if let broken = search.broken, broken.from <= start, broken.at > start, broken.at < frame.range.lowerBound { return broken.at }
            guard try isFollowed(frame, after) else { continue }
            // Sound alone does not break the count.
            let isExpected = frame.isSure && frame.range.lowerBound - start <= SalvageSearch.longestSound
            if !isExpected, try search.holdsBetter(frame, after, finder) { continue }
            if fragments != nil, let fragment = try FragmentWalk.findFragment(reader, from: start, to: frame.range.lowerBound) {
                ahead = nil
                return fragment
            }
            ahead = (frame, after)
            return frame.range.lowerBound
        }
        if let broken = search.broken, broken.from <= start, broken.at > start { return broken.at }
        return nil
    }
}
