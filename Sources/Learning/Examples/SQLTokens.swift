/// A word, a literal or a sign of an SQL text.
struct SQLToken: Equatable {
    enum Kind {
        case word, quotedName, string, number, sign
    }
    var kind: Kind
    var text: String

    func `is`(_ keyword: String) -> Bool { kind == .word && text.uppercased() == keyword }
    func isSign(_ sign: String) -> Bool { kind == .sign && text == sign }
    var isName: Bool { kind == .word || kind == .quotedName }
}

/// Takes SQL apart, as MySQL, PostgreSQL and SQLite write it in dumps.
struct SQLTokens {
    let stream: ByteStream
    let dialect: SQLDialect
    /// A value longer than this explains nothing; the rest of it is dropped.
    private static let longestValue = 64 << 10

    /// Blanks and comments. What MySQL hides in `/*!40103 … */` is text as any other.
    func skipBlanks() {
        while let byte = stream.next {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: stream.skip()
            case UInt8(ascii: "-") where stream.starts(with: "--"): skipLine()
            case UInt8(ascii: "#") where dialect == .mysql: skipLine()
            case UInt8(ascii: "/") where stream.starts(with: "/*!") || stream.starts(with: "/*M!"):
                while let byte = stream.take(), byte != UInt8(ascii: "!") {}
                while let byte = stream.next, byte >= 0x30, byte <= 0x39 { stream.skip() }
            case UInt8(ascii: "*") where stream.starts(with: "*/"):
                stream.skip()
                stream.skip()
            case UInt8(ascii: "/") where stream.starts(with: "/*"):
                var last: UInt8 = 0
                while let byte = stream.take() {
                    if last == UInt8(ascii: "*"), byte == UInt8(ascii: "/") { break }
                    last = byte
                }
            default: return
            }
        }
    }

    func skipLine() {
        while let byte = stream.take(), byte != 0x0A {}
    }

    func next() -> SQLToken? {
        skipBlanks()
        guard let byte = stream.next else { return nil }
        switch byte {
        case UInt8(ascii: "'"): return string(escapes: dialect == .mysql).map { SQLToken(kind: .string, text: $0) }
        case UInt8(ascii: "`"), UInt8(ascii: "\""):
            // In MySQL a double quote may hold a string; dumps never write it so.
            return quoted(byte, escapes: false).map { SQLToken(kind: .quotedName, text: $0) }
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return SQLToken(kind: .number, text: word())
        case UInt8(ascii: "$"):
            skipDollarText()
            return SQLToken(kind: .string, text: "")
        case _ where Self.isWord(byte):
            let text = word()
            if stream.next == UInt8(ascii: "'") {
                switch text.uppercased() {
                case "E": return string(escapes: true).map { SQLToken(kind: .string, text: $0) }
                case "X", "B", "N", "_BINARY", "_UTF8MB4", "_UTF8", "_UTF8MB3":
                    return string(escapes: dialect == .mysql).map { SQLToken(kind: .string, text: $0) }
                default: break
                }
            }
            return SQLToken(kind: .word, text: text)
        default:
            stream.skip()
            return SQLToken(kind: .sign, text: String(UnicodeScalar(byte)))
        }
    }

    /// A value of a row as the text it stands for; `.some(nil)` is NULL; nil where the text ends first.
    func value() -> String?? {
        skipBlanks()
        guard let byte = stream.next else { return nil }
        if byte == UInt8(ascii: "'") {
            guard let text = string(escapes: dialect == .mysql) else { return nil }
            guard skipCast() else { return nil }
            return .some(text)
        }
        // Numbers, NULL, TRUE, and whatever a function call may be: up to the comma.
        var text: [UInt8] = []
        var depth = 0
        while let byte = stream.next {
            if depth == 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: ")") { break }
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                guard let part = quoted(byte, escapes: dialect == .mysql || text == [UInt8(ascii: "E")]) else { return nil }
                // `_binary 'x'`, `E'x'`: the value is what stands in quotes.
                if depth == 0 {
                    guard skipCast() else { return nil }
                    return .some(part)
                }
                text += part.utf8
                continue
            }
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            stream.skip()
            if text.count < Self.longestValue { text.append(byte) }
        }
        guard stream.next != nil else { return nil }
        while let last = text.last, last == 0x20 || last == 0x0A || last == 0x0D || last == 0x09 { text.removeLast() }
        let word = String(decoding: text, as: UTF8.self)
        if text.count <= 5 {
            switch word.uppercased() {
            case "NULL": return .some(nil)
            case "TRUE": return dialect == .postgresql ? "t" : "1"
            case "FALSE": return dialect == .postgresql ? "f" : "0"
            default: break
            }
        }
        return .some(word)
    }

    /// Up to the comma or the bracket behind a string: `::timestamp with time zone`.
    private func skipCast() -> Bool {
        while let byte = stream.next {
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: ")") { return true }
            stream.skip()
        }
        return false
    }

    private func string(escapes: Bool) -> String? { quoted(UInt8(ascii: "'"), escapes: escapes) }

    /// The opening quote comes next. Nil where the text ends within.
    private func quoted(_ quote: UInt8, escapes: Bool) -> String? {
        stream.skip()
        var bytes: [UInt8] = []
        let backslash = escapes ? UInt8(ascii: "\\") : quote
        while true {
            stream.take(until: quote, or: backslash, &bytes, limit: Self.longestValue)
            guard let byte = stream.take() else { return nil }
            if byte == quote {
                guard stream.next == quote else { return String(decoding: bytes, as: UTF8.self) }
                stream.skip()
                bytes.append(quote)
            } else {
                guard let escaped = stream.take() else { return nil }
                bytes.append(Self.meaning(ofEscaped: escaped))
            }
        }
    }

    /// MySQL 8.0 reference §9.1.1, PostgreSQL 15 §4.1.2.2 and COPY; of other letters, the letter.
    static func meaning(ofEscaped byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "v"): 0x0B
        case UInt8(ascii: "Z"): 0x1A
        case UInt8(ascii: "0"): 0x00
        default: byte
        }
    }

    private func word() -> String {
        var bytes: [UInt8] = []
        while let byte = stream.next,
            Self.isWord(byte) || byte == UInt8(ascii: ".") && bytes.first.map({ $0 >= 0x30 && $0 <= 0x39 }) == true
        {
            stream.skip()
            if bytes.count < 1024 { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `$$ … $$` and `$tag$ … $tag$`: bodies of functions.
    private func skipDollarText() {
        var tag: [UInt8] = [stream.take() ?? 0]
        while let byte = stream.next, byte != UInt8(ascii: "$"), Self.isWord(byte), tag.count < 64 {
            stream.skip()
            tag.append(byte)
        }
        guard stream.next == UInt8(ascii: "$") else { return }
        stream.skip()
        tag.append(UInt8(ascii: "$"))
        var last: [UInt8] = []
        while let byte = stream.take() {
            if last.count == tag.count { last.removeFirst() }
            last.append(byte)
            if last == tag { return }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}
