import Foundation
import GRDB
import LinuxSystem

/// What earlier builds already know: the finished index of the same name, and the work file of a build that was killed.
/// A file whose size and modification time are unchanged is not opened again.
final class ProbeCache: Sendable {
    private struct Store: Sendable {
        let queue: DatabaseQueue
        /// Volume ids of that file, in the order of the sources of this build.
        let volumes: [Int64?]
    }
    private let stores: [Store]

    /// Files that cannot be trusted are left out, silently: they only cost time. So are those of another version of this
    /// program, which may have understood a recording differently.
    init?(_ paths: [String], sources: [SourceTree], toolVersion: String) {
        var stores: [Store] = []
        for path in paths {
            var configuration = Configuration()
            configuration.readonly = true
            guard let queue = try? DatabaseQueue(path: path, configuration: configuration),
                let volumes = try? queue.read({ db -> [Int64?] in
                    guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == IndexSchema.applicationID,
                        try Int32.fetchOne(db, sql: "PRAGMA user_version") == IndexSchema.userVersion,
                        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'toolVersion'") == toolVersion
                    else { throw RecordingsError.notAnIndex(path: path) }
                    return try sources.map { source in
                        try Int64.fetchOne(
                            db, sql: "SELECT id FROM volume WHERE source_path = ? AND uuid IS ?",
                            arguments: [source.path, source.volume.uuid])
                    }
                }), volumes.contains(where: { $0 != nil })
            else { continue }
            stores.append(Store(queue: queue, volumes: volumes))
        }
        guard !stores.isEmpty else { return nil }
        self.stores = stores
    }

    /// Where the index lies on a share, its name cannot be given to another file while it is open.
    func close() {
        for store in stores { try? store.queue.close() }
    }

    func content(of file: WalkedFile, sizeBytes: Int64, modified: Int64, hashing: Bool) -> ProbedFile.Content? {
        let path = StoredPath(bytes: file.path)
        for store in stores {
            guard let volume = store.volumes[file.volume] else { continue }
            let content = try? store.queue.read { db -> ProbedFile.Content? in
                let select = try db.cachedStatement(sql: "SELECT * FROM segment WHERE volume_id = ? AND path = ?")
                if let row = try Row.fetchOne(select, arguments: [volume, path.text]) {
                    let segment = Segment(row)
                    guard segment.sizeBytes == sizeBytes, segment.modified == modified, segment.path == path,
                        segment.state != .unreadable, !hashing || segment.sha256 != nil
                    else { return nil }
                    let findings = try Row.fetchAll(
                        db.cachedStatement(sql: "SELECT code, byte_offset, detail FROM finding WHERE segment_id = ?"),
                        arguments: [segment.id])
                    return .known(
                        segment,
                        findings.map {
                            StoredFinding(code: $0.text(at: 0) ?? "?", byteOffset: $0.integer(at: 1), detail: $0.text(at: 2) ?? "")
                        })
                }
                let other = try db.cachedStatement(sql: "SELECT size_bytes, mtime_ns FROM other_file WHERE volume_id = ? AND path = ?")
                if let row = try Row.fetchOne(other, arguments: [volume, path.text]), row.integer(at: 0) == sizeBytes,
                    row.integer(at: 1) == modified
                {
                    return .knownOther
                }
                return nil
            }
            if let content = content ?? nil { return content }
        }
        return nil
    }
}
