import Layouts

/// Finds our values within a text: `/srv/rec/` + `{path}`, `Event-` + `{digits|1}`.
struct CompositeText {
    private let parts: [(text: [UInt8], field: Field)]

    private static let datePatterns = ["yyyy-MM-dd", "yyyyMMdd", "yyyy/MM/dd", "dd/MM/yyyy", "dd.MM.yyyy", "yyyy"].compactMap(
        TimePattern.init)
    private static let timePatterns = ["HH:mm:ss", "HH-mm-ss", "HH.mm.ss", "HH_mm_ss", "HHmmss", "HH:mm", "HH"].compactMap {
        TimePattern($0)
    }

    init(fact: Fact, zones: [ZoneRules]) {
        var fields: [Field] = []
        for backslash in [false, true] {
            for drop in 0...4 { fields += [.path, .pathstem, .folder].map { .path($0, drop: drop, backslash: backslash) } }
        }
        fields += [.name, .stem].map { .path($0, drop: 0, backslash: false) }
        fields.append(.plain(.camera))
        for zone in zones {
            for instant in [Field.Instant.start, .end] {
                for pattern in Self.datePatterns + Self.timePatterns {
                    fields.append(.time(instant, shift: 0, .pattern(pattern, .down), zone))
                }
            }
        }
        for instant in [Field.Instant.start, .end] {
            for (unit, decimals) in [("us", 0), ("ms", 0), ("s", 6), ("s", 3), ("s", 1), ("s", 0)] {
                fields.append(.time(instant, shift: 0, .number(Measure(unit: unit, decimals: decimals)), .utc))
            }
        }
        fields.append(.size(Measure(unit: "B")))
        fields.append(.duration(.number(Measure(unit: "s"))))
        fields += [.plain(.stream), .plain(.kind), .plain(.codec), .plain(.container), .plain(.width), .plain(.height)]
        for index in 1...6 { fields.append(.part(index)) }
        for index in 1...8 { fields.append(.digits(index)) }
        fields.append(.path(.ext, drop: 0, backslash: false))
        parts = fields.compactMap { field in
            field.render(fact).flatMap { $0.isEmpty ? nil : (Array($0.utf8), field) }
        }
    }

    /// The longest of ours wherever one begins; what is none stays as it is.
    func template(_ value: String) -> ValueTemplate {
        let bytes = Array(value.utf8)
        var pieces: [ValueTemplate.Piece] = []
        var literal: [UInt8] = []
        var position = 0
        while position < bytes.count {
            var best: (text: [UInt8], field: Field)?
            for part in parts where part.text.count > best?.text.count ?? 0 && bytes[position...].starts(with: part.text) {
                if isWhole(bytes, position, part.text) { best = part }
            }
            if let best {
                if !literal.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
                literal = []
                pieces.append(.field(best.field))
                position += best.text.count
            } else {
                literal.append(bytes[position])
                position += 1
            }
        }
        if !literal.isEmpty || pieces.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
        return ValueTemplate(pieces)
    }

    /// Short texts count only where they are a whole word or a whole number.
    private func isWhole(_ bytes: [UInt8], _ start: Int, _ text: [UInt8]) -> Bool {
        let end = start + text.count
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }
        if let first = text.first, start > 0 {
            if isDigit(first), isDigit(bytes[start - 1]), text.count < 12 { return false }
            if isLetter(first), isLetter(bytes[start - 1]) { return false }
        }
        if let last = text.last, end < bytes.count {
            if isDigit(last), isDigit(bytes[end]), text.count < 12 { return false }
            if isLetter(last), isLetter(bytes[end]) { return false }
        }
        return true
    }
}

/// Unique texts that carry nothing: `1741597200.0-x7k2p9`.
enum MadeText {
    static func variants(of template: ValueTemplate, _ value: String) -> [ValueTemplate] {
        let hexadecimal = value.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
        if hexadecimal == [8, 4, 4, 4, 12] { return [ValueTemplate(.made("uuid", 36))] }
        guard case .literal(let literal)? = template.pieces.last ?? nil else {
            // All of it may look like something of ours by accident.
            return template.pieces.count == 1 ? whole(value) : []
        }
        let tail = literal.reversed().prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard tail.count >= 4 else { return [] }
        let text = String(tail.reversed())
        let head = String(literal.dropLast(text.count))
        let start = Array(template.pieces.dropLast()) + (head.isEmpty ? [] : [.literal(head)])
        return alphabets(text).map { ValueTemplate(start + [.field(.made($0, text.utf8.count))]) } + (start.isEmpty ? [] : whole(value))
    }

    private static func whole(_ value: String) -> [ValueTemplate] {
        alphabets(value).map { ValueTemplate(.made($0, value.utf8.count)) }
    }

    private static func alphabets(_ text: String) -> [String] {
        guard text.utf8.count >= 4, text.utf8.count <= 255 else { return [] }
        return Field.alphabets.filter { alphabet in text.allSatisfy(alphabet.letters.contains) }.prefix(1).map(\.name)
    }
}
