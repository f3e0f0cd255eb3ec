/// A JSON value that keeps the order of its keys: the contract promises which comes first.
public enum JSON: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public static func optional(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
    public static func optional(_ value: (some BinaryInteger)?) -> JSON { value.map { .integer(Int64(clamping: $0)) } ?? .null }
    /// Microseconds as the contract's seconds.
    public static func seconds(_ microseconds: Int64?) -> JSON { microseconds.map { .number(Double($0) / 1_000_000) } ?? .null }

    /// Indented by two blanks per level; one line per scalar, so that a person and `diff` can read it.
    public func text(indentation: Int = 0) -> String {
        var result = ""
        write(to: &result, indentation: indentation)
        return result
    }

    /// Depth is that of the program's own documents, hence recursion.
    public func write(to result: inout String, indentation: Int = 0) {
        let inner = String(repeating: "  ", count: indentation + 1)
        let outer = String(repeating: "  ", count: indentation)
        switch self {
        case .null: result += "null"
        case .bool(let value): result += value ? "true" : "false"
        case .integer(let value): result += String(value)
        case .number(let value): result += value.isFinite ? Self.plain(value) : "null"
        case .string(let value): Self.quote(value, into: &result)
        case .array(let values):
            if values.isEmpty { result += "[]"; return }
            result += "[\n"
            for (index, value) in values.enumerated() {
                result += inner
                value.write(to: &result, indentation: indentation + 1)
                result += index + 1 < values.count ? ",\n" : "\n"
            }
            result += outer + "]"
        case .object(let members):
            if members.isEmpty { result += "{}"; return }
            result += "{\n"
            for (index, member) in members.enumerated() {
                result += inner
                Self.quote(member.0, into: &result)
                result += ": "
                member.1.write(to: &result, indentation: indentation + 1)
                result += index + 1 < members.count ? ",\n" : "\n"
            }
            result += outer + "}"
        }
    }

    /// On one line, for files of a line per record.
    public var line: String {
        switch self {
        case .array(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { key, value in JSON.string(key).line + ":" + value.line }.joined(separator: ",") + "}"
        default: text()
        }
    }

    private static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func quote(_ text: String, into result: inout String) {
        let digits = Array("0123456789abcdef")
        result += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\u00"
                result.append(digits[Int(scalar.value >> 4)])
                result.append(digits[Int(scalar.value & 15)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        result += "\""
    }
}
