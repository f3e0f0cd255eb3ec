/// How a length, a time or a size becomes a number: its unit, its decimals and where it is cut.
struct Measure: Hashable, Sendable {
    enum Rounding: String, Hashable, Sendable, CaseIterable {
        case down, nearest, up

        /// What is cut off anyway stays.
        func rounded(_ time: Int64, to step: Int64) -> Int64 {
            let down = time.quotientDown(step) * step
            return switch self {
            case .down: time
            case .nearest: time - down >= step / 2 ? down + step : down
            case .up: time > down ? down + step : down
            }
        }
    }
    var unit: String
    /// Digits behind the point; nil: as many as are needed, up to six.
    var decimals: Int? = 0
    var rounding = Rounding.down

    /// Units of time, in microseconds: so many of them (`times`) are so many microseconds (`micros`).
    static let times: [(name: String, times: Int64, micros: Int64)] = [
        ("s", 1, 1_000_000), ("ms", 1, 1000), ("us", 1, 1), ("ns", 1000, 1), ("min", 1, 60_000_000), ("h", 1, 3_600_000_000),
        ("90kHz", 9, 100),
    ]
    static let sizes: [(name: String, times: Int64, micros: Int64)] = [
        ("B", 1, 1), ("KiB", 1, 1 << 10), ("MiB", 1, 1 << 20), ("GiB", 1, 1 << 30), ("kB", 1, 1000), ("MB", 1, 1_000_000),
        ("GB", 1, 1_000_000_000), ("sectors", 1, 512),
    ]

    /// Nil where the number would not fit.
    func render(_ value: Int64, _ units: [(name: String, times: Int64, micros: Int64)]) -> String? {
        guard let (_, times, part) = units.first(where: { $0.name == unit }) else { return nil }
        let places = decimals ?? 6
        var (factor, divisor) = (times * TimePattern.power(places), part)
        while factor % 10 == 0, divisor % 10 == 0 { (factor, divisor) = (factor / 10, divisor / 10) }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        var number = product.quotientDown(divisor)
        let rest = product - number * divisor
        switch rounding {
        case .down: break
        case .nearest: if rest >= divisor - rest { number += 1 }
        case .up: if rest > 0 { number += 1 }
        }
        guard places > 0 else { return String(number) }
        let scale = TimePattern.power(places)
        var fraction = String(abs(number % scale))
        while fraction.utf8.count < places { fraction = "0" + fraction }
        if decimals == nil { while fraction.utf8.count > 1, fraction.last == "0" { fraction.removeLast() } }
        return (number < 0 && number / scale == 0 ? "-" : "") + String(number / scale) + "." + fraction
    }

    /// `s`, `s.2`, `s.*`
    var text: String {
        unit + (decimals.map { $0 == 0 ? "" : ".\($0)" } ?? ".*")
    }

    init(unit: String, decimals: Int? = 0, rounding: Rounding = .down) {
        (self.unit, self.decimals, self.rounding) = (unit, decimals, rounding)
    }

    init?(_ text: String, _ units: [(name: String, times: Int64, micros: Int64)]) {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard let first = parts.first, units.contains(where: { $0.name == first }) else { return nil }
        unit = String(first)
        if parts.count == 2 {
            if parts[1] == "*" {
                decimals = nil
            } else {
                guard let digits = Int(parts[1]), (1...6).contains(digits) else { return nil }
                decimals = digits
            }
        }
    }
}
