import Recordings

/// How rows are written that are objects of a JSON text or elements of an XML text: what stands around their values.
struct MarkupForm: Equatable, Sendable {
    struct Slot: Equatable, Sendable {
        var name: String
        /// A text of JSON; numbers, true, false and null stand without quotes.
        var isQuoted: Bool
    }
    var syntax: MarkupScan.Syntax
    /// Before the first row and behind the last: made of all the rows between, `{count}` being their number.
    var header: ValueTemplate
    var footer: ValueTemplate
    /// Between two rows.
    var separator: String
    /// What stands before each value of a row, and behind the last.
    var pieces: [String]
    var slots: [Slot]

    private static let verbatim = "<![CDATA["

    /// A row with these values, one for each slot; nil where one cannot stand in its place.
    func row(_ cells: [String?]) -> String? {
        var text = ""
        for (index, slot) in slots.enumerated() {
            guard index < cells.count, index < pieces.count else { return nil }
            text += pieces[index]
            switch syntax {
            case .json:
                if let value = cells[index], slot.isQuoted {
                    text += JSON.string(value).line
                } else {
                    let value = cells[index] ?? "null"
                    guard ["true", "false", "null"].contains(value) || Double(value) != nil else { return nil }
                    text += value
                }
            case .xml where pieces[index].hasSuffix(Self.verbatim):
                let value = cells[index] ?? ""
                guard !value.contains("]]>") else { return nil }
                text += value
            case .xml: text += XMLText.escaped(cells[index] ?? "")
            }
        }
        return text + (pieces.last ?? "")
    }
}

/// Text as it stands between tags and in attributes (XML 1.0 §4.6).
enum XMLText {
    private static let entities: [(name: String, text: String)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"),
    ]

    static func escaped(_ text: String) -> String {
        entities.reduce(text) { $0.replacing($1.text, with: "&\($1.name);") }
    }

    /// Entities that only the document declares stay as they are.
    static func plain(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var result = ""
        var rest = Substring(text)
        while let start = rest.utf8.firstIndex(of: UInt8(ascii: "&")) {
            result += rest[..<start]
            rest = rest[start...]
            // The longest is that of the last character, `&#x10FFFF;`, with zeroes before it.
            if let end = rest.utf8.prefix(32).firstIndex(of: UInt8(ascii: ";")),
                let meaning = meaning(rest[rest.index(after: rest.startIndex)..<end])
            {
                result += meaning
                rest = rest[rest.utf8.index(after: end)...]
            } else {
                result += "&"
                rest = Substring(rest.utf8.dropFirst())
            }
        }
        return result + rest
    }

    private static func meaning(_ name: Substring) -> String? {
        guard name.utf8.first == UInt8(ascii: "#") else { return entities.first { $0.name == name }?.text }
        let digits = name.dropFirst()
        let code = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }
}
