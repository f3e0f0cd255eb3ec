import GRDB
import LinuxSystem

/// What became of the files of an index since it was built.
public struct CheckResult: Sendable {
    public enum Change: String, Sendable {
        case missing, changed, unreadable, new
        /// The volume itself is not where it was.
        case volumeMissing = "volume-missing"
    }
    public struct Entry: Sendable {
        public var change: Change
        public var volumeID: Int64
        public var path: String
        public var detail: String
    }
    public var checked = 0
    public var counts: [Change: Int] = [:]
    /// The first of them: a disk that is gone would list a million.
    public var entries: [Entry] = []
    public static let entriesKept = 1_000

    /// New files are no loss.
    public var hasLosses: Bool { counts.contains { $0.key != .new && $0.value > 0 } }

    mutating func note(_ change: Change, _ volume: Int64, _ path: String, _ detail: String = "") {
        counts[change, default: 0] += 1
        if entries.count < Self.entriesKept { entries.append(Entry(change: change, volumeID: volume, path: path, detail: detail)) }
    }
}

/// Compares an index with its sources by names, sizes and modification times; opens no recording.
public struct IndexCheck {
    let index: IndexReader

    public init(index: IndexReader) {
        self.index = index
    }

    /// `sources` replace the places noted in the index, in the order of its volumes (a disk mounted elsewhere).
    public func run(sources: [String], progress: (Int) -> Void) throws -> CheckResult {
        try index.read { db in
            let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
            guard verdict == "ok" else { throw RecordingsError.indexDamaged(path: index.path, detail: verdict) }
        }
        var result = CheckResult()
        for (number, volume) in try index.volumes().enumerated() {
            let place = number < sources.count ? sources[number] : volume.sourcePath
            if let end = try index.endOfExtents(in: volume.id) {
                try check(disk: place, end: end, volume, &result)
                continue
            }
            let tree: SourceTree
            do throws(SystemError) { tree = try SourceTree(place) } catch {
                if number < sources.count { throw RecordingsError.sourceMissing(path: place, error) }
                result.note(.volumeMissing, volume.id, place, error.reason)
                continue
            }
            try check(volume, tree, &result, progress)
        }
        return result
    }

    /// A disk without a file system has no names and times to compare: it is there, and as large as it must be.
    private func check(disk place: String, end: UInt64, _ volume: IndexReader.Volume, _ result: inout CheckResult) throws {
        result.checked += try index.read {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM segment WHERE volume_id = ?", arguments: [volume.id]) ?? 0
        }
        do throws(SystemError) {
            let size = try OpenFile.forReading(path: place).rawMedium()?.byteCount ?? 0
            if size < end { result.note(.changed, volume.id, place, "\(end) -> \(size)") }
        } catch {
            result.note(.volumeMissing, volume.id, place, error.reason)
        }
    }

    private func check(_ volume: IndexReader.Volume, _ tree: SourceTree, _ result: inout CheckResult, _ progress: (Int) -> Void) throws {
        try index.read { db in
            let known = try Row.fetchCursor(
                db,
                sql: """
                    SELECT path, path_encoding, size_bytes, mtime_ns FROM segment WHERE volume_id = ?1
                    UNION ALL SELECT path, path_encoding, size_bytes, mtime_ns FROM duplicate WHERE volume_id = ?1
                    """, arguments: [volume.id])
            while let row = try known.next() {
                if Interruption.requested { throw Interrupted() }
                let path = StoredPath(text: row.text(at: 0) ?? "", encoding: row.text(at: 1) ?? "utf-8")
                result.checked += 1
                if result.checked % 4_096 == 0 { progress(result.checked) }
                do throws(SystemError) {
                    let bytes = path.bytes ?? []
                    guard OpenFile.staysInside(bytes) else { throw SystemError(call: "stat", errno: 2, path: path.text) }
                    let status = try tree.root.status(of: bytes)
                    if Int64(clamping: status.byteCount) != row.integer(at: 2) {
                        result.note(.changed, volume.id, path.text, "\(row.integer(at: 2) ?? 0) -> \(status.byteCount)")
                    } else if status.modified != row.integer(at: 3) {
                        result.note(.changed, volume.id, path.text, "mtime")
                    }
                } catch {
                    result.note(error.errno == 2 || error.errno == 20 ? .missing : .unreadable, volume.id, path.text, error.reason)
                }
            }
            let find = try db.makeStatement(
                sql: """
                    SELECT 1 FROM segment WHERE volume_id = ?1 AND path = ?2 UNION ALL SELECT 1 FROM other_file WHERE volume_id = ?1 AND path = ?2
                    UNION ALL SELECT 1 FROM duplicate WHERE volume_id = ?1 AND path = ?2
                    """)
            var walk = TreeWalk()
            try walk.walk(tree, volume: 0) { file in
                let path = StoredPath(bytes: file.path).text
                if try Int.fetchOne(find, arguments: [volume.id, path]) == nil { result.note(.new, volume.id, path) }
            }
        }
    }
}
