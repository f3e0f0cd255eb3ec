import LinuxSystem

/// Text files of rows, lying in a tree: `2026-03-28/index.txt`, `events.csv`, `clips.json`, `list.xml`. Files whose names differ only in digits
/// are one table; its first column is the name of the file, so that it can be explained as any other value.
final class TextExample {
    private(set) var tables: [ExampleTable] = []
    private var groups: [(form: TextForm, files: [String])] = []
    private let root: String
    static let fileColumn = "file"

    init?(_ path: String) throws {
        let status = try FileStatus.of(path: path)
        root = status.kind == .directory ? path : splitPath(path).folder
        let files = status.kind == .directory ? try FileFinder.files(below: path) : [splitPath(path).name]
        var shapes: [String: [String]] = [:]
        for file in files { shapes[Self.shape(of: file), default: []].append(file) }
        for (shape, files) in shapes.sorted(by: { $0.key < $1.key }) {
            var heads: [[String]] = []
            // Of recordings there are many of one shape: three looked at are enough to know that they are no text.
            for file in files.prefix(20) {
                if heads.isEmpty, file == files.dropFirst(3).first { break }
                if let head = try Self.head(root + "/" + file) { heads.append(head) }
            }
            guard !heads.isEmpty, let form = try Self.form(heads, files.lazy.map { [root] in root + "/" + $0 }) else { continue }
            var table = ExampleTable(name: shape)
            table.columns = ([Self.fileColumn] + form.names).map { ExampleColumn(name: $0) }
            tables.append(table)
            groups.append((form, files.sorted()))
        }
        if tables.isEmpty { return nil }
    }

    private static func form(_ heads: [[String]], _ files: some Sequence<String>) throws -> TextForm? {
        if let first = heads.lazy.flatMap({ $0 }).first(where: { !$0.allSatisfy(\.isWhitespace) })?.first(where: { !$0.isWhitespace }),
            "{[<".contains(first)
        {
            let forms = try files.prefix(20).compactMap { MarkupForm(try markup($0)) }
            if let form = forms.first {
                // What is said once of all the rows of a file, as its day, cannot be made for another file.
                return forms.allSatisfy({ $0.header == form.header && $0.footer == form.footer }) ? .markup(form) : nil
            }
        }
        return LineForm(heads).map(TextForm.lines)
    }

    /// A text that must be read as a whole. Longer ones are read up to here, and are then no JSON and no XML.
    private static let longestMarkup = 512 << 20

    private static func markup(_ path: String) throws -> [UInt8] {
        try OpenFile.forReading(path: path).readAll(limit: longestMarkup)
    }

    /// Runs of digits as `#`, in the name and in the folders.
    private static func shape(of path: String) -> String {
        let name = path.split(separator: "/").map { part in
            var text = ""
            for character in part where !(character.isNumber && text.last == "#") { text.append(character.isNumber ? "#" : character) }
            return text
        }
        // Folders of any name: one index in each.
        return String(repeating: "*/", count: max(0, name.count - 1)) + (name.last ?? "")
    }

    /// The first lines of a file; nil for what is no text.
    private static func head(_ path: String) throws -> [String]? {
        let bytes = try OpenFile.forReading(path: path).readAll(limit: 1)
        guard let end = bytes.lastIndex(of: 0x0A), let text = String(validating: bytes[...end], as: UTF8.self),
            !text.utf8.contains(where: { $0 < 0x09 || $0 > 0x0D && $0 < 0x20 })
        else { return nil }
        return text.split(separator: "\n").prefix(400).map { $0.hasSuffix("\r") ? String($0.dropLast()) : String($0) }
    }

    var forms: [TextForm] { groups.map(\.form) }

    func read(_ body: (Int, ExampleRow) throws -> Void) throws {
        for (number, group) in groups.enumerated() {
            for file in group.files {
                guard case .lines(let form) = group.form else {
                    if case .markup(let form) = group.form {
                        try form.rows(try Self.markup(root + "/" + file)) { try body(number, [file] + $0) }
                    }
                    continue
                }
                let stream = try ByteStream(OpenFile.forReading(path: root + "/" + file))
                var line: [UInt8] = []
                var isFirst = true
                while stream.next != nil {
                    stream.take(until: 0x0A, or: 0x0A, &line, limit: 64 << 10)
                    stream.skip()
                    if line.last == 0x0D { line.removeLast() }
                    let isHeader = isFirst && form.header != nil
                    isFirst = false
                    if !isHeader, let cells = form.cells(String(decoding: line, as: UTF8.self)) { try body(number, [file] + cells) }
                    line.removeAll(keepingCapacity: true)
                }
            }
        }
    }
}

/// How the rows of a text file stand in it.
enum TextForm: Equatable, Sendable {
    case lines(LineForm)
    case markup(MarkupForm)

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
            let areNames = isHeader && Set(names).count == names.count && !names.contains("") && !names.contains(TextExample.fileColumn)
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
