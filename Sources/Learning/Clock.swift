import Layouts

/// Columns that may hold a time, and how they are read.
struct Clock {
    enum Form {
        case number(Measure.Unit)
        case text(TimePattern)
        /// A date in one column, the time of day in another.
        case split(date: TimePattern, time: TimePattern)
        /// A date in one column, in another how many times so many microseconds have passed of the day.
        case counted(date: TimePattern, unit: Int64)
        /// A date in one column or three, year, month and day, and hour, minute and second in three more.
        case parts(date: TimePattern?)
    }
    var columns: [Int]
    var form: Form

    var isNumber: Bool { if case .number = form { true } else { false } }
    var hasZone: Bool { if case .text(let pattern) = form { pattern.hasZone } else { false } }

    /// Civil microseconds as if they were UTC, or UTC where the text says its offset.
    func read(_ row: ExampleRow) -> Int64? {
        switch form {
        case .number(let unit): return row[columns[0]].flatMap { Self.microseconds($0, unit: unit) }
        case .text(let pattern): return row[columns[0]].flatMap { Self.read($0, pattern) }
        case .split(let date, let time):
            guard let day = row[columns[0]].flatMap(date.parse), let hour = row[columns[1]].flatMap(time.parse) else { return nil }
            return day.civil + hour.civil
        case .counted(let date, let unit):
            guard let day = row[columns[0]].flatMap(date.parse), let count = row[columns[1]].flatMap({ Int64($0) }),
                (0..<86_400_000_000 / unit).contains(count)
            else { return nil }
            return day.civil + count * unit
        case .parts(let date):
            let numbers = columns.suffix(date == nil ? 6 : 3).compactMap { row[$0].flatMap { Int64($0) } }
            guard numbers.count == (date == nil ? 6 : 3), zip(numbers.suffix(3), Self.day).allSatisfy({ $1.contains($0) }) else {
                return nil
            }
            let time = numbers.suffix(3).reduce(0) { $0 * 60 + $1 } * 1_000_000
            if let date { return row[columns[0]].flatMap(date.parse).map { $0.civil + time } }
            guard let year = Int(exactly: numbers[0]), let month = Int(exactly: numbers[1]), let day = Int(exactly: numbers[2]),
                TimePart.year.range.contains(numbers[0])
            else { return nil }
            let civil = CivilDate(year: year, month: month, day: day)
            return civil.isValid ? civil.days * 86_400_000_000 + time : nil
        }
    }

    private static let day: [ClosedRange<Int64>] = [0...23, 0...59, 0...59]

    static func read(_ text: String, _ pattern: TimePattern) -> Int64? {
        pattern.parse(text).map { $0.civil - Int64($0.offset ?? 0) * 1_000_000 }
    }

    /// A time between 1990 and 2100, counted in the given unit.
    static func microseconds(_ text: String, unit: Measure.Unit) -> Int64? {
        var count: Int64
        if let whole = Int64(text) {
            let (product, overflow) = whole.multipliedReportingOverflow(by: unit.parts)
            guard !overflow else { return nil }
            count = product.quotientDown(unit.times)
        } else {
            guard let real = Double(text), abs(real * Double(unit.parts)) < 1e18 else { return nil }
            count = Int64((real * Double(unit.parts) / Double(unit.times)).rounded())
        }
        let (value, overflow) = count.addingReportingOverflow(unit.origin)
        return !overflow && (631_152_000_000_000...4_102_444_800_000_000).contains(value) ? value : nil
    }

    /// Every way in which columns of a sample may hold times.
    static func candidates(_ sample: TableSample) -> [Clock] {
        var clocks: [Clock] = []
        var dates: [(Int, TimePattern)] = []
        var times: [(Int, TimePattern)] = []
        var counts: [(Int, Int64)] = []
        for column in sample.table.columns.indices {
            let values = sample.sample.lazy.compactMap { $0[column] }.prefix(40)
            guard let first = values.first else { continue }
            for unit in Measure.epochs where values.allSatisfy({ microseconds($0, unit: unit) != nil }) {
                clocks.append(Clock(columns: [column], form: .number(unit)))
            }
            let numbers = values.compactMap { Int64($0) }
            // Counts of the day go beyond those of its minutes.
            if numbers.count == values.count, numbers.allSatisfy({ (0..<86_400_000).contains($0) }), numbers.contains(where: { $0 > 1440 })
            {
                counts.append((column, numbers.allSatisfy { $0 < 86_400 } ? 1_000_000 : 1000))
            }
            for pattern in patterns(Array(values), first: first) {
                if pattern.hasDate, pattern.hasTime {
                    clocks.append(Clock(columns: [column], form: .text(pattern)))
                } else if pattern.hasDate {
                    dates.append((column, pattern))
                } else {
                    times.append((column, pattern))
                }
            }
        }
        let days = triples(sample, [TimePart.year.range, TimePart.month.range, TimePart.day.range])
        for hours in triples(sample, day) {
            for (date, pattern) in dates { clocks.append(Clock(columns: [date] + hours, form: .parts(date: pattern))) }
            for date in days { clocks.append(Clock(columns: date + hours, form: .parts(date: nil))) }
        }
        for (date, datePattern) in dates {
            for (time, timePattern) in times where date != time {
                clocks.append(Clock(columns: [date, time], form: .split(date: datePattern, time: timePattern)))
            }
            for (count, unit) in counts { clocks.append(Clock(columns: [date, count], form: .counted(date: datePattern, unit: unit))) }
        }
        return clocks
    }

    /// Three numbers side by side, largest first or last, each within its range.
    private static func triples(_ sample: TableSample, _ ranges: [ClosedRange<Int64>]) -> [[Int]] {
        let columns = sample.table.columns.indices
        return columns.dropLast(2).flatMap { first in [[first, first + 1, first + 2], [first + 2, first + 1, first]] }.filter { triple in
            zip(triple, ranges).allSatisfy { column, range in
                let values = sample.sample.lazy.compactMap { $0[column] }.prefix(40)
                return !values.isEmpty && values.allSatisfy { Int64($0).map(range.contains) ?? false }
            }
        }
    }

    /// Patterns in which all the values can be read.
    static func patterns(_ values: [String], first: String) -> [TimePattern] {
        var patterns: [TimePattern] = []
        for pattern in TimePattern.candidates(for: first) {
            for variant in [pattern, pattern.trimmed ?? pattern.withTrimmedFraction].compactMap({ $0 }) {
                if values.allSatisfy({ variant.parse($0) != nil }), !patterns.contains(variant) {
                    patterns.append(variant)
                    break
                }
            }
        }
        return patterns
    }
}
