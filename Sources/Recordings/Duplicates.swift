import Crypto
import GRDB
import LinuxSystem
import MediaContainers

/// Folds footage that lies in two places (two disks, a moved mount) into one segment with one finding.
///
/// Candidates are alike in camera, stream, kind, start, length, frames and size; the bytes decide. Files of the same bytes at
/// different times are not the same footage.
struct Duplicates {
    let sources: [SourceTree]
    let message: FindingMessage

    /// How many files were folded.
    func fold(_ database: IndexDatabase) throws -> Int {
        let groups: [[Int64]] = try database.queue.read { db in
            // A clock from the path or inside tells instants apart; modification times of a copy do not.
            try String.fetchAll(
                db,
                sql: """
                    SELECT group_concat(id) FROM segment WHERE size_bytes > 0 AND state <> 'unreadable'
                    GROUP BY size_bytes, camera_id, stream, kind, frame_count, duration_us,
                        CASE WHEN time_source IN ('path', 'embedded') THEN start_us END
                    HAVING COUNT(*) > 1
                    """
            ).map { $0.split(separator: ",").compactMap { Int64($0) }.sorted() }
        }
        var folded = 0
        for group in groups {
            if Interruption.requested { throw Interrupted() }
            folded += try fold(group, database)
        }
        return folded
    }

    private func fold(_ ids: [Int64], _ database: IndexDatabase) throws -> Int {
        // 64 copies of one file are a mistake of somebody else; comparing thousands pairwise would be ours.
        var kept: [Segment] = []
        var folded = 0
        for id in ids.prefix(64) {
            guard
                let segment = try database.queue.read({ db in
                    try Row.fetchOne(db, sql: "SELECT * FROM segment WHERE id = ?", arguments: [id]).map(Segment.init)
                })
            else { continue }
            guard let original = kept.first(where: { mayBeSame($0, segment) && sameBytes($0, segment) }) else {
                kept.append(segment)
                continue
            }
            try database.queue.write { db in
                let rows = try RowWriter(db)
                try rows.insertDuplicate(
                    of: original.id,
                    OtherFile(volumeID: segment.volumeID, path: segment.path, sizeBytes: segment.sizeBytes, modified: segment.modified))
                let place = sources[Int(segment.volumeID) - 1].path + "/" + segment.path.text
                try rows.insert(StoredFinding(.duplicate, place), of: original.id, message: message)
                try db.execute(sql: "DELETE FROM finding WHERE segment_id = ?", arguments: [id])
                try db.execute(sql: "DELETE FROM segment WHERE id = ?", arguments: [id])
            }
            folded += 1
        }
        return folded
    }

    /// Copies on another disk have times of their own; on one disk, files that nothing but their times tells apart stay apart.
    private func mayBeSame(_ a: Segment, _ b: Segment) -> Bool {
        a.volumeID != b.volumeID || a.start == b.start
    }

    private func sameBytes(_ a: Segment, _ b: Segment) -> Bool {
        if let first = a.sha256, let second = b.sha256 { return first == second }
        guard let first = open(a), let second = open(b) else { return false }
        return (try? Self.sameContent(first, second)) ?? false
    }

    private func open(_ segment: Segment) -> FileSource? {
        guard let bytes = segment.path.bytes, let file = try? OpenFile.forReading(bytes, in: sources[Int(segment.volumeID) - 1].root),
            let status = try? file.status(), status.byteCount == UInt64(clamping: segment.sizeBytes)
        else { return nil }
        return FileSource(file, byteCount: status.byteCount)
    }

    /// Head, tail and 64 places between. Two recordings of one camera that agree in size, length and frames and in half a
    /// megabyte spread over them do not occur by accident, and a mirrored disk is not read twice.
    static func sameContent(_ a: FileSource, _ b: FileSource) throws(SourceFailure) -> Bool {
        let size = a.byteCount
        guard size == b.byteCount else { return false }
        let block = 8_192
        let first = UnsafeMutableRawBufferPointer.allocate(byteCount: block, alignment: 16)
        let second = UnsafeMutableRawBufferPointer.allocate(byteCount: block, alignment: 16)
        defer {
            first.deallocate()
            second.deallocate()
        }
        let places: UInt64 = 66
        let step = max(UInt64(block), size / places)
        var offset: UInt64 = 0
        while offset < size {
            let got = try a.read(at: offset, into: first)
            guard try b.read(at: offset, into: second) == got,
                UnsafeRawBufferPointer(rebasing: first[..<got]).elementsEqual(UnsafeRawBufferPointer(rebasing: second[..<got]))
            else { return false }
            if got == 0 { return true }
            if offset + UInt64(got) >= size { return true }
            offset = min(offset + step, max(offset + UInt64(got), size &- UInt64(min(UInt64(block), size))))
        }
        return true
    }
}
