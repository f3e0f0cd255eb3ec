import GRDB
import GRDBSQLite

/// What programs that read every segment of a large index need of each, without making a `Segment` of it.
public struct ScannedSegment {
    fileprivate let statement: SQLiteStatement

    fileprivate enum Column: Int32, CaseIterable {
        case volume_id, path, path_encoding, size_bytes, camera_id, stream, kind, protected, container, video_codec, width, height
        case audio_codec, start_us, duration_us, frame_count, keyframe_count, time_source, state
    }

    private func integer(_ column: Column) -> Int64? {
        sqlite3_column_type(statement, column.rawValue) == SQLITE_INTEGER ? sqlite3_column_int64(statement, column.rawValue) : nil
    }

    private func text(_ column: Column) -> String? {
        guard let bytes = sqlite3_column_text(statement, column.rawValue) else { return nil }
        return String(
            decoding: UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, column.rawValue))), as: UTF8.self)
    }

    public var volume: Int64 { integer(.volume_id) ?? 0 }
    public var path: StoredPath { StoredPath(text: text(.path) ?? "", encoding: text(.path_encoding) ?? "utf-8") }
    public var sizeBytes: Int64 { max(0, integer(.size_bytes) ?? 0) }
    public var camera: Int64? { integer(.camera_id) }
    public var stream: String? { text(.stream) }
    public var kind: String { text(.kind) ?? "" }
    public var isProtected: Bool { integer(.protected) == 1 }
    public var container: String? { text(.container) }
    public var videoCodec: String? { text(.video_codec) }
    public var audioCodec: String? { text(.audio_codec) }
    public var width: Int64? { integer(.width) }
    public var height: Int64? { integer(.height) }
    /// UTC microseconds.
    public var start: Int64? { integer(.start_us) }
    /// Microseconds.
    public var duration: Int64? { integer(.duration_us) }
    public var frames: Int64? { integer(.frame_count) }
    public var keyframes: Int64? { integer(.keyframe_count) }
    public var timeSource: String { text(.time_source) ?? "" }
    public var state: String { text(.state) ?? "" }
}

extension IndexReader {
    /// Hands out every segment in the order of the rows, one at a time. Valid only within `body`.
    public func scanSegments(_ body: (ScannedSegment) throws -> Void) throws {
        try read { db in
            let columns = ScannedSegment.Column.allCases.map { "\($0)" }.joined(separator: ", ")
            let statement = try db.makeStatement(sql: "SELECT \(columns) FROM segment ORDER BY id")
            try withExtendedLifetime(statement) {
                while true {
                    switch sqlite3_step(statement.sqliteStatement) {
                    case SQLITE_ROW: try body(ScannedSegment(statement: statement.sqliteStatement))
                    case SQLITE_DONE: return
                    case let code:
                        let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(statement.sqliteStatement)))
                        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
                    }
                }
            }
        }
    }

    public func segmentCount() throws -> Int {
        try read { db in try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM segment") ?? 0 }
    }
}
