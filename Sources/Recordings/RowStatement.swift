import GRDB
import GRDBSQLite

/// A statement that is run once for each of many rows. Its arguments are bound one by one, where GRDB's own interface makes an
/// array of boxed values and checks it: with 27 columns that costs more than SQLite takes for the row.
struct RowStatement {
    private let statement: Statement

    init(_ db: Database, sql: String) throws {
        statement = try db.makeStatement(sql: sql)
    }

    /// `bind` puts every argument, from left to right.
    func execute(_ bind: (inout Arguments) -> Void) throws {
        let raw = statement.sqliteStatement
        var arguments = Arguments(raw)
        bind(&arguments)
        assert(arguments.count == sqlite3_bind_parameter_count(raw), "each argument is bound once")
        let result = sqlite3_step(raw)
        // Also gives the strings back to whoever owns them.
        sqlite3_reset(raw)
        guard arguments.result == SQLITE_OK, result == SQLITE_DONE else {
            let code = arguments.result == SQLITE_OK ? result : arguments.result
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(sqlite3_db_handle(raw))))
        }
    }

    /// What was bound so far.
    struct Arguments {
        private let raw: SQLiteStatement
        fileprivate private(set) var count: Int32 = 0
        /// The first failure.
        fileprivate private(set) var result = SQLITE_OK

        fileprivate init(_ raw: SQLiteStatement) {
            self.raw = raw
        }

        private mutating func note(_ code: Int32) {
            if result == SQLITE_OK { result = code }
        }

        mutating func put(_ value: Int64?) {
            count += 1
            note(value.map { sqlite3_bind_int64(raw, count, $0) } ?? sqlite3_bind_null(raw, count))
        }

        mutating func put(_ value: Int?) {
            put(value.map(Int64.init))
        }

        mutating func put(_ text: String?) {
            count += 1
            guard var text else { return note(sqlite3_bind_null(raw, count)) }
            let index = count
            note(
                text.withUTF8 { bytes in
                    bytes.withMemoryRebound(to: CChar.self) { sqlite3_bind_text(raw, index, $0.baseAddress, Int32($0.count), transient) }
                })
        }

        mutating func put(_ bytes: [UInt8]?) {
            count += 1
            note(bytes.map { sqlite3_bind_blob(raw, count, $0, Int32($0.count), transient) } ?? sqlite3_bind_null(raw, count))
        }
    }
}

/// SQLITE_TRANSIENT: SQLite makes its own copy.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
