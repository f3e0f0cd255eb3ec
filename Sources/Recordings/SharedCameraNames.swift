import GRDB
import LinuxSystem

/// Tells apart cameras of different volumes that bear one name.
///
/// A recorder that spreads one camera over two disks writes to one at a time. Two volumes whose segments of one name
/// overlap in time hold two cameras: each then gets its volume in its key.
struct SharedCameraNames {
    let message: FindingMessage
    /// Of the shorter volume's recorded time. Clocks set back and joints overlap a little in one camera too.
    private static let tolerated = 0.2

    func split(_ database: IndexDatabase) throws {
        try database.queue.write { db in
            let shared = try Row.fetchAll(
                db,
                sql:
                    "SELECT camera_id, stream FROM segment WHERE camera_id IS NOT NULL GROUP BY camera_id, stream HAVING COUNT(DISTINCT volume_id) > 1"
            )
            var conflicting: Set<Int64> = []
            for row in shared where try overlaps(camera: row[0], stream: row[1], db) { conflicting.insert(row[0]) }
            for camera in conflicting.sorted() { try split(camera, db) }
        }
    }

    private func overlaps(camera: Int64, stream: String?, _ db: Database) throws -> Bool {
        var recorded: [Int64: Int64] = [:]
        var common: Int64 = 0
        var reached: [Int64: Int64] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT volume_id, start_us, duration_us FROM segment
                WHERE camera_id = ? AND stream IS ? AND start_us IS NOT NULL AND duration_us > 0 AND time_source IN ('path', 'embedded')
                ORDER BY start_us
                """, arguments: [camera, stream])
        while let row = try rows.next() {
            let (volume, start, duration) = (row[0] as Int64, row[1] as Int64, row[2] as Int64)
            let end = start &+ duration
            recorded[volume, default: 0] &+= duration
            for (other, until) in reached where other != volume && until > start { common &+= min(until, end) - start }
            reached[volume] = max(reached[volume] ?? end, end)
        }
        guard recorded.count > 1, let shortest = recorded.values.min(), shortest > 0 else { return false }
        return Double(common) > Self.tolerated * Double(shortest)
    }

    private func split(_ camera: Int64, _ db: Database) throws {
        guard let key = try String.fetchOne(db, sql: "SELECT key FROM camera WHERE id = ?", arguments: [camera]) else { return }
        let volumes = try Row.fetchAll(
            db,
            sql:
                "SELECT DISTINCT v.id, IFNULL(v.label, v.source_path) FROM segment s JOIN volume v ON v.id = s.volume_id WHERE s.camera_id = ? ORDER BY v.id",
            arguments: [camera])
        let rows = try RowWriter(db)
        for volume in volumes {
            let place = splitPath(volume[1] ?? "").name
            var name = "\(key)@\(place.isEmpty ? "volume\(volume[0] as Int64)" : place)"
            if try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM camera WHERE key = ?", arguments: [name]) != 0 {
                name += "-\(volume[0] as Int64)"
            }
            try db.execute(sql: "INSERT INTO camera(key, name) VALUES (?, ?)", arguments: [name, key])
            let id = db.lastInsertedRowID
            try db.execute(
                sql: "UPDATE segment SET camera_id = ? WHERE camera_id = ? AND volume_id = ?", arguments: [id, camera, volume[0] as Int64])
            if let first = try Int64.fetchOne(db, sql: "SELECT MIN(id) FROM segment WHERE camera_id = ?", arguments: [id]) {
                try rows.insert(StoredFinding(.cameraNameShared, key), of: first, message: message)
            }
        }
        try db.execute(sql: "DELETE FROM camera WHERE id = ?", arguments: [camera])
    }
}
