/// Instants as people and programs write them. All are microseconds since 1970-01-01 UTC.
public enum ISO8601 {
    /// `2026-03-29T01:59:00+01:00`, `2026-03-29 01:59`, `2026-03-29`, `20260329T015900Z`, with fractions of a second.
    ///
    /// Without an offset the time is local to `defaultZone`: in the hour that happens twice its first time,
    /// in the hour that is skipped the instant that the offset before the change gives.
    public static func parse(_ text: String, defaultZone: ZoneRules = .utc) -> Int64? {
        let bytes = Array(text.utf8)
        // The longest form with nanoseconds is 36 characters.
        guard bytes.count <= 64 else { return nil }
        return bytes.withUnsafeBufferPointer { buffer -> Int64? in
            var reader = Reader(bytes: buffer)
            guard let local = reader.dateTime() else { return nil }
            if reader.atEnd { return defaultZone.utc(ofLocal: local).first }
            guard let offset = reader.zone(), reader.atEnd else { return nil }
            return local - Int64(offset) * Microseconds.second
        }
    }

    /// `2026-03-29T00:59:00.000000Z`
    public static func format(_ microseconds: Int64) -> String {
        stamp(microseconds, fraction: true) + "Z"
    }

    /// `2026-03-29T01:59:00+01:00`; with `fraction`, microseconds follow the seconds.
    public static func format(_ microseconds: Int64, zone: ZoneRules, fraction: Bool = false) -> String {
        let offset = zone.offsetSeconds(atUTC: microseconds)
        let name = offset == 0 ? "+00:00" : ZoneRules.name(ofOffset: offset)
        return stamp(zone.local(ofUTC: microseconds), fraction: fraction) + name
    }

    private static func stamp(_ local: Int64, fraction: Bool) -> String {
        let days = floorDivide(local, Microseconds.day)
        let date = CivilDate(days: days)
        let time = local - days * Microseconds.day
        let seconds = Int(time / Microseconds.second)
        var year = String(abs(date.year))
        while year.utf8.count < 4 { year = "0" + year }
        if date.year < 0 { year = "-" + year }
        var text = year + "-" + twoDigits(date.month) + "-" + twoDigits(date.day)
        text += "T" + twoDigits(seconds / 3600) + ":" + twoDigits(seconds / 60 % 60) + ":" + twoDigits(seconds % 60)
        if fraction {
            let rest = String(time % Microseconds.second)
            text += "." + String(repeating: "0", count: 6 - rest.utf8.count) + rest
        }
        return text
    }

    private struct Reader {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0

        var atEnd: Bool { position == bytes.count }

        mutating func take(_ choices: StaticString) -> Bool {
            guard position < bytes.count else { return false }
            let byte = bytes[position]
            let found = choices.withUTF8Buffer { $0.contains(byte) }
            if found { position += 1 }
            return found
        }

        mutating func number(_ digits: Int, _ range: ClosedRange<Int>) -> Int? {
            guard position + digits <= bytes.count, let value = decimal(bytes[position..<position + digits]),
                range.contains(Int(value))
            else { return nil }
            position += digits
            return Int(value)
        }

        mutating func dateTime() -> Int64? {
            guard let year = number(4, 0...9999) else { return nil }
            let extended = take("-")
            guard let month = number(2, 1...12), !extended || take("-"), let day = number(2, 1...31) else { return nil }
            let date = CivilDate(year: year, month: month, day: day)
            guard date.isValid else { return nil }
            var time = date.days * Microseconds.day
            guard take("Tt ") else { return time }
            guard let hour = number(2, 0...23) else { return nil }
            time += Int64(hour) * Microseconds.hour
            let colons = take(":")
            guard let minute = number(2, 0...59) else { return colons ? nil : time }
            time += Int64(minute) * Microseconds.minute
            if colons ? take(":") : position < bytes.count && Ascii.isDigit(bytes[position]) {
                // A leap second is the first of the next minute.
                guard let second = number(2, 0...60) else { return nil }
                time += Int64(second) * Microseconds.second
                if take(".,") {
                    guard let fraction = fraction() else { return nil }
                    time += fraction
                }
            }
            return time
        }

        /// Digits after the sixth are dropped.
        private mutating func fraction() -> Int64? {
            var value: Int64 = 0
            var scale = Microseconds.second
            let first = position
            while position < bytes.count, Ascii.isDigit(bytes[position]) {
                if scale > 1 {
                    scale /= 10
                    value += Int64(bytes[position] - 48) * scale
                }
                position += 1
            }
            return position > first ? value : nil
        }

        mutating func zone() -> Int? {
            if take("Zz") { return 0 }
            let length = OffsetText.length(bytes, at: position)
            guard length > 0 else { return nil }
            let start = position
            position += length
            return OffsetText.value(bytes, at: start, length: length)
        }
    }
}
