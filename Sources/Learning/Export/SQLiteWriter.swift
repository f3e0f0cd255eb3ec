import Foundation
import LinuxSystem
import Recordings

extension ProfileExport {
    /// SQLite's form is a file of its own, unless SQL text is asked for by the name.
    public func makesFile(_ path: String) -> Bool { profile.dialect == .sqlite && !path.hasSuffix(".sql") }

    /// A new SQLite file with the recorder's tables and the rows of the index.
    public func write(toNewFile path: String) throws -> Result {
        let partial = AtomicFile.temporaryPath(for: path)
        try? FileManager.default.removeItem(atPath: partial)
        do {
            let result = try fill(partial)
            try publishFile(from: partial, to: path)
            return result
        } catch let failure as SQLiteFile.Failure {
            try? FileManager.default.removeItem(atPath: partial)
            throw LearningError.destinationFailed(path: path, detail: failure.message)
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    private func fill(_ partial: String) throws -> Result {
        let file = try SQLiteFile(creating: partial)
        for definition in (profile.lookups.compactMap(\.definition) + profile.tables.compactMap(\.table.definition)) {
            try file.run(definition)
        }
        return try write { try file.run($0) }
    }
}
