import BlockDevices
import Glibc
import LinuxSystem

/// What a destination lies on, as the kernel has it now.
extension Destination {
    /// It is mounted, takes writes, and its disk is still plugged in; a plain folder must only exist.
    public var isThere: Bool { isThere(Mount.all()) }

    func isThere(_ mounts: [Mount], system: String = "/sys") -> Bool {
        guard kind != .folder else { return (try? FileStatus.of(path: folder).kind) == .directory }
        guard let mount = mount(among: mounts), !mount.isReadOnly else { return false }
        return kind == .share || mount.hasItsDisk(plugIn, system: system)
    }

    /// The mount that it lies on. The last of several on one place covers the others.
    func mount(among mounts: [Mount]) -> Mount? {
        guard kind == .folder else { return mounts.last { $0.mountPoint == folder } }
        return (try? FileStatus.of(path: folder)).flatMap { Mount.holding(device: $0.device, path: folder, among: mounts) }
    }

    /// Chosen again, after a power cut for one: a disk bears another name by then.
    func isTheSame(as other: Destination) -> Bool {
        kind == other.kind && (kind == .disk && uuid != nil ? uuid == other.uuid : name == other.name)
    }

    /// Files end there on FAT32 (FAT16 and its like end earlier, at 2 GiB, and are on no disk of today); nil where they end nowhere near.
    func largestFile(_ mounts: [Mount] = Mount.all()) -> UInt64? {
        ["vfat", "msdos"].contains(mount(among: mounts)?.filesystem) ? 4_294_967_295 : nil
    }

    /// In memory, and gone when the power goes.
    func isInMemory(_ mounts: [Mount] = Mount.all()) -> Bool {
        ["tmpfs", "ramfs", "rootfs", "devtmpfs"].contains(mount(among: mounts)?.filesystem)
    }

    /// Whether it is that volume that is mounted: two disks may bear one UUID, or none.
    func isOn(_ volume: Volume, _ mounts: [Mount] = Mount.all()) -> Bool {
        guard let mount = mount(among: mounts) else { return false }
        return (resolvedPath(mount.source) ?? mount.source) == (resolvedPath(volume.path) ?? volume.path)
    }

    /// The volume that it lies on, and those that this one is made of.
    func paths(_ machine: Machine, _ mounts: [Mount] = Mount.all()) -> Set<String> {
        guard let mount = mount(among: mounts) else { return [] }
        let source = resolvedPath(mount.source) ?? mount.source
        let on = (machine.allVolumes + machine.disks.map(\.whole)).filter { volume in
            (resolvedPath(volume.path) ?? volume.path) == source || volume.mountPoints.contains(mount.mountPoint)
        }
        return Set(on.flatMap { machine.paths(below: $0.path) })
    }
}

extension Mount {
    /// A disk that is pulled out leaves its mount behind, which still looks writable; plugged in again, it bears another name. A card
    /// reader keeps its name and changes the card: the kernel counts that (`plugIn`, as it was when it was mounted).
    func hasItsDisk(_ plugIn: String?, system: String = "/sys") -> Bool {
        guard let number = Self.deviceNumber(source) else { return false }
        // Of some programs' mounts (FUSE without a device) the number is nobody's.
        if !deviceText.hasPrefix("0:"), number != device { return false }
        guard access("\(system)/dev/block/\(Self.text(number))", F_OK) == 0 else { return false }
        guard let plugIn, let now = Self.plugIn(of: source, system: system) else { return true }
        return plugIn == now
    }

    /// Which plug-in of a disk this is, counted by the kernel since it started (from Linux 5.15 on).
    static func plugIn(of path: String, system: String = "/sys") -> String? {
        guard let number = deviceNumber(path) else { return nil }
        let folder = "\(system)/dev/block/\(text(number))"
        // A partition has none of its own.
        for file in [folder + "/diskseq", folder + "/../diskseq"] {
            if let bytes = try? OpenFile.forReading(path: file).readAll(limit: 64) {
                return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
            }
        }
        return nil
    }

    private static func deviceNumber(_ path: String) -> UInt64? {
        var raw = stat()
        guard stat(path, &raw) == 0, raw.st_mode & S_IFMT == S_IFBLK else { return nil }
        return UInt64(raw.st_rdev)
    }

    /// As sysfs writes it: the other way round of what `parse` does.
    private static func text(_ number: UInt64) -> String {
        let major = (number >> 8) & 0xFFF | (number >> 32) & ~0xFFF
        return "\(major):\(number & 0xFF | (number >> 12) & 0xFFFF_FF00)"
    }
}
