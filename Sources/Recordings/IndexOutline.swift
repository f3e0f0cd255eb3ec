import GRDB

/// What an index holds, at a glance.
public struct IndexOutline: Sendable, Equatable {
    public struct CameraOutline: Sendable, Equatable {
        /// As `--camera` takes it.
        public var key: String
        public var name: String
        public var segments: Int
    }
    public var segments = 0
    /// UTC microseconds, of the segments that have a time: the first start, the last end.
    public var first: Int64?
    public var end: Int64?
    public var cameras: [CameraOutline] = []
}

extension IndexReader {
    public func outline() throws -> IndexOutline {
        try read { db in
            var outline = IndexOutline()
            if let row = try Row.fetchOne(db, sql: "SELECT COUNT(*), MIN(start_us), MAX(start_us + IFNULL(duration_us, 0)) FROM segment") {
                outline.segments = Int(clamping: row.integer(at: 0) ?? 0)
                outline.first = row.integer(at: 1)
                outline.end = row.integer(at: 2)
            }
            outline.cameras = try Row.fetchAll(
                db, sql: "SELECT c.key, c.name, COUNT(s.id) FROM camera c JOIN segment s ON s.camera_id = c.id GROUP BY c.id ORDER BY c.key"
            ).map { row in
                let key = row.text(at: 0) ?? "?"
                return IndexOutline.CameraOutline(key: key, name: row.text(at: 1) ?? key, segments: Int(clamping: row.integer(at: 2) ?? 0))
            }
            return outline
        }
    }
}
