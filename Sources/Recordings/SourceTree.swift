import Glibc
import LinuxSystem

/// A place the user named as a source, opened once: what it is and on which volume it lies.
public struct SourceTree: Sendable {
    /// As an absolute path without links.
    public var path: String
    public var root: OpenFile
    /// Where the user named one file: its name below `root`.
    public var singleFile: [UInt8]?
    public var device: UInt64
    public var volume: VolumeIdentity

    /// A folder that is open already, on a volume that is mounted nowhere.
    init(root: OpenFile) {
        path = root.path
        self.root = root
        device = (try? root.status().device) ?? 0
        volume = VolumeIdentity()
    }

    /// Throws the system's error where the path does not exist or cannot be opened.
    public init(_ argument: String) throws(SystemError) {
        let status = try FileStatus.of(path: argument)
        let absolute = resolvedPath(argument) ?? argument
        device = status.device
        switch status.kind {
        case .directory:
            path = absolute
            root = try OpenFile.forReading(path: absolute)
        case .regular:
            let (folder, name) = splitPath(absolute)
            path = folder
            root = try OpenFile.forReading(path: folder)
            singleFile = Array(name.utf8)
        default:
            throw SystemError(call: "open", errno: ENOTDIR, path: argument)
        }
        volume = VolumeIdentity.of(device: device, path: path)
    }
}

/// What tells a volume from another: names such as `/dev/sdb` are not part of it.
public struct VolumeIdentity: Sendable, Equatable {
    public var uuid: String?
    public var label: String?
    public var filesystem: String?
    public var serial: String?

    /// Read from what the kernel and udev already know; nothing is probed here.
    static func of(device: UInt64, path: String) -> VolumeIdentity {
        var identity = VolumeIdentity()
        guard let mount = Mount.holding(device: device, path: path, among: Mount.all()) else { return identity }
        identity.filesystem = mount.filesystem
        guard mount.source.hasPrefix("/dev/"), let node = resolvedPath(mount.source) else { return identity }
        identity.uuid = linkName(pointingTo: node, in: "/dev/disk/by-uuid")
        identity.label = linkName(pointingTo: node, in: "/dev/disk/by-label")
        let name = splitPath(node).name
        // A partition's serial is that of the disk its sysfs folder lies in.
        for place in [
            "/sys/class/block/\(name)/device/serial", "/sys/class/block/\(name)/../device/serial", "/sys/class/block/\(name)/serial",
        ] {
            if let file = try? OpenFile.forReading(path: place), let bytes = try? file.readAll(limit: 256) {
                identity.serial = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
                break
            }
        }
        return identity
    }

    private static func linkName(pointingTo node: String, in folder: String) -> String? {
        guard let directory = try? OpenFile.forReading(path: folder) else { return nil }
        return directory.entries().entries.lazy.map { String(decoding: $0.name, as: UTF8.self) }
            .first { resolvedPath(folder + "/" + $0) == node }
    }
}
