/// One row of an example: each value as the text it would have in a statement, nil for NULL.
typealias ExampleRow = [String?]

/// What an example says of a column.
struct ExampleColumn: Sendable, Equatable {
    var name: String
    /// As declared, in lower case: `varchar(64)`, `bigint unsigned`; empty where nothing is declared.
    var type = ""
    var isRequired = false
    /// The declared default as it stands in the definition; nil without one.
    var fallback: String?
    /// The server numbers the rows itself: AUTO_INCREMENT, a sequence, SQLite's row id.
    var isNumberedByServer = false
    /// Made by the server from other columns: never written.
    var isComputed = false

    /// Stands for bytes that are no text: nothing of ours explains them.
    static let bytesMark = "\0"

    /// Bytes, in a form of the server's own.
    var isBytes: Bool { ["blob", "bytea", "binary", "bit"].contains(where: type.contains) }

    /// Written without quotes.
    var isNumeric: Bool {
        let word = type.prefix { $0.isLetter }
        return [
            "int", "integer", "tinyint", "smallint", "mediumint", "bigint", "serial", "bigserial", "smallserial", "decimal", "numeric",
            "real", "double", "float", "year",
        ].contains(String(word))
    }
}

/// A table of an example. Text and binary indexes are read as tables too.
struct ExampleTable: Sendable, Equatable {
    /// A column's value stands in a column of another table.
    struct Reference: Sendable, Equatable {
        var columns: [String]
        var table: String
        var keys: [String]
    }

    var name: String
    var columns: [ExampleColumn] = []
    var primaryKey: [String] = []
    var references: [Reference] = []
    /// SQLite's own text, to make the table again in a new file.
    var definition: String?

    func column(_ name: String) -> Int? { columns.firstIndex { $0.name == name } }

    mutating func change(_ name: String, _ body: (inout ExampleColumn) -> Void) {
        guard let index = columns.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) else { return }
        body(&columns[index])
    }
}

/// How statements are written.
public enum SQLDialect: String, Sendable, CaseIterable {
    case mysql, postgresql, sqlite
}
