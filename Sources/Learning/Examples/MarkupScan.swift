/// Takes a JSON or XML text apart as it streams past: objects or elements, and the values in them.
///
/// What it means is left to `MarkupForm`. The bytes of a row are kept until its end, so that rows can be written as the recorder
/// wrote its own; nothing else is. No recursion: depth is the text's.
final class MarkupScan {
    enum Syntax: String, Sendable, CaseIterable {
        case json, xml
    }
    /// A value within a row, by the place of its bytes in `text`; quotes and brackets stand outside.
    struct Slot {
        enum Form {
            case plain
            /// A text of JSON.
            case quoted
            /// `<![CDATA[…]]>`
            case verbatim
        }
        var path: Int32
        var range: Range<Int>
        var form: Form
    }

    private struct Step: Hashable {
        var parent: Int32
        var name: String
    }
    private struct Follower {
        var parent: Int32 = -1
        var name: [UInt8] = []
        var number: Int32 = -1
    }
    /// The text is neither, or is broken, or nothing that an index would be.
    private struct Broken: Error {}

    let syntax: Syntax
    private let stream: ByteStream
    /// What was read behind the last row.
    private(set) var text: [UInt8] = []
    /// Objects and elements are named by those they stand in: `.clips[]`, `/list/clip`.
    private(set) var paths = [""]
    /// How many objects or elements each path has.
    private(set) var counts = [0]
    private var numbers: [Step: Int32] = [:]
    /// What was the member behind a member the last time: rows are alike.
    private var followers: [Follower] = []
    private var lastMember = 0
    /// The path whose objects or elements are rows.
    private let rowPath: String?
    private var rowNumber: Int32?
    private var rowStart: Int?
    /// Of the row that ended last.
    private(set) var slots: [Slot] = []

    private static let deepest = 64
    /// Of one row, and of what stands between two.
    private static let longest = 1 << 20
    private static let mostSlots = 512
    /// An object with a key for each clip has as many paths as clips: it is no table.
    private static let mostPaths = 4096

    /// Nil for what begins like neither. Without a path for its rows everything is only counted.
    init?(_ stream: ByteStream, rows path: String?) {
        self.stream = stream
        rowPath = path
        rowNumber = path == "" ? 0 : nil
        // The byte order mark of UTF-8.
        if stream.starts(with: "\u{FEFF}") { for _ in 0..<3 { text.append(stream.take() ?? 0) } }
        while let byte = stream.next, Self.isBlank(byte), text.count < Self.longest {
            text.append(byte)
            stream.skip()
        }
        switch stream.next {
        case UInt8(ascii: "{")?, UInt8(ascii: "[")?: syntax = .json
        case UInt8(ascii: "<")?: syntax = .xml
        default: return nil
        }
    }

    /// Hands out each row: where it begins in `text`, which ends with it. False where the text broke off or is none.
    func run(_ row: (_ start: Int) throws -> Void) throws -> Bool {
        do {
            try syntax == .json ? scanJSON(row) : scanXML(row)
            return stream.failure == nil
        } catch is Broken {
            return false
        }
    }

    // MARK: bytes and names

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private func take() throws(Broken) {
        guard text.count < Self.longest, let byte = stream.take() else { throw Broken() }
        text.append(byte)
    }

    private func skipBlanks() throws(Broken) {
        while let byte = stream.next, Self.isBlank(byte) { try take() }
    }

    /// Takes bytes as long as they are such.
    private func take(while isWanted: (UInt8) -> Bool) throws(Broken) -> Range<Int> {
        let start = text.count
        while let byte = stream.next, isWanted(byte) { try take() }
        return start..<text.count
    }

    private func string(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }

    private func number(_ parent: Int32, _ name: String) throws(Broken) -> Int32 {
        let step = Step(parent: parent, name: name)
        if let number = numbers[step] { return number }
        guard paths.count < Self.mostPaths else { throw Broken() }
        let new = Int32(paths.count)
        paths.append(paths[Int(parent)] + name)
        counts.append(0)
        numbers[step] = new
        if rowNumber == nil, paths.last == rowPath { rowNumber = new }
        return new
    }

    /// The path of a member of an object, by the place of its name.
    private func member(_ parent: Int32, _ name: Range<Int>) throws(Broken) -> Int32 {
        if lastMember < followers.count, followers[lastMember].parent == parent, followers[lastMember].name.elementsEqual(text[name]) {
            let number = followers[lastMember].number
            lastMember = Int(number)
            return number
        }
        let found = try number(parent, "." + string(name))
        while followers.count < paths.count { followers.append(Follower()) }
        followers[lastMember] = Follower(parent: parent, name: Array(text[name]), number: found)
        lastMember = Int(found)
        return found
    }

    private func begin(_ path: Int32, at start: Int) {
        guard path == rowNumber, rowStart == nil else { return }
        rowStart = start
        slots = []
    }

    private func end(_ path: Int32, _ row: (_ start: Int) throws -> Void) throws {
        counts[Int(path)] += 1
        if path == rowNumber, let start = rowStart {
            try row(start)
            rowStart = nil
            text.removeAll(keepingCapacity: true)
        }
        forget()
    }

    private func add(_ path: Int32, _ range: Range<Int>, _ form: Slot.Form) throws(Broken) {
        if rowStart != nil {
            guard slots.count < Self.mostSlots else { throw Broken() }
            slots.append(Slot(path: path, range: range, form: form))
        }
        forget()
    }

    /// Where rows are only counted, nothing is kept.
    private func forget() {
        if rowPath == nil { text.removeAll(keepingCapacity: true) }
    }

    // MARK: JSON (RFC 8259; several values in a row, as in JSON Lines)

    private func scanJSON(_ row: (_ start: Int) throws -> Void) throws {
        var open: [(path: Int32, isObject: Bool)] = []
        // The path of the member whose value comes next.
        var member: Int32?
        var isEmpty = true
        func path() throws(Broken) -> Int32 {
            guard let last = open.last else { return 0 }
            if let member { return member }
            guard !last.isObject else { throw Broken() }
            return try number(last.path, "[]")
        }
        while true {
            try skipBlanks()
            guard let byte = stream.next else {
                guard open.isEmpty, !isEmpty else { throw Broken() }
                return
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let path = try path()
                guard open.count < Self.deepest else { throw Broken() }
                let isObject = byte == UInt8(ascii: "{")
                if isObject { begin(path, at: text.count) }
                open.append((path, isObject))
                member = nil
                try take()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard let last = open.popLast(), last.isObject == (byte == UInt8(ascii: "}")), member == nil else { throw Broken() }
                try take()
                if last.isObject {
                    isEmpty = false
                    try end(last.path, row)
                }
            case UInt8(ascii: ","):
                guard !open.isEmpty else { throw Broken() }
                try take()
            case UInt8(ascii: "\""):
                let range = try quoted(byte, escapes: true)
                if let last = open.last, last.isObject, member == nil {
                    member = try self.member(last.path, range)
                    try skipBlanks()
                    guard stream.next == UInt8(ascii: ":") else { throw Broken() }
                    try take()
                } else {
                    try add(try path(), range, .quoted)
                    member = nil
                }
            default:
                guard !open.isEmpty else { throw Broken() }
                let path = try path()
                let range = try take { !Self.isBlank($0) && $0 != 0x2C && $0 != 0x5D && $0 != 0x7D }
                let word = string(range)
                guard ["true", "false", "null"].contains(word) || Double(word) != nil else { throw Broken() }
                try add(path, range, .plain)
                member = nil
            }
        }
    }

    /// The inside of a text in quotes.
    private func quoted(_ quote: UInt8, escapes: Bool) throws(Broken) -> Range<Int> {
        try take()
        let start = text.count
        while true {
            stream.take(until: quote, or: escapes ? UInt8(ascii: "\\") : quote, &text, limit: Self.longest)
            let isEnd = stream.next == quote
            try take()
            if isEnd { return start..<(text.count - 1) }
            try take()
        }
    }

    // MARK: XML 1.0: elements, attributes, text, CDATA sections

    private func scanXML(_ row: (_ start: Int) throws -> Void) throws {
        var open: [Int32] = []
        var isEmpty = true
        while true {
            let start = text.count
            stream.take(until: UInt8(ascii: "<"), or: UInt8(ascii: "<"), &text, limit: Self.longest)
            guard text.count < Self.longest else { throw Broken() }
            if let path = open.last { try addText(start..<text.count, path) }
            guard stream.next != nil else {
                guard open.isEmpty, !isEmpty else { throw Broken() }
                return
            }
            if stream.starts(with: "<!--") {
                try pass("-->", behind: 4)
            } else if stream.starts(with: "<![CDATA[") {
                guard let path = open.last else { throw Broken() }
                let range = try pass("]]>", behind: 9)
                try add(path, range, .verbatim)
            } else if stream.starts(with: "<?") {
                try pass("?>", behind: 2)
            } else if stream.starts(with: "<!DOCTYPE") {
                guard open.isEmpty else { throw Broken() }
                try passDocumentType()
            } else if stream.starts(with: "</") {
                try take()
                try take()
                guard let last = open.popLast(), paths[Int(last)].hasSuffix("/" + string(try name())) else { throw Broken() }
                try skipBlanks()
                guard stream.next == UInt8(ascii: ">") else { throw Broken() }
                try take()
                isEmpty = false
                try end(last, row)
            } else {
                guard open.count < Self.deepest else { throw Broken() }
                let (path, isOpen) = try scanTag(in: open.last ?? 0)
                if isOpen {
                    open.append(path)
                } else {
                    isEmpty = false
                    try end(path, row)
                }
            }
        }
    }

    private func addText(_ range: Range<Int>, _ path: Int32) throws(Broken) {
        guard let first = text[range].firstIndex(where: { !Self.isBlank($0) }),
            let last = text[range].lastIndex(where: { !Self.isBlank($0) })
        else { return }
        try add(path, first..<(last + 1), .plain)
    }

    /// Takes so many bytes, and those up to a mark: what lies between. The mark is taken too.
    @discardableResult
    private func pass(_ mark: StaticString, behind count: Int) throws(Broken) -> Range<Int> {
        for _ in 0..<count { try take() }
        let start = text.count
        while !stream.starts(with: mark) { try take() }
        let end = text.count
        for _ in 0..<mark.utf8CodeUnitCount { try take() }
        return start..<end
    }

    /// With what it declares between square brackets.
    private func passDocumentType() throws(Broken) {
        var depth = 0
        while let byte = stream.next {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                _ = try quoted(byte, escapes: false)
                continue
            case UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "]"): depth -= 1
            default: break
            }
            try take()
            if byte == UInt8(ascii: ">"), depth <= 0 { return }
        }
        throw Broken()
    }

    private func name() throws(Broken) -> Range<Int> {
        try take { !Self.isBlank($0) && ![0x22, 0x27, 0x2F, 0x3C, 0x3D, 0x3E].contains($0) }
    }

    private func scanTag(in parent: Int32) throws(Broken) -> (path: Int32, isOpen: Bool) {
        let start = text.count
        try take()
        let word = string(try name())
        guard let first = word.utf8.first, first != UInt8(ascii: "!") else { throw Broken() }
        let path = try number(parent, "/" + word)
        begin(path, at: start)
        while true {
            try skipBlanks()
            switch stream.next {
            case UInt8(ascii: ">")?:
                try take()
                return (path, true)
            case UInt8(ascii: "/")?:
                try take()
                guard stream.next == UInt8(ascii: ">") else { throw Broken() }
                try take()
                return (path, false)
            default:
                let attribute = string(try name())
                try skipBlanks()
                guard !attribute.isEmpty, stream.next == UInt8(ascii: "=") else { throw Broken() }
                try take()
                try skipBlanks()
                guard let quote = stream.next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw Broken() }
                try add(try number(path, "/@" + attribute), try quoted(quote, escapes: false), .plain)
            }
        }
    }
}
