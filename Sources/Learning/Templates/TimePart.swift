import Layouts

/// A number that is one part of a date and time: tables may keep the year, the month, the day and the second of the day apart.
enum TimePart: String, Hashable, Sendable, CaseIterable {
    case secondofday, millisecondofday, epochday, year, month, day, hour, minute, second, millisecond, microsecond
    /// From 1.
    case yearday
    /// From Sunday as 0, and from Monday as 1 (ISO 8601).
    case weekday, isoweekday
    /// Week and its year, ISO 8601.
    case isoweek, isoyear

    var range: ClosedRange<Int64> {
        switch self {
        case .secondofday: 0...86_399
        case .millisecondofday: 0...86_399_999
        // 1990 to 2100, as for epochs.
        case .epochday: 7_305...47_482
        case .year, .isoyear: 1990...2100
        case .month: 1...12
        case .day: 1...31
        case .hour: 0...23
        case .minute, .second: 0...59
        case .millisecond: 0...999
        case .microsecond: 0...999_999
        case .yearday: 1...366
        case .weekday: 0...6
        case .isoweekday: 1...7
        case .isoweek: 1...53
        }
    }

    /// The step to which a recorder may have rounded the time before it took it apart.
    var step: Int64 {
        switch self {
        case .microsecond: 1
        case .millisecond, .millisecondofday: 1000
        default: 1_000_000
        }
    }

    /// `civil`: local microseconds counted as if they were UTC.
    func value(civil: Int64) -> Int64 {
        let seconds = civil.quotientDown(1_000_000)
        let micros = civil - seconds * 1_000_000
        let days = seconds.quotientDown(86_400)
        let time = seconds - days * 86_400
        switch self {
        case .secondofday: return time
        case .millisecondofday: return time * 1000 + micros / 1000
        case .epochday: return days
        case .year: return Int64(CivilDate(days: days).year)
        case .month: return Int64(CivilDate(days: days).month)
        case .day: return Int64(CivilDate(days: days).day)
        case .hour: return time / 3600
        case .minute: return time / 60 % 60
        case .second: return time % 60
        case .millisecond: return micros / 1000
        case .microsecond: return micros
        case .yearday: return days - CivilDate(year: CivilDate(days: days).year, month: 1, day: 1).days + 1
        // 1 January 1970 was a Thursday.
        case .weekday: return ((days + 4) % 7 + 7) % 7
        case .isoweekday: return ((days + 3) % 7 + 7) % 7 + 1
        case .isoweek: return Int64(WeekDate(days: days).week)
        case .isoyear: return Int64(WeekDate(days: days).year)
        }
    }

    /// The parts that all the values may be.
    static func candidates(_ values: [Int64]) -> [TimePart] {
        allCases.filter { part in values.allSatisfy(part.range.contains) }
    }
}

extension TimePattern {
    /// Parts of a time that are written with all their digits, `05`, each in a column of its own.
    static func padded(_ values: [String]) -> [TimePattern] {
        ["yyyy", "yy", "MM", "dd", "HH", "mm", "ss", "fff"].compactMap(TimePattern.init).filter { pattern in
            values.allSatisfy { pattern.parse($0) != nil }
        }
    }
}
