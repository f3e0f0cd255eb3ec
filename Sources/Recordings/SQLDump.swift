import Foundation
import GRDB

/// The whole index as SQL that a PostgreSQL or a MySQL/MariaDB server loads into an empty database.
struct SQLDump {
    enum Dialect {
        case postgresql, mysql
    }
    let dialect: Dialect

    enum ColumnType {
        case id, integer, text, key, bytes
    }
    struct Table {
        var name: String
        var columns: [(name: String, type: ColumnType)]
        /// Column, table it refers to.
        var references: [(String, String)] = []
        var primaryKey: String?
        var unique: String?
    }

    /// Those of the contract; the tables that only serve later builds stay at home.
    static let tables: [Table] = [
        Table(name: "meta", columns: [("key", .key), ("value", .text)], primaryKey: "key"),
        Table(
            name: "volume",
            columns: [
                ("id", .id), ("uuid", .text), ("label", .text), ("filesystem", .text), ("device_serial", .text), ("source_path", .text),
                ("scanned_at", .text),
            ], primaryKey: "id"),
        Table(name: "camera", columns: [("id", .id), ("key", .key), ("name", .text)], primaryKey: "id", unique: "key"),
        Table(
            name: "segment",
            columns: [
                ("id", .id), ("volume_id", .integer), ("path", .text), ("path_encoding", .text), ("size_bytes", .integer),
                ("mtime_ns", .integer),
                ("camera_id", .integer), ("stream", .text), ("kind", .text), ("protected", .integer), ("container", .text),
                ("video_codec", .text),
                ("width", .integer), ("height", .integer), ("audio_codec", .text), ("start_us", .integer), ("duration_us", .integer),
                ("frame_count", .integer), ("keyframe_count", .integer), ("time_source", .text), ("time_uncertainty_us", .integer),
                ("state", .text), ("playable_bytes", .integer), ("sha256", .bytes),
            ], references: [("volume_id", "volume"), ("camera_id", "camera")], primaryKey: "id"),
        Table(
            name: "finding",
            columns: [("id", .id), ("segment_id", .integer), ("code", .text), ("byte_offset", .integer), ("message", .text)],
            references: [("segment_id", "segment")], primaryKey: "id"),
    ]
    /// Well below the 16 MiB that MariaDB accepts in one statement.
    private static let statementBytes = 512 << 10
    private static let statementRows = 500

    func write(_ index: IndexReader, to output: (String) throws -> Void) throws {
        switch dialect {
        case .postgresql: try output("SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nBEGIN;\n")
        case .mysql: try output("SET NAMES utf8mb4;\nSET sql_mode = '';\n")
        }
        for table in Self.tables { try output(definition(of: table)) }
        if dialect == .mysql { try output("START TRANSACTION;\n") }
        try index.read { db in
            for table in Self.tables { try writeRows(of: table, db, output) }
        }
        try output("COMMIT;\n")
    }

    private func definition(of table: Table) -> String {
        var lines = table.columns.map { "  \(quoted($0.name)) \(type($0.type))" }
        if let key = table.primaryKey { lines.append("  PRIMARY KEY (\(quoted(key)))") }
        if let key = table.unique { lines.append("  UNIQUE (\(quoted(key)))") }
        for (column, other) in table.references {
            lines.append("  FOREIGN KEY (\(quoted(column))) REFERENCES \(quoted(other)) (\(quoted("id")))")
        }
        let end = dialect == .mysql ? ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;\n" : ");\n"
        return "CREATE TABLE \(quoted(table.name)) (\n" + lines.joined(separator: ",\n") + "\n" + end
    }

    private func type(_ type: ColumnType) -> String {
        switch (type, dialect) {
        case (.id, _): "BIGINT NOT NULL"
        case (.integer, _): "BIGINT"
        case (.text, .postgresql), (.key, .postgresql): "TEXT"
        case (.text, .mysql): "LONGTEXT"
        // 3072 bytes is the longest InnoDB key; a camera's key comes from one or two path components of at most 255 bytes.
        case (.key, .mysql): "VARCHAR(760) NOT NULL"
        case (.bytes, .postgresql): "BYTEA"
        case (.bytes, .mysql): "VARBINARY(32)"
        }
    }

    private func writeRows(of table: Table, _ db: Database, _ output: (String) throws -> Void) throws {
        let names = table.columns.map(\.name)
        let head = "INSERT INTO \(quoted(table.name)) (\(names.map(quoted).joined(separator: ", "))) VALUES\n"
        let rows = try Row.fetchCursor(db, sql: "SELECT \(names.map { "\"\($0)\"" }.joined(separator: ", ")) FROM \(table.name)")
        var statement = ""
        var count = 0
        while let row = try rows.next() {
            statement += (count == 0 ? head : ",\n") + "(" + row.databaseValues.map(literal).joined(separator: ",") + ")"
            count += 1
            if count >= Self.statementRows || statement.utf8.count >= Self.statementBytes {
                try output(statement + ";\n")
                statement = ""
                count = 0
            }
        }
        if count > 0 { try output(statement + ";\n") }
    }

    private func quoted(_ name: String) -> String {
        dialect == .mysql ? "`\(name)`" : "\"\(name)\""
    }

    private func literal(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: return "NULL"
        case .int64(let number): return String(number)
        case .double(let number): return String(number)
        case .string(let text):
            // A name on a hostile disk may hold anything but NUL, which neither server stores.
            let plain = text.replacing("\0", with: "").replacing("'", with: "''")
            return "'" + (dialect == .mysql ? plain.replacing("\\", with: "\\\\") : plain) + "'"
        case .blob(let data):
            let hexadecimal = data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return dialect == .mysql ? "X'\(hexadecimal)'" : "'\\x\(hexadecimal)'"
        }
    }
}
