import Foundation
import GRDB
import LinuxSystem

/// An index opened for reading. Never writes, not even a journal.
public final class IndexReader: Sendable {
    public let path: String
    let queue: DatabaseQueue
    /// For questions about a segment while another query hands segments out: a connection answers one at a time.
    private let details: DatabaseQueue
    /// Indexes of earlier versions have no such table.
    let hasExtents: Bool

    public struct Volume: Sendable, Equatable {
        public var id: Int64
        public var uuid: String?
        public var label: String?
        public var filesystem: String?
        public var serial: String?
        public var sourcePath: String
        public var scannedAt: String?
    }

    public struct Camera: Sendable, Equatable, Codable {
        public var id: Int64
        public var key: String
        public var name: String

        public init(id: Int64, key: String, name: String) {
            self.id = id
            self.key = key
            self.name = name
        }
    }

    /// Which segments: all of them where nothing is said.
    public struct Selection: Sendable {
        public var cameras: [String] = []
        /// UTC microseconds; a segment is selected when any part of it lies in `from ..< to`.
        public var from: Int64?
        public var to: Int64?
        public var protectedOnly = false

        public init(cameras: [String] = [], from: Int64? = nil, to: Int64? = nil, protectedOnly: Bool = false) {
            self.cameras = cameras
            self.from = from
            self.to = to
            self.protectedOnly = protectedOnly
        }
    }

    public init(path: String) throws {
        self.path = path
        guard let status = try? FileStatus.of(path: path) else { throw RecordingsError.indexMissing(path: path) }
        // A FIFO would be waited for, a device read without end.
        guard status.kind == .regular else { throw RecordingsError.notAnIndex(path: path) }
        var configuration = Configuration()
        configuration.readonly = true
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            details = try DatabaseQueue(path: path, configuration: configuration)
            let (application, version) = try queue.read { db in
                (try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0, try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0)
            }
            hasExtents = try queue.read { try $0.tableExists("extent") }
            guard application == IndexSchema.applicationID else { throw RecordingsError.notAnIndex(path: path) }
            guard version <= IndexSchema.userVersion else { throw RecordingsError.indexTooNew(path: path) }
        } catch let error as DatabaseError {
            throw error.resultCode == .SQLITE_CORRUPT
                ? RecordingsError.indexDamaged(path: path, detail: error.message ?? "") : RecordingsError.notAnIndex(path: path)
        }
    }

    /// A damaged index is an error with a sentence, not the library's.
    func read<T>(_ body: (Database) throws -> T) throws -> T {
        try read(queue, body)
    }

    func readDetails<T>(_ body: (Database) throws -> T) throws -> T {
        try read(details, body)
    }

    private func read<T>(_ queue: DatabaseQueue, _ body: (Database) throws -> T) throws -> T {
        do {
            return try queue.unsafeRead(body)
        } catch let error as DatabaseError {
            throw RecordingsError.indexDamaged(path: path, detail: error.message ?? "\(error.resultCode)")
        }
    }

    public func meta() throws -> [String: String] {
        try read { db in
            try Dictionary(
                Row.fetchAll(db, sql: "SELECT key, value FROM meta").map { ($0.text(at: 0) ?? "", $0.text(at: 1) ?? "") },
                uniquingKeysWith: { first, _ in first })
        }
    }

    public func volumes() throws -> [Volume] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT id, uuid, label, filesystem, device_serial, source_path, scanned_at FROM volume ORDER BY id")
                .map { row in
                    Volume(
                        id: row.integer(at: 0) ?? 0, uuid: row.text(at: 1), label: row.text(at: 2), filesystem: row.text(at: 3),
                        serial: row.text(at: 4),
                        sourcePath: row.text(at: 5) ?? "", scannedAt: row.text(at: 6))
                }
        }
    }

    public func cameras() throws -> [Camera] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT id, key, name FROM camera ORDER BY key").map { row in
                let key = row.text(at: 1) ?? "?"
                return Camera(id: row.integer(at: 0) ?? 0, key: key, name: row.text(at: 2) ?? key)
            }
        }
    }

    /// Throws `noSuchCamera` before anything of a selection is shown.
    public func check(_ selection: Selection) throws {
        guard !selection.cameras.isEmpty else { return }
        let known = try cameras()
        for key in selection.cameras where !known.contains(where: { $0.key == key || $0.name == key }) {
            throw RecordingsError.noSuchCamera(key: key, known: known.map(\.key))
        }
    }

    /// Hands out the selected segments by camera, stream and time; those without a time last. One at a time: memory does not grow.
    public func forEachSegment(_ selection: Selection = Selection(), _ body: (Segment) throws -> Void) throws {
        var conditions: [String] = []
        var arguments: [any DatabaseValueConvertible] = []
        if !selection.cameras.isEmpty {
            try check(selection)
            let known = try cameras()
            let ids = known.filter { selection.cameras.contains($0.key) || selection.cameras.contains($0.name) }.map { String($0.id) }
            conditions.append("s.camera_id IN (\(ids.joined(separator: ",")))")
        }
        if let from = selection.from {
            conditions.append("s.start_us + MAX(IFNULL(s.duration_us, 0), 1) > ?")
            arguments.append(from)
        }
        if let to = selection.to {
            conditions.append("s.start_us < ?")
            arguments.append(to)
        }
        if selection.protectedOnly { conditions.append("s.protected = 1") }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT s.* FROM segment s LEFT JOIN camera c ON c.id = s.camera_id \(filter)
                    ORDER BY c.key, s.stream, s.start_us IS NULL, s.start_us, s.path
                    """, arguments: StatementArguments(arguments))
            while let row = try rows.next() { try body(Segment(row)) }
        }
    }

    public func segments(_ selection: Selection = Selection()) throws -> [Segment] {
        var result: [Segment] = []
        try forEachSegment(selection) { result.append($0) }
        return result
    }

    public func findings(of segment: Int64) throws -> [StoredFinding] {
        try read(details) { db in
            try Row.fetchAll(
                db, sql: "SELECT code, byte_offset, detail FROM finding WHERE segment_id = ? ORDER BY id", arguments: [segment]
            )
            .map { StoredFinding(code: $0.text(at: 0) ?? "?", byteOffset: $0.integer(at: 1), detail: $0.text(at: 2) ?? "") }
        }
    }

    /// Segments of the same camera and stream nearest in time, for what a segment lacks (parameter sets).
    public func siblings(of segment: Segment, limit: Int = 8) throws -> [Segment] {
        try read(details) { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM segment WHERE camera_id IS ? AND stream IS ? AND id <> ? AND video_codec = IFNULL(?, video_codec)
                        AND state IN ('complete', 'truncated')
                    ORDER BY state, ABS(IFNULL(start_us, 0) - ?) LIMIT ?
                    """,
                arguments: [segment.cameraID, segment.stream, segment.id, segment.video?.codec.rawValue, segment.start ?? 0, limit]
            ).map(Segment.init)
        }
    }
}
