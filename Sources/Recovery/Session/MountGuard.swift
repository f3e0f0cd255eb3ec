import BlockDevices
import LinuxSystem
import Mounting
import Recordings

/// The proof that every data volume of this session is mounted, is the one that was seen, and shows its recordings, at
/// this moment. Nothing but the session can make one, nobody can keep one: a configuration is restored while it is lent.
///
/// *Never reload a configuration before the data disks are mounted* (the migration note): a reloaded configuration makes
/// the server believe that it has no recordings.
public struct MountedDataVolumes: ~Copyable {
    /// Each volume that was seen, with the place it is mounted at.
    public let volumes: [(seen: SeenVolume, place: String)]
    /// Gone, and given up by name.
    public let waived: [SeenVolume]

    fileprivate init(volumes: [(seen: SeenVolume, place: String)], waived: [SeenVolume]) {
        self.volumes = volumes
        self.waived = waived
    }
}

/// Why a configuration must not be restored now.
public enum GuardRefusal: Error, Sendable, Equatable {
    /// This session has not looked for data volumes, or found none.
    case nothingSeen
    case notMounted(SeenVolume)
    /// What is mounted in its place is another one.
    case another(SeenVolume, found: String?)
    /// Mounted, but its recordings cannot be seen.
    case noRecordings(SeenVolume, place: String)
    /// A waiver names a volume that this session never saw.
    case waivesUnseen(String)
    /// What is there is not gone.
    case waivesMounted(String, place: String)
}

/// What the ledger says of volumes and mounts: pure, so that every order of steps can be tried.
public struct SessionHistory: Sendable {
    let entries: [LedgerEntry]

    public init(_ entries: [LedgerEntry]) {
        self.entries = entries
    }

    /// Every data volume that was seen, whatever it was called then; the newest look counts.
    public var seen: [SeenVolume] {
        var seen: [SeenVolume] = []
        for volume in entries.filter({ $0.step == .detect }).flatMap({ $0.volumes ?? [] }) {
            if let known = seen.firstIndex(where: { $0.isSame(as: volume) }) { seen[known] = volume } else { seen.append(volume) }
        }
        return seen
    }

    /// Given up by name, with the reason in the ledger.
    public var waived: [SeenVolume] {
        let given = entries.filter { $0.step == .waive && $0.state == .done }.flatMap { $0.volumes ?? [] }
        return seen.filter { volume in given.contains { $0.isSame(as: volume) } }
    }

    /// Mounts that were made in this boot and not undone: whether they still stand, the kernel says.
    public func mounts(in boot: String) -> [Mounted] {
        var standing: [String: Mounted] = [:]
        for entry in entries where entry.boot == boot {
            guard let mounted = entry.mount else { continue }
            switch (entry.step, entry.state) {
            case (.mount, .done): standing[mounted.place] = mounted
            case (.unmount, .done), (.mount, .failed): standing[mounted.place] = nil
            default: break
            }
        }
        return standing.values.sorted { $0.place < $1.place }
    }

    /// What a mount is now: the volume behind it, read from the disk, and whether its recordings are there.
    public struct Present: Sendable {
        public var mounted: Mounted
        public var identity: SeenVolume
        public var showsRecordings: Bool

        public init(mounted: Mounted, identity: SeenVolume, showsRecordings: Bool) {
            self.mounted = mounted
            self.identity = identity
            self.showsRecordings = showsRecordings
        }
    }

    /// The proof, or why there is none.
    public func prove(_ present: [Present]) throws(GuardRefusal) -> MountedDataVolumes {
        try prove(present, waived)
    }

    /// What `prove` would throw if these were given up too: for a dry run, which writes no waiver and gets no proof.
    public func objection(_ present: [Present], waiving uuids: [String]) -> GuardRefusal? {
        let given = seen.filter { volume in uuids.contains { $0.lowercased() == volume.uuid?.lowercased() } }
        do throws(GuardRefusal) {
            _ = try prove(present, waived + given)
            return nil
        } catch {
            return error
        }
    }

    private func prove(_ present: [Present], _ waived: [SeenVolume]) throws(GuardRefusal) -> MountedDataVolumes {
        guard !seen.isEmpty else { throw .nothingSeen }
        var proven: [(seen: SeenVolume, place: String)] = []
        for volume in seen where !waived.contains(volume) {
            if let found = present.first(where: { $0.identity.isSame(as: volume) }) {
                guard found.showsRecordings else { throw .noRecordings(volume, place: found.mounted.place) }
                proven.append((volume, found.mounted.place))
            } else if let other = present.first(where: {
                $0.mounted.volume == volume.path || $0.identity.uuid == volume.uuid && volume.uuid != nil
            }) {
                throw .another(volume, found: other.identity.uuid ?? other.identity.serials.first)
            } else {
                throw .notMounted(volume)
            }
        }
        return MountedDataVolumes(volumes: proven, waived: waived)
    }
}

extension Session {
    public var history: SessionHistory { SessionHistory(ledger.entries) }

    /// Gives up a volume that is really gone.
    ///
    /// Throws `GuardRefusal` for one that was never seen, or that is mounted now.
    public func waive(_ uuid: String, because reason: String) throws {
        let chosen = history.seen.filter { $0.uuid?.lowercased() == uuid.lowercased() }
        guard !chosen.isEmpty else { throw GuardRefusal.waivesUnseen(uuid) }
        if let live = liveMounts().first(where: { $0.uuid?.lowercased() == uuid.lowercased() }) {
            throw GuardRefusal.waivesMounted(uuid, place: live.place)
        }
        try ledger.append(.waive, .done) {
            $0.volumes = chosen
            $0.text = reason
        }
    }

    /// The proof, or why there is none. Everything is looked at anew: the mounts, the disks' identities, the recordings.
    ///
    /// Throws `GuardRefusal`.
    public func mountedDataVolumes() throws -> MountedDataVolumes {
        try history.prove(try present())
    }

    /// What that would refuse now; nil where it would not.
    public func objection(waiving uuids: [String]) throws -> GuardRefusal? {
        history.objection(try present(), waiving: uuids)
    }

    private func present() throws -> [SessionHistory.Present] {
        let machine = Inventory.machine()
        let roles = history.seen
        return try liveMounts().map { mounted in
            let identity = Self.identity(of: mounted, in: machine)
            let role = roles.first { $0.isSame(as: identity) }?.role
            let root = try? OpenFile.forReading(path: mounted.place)
            let sample = try root.map { try RecordingSample.take(below: $0, skippingSystem: role == Role.systemAndData.rawValue) }
            return SessionHistory.Present(mounted: mounted, identity: identity, showsRecordings: (sample?.videos ?? 0) > 0)
        }
    }

    /// What stands behind a mount now, read from the disk itself.
    private static func identity(of mounted: Mounted, in machine: Machine) -> SeenVolume {
        let path = mounted.image ?? mounted.volume
        var now = SeenVolume(path: mounted.volume, uuid: nil, serials: [], byteCount: 0, role: "")
        guard let file = try? OpenFile.forReading(path: path), let medium = try? file.rawMedium() else { return now }
        let isPart = mounted.image != nil && mounted.volume != path
        let length = isPart ? mounted.byteCount : 0
        now.byteCount = isPart ? mounted.byteCount : medium.byteCount
        now.uuid =
            SignatureProbe.look(at: file, offset: isPart ? mounted.offset : 0, length: length, byteCount: medium.byteCount).content.uuid
        if mounted.image == nil, let volume = machine.allVolumes.first(where: { $0.path == mounted.volume }) {
            now.serials = machine.disks(below: volume).compactMap(\.identity).sorted()
        }
        return now
    }
}
