/// A JSON value that knows on which line it stands, so that a mistake in an edited file can be shown.
struct LinedJSON {
    indirect enum Value {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case array([LinedJSON])
        case object([(key: String, value: LinedJSON)])
    }
    var value: Value
    var line: Int

    struct Problem: Error {
        var line: Int
        var problem: ProfileProblem
    }

    /// RFC 8259. Deeper than 32 levels is no profile.
    static func parse(_ bytes: [UInt8]) throws(Problem) -> LinedJSON {
        var parser = Parser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.position == bytes.count else { throw parser.problem("nothing more") }
        return value
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0
        var line = 1

        func problem(_ expected: String) -> Problem { Problem(line: line, problem: .notJSON(expected)) }

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func skipBlanks() {
            while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
                if byte == 0x0A { line += 1 }
                position += 1
            }
        }

        mutating func expect(_ text: StaticString) throws(Problem) {
            for byte in text.description.utf8 {
                guard next == byte else { throw problem(text.description) }
                position += 1
            }
        }

        mutating func value(depth: Int) throws(Problem) -> LinedJSON {
            guard depth < 32 else { throw problem("fewer brackets") }
            skipBlanks()
            let start = line
            switch next {
            case UInt8(ascii: "{"):
                var members: [(key: String, value: LinedJSON)] = []
                position += 1
                skipBlanks()
                while next != UInt8(ascii: "}") {
                    if !members.isEmpty {
                        try expect(",")
                        skipBlanks()
                    }
                    let key = try string()
                    skipBlanks()
                    try expect(":")
                    members.append((key, try value(depth: depth + 1)))
                    skipBlanks()
                }
                position += 1
                return LinedJSON(value: .object(members), line: start)
            case UInt8(ascii: "["):
                var items: [LinedJSON] = []
                position += 1
                skipBlanks()
                while next != UInt8(ascii: "]") {
                    if !items.isEmpty { try expect(",") }
                    items.append(try value(depth: depth + 1))
                    skipBlanks()
                }
                position += 1
                return LinedJSON(value: .array(items), line: start)
            case UInt8(ascii: "\""): return LinedJSON(value: .string(try string()), line: start)
            case UInt8(ascii: "t"):
                try expect("true")
                return LinedJSON(value: .bool(true), line: start)
            case UInt8(ascii: "f"):
                try expect("false")
                return LinedJSON(value: .bool(false), line: start)
            case UInt8(ascii: "n"):
                try expect("null")
                return LinedJSON(value: .null, line: start)
            default:
                let first = position
                while let byte = next, byte >= 0x30 && byte <= 0x39 || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte) { position += 1 }
                let text = String(decoding: bytes[first..<position], as: UTF8.self)
                guard Double(text) != nil else { throw problem("a value") }
                return LinedJSON(value: .number(text), line: start)
            }
        }

        mutating func string() throws(Problem) -> String {
            try expect("\"")
            var result: [UInt8] = []
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
                case 0..<0x20: throw problem("\"")
                case UInt8(ascii: "\\"):
                    guard let escaped = next else { throw problem("\"") }
                    position += 1
                    switch escaped {
                    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escaped)
                    case UInt8(ascii: "b"): result.append(0x08)
                    case UInt8(ascii: "f"): result.append(0x0C)
                    case UInt8(ascii: "n"): result.append(0x0A)
                    case UInt8(ascii: "r"): result.append(0x0D)
                    case UInt8(ascii: "t"): result.append(0x09)
                    case UInt8(ascii: "u"): result += String(try unicode()).utf8
                    default: throw problem("\\n")
                    }
                default: result.append(byte)
                }
            }
            throw problem("\"")
        }

        private mutating func unicode() throws(Problem) -> Unicode.Scalar {
            let first = try hexadecimal()
            guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
            try expect("\\u")
            let second = try hexadecimal()
            guard (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
            return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
        }

        private mutating func hexadecimal() throws(Problem) -> UInt32 {
            guard position + 4 <= bytes.count,
                let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
            else { throw problem("\\u0000") }
            position += 4
            return value
        }
    }
}

extension LinedJSON {
    private func wrong(_ key: String, _ expected: String) -> Problem {
        Problem(line: line, problem: .wrongType(key: key, expected: expected))
    }

    subscript(_ key: String) -> LinedJSON? {
        guard case .object(let members) = value, let found = members.last(where: { $0.key == key })?.value else { return nil }
        if case .null = found.value { return nil }
        return found
    }

    func required(_ key: String) throws(Problem) -> LinedJSON {
        guard let found = self[key] else { throw Problem(line: line, problem: .missing(key)) }
        return found
    }

    func string(_ key: String) throws(Problem) -> String {
        guard case .string(let text) = value else { throw wrong(key, "\"…\"") }
        return text
    }

    func bool(_ key: String) throws(Problem) -> Bool {
        guard case .bool(let flag) = value else { throw wrong(key, "true, false") }
        return flag
    }

    func integer(_ key: String) throws(Problem) -> Int {
        guard case .number(let text) = value, let number = Int(text), number >= 0 else { throw wrong(key, "0, 1, 2 …") }
        return number
    }

    func items(_ key: String) throws(Problem) -> [LinedJSON] {
        guard case .array(let items) = value else { throw wrong(key, "[…]") }
        return items
    }

    func strings(_ key: String) throws(Problem) -> [String] {
        var result: [String] = []
        for item in try items(key) { result.append(try item.string(key)) }
        return result
    }

    func word<T: RawRepresentable & CaseIterable>(_ key: String, _: T.Type) throws(Problem) -> T where T.RawValue == String {
        let text = try string(key)
        guard let word = T(rawValue: text) else {
            throw Problem(line: line, problem: .unknownWord(key: key, word: text, known: T.allCases.map(\.rawValue)))
        }
        return word
    }
}
