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
    func row(_ cells: [String]) -> String? {
        switch self {
        case .lines(let form): form.line(cells) + "\n"
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

    /// The parts of a line; an empty one is an empty text. Nil for a line of another form.
    func cells(_ line: String) -> ExampleRow? {
        let parts = Self.split(line, separator)
        return parts.count == count ? parts.map { .some($0.text) } : nil
    }

    private static func split(_ line: String, _ separator: Character) -> [(text: String, isQuoted: Bool)] {
        var parts: [(text: String, isQuoted: Bool)] = []
        var text = ""
        var (inside, wasQuoted) = (false, false)
        var rest = Substring(line)
        while let character = rest.popFirst() {
            if inside {
                if character != "\"" {
                    text.append(character)
                } else if rest.first == "\"" {
                    rest.removeFirst()
                    text.append("\"")
                } else {
                    inside = false
                }
            } else if character == "\"", text.isEmpty {
                (inside, wasQuoted) = (true, true)
            } else if character == separator {
                parts.append((text, wasQuoted))
                (text, wasQuoted) = ("", false)
            } else {
                text.append(character)
            }
        }
        return parts + [(text, wasQuoted)]
    }

    func line(_ cells: [String]) -> String {
        zip(cells, quoted).map { text, isQuoted in
            isQuoted || text.contains(separator) || text.contains("\"") || text.contains("\n")
                ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
        }.joined(separator: String(separator))
    }
}
