/// Looks for places in media data at which a frame can be read.
struct SalvageSearch {
    private let reader: SourceReader
    /// Where the media data end.
    private let end: UInt64
    /// The last search came to an end because it had looked at too much in vain.
    private(set) var isCapped = false
    /// Where the last search saw a frame that continues the count and is broken.
    private(set) var broken: (from: UInt64, at: UInt64)?
    /// What the last search came upon.
    private var found: (from: UInt64, frame: SalvageFrame, finder: any SalvageFinder)?
    /// Bytes that may still be looked at in vain. Real data need next to none; hostile data could need any number.
    private var patience: UInt64 = 0

    private static let view = 64 << 10
    /// What one try to read a frame costs, in bytes that a search passes over meanwhile (measured: some microseconds against
    /// a byte each nanosecond). Else a few kilobytes full of short frames keep the search busy for a minute.
    private static let tryCost: UInt64 = 4 << 10
    /// Sound between two frames: a second of 16-bit stereo at 48 kHz.
    static let longestSound: UInt64 = 192 << 10

    init(_ reader: SourceReader, end: UInt64) {
        self.reader = reader
        self.end = end
    }

    /// Before a walk over so many bytes.
    mutating func begin(_ byteCount: UInt64) {
        patience = 8 &* (byteCount &+ (4 << 20))
    }

    /// The first place from `start` at which a frame can be read, and the finder behind it.
    mutating func next(
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
            let length = Int(min(UInt64(Self.view), limit - position)) + state.lookAhead
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
            guard patience > 0 else {
                isCapped = true
                return nil
            }
            spend(Self.tryCost)
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

    /// Where the frames begin that follow a frame, each continuing the count.
    mutating func chain(_ frame: SalvageFrame, _ after: any SalvageFinder) throws(SourceFailure) -> [UInt64] {
        var starts = [frame.range.lowerBound]
        var last = frame
        var state = after
        while starts.count < Self.chainLength {
            let position = last.range.upperBound
            guard let (next, behind) = try next(from: position, to: position &+ Self.longestSound, state),
                next.isSure || !behind.hasHeaders
            else { break }
            starts.append(next.range.lowerBound)
            (last, state) = (next, behind)
        }
        return starts
    }

    private static let chainLength = 6

    /// A length that is none can lead over many frames to another: then there is a chain inside. `state` stands before the frame.
    mutating func holdsBetter(
        _ frame: SalvageFrame, _ after: any SalvageFinder, _ state: any SalvageFinder
    ) throws(SourceFailure) -> Bool {
        let end = frame.range.upperBound
        let outer = try chain(frame, after)
        var from = frame.range.lowerBound + 1
        while let (inner, behind) = try next(from: from, to: end, state) {
            from = inner.range.lowerBound + 1
            let starts = try chain(inner, behind)
            if starts.prefix(3).last.map({ starts.count >= 3 && $0 < end }) == true { return true }
            let common = starts.first { outer.contains($0) } ?? .max
            if starts.count(where: { $0 < common }) > outer.count(where: { $0 < common }) { return true }
        }
        return false
    }

    private mutating func spend(_ bytes: UInt64) {
        patience -= min(patience, bytes)
    }
}
