/// Words that stand for a number in dates and times of day: months by their name, and the halves of the day.
enum TimeWords {
    /// Names and what is written for short, without accents; from January on.
    private static let months: [[String]] = [
        ["jan", "january", "janv", "janvier"], ["feb", "february", "fev", "fevr", "fevrier"], ["mar", "march", "mars"],
        ["apr", "april", "avr", "avril"], ["may", "mai"], ["jun", "june", "juin"], ["jul", "july", "juil", "juillet"],
        ["aug", "august", "aou", "aout"], ["sep", "sept", "september", "septembre"], ["oct", "october", "octobre"],
        ["nov", "november", "novembre"], ["dec", "december", "decembre"],
    ]

    /// From Monday on.
    private static let weekdays: [[String]] = [
        ["mo", "mon", "monday", "lun", "lundi"], ["tu", "tue", "tues", "tuesday", "mar", "mardi"],
        ["we", "wed", "wednesday", "mer", "mercredi"],
        ["th", "thu", "thur", "thurs", "thursday", "jeu", "jeudi"], ["fr", "fri", "friday", "ven", "vendredi"],
        ["sa", "sat", "saturday", "sam", "samedi"], ["su", "sun", "sunday", "dim", "dimanche"],
    ]

    private static let monthCodes = codes(months)
    private static let weekdayCodes = codes(weekdays)

    private static func codes(_ lists: [[String]]) -> [UInt64: Int] {
        var result: [UInt64: Int] = [:]
        for (index, names) in lists.enumerated() {
            for name in names {
                var name = name
                let code = name.withUTF8 { TimeWords.code($0, 0, $0.count) }
                if let code { result[code] = index + 1 }
            }
        }
        return result
    }

    /// From Monday = 1; nil for any other word.
    static func weekday(_ word: [UInt8]) -> Int? {
        word.withUnsafeBufferPointer { bytes in
            guard bytes.count <= longestName, bytes.allSatisfy(Ascii.isLetter) else { return nil }
            return code(bytes, 0, bytes.count).flatMap { weekdayCodes[$0] }
        }
    }

    /// The longest name, `SEPTEMBRE` or an accented `DÉCEMBRE`, has ten bytes; a decomposed accent is one more.
    private static let longestName = 12

    /// The month whose name begins at a position and ends with its last letter. A full stop belongs to what is written
    /// for short (`janv. 2026`) where another separator follows it.
    static func month(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> (number: Int, length: Int)? {
        let end = wordEnd(bytes, start)
        guard (3...longestName).contains(end - start), let code = code(bytes, start, end), let number = monthCodes[code] else { return nil }
        let stop = UInt8(ascii: ".")
        let isStopped = end + 1 < bytes.count && bytes[end] == stop && bytes[end + 1] != stop && Ascii.isSeparator(bytes[end + 1])
        return (number, end - start + (isStopped ? 1 : 0))
    }

    /// Whether `AM` or `PM` stands at a position, in any case; it is two bytes long.
    static func isAfternoon(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool? {
        guard wordEnd(bytes, start) == start + 2, bytes[start + 1] | 0x20 == UInt8(ascii: "m") else { return nil }
        switch bytes[start] | 0x20 {
        case UInt8(ascii: "a"): return false
        case UInt8(ascii: "p"): return true
        default: return nil
        }
    }

    static func wordEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var end = start
        while end < bytes.count, end - start <= longestName, Ascii.isLetter(bytes[end]) { end += 1 }
        return end
    }

    /// Five bits for every letter, accents and case forgotten. Nil for anything but letters of month names.
    private static func code(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> UInt64? {
        var result: UInt64 = 0
        var index = start
        while index < end {
            var letter = bytes[index] | 0x20
            if bytes[index] >= 0x80 {
                guard index + 1 < end else { return nil }
                switch (bytes[index], bytes[index + 1]) {
                case (0xC3, 0x89), (0xC3, 0xA9): letter = UInt8(ascii: "e")
                case (0xC3, 0x9B), (0xC3, 0xBB): letter = UInt8(ascii: "u")
                // Combining acute accent and circumflex.
                case (0xCC, 0x81), (0xCC, 0x82): letter = 0
                default: return nil
                }
                index += 1
            }
            if letter != 0 { result = result << 5 | UInt64(letter &- 96) }
            index += 1
        }
        return result
    }
}
