import BlockDevices
import Glibc
import LinuxSystem
import Mounting
import Recordings
import Recovery

/// Where the index and the clips go: a USB disk, a share, the stick itself, or a folder.
public struct Destination: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable {
        case disk, share, stick, folder
    }
    public var kind: Kind
    /// As a person knows it: a device with its label, the address of a share.
    public var name: String
    /// Of a share; its password is never kept.
    public var user: String?
    public var uuid: String?
    /// Of a disk: which plug-in it was mounted from.
    var plugIn: String?
    /// The index that is worked with; nil for the usual one.
    var indexName: String?
    /// Where it is mounted.
    public var folder: String

    /// Where disks and shares are mounted that results go to.
    public static let diskPlace = "/run/camtrace-rescue/destination"
    public static let sharePlace = "/run/camtrace-rescue/share"
    public static let stickPlace = "/run/camtrace-rescue/exports"

    /// Bytes that an ordinary user may still write; nil where nobody tells.
    public var freeBytes: UInt64? {
        var facts = statvfs()
        guard statvfs(folder, &facts) == 0 else { return nil }
        return UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
    }

    /// Everything of one rescue lies in one folder of it.
    var rescue: String { folder + "/" + RecordingSample.rescueFolder }
    public var index: String { rescue + "/" + (indexName ?? IndexFile.usual) }
    public var clips: String { rescue + "/clips" }
    public var carved: String { rescue + "/carved" }
    public var capture: String { rescue + "/configuration.tgz" }

    /// A volume that somebody might mean.
    public struct Candidate: Sendable, Equatable {
        public enum Obstacle: Sendable, Equatable {
            /// It holds what is to be rescued, or might.
            case source
            /// Built into the machine: whatever it holds, it is not what a technician brought.
            case internalDisk
            /// No file system that can be written here.
            case unusable
        }
        public var volume: Volume
        public var disk: Disk
        public var obstacle: Obstacle?
        /// Nobody can look into it here (NTFS has no driver in the kernel): a person confirms with the disk's serial number that
        /// it is no recorder's.
        public var isUnseen = false
    }

    /// File systems that are written here, with what mounts them.
    static let writable: Set<String> = ["exfat", "vfat", "ntfs", "ext2", "ext3", "ext4"]

    /// Every volume of a plugged-in disk, and why it must not take results. A disk with anything of a recorder's on it takes none.
    public static func candidates(_ survey: MachineSurvey) -> [Candidate] {
        survey.machine.disks.filter { !$0.isImage && $0.bus != "loop" }.flatMap { disk -> [Candidate] in
            let volumes = disk.partitions.isEmpty ? [disk.whole] : disk.partitions
            guard !volumes.contains(where: { survey.facts[$0.path]?.role == .stick }) else { return [] }
            let isSource = volumes.contains { volume in
                switch survey.facts[volume.path]?.role {
                case .system, .data, .systemAndData, .member, .swap: true
                case .unknown: volume.content.kind != .empty && !isUnseen(volume, survey)
                default: !volume.holders.isEmpty
                }
            }
            let isPluggedIn = disk.isRemovable || disk.bus == "usb"
            return volumes.filter { $0.content.kind == .filesystem }.map { volume in
                let obstacle: Candidate.Obstacle? =
                    if isSource { .source } else if !isPluggedIn { .internalDisk } else {
                        writable.contains(volume.content.type ?? "") ? nil : .unusable
                    }
                return Candidate(volume: volume, disk: disk, obstacle: obstacle, isUnseen: isUnseen(volume, survey))
            }
        }
    }

    private static func isUnseen(_ volume: Volume, _ survey: MachineSurvey) -> Bool {
        survey.facts[volume.path]?.evidence.contains { if case .noDriver = $0 { true } else { false } } ?? false
    }
}

/// What the menu keeps in the session's folder, so that nothing is asked twice after a power cut.
struct MenuMemory: Codable {
    var destination: Destination?
    /// Clips were taken to it, from the index that is there now.
    var hasClips: Bool?
}
