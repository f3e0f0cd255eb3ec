/// A TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX.1-2017 §8.3).
struct PosixZone {
    /// When a change happens within a year, seconds after local midnight of the day.
    enum Rule {
        /// Month, week 1–5 (5 is the last), weekday from Sunday 0.
        case weekday(month: Int, week: Int, day: Int, time: Int)
        /// 1–365, February 29 never counted.
        case julian(day: Int, time: Int)
        /// 0–365, February 29 counted.
        case zeroBased(day: Int, time: Int)
    }

    let standard: Int
    let daylight: Int?
    let start: Rule
    let end: Rule

    init?(_ text: String) {
        var reader = Reader(bytes: Array(text.utf8))
        guard reader.name(), let standard = reader.offset() else { return nil }
        self.standard = -standard
        // POSIX leaves the rules to the implementation where they are not given; all use those of the United States.
        var start = Rule.weekday(month: 3, week: 2, day: 0, time: 7200)
        var end = Rule.weekday(month: 11, week: 1, day: 0, time: 7200)
        if reader.atEnd {
            daylight = nil
        } else {
            guard reader.name() else { return nil }
            if reader.atEnd || reader.peek == UInt8(ascii: ",") {
                daylight = -standard + 3600
            } else {
                guard let offset = reader.offset() else { return nil }
                daylight = -offset
            }
            if !reader.atEnd {
                guard reader.take(","), let first = reader.rule(), reader.take(","), let second = reader.rule(), reader.atEnd else {
                    return nil
                }
                start = first
                end = second
            }
        }
        self.start = start
        self.end = end
    }

    func table() -> ZoneTable {
        guard let daylight else { return ZoneTable(offset: Int32(clamping: standard)) }
        var changes: [(start: Int64, offset: Int32)] = []
        for year in 1970...2107 {
            changes.append((PosixZone.second(start, year: year) - Int64(standard), Int32(clamping: daylight)))
            changes.append((PosixZone.second(end, year: year) - Int64(daylight), Int32(clamping: standard)))
        }
        changes.sort { $0.start < $1.start }
        // South of the equator the year begins in summer.
        let beginsInSummer = changes.first.map { $0.offset == Int32(clamping: standard) } ?? false
        return ZoneTable(initial: Int32(clamping: beginsInSummer ? daylight : standard), changes: changes)
    }

    private static func second(_ rule: Rule, year: Int) -> Int64 {
        let newYear = CivilDate(year: year, month: 1, day: 1).days
        switch rule {
        case .julian(let day, let time):
            let leap = CivilDate.isLeap(year) && day >= 60 ? 1 : 0
            return (newYear + Int64(day - 1 + leap)) * 86_400 + Int64(time)
        case .zeroBased(let day, let time):
            return (newYear + Int64(day)) * 86_400 + Int64(time)
        case .weekday(let month, let week, let day, let time):
            let first = CivilDate(year: year, month: month, day: 1).days
            // 1970-01-01 was a Thursday.
            let weekday = Int((first % 7 + 11) % 7)
            var date = 1 + (day - weekday + 7) % 7 + (week - 1) * 7
            if date > CivilDate.daysInMonth(month, year: year) { date -= 7 }
            return (first + Int64(date - 1)) * 86_400 + Int64(time)
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var atEnd: Bool { position >= bytes.count }
        var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard let byte = peek, byte == UInt8(truncatingIfNeeded: character.value) else { return false }
            position += 1
            return true
        }

        /// Three letters or more, or anything between `<` and `>`.
        mutating func name() -> Bool {
            let first = position
            if take("<") {
                while let byte = peek, byte != UInt8(ascii: ">") { position += 1 }
                return take(">") && position - first >= 5
            }
            while let byte = peek, Ascii.isLetter(byte) { position += 1 }
            return position - first >= 3
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            var value = 0
            let first = position
            while let byte = peek, Ascii.isDigit(byte), position - first < 4 {
                value = value * 10 + Int(byte - 48)
                position += 1
            }
            return position > first && range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds; positive is west. Hours up to 167 serve the times of rules (RFC 8536 §3.3.1).
        mutating func offset(hours: ClosedRange<Int> = 0...24) -> Int? {
            let negative = take("-")
            if !negative { _ = take("+") }
            guard let hour = number(hours) else { return nil }
            var seconds = hour * 3600
            if take(":") {
                guard let minute = number(0...59) else { return nil }
                seconds += minute * 60
                if take(":") {
                    guard let second = number(0...59) else { return nil }
                    seconds += second
                }
            }
            return negative ? -seconds : seconds
        }

        mutating func rule() -> Rule? {
            if take("M") {
                guard let month = number(1...12), take("."), let week = number(1...5), take("."), let day = number(0...6),
                    let time = time()
                else { return nil }
                return .weekday(month: month, week: week, day: day, time: time)
            }
            if take("J") {
                guard let day = number(1...365), let time = time() else { return nil }
                return .julian(day: day, time: time)
            }
            guard let day = number(0...365), let time = time() else { return nil }
            return .zeroBased(day: day, time: time)
        }

        private mutating func time() -> Int? {
            take("/") ? offset(hours: 0...167) : 7200
        }
    }
}
