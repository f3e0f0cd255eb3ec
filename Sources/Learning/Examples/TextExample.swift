import LinuxSystem

/// Text files of rows, lying in a tree: `2026-03-28/index.txt`, `events.csv`, `clips.json`, `list.xml`. Files whose names differ only in digits
/// are one table; its first column is the name of the file, so that it can be explained as any other value.
final class TextExample {
    private(set) var tables: [ExampleTable] = []
    private var groups: [(form: TextForm, files: [String])] = []
    private let root: String

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
            table.columns = ([TextForm.fileColumn] + form.names).map { ExampleColumn(name: $0) }
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
