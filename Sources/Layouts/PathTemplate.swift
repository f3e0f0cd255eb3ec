/// What stands at one place of a path. The raw value is the name between the braces.
public enum TemplateField: String, Sendable, CaseIterable {
    case camera, stream, kind
    case year = "yyyy", shortYear = "yy", month = "MM", day = "dd", dayOfYear = "DDD"
    /// `Jan`, `janvier`, `SEPT.`: a month by its name, English or French.
    case monthName = "MMM"
    /// ISO 8601: the year that a week belongs to, the week 01 to 53, the day of the week from Monday = 1.
    case weekYear = "GGGG", week = "ww", weekday = "e"
    case hour = "HH", minute = "mm", second = "ss", milliseconds = "fff", microseconds = "ffffff"
    /// `AM` or `PM`, any case: the hour counts to twelve.
    case halfDay = "AMPM"
    case epochSeconds = "epoch", epochMilliseconds = "epoch_ms", epochMicroseconds = "epoch_us"
    case zone
    case duration, durationMilliseconds = "duration_ms"
    case sequence
    /// A run of digits that tells nothing.
    case number = "#"
    case fileExtension = "ext"
    /// One run of anything but `/`.
    case any = "*"
    /// Any depth of directories, none included.
    case anyDepth = "**"
}

public enum TemplatePart: Sendable, Hashable {
    case literal([UInt8])
    case field(TemplateField)
}

/// Where the camera and the time stand in a path: `{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}`.
///
/// - A field that comes twice must agree with itself, or the path does not match.
/// - `{camera}` in several whole directories (`{camera}/{camera}/…`) is one name of several parts, `site/gate`.
/// - `{MM}` `{dd}` `{HH}` `{mm}` `{ss}` `{DDD}` `{ww}` also take fewer digits where no other digit touches them (`2026/3/5`).
/// - Digits need no separator: `{yyyy}{MM}{dd}`.
public struct PathTemplate: Sendable, Hashable, CustomStringConvertible {
    public let parts: [TemplatePart]

    /// Adjacent literals are joined and wildcards that add nothing dropped, so that equal templates compare equal.
    public init(parts: [TemplatePart]) {
        var normal: [TemplatePart] = []
        for part in parts {
            switch (normal.last, part) {
            case (_, .literal(let bytes)) where bytes.isEmpty:
                continue
            case (.literal(let before)?, .literal(let bytes)):
                normal[normal.count - 1] = .literal(before + bytes)
            case (.field(.any)?, .field(.any)), (.field(.anyDepth)?, .field(.anyDepth)):
                continue
            default:
                normal.append(part)
            }
        }
        self.parts = normal
    }

    public init(_ text: String) throws(TemplateError) {
        self.init(parts: try PathTemplate.parse(Array(text.utf8)))
    }

    public var description: String {
        var text: [UInt8] = []
        for part in parts {
            switch part {
            case .literal(let bytes):
                for byte in bytes {
                    text.append(byte)
                    if byte == UInt8(ascii: "{") { text.append(byte) }
                }
            case .field(let field):
                text += Array("{\(field.rawValue)}".utf8)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    public func contains(_ field: TemplateField) -> Bool {
        parts.contains(.field(field))
    }

    private static func parse(_ text: [UInt8]) throws(TemplateError) -> [TemplatePart] {
        let open = UInt8(ascii: "{")
        var parts: [TemplatePart] = []
        var literal: [UInt8] = []
        var position = 0
        while position < text.count {
            let byte = text[position]
            guard byte == open else {
                literal.append(byte)
                position += 1
                continue
            }
            if position + 1 < text.count, text[position + 1] == open {
                literal.append(open)
                position += 2
                continue
            }
            guard let close = text[position...].firstIndex(of: UInt8(ascii: "}")) else {
                throw TemplateError(position: position, problem: .unclosed)
            }
            let name = String(decoding: text[(position + 1)..<close], as: UTF8.self)
            guard let field = TemplateField(rawValue: name) else {
                throw TemplateError(position: position, problem: .unknownField(name))
            }
            parts.append(.literal(literal))
            parts.append(.field(field))
            literal = []
            position = close + 1
        }
        parts.append(.literal(literal))
        guard parts.contains(where: { if case .field = $0 { true } else { false } }) else {
            throw TemplateError(position: text.count, problem: .noField)
        }
        // A path has at most 2048 components; a template of more parts than that describes none.
        guard parts.count <= 4096 else { throw TemplateError(position: text.count, problem: .tooLong) }
        return parts
    }
}

/// Why a template could not be read, and the byte at which that shows.
public struct TemplateError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Problem: Sendable, Equatable {
        /// A `{` that no `}` closes.
        case unclosed
        case unknownField(String)
        case noField
        case tooLong
    }

    public var position: Int
    public var problem: Problem

    public init(position: Int, problem: Problem) {
        self.position = position
        self.problem = problem
    }

    /// What would have been right there.
    public var expected: String {
        switch problem {
        case .unclosed: "}"
        case .unknownField: TemplateField.allCases.map { "{\($0.rawValue)}" }.joined(separator: " ")
        case .noField: "{camera} {yyyy} …"
        case .tooLong: "at most 4096 parts"
        }
    }

    public var description: String {
        switch problem {
        case .unclosed: "at byte \(position): { without }, expected \(expected)"
        case .unknownField(let name): "at byte \(position): unknown field {\(name)}, expected one of \(expected)"
        case .noField: "at byte \(position): no field, expected \(expected)"
        case .tooLong: "at byte \(position): too long, expected \(expected)"
        }
    }
}
