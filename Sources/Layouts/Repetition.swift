/// Finds a time told a second time: the date in the directories and again in the name, the hour's directory, or the
/// local day and time of day around a count of seconds. Only values that agree are taken.
struct Repetition {
    let path: TokenisedPath
    let reading: TimeReading

    private static let orders: [[[TemplateField]]] = [
        [[.year, .month, .day, .hour]], [[.year, .month, .day], [.hour]], [[.year], [.month], [.day], [.hour]],
        [[.year, .month, .day]], [[.year], [.month], [.day]], [[.year, .month], [.day]], [[.year], [.month, .day]],
        [[.day, .month, .year]], [[.day], [.month], [.year]], [[.shortYear, .month, .day]], [[.shortYear], [.month], [.day]],
        [[.year, .dayOfYear]], [[.year], [.dayOfYear]], [[.year], [.month]], [[.year, .month]],
        [[.weekYear], [.week], [.weekday]], [[.weekYear], [.week]], [[.weekYear, .week]], [[.day], [.monthName], [.year]],
        [[.monthName], [.day], [.year]], [[.year], [.monthName], [.day]], [[.year], [.monthName]], [[.monthName]], [[.year]],
    ]

    /// Beside a count of seconds only.
    private static let timesOfDay: [[[TemplateField]]] = [
        [[.hour], [.minute], [.second]], [[.hour, .minute, .second]], [[.minute], [.second]], [[.minute, .second]],
    ]

    /// Nil where nothing is repeated.
    func annotated() -> TimeReading? {
        let days = possibleDays()
        guard !days.isEmpty else { return nil }
        let orders = epochSeconds == nil ? Repetition.orders : Repetition.orders + Repetition.timesOfDay
        var spans = reading.spans
        var found = 0
        var index = 0
        while index < path.runs.count {
            guard isFree(path.runs[index], spans) else {
                index += 1
                continue
            }
            var length = 0
            for order in orders where length == 0 {
                if let more = match(order, at: index, days, spans) {
                    spans += more
                    length = order.count
                    found += 1
                }
            }
            if length == 0, let hour = hourDirectory(index, spans) {
                spans.append(hour)
                found += 1
                length = 1
            }
            index += max(1, length)
        }
        guard found > 0 else { return nil }
        return TimeReading(
            spans: spans.sorted { $0.start < $1.start }, cost: reading.cost - 0.6 * Double(min(found, 3)),
            repeated: spans.filter { !reading.spans.contains($0) })
    }

    private func isFree(_ run: TimeRun, _ spans: [FieldSpan]) -> Bool {
        // What follows in the same name is the end of the recording, on the same day but for midnight.
        if let last = reading.spans.max(by: { $0.end < $1.end }), run.start >= last.end,
            path.components[run.component].contains(last.start)
        {
            return false
        }
        return !spans.contains { $0.start < run.end && $0.end > run.start }
    }

    private func value(_ field: TemplateField) -> Int64? {
        reading.spans.first { $0.field == field }.map(path.value)
    }

    private var epochSeconds: Int64? {
        value(.epochSeconds) ?? value(.epochMilliseconds).map { $0 / 1000 } ?? value(.epochMicroseconds).map { $0 / 1_000_000 }
    }

    /// The day told, or the three that a count of seconds may fall on in some zone.
    private func possibleDays() -> [CivilDate] {
        if let seconds = epochSeconds { return [-1, 0, 1].map { CivilDate(days: seconds / 86_400 + $0) } }
        if let year = value(.weekYear), let week = value(.week), let weekday = value(.weekday) {
            return WeekDate(year: Int(year), week: Int(week), weekday: Int(weekday)).days.map { [CivilDate(days: $0)] } ?? []
        }
        guard let year = value(.year) ?? value(.shortYear).map({ $0 < 70 ? 2000 + $0 : 1900 + $0 }) else { return [] }
        if let month = value(.month) ?? value(.monthName), let day = value(.day) {
            return [CivilDate(year: Int(year), month: Int(month), day: Int(day))]
        }
        guard let day = value(.dayOfYear) else { return [] }
        return [CivilDate(days: CivilDate(year: Int(year), month: 1, day: 1).days + day - 1)]
    }

    private func match(_ order: [[TemplateField]], at first: Int, _ days: [CivilDate], _ taken: [FieldSpan]) -> [FieldSpan]? {
        var spans: [FieldSpan] = []
        var index = first
        for (place, fields) in order.enumerated() {
            if place > 0 {
                index += 1
                guard index < path.runs.count, path.runs[index].component - path.runs[index - 1].component <= 1 else { return nil }
            }
            guard isFree(path.runs[index], taken), let cut = TimePatterns.spans(path, path.runs[index], fields) else { return nil }
            spans += cut
        }
        // An hour alone behind a date ends a directory's name.
        if let last = spans.last, last.field == .hour, path.bytes[min(last.end, path.bytes.count - 1)] != Ascii.slash { return nil }
        // A lone year or month only counts as a directory of its own or at the head of a date.
        guard days.contains(where: { day in spans.allSatisfy { agrees($0, day) } }) else { return nil }
        return spans
    }

    private func agrees(_ span: FieldSpan, _ day: CivilDate) -> Bool {
        let value = Int(path.value(span))
        return switch span.field {
        case .year: value == day.year
        case .shortYear: value == day.year % 100
        case .month, .monthName: value == day.month
        case .day: value == day.day
        case .dayOfYear: Int64(value) == day.days - CivilDate(year: day.year, month: 1, day: 1).days + 1
        // Zones differ from UTC by quarters of an hour; which hour it was there, every path agrees on with the next.
        case .hour: epochSeconds != nil || Int64(value) == self.value(.hour)
        case .minute: epochSeconds.map { Int(($0 / 60) % 15) == value % 15 } ?? false
        case .second: epochSeconds.map { Int($0 % 60) == value } ?? false
        case .weekYear: value == WeekDate(days: day.days).year
        case .week: value == WeekDate(days: day.days).week
        case .weekday: value == WeekDate(days: day.days).weekday
        default: false
        }
    }

    /// A directory that is nothing but the hour, below the date.
    private func hourDirectory(_ index: Int, _ spans: [FieldSpan]) -> FieldSpan? {
        let run = path.runs[index]
        guard let hour = value(.hour), run.length <= 2, path.value(run.start, run.end) == hour else { return nil }
        let component = path.components[run.component]
        let end = min(component.upperBound, path.stemEnd)
        let wholeDirectory =
            run.start == component.lowerBound && run.end == end && end < path.bytes.count
            && run.component + 1 < path.components.count
        let previous = spans.filter { $0.end <= run.start }.max { $0.end < $1.end }
        guard let previous, wholeDirectory, previous.field != .hour else { return nil }
        return FieldSpan(start: run.start, end: run.end, field: .hour)
    }
}
