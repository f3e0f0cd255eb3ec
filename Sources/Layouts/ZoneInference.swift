/// From the offsets that the clocks show to the zone in which paths are written.
struct ZoneInference {
    private(set) var verdict: ZoneVerdict
    private(set) var evidence: [Evidence] = []
    /// How far the verdict is to be believed, 0…1.
    private(set) var confidence: Double

    /// Zones of different rules, tried only where an offset changes and neither the hint nor Paris explains when.
    private static let knownZones = [
        "Europe/Paris", "Europe/London", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver",
        "America/Los_Angeles", "America/Anchorage", "America/Halifax", "America/St_Johns", "America/Sao_Paulo", "America/Santiago",
        "America/Asuncion", "America/Havana", "Atlantic/Azores", "Asia/Jerusalem", "Asia/Beirut", "Asia/Tehran", "Africa/Casablanca",
        "Africa/Cairo", "Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland", "Europe/Chisinau",
    ]

    init(hint: ZoneRules, clock: PathTime.Clock?, hasZoneField: Bool, witness: ClockWitness, timeline: Timeline, groups: [Int32]) {
        guard let clock else {
            (verdict, confidence) = (.unknown, 0)
            return
        }
        if clock == .utc {
            (verdict, confidence) = (.utc, 1)
            evidence.append(.zoneInPath)
            return
        }
        // Some recorders write local time where the container wants UTC: of two clocks, the one that shows the hinted zone.
        let agreements = witness.agreements.filter { $0.agree > 0 }
        let hinted = agreements.first { $0.fits(hint) }
        if let chosen = hinted ?? agreements.first {
            (verdict, confidence) = (.unknown, 0)
            judge(chosen.samples, hint)
            return
        }
        if timeline.resolution < Microseconds.hour, let seen = ZoneInference.changeSeen(hint, timeline, groups) {
            if seen.followed {
                (verdict, confidence) = (ZoneInference.named(hint), 0.8)
                evidence.append(.dstSeen(at: seen.at))
            } else {
                // Recording through the skipped hour: the clock stays on winter time, or tells UTC; neither follows the hint.
                let standard = hint.transitions(in: (seen.at - 1)...(seen.at + 1)).first?.offsetBeforeSeconds ?? 0
                (verdict, confidence) = (standard == 0 ? .utc : .fixed(offsetSeconds: standard), 0.4)
                evidence.append(.dstNotFollowed(at: seen.at))
            }
            return
        }
        (verdict, confidence) = (ZoneInference.named(hint), 0.3)
        evidence.append(.zoneAssumed(hint.identifier))
    }

    private static func named(_ zone: ZoneRules) -> ZoneVerdict {
        guard zone.isFixed else { return .named(zone.identifier) }
        let offset = zone.offsetSeconds(atUTC: 0)
        return offset == 0 ? .utc : .fixed(offsetSeconds: offset)
    }

    private mutating func judge(_ samples: [(utc: Int64, quarter: Int)], _ hint: ZoneRules) {
        let offsets = Set(samples.map(\.quarter))
        func fit(_ zone: ZoneRules) -> Double {
            Double(samples.count { zone.offsetSeconds(atUTC: $0.utc) == $0.quarter * 900 }) / Double(max(1, samples.count))
        }
        var counts: [Int: Int] = [:]
        for sample in samples { counts[sample.quarter, default: 0] += 1 }
        let usual = counts.max { ($0.value, -abs($0.key)) < ($1.value, -abs($1.key)) }?.key ?? 0
        let fixedFit = Double(counts[usual, default: 0]) / Double(max(1, samples.count))
        confidence = min(1, 0.6 + Double(samples.count) / 40)
        // A named zone that fits as well as one offset says more: it also holds for the other half of the year.
        let hintFit = fit(hint)
        if hintFit >= 0.95, hintFit >= fixedFit - 0.02 {
            verdict = ZoneInference.named(hint)
            noteChange(hint, samples)
            return
        }
        if fixedFit >= 0.95 {
            if usual != 0, let paris = ZoneRules(identifier: "Europe/Paris"), fit(paris) >= max(0.95, fixedFit) {
                verdict = .named(paris.identifier)
                noteChange(paris, samples)
            } else {
                verdict = usual == 0 ? .utc : .fixed(offsetSeconds: usual * 900)
            }
            return
        }
        if offsets.count > 1 {
            var best: (zone: ZoneRules, fit: Double)?
            for name in ZoneInference.knownZones {
                guard let zone = ZoneRules(identifier: name) else { continue }
                let fit = fit(zone)
                if fit > best?.fit ?? 0 { best = (zone, fit) }
            }
            if let best, best.fit >= 0.9, best.fit > max(hintFit, fixedFit) {
                verdict = .named(best.zone.identifier)
                noteChange(best.zone, samples)
                return
            }
            evidence.append(.dstUnexplained)
        }
        confidence *= 0.6
        if hintFit >= fixedFit {
            verdict = ZoneInference.named(hint)
        } else {
            verdict = usual == 0 ? .utc : .fixed(offsetSeconds: usual * 900)
        }
    }

    /// The change of the zone around which the offsets were seen to change.
    private mutating func noteChange(_ zone: ZoneRules, _ samples: [(utc: Int64, quarter: Int)]) {
        let sorted = samples.sorted { $0.utc < $1.utc }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.quarter != right.quarter && left.utc < right.utc {
            if let change = zone.transitions(in: left.utc...right.utc).first {
                evidence.append(.dstSeen(at: change.at))
                return
            }
        }
    }

    /// Whether recording jumped over the hour that a zone skips, or went on through it. Nil where recordings do not tell.
    private static func changeSeen(_ zone: ZoneRules, _ timeline: Timeline, _ groups: [Int32]) -> (at: Int64, followed: Bool)? {
        guard let first = timeline.order.first, let last = timeline.order.last, timeline.starts.count >= 8 else { return nil }
        let span = (timeline.starts[first] - Microseconds.day)...(timeline.starts[last] + Microseconds.day)
        for change in zone.transitions(in: span) where change.offsetAfterSeconds > change.offsetBeforeSeconds {
            let from = change.at + Int64(change.offsetBeforeSeconds) * Microseconds.second
            let to = change.at + Int64(change.offsetAfterSeconds) * Microseconds.second
            var inside = 0
            var before: Set<Int32> = []
            var after: Set<Int32> = []
            for index in timeline.order {
                let start = timeline.starts[index]
                // A few of the segments right before and after show that the camera was recording.
                if start >= from - 2 * Microseconds.hour, start < from { before.insert(groups[index]) }
                if start >= from, start < to { inside += 1 }
                if start >= to, start < to + 2 * Microseconds.hour { after.insert(groups[index]) }
            }
            if inside >= 2 { return (change.at, false) }
            let dense = timeline.starts.count { $0 >= from - 2 * Microseconds.hour && $0 < to + 2 * Microseconds.hour } >= 8
            if inside == 0, dense, !before.intersection(after).isEmpty { return (change.at, true) }
        }
        return nil
    }
}
