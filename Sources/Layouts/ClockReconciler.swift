/// Brings the clocks of the segments of one camera and stream to one start each.
///
/// A stream: segments go in by the order of path time, then of path, and come out in the same order, held back only
/// while a later one may still decide (in the hour that happens twice, or where a start is missing).
public struct ClockReconciler: Sendable {
    /// Of the layout; nil where no layout explains the paths.
    private let zone: ZoneRules
    /// True where nothing showed the zone: then a clock inside that is whole quarters of an hour away is believed instead.
    private let zoneIsAssumed: Bool
    private var waiting: [SegmentClocks] = []
    /// The end of what was resolved last, and how uncertain it is.
    private var lastEnd: (end: Int64, uncertainty: Int64, sequence: Int64?)?
    private var lastEmbedded: Int64?

    /// An hour of one-second segments, twice, fits; a tree that gives more is resolved without looking further ahead.
    private static let mostWaiting = 8192

    public init(zone: ZoneRules, zoneIsAssumed: Bool = false) {
        self.zone = zone
        self.zoneIsAssumed = zoneIsAssumed
    }

    /// All at once, for segments that fit in memory.
    public static func resolve(_ segments: [SegmentClocks], zone: ZoneRules, zoneIsAssumed: Bool = false) -> [ResolvedTime] {
        var reconciler = ClockReconciler(zone: zone, zoneIsAssumed: zoneIsAssumed)
        var result: [ResolvedTime] = []
        result.reserveCapacity(segments.count)
        for segment in segments { result += reconciler.push(segment) }
        return result + reconciler.finish()
    }

    /// What this segment lets resolve: none, itself, or itself and those that waited for it.
    public mutating func push(_ given: SegmentClocks) -> [ResolvedTime] {
        let segment = bounded(given)
        if mustWait(segment) {
            waiting.append(segment)
            return waiting.count >= ClockReconciler.mostWaiting ? flush(before: nil) : []
        }
        if waiting.isEmpty { return [settle(anchored(segment), segment)] }
        // The segment is resolved first, to tell those before it where they must end, but counted after them.
        let own = anchored(segment)
        let held = flush(before: own.startUs)
        return held + [settle(own, segment)]
    }

    public mutating func finish() -> [ResolvedTime] {
        flush(before: nil)
    }

    // MARK: One segment

    /// Values from which nothing overflows: no recorder writes a segment of a month, no path tells a year beyond 9999.
    private func bounded(_ segment: SegmentClocks) -> SegmentClocks {
        var result = segment
        if let duration = segment.durationUs, !(0...31 * Microseconds.day).contains(duration) { result.durationUs = nil }
        if let time = segment.pathTime,
            abs(time.microseconds / 2) > 200_000_000_000_000_000 || !(1...Microseconds.day).contains(time.resolution)
        {
            result.pathTime = nil
        }
        result.embeddedUncertaintyUs = min(max(0, segment.embeddedUncertaintyUs), Microseconds.day)
        return result
    }

    private enum Place {
        case none, certain(Int64), twice(Int64, Int64), skipped(Int64)
    }

    private func place(_ segment: SegmentClocks) -> Place {
        guard let time = segment.pathTime else { return .none }
        if time.clock == .utc { return .certain(time.microseconds) }
        switch zone.utc(ofLocal: time.microseconds) {
        case .unique(let instant): return .certain(instant)
        case .twice(let first, let second): return .twice(first, second)
        case .skipped(let before, _): return .skipped(before)
        }
    }

    private func mustWait(_ segment: SegmentClocks) -> Bool {
        switch place(segment) {
        case .twice: true
        case .none: sane(segment.embeddedUs) == nil
        default: false
        }
    }

    /// 1904, 1970 and their like are clocks that were never set; recorders are younger than 1990.
    private func sane(_ instant: Int64?) -> Int64? {
        instant.flatMap { $0 >= 631_152_000 * Microseconds.second && $0 < 4_354_819_200 * Microseconds.second ? $0 : nil }
    }

    private func anchored(_ segment: SegmentClocks) -> ResolvedTime {
        switch place(segment) {
        case .certain(let instant), .twice(let instant, _): return reconciled(segment, instant)
        case .skipped(let instant):
            var result = reconciled(segment, instant)
            result.disagreements.append(.skippedHour)
            return result
        case .none:
            guard let embedded = sane(segment.embeddedUs) else {
                return ResolvedTime(startUs: nil, source: .none, uncertaintyUs: 0)
            }
            return withoutPath(segment, embedded)
        }
    }

    /// The clock inside alone; one that stands still, or that a trusted modification time contradicts, is not believed.
    private func withoutPath(_ segment: SegmentClocks, _ embedded: Int64) -> ResolvedTime {
        var result = ResolvedTime(startUs: embedded, source: .embedded, uncertaintyUs: segment.embeddedUncertaintyUs)
        guard segment.mtimeTrusted, let mtime = sane(segment.mtimeUs) else { return result }
        let start = mtime - max(0, segment.durationUs ?? 0)
        let difference = start - embedded
        if abs(difference) > 15 * Microseconds.hour || lastEmbedded == embedded, abs(difference) > 2 * Microseconds.minute {
            result = ResolvedTime(
                startUs: start, source: .mtime, uncertaintyUs: 2 * Microseconds.second,
                disagreements: [.embeddedOff(microseconds: difference)])
        } else if let duration = segment.durationUs, duration > 10 * Microseconds.second, abs(mtime - embedded) * 4 < duration {
            result.startUs = embedded - duration
            result.disagreements = [.embeddedAtEnd]
        }
        return result
    }

    /// The path's instant against the other clocks.
    private func reconciled(_ segment: SegmentClocks, _ instant: Int64) -> ResolvedTime {
        let resolution = segment.pathTime?.resolution ?? 1
        var result = ResolvedTime(startUs: instant, source: .path, uncertaintyUs: max(1, resolution / 2))
        noteMtime(segment, instant, resolution, &result)
        guard let given = segment.embeddedUs else { return result }
        guard let embedded = sane(given) else {
            result.disagreements.append(.embeddedAbsurd)
            return result
        }
        if sane(instant) == nil {
            // The recorder named the file before its own clock was set.
            result = withoutPath(segment, embedded)
            result.disagreements.append(.embeddedOff(microseconds: instant - embedded))
            return result
        }
        let slack = tolerance(segment)
        let difference = instant - embedded
        // A path that tells no more than the hour or the day starts a span in which the clock inside must lie.
        if difference <= slack, difference >= -(slack + (resolution > Microseconds.minute ? resolution : 0)) {
            if let duration = segment.durationUs, resolution <= Microseconds.second, duration > 2 * Microseconds.second,
                abs(instant + duration - embedded) < abs(difference), abs(difference) > Microseconds.second
            {
                result.disagreements.append(.embeddedAtEnd)
                return result
            }
            guard segment.embeddedUncertaintyUs <= result.uncertaintyUs else { return result }
            result.startUs = embedded
            result.source = .embedded
            result.uncertaintyUs = segment.embeddedUncertaintyUs
            return result
        }
        if let duration = segment.durationUs, abs(instant &+ duration - embedded) <= slack {
            result.disagreements.append(.embeddedAtEnd)
            return result
        }
        let quarters = floorDivide(difference + Microseconds.quarter / 2, Microseconds.quarter)
        let offset = quarters * Microseconds.quarter
        guard quarters != 0, abs(offset) <= 15 * Microseconds.hour, abs(difference - offset) <= min(slack, Microseconds.minute) else {
            let absurd = lastEmbedded == embedded || isReset(embedded) && abs(difference) > Microseconds.day
            result.disagreements.append(absurd ? .embeddedAbsurd : .embeddedOff(microseconds: difference))
            return result
        }
        result.disagreements.append(.zone(offsetSeconds: Int(offset / Microseconds.second)))
        if zoneIsAssumed, segment.pathTime?.clock == .local {
            result.startUs = embedded
            result.source = .embedded
            result.uncertaintyUs = segment.embeddedUncertaintyUs
        }
        return result
    }

    /// Clocks without battery start at the first of January 2000, some at that of 1990 or 2010 as well.
    private func isReset(_ instant: Int64) -> Bool {
        let date = CivilDate(days: floorDivide(instant, Microseconds.day))
        return date.month == 1 && date.day <= 2 && date.year % 5 == 0
    }

    /// From the name's making to the first keyframe it takes some seconds, and never half of a short segment.
    private func tolerance(_ segment: SegmentClocks) -> Int64 {
        var slack = 10 * Microseconds.second
        if let duration = segment.durationUs, duration > 0 { slack = min(slack, max(2 * Microseconds.second, duration)) }
        let resolution = segment.pathTime?.resolution ?? 0
        return slack + min(resolution, Microseconds.minute) + min(max(0, segment.embeddedUncertaintyUs), Microseconds.minute)
    }

    private func noteMtime(_ segment: SegmentClocks, _ instant: Int64, _ resolution: Int64, _ result: inout ResolvedTime) {
        guard segment.mtimeTrusted, let mtime = sane(segment.mtimeUs) else { return }
        let difference = instant - mtime
        // At the start, at the end, or anywhere between: all are usual.
        let duration = max(0, segment.durationUs ?? Microseconds.hour)
        let slack = 2 * Microseconds.minute
        if difference > slack || difference < -(duration &+ resolution &+ slack) {
            result.disagreements.append(.mtimeOff(microseconds: difference))
        }
    }

    private mutating func settle(_ time: ResolvedTime, _ segment: SegmentClocks) -> ResolvedTime {
        if let start = time.startUs, let duration = segment.durationUs, duration >= 0 {
            lastEnd = (start &+ duration, time.uncertaintyUs, segment.sequence)
        } else {
            lastEnd = nil
        }
        if let embedded = segment.embeddedUs { lastEmbedded = embedded }
        return time
    }

    // MARK: Those that waited

    /// Resolves what waits, in order: stretches of the repeated hour and stretches without any start alternate.
    private mutating func flush(before next: Int64?) -> [ResolvedTime] {
        var result: [ResolvedTime] = []
        let held = waiting
        waiting = []
        var index = 0
        while index < held.count {
            let isTwice = isRepeated(held[index])
            var end = index + 1
            while end < held.count, isRepeated(held[end]) == isTwice { end += 1 }
            let following = end == held.count ? next : nil
            result += isTwice ? repeated(Array(held[index..<end]), next: following) : startless(Array(held[index..<end]), next: following)
            index = end
        }
        return result
    }

    private func isRepeated(_ segment: SegmentClocks) -> Bool {
        if case .twice = place(segment) { return true }
        return false
    }

    private mutating func repeated(_ segments: [SegmentClocks], next: Int64?) -> [ResolvedTime] {
        let resolution = segments.compactMap(\.pathTime?.resolution).max() ?? Microseconds.second
        let entries = segments.map { segment -> RepeatedHour.Entry in
            guard case .twice(let first, let second) = place(segment) else {
                return RepeatedHour.Entry(first: 0, second: 0, durationUs: nil, sequence: nil)
            }
            return RepeatedHour.Entry(
                first: first, second: second, durationUs: segment.durationUs, sequence: segment.sequence,
                decided: ownDecision(segment, first, second))
        }
        let hour = RepeatedHour(entries, resolution: resolution, previousEnd: lastEnd?.end, nextStart: next)
        var result: [ResolvedTime] = []
        for (segment, entry) in zip(segments, hour.entries) {
            var time = reconciled(segment, entry.decided?.instant ?? entry.first)
            time.disagreements.append(.repeatedHour(by: entry.decided?.by ?? .nothing))
            if entry.decided == nil { time.uncertaintyUs = Microseconds.hour }
            result.append(settle(time, segment))
        }
        // What follows joins the latest of them, which need not be the last name.
        if let latest = zip(segments, result).max(by: { ($0.1.startUs ?? 0) < ($1.1.startUs ?? 0) }) { _ = settle(latest.1, latest.0) }
        return result
    }

    private func ownDecision(_ segment: SegmentClocks, _ first: Int64, _ second: Int64) -> (Int64, ClockDisagreement.Decision)? {
        let apart = second - first
        func nearer(_ clock: Int64, _ slack: Int64) -> Int64? {
            let toFirst = abs(clock - first)
            let toSecond = abs(clock - second)
            guard min(toFirst, toSecond) <= slack else { return nil }
            return toFirst < toSecond ? first : second
        }
        if let embedded = sane(segment.embeddedUs), let choice = nearer(embedded, min(tolerance(segment), apart / 3)) {
            return (choice, .embedded)
        }
        guard segment.mtimeTrusted, let mtime = sane(segment.mtimeUs) else { return nil }
        let duration = max(0, segment.durationUs ?? 0)
        if let choice = nearer(mtime - duration, apart / 4) { return (choice, .mtime) }
        return nearer(mtime, apart / 4).map { ($0, .mtime) }
    }

    /// Segments without path time and clock: after the one before, else before the one after, else by modification time.
    private mutating func startless(_ segments: [SegmentClocks], next: Int64?) -> [ResolvedTime] {
        var result: [ResolvedTime] = []
        for segment in segments {
            let absurd: [ClockDisagreement] = segment.embeddedUs == nil ? [] : [.embeddedAbsurd]
            let byMtime = segment.mtimeTrusted ? sane(segment.mtimeUs).map { $0 - max(0, segment.durationUs ?? 0) } : nil
            var time = ResolvedTime(startUs: nil, source: .none, uncertaintyUs: 0, disagreements: absurd)
            if let last = lastEnd, follows(segment.sequence, last.sequence),
                byMtime.map({ abs($0 - last.end) <= 2 * Microseconds.minute }) ?? true
            {
                // Each hop adds the second or two that a recorder may lose between segments.
                time.startUs = last.end
                time.source = .neighbour
                time.uncertaintyUs = last.uncertainty + 2 * Microseconds.second
            } else if let byMtime {
                time.startUs = byMtime
                time.source = .mtime
                time.uncertaintyUs = segment.durationUs == nil ? 10 * Microseconds.minute : 2 * Microseconds.second
            }
            result.append(settle(time, segment))
        }
        guard var start = next else { return result }
        var hops: Int64 = 1
        for index in segments.indices.reversed() where result[index].source == .none {
            guard index == segments.count - 1 || result[index + 1].startUs != nil, let duration = segments[index].durationUs, duration >= 0
            else { break }
            if index < segments.count - 1, let following = result[index + 1].startUs { start = following }
            result[index].startUs = start - duration
            result[index].source = .neighbour
            result[index].uncertaintyUs = hops * 2 * Microseconds.second
            hops += 1
        }
        return result
    }

    private func follows(_ sequence: Int64?, _ previous: Int64?) -> Bool {
        guard let sequence, let previous else { return true }
        return sequence == previous &+ 1
    }
}
