/// How the value of a column is made: text with fields in braces, `{{` being a brace.
struct ValueTemplate: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case literal(String)
        case field(Field)
    }
    var pieces: [Piece]

    init(_ pieces: [Piece]) { self.pieces = pieces }
    init(_ field: Field) { pieces = [.field(field)] }

    init(parsing text: String) throws(TemplateProblem) {
        pieces = []
        var literal = ""
        var rest = Substring(text)
        while let first = rest.first {
            rest = rest.dropFirst()
            if first == "{", rest.first != "{" {
                guard let close = rest.firstIndex(of: "}") else { throw TemplateProblem(reason: .unclosedBrace) }
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = ""
                pieces.append(.field(try Field(String(rest[..<close]))))
                rest = rest[rest.index(after: close)...]
            } else {
                if first == "{" { rest = rest.dropFirst() }
                literal.append(first)
            }
        }
        if !literal.isEmpty || pieces.isEmpty { pieces.append(.literal(literal)) }
        guard pieces.count > 1 else { return }
        for case .field(let field) in pieces {
            switch field {
            case .number, .row, .null: throw TemplateProblem(reason: .mustStandAlone(field.text))
            default: break
            }
        }
    }

    var text: String {
        pieces.map { piece in
            switch piece {
            case .literal(let text): text.replacing("{", with: "{{")
            case .field(let field): "{" + field.text + "}"
            }
        }.joined()
    }

    var fields: [Field] {
        pieces.compactMap { if case .field(let field) = $0 { field } else { nil } }
    }

    /// The only field, where there is nothing else.
    var single: Field? {
        guard pieces.count == 1, case .field(let field) = pieces[0] else { return nil }
        return field
    }

    var isConstant: Bool { fields.isEmpty }
    var hasMadePart: Bool { fields.contains { if case .made = $0 { true } else { false } } }

    /// Nil where the fact lacks something.
    func render(_ fact: Fact) -> String? {
        if let single { return single.render(fact) }
        var result = ""
        for piece in pieces {
            switch piece {
            case .literal(let text): result += text
            case .field(let field):
                guard let text = field.render(fact) else { return nil }
                result += text
            }
        }
        return result
    }

    /// Whether a value is what the template makes: made parts need only have the right length.
    func explains(_ value: String, _ fact: Fact, isNumeric: Bool) -> Bool {
        guard hasMadePart else {
            return render(fact).map { $0 == value || isNumeric && ValueTemplate.areEqualNumbers($0, value) } ?? false
        }
        var rest = Substring(value)
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .field(.made(_, let length)):
                guard rest.count >= length else { return false }
                rest = rest.dropFirst(length)
            default:
                guard let part = ValueTemplate([pieces[index]]).render(fact), rest.hasPrefix(part) else { return false }
                rest = rest.dropFirst(part.count)
            }
        }
        return rest.isEmpty
    }

    /// 1741597200.0 is 1741597200, 2.50 is 2.5.
    static func areEqualNumbers(_ left: String, _ right: String) -> Bool {
        guard let a = Double(left), let b = Double(right), a.isFinite, b.isFinite else { return false }
        // Microseconds of an epoch are at the end of what a double holds.
        return abs(a - b) <= max(5e-7, abs(a) * 2e-16)
    }
}
