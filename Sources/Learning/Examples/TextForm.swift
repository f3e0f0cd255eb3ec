/// How the rows of a text file stand in it.
enum TextForm: Equatable, Sendable {
    case lines(LineForm)
    case markup(MarkupForm)

    /// The first column of each table: the name of the file.
    static let fileColumn = "file"

    var names: [String] {
        switch self {
        case .lines(let form): form.names
        case .markup(let form): form.slots.map(\.name)
        }
    }

    /// A row as it stands in the file; nil where a value cannot stand in its place.
    func row(_ cells: [String?]) -> String? {
        switch self {
        case .lines(let form): form.line(cells.map { $0 ?? "" }) + "\n"
        case .markup(let form): form.row(cells)
        }
    }
}

/// How a line is divided: RFC 4180, or by tabs, semicolons, bars or blanks.
struct LineForm: Equatable, Sendable {
    var separator: Character
    var header: String?
    var names: [String]
    /// Columns that always stand in quotes.
    var quoted: [Bool]
    private var count: Int { names.count }

    private static let separators: [Character] = ["\t", ";", ",", "|", " "]

    init(separator: Character, header: String?, names: [String], quoted: [Bool]) {
        (self.separator, self.header, self.names, self.quoted) = (separator, header, names, quoted)
    }

    /// Nil where the lines have no common number of parts.
    init?(_ heads: [[String]]) {
        for separator in Self.separators {
            var counts: [Int: Int] = [:]
            let lines = heads.flatMap { $0 }
            for line in lines { counts[Self.split(line, separator).count, default: 0] += 1 }
            guard let (count, agreeing) = counts.filter({ $0.key > 1 }).max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
                agreeing * 10 >= lines.count * 9
            else { continue }
            let first = heads[0].first ?? ""
            let cells = Self.split(first, separator)
            // A header says nothing in digits where the rows do, and is the same in every file.
            let isHeader =
                cells.count == count && heads.allSatisfy { $0.first == first } && !cells.contains { $0.text.contains(where: \.isNumber) }
                && heads[0].count > 1 && Self.split(heads[0][1], separator).contains { $0.text.contains(where: \.isNumber) }
            let rows = heads.flatMap { $0.dropFirst(isHeader ? 1 : 0) }.map { Self.split($0, separator) }.filter { $0.count == count }
            guard !rows.isEmpty else { continue }
            self.separator = separator
            header = isHeader ? first : nil
            let names = cells.map(\.text)
            let areNames = isHeader && Set(names).count == names.count && !names.contains("") && !names.contains(TextForm.fileColumn)
            self.names = areNames ? names : (1...count).map { "column\($0)" }
            quoted = (0..<count).map { index in rows.allSatisfy { $0[index].isQuoted } }
            return
        }
        return nil
    }

    private static let longestLine = 64 << 10

    /// Hands out each row; what is none is counted.
    func rows(_ stream: ByteStream, _ body: (ExampleRow) throws -> Void) throws -> TextRemainder {
        var remainder = TextRemainder()
        var line: [UInt8] = []
        var isFirst = true
        while stream.next != nil {
            stream.take(until: 0x0A, or: 0x0A, &line, limit: Self.longestLine)
            _ = stream.take()
            if line.last == 0x0D { line.removeLast() }
            let text = String(decoding: line, as: UTF8.self)
            line.removeAll(keepingCapacity: true)
            defer { isFirst = false }
            if isFirst, text == header { continue }
            if let cells = cells(text) {
                try body(cells)
            } else if !text.isEmpty {
                remainder.rows += 1
                if remainder.seen.count < 3 { remainder.seen.append(String(text.prefix(80))) }
            }
        }
        return remainder
    }

    /// The parts of a line; an empty one is an empty text. Nil for a line of another form.
    func cells(_ line: String) -> ExampleRow? {
        let parts = Self.split(line, separator)
        return parts.count == count ? parts.map { .some($0.text) } : nil
    }

    private static func split(_ line: String, _ separator: Character) -> [(text: String, isQuoted: Bool)] {
        let sign = separator.asciiValue ?? 0, quote = UInt8(ascii: "\"")
        var parts: [(text: String, isQuoted: Bool)] = []
        var text: [UInt8] = []
        var (isInside, isQuoted, mayEnd) = (false, false, false)
        func end() { parts.append((String(decoding: text, as: UTF8.self), isQuoted)) }
        for byte in line.utf8 {
            if isInside, !mayEnd {
                if byte == quote { mayEnd = true } else { text.append(byte) }
                continue
            }
            if mayEnd {
                mayEnd = false
                if byte == quote {
                    text.append(quote)
                    continue
                }
                isInside = false
            }
            if byte == quote, text.isEmpty, !isQuoted {
                (isInside, isQuoted) = (true, true)
            } else if byte == sign {
                end()
                text.removeAll(keepingCapacity: true)
                isQuoted = false
            } else {
                text.append(byte)
            }
        }
        end()
        return parts
    }

    func line(_ cells: [String]) -> String {
        zip(cells, quoted).map { text, isQuoted in
            isQuoted || text.contains(separator) || text.contains("\"") || text.contains("\n")
                ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
        }.joined(separator: String(separator))
    }
}
