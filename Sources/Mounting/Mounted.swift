import BlockDevices
import Glibc
import LinuxSystem

/// A volume that was mounted: enough to find it again, to know it from a look-alike, and to undo it.
public struct Mounted: Sendable, Equatable, Codable {
    /// The device, or the image; with `#n` for a partition of an image.
    public var volume: String
    public var place: String
    public var mode: MountMode
    public var type: String
    public var uuid: String?
    public var byteCount: UInt64
    /// Serial numbers of the disks below.
    public var serials: [String]
    /// Devices that were set read-only for it.
    public var walls: [String]
    /// Devices that were read-only, and are let off for as long as it is mounted for writing.
    public var opened: [String]?
    /// All devices of the disks below it.
    public var devices: [String]
    /// The image it lies in, and where.
    public var image: String?
    public var offset: UInt64
    /// What receives the writes, in the mode `overlay`.
    public var layer: Overlay?
}

/// What is reported before and after each act, so that a ledger can hold it and a killed run be undone.
public enum MountEvent: Sendable, Equatable {
    case intended(Mounted)
    case mounted(Mounted)
    case failed(Mounted, SystemError)
}

/// What became of one entry of a plan.
public struct MountOutcome: Sendable, Equatable {
    public enum Result: Sendable, Equatable {
        case mounted(Mounted)
        case already
        case refused(MountPlan.Refusal)
        /// At the moment of use it was another volume than the one that was looked at.
        case changed(expected: String?, found: String?)
        case failed(SystemError)
    }
    public var entry: MountPlan.Entry
    public var result: Result
}

extension MountPlan {
    /// Carries the plan out, once. A volume that fails stops none of the others.
    ///
    /// `record` is called before and after each act; what it throws (a ledger that cannot be written) stops everything
    /// before the act it announces.
    public consuming func perform(calls: DiskCalls = .live, record: (MountEvent) throws -> Void) throws -> [MountOutcome] {
        var outcomes: [MountOutcome] = []
        for entry in entries {
            switch entry.decision {
            case .already: outcomes.append(MountOutcome(entry: entry, result: .already))
            case .refused(let reason): outcomes.append(MountOutcome(entry: entry, result: .refused(reason)))
            case .mount: outcomes.append(MountOutcome(entry: entry, result: try Self.mount(entry, mode, store, calls, record)))
            }
        }
        return outcomes
    }

    private static func mount(
        _ entry: Entry, _ mode: MountMode, _ store: String?, _ calls: DiskCalls, _ record: (MountEvent) throws -> Void
    ) throws -> MountOutcome.Result {
        let volume = entry.volume
        let type = volume.content.type ?? ""
        let devices = entry.disks.filter { !$0.isImage }.flatMap { [$0.path] + $0.partitions.map(\.path) }
        var mounted = Mounted(
            volume: volume.path, place: entry.place, mode: mode, type: type, uuid: volume.uuid, byteCount: volume.byteCount,
            serials: entry.disks.compactMap(\.identity), walls: [], devices: devices, image: volume.image, offset: volume.offset,
            layer: mode == .overlay ? Overlay(folder: store) : nil)
        // Announced with every wall that may be raised: a run that is killed in between must know them.
        if mode != .readWrite { mounted.walls = devices.filter { !ReadOnlyWall.stands(at: $0, calls: calls) } }
        if mode == .readWrite { mounted.opened = WriteGate.walls(volume, entry.disks, calls: calls) }
        try record(.intended(mounted))
        do throws(SystemError) {
            try WriteGate.open(mounted, calls: calls)
            if mode != .readWrite { for disk in entry.disks { _ = try ReadOnlyWall.raise(around: disk, calls: calls) } }
            let path = volume.image ?? volume.path
            let source = mode == .readWrite ? try OpenFile.forWriting(path: path) : try OpenFile.forReading(path: path)
            if let found = identity(of: source, volume), found != volume.uuid {
                undo(mounted, calls)
                try? record(.failed(mounted, SystemError(call: "mount", errno: ESTALE, path: volume.path)))
                return .changed(expected: volume.uuid, found: found)
            }
            try makeFolders(entry.place)
            let length = volume.image != nil && volume.form == .partition ? volume.byteCount : 0
            try attach(source, offset: volume.image == nil ? 0 : volume.offset, length: length, &mounted, calls)
        } catch {
            undo(mounted, calls)
            try record(.failed(mounted, error))
            return .failed(error)
        }
        try record(.mounted(mounted))
        return .mounted(mounted)
    }

    /// The UUID that stands there now.
    private static func identity(of source: OpenFile, _ volume: Volume) -> String?? {
        guard volume.uuid != nil, let medium = try? source.rawMedium() else { return nil }
        let length = volume.image != nil && volume.form == .partition ? volume.byteCount : 0
        return .some(
            SignatureProbe.look(at: source, offset: volume.image == nil ? 0 : volume.offset, length: length, byteCount: medium.byteCount)
                .content.uuid)
    }

    private static func attach(
        _ source: OpenFile, offset: UInt64, length: UInt64, _ mounted: inout Mounted, _ calls: DiskCalls
    ) throws(SystemError) {
        var flags: DiskCalls.MountFlags = [.noSetUID, .noDevices, .noPrograms, .noAccessTime]
        var options = ""
        var device: String
        // Held until the file system has it: a vanishing loop lives for as long as somebody does.
        let loop: LoopDevice?
        if mounted.mode == .readWrite, offset == 0, length == 0, (try source.status()).kind != .regular {
            (loop, device) = (nil, source.path)
        } else {
            loop = try LoopDevice.over(source, offset: offset, length: length, isReadOnly: mounted.mode != .readWrite, calls: calls)
            device = loop?.path ?? source.path
        }
        if mounted.mode != .readWrite {
            flags.insert(.readOnly)
            options = DetachedVolume.options(for: mounted.type) ?? ""
        }
        if let loop, mounted.layer != nil {
            device = try mounted.layer?.make(over: loop, calls: calls) ?? device
            options = Overlay.options(for: mounted.type)
        }
        let result = calls.mount(device, mounted.place, mounted.type, flags, options)
        withExtendedLifetime(loop) {}
        // A store that overflowed is a better reason than the driver's "input/output error".
        if let layer = mounted.layer { mounted.layer?.used = try layer.fill(calls: calls) }
        if case .failure(let error) = result { throw SystemError(call: "mount", errno: error.value, path: source.path) }
    }

    /// What a failed or killed attempt may have left: the mount, its folder, the walls.
    private static func undo(_ mounted: Mounted, _ calls: DiskCalls) {
        if Mount.all().contains(where: { $0.mountPoint == mounted.place }) { _ = calls.unmount(mounted.place) }
        try? mounted.layer?.remove(calls: calls)
        rmdir(mounted.place)
        try? WriteGate.close(mounted, calls: calls)
        try? ReadOnlyWall.lower(mounted.walls.map(ReadOnlyWall.Change.init), calls: calls)
    }
}

extension Mounted {
    /// Whether it is mounted now, from the device or image it was mounted from.
    public func isLive(among mounts: [Mount] = Mount.all()) -> Bool {
        guard let mount = mounts.last(where: { $0.mountPoint == place }), mount.filesystem == type || type == "ext2" || type == "ext3"
        else { return false }
        if let layer { return Inventory.mapped(layer.name) == resolvedPath(mount.source) }
        return Self.backing(of: mount) == resolvedPath(image ?? volume) ?? (image ?? volume)
    }

    /// The device, through the loop it is looked at by.
    static func backing(of mount: Mount) -> String? {
        let name = splitPath(mount.source).name
        guard name.hasPrefix("loop") else { return resolvedPath(mount.source) }
        guard let file = try? OpenFile.forReading(path: "/sys/block/\(name)/loop/backing_file"), let bytes = try? file.readAll(limit: 8192)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
    }

    /// Takes it away: the mount, and its folder if it is empty. The walls stay for whoever else is on the disk.
    ///
    /// Throws `EBUSY` where somebody still works in it, `ESTALE` where something else is mounted there now. What is gone
    /// already is no error.
    public func unmount(calls: DiskCalls = .live) throws(SystemError) {
        if Mount.all().contains(where: { $0.mountPoint == place }) {
            guard isLive() else { throw SystemError(call: "unmount", errno: ESTALE, path: place) }
            if case .failure(let error) = calls.unmount(place) { throw SystemError(call: "unmount", errno: error.value, path: place) }
        }
        try layer?.remove(calls: calls)
        try WriteGate.close(self, calls: calls)
        rmdir(place)
        if splitPath(place).folder == Self.usualFolder { rmdir(Self.usualFolder) }
    }

    /// Made and removed by us; a folder that the user named is his.
    public static let usualFolder = "/mnt/camtrace-rescue"
}
