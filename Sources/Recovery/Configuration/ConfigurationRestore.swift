import BlockDevices
import Crypto
import Foundation
import LinuxSystem
import Mounting
import Recordings

/// Puts a configuration into a reinstalled system, wholly or not at all.
public struct ConfigurationRestore {
    public let archive: ConfigurationArchive
    public let root: String
    public let version: String
    private let profile: ProductProfile
    let tree: TargetTree
    let calls: SystemCalls

    public struct Result: Sendable {
        public var plan: RestorePlan
        /// The number of the rollback that undoes it; nil where nothing had to change.
        public var rollback: Int?
        /// Restores that were interrupted and that were undone before this one began.
        public var undone: Int
    }

    /// Looks at both sides. `version`: what a person says of an archive that does not say it.
    ///
    /// Throws `RestoreError` where archive and target do not go together.
    public init(
        _ archive: ConfigurationArchive, onto root: String, version given: String?, mayBeRunning: Bool, profile: ProductProfile,
        calls: SystemCalls = .live
    ) throws {
        if archive.damage != nil || archive.isCapture && archive.problems > 0 {
            throw RestoreError.archiveUnsound(path: archive.path, problems: archive.problems)
        }
        tree = try Self.open(root, mayBeRunning: mayBeRunning, calls: calls)
        let system = InstalledSystem(try VolumeRoot(path: root), profiles: [profile])
        guard let product = system?.product, product.product == archive.product ?? profile.product else {
            throw RestoreError.targetIsNoServer(root: root, product: archive.product ?? profile.product, found: system?.distribution?.name)
        }
        guard let there = product.version else { throw RestoreError.targetVersionUnknown(root: root) }
        if let stated = archive.version, let given, stated != given { throw RestoreError.versionContradicts(archive: stated, given: given) }
        guard let version = archive.version ?? given else { throw RestoreError.versionUnknown(path: archive.path) }
        guard version == there else { throw RestoreError.versionDiffers(archive: version, target: there) }
        (self.archive, self.root, self.version, self.profile, self.calls) = (archive, root, version, profile, calls)
    }

    static func open(_ root: String, mayBeRunning: Bool, calls: SystemCalls) throws -> TargetTree {
        let tree: TargetTree
        do throws(SystemError) { tree = try TargetTree(root, calls: calls) } catch {
            throw RestoreError.targetMissing(path: root, cause: error)
        }
        let status = try tree.root.status()
        let running = try FileStatus.of(path: "/")
        if !mayBeRunning, status.device == running.device, status.inode == running.inode { throw RestoreError.targetIsRunning }
        return tree
    }

    /// Refuses a target that is, or lies on, one of these places.
    static func check(_ tree: TargetTree, against places: [String]) throws {
        let device = try tree.root.status().device
        for place in places where (try? FileStatus.of(path: place))?.device == device {
            throw RestoreError.targetIsSource(root: tree.path, place: place)
        }
    }

    /// What would be done, as things are now.
    public func plan() throws -> RestorePlan { try RestorePlan(archive, onto: tree, profile: profile) }

    /// Whether an interrupted restore will be undone before this one begins.
    public func findsInterrupted() throws -> Bool { try RollbackStore(tree: tree).all().contains { $0.state == .unfinished } }

    /// `proof`: that every data volume is mounted while this runs. `places`: other mounts of the session.
    ///
    /// Throws what kept it from being done; the target is then as it was, or, where even that failed, marked so that the next
    /// restore or rollback brings it back.
    public func apply(_ proof: borrowing MountedDataVolumes, besides places: [String] = [], now: Date = Date()) throws -> Result {
        try Self.check(tree, against: places + proof.volumes.map(\.place))
        guard tree.lock() else { throw RestoreError.targetBusy(root: root) }
        let store = RollbackStore(tree: tree)
        let undone = try Self.recover(store)
        let plan = try plan()
        guard !plan.changes.isEmpty else { return Result(plan: plan, undone: undone) }
        let number: Int
        let journal: RollbackJournal
        do { (number, journal) = try store.prepare(plan, version: version, archive: archive, now: now) } catch {
            // Nothing but our own copies exists yet.
            _ = try? Self.recover(store)
            throw error
        }
        do {
            try perform(plan, journal)
            try store.finish(number)
        } catch {
            _ = try store.undo(number)
            throw error
        }
        return Result(plan: plan, rollback: number, undone: undone)
    }

    /// Undoes what was interrupted, and clears away what was only prepared.
    static func recover(_ store: RollbackStore) throws -> Int {
        var undone = 0
        for (number, state) in try store.all().reversed() where state != .done {
            if state == .unfinished {
                _ = try store.undo(number)
                undone += 1
            } else {
                try store.clear(number)
            }
        }
        try store.removeOwnFolder()
        return undone
    }

    /// Group after group, each in one pass over the archive: its members may stand in any order.
    private func perform(_ plan: RestorePlan, _ journal: RollbackJournal) throws {
        var groups: [String?] = []
        let changes = Array(plan.changes.enumerated())
        for (_, action) in changes where !groups.contains(action.group) { groups.append(action.group) }
        for group in groups {
            var waiting: [String: (index: Int, action: RestorePlan.Action)] = [:]
            for (index, action) in changes where action.group == group {
                switch action.what {
                case .makeFolder: try tree.makeFolder(action.path, action.after)
                case _ where action.after.kind == .link:
                    try tree.link(action.path, action.after, temporary: journal.temporaryName(index))
                default: waiting[action.member] = (index, action)
                }
            }
            if waiting.isEmpty { continue }
            let reader = TarReader(try ArchiveStream(archive.file))
            while let member = try reader.next() {
                if Interruption.requested { throw Interrupted() }
                guard member.kind == .file, let (index, action) = waiting.removeValue(forKey: member.plainPath) else { continue }
                try write(action, from: reader, temporary: journal.temporaryName(index))
            }
            guard waiting.isEmpty else { throw RestoreError.archiveChanged(path: archive.path) }
        }
    }

    private func write(_ action: RestorePlan.Action, from reader: TarReader, temporary: String) throws {
        var hasher = SHA256()
        try tree.write(action.path, action.after, temporary: temporary) { sink in
            while case let piece = try reader.read(), !piece.isEmpty {
                try piece.withUnsafeBytes { bytes in
                    hasher.update(bufferPointer: bytes)
                    try sink(bytes)
                }
            }
            // The archive was verified, and may have been exchanged since.
            guard hasher.finalize().hexadecimal == action.sha256 else { throw RestoreError.archiveChanged(path: archive.path) }
        }
    }
}

/// Takes the newest restore back.
public enum ConfigurationRollback {
    public struct Result: Sendable {
        /// The version that had been restored, and when; nil where the restore or an earlier rollback was cut short with nothing
        /// left to bring back.
        public var version: String?
        public var restoredAt: String?
        public var files: Int
        public var wasUnfinished: Bool
        /// Folders that the restore made, kept because something else is in them now.
        public var left: [String]
        /// Restores before it that can be undone too.
        public var older: Int
    }

    /// Throws `RestoreError.nothingToRollBack` and those of the target.
    public static func perform(on root: String, mayBeRunning: Bool, besides places: [String], calls: SystemCalls = .live) throws -> Result {
        let tree = try ConfigurationRestore.open(root, mayBeRunning: mayBeRunning, calls: calls)
        try ConfigurationRestore.check(tree, against: places)
        guard tree.lock() else { throw RestoreError.targetBusy(root: root) }
        let store = RollbackStore(tree: tree)
        let all = try store.all()
        guard let newest = all.last else {
            try store.removeOwnFolder()
            throw RestoreError.nothingToRollBack(root: root)
        }
        // The last act is undone, and no older one in its stead.
        guard newest.state != .empty else {
            try store.clear(newest.number)
            return Result(files: 0, wasUnfinished: true, left: [], older: all.count - 1)
        }
        let journal = try store.read(newest.number)
        let left = try store.undo(newest.number)
        return Result(
            version: journal.version, restoredAt: journal.at, files: journal.entries.count { !$0.isFolder },
            wasUnfinished: newest.state == .unfinished, left: left, older: all.count - 1)
    }
}
