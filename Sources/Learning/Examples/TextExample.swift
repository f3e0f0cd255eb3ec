import LinuxSystem

/// Text files of rows, lying in a tree: `2026-03-28/index.txt`, `events.csv`, `clips.json`, `list.xml`. Files whose names differ only in digits
/// are one table; its first column is the name of the file, so that it can be explained as any other value.
final class TextExample {
    private(set) var tables: [ExampleTable] = []
    private var groups: [(rows: Rows, files: [String])] = []
    /// By table: what its form leaves out.
    private(set) var remainders: [TextRemainder] = []
    /// Why a file is no table here, though it has rows.
    private var refusal: TextRefusal?
    /// A file ended before its end.
    private(set) var isCut = false
    private let root: String

    private enum Rows {
        case lines(LineForm)
        case markup(MarkupExample)

        var form: TextForm {
            switch self {
            case .lines(let form): .lines(form)
            case .markup(let example): .markup(example.form)
            }
        }
    }

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
            guard !heads.isEmpty, let rows = try rows(heads, files.lazy.map { [root] in root + "/" + $0 }) else { continue }
            var table = ExampleTable(name: shape)
            table.columns = ([TextForm.fileColumn] + rows.form.names).map { ExampleColumn(name: $0) }
            tables.append(table)
            groups.append((rows, files.sorted()))
        }
        if tables.isEmpty, let refusal { throw LearningError.textRefused(path: path, refusal) }
        if tables.isEmpty { return nil }
    }

    private func rows(_ heads: [[String]], _ files: some Sequence<String>) throws -> Rows? {
        if let first = heads.lazy.flatMap({ $0 }).first(where: { !$0.allSatisfy(\.isWhitespace) })?.first(where: { !$0.isWhitespace }),
            "{[<\u{FEFF}".contains(first)
        {
            do {
                let examples = try files.prefix(20).compactMap { file in
                    try MarkupExample { try ByteStream(OpenFile.forReading(path: file)) }
                }
                if let example = examples.first {
                    // What is said once of all the rows of a file, as its day, cannot be made for another file.
                    let isSame = examples.allSatisfy { $0.form.header == example.form.header && $0.form.footer == example.form.footer }
                    guard isSame else { throw TextRefusal.differentFrames }
                    return .markup(example)
                }
            } catch let reason as TextRefusal {
                refusal = refusal ?? reason
                return nil
            }
        }
        return LineForm(heads).map(Rows.lines)
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
        var bytes = try OpenFile.forReading(path: path).readAll(limit: 1)[...]
        // What was read ends anywhere: in a line, or in a character of one that is very long.
        if let end = bytes.lastIndex(of: 0x0A) {
            bytes = bytes[...end]
        } else {
            for _ in 0..<4 where String(validating: bytes, as: UTF8.self) == nil { bytes = bytes.dropLast() }
        }
        guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self),
            !text.utf8.contains(where: { $0 < 0x09 || $0 > 0x0D && $0 < 0x20 })
        else { return nil }
        return text.split(separator: "\n").prefix(400).map { $0.hasSuffix("\r") ? String($0.dropLast()) : String($0) }
    }

    var forms: [TextForm] { groups.map(\.rows.form) }

    func read(_ body: (Int, ExampleRow) throws -> Void) throws {
        remainders = []
        for (number, group) in groups.enumerated() {
            var remainder = TextRemainder()
            for file in group.files {
                let stream = try ByteStream(OpenFile.forReading(path: root + "/" + file))
                switch group.rows {
                case .lines(let form):
                    remainder.add(try form.rows(stream) { try body(number, [file] + $0) })
                    isCut = isCut || stream.failure != nil
                case .markup(let example):
                    let isWhole = try example.rows(stream) { try body(number, [file] + $0) }
                    isCut = isCut || !isWhole
                }
            }
            if case .markup(let example) = group.rows { remainder = example.remainder }
            remainders.append(remainder)
        }
    }
}
