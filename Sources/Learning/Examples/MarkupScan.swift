/// Where the values and the brackets of a JSON or XML text stand. What it means is left to `MarkupForm`.
///
/// The places are those of bytes, so that a row can be written as the recorder wrote its own. No recursion: depth is the text's.
struct MarkupScan {
    enum Syntax: String, Sendable, CaseIterable {
        case json, xml
    }
    /// An object or an element, named by those it stands in: `.clips[]`, `/list/clip`.
    struct Node {
        var path: Int32
        var range: Range<Int>
    }
    /// A value. `isQuoted`: a text of JSON, its quotes outside of the range.
    struct Slot {
        var path: Int32
        var range: Range<Int>
        var isQuoted: Bool
    }

    private struct Step: Hashable {
        var parent: Int32
        var name: String
    }

    let syntax: Syntax
    /// Of nodes and slots, by number: there are few, and a text may have millions of values.
    private(set) var paths = [""]
    private var numbers: [Step: Int32] = [:]
    private(set) var nodes: [Node] = []
    private(set) var slots: [Slot] = []
    private let bytes: [UInt8]
    private var position = 0

    /// Deeper texts are no index.
    private static let deepest = 64

    /// Nil for what is neither, or is broken.
    init?(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard let first = bytes.first(where: { !Self.isBlank($0) }) else { return nil }
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): syntax = .json
        case UInt8(ascii: "<"): syntax = .xml
        default: return nil
        }
        guard syntax == .json ? scanJSON() : scanXML() else { return nil }
    }

    private mutating func number(_ parent: Int32, _ name: String) -> Int32 {
        let step = Step(parent: parent, name: name)
        if let number = numbers[step] { return number }
        let new = Int32(clamping: paths.count)
        paths.append(paths[Int(parent)] + name)
        numbers[step] = new
        return new
    }

    private func isAt(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        return (0..<count).allSatisfy { bytes[position + $0] == text.utf8Start[$0] }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private mutating func skipBlanks() {
        while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
    }

    /// Moves behind the next occurrence; false where there is none.
    private mutating func pass(_ text: StaticString) -> Bool {
        while position < bytes.count {
            if isAt(text) {
                position += text.utf8CodeUnitCount
                return true
            }
            position += 1
        }
        return false
    }

    // MARK: JSON (RFC 8259; several values in a row, as in JSON Lines)

    private mutating func scanJSON() -> Bool {
        var open: [(start: Int, path: Int32, isObject: Bool)] = []
        var key: String?
        while true {
            skipBlanks()
            guard position < bytes.count else { return open.isEmpty && !nodes.isEmpty }
            let path = open.last.map { number($0.path, $0.isObject ? "." + (key ?? "") : "[]") } ?? 0
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open.count < Self.deepest, key != nil || open.last?.isObject != true else { return false }
                open.append((position, path, bytes[position] == UInt8(ascii: "{")))
                key = nil
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard let last = open.popLast(), last.isObject == (bytes[position] == UInt8(ascii: "}")), key == nil else { return false }
                position += 1
                if last.isObject { nodes.append(Node(path: last.path, range: last.start..<position)) }
            case UInt8(ascii: ","):
                guard !open.isEmpty else { return false }
                position += 1
            case UInt8(ascii: "\""):
                guard let range = quoted() else { return false }
                if open.last?.isObject == true, key == nil {
                    skipBlanks()
                    guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { return false }
                    position += 1
                    key = String(decoding: bytes[range], as: UTF8.self)
                } else {
                    slots.append(Slot(path: path, range: range, isQuoted: true))
                    key = nil
                }
            default:
                guard key != nil || open.last?.isObject == false else { return false }
                let start = position
                while position < bytes.count, !Self.isBlank(bytes[position]), ![0x2C, 0x5D, 0x7D].contains(bytes[position]) {
                    position += 1
                }
                let text = String(decoding: bytes[start..<position], as: UTF8.self)
                guard ["true", "false", "null"].contains(text) || Double(text) != nil else { return false }
                slots.append(Slot(path: path, range: start..<position, isQuoted: false))
                key = nil
            }
        }
    }

    /// The inside of a text in quotes; the position is then behind it.
    private mutating func quoted() -> Range<Int>? {
        let quote = bytes[position]
        let start = position + 1
        position = start
        while position < bytes.count {
            if bytes[position] == quote {
                position += 1
                return start..<(position - 1)
            }
            position += syntax == .json && bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    // MARK: XML (elements, attributes, text; no CDATA)

    private mutating func scanXML() -> Bool {
        var open: [(start: Int, path: Int32)] = []
        while true {
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "<") { position += 1 }
            addText(start..<position, open.last?.path)
            guard position < bytes.count else { return open.isEmpty && !nodes.isEmpty }
            if isAt("<!--") {
                guard pass("-->") else { return false }
            } else if isAt("<?") {
                guard pass("?>") else { return false }
            } else if isAt("<!DOCTYPE") {
                guard open.isEmpty, pass(">") else { return false }
            } else if isAt("</") {
                position += 2
                guard let last = open.popLast(), paths[Int(last.path)].hasSuffix("/" + name()) else { return false }
                skipBlanks()
                guard position < bytes.count, bytes[position] == UInt8(ascii: ">") else { return false }
                position += 1
                nodes.append(Node(path: last.path, range: last.start..<position))
            } else {
                guard open.count < Self.deepest, scanTag(&open) else { return false }
            }
        }
    }

    private mutating func addText(_ range: Range<Int>, _ path: Int32?) {
        guard let path, let first = bytes[range].firstIndex(where: { !Self.isBlank($0) }),
            let last = bytes[range].lastIndex(where: { !Self.isBlank($0) })
        else { return }
        slots.append(Slot(path: path, range: first..<(last + 1), isQuoted: false))
    }

    private mutating func name() -> String {
        let start = position
        while position < bytes.count, !Self.isBlank(bytes[position]), ![0x2F, 0x3D, 0x3E].contains(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func scanTag(_ open: inout [(start: Int, path: Int32)]) -> Bool {
        let start = position
        position += 1
        let word = name()
        guard let first = word.utf8.first, first != UInt8(ascii: "!"), first != UInt8(ascii: "<") else { return false }
        let path = number(open.last?.path ?? 0, "/" + word)
        while true {
            skipBlanks()
            guard position < bytes.count else { return false }
            switch bytes[position] {
            case UInt8(ascii: ">"):
                position += 1
                open.append((start, path))
                return true
            case UInt8(ascii: "/"):
                position += 1
                guard position < bytes.count, bytes[position] == UInt8(ascii: ">") else { return false }
                position += 1
                nodes.append(Node(path: path, range: start..<position))
                return true
            default:
                let attribute = name()
                skipBlanks()
                guard !attribute.isEmpty, position < bytes.count, bytes[position] == UInt8(ascii: "=") else { return false }
                position += 1
                skipBlanks()
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'"),
                    let range = quoted()
                else { return false }
                slots.append(Slot(path: number(path, "/@" + attribute), range: range, isQuoted: false))
            }
        }
    }
}
