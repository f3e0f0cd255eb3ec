import Layouts

/// A date and time as text: `yyyy-MM-dd HH:mm:ss`, `HHmmss`, `dd.MM.yyyy`, with fractions (`fff`, or `f*`: as many digits as
/// are needed) and an offset (`x`: +01, `xx`: +0100, `xxx`: +01:00, `Z`: the letter, UTC; `zzz`: GMT). `M`, `d`, `H`: without a zero
/// before them; `hh`, `h` and `a`: hours to twelve with AM or PM; `MMM` and `EEE`: Jan, Mon.
struct TimePattern: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case year, shortYear, month, day, hour, minute, second
        /// Without a zero before it.
        case plainMonth, plainDay, plainHour
        /// From 1 to 12, with and without a zero, and which half of the day.
        case halfHour, plainHalfHour, half
        case monthName, dayName
        case fraction(Int)
        /// With its point; nothing where there is no fraction.
        case trimmedFraction
        /// 1: +01 (+05:30 where it must), 2: +0100, 3: +01:00.
        case offset(Int)
        case utc, gmt
        case literal(UInt8)
    }
    var pieces: [Piece]

    /// Microseconds below which the pattern cannot tell two times apart.
    var resolution: Int64 {
        var finest: Int64 = 86_400_000_000
        for piece in pieces {
            switch piece {
            case .hour, .plainHour, .halfHour, .plainHalfHour: finest = min(finest, 3_600_000_000)
            case .minute: finest = min(finest, 60_000_000)
            case .second: finest = min(finest, 1_000_000)
            case .fraction(let digits): finest = min(finest, Self.power(6 - digits))
            case .trimmedFraction: finest = 1
            default: break
            }
        }
        return finest
    }

    private func contains(_ any: Piece...) -> Bool { pieces.contains(where: any.contains) }
    var hasDate: Bool { contains(.day, .plainDay) && contains(.month, .plainMonth, .monthName) && contains(.year, .shortYear) }
    var hasTime: Bool { contains(.hour, .plainHour) || contains(.halfHour, .plainHalfHour) && contains(.half) }
    var hasZone: Bool { pieces.contains { if case .offset = $0 { true } else { $0 == .utc || $0 == .gmt } } }

    static func power(_ exponent: Int) -> Int64 { (0..<max(0, exponent)).reduce(1) { value, _ in value * 10 } }

    /// The text of the pattern, as it stands in a profile.
    var text: String {
        pieces.map { piece in
            switch piece {
            case .literal(let byte): String(UnicodeScalar(byte))
            default: Self.words.first { $0.piece == piece }?.word ?? ""
            }
        }.joined()
    }

    /// Longer words before those that they begin with.
    private static let words: [(word: String, piece: Piece)] = [
        ("yyyy", .year), ("yy", .shortYear), ("MMM", .monthName), ("MM", .month), ("M", .plainMonth), ("EEE", .dayName), ("dd", .day),
        ("d", .plainDay), ("HH", .hour), ("H", .plainHour), ("hh", .halfHour), ("h", .plainHalfHour), ("mm", .minute), ("ss", .second),
        ("a", .half), ("f*", .trimmedFraction), ("ffffff", .fraction(6)), ("fffff", .fraction(5)), ("ffff", .fraction(4)),
        ("fff", .fraction(3)), ("ff", .fraction(2)), ("f", .fraction(1)), ("xxx", .offset(3)), ("xx", .offset(2)), ("x", .offset(1)),
        ("Z", .utc), ("zzz", .gmt),
    ]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// Nil for what is no pattern: an unknown letter, or nothing of a time in it.
    init?(_ text: String) {
        pieces = []
        var rest = Substring(text)
        while let first = rest.first {
            if let (word, piece) = Self.words.first(where: { rest.hasPrefix($0.word) }) {
                pieces.append(piece)
                rest = rest.dropFirst(word.count)
            } else {
                guard let byte = first.asciiValue, first == "T" || !first.isLetter else { return nil }
                pieces.append(.literal(byte))
                rest = rest.dropFirst()
            }
        }
        guard pieces.contains(where: { if case .literal = $0 { false } else { true } }) else { return nil }
    }

    private init(pieces: [Piece]) { self.pieces = pieces }

    private static let dates = [
        "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyy_MM_dd", "dd/MM/yyyy", "MM/dd/yyyy", "dd.MM.yyyy", "dd-MM-yyyy", "yyyyMMdd",
        "yy-MM-dd", "yy/MM/dd", "yyMMdd", "ddMMyyyy", "dd-MMM-yyyy", "dd MMM yyyy", "MMM dd, yyyy", "EEE, dd MMM yyyy", "M/d/yyyy",
        "d/M/yyyy",
        "d.M.yyyy", "yyyy/M/d", "yyyy-M-d",
        // ctime.
        "EEE MMM dd HH:mm:ss yyyy",
    ].compactMap(TimePattern.init)
    private static let times = [
        "HH:mm:ss", "HH-mm-ss", "HH.mm.ss", "HH_mm_ss", "HHmmss", "HH:mm", "HHmm", "H:mm:ss", "hh:mm:ss a", "h:mm:ss a",
    ].compactMap(TimePattern.init)

    /// The patterns that a value may have been written with.
    static func candidates(for value: String) -> [TimePattern] {
        let bytes = Array(value.utf8)
        guard (4...40).contains(bytes.count), isDigit(bytes[0]) || (0x41...0x5A).contains(bytes[0]) else { return [] }
        var found: [TimePattern] = []
        for date in dates {
            guard let end = date.parse(bytes, from: 0)?.end else { continue }
            if end == bytes.count {
                found.append(date)
                continue
            }
            let joint = bytes[end]
            let joins = (joint < 0x30 || joint > 0x39) && joint < 0x80
            let prefix = date.pieces + (joins ? [.literal(joint)] : [])
            found += withTime(bytes, from: end + (joins ? 1 : 0), prefix: prefix)
        }
        return found + withTime(bytes, from: 0, prefix: [])
    }

    private static func withTime(_ bytes: [UInt8], from start: Int, prefix: [Piece]) -> [TimePattern] {
        var found: [TimePattern] = []
        for time in times {
            guard var end = time.parse(bytes, from: start)?.end else { continue }
            var pieces = prefix + time.pieces
            if end + 1 < bytes.count, bytes[end] == UInt8(ascii: ".") || bytes[end] == UInt8(ascii: ","), isDigit(bytes[end + 1]) {
                let digits = bytes[(end + 1)...].prefix(while: isDigit).count
                guard digits <= 6 else { continue }
                pieces += [.literal(bytes[end]), .fraction(digits)]
                end += digits + 1
            }
            let rest = String(decoding: bytes[end...], as: UTF8.self)
            switch rest {
            case "": break
            case "Z": pieces.append(.utc)
            case " GMT": pieces += [.literal(0x20), .gmt]
            default:
                if rest.first == " " { pieces.append(.literal(0x20)) }
                let offset = rest.first == " " ? rest.dropFirst() : Substring(rest)
                guard let sign = offset.first, sign == "+" || sign == "-" else { continue }
                switch offset.utf8.count {
                case 3: pieces.append(.offset(1))
                case 5: pieces.append(.offset(2))
                case 6: pieces.append(.offset(3))
                default: continue
                }
            }
            found.append(TimePattern(pieces: pieces))
        }
        return found
    }

    /// The same with as many digits of fraction as each value needs; nil where it has none.
    var trimmed: TimePattern? {
        guard let index = pieces.firstIndex(where: { if case .fraction = $0 { true } else { false } }), index > 0 else { return nil }
        return TimePattern(pieces: Array(pieces[..<(index - 1)]) + [.trimmedFraction] + Array(pieces[(index + 1)...]))
    }

    /// Without a fraction: what PostgreSQL shows of a full second is the start of what it shows of others.
    var withTrimmedFraction: TimePattern? {
        guard let index = pieces.firstIndex(of: .second) else { return nil }
        return TimePattern(pieces: Array(pieces[...index]) + [.trimmedFraction] + Array(pieces[(index + 1)...]))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// The civil time in microseconds as if it were UTC; a pattern without a date gives the time of the day.
    /// Nil where the text has another form.
    func parse(_ text: String) -> (civil: Int64, offset: Int?)? {
        let bytes = Array(text.utf8)
        guard let result = parse(bytes, from: 0), result.end == bytes.count else { return nil }
        return (result.civil, result.offset)
    }

    private func parse(_ bytes: [UInt8], from start: Int) -> (civil: Int64, offset: Int?, end: Int)? {
        var position = start
        var date = CivilDate(year: 1970, month: 1, day: 1)
        var (hour, minute, second, fraction) = (0, 0, 0, Int64(0))
        var offset: Int?
        var isAfternoon: Bool?
        /// One digit or two, without a zero before it.
        func plainNumber() -> Int? {
            guard position < bytes.count, bytes[position] != 0x30 || position + 1 == bytes.count || !Self.isDigit(bytes[position + 1])
            else {
                return nil
            }
            return number(position + 1 < bytes.count && Self.isDigit(bytes[position + 1]) ? 2 : 1)
        }
        func word(_ words: [String]) -> Int? {
            guard position < bytes.count, let found = words.firstIndex(where: { bytes[position...].starts(with: $0.utf8) }) else {
                return nil
            }
            position += words[found].utf8.count
            return found
        }
        func number(_ digits: Int) -> Int? {
            guard position + digits <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<position + digits] {
                guard Self.isDigit(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            position += digits
            return value
        }
        for piece in pieces {
            switch piece {
            case .year:
                guard let value = number(4) else { return nil }
                date.year = value
            case .shortYear:
                guard let value = number(2) else { return nil }
                date.year = value < 70 ? 2000 + value : 1900 + value
            case .month, .plainMonth:
                guard let value = piece == .month ? number(2) : plainNumber() else { return nil }
                date.month = value
            case .monthName:
                guard let value = word(Self.months) else { return nil }
                date.month = value + 1
            case .dayName:
                guard word(Self.days) != nil else { return nil }
            case .day, .plainDay:
                guard let value = piece == .day ? number(2) : plainNumber() else { return nil }
                date.day = value
            case .hour, .plainHour:
                guard let value = piece == .hour ? number(2) : plainNumber(), value < 24 else { return nil }
                hour = value
            case .halfHour, .plainHalfHour:
                guard let value = piece == .halfHour ? number(2) : plainNumber(), (1...12).contains(value) else { return nil }
                hour = value % 12
            case .half:
                guard let value = word(["AM", "PM"]) else { return nil }
                isAfternoon = value == 1
            case .minute:
                guard let value = number(2), value < 60 else { return nil }
                minute = value
            case .second:
                guard let value = number(2), value <= 60 else { return nil }
                second = value
            case .fraction(let digits):
                guard let value = number(digits) else { return nil }
                fraction = Int64(value) * Self.power(6 - digits)
            case .trimmedFraction:
                guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { continue }
                position += 1
                let digits = bytes[position...].prefix(while: Self.isDigit).count
                guard (1...6).contains(digits), let value = number(digits) else { return nil }
                fraction = Int64(value) * Self.power(6 - digits)
            case .offset(let letters):
                guard position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") else {
                    return nil
                }
                let sign = bytes[position] == UInt8(ascii: "-") ? -1 : 1
                position += 1
                guard let hours = number(2) else { return nil }
                var minutes = 0
                if letters != 2, position < bytes.count, bytes[position] == UInt8(ascii: ":") { position += 1 }
                if letters > 1 || position < bytes.count {
                    guard let value = number(2) else { return nil }
                    minutes = value
                }
                offset = sign * (hours * 3600 + minutes * 60)
            case .utc:
                guard position < bytes.count, bytes[position] == UInt8(ascii: "Z") else { return nil }
                position += 1
                offset = 0
            case .gmt:
                guard word(["GMT"]) != nil else { return nil }
                offset = 0
            case .literal(let byte):
                guard position < bytes.count, bytes[position] == byte else { return nil }
                position += 1
            }
        }
        guard date.isValid else { return nil }
        if isAfternoon == true { hour += 12 }
        let seconds = date.days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return (seconds * 1_000_000 + fraction, offset, position)
    }

    /// `civil`: local microseconds counted as if they were UTC.
    func render(civil: Int64, offsetSeconds: Int, into result: inout String) {
        let seconds = civil.quotientDown(1_000_000)
        let micros = civil - seconds * 1_000_000
        let days = seconds.quotientDown(86_400)
        let date = CivilDate(days: days)
        let time = Int(seconds - days * 86_400)
        for piece in pieces {
            switch piece {
            case .year: Self.pad(date.year, 4, &result)
            case .shortYear: Self.pad(date.year % 100, 2, &result)
            case .month: Self.pad(date.month, 2, &result)
            case .day: Self.pad(date.day, 2, &result)
            case .plainMonth: Self.pad(date.month, 1, &result)
            case .plainDay: Self.pad(date.day, 1, &result)
            case .monthName: result += Self.months[date.month - 1]
            case .dayName: result += Self.days[Int(((days + 4) % 7 + 7) % 7)]
            case .hour: Self.pad(time / 3600, 2, &result)
            case .plainHour: Self.pad(time / 3600, 1, &result)
            case .halfHour: Self.pad((time / 3600 + 11) % 12 + 1, 2, &result)
            case .plainHalfHour: Self.pad((time / 3600 + 11) % 12 + 1, 1, &result)
            case .half: result += time < 43_200 ? "AM" : "PM"
            case .minute: Self.pad(time / 60 % 60, 2, &result)
            case .second: Self.pad(time % 60, 2, &result)
            case .fraction(let digits): Self.pad(Int(micros / Self.power(6 - digits)), digits, &result)
            case .trimmedFraction:
                guard micros > 0 else { continue }
                var (value, digits) = (Int(micros), 6)
                while value % 10 == 0 { (value, digits) = (value / 10, digits - 1) }
                result += "."
                Self.pad(value, digits, &result)
            case .offset(let letters):
                let minutes = abs(offsetSeconds) / 60
                result += offsetSeconds < 0 ? "-" : "+"
                Self.pad(minutes / 60, 2, &result)
                if letters == 1, minutes % 60 == 0 { continue }
                if letters != 2 { result += ":" }
                Self.pad(minutes % 60, 2, &result)
            case .utc: result += "Z"
            case .gmt: result += "GMT"
            case .literal(let byte): result.unicodeScalars.append(UnicodeScalar(byte))
            }
        }
    }

    private static func pad(_ value: Int, _ digits: Int, _ result: inout String) {
        let text = String(value)
        for _ in 0..<max(0, digits - text.utf8.count) { result += "0" }
        result += text
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity.
    func quotientDown(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
