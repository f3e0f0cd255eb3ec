import Foundation
import GRDB
import LinuxSystem

/// The names beside an index during a build.
struct WorkFiles {
    var final: String
    /// Being filled now.
    var partial: String { AtomicFile.temporaryPath(for: final) }
    /// What killed builds left.
    var resume: String {
        let (folder, name) = splitPath(final)
        return folder + "/." + name + ".resume"
    }

    /// Turns what killed builds left into one file to look things up in. An unusable work file is removed: it holds nothing
    /// that the sources do not.
    func prepareResume() throws {
        let files = FileManager.default
        guard files.fileExists(atPath: partial) else { return }
        if files.fileExists(atPath: resume) {
            if (try? adopt(partial, into: resume)) != nil { remove(partial) } else { remove(resume) }
        }
        if files.fileExists(atPath: partial) {
            if (try? adoptable(partial)) != nil {
                for suffix in ["", "-wal", "-shm"] where files.fileExists(atPath: partial + suffix) {
                    try files.moveItem(atPath: partial + suffix, toPath: resume + suffix)
                }
            } else {
                remove(partial)
            }
        }
    }

    /// Settles the write-ahead log, checks the file and makes the look-ups fast.
    private func adoptable(_ path: String) throws {
        let database = try IndexDatabase(path: path, bulk: true)
        try database.queue.write { db in
            guard try String.fetchOne(db, sql: "PRAGMA quick_check") == "ok",
                try Int32.fetchOne(db, sql: "PRAGMA application_id") == IndexSchema.applicationID
            else { throw RecordingsError.notAnIndex(path: path) }
            try db.execute(sql: IndexSchema.resumeIndexes)
        }
        try database.settle()
    }

    /// A build that went on from a killed one was killed too: both are joined.
    private func adopt(_ newer: String, into older: String) throws {
        try adoptable(newer)
        let database = try IndexDatabase(path: older, bulk: true)
        try database.queue.writeWithoutTransaction { db in
            try db.execute(sql: "ATTACH ? AS newer", arguments: [newer])
            try db.inTransaction {
                let segmentOffset = try Int64.fetchOne(db, sql: "SELECT IFNULL(MAX(id), 0) FROM main.segment") ?? 0
                let columns = try db.columns(in: "segment").map(\.name).filter { $0 != "id" && $0 != "volume_id" && $0 != "camera_id" }
                    .joined(separator: ", ")
                // Both builds had the same sources, or the rows do not match and are looked up in vain.
                try db.execute(
                    sql: """
                        CREATE TEMP TABLE same_volume AS SELECT n.id AS newer, o.id AS older FROM newer.volume n
                            JOIN main.volume o ON o.source_path = n.source_path AND o.uuid IS n.uuid;
                        INSERT INTO main.segment(id, volume_id, \(columns))
                            SELECT s.id + \(segmentOffset), v.older, \(columns) FROM newer.segment s JOIN same_volume v ON v.newer = s.volume_id;
                        INSERT INTO main.finding(segment_id, code, byte_offset, message, detail)
                            SELECT segment_id + \(segmentOffset), code, byte_offset, message, detail FROM newer.finding;
                        INSERT INTO main.other_file SELECT v.older, path, path_encoding, size_bytes, mtime_ns
                            FROM newer.other_file f JOIN same_volume v ON v.newer = f.volume_id;
                        """)
                return .commit
            }
            try db.execute(sql: "DETACH newer")
        }
        try database.settle()
    }

    func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
