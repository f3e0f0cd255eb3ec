/// What stands on a disk, a partition or an image, told from its bytes alone.
public struct Content: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case filesystem
        case raidMember = "raid-member"
        case physicalVolume = "lvm-pv"
        case luks
        case swap
        /// Nothing but zeroes at its beginning, its end, and many places between.
        case empty
        /// Bytes that no driver knows: encrypted, wiped, or foreign.
        case unknown
        /// Several signatures that exclude each other: a person must decide.
        case ambiguous
    }

    public var kind: Kind
    /// As `mount -t` takes it: "ext4", "xfs"; for others as libblkid names them.
    public var type: String?
    public var uuid: String?
    public var label: String?
    /// A dirty log, or orphans to clean up: a plain mount would write. Nil where that cannot be told.
    public var needsRecovery: Bool?
    /// Every signature found, where there is more than one.
    public var signatures: [Signature] = []
    /// Of an array: what all its members share, where it tells how many devices make one file system.
    public var groupUUID: String?
    /// The disk or image ends so many bytes before the partition or the file system does.
    public var missingBytes: UInt64 = 0
    /// Why the bytes could not be read: an error number.
    public var failure: Int32?

    public init(kind: Kind, type: String? = nil, uuid: String? = nil, label: String? = nil) {
        self.kind = kind
        self.type = type
        self.uuid = uuid
        self.label = label
    }

    /// A magic number and where it stands.
    public struct Signature: Sendable, Equatable {
        public var type: String
        public var usage: String
        /// Bytes from the beginning.
        public var offset: UInt64?
    }
}

/// A partition as its table describes it.
public struct PartitionEntry: Sendable, Equatable {
    public var number: Int
    /// Bytes from the beginning of the disk.
    public var offset: UInt64
    public var byteCount: UInt64
    public var uuid: String?
    public var name: String?
}

public enum PartitionTable: String, Sendable {
    case gpt, dos, none
}
