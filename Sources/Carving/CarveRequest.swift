import LinuxSystem

/// What the user asked for.
public struct CarveRequest: Sendable {
    /// A disk, a partition, or an image of one.
    public var source: String
    /// The folder for finds, journal and map.
    public var output: String
    /// Our map, or one of ddrescue's; nil: a map of ours in the output folder.
    public var map: String?
    /// Bytes; nothing outside is read.
    public var from: UInt64
    public var length: UInt64?
    public var unallocatedOnly: Bool
    /// Where the file system begins whose free blocks are meant: at the beginning, or where a partition of an image does.
    public var fileSystemAt: UInt64 = 0
    /// Find and describe, and write nothing.
    public var dryRun: Bool

    public init(
        source: String, output: String, map: String? = nil, from: UInt64 = 0, length: UInt64? = nil, unallocatedOnly: Bool = false,
        dryRun: Bool = false
    ) {
        self.source = source
        self.output = output
        self.map = map
        self.from = from
        self.length = length
        self.unallocatedOnly = unallocatedOnly
        self.dryRun = dryRun
    }
}

/// Why a disk could not be carved. Each has a sentence and a hint in `Wording`.
public enum CarveError: Error, Sendable, Equatable {
    /// Source: exit 5.
    case sourceMissing(path: String, SystemError)
    case sourceEmpty(path: String)
    /// A folder, a terminal, anything that is neither disk nor image.
    case notADisk(path: String)
    /// `--from` lies behind its end.
    case outside(path: String, byteCount: UInt64)
    /// It does not answer any more.
    case sourceGone(path: String, offset: UInt64, errno: Int32)
    case notAMap(path: String, line: Int)
    case mapOfAnother(path: String)
    /// `--unallocated` where the free blocks are not known; the detail names the file system or its feature.
    case freeSpaceUnknown(path: String, detail: String)
    /// Destination: exit 6.
    case destinationOfAnother(path: String)
}

/// How far a carving run has come.
public struct CarveProgress: Sendable {
    /// Bytes of the source that were looked at or belong to a find, of those that are to be.
    public var done: UInt64
    public var total: UInt64
    public var finds: Int
}

/// What a run found and could not read. The finds themselves are in the journal.
public struct CarveResult: Sendable {
    public var finds = 0
    public var findBytes: UInt64 = 0
    /// By the raw values of `MediaState` and `Container`.
    public var byState: [String: Int] = [:]
    public var byContainer: [String: Int] = [:]
    public var byteCount: UInt64 = 0
    /// What this run, and those before it, looked at.
    public var scannedBytes: UInt64 = 0
    public var unreadable = RangeList()
    /// Not read, because a rescue map says that they never were.
    public var missing = RangeList()
    /// Where the disk ended before its size.
    public var earlyEnd: UInt64?
    public var wasInterrupted = false
    /// All that was read is zeroes. Not known of a run that went on from an earlier one.
    public var isBlank = false

    public var hasLosses: Bool {
        byState.contains { $0.key != "complete" && $0.value > 0 } || !unreadable.isEmpty || !missing.isEmpty || earlyEnd != nil
    }

    mutating func count(_ find: Find) {
        finds += 1
        findBytes += find.byteCount
        byState[find.state.rawValue, default: 0] += 1
        byContainer[find.container.rawValue, default: 0] += 1
    }
}
