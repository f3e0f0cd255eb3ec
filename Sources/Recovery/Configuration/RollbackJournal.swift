import Crypto
import Foundation
import LinuxSystem

/// What a restore will change, written down with copies before it changes anything:
/// ```
/// var/lib/camtrace-rescue/rollback-N/0001 …       copies of the files that will be replaced
///                                   /journal.json  the restore has begun and is not done: it must be undone
///                                   /done.json     the same file under another name: it is done, and can be undone
/// ```
/// A folder without either was being prepared or cleared away when the power went; nothing else was changed.
struct RollbackJournal: Codable {
    struct Entry: Codable {
        var path: String
        var before: EntryState
        /// The copy's name and its SHA-256.
        var copy: String?
        var sha256: String?
        var isFolder: Bool
    }
    struct Folder: Codable {
        var path: String
        var state: EntryState
    }
    static let currentSchema = "camtrace-rescue/rollback/1"

    var schema = Self.currentSchema
    /// Makes temporary names that nobody else has.
    var id: String
    var version: String
    var archive: String
    var at: String
    /// In the order of the restore.
    var entries: [Entry]
    /// Folders in which something will change, with their times.
    var folders: [Folder]

    func temporaryName(_ index: Int) -> String { ".camtrace-rescue-\(id)-\(index)" }
}

/// The journals below a target.
struct RollbackStore {
    static let folder = "var/lib/camtrace-rescue"
    /// A journal of the most members with all their attributes.
    private static let largest = 256 << 20

    let tree: TargetTree

    static func isOwn(_ path: String) -> Bool { path == folder || path.hasPrefix(folder + "/") }

    enum State { case unfinished, done, empty }

    /// By their numbers, the oldest first.
    func all() throws(SystemError) -> [(number: Int, state: State)] {
        let folder: OpenFile
        do throws(SystemError) { folder = try tree.folder(Self.folder) } catch {
            guard error.errno == 2 else { throw error }
            return []
        }
        let (entries, failure) = folder.entries()
        if let failure { throw failure }
        var found: [(number: Int, state: State)] = []
        for entry in entries {
            let name = String(decoding: entry.name, as: UTF8.self)
            guard name.hasPrefix("rollback-"), let number = Int(name.dropFirst(9)), number > 0 else { continue }
            let isBegun = try tree.state(path(number, "journal.json")).kind == .file
            let isDone = try tree.state(path(number, "done.json")).kind == .file
            found.append((number, isBegun ? .unfinished : isDone ? .done : .empty))
        }
        return found.sorted { $0.number < $1.number }
    }

    func path(_ number: Int, _ name: String) -> String { Self.folder + "/rollback-\(number)/" + name }

    /// Copies, and then the journal; when it returns, all of it is on the disk.
    func prepare(_ plan: RestorePlan, version: String, archive: ConfigurationArchive, now: Date) throws -> (Int, RollbackJournal) {
        var journal = RollbackJournal(
            id: String(UInt64.random(in: .min ... .max), radix: 16), version: version, archive: archive.sha256, at: Ledger.stamp(now),
            entries: [], folders: [])
        var folders: [String] = []
        for action in plan.changes {
            journal.entries.append(.init(path: action.path, before: action.before, isFolder: action.what == .makeFolder))
            let above = splitPath(action.path).folder
            if !folders.contains(above) { folders.append(above) }
        }
        for folder in folders {
            let state = try tree.state(folder)
            if state.kind == .folder { journal.folders.append(.init(path: folder, state: state)) }
        }
        let number = try (all().last?.number ?? 0) + 1
        let own = EntryState.ownersFolder()
        if try tree.state(Self.folder).kind == .absent {
            try keepingTime { () throws(SystemError) in try tree.makeFolder(Self.folder, own) }
        }
        try tree.makeFolder(Self.folder + "/rollback-\(number)", own)
        for index in journal.entries.indices where journal.entries[index].before.kind == .file {
            let name = "\(index)"
            let file = try tree.file(journal.entries[index].path)
            var hasher = SHA256()
            try tree.write(path(number, name), .ownersFile(), temporary: ".\(name).partial") { sink in
                try file.copy { bytes in
                    hasher.update(bufferPointer: bytes)
                    try sink(bytes)
                }
            }
            journal.entries[index].copy = name
            journal.entries[index].sha256 = hasher.finalize().hexadecimal
        }
        let text = try JSONEncoder().encode(journal)
        try tree.write(path(number, "journal.json"), .ownersFile(), temporary: ".journal.partial") { sink in
            try text.withUnsafeBytes { try sink($0) }
        }
        return (number, journal)
    }

    func finish(_ number: Int) throws(SystemError) { try tree.rename(path(number, "journal.json"), to: "done.json") }

    /// Throws `RestoreError.rollbackDamaged`.
    func read(_ number: Int) throws -> RollbackJournal {
        for name in ["journal.json", "done.json"] where try tree.state(path(number, name)).kind == .file {
            let bytes = try tree.file(path(number, name)).readAll(limit: Self.largest)
            guard let journal = try? JSONDecoder().decode(RollbackJournal.self, from: Data(bytes)),
                journal.schema == RollbackJournal.currentSchema, journal.id.allSatisfy({ $0.isHexDigit })
            else { throw RestoreError.rollbackDamaged(path: path(number, name)) }
            return journal
        }
        throw RestoreError.rollbackDamaged(path: path(number, "journal.json"))
    }

    /// Brings everything back as it was before restore N; may be cut short and begun again as often as it takes. Returns folders
    /// that the restore made and that hold something else now.
    func undo(_ number: Int) throws -> [String] {
        let journal = try read(number)
        // From here on the restore counts as unfinished: a half of it is never taken for the whole.
        if try tree.state(path(number, "done.json")).kind == .file { try tree.rename(path(number, "done.json"), to: "journal.json") }
        var left: [String] = []
        for (index, entry) in journal.entries.enumerated().reversed() {
            let temporary = journal.temporaryName(index)
            let above = splitPath(entry.path).folder
            try tree.remove(above == "." ? temporary : above + "/" + temporary)
            switch entry.before.kind {
            case .absent where entry.isFolder:
                do throws(SystemError) { try tree.remove(entry.path, isFolder: true) } catch {
                    guard error.errno == 39 else { throw error }  // ENOTEMPTY
                    left.append(entry.path)
                }
            case .absent: try tree.remove(entry.path)
            case .link: try tree.link(entry.path, entry.before, temporary: temporary)
            case .file: try bringBack(entry, number, temporary: temporary)
            case .folder, .other: throw RestoreError.rollbackDamaged(path: path(number, "journal.json"))
            }
        }
        for folder in journal.folders where try tree.state(folder.path).kind == .folder { try tree.setTime(folder.path, folder.state) }
        try clear(number)
        return left
    }

    private func bringBack(_ entry: RollbackJournal.Entry, _ number: Int, temporary: String) throws {
        guard let name = entry.copy, name.allSatisfy(\.isNumber) else {
            throw RestoreError.rollbackDamaged(path: path(number, "journal.json"))
        }
        let file: OpenFile
        do throws(SystemError) { file = try tree.file(path(number, name)) } catch {
            throw RestoreError.rollbackDamaged(path: path(number, name))
        }
        var hasher = SHA256()
        try tree.write(entry.path, entry.before, temporary: temporary) { sink in
            try file.copy { bytes in
                hasher.update(bufferPointer: bytes)
                try sink(bytes)
            }
            // Before it gets its name.
            guard hasher.finalize().hexadecimal == entry.sha256 else { throw RestoreError.rollbackDamaged(path: path(number, name)) }
        }
    }

    /// The journal first: without it the rest is nothing but copies.
    func clear(_ number: Int) throws(SystemError) {
        try tree.remove(path(number, "journal.json"))
        let folder = Self.folder + "/rollback-\(number)"
        let (entries, failure) = try tree.folder(folder).entries()
        if let failure { throw failure }
        for entry in entries { try tree.remove(folder + "/" + String(decoding: entry.name, as: UTF8.self)) }
        try tree.remove(folder, isFolder: true)
        try removeOwnFolder()
    }

    /// Where no restore is left in it.
    func removeOwnFolder() throws(SystemError) {
        guard try tree.state(Self.folder).kind == .folder else { return }
        try keepingTime { () throws(SystemError) in
            do throws(SystemError) { try tree.remove(Self.folder, isFolder: true) } catch {
                guard error.errno == 39 else { throw error }
            }
        }
    }

    /// Our own folder comes and goes without a trace in the time of the one above it.
    private func keepingTime(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        let above = splitPath(Self.folder).folder
        let before = try tree.state(above)
        try body()
        try tree.setTime(above, before)
    }
}
