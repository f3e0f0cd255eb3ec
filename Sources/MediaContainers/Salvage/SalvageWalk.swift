/// Walks media data from frame to frame, and finds the next one again behind what is no frame.
struct SalvageWalk {
    let reader: SourceReader
    private(set) var finder: any SalvageFinder
    /// Where the media data end.
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
    private var doubt: (index: Int, gap: Int, finder: any SalvageFinder)?
    private var doubts = true
    /// The last gap grew over what was taken back, and may grow on.
    private var isRetracted = false

    /// A frame that was looked at ahead of its turn, and the finder behind it.
    private var ahead: (frame: SalvageFrame, finder: any SalvageFinder)?
    /// What the last search came upon.
    private var found: (from: UInt64, frame: SalvageFrame, finder: any SalvageFinder)?
    /// Where the last search saw a frame that continues the count and is broken.
    private var broken: (from: UInt64, at: UInt64)?
    /// Bytes that may still be looked at in vain. Real data need next to none; hostile data could need any number.
    private var patience: UInt64
    private var searchEnd: UInt64

    /// Zeroes in a row that no encoder writes.
    private static let zeroRun = 16
    private static let searchView = 64 << 10
    /// Sound between two frames: a second of 16-bit stereo at 48 kHz.
    private static let longestSound: UInt64 = 192 << 10

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
        patience = 0
    }

    /// Everything from `start` on. A trial looks for nothing behind `limit`, and has no doubts: whoever tries, proves.
    mutating func run(from start: UInt64, limit: UInt64 = .max, isTrial: Bool = false) throws(SourceFailure) {
        var position = start
        doubts = !isTrial
        if doubts, finder.hasHeaders {
            gaps.append(SalvageGap(range: start..<start, index: 0, startsWithZeroes: false, vouches: false))
            doubt = (0, 0, finder)
        }
        searchEnd = min(end, limit)
        patience = 8 &* (searchEnd - min(start, searchEnd) &+ (16 << 20))
        while position < searchEnd, entries.count < SalvageTable.mostEntries {
            let passed = try passBoxes(at: position)
            position = passed.end
            if let header = passed.fragment, var fragment = fragments {
                try fragment.read(header, reader)
                fragments = fragment
            }
            if let sound = fragments?.sound(at: position), sound.upperBound <= end {
                if try !isZero(sound) {
                    append(sound: sound)
                    position = sound.upperBound
                    continue
                }
            }
            let before = finder
            if let frame = try accepted(at: position) {
                if isRetracted {
                    // What was taken back goes on.
                    isRetracted = false
                    doubt = (entries.count, gaps.count - 1, before)
                }
                append(frame)
                position = frame.range.upperBound
                if doubt != nil { try resolveDoubt(frame) }
            } else {
                position = try skip(from: position)
            }
        }
        if doubt != nil { retract(to: searchEnd) }
        isCapped = isCapped || entries.count == SalvageTable.mostEntries
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
    private mutating func resolveDoubt(_ frame: SalvageFrame) throws(SourceFailure) {
        guard frame.isWhole else { return }
        switch try proof(of: frame.range) {
        case .whole: doubt = nil
        case .broken: retract(to: frame.range.upperBound)
        case .unknown: if frame.isKeyframe { doubt = nil }
        }
    }

    func proof(of range: Range<UInt64>) throws(SourceFailure) -> PictureProof {
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
        ahead = nil
        self.doubt = nil
        isRetracted = true
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
        if let stated = fragments?.video(at: position), stated.upperBound <= end {
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
        let limit = position &+ Self.longestSound
        let next = try search(from: position, to: limit, after)?.0
        if let next, next.isSure || !after.hasHeaders { return true }
        // A broken frame that continues the count, or the end.
        return broken?.from == position || (next == nil && limit >= end && frame.isSure)
    }

    /// Where the frames begin that follow a frame, each continuing the count.
    private mutating func chain(_ frame: SalvageFrame, _ after: any SalvageFinder) throws(SourceFailure) -> [UInt64] {
        var starts = [frame.range.lowerBound]
        var last = frame
        var state = after
        while starts.count < Self.chainLength {
            let position = last.range.upperBound
            guard let (next, behind) = try search(from: position, to: position &+ Self.longestSound, state),
                next.isSure || !behind.hasHeaders
            else { break }
            starts.append(next.range.lowerBound)
            (last, state) = (next, behind)
        }
        return starts
    }

    private static let chainLength = 6

    // MARK: - Gaps

    /// Steps over what is no frame to the next one, or to the end.
    private mutating func skip(from start: UInt64) throws(SourceFailure) -> UInt64 {
        let startsWithZeroes = TailCheck.isZero(try reader.upTo(Self.zeroRun, at: start))
        var gap = SalvageGap(range: start..<start, index: entries.count, startsWithZeroes: startsWithZeroes, vouches: false)
        var next: UInt64?
        /// Where the length of a broken frame led to a good one.
        var resumed: UInt64?
        var behind = finder
        if case .broken(let until, let isSure) = try behind.take(at: start, in: reader, end: end, isStated: false) {
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
        let isForeign = resumed == nil && !isSound(gap.range) ? try !holdsZeroes(gap.range) : false
        if isForeign, doubt != nil { retract(to: start) }
        if isRetracted, let last = gaps.indices.last, gaps[last].range.upperBound == start {
            gaps[last].range = gaps[last].range.lowerBound..<gap.range.upperBound
            gap = gaps[last]
        } else {
            gaps.append(gap)
        }
        let isDoubtful = isForeign || isRetracted
        isRetracted = false
        if doubts, isDoubtful, next != nil { doubt = (gap.index, gaps.count - 1, finder) }
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

    /// The bytes between two frames may be sound: few, and what follows continues the count.
    private func isSound(_ range: Range<UInt64>) -> Bool {
        let limit = min(soundLimit ?? Self.longestSound, Self.longestSound)
        return range.upperBound - range.lowerBound <= limit && ahead?.frame.isSure != false
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
        while let (frame, after) = try search(from: from, to: searchEnd, finder) {
            from = frame.range.lowerBound + 1
            // The next frame is broken, and what stands before it is sound.
            if let broken, broken.from <= start, broken.at > start, broken.at < frame.range.lowerBound { return broken.at }
            guard try isFollowed(frame, after) else { continue }
            // Sound alone does not break the count.
            let isExpected = frame.isSure && frame.range.lowerBound - start <= Self.longestSound
            if !isExpected, try holdsBetter(frame, after) { continue }
            if fragments != nil, let fragment = try FragmentWalk.findFragment(reader, from: start, to: frame.range.lowerBound) {
                return fragment
            }
            ahead = (frame, after)
            return frame.range.lowerBound
        }
        if let broken, broken.from <= start, broken.at > start { return broken.at }
        return nil
    }

    /// A length that is none can lead over many frames to another: then there is a chain inside.
    private mutating func holdsBetter(_ frame: SalvageFrame, _ after: any SalvageFinder) throws(SourceFailure) -> Bool {
        let end = frame.range.upperBound
        let outer = try chain(frame, after)
        var from = frame.range.lowerBound + 1
        while let (inner, behind) = try search(from: from, to: end, finder) {
            from = inner.range.lowerBound + 1
            let starts = try chain(inner, behind)
            if starts.prefix(3).last.map({ starts.count >= 3 && $0 < end }) == true { return true }
            let common = starts.first { outer.contains($0) } ?? .max
            if starts.count(where: { $0 < common }) > outer.count(where: { $0 < common }) { return true }
        }
        return false
    }

    /// The first place from `start` at which a frame can be read.
    private mutating func search(
        from start: UInt64, to limit: UInt64, _ state: any SalvageFinder
    ) throws(SourceFailure) -> (SalvageFrame, any SalvageFinder)? {
        let limit = min(limit, end)
        guard patience > 0 else {
            isCapped = true
            return nil
        }
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
            switch try trial.take(at: position, in: reader, end: end, isStated: false) {
            case .frame(let frame):
                found = (start, frame, trial)
                spend(frame.range.upperBound - start)
                return (frame, trial)
            case .broken(let until, let isSure):
                if isSure, position - start <= Self.longestSound, broken?.from != start { broken = (start, position) }
                spend(min(until, end) - min(position, end))
            case .nothing: break
            }
            position += 1
        }
        spend(limit - min(start, limit))
        return nil
    }

    private mutating func spend(_ bytes: UInt64) {
        patience -= min(patience, bytes)
    }
}
