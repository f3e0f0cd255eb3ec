import Foundation
import GRDB
import LinuxSystem
import MediaContainers

/// An index file being filled. Rows are committed in batches, so that a build that is killed goes on from the last one.
final class IndexDatabase {
    let queue: DatabaseQueue

    /// Opens or creates. `bulk`: the file is a work file; a process kill leaves it whole, a power cut may cost it (and only it).
    ///
    /// A work file is opened without SQLite's own locks: the kernel passes them on to a share's server, and one of Windows or Samba
    /// refuses to raise a lock that the same process holds ("database is locked"). `WorkLock` keeps other builds away from it.
    init(path: String, bulk: Bool) throws {
        var configuration = Configuration()
        configuration.busyMode = .immediateError
        configuration.prepareDatabase { db in
            if bulk {
                // The log's index is then kept in memory of our own; shared memory is nothing that a share has.
                try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                try db.execute(sql: "PRAGMA synchronous = OFF")
                // Sorting a million rows goes to a temporary file beyond this: 64 MiB of page cache.
                try db.execute(sql: "PRAGMA cache_size = -65536")
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            }
            try db.execute(sql: "PRAGMA temp_store = FILE")
        }
        queue = try DatabaseQueue(path: bulk ? Self.withoutLocks(path) : path, configuration: configuration)
    }

    /// https://www.sqlite.org/uri.html, https://www.sqlite.org/vfs.html (unix-none)
    private static func withoutLocks(_ path: String) -> String {
        let harmless = CharacterSet(charactersIn: "/-_.").union(.alphanumerics)
        let place = path.addingPercentEncoding(withAllowedCharacters: harmless) ?? path
        return (path.hasPrefix("/") ? "file://" : "file:") + place + "?vfs=unix-none"
    }

    func createTables() throws {
        try queue.write { db in
            try db.execute(sql: "PRAGMA application_id = \(IndexSchema.applicationID)")
            try db.execute(sql: "PRAGMA user_version = \(IndexSchema.userVersion)")
            try db.execute(sql: IndexSchema.tables)
        }
    }

    /// Leaves one plain file: no write-ahead log beside it.
    func settle() throws {
        try queue.writeWithoutTransaction { db in
            _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            _ = try Row.fetchAll(db, sql: "PRAGMA journal_mode = DELETE")
        }
        try queue.close()
    }
}

/// Prepared statements for the rows of one connection.
struct RowWriter {
    private let insertSegment: RowStatement
    private let insertFinding: RowStatement
    private let insertOther: RowStatement
    private let insertDuplicate: RowStatement

    init(_ db: Database) throws {
        insertSegment = try RowStatement(
            db,
            sql: """
                INSERT INTO segment(id, volume_id, path, path_encoding, size_bytes, mtime_ns, camera_id, stream, kind, protected,
                    container, video_codec, width, height, audio_codec, start_us, duration_us, frame_count, keyframe_count,
                    time_source, time_uncertainty_us, state, playable_bytes, sha256, embedded_us, embedded_kind, embedded_uncertainty_us)
                VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
                """)
        insertFinding = try RowStatement(
            db, sql: "INSERT INTO finding(segment_id, code, byte_offset, message, detail) VALUES (?,?,?,?,?)")
        insertOther = try RowStatement(
            db, sql: "INSERT INTO other_file(volume_id, path, path_encoding, size_bytes, mtime_ns) VALUES (?,?,?,?,?)")
        insertDuplicate = try RowStatement(
            db, sql: "INSERT INTO duplicate(segment_id, volume_id, path, path_encoding, size_bytes, mtime_ns) VALUES (?,?,?,?,?,?)")
    }

    /// Inserts under `segment.id`, or under the next free id where that is 0; returns the id.
    @discardableResult
    func insert(_ segment: Segment, _ findings: [StoredFinding], into db: Database, message: FindingMessage) throws -> Int64 {
        try insertSegment.execute { row in
            row.put(segment.id == 0 ? nil : segment.id)
            row.put(segment.volumeID)
            row.put(segment.path.text)
            row.put(segment.path.encoding)
            row.put(segment.sizeBytes)
            row.put(segment.modified)
            row.put(segment.cameraID)
            row.put(segment.stream)
            row.put(segment.kind.rawValue)
            row.put(segment.isProtected ? 1 : 0)
            row.put(segment.container?.rawValue)
            row.put(segment.video?.codec.rawValue)
            row.put(segment.video?.width)
            row.put(segment.video?.height)
            row.put(segment.audio?.rawValue)
            row.put(segment.start)
            row.put(segment.duration)
            row.put(segment.frameCount)
            row.put(segment.keyframeCount)
            row.put(segment.timeSource.rawValue)
            row.put(segment.timeUncertainty)
            row.put(segment.state.rawValue)
            row.put(segment.playableBytes)
            row.put(segment.sha256)
            row.put(segment.embeddedClock?.microseconds)
            row.put(segment.embeddedClock?.kind.rawValue)
            row.put(segment.embeddedClock?.uncertaintyMicroseconds)
        }
        let id = db.lastInsertedRowID
        for finding in findings { try insert(finding, of: id, message: message) }
        return id
    }

    func insert(_ finding: StoredFinding, of segment: Int64, message: FindingMessage) throws {
        try insertFinding.execute { row in
            row.put(segment)
            row.put(finding.code)
            row.put(finding.byteOffset)
            row.put(message(finding))
            row.put(finding.detail)
        }
    }

    func insert(_ other: OtherFile) throws {
        try insertOther.execute { $0.put(other) }
    }

    func insertDuplicate(of segment: Int64, _ other: OtherFile) throws {
        try insertDuplicate.execute { row in
            row.put(segment)
            row.put(other)
        }
    }
}

extension RowStatement.Arguments {
    fileprivate mutating func put(_ other: OtherFile) {
        put(other.volumeID)
        put(other.path.text)
        put(other.path.encoding)
        put(other.sizeBytes)
        put(other.modified)
    }
}

/// Turns a finding into the sentence stored beside its code. Given by the caller, because sentences live in `Wording`.
public typealias FindingMessage = @Sendable (StoredFinding) -> String

/// A file that is no video (or, in `duplicate`, a second copy of one).
struct OtherFile: Sendable {
    var volumeID: Int64
    var path: StoredPath
    var sizeBytes: Int64
    var modified: Int64
}

extension Segment {
    /// A row that lacks what it must have becomes an unreadable segment, never a crash.
    init(_ row: Row) {
        self.init(
            volumeID: row.integer("volume_id") ?? 0,
            path: StoredPath(text: row.text("path") ?? "", encoding: row.text("path_encoding") ?? "utf-8"),
            sizeBytes: row.count("size_bytes"), modified: row.integer("mtime_ns") ?? 0,
            state: row.text("state").flatMap(MediaState.init(rawValue:)) ?? .unreadable)
        id = row.integer("id") ?? 0
        cameraID = row.integer("camera_id")
        stream = row.text("stream")
        kind = row.text("kind").flatMap(Kind.init(rawValue:)) ?? .unknown
        isProtected = row.integer("protected") == 1
        container = row.text("container").flatMap(Container.init(rawValue:))
        audio = row.text("audio_codec").flatMap(AudioCodec.init(rawValue:))
        start = row.time("start_us")
        duration = row.length("duration_us")
        frameCount = row.length("frame_count").map(Int.init)
        keyframeCount = row.length("keyframe_count").map(Int.init)
        timeSource = row.text("time_source").flatMap(TimeSource.init(rawValue:)) ?? .none
        timeUncertainty = row.length("time_uncertainty_us")
        playableBytes = row.count("playable_bytes")
        sha256 = (row["sha256"] as DatabaseValue?).flatMap(Data.fromDatabaseValue).map { Array($0) }
        if let codec = row.text("video_codec").flatMap(VideoCodec.init(rawValue:)) {
            video = VideoFormat(codec: codec, width: Int(row.count("width")), height: Int(row.count("height")))
        }
        if let microseconds = row.time("embedded_us"), let kind = row.text("embedded_kind").flatMap(EmbeddedClock.Kind.init(rawValue:)) {
            embeddedClock = EmbeddedClock(
                kind: kind, microseconds: microseconds, uncertaintyMicroseconds: row.length("embedded_uncertainty_us") ?? 0)
        }
    }
}
