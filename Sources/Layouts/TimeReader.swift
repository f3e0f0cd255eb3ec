/// Every way in which a path could tell a time. Other paths vote on them.
struct TimeReader {
    let path: TokenisedPath

    /// No recorder's path has more than some twenty runs of digits; beyond, a path proposes nothing.
    static let mostRuns = 48

    func readings() -> [TimeReading] {
        guard path.runs.count <= TimeReader.mostRuns else { return [] }
        var result: [TimeReading] = []
        for date in dates() {
            for reading in times(after: date).flatMap(withHalfDay) {
                result.append(reading)
                result += zoned(reading)
                if let repeated = Repetition(path: path, reading: reading).annotated() {
                    result.append(repeated)
                    result += zoned(repeated)
                }
            }
        }
        return result
    }

    // MARK: Dates

    private func dates() -> [TimeReading] {
        var result: [TimeReading] = []
        for first in path.runs.indices {
            for pattern in TimePatterns.dates {
                for runs in chains(from: first, count: pattern.fields.count) {
                    guard var reading = read(runs, pattern) else { continue }
                    if isSecond(runs, pattern) { reading.cost += 1.5 }
                    if beganEarlier(runs) { reading.cost += 0.9 }
                    result.append(reading)
                }
            }
            result += embedded(path.runs[first])
        }
        return result
    }

    /// The same stands before it in the same name: then this is the end of the recording.
    private func isSecond(_ runs: [Int], _ pattern: TimePatterns.Pattern) -> Bool {
        guard let first = runs.first, let last = runs.last, path.runs[first].component == path.runs[last].component else { return false }
        let count = runs.count
        guard first >= count else { return false }
        return (0...(first - count)).contains { start in
            path.runs[start].component == path.runs[first].component
                && zip(start..<(start + count), pattern.fields).allSatisfy { run, fields in
                    path.runs[run].length >= 2 && TimePatterns.spans(path, path.runs[run], fields) != nil
                }
        }
    }

    /// A full date and time inside a longer run, with a counter before or behind it.
    private func embedded(_ run: TimeRun) -> [TimeReading] {
        // A counter of more than 18 digits beside 14 of a date was never seen.
        guard (15...32).contains(run.length) else { return [] }
        let fields: [TemplateField] = [.year, .month, .day, .hour, .minute, .second]
        var result: [TimeReading] = []
        for start in [run.start, run.end - 14] {
            var part = run
            part.start = start
            part.end = start + 14
            if let spans = TimePatterns.spans(path, part, fields) { result.append(TimeReading(spans: spans, cost: 0.6)) }
        }
        return result
    }

    /// Successive runs from one on: the next of the same component, or the first of a later one.
    private func chains(from first: Int, count: Int) -> [[Int]] {
        var chains = [[first]]
        for _ in 1..<max(1, count) {
            var longer: [[Int]] = []
            for chain in chains {
                guard let last = chain.last else { continue }
                for next in successors(of: last) { longer.append(chain + [next]) }
            }
            chains = longer
        }
        return chains
    }

    private func successors(of index: Int) -> [Int] {
        var result: [Int] = []
        var index = index
        var run = path.runs[index]
        while index + 1 < path.runs.count, path.runs[index + 1].component == run.component {
            guard gapIsShort(run, path.runs[index + 1]) else { return result }
            index += 1
            run = path.runs[index]
            result.append(index)
            // The name may tell again what the number before it told: `04-Apr`.
            if !run.isMonthName { return result }
        }
        // A camera's directory may stand between the parts of a date, hardly two.
        for component in (run.component + 1)..<(run.component + 4) {
            if let next = path.runs.firstIndex(where: { $0.component == component }) { result.append(next) }
        }
        return result
    }

    private func gapIsShort(_ left: TimeRun, _ right: TimeRun) -> Bool {
        right.start - left.end <= 3
    }

    private func read(_ runs: [Int], _ pattern: TimePatterns.Pattern) -> TimeReading? {
        var spans: [FieldSpan] = []
        var cost = pattern.cost
        var separator: ArraySlice<UInt8>?
        for (run, fields) in zip(runs, pattern.fields) {
            guard let cut = TimePatterns.spans(path, path.runs[run], fields) else { return nil }
            if let last = spans.last {
                let gap = path.bytes[last.end..<(cut.first?.start ?? last.end)]
                if gap.contains(Ascii.slash) {
                    // Directories descend from year to day; the other way round nothing would sort.
                    if fields.contains(.year) || fields.contains(.shortYear) { cost += 1.5 }
                    cost += hopCost(gap, ofDate: fields.contains { $0 == .year || $0 == .month || $0 == .day || $0 == .dayOfYear })
                } else if gap.contains(where: Ascii.isLetter), gap != [UInt8(ascii: "T")] {
                    cost += 0.3
                } else {
                    // `2026-03_05`: the parts of a date are set off alike.
                    if let separator, separator != gap { cost += 0.4 }
                    separator = gap
                }
            }
            // `W07` is a week, whatever a month would allow.
            if cut[0].start > 0, path.bytes[cut[0].start - 1] | 0x20 == UInt8(ascii: "w") {
                if fields.first == .month { cost += 1.5 } else if fields.first == .week { cost -= 0.9 }
            }
            spans += cut
        }
        guard calendarExists(spans) else { return nil }
        if isPaddedByHalves(spans) { cost += 0.6 }
        // Two digits beside a year of four are no year.
        if let year = spans.first(where: { $0.field == .shortYear }),
            path.runs.contains(where: { run in
                run.length == 4 && run.end <= year.start && TimePatterns.spans(path, run, [.year]) != nil
            })
        {
            cost += 1.5
        }
        // After 2031, numbers that begin with a year of four digits look like counts of seconds.
        if let epoch = spans.first, [.epochSeconds, .epochMilliseconds, .epochMicroseconds].contains(epoch.field),
            path.value(epoch.start, epoch.start + 4) >= 1950
        {
            cost += 2
        }
        // Ten digits that read as year, month, day and hour are no count of seconds, of which one in fifty does.
        if pattern.fields == [[.epochSeconds]], TimePatterns.spans(path, path.runs[runs[0]], [.year, .month, .day, .hour]) != nil {
            cost += 4
        }
        return TimeReading(spans: spans, cost: cost)
    }

    /// Between directories: a number skipped, or a word before the next part, is no usual way to divide a date.
    private func hopCost(_ gap: ArraySlice<UInt8>, ofDate: Bool) -> Double {
        let skipped = gap.split(separator: Ascii.slash, omittingEmptySubsequences: false)
        var cost = 0.0
        for directory in skipped.dropFirst().dropLast() {
            cost += directory.count <= 2 && directory.allSatisfy(Ascii.isDigit) ? 0.9 : 0.15
        }
        if let head = skipped.last, !head.isEmpty { cost += ofDate ? 0.7 : 0.2 }
        return cost
    }

    /// Two digits before, set off like those that follow: the date was begun too late.
    private func beganEarlier(_ runs: [Int]) -> Bool {
        guard let first = runs.first, first > 0, runs.count > 1 else { return false }
        let before = path.runs[first - 1]
        let run = path.runs[first]
        guard before.component == run.component, before.length == 2, before.end + 1 == run.start, run.length == 2 else { return false }
        return run.end < path.bytes.count && path.bytes[before.end] == path.bytes[run.end]
    }

    private func calendarExists(_ spans: [FieldSpan]) -> Bool {
        if let year = spans.first(where: { $0.field == .weekYear }), let week = spans.first(where: { $0.field == .week }),
            let weekday = spans.first(where: { $0.field == .weekday })
        {
            return WeekDate(year: Int(path.value(year)), week: Int(path.value(week)), weekday: Int(path.value(weekday))).days != nil
        }
        guard let month = spans.first(where: { $0.field == .month || $0.field == .monthName }),
            let day = spans.first(where: { $0.field == .day }),
            let year = spans.first(where: { $0.field == .year || $0.field == .shortYear })
        else { return true }
        let number = Int(path.value(year.start, year.end))
        let full = year.field == .year ? number : number < 70 ? 2000 + number : 1900 + number
        return CivilDate(year: full, month: Int(path.value(month)), day: Int(path.value(day))).isValid
    }

    /// `03/5`: who writes a zero before the month writes one before the day.
    private func isPaddedByHalves(_ spans: [FieldSpan]) -> Bool {
        let numbers = spans.filter { $0.field == .month || $0.field == .day }
        return numbers.contains { $0.end - $0.start == 1 }
            && numbers.contains { $0.end - $0.start == 2 && path.bytes[$0.start] == UInt8(ascii: "0") }
    }

    // MARK: Times of day

    private func times(after date: TimeReading) -> [TimeReading] {
        guard let first = date.spans.first, let last = date.spans.last,
            let firstRun = path.runs.firstIndex(where: { $0.start <= first.start && $0.end >= first.end }),
            let lastRun = path.runs.firstIndex(where: { $0.start <= last.start && $0.end >= last.end })
        else { return [] }
        var result = [date]
        let tail = last.field
        let patterns = TimePatterns.times(after: tail)
        for pattern in patterns {
            for (start, cost) in starts(after: lastRun) {
                result += continued(date, pattern, from: start, cost: cost)
            }
        }
        let hasTime = date.spans.contains { $0.field == .hour } || patterns.isEmpty
        if !hasTime, firstRun > 0, path.runs[firstRun - 1].component == path.runs[firstRun].component {
            result += preceding(date, firstRun)
        }
        return result.flatMap(withFraction)
    }

    /// Runs at which a time of day may begin: the next one, or any early one of a later component.
    private func starts(after index: Int) -> [(Int, Double)] {
        var index = index
        while index + 1 < path.runs.count, path.runs[index + 1].isMonthName { index += 1 }
        let run = path.runs[index]
        if index + 1 < path.runs.count, path.runs[index + 1].component == run.component {
            let next = path.runs[index + 1]
            if next.start - run.end <= 4 { return [(index + 1, 0)] }
        }
        var result: [(Int, Double)] = []
        var component = -1
        var place = 0
        for later in path.runs.indices.dropFirst(index + 1) {
            if path.runs[later].component == run.component { continue }
            place = path.runs[later].component == component ? place + 1 : 0
            component = path.runs[later].component
            // Words and numbers of a camera's name come first; an address, a channel and a stream are six.
            if place < 8 {
                result.append((later, min(0.8, 0.25 * Double(place)) + 0.1 * Double(component - run.component - 1)))
            }
        }
        return result
    }

    private func continued(_ date: TimeReading, _ pattern: TimePatterns.Pattern, from start: Int, cost: Double) -> [TimeReading] {
        var chains: [[Int]] = [[start]]
        for place in 1..<max(1, pattern.fields.count) {
            var longer: [[Int]] = []
            for chain in chains {
                guard let last = chain.last else { continue }
                // Only the hour has directories of its own, and rarely the minute.
                for next in place <= 2 ? starts(after: last).map(\.0) : successors(of: last) { longer.append(chain + [next]) }
            }
            chains = longer
        }
        var result: [TimeReading] = []
        for chain in chains {
            guard let time = read(chain, pattern) else { continue }
            var total = date.cost + time.cost + cost
            if let last = chain.last, looksContinued(chain, last) { total += 0.8 }
            total += startCost(chain, after: date)
            if followsTime(start, date) { total += 0.8 }
            // `cam01`: the number belongs to the word.
            if let first = time.spans.first, first.start > 0, Ascii.isLetter(path.bytes[first.start - 1]),
                path.bytes[first.start - 1] | 0x20 != UInt8(ascii: "t")
            {
                total += 0.6
            }
            if pattern.fields == [[.hour, .minute]], path.runs[start].component != dateComponent(date) { total += 0.5 }
            result.append(TimeReading(spans: date.spans + time.spans, cost: total))
        }
        return result
    }

    /// Two digits more, set off like those before them: they belong to the time, and it was begun at the wrong place.
    private func looksContinued(_ chain: [Int], _ last: Int) -> Bool {
        guard chain.count > 1, last + 1 < path.runs.count else { return false }
        let run = path.runs[last]
        let next = path.runs[last + 1]
        guard next.component == run.component, next.length == 2, next.start == run.end + 1 else { return false }
        let before = path.runs[chain[chain.count - 2]]
        return before.component != run.component || path.bytes[before.end] == path.bytes[run.end]
    }

    /// Another time of day stands before it in the same name: then this is the end of the recording.
    private func followsTime(_ start: Int, _ date: TimeReading) -> Bool {
        let component = path.runs[start].component
        let earlier = path.runs.indices.filter { index in
            index < start && path.runs[index].component == component
                && !date.spans.contains { $0.start < path.runs[index].end && $0.end > path.runs[index].start }
        }
        let belowHour = path.runs.contains { run in
            run.component == component - 1 && run.length == 2 && run.start == path.components[run.component].lowerBound
                && run.end == path.components[run.component].upperBound && TimePatterns.spans(path, run, [.hour]) != nil
        }
        for index in earlier {
            if TimePatterns.spans(path, path.runs[index], [.hour, .minute, .second]) != nil { return true }
            if belowHour, TimePatterns.spans(path, path.runs[index], [.minute, .second]) != nil { return true }
            guard earlier.contains(index + 2), gapIsShort(path.runs[index], path.runs[index + 1]), path.runs[index].length == 2 else {
                continue
            }
            let fields: [TemplateField] = [.hour, .minute, .second]
            if zip(index..<(index + 3), fields).allSatisfy({
                TimePatterns.spans(path, path.runs[$0], [$1]) != nil && path.runs[$0].length == 2
            }) {
                return true
            }
        }
        return false
    }

    /// A chain that enters a name in the middle of a time, or takes a lone digit for minutes.
    private func startCost(_ chain: [Int], after date: TimeReading) -> Double {
        var cost = 0.0
        for (place, index) in chain.enumerated() {
            let run = path.runs[index]
            if place > 0, run.length == 1 { cost += 0.5 }
            guard index > 0, index + 1 < path.runs.count, place == 0 || path.runs[chain[place - 1]].component != run.component else {
                continue
            }
            let before = path.runs[index - 1]
            let next = path.runs[index + 1]
            if date.spans.contains(where: { $0.end == before.end }) { continue }
            if before.component == run.component, next.component == run.component, before.length == 2, run.length == 2, next.length == 2,
                before.end + 1 == run.start, run.end + 1 == next.start, path.bytes[before.end] == path.bytes[run.end]
            {
                cost += 0.9
            }
        }
        return cost
    }

    private func dateComponent(_ date: TimeReading) -> Int {
        guard let last = date.spans.last else { return -1 }
        return path.runs.first { $0.start <= last.start && $0.end >= last.end }?.component ?? -1
    }

    private func preceding(_ date: TimeReading, _ firstRun: Int) -> [TimeReading] {
        var result: [TimeReading] = []
        for pattern in TimePatterns.wholeTimes where pattern.fields.count <= firstRun && pattern.fields != [[.hour]] {
            let runs = Array((firstRun - pattern.fields.count)..<firstRun)
            guard runs.allSatisfy({ path.runs[$0].component == path.runs[firstRun].component }),
                zip(runs, runs.dropFirst()).allSatisfy({ gapIsShort(path.runs[$0], path.runs[$1]) }),
                let time = read(runs, pattern)
            else { continue }
            result.append(TimeReading(spans: time.spans + date.spans, cost: date.cost + time.cost + 0.7))
        }
        return result
    }
}
