import Crypto
import LinuxSystem

/// What a restore would do, file by file, before it does anything.
public struct RestorePlan: Sendable {
    public struct Action: Sendable {
        public enum What: String, Sendable {
            /// There was none.
            case create
            case replace
            /// Written beside, as `NAME.from-capture`: it would decide whether the machine starts, and knows another's disks.
            case propose
            /// Content, mode and owner are the same already: nothing is done.
            case same
            case makeFolder = "make-folder"
        }
        /// In the archive.
        public var member: String
        /// Below the target.
        public var path: String
        public var group: String?
        public var what: What
        /// What stands there now.
        public var before: EntryState
        /// What will stand there; `sha256` of files.
        public var after: EntryState
        public var sha256: String?
    }

    /// In the order in which they are done.
    public var actions: [Action] = []
    /// Members of which the archive has only a part.
    public var skipped: [String] = []

    /// Members that the profile does not know as configuration: an archive must not bring programs or accounts.
    public var foreign: [String] = []

    /// What changes something.
    public var changes: [Action] { actions.filter { $0.what != .same } }

    public static let suffix = ".from-capture"

    /// Files that say which disks a machine starts from. The reinstalled system has new ones: with the old file it would not start.
    private static let decidesStart = [
        "etc/fstab", "etc/crypttab", "etc/mdadm/**", "etc/mdadm.conf", "etc/lvm/**", "etc/initramfs-tools/**", "etc/default/grub*",
        "boot/**",
    ]
    private static let proposedGroup = "storage"

    /// Throws `RestoreError.targetInTheWay`, and the system's error where the target cannot be read.
    init(_ archive: ConfigurationArchive, onto tree: TargetTree, profile: ProductProfile) throws {
        var folders: [String: ConfigurationArchive.Member] = [:]
        var byGroup: [String: [ConfigurationArchive.Member]] = [:]
        for member in archive.members {
            if member.tar.kind == .folder {
                folders[member.path] = member
            } else if let group = profile.group(of: member.path), !RollbackStore.isOwn(member.path) {
                byGroup[group, default: []].append(member)
            } else {
                foreign.append(member.path)
            }
        }
        var made: Set<String> = []
        for group in profile.configuration.map(\.group) {
            for member in byGroup.removeValue(forKey: group) ?? [] {
                if member.isIncomplete { skipped.append(member.path); continue }
                try add(member, group, folders, &made, tree)
            }
        }
    }

    private mutating func add(
        _ member: ConfigurationArchive.Member, _ group: String, _ folders: [String: ConfigurationArchive.Member], _ made: inout Set<String>,
        _ tree: TargetTree
    ) throws {
        let isProposed = group == Self.proposedGroup || Self.decidesStart.contains { PathGlob.covers(member.path, $0) }
        var above: [String] = []
        var folder = splitPath(member.path).folder
        while folder != "." {
            above.append(folder)
            folder = splitPath(folder).folder
        }
        for folder in above.reversed() where !made.contains(folder) {
            let before = try state(folder, tree)
            if before.kind == .folder { continue }
            guard before.kind == .absent else { throw RestoreError.targetInTheWay(path: folder) }
            made.insert(folder)
            var after = folders[folder].map { EntryState($0.tar, kind: .folder) } ?? EntryState(kind: .folder)
            if folders[folder] == nil { after.mode = 0o755 }
            actions.append(Action(member: folder, path: folder, group: group, what: .makeFolder, before: before, after: after))
        }
        let now = try state(member.path, tree)
        let after = EntryState(member.tar, kind: member.tar.kind == .link ? .link : .file)
        let path = isProposed ? member.path + Self.suffix : member.path
        let before = isProposed ? try state(path, tree) : now
        if try isSame(now, after, member, at: member.path, tree) || isProposed && isSame(before, after, member, at: path, tree) {
            return actions.append(
                Action(member: member.path, path: member.path, group: group, what: .same, before: now, after: after, sha256: member.sha256))
        }
        guard before.kind != .folder, before.kind != .other else { throw RestoreError.targetInTheWay(path: path) }
        actions.append(
            Action(
                member: member.path, path: path, group: group,
                what: isProposed ? .propose : before.kind == .absent ? .create : .replace, before: before, after: after,
                sha256: member.sha256))
    }

    private func state(_ path: String, _ tree: TargetTree) throws -> EntryState {
        do throws(SystemError) { return try tree.state(path) } catch {
            // ENOTDIR, ELOOP: a link or a file where a folder is needed.
            guard error.errno == 20 || error.errno == 40 else { throw error }
            throw RestoreError.targetInTheWay(path: path)
        }
    }

    private func isSame(
        _ now: EntryState, _ after: EntryState, _ member: ConfigurationArchive.Member, at path: String, _ tree: TargetTree
    ) throws -> Bool {
        guard now.kind == after.kind, now.owner == after.owner, now.group == after.group else { return false }
        if now.kind == .link { return now.target == after.target }
        guard now.mode == after.mode, now.byteCount == after.byteCount else { return false }
        return try ConfigurationArchive.hash(tree.file(path)).0 == member.sha256
    }
}

extension ProductProfile {
    /// The group whose patterns name this file of a system.
    func group(of path: String) -> String? {
        configuration.first { part in part.globs.contains { PathGlob.covers(path, $0, anywhere: false) } }?.group
    }
}

extension EntryState {
    init(_ member: TarMember, kind: Kind) {
        self.init(kind: kind)
        (mode, owner, group) = (member.mode, member.owner, member.group)
        (seconds, nanoseconds) = (member.modified, member.nanoseconds)
        byteCount = member.byteCount
        if kind == .link { target = member.target }
    }
}
