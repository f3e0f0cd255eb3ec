import Layouts

/// Finds out whether a column holds the start, the end or the length of a recording, and in which form and zone.
struct TimeInference {
    let pairs: [(row: ExampleRow, fact: Fact)]
    let column: Int
    /// UTC, the zone the user named, and those that other columns showed.
    let zones: [ZoneRules]

    private struct Reading {
        var form: (Measure.Rounding) -> Field.TimeForm
        /// Civil microseconds, for each pair.
        var times: [Int64?]
        var hasZone = false
        var isNumber = false
        /// Offsets that the texts state.
        var offsets: Set<Int> = []
        var isWhole = true
    }

    private func values() -> [String?] { pairs.map { $0.row[column] } }

    private func readings() -> [Reading] {
        let values = values()
        let known = values.compactMap { $0 }
        guard let first = known.first else { return [] }
        var readings: [Reading] = []
        for unit in Measure.epochs {
            let times = values.map { $0.flatMap { Clock.microseconds($0, unit: unit) } }
            guard times.count(where: { $0 != nil }) * 10 >= known.count * 9 else { continue }
            let decimals: Int? = known.contains { $0.contains(".") } ? nil : 0
            readings.append(
                Reading(
                    form: { .number(Measure(unit: unit.name, decimals: decimals, rounding: $0)) }, times: times, isNumber: true,
                    isWhole: decimals == 0))
        }
        for pattern in Clock.patterns(Array(known.prefix(40)), first: first) where pattern.hasDate && pattern.hasTime {
            let parsed = values.map { $0.flatMap(pattern.parse) }
            readings.append(
                Reading(
                    form: { .pattern(pattern, $0) }, times: parsed.map { $0.map { $0.civil - Int64($0.offset ?? 0) * 1_000_000 } },
                    hasZone: pattern.hasZone, offsets: Set(parsed.compactMap { $0?.offset })))
        }
        return readings
    }

    /// Every form worth trying, likelier ones first.
    func fields() -> [Field] {
        var fields: [Field] = []
        for reading in readings() {
            for instant in [Field.Instant.start, .end] {
                for (zone, shift) in clocks(reading, instant) {
                    for rounding in Measure.Rounding.allCases {
                        fields.append(.time(instant, shift: shift, reading.form(rounding), zone))
                    }
                }
            }
        }
        let known = values().compactMap { $0 }
        if let first = known.first {
            for pattern in Clock.patterns(Array(known.prefix(40)), first: first) where !(pattern.hasDate && pattern.hasTime) {
                for instant in [Field.Instant.start, .end] {
                    for zone in zones { fields.append(.time(instant, shift: 0, .pattern(pattern, .down), zone)) }
                    if !pattern.hasDate {
                        for zone in zones { fields.append(.time(instant, shift: 0, .pattern(pattern, .nearest), zone)) }
                    }
                }
                if !pattern.hasDate {
                    for rounding in Measure.Rounding.allCases { fields.append(.duration(.pattern(pattern, rounding))) }
                }
            }
        }
        // A clock that is years ahead is a clock of another epoch, where one explains it.
        return fields.filter { !$0.isShifted } + parts(known) + fields.filter(\.isShifted)
    }

    /// The parts of a date and time that stand in columns of their own.
    private func parts(_ known: [String]) -> [Field] {
        let numbers = known.compactMap { Int64($0) }
        guard !known.isEmpty, numbers.count == known.count else { return [] }
        var forms: [Field.TimeForm] = []
        for rounding in [Measure.Rounding.down, .nearest] {
            forms += TimePart.candidates(numbers).map { .part($0, rounding) }
            if known.contains(where: { $0.hasPrefix("0") && $0.utf8.count > 1 }) {
                forms += TimePattern.padded(known).map { .pattern($0, rounding) }
            }
        }
        return forms.flatMap { form in
            [Field.Instant.start, .end].flatMap { instant in zones.map { .time(instant, shift: 0, form, $0) } }
        }
    }

    private func base(_ instant: Field.Instant, _ fact: Fact) -> Int64? { instant == .start ? fact.start : fact.end }

    /// Zones and shifts under which nine in ten of the times agree to two seconds.
    private func clocks(_ reading: Reading, _ instant: Field.Instant) -> [(zone: ZoneRules, shift: Int64)] {
        let both = zip(reading.times, pairs).compactMap { time, pair -> (Int64, Int64)? in
            guard let time, let base = base(instant, pair.fact) else { return nil }
            return (time, base)
        }
        guard both.count >= ColumnInference.fewest else { return [] }
        func holds(_ zone: ZoneRules, _ shift: Int64) -> Bool {
            let near = both.count { time, base in
                abs(time - (zone == .utc ? base : zone.local(ofUTC: base)) - shift * 1_000_000) <= 2_000_000
            }
            return near * 10 >= both.count * 9
        }
        if reading.hasZone {
            guard holds(.utc, 0) else { return [] }
            // The instant is certain; the offset is written as the example writes it.
            if let offset = reading.offsets.first, reading.offsets.count == 1 {
                let named = zones.filter { zone in pairs.allSatisfy { zone.offsetSeconds(atUTC: $0.fact.start ?? 0) == offset } }
                return (named + [ZoneRules(fixedOffsetSeconds: offset)]).map { ($0, 0) }
            }
            return zones.map { ($0, 0) }
        }
        var found = zones.filter { holds($0, 0) }.map { ($0, Int64(0)) }
        guard found.isEmpty else { return found + found.compactMap { shifted(both, $0.0) } }
        var counts: [Int64: Int] = [:]
        for (time, base) in both { counts[time.quotientDown(1_000_000) - base.quotientDown(1_000_000), default: 0] += 1 }
        guard let mode = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), mode.value * 5 >= both.count else { return [] }
        if mode.key % 900 == 0, abs(mode.key) <= 14 * 3600, !reading.isNumber {
            found.append((ZoneRules(fixedOffsetSeconds: Int(mode.key)), 0))
        } else {
            found.append((.utc, mode.key))
        }
        if !holds(found[0].0, found[0].1) {
            // The difference changes with the season: whose rules say so?
            found = KnownZones.all.filter { holds($0, 0) }.prefix(1).map { ($0, 0) }
        }
        return found
    }

    /// A second more or less: an end that is the last second of a recording, not the first behind it.
    private func shifted(_ both: [(time: Int64, base: Int64)], _ zone: ZoneRules) -> (zone: ZoneRules, shift: Int64)? {
        for shift in [Int64(-1), 1] {
            let agreeing = both.count { time, base in
                let ours = (zone == .utc ? base : zone.local(ofUTC: base)) + shift * 1_000_000
                return time.quotientDown(1_000_000) == ours.quotientDown(1_000_000)
            }
            if Double(agreeing) >= ColumnInference.certain * Double(both.count) { return (zone, shift) }
        }
        return nil
    }

    /// The start or the end to about a second, where the example has fractions that we lack or rounds by rules we do not see.
    func near() -> (field: Field, within: Double, count: Int)? {
        var best: (field: Field, within: Double, count: Int)?
        for reading in readings() {
            for instant in [Field.Instant.start, .end] {
                for (zone, shift) in clocks(reading, instant) {
                    var errors: [Int64] = []
                    for (time, pair) in zip(reading.times, pairs) {
                        guard let time, let base = base(instant, pair.fact) else { continue }
                        let ours = (reading.hasZone || zone == .utc ? base : zone.local(ofUTC: base)) + shift * 1_000_000
                        errors.append(abs(time - ours))
                    }
                    let close = errors.filter { $0 <= 2_000_000 }
                    let within = Double(close.max() ?? 0) / 1_000_000
                    if close.count > best?.count ?? 0 || close.count == best?.count && within < best?.within ?? 0 {
                        best = (.time(instant, shift: shift, reading.form(.down), zone), within, close.count)
                    }
                }
            }
        }
        return best
    }
}

/// Zones tried where a recorder's clock follows rules that nobody named.
enum KnownZones {
    static let all: [ZoneRules] = [
        "Europe/Paris", "Europe/London", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
        "America/Anchorage", "America/Halifax", "America/St_Johns", "America/Santiago", "America/Havana", "Atlantic/Azores",
        "Asia/Jerusalem",
        "Asia/Beirut", "Africa/Casablanca", "Africa/Cairo", "Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe",
        "Pacific/Auckland", "Europe/Chisinau",
    ].compactMap(ZoneRules.init(identifier:))
}
