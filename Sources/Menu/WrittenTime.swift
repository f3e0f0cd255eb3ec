import Layouts
import Wording

/// Times as people write them in a field: 20/11/2026 08:59 in French, 2026-11-20 08:59 in English; each is understood in both.
enum WrittenTime {
    static func text(_ instant: Int64, _ zone: ZoneRules, _ language: Language) -> String {
        let iso = ISO8601.format(instant, zone: zone)
        let day = iso.prefix(10).split(separator: "-")
        let clock = iso.dropFirst(11).prefix(8)
        return language == .fr && day.count == 3 ? "\(day[2])/\(day[1])/\(day[0]) \(clock)" : "\(iso.prefix(10)) \(clock)"
    }

    /// The day before the month, which is how it is written wherever this is used with slashes or points; what is of another form
    /// stays as it is.
    static func standard(_ text: String) -> String {
        let words = text.split(separator: " ", maxSplits: 1)
        let day = (words.first ?? "").split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "." }
        guard day.count == 3, day.allSatisfy({ $0.allSatisfy(\.isASCIIDigit) }), (1...2).contains(day[0].count),
            (1...2).contains(day[1].count), day[2].count == 4
        else { return text.trimmed }
        func two(_ number: Substring) -> String { number.count == 1 ? "0" + number : String(number) }
        return "\(day[2])-\(two(day[1]))-\(two(day[0]))" + (words.count > 1 ? " " + String(words[1]).trimmed : "")
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}
