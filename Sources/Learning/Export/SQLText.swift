/// Names and values as one of the servers reads them.
struct SQLText {
    let dialect: SQLDialect

    func name(_ name: String) -> String { dialect == .mysql ? name.quotedName("`") : name.quotedName() }

    func literal(_ value: String?, isNumeric: Bool) -> String {
        guard let value else { return "NULL" }
        if isNumeric, Double(value) != nil, value.utf8.allSatisfy({ $0 < 0x3A }) { return value }
        // NUL is what neither server stores in a text.
        let plain = value.replacing("\0", with: "").replacing("'", with: "''")
        return "'" + (dialect == .mysql ? plain.replacing("\\", with: "\\\\") : plain) + "'"
    }

    /// What stands behind a column's name to ask for a value. Of reals the last bits differ, depending on who computed them.
    func equals(_ value: String?, isNumeric: Bool, within noise: Double?) -> String {
        guard let value else { return " IS NULL" }
        guard isNumeric, let noise, let number = Double(value) else { return " = " + literal(value, isNumeric: isNumeric) }
        return " BETWEEN \(number - noise) AND \(number + noise)"
    }

    /// Everything or nothing; in MySQL a value that does not fit is an error, not cut.
    func begin(sessionZone: String?) -> String {
        switch dialect {
        case .mysql:
            "SET NAMES utf8mb4;\nSET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY';\n"
                + (sessionZone.map { "SET SESSION time_zone = \(literal($0, isNumeric: false));\n" } ?? "") + "START TRANSACTION;\n"
        case .postgresql: "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nBEGIN;\n"
        case .sqlite: "BEGIN IMMEDIATE;\n"
        }
    }

    /// A row that is not there yet; `condition` tells whether it is.
    func insert(_ table: String, _ values: [(column: String, sql: String)], unless condition: String) -> String {
        let from = dialect == .mysql ? " FROM DUAL" : ""
        return "INSERT INTO \(name(table)) (\(values.map { name($0.column) }.joined(separator: ", "))) SELECT "
            + values.map(\.sql).joined(separator: ", ") + from + " WHERE NOT EXISTS (SELECT 1 FROM \(name(table)) WHERE \(condition));\n"
    }
}

extension String {
    /// As a name in SQL: doubled quotes.
    func quotedName(_ quote: Character = "\"") -> String {
        let mark = String(quote)
        return mark + replacing(mark, with: mark + mark) + mark
    }
}
