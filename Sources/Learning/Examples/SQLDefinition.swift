/// Reads what a CREATE TABLE or an ALTER TABLE says of a table.
struct SQLDefinition {
    private(set) var table: ExampleTable

    private static let constraints: Set<String> = [
        "PRIMARY", "KEY", "UNIQUE", "INDEX", "CONSTRAINT", "FOREIGN", "FULLTEXT", "SPATIAL", "CHECK", "EXCLUDE", "LIKE", "PERIOD",
    ]
    /// Words that end a column's type.
    private static let attributes: Set<String> = [
        "NOT", "NULL", "DEFAULT", "AUTO_INCREMENT", "AUTOINCREMENT", "PRIMARY", "UNIQUE", "REFERENCES", "COLLATE", "CHARACTER", "COMMENT",
        "GENERATED", "CONSTRAINT", "CHECK", "ON", "AS", "CHARSET",
    ]

    init(_ table: ExampleTable) { self.table = table }

    /// `items` are the tokens between the brackets, one list for each column or constraint.
    init(name: String, items: [[SQLToken]]) {
        table = ExampleTable(name: name)
        for item in items {
            guard let first = item.first else { continue }
            if first.kind == .word, Self.constraints.contains(first.text.uppercased()) {
                add(constraint: item)
            } else if first.isName || first.kind == .string {
                add(column: item)
            }
        }
    }

    private mutating func add(column tokens: [SQLToken]) {
        var column = ExampleColumn(name: tokens[0].text)
        var index = 1
        while index < tokens.count, !(tokens[index].kind == .word && Self.attributes.contains(tokens[index].text.uppercased())) {
            let token = tokens[index]
            let glued = token.kind == .sign || column.type.isEmpty || column.type.hasSuffix("(") || column.type.hasSuffix(",")
            column.type += (glued ? "" : " ") + (token.kind == .string ? "'\(token.text)'" : token.text.lowercased())
            index += 1
        }
        column.isNumberedByServer = column.type.contains("serial")
        while index < tokens.count {
            let token = tokens[index]
            let following = index + 1 < tokens.count ? tokens[index + 1] : nil
            if token.is("NOT"), following?.is("NULL") == true { column.isRequired = true }
            if token.is("AUTO_INCREMENT") || token.is("AUTOINCREMENT") { column.isNumberedByServer = true }
            if token.is("GENERATED"), tokens[index...].contains(where: { $0.is("IDENTITY") }) { column.isNumberedByServer = true }
            if token.is("AS"), following?.isSign("(") == true { column.isComputed = true }
            if token.is("DEFAULT"), let following {
                if following.is("NEXTVAL") { column.isNumberedByServer = true }
                if !following.is("NULL") {
                    let sign = following.isSign("-") && index + 2 < tokens.count ? "-" + tokens[index + 2].text : following.text
                    column.fallback = following.isSign("(") ? "(…)" : sign
                }
            }
            if token.is("PRIMARY") {
                table.primaryKey = [column.name]
                column.isRequired = true
            }
            if token.is("REFERENCES"), let following, following.isName {
                let (names, _) = Self.names(tokens, from: index + 2)
                table.references.append(.init(columns: [column.name], table: following.text, keys: names))
            }
            index += 1
        }
        table.columns.append(column)
    }

    /// PRIMARY KEY (…), FOREIGN KEY (…) REFERENCES t (…).
    mutating func add(constraint tokens: [SQLToken]) {
        if let index = tokens.firstIndex(where: { $0.is("PRIMARY") }) {
            table.primaryKey = Self.names(tokens, from: index + 2).names
            for name in table.primaryKey { table.change(name) { $0.isRequired = true } }
        } else if let index = tokens.firstIndex(where: { $0.is("FOREIGN") }) {
            let (columns, end) = Self.names(tokens, from: index + 2)
            guard let target = tokens[min(end, tokens.count)...].firstIndex(where: { $0.is("REFERENCES") }), target + 1 < tokens.count
            else { return }
            // `public.camera`: the last name counts.
            var name = target + 1
            while name + 2 < tokens.count, tokens[name + 1].isSign(".") { name += 2 }
            table.references.append(
                .init(columns: columns, table: tokens[name].text, keys: Self.names(tokens, from: name + 1).names))
        }
    }

    /// The names in the next pair of brackets, and where it ends.
    private static func names(_ tokens: [SQLToken], from start: Int) -> (names: [String], end: Int) {
        guard start < tokens.count, let open = tokens[start...].firstIndex(where: { $0.isSign("(") }) else { return ([], start) }
        var names: [String] = []
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index].isSign("(") { depth += 1 }
            if tokens[index].isSign(")") { depth -= 1 }
            if depth == 0 { return (names, index) }
            if depth == 1, tokens[index].isName { names.append(tokens[index].text) }
        }
        return (names, tokens.count)
    }

    /// The settings of a column that a later `ALTER TABLE` makes: PostgreSQL's sequences.
    mutating func alter(_ tokens: [SQLToken]) {
        if let index = tokens.firstIndex(where: { $0.is("COLUMN") }), index + 1 < tokens.count,
            tokens.contains(where: { $0.is("NEXTVAL") || $0.is("IDENTITY") })
        {
            table.change(tokens[index + 1].text) { $0.isNumberedByServer = true }
        } else {
            add(constraint: tokens)
        }
    }
}
