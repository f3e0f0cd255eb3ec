/// A wildcard cut into what never changes and what does.
enum Piece {
    case literal([UInt8])
    /// An index into the columns.
    case column(Int)
}

struct NameColumn {
    var column: Column
    /// Fills a directory.
    var isDirectory: Bool
    var wildcard: Int
    var role: Role?
    /// The time of day at which a recording began or ended, told beside the file's own.
    var tellsTime = false

    enum Role: Hashable {
        case camera, stream, kind, sequence, duration, durationMilliseconds, any, constant
    }
}

/// Cuts the values of wildcards into columns.
struct PieceCutter {
    private(set) var columns: [NameColumn] = []
    private let facts: RecordingFacts

    init(_ facts: RecordingFacts) { self.facts = facts }

    /// A directory stays whole unless a part of it is known to be something else.
    mutating func cut(_ column: Column, wildcard: Int, isDirectory: Bool) -> [Piece] {
        if column.isConstant {
            if let unit = Self.unit(column) {
                return [
                    add(Column(column.codes.map { Array(column.values[Int($0)].dropLast(unit.count)) }), wildcard, false), .literal(unit),
                ]
            }
            return [add(column, wildcard, isDirectory)]
        }
        if let prefixed = cutDirectoryPrefix(column, wildcard, isDirectory) { return prefixed }
        if isDirectory { return cutDirectory(column, wildcard) }
        return cutAlike(column, wildcard) ?? cutEdges(column, wildcard, isDirectory: false) ?? cutWord(column, wildcard, false)
    }

    /// Part by part, where all names are built alike.
    private mutating func cutAlike(_ column: Column, _ wildcard: Int) -> [Piece]? {
        guard let parts = alike(column) else { return nil }
        var pieces: [Piece] = []
        for part in parts {
            switch part {
            case .separator(let bytes): pieces.append(.literal(bytes))
            case .values(let texts):
                let part = Column(texts)
                if let unit = Self.unit(part) {
                    pieces.append(add(Column(texts.map { Array($0.dropLast(unit.count)) }), wildcard, false))
                    pieces.append(.literal(unit))
                } else {
                    pieces += cutWord(part, wildcard, false)
                }
            }
        }
        return pieces
    }

    /// A word with the stream's in it (`ch01main`, `RecM01`), or a counter's (`0017F`).
    private mutating func cutWord(_ column: Column, _ wildcard: Int, _ isDirectory: Bool) -> [Piece] {
        if !column.isConstant, !columns.contains(where: { $0.role == .stream }), let word = StreamWord(column, facts) {
            func piece(_ part: Column) -> Piece { part.isConstant ? .literal(part.values[0]) : add(part, wildcard, false) }
            return [piece(word.before), add(word.words, wildcard, false, .stream), piece(word.after)]
        }
        if !isDirectory, let parts = countedLetters(column) { return parts.map { add($0, wildcard, false) } }
        return [add(column, wildcard, isDirectory)]
    }

    /// Few words and a number that hardly comes again, without a separator between.
    private func countedLetters(_ column: Column) -> [Column]? {
        guard column.values.count >= 8 else { return nil }
        for numberFirst in [true, false] {
            var heads: [[UInt8]] = []
            var tails: [[UInt8]] = []
            for value in column.values {
                let head = value.prefix { Ascii.isDigit($0) == numberFirst }
                let tail = value.dropFirst(head.count)
                guard !head.isEmpty, !tail.isEmpty, tail.allSatisfy({ Ascii.isDigit($0) != numberFirst }) else { break }
                heads.append(Array(head))
                tails.append(Array(tail))
            }
            guard heads.count == column.values.count else { continue }
            let (head, tail) = (Column(column.codes.map { heads[Int($0)] }), Column(column.codes.map { tails[Int($0)] }))
            let (number, word) = numberFirst ? (head, tail) : (tail, head)
            if word.values.count <= 4, number.values.count * word.values.count * 10 >= column.codes.count * 6 { return [head, tail] }
        }
        return nil
    }

    /// `s` of `60s`, `ms` of `600000ms`.
    private static func unit(_ column: Column) -> [UInt8]? {
        for unit in [Array("sec".utf8), Array("ms".utf8), Array("s".utf8)]
        where column.values.allSatisfy({
            $0.count > unit.count && $0.suffix(unit.count) == unit[...] && decimal($0.dropLast(unit.count)) != nil
        }) {
            return unit
        }
        return nil
    }

    private mutating func add(_ column: Column, _ wildcard: Int, _ isDirectory: Bool, _ role: NameColumn.Role? = nil) -> Piece {
        columns.append(NameColumn(column: column, isDirectory: isDirectory, wildcard: wildcard, role: role))
        return .column(columns.count - 1)
    }

    /// A name that begins with its directory (`gate/gate_main_…`): the same column again, and the rest.
    private mutating func cutDirectoryPrefix(_ column: Column, _ wildcard: Int, _ isDirectory: Bool) -> [Piece]? {
        for directory in columns.indices where columns[directory].isDirectory && !columns[directory].column.isConstant {
            let other = columns[directory].column
            var rests: [[UInt8]] = []
            var separator: [UInt8]?
            for (mine, theirs) in zip(column.codes, other.codes) {
                let text = column.values[Int(mine)]
                let prefix = other.values[Int(theirs)]
                guard text.starts(with: prefix) else { break }
                let rest = text.dropFirst(prefix.count)
                let head = Array(rest.prefix(while: Ascii.isSeparator))
                guard rest.isEmpty || !head.isEmpty, separator == nil || separator == head else { break }
                separator = head
                rests.append(Array(rest.dropFirst(head.count)))
            }
            guard rests.count == column.codes.count, let separator else { continue }
            let restColumn = Column(rests)
            var pieces: [Piece] = [.column(directory), .literal(separator)]
            if restColumn.values == [[]] { return pieces }
            guard !restColumn.values.contains([]) else { continue }
            pieces += cut(restColumn, wildcard: wildcard, isDirectory: false)
            return pieces
        }
        return nil
    }

    private mutating func cutDirectory(_ column: Column, _ wildcard: Int) -> [Piece] {
        // `31.34`: two ids that are unique per server. The second either tells the first or is one of a few.
        if let parts = alike(column), parts.count == 3, case .values(let left) = parts[0], case .separator(let dot) = parts[1],
            case .values(let right) = parts[2], dot == [UInt8(ascii: ".")]
        {
            let camera = Column(left)
            let stream = Column(right)
            if camera.isNumeric, stream.isNumeric, stream.determines(camera) || stream.values.count <= 4 {
                return [add(camera, wildcard, false, .camera), .literal(dot), add(stream, wildcard, false, .stream)]
            }
        }
        if let parts = alike(column), let pieces = cutRecording(parts, wildcard) { return pieces }
        return cutEdges(column, wildcard, isDirectory: true) ?? cutWord(column, wildcard, true)
    }

    /// A directory for one recording (`20260305_170307_5F3C_gate`): a date and a time of day beside that of its files.
    private mutating func cutRecording(_ parts: [Part], _ wildcard: Int) -> [Piece]? {
        let texts = parts.map { part -> Column? in
            if case .values(let texts) = part { Column(texts) } else { nil }
        }
        let date = texts.indices.first { texts[$0].map(facts.isDate) ?? false }
        guard let date, texts.indices.contains(date + 2), let time = texts[date + 2], RecordingFacts.isTimeOfDay(time) else { return nil }
        return parts.indices.map { place in
            switch parts[place] {
            case .separator(let bytes): return .literal(bytes)
            case .values(let texts):
                let isTime = place == date || place == date + 2
                let piece = add(Column(texts), wildcard, false, isTime ? .any : nil)
                columns[columns.count - 1].tellsTime = isTime
                return piece
            }
        }
    }

    /// Known words and numbers at the ends, where names are built differently in between: `6_front-door_24`, `6_garage_24`.
    private mutating func cutEdges(_ column: Column, _ wildcard: Int, isDirectory: Bool) -> [Piece]? {
        var rest = column
        var heads: [Edge] = []
        var tails: [Edge] = []
        // File names with more parts than this are no names; they stay one wildcard.
        while heads.count + tails.count < 24 {
            if let edge = edge(of: rest, fromEnd: true, isDirectory) {
                tails.append(edge)
                rest = edge.rest
            } else if let edge = edge(of: rest, fromEnd: false, isDirectory) {
                heads.append(edge)
                rest = edge.rest
            } else {
                break
            }
        }
        if heads.isEmpty, tails.isEmpty { return nil }
        var pieces: [Piece] = []
        for head in heads { pieces += [add(head.column, wildcard, false), .literal(head.separator)] }
        pieces += isDirectory ? [add(rest, wildcard, true)] : cutAlike(rest, wildcard) ?? [add(rest, wildcard, false)]
        for tail in tails.reversed() { pieces += [.literal(tail.separator), add(tail.column, wildcard, false)] }
        return pieces
    }

    /// The last or the first part of every value, and what is left without it.
    private struct Edge {
        var column: Column
        var separator: [UInt8]
        var rest: Column
    }

    private func edge(of column: Column, fromEnd: Bool, _ isDirectory: Bool) -> Edge? {
        guard !column.isConstant else { return nil }
        var separator: [UInt8]?
        var edges: [[UInt8]] = []
        var rests: [[UInt8]] = []
        for text in column.values {
            let (texts, separators) = PieceCutter.pieces(text)
            guard let between = fromEnd ? separators.last : separators.first, let part = fromEnd ? texts.last : texts.first,
                separator == nil || separator == between, !part.isEmpty
            else { return nil }
            let taken = part.count + between.count
            let rest = fromEnd ? text.dropLast(taken) : text.dropFirst(taken)
            guard !rest.isEmpty else { return nil }
            separator = between
            edges.append(part)
            rests.append(Array(rest))
        }
        guard let separator else { return nil }
        let edge = Column(column.codes.map { edges[Int($0)] })
        let words = edge.words
        let known =
            words.allSatisfy(NameLexicon.isStream) || words.allSatisfy(NameLexicon.isKind)
            || edge.values.allSatisfy { TimeWords.weekday($0) != nil }
        let counter = !isDirectory && edge.isNumeric
        let fixed = !isDirectory && edge.isConstant
        guard known || counter || fixed, edge.values.count <= 8 || counter else { return nil }
        return Edge(column: edge, separator: separator, rest: Column(column.codes.map { rests[Int($0)] }))
    }

    enum Part {
        case separator([UInt8])
        case values([[UInt8]])
    }

    /// The parts between separators, where all values have the same separators in the same order.
    private func alike(_ column: Column) -> [Part]? {
        guard let first = column.values.first else { return nil }
        let pattern = PieceCutter.separators(first)
        // File names with more parts than this are no names; they stay one wildcard.
        guard pattern.count <= 24 else { return nil }
        guard column.values.allSatisfy({ PieceCutter.separators($0) == pattern }) else { return nil }
        var texts = [[[UInt8]]](repeating: [], count: pattern.count + 1)
        let cut = column.values.map(PieceCutter.split)
        for code in column.codes {
            for (place, text) in cut[Int(code)].enumerated() { texts[place].append(text) }
        }
        var parts: [Part] = []
        for place in texts.indices {
            if place > 0 { parts.append(.separator(pattern[place - 1])) }
            if texts[place].contains([]) {
                if texts[place].contains(where: { !$0.isEmpty }) { return nil }
            } else {
                parts.append(.values(texts[place]))
            }
        }
        return parts
    }

    private static func separators(_ text: [UInt8]) -> [[UInt8]] { pieces(text).separators }

    private static func split(_ text: [UInt8]) -> [[UInt8]] { pieces(text).texts }

    /// Addresses (`192.168.1.10`, `00-11-22-33-44-55`, a UUID) are words, whatever separates their parts.
    private static func pieces(_ text: [UInt8]) -> (texts: [[UInt8]], separators: [[UInt8]]) {
        var texts: [[UInt8]] = [[]]
        var separators: [[UInt8]] = []
        var chunk = 0
        while chunk < text.count {
            var end = chunk
            while end < text.count, !isWide(text[end]) { end += 1 }
            let word = text[chunk..<end]
            let isAddress =
                (7...36).contains(word.count) && word.contains(where: Ascii.isSeparator)
                && NameLexicon.isAddress(String(decoding: word, as: UTF8.self))
            for byte in text[chunk..<min(end + 1, text.count)] {
                if Ascii.isSeparator(byte), !isAddress || isWide(byte) {
                    if texts[texts.count - 1].isEmpty, !separators.isEmpty {
                        separators[separators.count - 1].append(byte)
                    } else {
                        separators.append([byte])
                        texts.append([])
                    }
                } else {
                    texts[texts.count - 1].append(byte)
                }
            }
            chunk = end + 1
        }
        return (texts, separators)
    }

    /// Separators that stand in no address.
    private static func isWide(_ byte: UInt8) -> Bool {
        Ascii.isSeparator(byte) && ![UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":")].contains(byte)
    }
}
