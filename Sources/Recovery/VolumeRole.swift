import BlockDevices
import Recordings

/// What a volume is for.
public enum Role: String, Sendable {
    case system, data
    case systemAndData = "system-and-data"
    /// The medium that this program was started from.
    case stick
    /// A part of an array, of a volume group, of a file system over several disks.
    case member
    case swap
    /// Something else: a boot partition, an empty one, other people's files.
    case other
    case unknown

    /// Unknown is what only a replayed log would show, too.
    public var mayHoldRecordings: Bool { self == .data || self == .systemAndData || self == .unknown }
}

/// What was seen on a volume, and what follows.
public struct VolumeFacts: Sendable, Equatable {
    public var volume: Volume
    public var role: Role
    public var evidence: [RoleEvidence]
    public var system: InstalledSystem?
    public var recordings = RecordingSample()
}

/// Why a volume is thought to have its role. Every one of them is something that was read, not a guess.
public enum RoleEvidence: Sendable, Equatable {
    case holdsSystem(String)
    case holdsRecordings(RecordingSample)
    case noRecordings(files: Int)
    /// The same, when there were more files than are looked at.
    case noneAmongTheFirst(files: Int)
    case label(String)
    case bootFiles
    case memberOf(String)
    /// Of an array or a volume group that nobody assembled.
    case memberAlone(String)
    case arrayStopped
    /// The image ends before the volume does.
    case cutShort(missing: UInt64)
    case noBytes
    case arrayIncomplete(missing: Int)
    case alsoLooksLike([Content.Signature])
    case contradictingSignatures([Content.Signature])
    case swap
    case encrypted
    case empty
    case unknownBytes
    case needsRecovery
    case logNotReplayed
    case unreadable(errno: Int32)
    case noDriver(String)
    case cannotOpen(errno: Int32)
    case needsRoot
    case damaged
    /// A dumped machine: the disk itself is not here.
    case notHere
}

extension VolumeFacts {
    /// It holds recordings, or nobody can say that it does not: its log hides what was written last. The guard asks for both.
    var mayHoldRecordings: Bool {
        switch role {
        case .data, .systemAndData: true
        case .unknown: volume.content.kind == .filesystem && volume.content.needsRecovery == true
        default: false
        }
    }

    /// Labels of the stick's own partitions.
    static let stickLabels: Set<String> = ["CTR-ESP", "CTR-SESSION", "CTR-EXPORT"]

    /// Opens the volume and looks; nothing is left mounted.
    static func look(at volume: Volume, root: String, profiles: [ProductProfile]) throws -> VolumeFacts {
        var facts = VolumeFacts(volume: volume, role: .unknown, evidence: [])
        let content = volume.content
        if volume.isStopped { return facts.with(.unknown, .arrayStopped) }
        if content.missingBytes > 0 { facts.evidence.append(.cutShort(missing: content.missingBytes)) }
        if volume.missingMembers > 0 { facts.evidence.append(.arrayIncomplete(missing: volume.missingMembers)) }
        switch content.kind {
        case .swap: return facts.with(.swap, .swap)
        case .raidMember, .physicalVolume:
            if content.signatures.count > 1 { facts.evidence.append(.alsoLooksLike(content.signatures)) }
            return facts.with(.member, volume.holders.first.map(RoleEvidence.memberOf) ?? .memberAlone(content.type ?? "?"))
        case .luks: return facts.with(.unknown, .encrypted)
        case .empty: return facts.with(.other, volume.byteCount == 0 ? .noBytes : .empty)
        case .ambiguous: return facts.with(.unknown, .contradictingSignatures(content.signatures))
        case .unknown:
            if !volume.holders.isEmpty { return facts.with(.member, .memberOf(volume.holders[0])) }
            if let errno = content.failure {
                return facts.with(.unknown, root.isEmpty ? refused(errno, .unreadable(errno: errno)) : .notHere)
            }
            return facts.with(.unknown, .unknownBytes)
        case .filesystem: break
        }
        if content.needsRecovery == true { facts.evidence.append(.needsRecovery) }
        if let label = content.label, stickLabels.contains(label) { return facts.with(.stick, .label(label)) }
        switch volume.open(root: root) {
        case .failure(.notAFileSystem), .failure(.unsupported):
            return facts.with(.unknown, .noDriver(content.type ?? "?"))
        case .failure(.failed(let error)):
            // EINVAL, EBADMSG, EUCLEAN: what drivers say of a superblock or a root folder that contradicts itself.
            let why = [22, 74, 117].contains(error.errno) ? RoleEvidence.damaged : .cannotOpen(errno: error.errno)
            return facts.with(.unknown, root.isEmpty ? refused(error.errno, why) : .notHere)
        case .success(let opened):
            try facts.read(opened, profiles)
            return facts
        }
    }

    /// What only root may do is no fault of the disk.
    private static func refused(_ errno: Int32, _ other: RoleEvidence) -> RoleEvidence {
        errno == 1 /* EPERM */ || errno == 13 /* EACCES */ ? .needsRoot : other
    }

    private mutating func read(_ opened: VolumeRoot, _ profiles: [ProductProfile]) throws {
        system = InstalledSystem(opened, profiles: profiles)
        recordings = try RecordingSample.take(below: opened.folder, skippingSystem: system != nil, skipping: opened.mountsBelow)
        if let system { evidence.append(.holdsSystem(system.distribution?.name ?? "Linux")) }
        // A film in somebody's home is no recorder's data.
        let holdsRecordings = recordings.videos >= (system == nil ? 1 : 3)
        if holdsRecordings { evidence.append(.holdsRecordings(recordings)) }
        switch (system != nil, holdsRecordings) {
        case (true, true): role = .systemAndData
        case (true, false): role = .system
        case (false, true): role = .data
        case (false, false):
            // What was written last is in the log only.
            if volume.content.needsRecovery == true {
                role = .unknown
                evidence.append(.logNotReplayed)
                return
            }
            if recordings.isPartial {
                role = .unknown
                evidence.append(.noneAmongTheFirst(files: recordings.looked))
                return
            }
            role = .other
            let names = Set(opened.entries(".").map { String(decoding: $0.name, as: UTF8.self) })
            let isBoot = names.contains { $0.hasPrefix("vmlinuz-") } || names.contains("EFI") || names.contains("grub")
            evidence.append(isBoot ? .bootFiles : .noRecordings(files: recordings.looked))
        }
    }

    private func with(_ role: Role, _ why: RoleEvidence) -> VolumeFacts {
        var result = self
        result.role = role
        result.evidence.append(why)
        return result
    }
}
