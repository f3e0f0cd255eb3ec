import Foundation
import GRDB
import Layouts
import LinuxSystem

/// A segment that is byte ranges of a disk instead of a file.
public struct FoundSegment: Sendable {
    public var segment: Segment
    public var findings: [StoredFinding]
    /// Bytes of the volume's source, in the order of the segment.
    public var extents: [Range<UInt64>]

    public init(segment: Segment, findings: [StoredFinding], extents: [Range<UInt64>]) {
        self.segment = segment
        self.findings = findings
        self.extents = extents
    }
}

/// Writes the index of a disk without a file system: the volume's source is the disk or its image, each segment has extents.
public struct FindIndex {
    private let path: String
    private let message: FindingMessage

    /// Refuses a name that is not an index's.
    public init(_ path: String, message: @escaping FindingMessage) throws {
        self.path = path
        self.message = message
        try DestinationGuard.checkIndexName(path)
    }

    /// `each` hands out the segments one after the other; none is held in memory.
    public func write(
        source: String, toolVersion: String, zone: ZoneRules, each: ((FoundSegment) throws -> Void) throws -> Void
    ) throws {
        let lock = try WorkLock(path)
        defer { lock.release() }
        let work = WorkFiles(final: path)
        work.remove(work.partial)
        do {
            try translating {
                let database = try IndexDatabase(path: work.partial, bulk: true)
                try database.createTables()
                try database.queue.write { db in
                    try begin(db, source: source, toolVersion: toolVersion, zone: zone)
                    let rows = try RowWriter(db)
                    let extent = try db.makeStatement(
                        sql: "INSERT INTO extent(segment_id, position, offset_bytes, length_bytes) VALUES (?,?,?,?)")
                    try each { found in
                        let id = try rows.insert(found.segment, found.findings, into: db, message: message)
                        for (position, range) in found.extents.enumerated() {
                            try extent.execute(arguments: [
                                id, position, Int64(clamping: range.lowerBound), Int64(clamping: range.upperBound - range.lowerBound),
                            ])
                        }
                    }
                    try db.execute(sql: IndexSchema.indexes)
                }
                // Nothing on the disk tells the cameras apart: what a find lacks is tried with those that lie nearest.
                if let disk = try? OpenFile.forReading(path: source) {
                    try SalvagePass(open: { find in open(find, on: disk, database) }, message: message).run(database)
                }
                try database.settle()
            }
        } catch {
            work.remove(work.partial)
            throw error
        }
        try translating { try publishFile(from: work.partial, to: path) }
    }

    private func open(_ find: Segment, on disk: OpenFile, _ database: IndexDatabase) -> FileSource? {
        let extents = try? database.queue.read { try Self.extents(of: find.id, $0) }
        return extents.map { FileSource(disk, extents: $0) }
    }

    fileprivate static func extents(of segment: Int64, _ db: Database) throws -> [Range<UInt64>] {
        try Row.fetchAll(
            db, sql: "SELECT offset_bytes, length_bytes FROM extent WHERE segment_id = ? ORDER BY position", arguments: [segment]
        )
        .compactMap { row in
            guard let offset = row.integer(at: 0).flatMap(UInt64.init(exactly:)),
                let length = row.integer(at: 1).flatMap(UInt64.init(exactly:))
            else { return nil }
            // Both are below 2^63.
            return offset..<(offset + length)
        }
    }

    private func begin(_ db: Database, source: String, toolVersion: String, zone: ZoneRules) throws {
        let now = ISO8601.format(Int64(Date().timeIntervalSince1970 * 1_000_000))
        let name = splitPath(source).name
        try db.execute(sql: "INSERT INTO volume(id, source_path, scanned_at) VALUES (1, ?, ?)", arguments: [source, now])
        // Nothing on such a disk names the cameras.
        try db.execute(sql: "INSERT INTO camera(id, key, name) VALUES (1, ?, ?)", arguments: [name, name])
        for (key, value) in [
            ("toolVersion", toolVersion), ("builtAt", now), ("timeZone", zone.identifier), ("layouts", "[]"), ("carved", "true"),
        ] {
            try db.execute(sql: "INSERT INTO meta(key, value) VALUES (?, ?)", arguments: [key, value])
        }
    }
}

extension IndexReader {
    /// Where the last byte of the segments of a volume lies that is a disk without a file system; nil for a tree of files.
    func endOfExtents(in volume: Int64) throws -> UInt64? {
        guard hasExtents else { return nil }
        return try read { db in
            try Int64.fetchOne(
                db,
                sql: "SELECT MAX(offset_bytes + length_bytes) FROM extent WHERE segment_id IN (SELECT id FROM segment WHERE volume_id = ?)",
                arguments: [volume]
            ).flatMap(UInt64.init(exactly:))
        }
    }

    /// The byte ranges of the volume's source that a segment is made of; empty where it is a file.
    public func extents(of segment: Int64) throws -> [Range<UInt64>] {
        guard hasExtents else { return [] }
        return try readDetails { try FindIndex.extents(of: segment, $0) }
    }
}
