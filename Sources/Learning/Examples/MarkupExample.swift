/// A JSON or XML text as rows: which of its objects or elements they are, and their form.
struct MarkupExample: Equatable {
    /// As `MarkupScan` names paths.
    let path: String
    let form: MarkupForm
    /// What the profile must say of what stands around the rows.
    private(set) var remainder = TextRemainder()

    private typealias Shape = (count: Int, slots: [MarkupForm.Slot], example: String)

    /// Rows beyond them are taken to be as these.
    private static let lookedAt = 400

    init?(_ bytes: [UInt8]) { try? self.init { ByteStream(bytes: bytes) } }

    /// Nil where nothing repeats. Throws `TextRefusal` where what stands between the rows is not always the same: rows of several
    /// lists could not be put back into theirs. Reads the text twice.
    init?(_ open: () throws -> ByteStream) throws {
        guard let survey = MarkupScan(try open(), rows: nil), try survey.run({ _ in }) else { return nil }
        // Of what stands once in each row the row itself has the shortest path.
        guard let most = survey.counts.max(), most >= ColumnInference.fewest,
            let rows = survey.counts.indices.filter({ survey.counts[$0] == most }).min(by: {
                survey.paths[$0].utf8.count < survey.paths[$1].utf8.count
            })
        else { return nil }
        path = survey.paths[rows]

        guard let scan = MarkupScan(try open(), rows: path) else { return nil }
        var shapes: [[String]: Shape] = [:]
        var header = ""
        var separator: [UInt8]?
        var count = 0
        var isRegular = true
        let isWhole = try scan.run { [path] start in
            count += 1
            let before = scan.text[..<start]
            if count == 1 {
                header = String(decoding: before, as: UTF8.self)
            } else if let separator {
                // Lines may be indented as they like.
                if !separator.elementsEqual(before), !separator.filter({ $0 > 0x20 }).elementsEqual(before.filter { $0 > 0x20 }) {
                    isRegular = false
                }
            } else {
                separator = Array(before)
            }
            guard count <= Self.lookedAt else { return }
            let slots = Self.slots(scan, path)
            let pieces = Self.pieces(scan, start)
            var shape = shapes[pieces] ?? (0, slots, String(decoding: scan.text[start...].prefix(80), as: UTF8.self))
            shape.count += 1
            for index in slots.indices where slots[index].isQuoted { shape.slots[index].isQuoted = true }
            shapes[pieces] = shape
        }
        guard isWhole, let separator,
            let (pieces, shape) = shapes.max(by: { ($0.value.count, $1.key.count) < ($1.value.count, $0.key.count) }),
            !shape.slots.isEmpty, Set(shape.slots.map(\.name)).count == shape.slots.count
        else { return nil }
        guard isRegular else { throw TextRefusal.severalLists }
        guard Self.isUnicode(header) else { throw TextRefusal.otherEncoding }
        form = MarkupForm(
            syntax: scan.syntax, header: TextRemainder.template(header, count: count),
            footer: TextRemainder.template(String(decoding: scan.text, as: UTF8.self), count: count),
            separator: String(decoding: separator, as: UTF8.self),
            pieces: pieces,
            slots: shape.slots)
        let names = Set(shape.slots.map(\.name))
        let others = shapes.filter { Set($0.value.slots.map(\.name)) != names }
        remainder.rows = others.reduce(0) { $0 + $1.value.count }
        remainder.seen = others.map(\.value.example).sorted().prefix(3) + TextRemainder.numbers(in: form.header, form.footer)
    }

    /// Hands out each row of a text of this form: the values of its slots, nil where one is missing or null. False where it broke off.
    func rows(_ stream: ByteStream, _ body: (ExampleRow) throws -> Void) throws -> Bool {
        guard let scan = MarkupScan(stream, rows: path), scan.syntax == form.syntax else { return false }
        let places = Dictionary(form.slots.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        // By path: the place of its first value in a row, -1 where it has none; and the row in which one was seen last.
        var known: [(place: Int, row: Int)] = []
        var count = 0
        return try scan.run { _ in
            var row = ExampleRow(repeating: nil, count: form.slots.count)
            while known.count < scan.paths.count {
                known.append((places[Self.name(scan, Int32(known.count), path)] ?? -1, 0))
            }
            count += 1
            for (index, slot) in scan.slots.enumerated() {
                var place = known[Int(slot.path)].place
                if known[Int(slot.path)].row == count { place = places[Self.names(scan, path)[index]] ?? -1 }
                known[Int(slot.path)].row = count
                if place >= 0 { row[place] = Self.value(scan, slot) }
            }
            try body(row)
        }
    }

    /// What another encoding declares could neither be read nor written.
    private static func isUnicode(_ header: String) -> Bool {
        guard let declared = header.lowercased().split(separator: "encoding=", maxSplits: 1).dropFirst().first else { return true }
        return declared.dropFirst().hasPrefix("utf-8") || declared.dropFirst().hasPrefix("us-ascii")
    }

    // MARK: one row

    /// The part of a value's path behind that of the row.
    private static func name(_ scan: MarkupScan, _ number: Int32, _ path: String) -> String {
        let tail = scan.paths[Int(number)].dropFirst(path.count).drop { $0 == "." || $0 == "/" }
        // The first column is the file's name.
        return tail.isEmpty ? "text" : tail == TextForm.fileColumn ? "./" + tail : String(tail)
    }

    /// Of all values of the row: numbered where one repeats.
    private static func names(_ scan: MarkupScan, _ path: String) -> [String] {
        var counts: [Int32: Int] = [:]
        return scan.slots.map { slot in
            let count = counts[slot.path, default: 0] + 1
            counts[slot.path] = count
            let name = name(scan, slot.path, path)
            return count > 1 ? name + "#\(count)" : name
        }
    }

    private static func slots(_ scan: MarkupScan, _ path: String) -> [MarkupForm.Slot] {
        zip(scan.slots, names(scan, path)).map { .init(name: $1, isQuoted: $0.form == .quoted) }
    }

    private static func pieces(_ scan: MarkupScan, _ start: Int) -> [String] {
        var pieces: [String] = []
        var position = start
        for slot in scan.slots {
            // Quotes belong to the value: they come and go with it.
            let quote = slot.form == .quoted ? 1 : 0
            pieces.append(String(decoding: scan.text[position..<(slot.range.lowerBound - quote)], as: UTF8.self))
            position = slot.range.upperBound + quote
        }
        return pieces + [String(decoding: scan.text[position...], as: UTF8.self)]
    }

    /// A longer value explains nothing; the rest of it is dropped.
    private static let longestValue = 64 << 10

    private static func value(_ scan: MarkupScan, _ slot: MarkupScan.Slot) -> String? {
        let bytes = scan.text[slot.range].prefix(longestValue)
        let text = String(decoding: bytes, as: UTF8.self)
        switch slot.form {
        case .verbatim: return text
        case .plain where scan.syntax == .json: return text == "null" ? nil : text
        case .plain: return XMLText.plain(text)
        case .quoted:
            guard bytes.contains(UInt8(ascii: "\\")), let value = try? LinedJSON.parse(Array("\"\(text)\"".utf8)),
                case .string(let plain) = value.value
            else { return text }
            return plain
        }
    }
}
