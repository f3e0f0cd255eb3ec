import BlockDevices
import LinuxSystem

/// How a volume is mounted.
public enum MountMode: String, Sendable, CaseIterable, Codable {
    /// Over a read-only loop, its log not replayed: not one byte of the disk changes.
    case readOnly = "read-only"
    /// What is written, the replay of a log above all, goes to a layer of its own; the disk stays as it is.
    case overlay
    /// The disk itself may change: only by name, confirmed with the disk's serial number.
    case readWrite = "read-write"
}

/// What would be mounted where, decided before anything is done, and carried out once.
public struct MountPlan: ~Copyable {
    public let entries: [Entry]
    public let mode: MountMode
    /// The folder whose disk takes what an overlay holds; nil: memory.
    let store: String?

    public struct Entry: Sendable, Equatable {
        public var volume: Volume
        /// The disks that become read-only first: the whole of each, below arrays and volumes too.
        public var disks: [Disk]
        /// The mount point.
        public var place: String
        public var decision: Decision
    }

    public enum Decision: Sendable, Equatable {
        case mount
        /// It is there already, read-only.
        case already
        case refused(Refusal)
    }

    /// Why a volume is not mounted.
    public enum Refusal: Sendable, Equatable {
        case notAFileSystem(Content.Kind)
        case contradictory
        case noDriver(String)
        /// Somebody has it mounted for writing: a second look beside him is worth nothing.
        case mountedForWriting(at: String)
        /// Another volume has the same UUID: a clone. Which of them is meant, a person must say by its path.
        case twin(String)
        case serialNotConfirmed(String?)
        /// The store of an overlay would lie on a disk that must not change.
        case storeOnSource(String)
    }

    /// `names`: the volumes asked for by path, or nil for all that may hold recordings. `mounts`: what is mounted now.
    ///
    /// `confirmedSerials`: what a person typed for `read-write`.
    public init(
        _ volumes: [Volume], of machine: Machine, at folder: String, mode: MountMode, byName: Bool, confirmedSerials: Set<String> = [],
        store: String? = nil, mounts: [Mount] = Mount.all()
    ) {
        var places: Set<String> = []
        self.mode = mode
        self.store = store
        let storeDisks = store.map { machine.disks(holding: $0, among: mounts) } ?? []
        entries = volumes.map { volume in
            let disks = machine.disks(below: volume)
            let base = folder + "/" + Self.name(of: volume)
            var place = base
            var number = 2
            while !places.insert(place).inserted || Self.isTaken(place, mounts) {
                place = "\(base)-\(number)"
                number += 1
            }
            let twins = volumes.filter { $0.path != volume.path && $0.uuid != nil && $0.uuid == volume.uuid }
            var decision = Self.decide(
                volume, disks, place, mode, twin: byName ? nil : twins.first?.path, confirmedSerials: confirmedSerials, mounts: mounts)
            if decision == .mount, let disk = disks.first(where: storeDisks.contains) { decision = .refused(.storeOnSource(disk.path)) }
            if case .already = decision { place = volume.mountPoints.first ?? place }
            return Entry(volume: volume, disks: disks, place: place, decision: decision)
        }
    }

    private static func decide(
        _ volume: Volume, _ disks: [Disk], _ place: String, _ mode: MountMode, twin: String?, confirmedSerials: Set<String>, mounts: [Mount]
    ) -> Decision {
        if volume.content.kind == .ambiguous { return .refused(.contradictory) }
        guard volume.content.kind == .filesystem, let type = volume.content.type else {
            return .refused(.notAFileSystem(volume.content.kind))
        }
        guard DetachedVolume.options(for: type) != nil else { return .refused(.noDriver(type)) }
        if let there = volume.mountPoints.first {
            let isReadOnly = mounts.filter { $0.mountPoint == there }.last?.isReadOnly ?? false
            return isReadOnly && mode == .readOnly ? .already : .refused(.mountedForWriting(at: there))
        }
        if let twin { return .refused(.twin(twin)) }
        if mode == .readWrite {
            // An image has no serial number; its volume's UUID stands for it.
            let names =
                disks.compactMap(\.serial) + disks.compactMap(\.identity) + (volume.image != nil ? [volume.uuid].compactMap { $0 } : [])
            guard names.contains(where: confirmedSerials.contains) else { return .refused(.serialNotConfirmed(names.first)) }
        }
        return .mount
    }

    /// A place that holds a mount, or files that a mount would hide.
    private static func isTaken(_ place: String, _ mounts: [Mount]) -> Bool {
        if mounts.contains(where: { $0.mountPoint == place }) { return true }
        guard let folder = try? OpenFile.forReading(path: place) else { return false }
        return !folder.entries().entries.isEmpty
    }

    /// What a person recognises: the label, else the beginning of the UUID, else the device's name. Safe as a folder's name.
    public static func name(of volume: Volume) -> String {
        let device = splitPath(volume.path).name
        for text in [volume.label, volume.uuid.map { String($0.prefix(13)) }, device].compactMap({ $0 }) {
            let safe = String(
                text.map { character in
                    character.isASCII && (character.isLetter || character.isNumber || "-_.+".contains(character)) ? character : "_"
                }.prefix(64))
            if !safe.isEmpty, !safe.hasPrefix("."), safe.contains(where: { $0 != "_" }) { return safe }
        }
        return "volume"
    }
}
