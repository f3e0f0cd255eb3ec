import GRDBSQLite
import LinuxSystem

/// A connection to an SQLite file that is not ours: plain statements, values as text.
final class SQLiteFile {
    private var connection: OpaquePointer?

    struct Failure: Error {
        var message: String
    }

    /// `immutable`: nothing is written beside the file either, no lock and no shared memory.
    init(reading path: String, immutable: Bool) throws {
        let escaped = path.utf8.map { byte -> String in
            switch byte {
            case UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "%"): "%" + String(byte, radix: 16)
            default: byte < 0x80 ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16)
            }
        }.joined()
        try open("file:" + escaped + (immutable ? "?immutable=1" : ""), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
        // A hostile schema must not run functions of its own.
        try run("PRAGMA trusted_schema = OFF")
    }

    /// A new file.
    init(creating path: String) throws {
        try open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
    }

    private func open(_ name: String, _ flags: Int32) throws {
        guard sqlite3_open_v2(name, &connection, flags, nil) == SQLITE_OK else { throw failure() }
    }

    deinit { sqlite3_close_v2(connection) }

    private func failure() -> Failure { Failure(message: String(cString: sqlite3_errmsg(connection))) }

    func run(_ sql: String) throws {
        guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    /// Hands out each row of a query.
    func read(_ sql: String, _ body: (ExampleRow) throws -> Void) throws {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else { throw failure() }
        defer { sqlite3_finalize(statement) }
        let count = sqlite3_column_count(statement)
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return
            case SQLITE_ROW: try body((0..<count).map { Self.text(statement, $0) })
            default: throw failure()
            }
        }
    }

    /// Numbers in the shortest form that gives them back.
    private static func text(_ statement: OpaquePointer?, _ index: Int32) -> String? {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_NULL: return nil
        case SQLITE_INTEGER: return String(sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: return String(sqlite3_column_double(statement, index))
        case SQLITE_BLOB: return ExampleColumn.bytesMark
        default:
            let count = Int(sqlite3_column_bytes(statement, index))
            guard let bytes = sqlite3_column_text(statement, index) else { return nil }
            return String(decoding: UnsafeBufferPointer(start: bytes, count: min(count, 64 << 10)), as: UTF8.self)
        }
    }
}
