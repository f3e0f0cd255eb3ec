import Glibc

/// A table that fits its width: the last column takes what is left, and gives way first, by its beginning or, where every word
/// counts, by going on below itself.
public struct Table {
    public enum Alignment {
        case left, right
    }
    private let header: [String]
    private let alignments: [Alignment]
    private let wrapsLast: Bool
    private var rows: [[String]] = []

    public init(_ columns: [(title: String, alignment: Alignment)], wrapsLast: Bool = false) {
        self.wrapsLast = wrapsLast
        header = columns.map(\.title)
        alignments = columns.map(\.alignment)
    }

    public mutating func add(_ row: [String]) {
        rows.append(row.map(Self.printable))
    }

    public func text(width: Int) -> String {
        guard !rows.isEmpty else { return "" }
        var widths = header.map(Self.columns)
        for row in rows { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], Self.columns(cell)) } }
        let gaps = 2 * (widths.count - 1)
        let others = widths.dropLast().reduce(0, +)
        widths[widths.count - 1] = min(widths[widths.count - 1], max(8, width - others - gaps))
        return ([header] + (wrapsLast ? rows.flatMap { wrapped($0, widths) } : rows)).map { line($0, widths) }.joined()
    }

    private func wrapped(_ row: [String], _ widths: [Int]) -> [[String]] {
        guard let last = row.last, let width = widths.last else { return [row] }
        let lines = Prose.lines(last, width: width, first: "", rest: "", breaksPaths: true)
        let blanks = [String](repeating: "", count: row.count - 1)
        return lines.enumerated().map { ($0.offset == 0 ? Array(row.dropLast()) : blanks) + [$0.element] }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var result = ""
        for (index, cell) in cells.enumerated() {
            let fitted = Self.columns(cell) <= widths[index] ? cell : Self.tail(of: cell, columns: widths[index])
            let padding = String(repeating: " ", count: max(0, widths[index] - Self.columns(fitted)))
            result += (index > 0 ? "  " : "") + (alignments[index] == .right ? padding + fitted : fitted + padding)
        }
        while result.last == " " { result.removeLast() }
        return result + "\n"
    }

    /// Terminal columns: wide characters take two, combining ones none.
    public static func columns(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { sum, scalar in
            if scalar.isASCII { return sum + 1 }
            if scalar.properties.generalCategory == .nonspacingMark || scalar.properties.generalCategory == .enclosingMark { return sum }
            let wide =
                (0x1100...0x115F).contains(scalar.value) || (0x2E80...0xA4CF).contains(scalar.value)
                || (0xAC00...0xD7A3).contains(scalar.value)
                || (0xF900...0xFAFF).contains(scalar.value) || (0xFE30...0xFE6F).contains(scalar.value)
                || (0xFF00...0xFF60).contains(scalar.value)
                || (0x1F300...0x1FAFF).contains(scalar.value) || (0x20000...0x3FFFD).contains(scalar.value)
            return sum + (wide ? 2 : 1)
        }
    }

    /// The end of a path says more than its beginning.
    private static func tail(of text: String, columns width: Int) -> String {
        var kept: [Character] = []
        var used = 1
        for character in text.reversed() {
            let columns = columns(String(character))
            if used + columns > width { break }
            kept.append(character)
            used += columns
        }
        return "…" + String(kept.reversed())
    }

    /// A name from a hostile disk must not move the cursor or clear the screen.
    public static func printable(_ text: String) -> String {
        guard
            text.unicodeScalars.contains(where: {
                $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || (0x202A...0x202E).contains($0.value)
                    || (0x2066...0x2069).contains($0.value)
            })
        else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: result += "\\n"
            case 0x09: result += "\\t"
            case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
