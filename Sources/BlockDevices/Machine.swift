import LinuxSystem

/// The disks of a machine and what is made of them.
public struct Machine: Sendable, Equatable {
    public var disks: [Disk] = []
    /// Arrays and logical volumes: made of several devices, or of a part of one.
    public var volumes: [Volume] = []

    public init(disks: [Disk] = [], volumes: [Volume] = []) {
        self.disks = disks
        self.volumes = volumes
    }

    /// Everything that may hold a file system: disks without a table, partitions, arrays, logical volumes.
    public var allVolumes: [Volume] {
        disks.flatMap { disk in disk.table == .none ? [disk.whole] : disk.partitions } + volumes
    }

    /// A loop over something that is listed itself is no other disk: where it is mounted, that is mounted, and what stands on
    /// it stands on that.
    public mutating func mergeLoops() {
        for loop in disks.filter({ $0.backing != nil }) {
            guard let backing = loop.backing, let path = adopt(loop.whole, backing) else { continue }
            disks.removeAll { $0.path == loop.path }
            for index in volumes.indices {
                volumes[index].standsOn = volumes[index].standsOn.map { $0 == loop.path ? path : $0 }
            }
        }
    }

    /// The path of what the loop shows.
    private mutating func adopt(_ loop: Volume, _ backing: Disk.Backing) -> String? {
        func take(_ volume: inout Volume) -> Bool {
            // A name below /dev/mapper may be a link, which the kernel resolved.
            guard (volume.image ?? volume.path) == backing.path || volume.image == nil && resolvedPath(volume.path) == backing.path,
                volume.image == nil || volume.offset == backing.offset
            else { return false }
            volume.mountPoints += loop.mountPoints
            volume.holders += loop.holders
            return true
        }
        for disk in disks.indices where disks[disk].backing?.path != backing.path {
            if disks[disk].table == .none, take(&disks[disk].whole) { return disks[disk].whole.path }
            for part in disks[disk].partitions.indices where take(&disks[disk].partitions[part]) {
                return disks[disk].partitions[part].path
            }
        }
        for index in volumes.indices where take(&volumes[index]) { return volumes[index].path }
        return nil
    }

    /// An overlay is no volume of its own: where it is mounted, its volume is mounted, and its store is nobody's disk.
    mutating func mergeOverlays(_ overlays: [Volume]) {
        for overlay in overlays {
            for index in disks.indices where overlay.standsOn.contains(disks[index].path) && disks[index].backing != nil {
                disks[index].whole.mountPoints += overlay.mountPoints
                disks[index].whole.holders = []
            }
        }
        disks.removeAll { disk in disk.backing?.isNameless == true && overlays.contains { $0.standsOn.contains(disk.path) } }
    }

    /// The disks that hold a file or folder.
    public func disks(holding path: String, among mounts: [Mount] = Mount.all()) -> [Disk] {
        guard let status = try? FileStatus.of(path: path), let mount = Mount.holding(device: status.device, path: path, among: mounts)
        else { return [] }
        let source = resolvedPath(mount.source) ?? mount.source
        guard
            let volume = allVolumes.first(where: {
                $0.path == source || resolvedPath($0.path) == source || $0.mountPoints.contains(mount.mountPoint)
            })
        else { return [] }
        return disks(below: volume)
    }

    /// The disks below a volume, through arrays and logical volumes.
    public func disks(below volume: Volume) -> [Disk] {
        var found: [Disk] = []
        for path in paths(below: volume.path) {
            if let disk = disks.first(where: { $0.path == path || $0.partitions.contains { $0.path == path } }), !found.contains(disk) {
                found.append(disk)
            }
        }
        return found
    }

    /// A volume and everything it stands on, the nearest first.
    public func paths(below path: String) -> [String] {
        var waiting = [path]
        var found: [String] = []
        while let path = waiting.popLast() {
            guard !found.contains(path) else { continue }
            found.append(path)
            // A logical volume is known by its name, and to the kernel by its number.
            let name = resolvedPath(path) ?? path
            waiting += volumes.first { $0.path == path || resolvedPath($0.path) == name }?.standsOn ?? []
        }
        return found
    }

    /// The file systems that stand on a volume, through whatever lies between.
    public func filesystems(above path: String) -> [Volume] {
        volumes.filter { $0.content.kind == .filesystem && $0.path != path && paths(below: $0.path).contains(path) }
    }
}

public struct Disk: Sendable, Equatable {
    /// `/dev/sda`, or the path of an image.
    public var path: String
    public var serial: String?
    /// World-wide name; the strongest identity a disk has.
    public var worldWideName: String?
    public var model: String?
    public var bus: String?
    public var byteCount: UInt64
    public var logicalSectorBytes: Int
    public var isRotational: Bool?
    public var isRemovable: Bool
    public var isReadOnly: Bool
    public var isImage: Bool
    public var table: PartitionTable
    public var tableUUID: String?
    public var partitions: [Volume]
    /// The disk as one volume: its content where it has no table.
    public var whole: Volume
    public var health = Health(state: .unknown, evidence: [])
    /// Of a loop: the file or device that it shows.
    public var backing: Backing?

    public struct Backing: Sendable, Equatable {
        public var path: String
        public var offset: UInt64

        /// A file that was deleted, or never had a name.
        var isNameless: Bool { path.hasSuffix(" (deleted)") }
    }

    /// What tells this disk from any other; names such as `/dev/sdb` are no part of it.
    public var identity: String? { worldWideName ?? serial }
}

public struct Volume: Sendable, Equatable {
    public enum Form: String, Sendable {
        case disk, partition, array, logical, image
    }
    public var path: String
    public var form: Form
    public var byteCount: UInt64
    public var content: Content
    /// Of a partition: its number and where it begins on its disk, in bytes.
    public var number: Int?
    public var offset: UInt64 = 0
    /// The table's name and identity for it (GPT).
    public var partitionUUID: String?
    public var partitionName: String?
    /// What it is made of.
    public var standsOn: [String] = []
    /// What is made of it.
    public var holders: [String] = []
    public var mountPoints: [String] = []
    /// The image it lies in, which no kernel knows.
    public var image: String?
    /// Of an array: how many members it lacks.
    public var missingMembers: Int = 0
    /// An array that the kernel knows and did not start.
    public var isStopped = false
    public var isReadOnly = false

    public var uuid: String? { content.uuid }
    public var label: String? { content.label }
}

public struct Health: Sendable, Equatable {
    public enum State: String, Sendable {
        case good, worn, failing, unknown
    }
    public var state: State
    public var evidence: [HealthEvidence]

    public init(state: State, evidence: [HealthEvidence]) {
        self.state = state
        self.evidence = evidence
    }
}

/// Why a disk is thought healthy or not.
public enum HealthEvidence: Sendable, Equatable {
    case passed
    case selfAssessmentFailed
    case reallocatedSectors(UInt64)
    case pendingSectors(UInt64)
    case uncorrectableSectors(UInt64)
    case mediaErrors(UInt64)
    case lifeUsed(percent: UInt64)
    case criticalWarning(UInt64)
    /// The disk's log holds so many errors; old ones stay for ever.
    case loggedErrors(UInt64)
    case readFails(errno: Int32)
    case notAsked
    /// `smartctl` is not there, or the disk does not answer it.
    case noAnswer(String)
    /// Asked for so long in vain.
    case tooSlow(seconds: Double)
}
