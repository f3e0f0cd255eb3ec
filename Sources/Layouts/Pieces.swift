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

    enum Role: Hashable {
        case camera, stream, kind, sequence, duration, durationMilliseconds, any, constant
    }
}

/// Cuts the values of wildcards into columns.
struct PieceCutter {
    private(set) var columns: [NameColumn] = []

    /// A directory stays whole unless a part of it is known to be something else.
    mutating func cut(_ column: Column, wildcard: Int, isDirectory: Bool) -> [Piece] {
        if column.isConstant { return [add(column, wildcard, isDirectory)] }
        if let prefixed = cutDirectoryPrefix(column, wildcard, isDirectory) { return prefixed }
        if isDirectory { return cutDirectory(column, wildcard) }
        if let parts = alike(column) {
            var pieces: [Piece] = []
            for part in parts {
                switch part {
                case .separator(let bytes): pieces.append(.literal(bytes))
                case .values(let texts): pieces.append(add(Column(texts), wildcard, false))
                }
            }
            return pieces
        }
        return edge(column, wildcard, isDirectory: false) ?? [add(column, wildcard, false)]
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
            case .values(let right) = parts[2], dot == [UInt8(ascii: ".")] {
            let camera = Column(left)
            let stream = Column(right)
            if camera.isNumeric, stream.isNumeric, stream.determines(camera) || stream.values.count <= 4 {
                return [add(camera, wildcard, false, .camera), .literal(dot), add(stream, wildcard, false, .stream)]
            }
        }
        return edge(column, wildcard, isDirectory: true) ?? [add(column, wildcard, true)]
    }

    /// A word of the lexicon at the end or the beginning of every value.
    private mutating func edge(_ column: Column, _ wildcard: Int, isDirectory: Bool) -> [Piece]? {
        for fromEnd in [true, false] {
            guard let cut = splitEdge(column, fromEnd: fromEnd) else { continue }
            let edge = Column(column.codes.map { cut.edges[Int($0)] })
            let words = edge.words
            let known = words.allSatisfy(NameLexicon.isStream) || words.allSatisfy(NameLexicon.isKind)
            let counter = !isDirectory && edge.isNumeric
            let fixed = !isDirectory && edge.isConstant
            guard known || counter || fixed, edge.values.count <= 8 || counter else { continue }
            let rest = Column(column.codes.map { cut.rests[Int($0)] })
            let restPiece = add(rest, wildcard, isDirectory)
            let edgePiece = add(edge, wildcard, false)
            return fromEnd ? [restPiece, .literal(cut.separator), edgePiece] : [edgePiece, .literal(cut.separator), restPiece]
        }
        return nil
    }

    private func splitEdge(_ column: Column, fromEnd: Bool) -> (edges: [[UInt8]], separator: [UInt8], rests: [[UInt8]])? {
        var separator: UInt8?
        var edges: [[UInt8]] = []
        var rests: [[UInt8]] = []
        for text in column.values {
            let place = fromEnd ? text.lastIndex(where: Ascii.isSeparator) : text.firstIndex(where: Ascii.isSeparator)
            guard let place, place > 0, place < text.count - 1, separator == nil || separator == text[place] else { return nil }
            separator = text[place]
            let head = Array(text[..<place])
            let tail = Array(text[(place + 1)...])
            edges.append(fromEnd ? tail : head)
            rests.append(fromEnd ? head : tail)
        }
        return separator.map { (edges, [$0], rests) }
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

    private static func separators(_ text: [UInt8]) -> [[UInt8]] {
        text.split(omittingEmptySubsequences: true) { !Ascii.isSeparator($0) }.map(Array.init)
    }

    private static func split(_ text: [UInt8]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var current: [UInt8] = []
        var inSeparator = false
        for byte in text {
            if Ascii.isSeparator(byte) {
                if !inSeparator { result.append(current) }
                current = []
                inSeparator = true
            } else {
                inSeparator = false
                current.append(byte)
            }
        }
        result.append(current)
        return result
    }
}
