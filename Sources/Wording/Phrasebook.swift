/// English phrases of other hands, with their French: what a library notes, what the parser of the command line says.
///
/// In a pattern, `#` is a number and `*` is anything.
struct Phrasebook: Sendable {
    private let entries: [(english: String, french: String)]

    init(_ entries: [(english: String, french: String)]) {
        self.entries = entries
    }

    /// Nil for what no pattern fits.
    func french(_ phrase: String) -> String? {
        for (pattern, french) in entries {
            guard let found = Self.match(phrase[...], pattern[...]) else { continue }
            var values = found[...]
            return french.reduce(into: "") { text, sign in
                guard sign == "#" || sign == "*" else { return text.append(sign) }
                let value = values.popFirst() ?? ""
                text += sign == "#" ? number(value) : value
            }
        }
        return nil
    }

    private func number(_ digits: String) -> String {
        let whole = digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits
        return Int(whole).map(Language.fr.count) ?? digits.replacing(".", with: ",")
    }

    /// What the pattern's signs stand for; nil where it does not fit.
    private static func match(_ text: Substring, _ pattern: Substring) -> [String]? {
        guard let sign = pattern.first else { return text.isEmpty ? [] : nil }
        let rest = pattern.dropFirst()
        switch sign {
        case "#":
            let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "-" || $0 == ".") }
            guard !digits.isEmpty else { return nil }
            return match(text.dropFirst(digits.count), rest).map { [String(digits)] + $0 }
        case "*":
            guard let next = rest.first else { return [String(text)] }
            guard let end = text.firstIndex(of: next) else { return nil }
            return match(text[end...], rest).map { [String(text[..<end])] + $0 }
        default: return text.first == sign ? match(text.dropFirst(), rest) : nil
        }
    }
}
