import Recordings

/// Rows that are objects of a JSON text or elements of an XML text, and what stands around their values.
struct MarkupForm: Equatable, Sendable {
    struct Slot: Equatable, Sendable {
        var name: String
        /// A text of JSON; numbers, true, false and null stand without quotes.
        var isQuoted: Bool
    }
    var syntax: MarkupScan.Syntax
    /// Before the first row, between two, behind the last.
    var header: String
    var separator: String
    var footer: String
    /// What stands before each value of a row, and behind the last.
    var pieces: [String]
    var slots: [Slot]
    /// The objects or elements that are rows.
    private var path: String

    init(
        syntax: MarkupScan.Syntax, header: String, separator: String, footer: String, pieces: [String], slots: [Slot]
    ) {
        (self.syntax, self.header, self.separator, self.footer) = (syntax, header, separator, footer)
        (self.pieces, self.slots, path) = (pieces, slots, "")
    }

    /// Nil where nothing repeats.
    init?(_ bytes: [UInt8]) {
        guard let scan = MarkupScan(bytes) else { return nil }
        var counts = [Int](repeating: 0, count: scan.paths.count)
        for node in scan.nodes { counts[Int(node.path)] += 1 }
        // Of what stands once in each row the row itself has the shortest path.
        guard let most = counts.max(), most >= 3,
            let rows = counts.indices.filter({ counts[$0] == most }).min(by: { scan.paths[$0].utf8.count < scan.paths[$1].utf8.count })
        else { return nil }
        path = scan.paths[rows]
        syntax = scan.syntax
        var shapes: [[String]: (count: Int, slots: [Slot])] = [:]
        var ends: [Range<Int>] = []
        var last = 0
        Self.forEachRecord(scan, path) { record in
            last = record.range.upperBound
            guard ends.count < 400 else { return }
            ends.append(record.range)
            shapes[Self.pieces(record, bytes), default: (0, record.slots.map { Slot(name: $0.name, isQuoted: $0.isQuoted) })].count += 1
        }
        guard ends.count > 1, let shape = shapes.max(by: { ($0.value.count, $1.key.count) < ($1.value.count, $0.key.count) }) else {
            return nil
        }
        pieces = shape.key
        slots = shape.value.slots
        header = String(decoding: bytes[..<ends[0].lowerBound], as: UTF8.self)
        footer = String(decoding: bytes[last...], as: UTF8.self)
        separator = String(decoding: bytes[ends[0].upperBound..<ends[1].lowerBound], as: UTF8.self)
        if slots.isEmpty { return nil }
    }

    private typealias Record = (range: Range<Int>, slots: [(name: String, range: Range<Int>, isQuoted: Bool)])

    /// Each row with its values, in the order of the text.
    private static func forEachRecord(_ scan: MarkupScan, _ path: String, _ body: (Record) throws -> Void) rethrows {
        let names = scan.paths.map { full -> String? in
            guard full.hasPrefix(path) else { return nil }
            let name = String(full.dropFirst(path.count).drop { $0 == "." || $0 == "/" })
            // The first column is the file's name.
            return name.isEmpty ? "text" : name == TextForm.fileColumn ? "./" + name : name
        }
        var next = 0
        for node in scan.nodes where scan.paths[Int(node.path)] == path {
            while next < scan.slots.count, scan.slots[next].range.lowerBound < node.range.lowerBound { next += 1 }
            var record: Record = (node.range, [])
            while next < scan.slots.count, scan.slots[next].range.lowerBound < node.range.upperBound {
                let slot = scan.slots[next]
                next += 1
                guard var name = names[Int(slot.path)] else { continue }
                let count = record.slots.count { $0.name == name || $0.name.hasPrefix(name + "#") }
                if count > 0 { name += "#\(count + 1)" }
                record.slots.append((name, slot.range, slot.isQuoted))
                // A row of thousands of values is none.
                guard record.slots.count <= mostSlots else { return }
            }
            try body(record)
        }
    }

    private static let mostSlots = 512

    private static func pieces(_ record: Record, _ bytes: [UInt8]) -> [String] {
        var pieces: [String] = []
        var position = record.range.lowerBound
        for slot in record.slots {
            // Quotes belong to the value: they come and go with it.
            let quote = slot.isQuoted ? 1 : 0
            pieces.append(String(decoding: bytes[position..<(slot.range.lowerBound - quote)], as: UTF8.self))
            position = slot.range.upperBound + quote
        }
        return pieces + [String(decoding: bytes[position..<record.range.upperBound], as: UTF8.self)]
    }

    /// Each row of a text of this form: the values of its slots by name, nil where one is missing or null.
    func rows(_ bytes: [UInt8], _ body: (ExampleRow) throws -> Void) rethrows {
        guard let scan = MarkupScan(bytes), scan.syntax == syntax else { return }
        try Self.forEachRecord(scan, path) { record in
            var values: [String: String] = [:]
            for slot in record.slots { values[slot.name] = value(bytes[slot.range], isQuoted: slot.isQuoted) }
            try body(slots.map { values[$0.name] })
        }
    }

    private func value(_ bytes: ArraySlice<UInt8>, isQuoted: Bool) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        switch syntax {
        case .json:
            guard isQuoted else { return text == "null" ? nil : text }
            guard text.contains("\\"), let value = try? LinedJSON.parse(Array("\"\(text)\"".utf8)), case .string(let plain) = value.value
            else { return text }
            return plain
        case .xml: return text.contains("&") ? Self.plain(text) : text
        }
    }

    private static let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]

    private static func plain(_ text: String) -> String {
        var result = text
        while let start = result.firstRange(of: "&#") {
            guard let end = result[start.upperBound...].firstIndex(of: ";") else { break }
            let digits = result[start.upperBound..<end]
            let code = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            guard let scalar = code.flatMap(Unicode.Scalar.init) else { break }
            result.replaceSubrange(start.lowerBound...end, with: scalar == "&" ? "&amp;" : String(Character(scalar)))
        }
        // `&amp;` last, or `&amp;lt;` would become `<`.
        return entities.reduce(result) { $0.replacing($1.0, with: $1.1) }
    }

    /// A row with these values, one for each slot; nil where one cannot stand in its place.
    func row(_ cells: [String]) -> String? {
        var text = ""
        for (index, slot) in slots.enumerated() {
            guard index < cells.count, index < pieces.count else { return nil }
            text += pieces[index]
            switch syntax {
            case .json where slot.isQuoted: text += JSON.string(cells[index]).line
            case .json:
                let value = cells[index].isEmpty ? "null" : cells[index]
                guard ["true", "false", "null"].contains(value) || Double(value) != nil else { return nil }
                text += value
            case .xml: text += Self.entities.reversed().reduce(cells[index]) { $0.replacing($1.1, with: $1.0) }
            }
        }
        return text + (pieces.last ?? "")
    }
}
