/// Numbers as people of a language read them.
extension Language {
    /// `12,345` and `12 345`.
    public func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += pick(",", "\u{A0}") }
            result.append(digit)
        }
        return value < 0 ? "-" + result : result
    }

    /// Powers of 1024 with three digits: `1.5 GiB`, `1,5 Gio`.
    public func size(_ bytes: UInt64) -> String {
        let units = [pick("B", "o"), pick("KiB", "Kio"), pick("MiB", "Mio"), pick("GiB", "Gio"), pick("TiB", "Tio"), pick("PiB", "Pio")]
        var value = Double(bytes)
        var unit = 0
        while value >= 1000, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        return decimal(value, places: unit == 0 || value >= 100 ? 0 : 1) + pick(" ", "\u{A0}") + units[unit]
    }

    /// `1 h 02 min`, `12 min 30 s`, `7.5 s`.
    public func duration(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000
        if seconds >= 86_400 { return "\(seconds / 86_400) \(pick("d", "j")) \(two(seconds / 3600 % 24)) h" }
        if seconds >= 3600 { return "\(seconds / 3600) h \(two(seconds / 60 % 60)) min" }
        if seconds >= 60 { return "\(seconds / 60) min \(two(seconds % 60)) s" }
        return decimal(Double(microseconds) / 1_000_000, places: 1) + " s"
    }

    public func decimal(_ value: Double, places: Int) -> String {
        var scale: Int64 = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int64(min(max((value * Double(scale)).rounded(), -9e17), 9e17))
        guard places > 0 else { return String(scaled) }
        let fraction = String(scaled.magnitude % UInt64(scale))
        let padded = String(repeating: "0", count: places - fraction.count) + fraction
        return (scaled < 0 ? "-" : "") + String(scaled.magnitude / UInt64(scale)) + pick(".", ",") + padded
    }

    public func percent(_ value: Double) -> String {
        decimal(value * 100, places: 0) + pick("%", "\u{A0}%")
    }

    /// `1 file`, `2 files`: French counts 0 and 1 as singular, English only 1.
    public func plural(_ value: Int, _ one: String, _ many: String) -> String {
        let singular = self == .en ? value == 1 : value < 2
        return count(value) + " " + (singular ? one : many)
    }

    private func two(_ value: Int64) -> String {
        value < 10 ? "0\(value)" : String(value)
    }
}

extension Language {
    public func timeLeft(_ microseconds: Int64) -> String {
        pick("\(duration(microseconds)) left", "encore \(duration(microseconds))")
    }
}
