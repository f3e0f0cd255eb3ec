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

    /// A loop over something that is listed itself is no other disk: where it is mounted, that is mounted.
    public mutating func mergeLoops() {
        for loop in disks.filter({ $0.backing != nil }) {
            guard let backing = loop.backing, adopt(loop.whole.mountPoints, backing) else { continue }
            disks.removeAll { $0.path == loop.path }
        }
    }

    private mutating func adopt(_ places: [String], _ backing: Disk.Backing) -> Bool {
        func isMeant(_ volume: Volume) -> Bool {
            (volume.image ?? volume.path) == backing.path && (volume.image == nil || volume.offset == backing.offset)
        }
        for disk in disks.indices where disks[disk].backing?.path != backing.path {
            if disks[disk].table == .none, isMeant(disks[disk].whole) {
                disks[disk].whole.mountPoints += places
                return true
            }
            for part in disks[disk].partitions.indices where isMeant(disks[disk].partitions[part]) {
                disks[disk].partitions[part].mountPoints += places
                return true
            }
        }
        for index in volumes.indices where isMeant(volumes[index]) {
            volumes[index].mountPoints += places
            return true
        }
        return false
    }

    /// The disks below a volume, through arrays and logical volumes.
    public func disks(below volume: Volume) -> [Disk] {
        var waiting = [volume.path]
        var seen: Set<String> = []
        var found: [Disk] = []
        while let path = waiting.popLast() {
            guard seen.insert(path).inserted else { continue }
            if let disk = disks.first(where: { $0.path == path || $0.partitions.contains { $0.path == path } }) { found.append(disk) }
            waiting += volumes.first { $0.path == path }?.standsOn ?? []
        }
        return found
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
