import Layouts

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

    /// `times` of a unit are `parts` of ours: microseconds, or bytes.
    struct Unit: Sendable {
        var name: String
        var times: Int64 = 1
        var parts: Int64
        /// Of times: where its count begins, in microseconds since 1970.
        var origin: Int64 = 0
    }

    static let times: [Unit] = [
        Unit(name: "s", parts: 1_000_000), Unit(name: "ms", parts: 1000), Unit(name: "us", parts: 1),
        Unit(name: "ns", times: 1000, parts: 1),
        Unit(name: "min", parts: 60_000_000), Unit(name: "h", parts: 3_600_000_000), Unit(name: "d", parts: 86_400_000_000),
        Unit(name: "100ns", times: 10, parts: 1), Unit(name: "90kHz", times: 9, parts: 100),
    ]
    static let sizes: [Unit] = [
        Unit(name: "B", parts: 1), Unit(name: "KiB", parts: 1 << 10), Unit(name: "MiB", parts: 1 << 20), Unit(name: "GiB", parts: 1 << 30),
        Unit(name: "kB", parts: 1000), Unit(name: "MB", parts: 1_000_000), Unit(name: "GB", parts: 1_000_000_000),
        Unit(name: "sectors", parts: 512),
    ]
    /// What a column may count from which day.
    static let epochs: [Unit] = {
        func since(_ year: Int, _ month: Int, _ day: Int) -> Int64 { CivilDate(year: year, month: month, day: day).days * 86_400_000_000 }
        return Array(times.prefix(4)) + [
            // .NET's ticks; Windows' FILETIME; WebKit; Apple's Cocoa.
            Unit(name: "ticks", times: 10, parts: 1, origin: since(1, 1, 1)),
            Unit(name: "filetime", times: 10, parts: 1, origin: since(1601, 1, 1)),
            Unit(name: "us1601", parts: 1, origin: since(1601, 1, 1)),
            Unit(name: "s2001", parts: 1_000_000, origin: since(2001, 1, 1)),
            // Days: OLE and its sheets, and Julian days, which begin at noon.
            Unit(name: "oledays", parts: 86_400_000_000, origin: since(1899, 12, 30)),
            Unit(name: "julian", parts: 86_400_000_000, origin: -210_866_760_000_000_000),
        ]
    }()

    static func unit(_ name: String, _ units: [Unit]) -> Unit? { units.first { $0.name == name } }

    /// Days need eleven decimals to tell microseconds apart.
    static let mostDecimals = 11

    /// Nil where the number would not fit.
    func render(_ value: Int64, _ units: [Unit]) -> String? {
        guard let unit = Self.unit(unit, units) else { return nil }
        let isDays = unit.parts == 86_400_000_000
        let places = decimals ?? (isDays ? Self.mostDecimals : 6)
        let product = (Int128(value) - Int128(unit.origin)) * Int128(unit.times) * Int128(TimePattern.power(places))
        let divisor = Int128(unit.parts)
        var quotient = product / divisor
        if product % divisor < 0 { quotient -= 1 }
        let rest = product - quotient * divisor
        switch rounding {
        // As many digits as are needed stand for the number itself.
        case .down: if isDays, decimals == nil, rest >= divisor - rest { quotient += 1 }
        case .nearest: if rest >= divisor - rest { quotient += 1 }
        case .up: if rest > 0 { quotient += 1 }
        }
        guard let number = Int64(exactly: quotient) else { return nil }
        guard places > 0 else { return String(number) }
        let scale = TimePattern.power(places)
        var fraction = String((number % scale).magnitude)
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

    init?(_ text: String, _ units: [Unit]) {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard let first = parts.first, units.contains(where: { $0.name == first }) else { return nil }
        unit = String(first)
        if parts.count == 2 {
            if parts[1] == "*" {
                decimals = nil
            } else {
                guard let digits = Int(parts[1]), (1...Self.mostDecimals).contains(digits) else { return nil }
                decimals = digits
            }
        }
    }
}
