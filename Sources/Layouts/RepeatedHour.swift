/// Decides for the segments of a local hour that happens twice which of the two they belong to.
///
/// Both passes stand mixed in the order of names. What their own clocks do not decide, their neighbours do: recording that
/// joins the segment before the hour runs through the first pass into the second, and up to the segment after the hour.
struct RepeatedHour {
    struct Entry {
        var first: Int64
        var second: Int64
        var durationUs: Int64?
        var sequence: Int64?
        /// Decided already by a clock of its own.
        var decided: (instant: Int64, by: ClockDisagreement.Decision)?
    }

    private(set) var entries: [Entry]
    private let resolution: Int64

    /// - Parameters:
    ///   - previousEnd: UTC end of the last segment before the hour
    ///   - nextStart: UTC start of the first segment after it
    init(_ entries: [Entry], resolution: Int64, previousEnd: Int64?, nextStart: Int64?) {
        self.entries = entries
        self.resolution = resolution
        follow(from: previousEnd)
        precede(to: nextStart)
        excludeOverlaps()
        orderBySequence()
    }

    private var slack: Int64 { max(3 * Microseconds.second, resolution + Microseconds.second) }

    private struct Choice {
        var instant: Int64
        var index: Int
    }

    /// Both readings of every entry, and the only one of those that are decided, in the order of time.
    private func choices() -> [Choice] {
        var result: [Choice] = []
        result.reserveCapacity(entries.count * 2)
        for index in entries.indices {
            if let decided = entries[index].decided {
                result.append(Choice(instant: decided.instant, index: index))
            } else {
                result.append(Choice(instant: entries[index].first, index: index))
                result.append(Choice(instant: entries[index].second, index: index))
            }
        }
        return result.sorted { ($0.instant, $0.index) < ($1.instant, $1.index) }
    }

    private mutating func follow(from previousEnd: Int64?) {
        var end = previousEnd
        for choice in choices() {
            if let decided = entries[choice.index].decided {
                guard decided.instant == choice.instant else { continue }
            } else {
                guard let reached = end, abs(choice.instant - reached) <= slack else { continue }
                entries[choice.index].decided = (choice.instant, .neighbours)
            }
            if let duration = entries[choice.index].durationUs { end = choice.instant &+ duration }
        }
    }

    private mutating func precede(to nextStart: Int64?) {
        var start = nextStart
        for choice in choices().reversed() {
            let entry = entries[choice.index]
            if let decided = entry.decided {
                if decided.instant == choice.instant { start = choice.instant }
                continue
            }
            guard let duration = entry.durationUs, let reached = start, abs(choice.instant &+ duration - reached) <= slack else { continue }
            entries[choice.index].decided = (choice.instant, .neighbours)
            start = choice.instant
        }
    }

    /// One camera does not record twice at a time.
    private mutating func excludeOverlaps() {
        let taken = entries.compactMap { entry in entry.decided.map { ($0.instant, $0.instant &+ (entry.durationUs ?? 0)) } }
            .sorted { $0.0 < $1.0 }
        guard !taken.isEmpty else { return }
        func isTaken(_ start: Int64, _ duration: Int64) -> Bool {
            var low = 0
            var high = taken.count
            while low < high {
                let middle = (low + high) / 2
                if taken[middle].0 < start + duration - slack { low = middle + 1 } else { high = middle }
            }
            return low > 0 && taken[low - 1].1 > start + slack
        }
        for index in entries.indices where entries[index].decided == nil {
            guard let duration = entries[index].durationUs else { continue }
            switch (isTaken(entries[index].first, duration), isTaken(entries[index].second, duration)) {
            case (true, false): entries[index].decided = (entries[index].second, .neighbours)
            case (false, true): entries[index].decided = (entries[index].first, .neighbours)
            default: break
            }
        }
    }

    /// Counters grow with time: where the local time steps back, the second pass has begun.
    private mutating func orderBySequence() {
        let order = entries.indices.filter { entries[$0].sequence != nil }
            .sorted { (entries[$0].sequence ?? 0, $0) < (entries[$1].sequence ?? 0, $1) }
        guard order.count == entries.count, let step = zip(order, order.dropFirst()).first(where: { entries[$1].first < entries[$0].first })
        else { return }
        let border = entries[step.1].sequence ?? 0
        for index in entries.indices where entries[index].decided == nil {
            let isSecond = (entries[index].sequence ?? 0) >= border
            entries[index].decided = (isSecond ? entries[index].second : entries[index].first, .neighbours)
        }
    }
}
