import Foundation
import GRDB
import Layouts
import LinuxSystem

/// Joins the indexes of several servers into one.
///
/// Cameras of different servers that bear one key stay apart (`1@north`), unless the indexes share a volume or footage:
/// then they are of one server.
public struct IndexMerge {
    public struct Result: Sendable {
        public var indexes = 0
        public var segments = 0
        public var cameras = 0
        public var duplicates = 0
        public var renamedCameras: [String] = []
    }

    private let inputs: [String]
    private let output: String
    private let message: FindingMessage
    private let toolVersion: String

    public init(_ inputs: [String], output: String, toolVersion: String, message: @escaping FindingMessage) {
        self.inputs = inputs
        self.output = output
        self.toolVersion = toolVersion
        self.message = message
    }

    public func run() throws -> Result {
        let readers = try inputs.map { try IndexReader(path: $0) }
        for reader in readers { try DestinationGuard.check(output, againstVolumesOf: reader) }
        try DestinationGuard.checkIndexName(output)
        let lock = try WorkLock(output)
        defer { lock.release() }
        let work = WorkFiles(final: output)
        work.remove(work.partial)
        let database = try translating { try IndexDatabase(path: work.partial, bulk: true) }
        var result = Result()
        do {
            try translating {
                try database.createTables()
                for reader in readers {
                    do { try adopt(reader, into: database, &result) } catch let error as DatabaseError
                        where error.resultCode != .SQLITE_FULL
                    {
                        throw RecordingsError.indexDamaged(path: reader.path, detail: error.message ?? "\(error.resultCode)")
                    }
                }
                result.duplicates = try foldDuplicates(database)
                try finish(readers, database, &result)
                try database.settle()
            }
        } catch {
            work.remove(work.partial)
            throw error
        }
        try publishFile(from: work.partial, to: output)
        return result
    }

    private func adopt(_ reader: IndexReader, into database: IndexDatabase, _ result: inout Result) throws {
        let suffix = reader.path.split(separator: "/").last.map { $0.split(separator: ".").first.map(String.init) ?? String($0) } ?? "index"
        var renamed: [String] = []
        try database.queue.writeWithoutTransaction { db in
            try db.execute(sql: "ATTACH ? AS other", arguments: [reader.path])
            try db.inTransaction {
                let volumeOffset = try Int64.fetchOne(db, sql: "SELECT IFNULL(MAX(id), 0) FROM main.volume") ?? 0
                let segmentOffset = try Int64.fetchOne(db, sql: "SELECT IFNULL(MAX(id), 0) FROM main.segment") ?? 0
                let oneServer = try isOneServer(db)
                try db.execute(
                    sql: """
                        INSERT INTO main.volume SELECT id + \(volumeOffset), uuid, label, filesystem, device_serial, source_path, scanned_at FROM other.volume;
                        CREATE TEMP TABLE camera_map(old INTEGER PRIMARY KEY, new INTEGER);
                        """)
                for row in try Row.fetchAll(db, sql: "SELECT id, key, name FROM other.camera ORDER BY id") {
                    var key = row.text(at: 1) ?? "?"
                    var id = try Int64.fetchOne(db, sql: "SELECT id FROM main.camera WHERE key = ?", arguments: [key])
                    if id != nil, !oneServer {
                        let original = key
                        var number = 1
                        repeat {
                            key = number == 1 ? "\(original)@\(suffix)" : "\(original)@\(suffix)-\(number)"
                            number += 1
                            id = try Int64.fetchOne(db, sql: "SELECT id FROM main.camera WHERE key = ?", arguments: [key])
                        } while id != nil
                        renamed.append(key)
                    }
                    if id == nil {
                        try db.execute(sql: "INSERT INTO main.camera(key, name) VALUES (?, ?)", arguments: [key, row.text(at: 2)])
                        id = db.lastInsertedRowID
                    }
                    try db.execute(sql: "INSERT INTO camera_map VALUES (?, ?)", arguments: [row.integer(at: 0), id])
                }
                let columns = try db.columns(in: "segment").map(\.name).filter { !["id", "volume_id", "camera_id"].contains($0) }.joined(
                    separator: ", ")
                try db.execute(
                    sql: """
                        INSERT INTO main.segment(id, volume_id, camera_id, \(columns))
                            SELECT id + \(segmentOffset), volume_id + \(volumeOffset), (SELECT new FROM camera_map WHERE old = camera_id), \(columns)
                            FROM other.segment;
                        INSERT INTO main.finding(segment_id, code, byte_offset, message, detail)
                            SELECT segment_id + \(segmentOffset), code, byte_offset, message, detail FROM other.finding;
                        INSERT INTO main.duplicate SELECT segment_id + \(segmentOffset), volume_id + \(volumeOffset), path, path_encoding, size_bytes, mtime_ns
                            FROM other.duplicate;
                        INSERT INTO main.other_file SELECT volume_id + \(volumeOffset), path, path_encoding, size_bytes, mtime_ns FROM other.other_file;
                        DROP TABLE camera_map;
                        """)
                if reader.hasExtents {
                    try db.execute(
                        sql:
                            "INSERT INTO main.extent SELECT segment_id + \(segmentOffset), position, offset_bytes, length_bytes FROM other.extent"
                    )
                }
                return .commit
            }
            try db.execute(sql: "DETACH other")
        }
        result.indexes += 1
        result.renamedCameras += renamed
    }

    /// The indexes speak of one volume, or hold one and the same file.
    private func isOneServer(_ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS(SELECT 1 FROM main.volume a JOIN other.volume b ON a.uuid = b.uuid AND a.source_path = b.source_path)
                    OR EXISTS(SELECT 1 FROM main.segment a JOIN other.segment b ON a.size_bytes = b.size_bytes AND a.mtime_ns = b.mtime_ns
                        AND a.path = b.path AND a.start_us = b.start_us AND a.frame_count = b.frame_count WHERE a.size_bytes > 0)
                """) ?? false
    }

    /// The files themselves may be far away: what is alike in everything the index knows is one.
    private func foldDuplicates(_ database: IndexDatabase) throws -> Int {
        try database.queue.write { db in
            let rows = try RowWriter(db)
            let groups = try String.fetchAll(
                db,
                sql: """
                    SELECT group_concat(id) FROM segment WHERE size_bytes > 0
                    GROUP BY size_bytes, camera_id, stream, kind, start_us, duration_us, frame_count, path, mtime_ns, sha256 HAVING COUNT(*) > 1
                    """)
            var folded = 0
            for group in groups {
                let ids = group.split(separator: ",").compactMap { Int64($0) }.sorted()
                guard let kept = ids.first else { continue }
                for id in ids.dropFirst() {
                    guard let segment = try Row.fetchOne(db, sql: "SELECT * FROM segment WHERE id = ?", arguments: [id]).map(Segment.init)
                    else { continue }
                    try rows.insertDuplicate(
                        of: kept,
                        OtherFile(volumeID: segment.volumeID, path: segment.path, sizeBytes: segment.sizeBytes, modified: segment.modified))
                    let place =
                        try String.fetchOne(db, sql: "SELECT source_path FROM volume WHERE id = ?", arguments: [segment.volumeID]) ?? ""
                    try rows.insert(StoredFinding(.duplicate, place + "/" + segment.path.text), of: kept, message: message)
                    try db.execute(sql: "DELETE FROM finding WHERE segment_id = ?", arguments: [id])
                    try db.execute(sql: "DELETE FROM extent WHERE segment_id = ?", arguments: [id])
                    try db.execute(sql: "UPDATE duplicate SET segment_id = ? WHERE segment_id = ?", arguments: [kept, id])
                    try db.execute(sql: "DELETE FROM segment WHERE id = ?", arguments: [id])
                    folded += 1
                }
            }
            return folded
        }
    }

    private func finish(_ readers: [IndexReader], _ database: IndexDatabase, _ result: inout Result) throws {
        let metas = try readers.map { try $0.meta() }
        let zones = Set(metas.compactMap { $0["timeZone"] })
        try database.queue.write { db in
            let meta: [(String, String)] = [
                ("toolVersion", toolVersion),
                ("builtAt", ISO8601.format(Int64(Date().timeIntervalSince1970 * 1_000_000))),
                // Servers of different zones are shown in UTC rather than in the zone of one of them.
                ("timeZone", zones.count == 1 ? zones.first ?? "UTC" : "UTC"),
                ("mergedFrom", JSON.array(readers.map { .string($0.path) }).line),
                ("nonVideoFiles", String(metas.reduce(0) { $0 + (Int($1["nonVideoFiles"] ?? "") ?? 0) })),
            ]
            for (key, value) in meta { try db.execute(sql: "INSERT INTO meta(key, value) VALUES (?, ?)", arguments: [key, value]) }
            try db.execute(sql: IndexSchema.indexes)
            result.segments = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM segment") ?? 0
            result.cameras = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM camera") ?? 0
        }
    }
}
