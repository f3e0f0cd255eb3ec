/// What of a text or binary file no row accounts for: it is copied as it is, or not written at all.
struct TextRemainder: Equatable, Sendable {
    /// Rows or lines of other forms.
    var rows = 0
    /// Some of them, and numbers that stand once for all rows.
    var seen: [String] = []

    var isEmpty: Bool { rows == 0 && seen.isEmpty }

    mutating func add(_ other: TextRemainder) {
        rows += other.rows
        seen = Array((seen + other.seen).prefix(8))
    }

    /// What stands around rows: a whole number that is their number is written anew.
    static func template(_ text: String, count: Int) -> ValueTemplate {
        var pieces: [ValueTemplate.Piece] = []
        var literal = ""
        for part in parts(text) {
            if part.isWhole, Int(part.text) == count, part.text.utf8.first != 0x30 {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                pieces.append(.field(.plain(.count)))
                literal = ""
            } else {
                literal += part.text
            }
        }
        if !literal.isEmpty || pieces.isEmpty { pieces.append(.literal(literal)) }
        return ValueTemplate(pieces)
    }

    /// Numbers that may be stale in another file: totals, times, last ids. Versions are shorter.
    static func numbers(in templates: ValueTemplate...) -> [String] {
        templates.flatMap(\.pieces).flatMap { piece -> [String] in
            guard case .literal(let text) = piece else { return [] }
            return parts(text).filter { $0.isNumber && $0.text.utf8.count >= 4 }.map { String($0.text.prefix(40)) }
        }
    }

    private struct Part {
        var text: String
        var isNumber = false
        /// A value by itself, not a part of a date or a name.
        var isWhole = false
    }

    /// Runs of digits, and what stands between them.
    private static func parts(_ text: String) -> [Part] {
        var parts: [Part] = []
        let bytes = Array(text.utf8)
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        func endsValue(_ byte: UInt8) -> Bool { byte <= 0x20 || "\"',<>()[]{}=;".utf8.contains(byte) }
        var position = 0
        while position < bytes.count {
            let isNumber = isDigit(bytes[position])
            let end = bytes[position...].firstIndex { isDigit($0) != isNumber } ?? bytes.count
            var part = Part(text: String(decoding: bytes[position..<end], as: UTF8.self), isNumber: isNumber)
            if isNumber {
                let before = position > 0 ? bytes[position - 1] : 0x20
                // `"count":60`, but not `10:60`.
                let isMember = before == UInt8(ascii: ":") && position > 1 && !isDigit(bytes[position - 2])
                part.isWhole = (endsValue(before) || isMember) && (end == bytes.count || endsValue(bytes[end]))
            }
            parts.append(part)
            position = end
        }
        return parts
    }
}

/// Why a text whose rows can be read could not be written again.
public enum TextRefusal: Error, Sendable, Equatable {
    /// Its rows stand in several lists.
    case severalLists
    /// It is not in UTF-8.
    case otherEncoding
    /// What stands around the rows is another text in each file.
    case differentFrames
}
