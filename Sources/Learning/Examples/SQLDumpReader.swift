/// Reads the tables and rows of a dump in the order in which they stand, without keeping them.
final class SQLDumpReader {
    let dialect: SQLDialect
    private let stream: ByteStream
    private let tokens: SQLTokens
    private(set) var tables: [ExampleTable] = []
    private var numbers: [String: Int] = [:]
    /// Of MySQL: the zone in which TIMESTAMP columns are dumped.
    private(set) var sessionZone: String?
    /// The dump ended within a statement.
    private(set) var isCut = false
    private static let mostTables = 10_000
    private static let mostColumns = 4096
    private static let mostDefinitionTokens = 200_000

    init(_ stream: ByteStream) {
        self.stream = stream
        dialect = Self.dialect(stream.head(256 << 10))
        tokens = SQLTokens(stream: stream, dialect: dialect)
    }

    init(definition: String) {
        stream = ByteStream(bytes: Array(definition.utf8))
        dialect = .sqlite
        tokens = SQLTokens(stream: stream, dialect: .sqlite)
    }

    /// Told by what only one of the three writes.
    static func dialect(_ head: [UInt8]) -> SQLDialect {
        let text = String(decoding: head, as: UTF8.self)
        if text.hasPrefix("PRAGMA foreign_keys") { return .sqlite }
        if text.contains("PostgreSQL database dump") || text.contains("standard_conforming_strings") || text.contains(" FROM stdin;") {
            return .postgresql
        }
        if text.contains("`") || text.contains("MySQL dump") || text.contains("MariaDB dump") || text.contains("ENGINE=") { return .mysql }
        return text.contains("AUTOINCREMENT") || text.contains("BEGIN TRANSACTION;") ? .sqlite : .postgresql
    }

    /// Whether a text looks like SQL that makes or fills tables.
    static func isDump(_ head: [UInt8]) -> Bool {
        let text = String(decoding: head, as: UTF8.self).uppercased()
        return text.contains("CREATE TABLE") || text.contains("INSERT INTO") || text.contains("COPY ") && text.contains("FROM STDIN")
    }

    /// Hands out every row with the number of its table. Throws only what `body` throws.
    func read(_ body: (Int, ExampleRow) throws -> Void) throws {
        while true {
            tokens.skipBlanks()
            // `\restrict`, `\connect`: psql's own lines.
            if stream.next == UInt8(ascii: "\\") {
                tokens.skipLine()
                continue
            }
            guard let token = tokens.next() else { break }
            switch token.kind == .word ? token.text.uppercased() : "" {
            case "CREATE": readCreate()
            case "INSERT", "REPLACE": try readInsert(body)
            case "COPY": try readCopy(body)
            case "ALTER": readAlter()
            case "SET": readSet()
            case "DELIMITER": skipRoutines()
            case "": if !token.isSign(";") { skipStatement() }
            default: skipStatement()
            }
        }
        isCut = isCut || stream.failure != nil
    }

    private func skipStatement() {
        while let token = tokens.next() { if token.isSign(";") { return } }
    }

    /// Bodies of triggers hold statements that are no rows of the dump.
    private func skipRoutines() {
        tokens.skipLine()
        while true {
            tokens.skipBlanks()
            guard stream.next != nil else { return }
            let isEnd = stream.starts(with: "DELIMITER ;\n") || stream.starts(with: "DELIMITER ;\r")
            tokens.skipLine()
            if isEnd { return }
        }
    }

    private func readSet() {
        var words: [SQLToken] = []
        while let token = tokens.next(), !token.isSign(";") { if words.count < 16 { words.append(token) } }
        if words.first?.is("TIME_ZONE") == true, let value = words.first(where: { $0.kind == .string }) { sessionZone = value.text }
    }

    /// A name with its schema: the last part.
    private func name() -> String? {
        guard var token = tokens.next() else { return nil }
        while token.is("IF") || token.is("NOT") || token.is("EXISTS") || token.is("ONLY") || token.is("INTO") || token.is("IGNORE") {
            guard let following = tokens.next() else { return nil }
            token = following
        }
        tokens.skipBlanks()
        while stream.next == UInt8(ascii: ".") {
            stream.skip()
            guard let following = tokens.next() else { return nil }
            token = following
        }
        return token.isName ? token.text : nil
    }

    private func readCreate() {
        guard let kind = tokens.next() else { return }
        if kind.isSign(";") { return }
        guard kind.is("TABLE"), let name = name(), let items = bracketed() else { return skipStatement() }
        skipStatement()
        guard tables.count < Self.mostTables else { return }
        var definition = SQLDefinition(name: name, items: items).table
        // SQLite gives an INTEGER PRIMARY KEY the number of its row (lang_createtable.html §5).
        if dialect == .sqlite, definition.primaryKey.count == 1, let key = definition.column(definition.primaryKey[0]),
            definition.columns[key].type == "integer"
        {
            definition.columns[key].isNumberedByServer = true
        }
        if let known = numbers[name] { tables[known] = definition } else { add(definition) }
    }

    @discardableResult
    private func add(_ table: ExampleTable) -> Int {
        numbers[table.name] = tables.count
        tables.append(table)
        return tables.count - 1
    }

    /// The tokens of the next brackets, one list for each part between commas. Nil where there are none.
    private func bracketed() -> [[SQLToken]]? {
        guard let first = tokens.next(), first.isSign("(") else { return nil }
        var items: [[SQLToken]] = [[]]
        var depth = 1
        var count = 0
        while let token = tokens.next() {
            if token.isSign("(") { depth += 1 }
            if token.isSign(")") { depth -= 1 }
            if depth == 0 { return items }
            if depth == 1, token.isSign(",") { items.append([]) } else { items[items.count - 1].append(token) }
            count += 1
            guard count < Self.mostDefinitionTokens else { return nil }
        }
        isCut = true
        return items
    }

    private func readAlter() {
        var words: [SQLToken] = []
        guard let kind = tokens.next() else { return }
        guard kind.is("TABLE"), let name = name() else { return kind.isSign(";") ? () : skipStatement() }
        while let token = tokens.next(), !token.isSign(";") { if words.count < 256 { words.append(token) } }
        guard let number = numbers[name] else { return }
        var definition = SQLDefinition(tables[number])
        definition.alter(words)
        tables[number] = definition.table
    }

    /// The table's number, and where each value of a row belongs.
    private func target(_ name: String, columns: [String]?) -> (table: Int, places: [Int]?)? {
        let number: Int
        if let known = numbers[name] {
            number = known
        } else {
            guard tables.count < Self.mostTables else { return nil }
            number = add(ExampleTable(name: name))
        }
        guard let columns else { return (number, nil) }
        var places: [Int] = []
        for column in columns {
            if let place = tables[number].column(column) {
                places.append(place)
            } else {
                guard tables[number].columns.count < Self.mostColumns else { return nil }
                places.append(tables[number].columns.count)
                tables[number].columns.append(ExampleColumn(name: column))
            }
        }
        return (number, places == Array(tables[number].columns.indices) ? nil : places)
    }

    private func placed(_ values: ExampleRow, _ places: [Int]?, in table: Int) -> ExampleRow? {
        if tables[table].columns.isEmpty {
            // A dump without definitions: the columns have numbers.
            tables[table].columns = values.indices.map { ExampleColumn(name: "column\($0 + 1)") }
        }
        guard let places else { return values.count == tables[table].columns.count ? values : nil }
        guard values.count == places.count else { return nil }
        var row = ExampleRow(repeating: nil, count: tables[table].columns.count)
        for (place, value) in zip(places, values) { row[place] = value }
        return row
    }

    private func readInsert(_ body: (Int, ExampleRow) throws -> Void) throws {
        guard let name = name() else { return skipStatement() }
        guard var token = tokens.next() else { return }
        var columns: [String]?
        if token.isSign("(") {
            var names: [String] = []
            while let part = tokens.next(), !part.isSign(")") { if part.isName, names.count < Self.mostColumns { names.append(part.text) } }
            columns = names
            guard let following = tokens.next() else { return }
            token = following
        }
        // INSERT … SELECT and INSERT … SET hold no rows that can be told without a server.
        guard token.is("VALUES") || token.is("VALUE"), let (table, places) = target(name, columns: columns) else {
            return token.isSign(";") ? () : skipStatement()
        }
        while true {
            tokens.skipBlanks()
            guard let sign = stream.take() else {
                isCut = true
                return
            }
            if sign == UInt8(ascii: ";") { return }
            if sign == UInt8(ascii: ",") { continue }
            guard sign == UInt8(ascii: "(") else { return skipStatement() }
            var values: ExampleRow = []
            values.reserveCapacity(tables[table].columns.count)
            while true {
                guard let value = tokens.value() else {
                    isCut = true
                    return
                }
                if values.count < Self.mostColumns { values.append(value) }
                if stream.take() != UInt8(ascii: ",") { break }
            }
            if let row = placed(values, places, in: table) { try body(table, row) }
        }
    }

    private func readCopy(_ body: (Int, ExampleRow) throws -> Void) throws {
        guard let name = name() else { return skipStatement() }
        var columns: [String] = []
        var isInput = false
        while let token = tokens.next(), !token.isSign(";") {
            if token.is("FROM") { isInput = true }
            if !isInput, token.isName, columns.count < Self.mostColumns { columns.append(token.text) }
        }
        tokens.skipLine()
        guard isInput, let (table, places) = target(name, columns: columns.isEmpty ? nil : columns) else { return }
        var values: ExampleRow = []
        var cell: [UInt8] = []
        var isNull = false
        while true {
            stream.take(until: 0x0A, or: 0x09, &cell, limit: 64 << 10)
            guard let end = stream.take() else {
                isCut = true
                return
            }
            isNull = cell == [UInt8(ascii: "\\"), UInt8(ascii: "N")]
            if end == 0x0A, values.isEmpty, cell == [UInt8(ascii: "\\"), UInt8(ascii: ".")] { return }
            if values.count < Self.mostColumns { values.append(isNull ? nil : Self.unescaped(cell)) }
            cell.removeAll(keepingCapacity: true)
            if end == 0x0A {
                if let row = placed(values, places, in: table) { try body(table, row) }
                values.removeAll(keepingCapacity: true)
            }
        }
    }

    /// COPY's text format (PostgreSQL 15, `COPY`).
    private static func unescaped(_ bytes: [UInt8]) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count {
                result.append(SQLTokens.meaning(ofEscaped: bytes[index + 1]))
                index += 2
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
