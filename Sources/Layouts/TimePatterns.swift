/// A field at a place of a path.
struct FieldSpan: Hashable {
    var start: Int
    var end: Int
    var field: TemplateField
}

/// One way to read a time in a path, and how unusual that way is (0 is what most recorders write).
struct TimeReading {
    var spans: [FieldSpan]
    var cost: Double
    /// Of the spans, those that tell again what others tell.
    var repeated: [FieldSpan] = []

    /// Without what is told again; nil where nothing is.
    var once: TimeReading? {
        repeated.isEmpty ? nil : TimeReading(spans: spans.filter { !repeated.contains($0) }, cost: cost)
    }
}

/// How numbers may be cut into the fields of a clock.
enum TimePatterns {
    typealias Pattern = (fields: [[TemplateField]], cost: Double)

    /// A date in one run of digits or in several, year first as most write it.
    static let dates: [Pattern] = [
        ([[.year, .month, .day]], 0), ([[.year], [.month], [.day]], 0), ([[.year, .month], [.day]], 0.1),
        ([[.year], [.month, .day]], 0.1), ([[.year, .dayOfYear]], 0.4), ([[.year], [.dayOfYear]], 0.3),
        ([[.shortYear, .month, .day]], 0.8), ([[.shortYear], [.month], [.day]], 0.8), ([[.shortYear, .dayOfYear]], 1.5),
        ([[.day, .month, .year]], 0.5), ([[.day], [.month], [.year]], 0.5),
        ([[.month, .day, .year]], 0.8), ([[.month], [.day], [.year]], 0.8),
        ([[.day, .month, .shortYear]], 1.2), ([[.day], [.month], [.shortYear]], 1.2),
        ([[.month, .day, .shortYear]], 1.5), ([[.month], [.day], [.shortYear]], 1.5),
        ([[.year, .month, .day, .hour]], 0), ([[.year, .month, .day, .hour, .minute]], 0),
        ([[.year, .month, .day, .hour, .minute, .second]], 0),
        ([[.year, .month, .day, .hour, .minute, .second, .milliseconds]], 0),
        ([[.year, .month, .day, .hour, .minute, .second, .microseconds]], 0),
        ([[.year, .dayOfYear, .hour, .minute, .second]], 0.5), ([[.year, .dayOfYear, .hour, .minute]], 0.7),
        ([[.shortYear, .month, .day, .hour, .minute]], 0.8), ([[.shortYear, .month, .day, .hour, .minute, .second]], 0.8),
        ([[.shortYear, .month, .day, .hour, .minute, .second, .milliseconds]], 0.8),
        ([[.day, .month, .year, .hour, .minute, .second]], 0.6), ([[.day, .month, .year, .hour, .minute]], 0.7),
        ([[.month, .day, .year, .hour, .minute, .second]], 0.9),
        ([[.day, .month, .shortYear, .hour, .minute, .second]], 1.3),
        ([[.year], [.month], [.day, .hour, .minute, .second]], 0.3), ([[.year], [.month], [.day, .hour]], 0.5),
        ([[.year], [.month], [.day, .hour, .minute, .second, .milliseconds]], 0.3),
        ([[.day], [.month], [.year, .hour, .minute, .second]], 0.8), ([[.day], [.month], [.year, .hour]], 1),
        ([[.day], [.month], [.year, .hour, .minute, .second, .milliseconds]], 0.8),
        ([[.year, .dayOfYear, .hour]], 0.8), ([[.year, .dayOfYear, .hour, .minute, .second, .milliseconds]], 0.6),
        ([[.shortYear, .month, .day, .hour]], 1.4),
        ([[.day], [.monthName], [.year]], -0.3), ([[.monthName], [.day], [.year]], -0.3), ([[.year], [.monthName], [.day]], -0.3),
        ([[.day], [.monthName], [.shortYear]], 0.3), ([[.shortYear], [.monthName], [.day]], 0.5),
        ([[.day], [.monthName], [.year, .hour, .minute, .second]], 0),
        ([[.weekYear], [.week], [.weekday]], 1.2), ([[.weekYear], [.week, .weekday]], 1.2),
        ([[.epochSeconds]], 0.3), ([[.epochMilliseconds]], 0.2), ([[.epochMicroseconds]], 0.2),
        ([[.epochMicroseconds, .any]], 0.4),
    ]

    /// What may follow a date that ends with a given field; the outer lists are runs of digits.
    static func times(after last: TemplateField) -> [Pattern] {
        switch last {
        case .hour:
            [
                ([[.minute], [.second]], 0), ([[.minute, .second]], 0), ([[.minute]], 0),
                ([[.minute, .second, .milliseconds]], 0.1), ([[.minute, .second, .microseconds]], 0.1),
            ]
        case .minute: [([[.second]], 0), ([[.second, .milliseconds]], 0.1), ([[.second, .microseconds]], 0.1)]
        case .second, .milliseconds, .microseconds, .epochSeconds, .epochMilliseconds, .epochMicroseconds, .any: []
        default: wholeTimes
        }
    }

    static let wholeTimes: [Pattern] = [
        ([[.hour], [.minute], [.second]], 0), ([[.hour, .minute, .second]], 0), ([[.hour], [.minute, .second]], 0.1),
        ([[.hour, .minute], [.second]], 0.2), ([[.hour], [.minute]], 0.1), ([[.hour, .minute]], 0.5), ([[.hour]], 0.3),
        ([[.hour, .minute, .second, .milliseconds]], 0.1), ([[.hour, .minute, .second, .microseconds]], 0.1),
        ([[.hour], [.minute, .second, .milliseconds]], 0.2), ([[.hour], [.minute, .second, .microseconds]], 0.2),
        ([[.hour], [.minute], [.second, .milliseconds]], 0.2), ([[.hour], [.minute], [.second, .microseconds]], 0.2),
    ]

    static func width(_ field: TemplateField) -> Int {
        switch field {
        case .year, .weekYear: 4
        case .weekday: 1
        case .dayOfYear, .milliseconds: 3
        case .microseconds: 6
        case .epochSeconds: 10
        case .epochMilliseconds: 13
        case .epochMicroseconds: 16
        default: 2
        }
    }

    /// Cuts a run into fields, or nil where the digits are too many, too few or out of range.
    static func spans(_ path: TokenisedPath, _ run: TimeRun, _ fields: [TemplateField]) -> [FieldSpan]? {
        if run.isMonthName || fields == [.monthName] {
            guard run.isMonthName, fields == [.monthName] else { return nil }
            return [FieldSpan(start: run.start, end: run.end, field: .monthName)]
        }
        var result: [FieldSpan] = []
        var position = run.start
        for (index, field) in fields.enumerated() {
            var width = width(field)
            if field == .any { width = run.end - position }
            // Alone, a number may lack its leading zero; an epoch may be of another decade.
            if fields.count == 1 {
                switch field {
                case .month, .day, .week, .hour, .minute, .second: width = run.length == 1 ? 1 : 2
                case .epochSeconds: width = run.length == 9 ? 9 : 10
                default: break
                }
            }
            let end = position + width
            guard width > 0, end <= run.end, index < fields.count - 1 || end == run.end else { return nil }
            if field != .any {
                guard end - position <= 18, plausible(field, path.value(position, end)) else { return nil }
            }
            result.append(FieldSpan(start: position, end: end, field: field))
            position = end
        }
        return result
    }

    /// Digital recorders appear about 1990; 32-bit times end in 2106.
    static func plausible(_ field: TemplateField, _ value: Int64) -> Bool {
        switch field {
        case .year, .weekYear: (1990...2107).contains(value)
        case .shortYear: (0...69).contains(value) || (90...99).contains(value)
        case .month: (1...12).contains(value)
        case .day: (1...31).contains(value)
        case .week: (1...53).contains(value)
        case .weekday: (1...7).contains(value)
        case .dayOfYear: (1...366).contains(value)
        case .hour: (0...23).contains(value)
        case .minute: (0...59).contains(value)
        case .second: (0...60).contains(value)
        case .epochSeconds: plausibleSeconds.contains(value)
        case .epochMilliseconds: plausibleSeconds.contains(value / 1000)
        case .epochMicroseconds: plausibleSeconds.contains(value / 1_000_000)
        default: value >= 0
        }
    }

    private static let plausibleSeconds: ClosedRange<Int64> = 631_152_000...4_354_819_199
}
