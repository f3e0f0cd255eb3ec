import CLinux
import Glibc

/// A file system that is looked into without being mounted anywhere: read-only over a read-only loop, its log not replayed.
/// Nothing of it remains when its owner ends, not even after SIGKILL.
public final class DetachedVolume: Sendable {
    public let root: OpenFile
    private let loop: LoopDevice

    private init(root: OpenFile, loop: LoopDevice) {
        self.root = root
        self.loop = loop
    }

    /// What keeps a driver from replaying a log, for those that have one (measured: without it a dirty log makes the mount
    /// of a read-only device fail).
    public static func options(for type: String) -> String? {
        switch type {
        case "ext2": ""
        case "ext3", "ext4": "noload"
        // Two volumes with one UUID, a clone beside its original, are told apart here and nowhere else.
        case "xfs": "norecovery,nouuid"
        case "btrfs": "rescue=nologreplay"
        case "vfat", "exfat", "ntfs3", "iso9660", "udf", "squashfs", "f2fs", "jfs", "reiserfs", "hfsplus", "msdos": ""
        default: nil
        }
    }

    /// `source`: the device or image; `length` 0: to its end. Throws `ENOSYS` on a kernel older than 5.2 in a chroot that is no mount.
    public static func open(
        _ source: OpenFile, type: String, offset: UInt64 = 0, length: UInt64 = 0, calls: DiskCalls = .live
    ) throws(SystemError) -> DetachedVolume {
        guard let options = options(for: type) else { throw SystemError(call: "mount", errno: ENODEV, path: source.path) }
        let loop = try LoopDevice.over(source, offset: offset, length: length, calls: calls)
        switch calls.openDetached(type, loop.path, options) {
        case .success(let descriptor):
            return DetachedVolume(root: OpenFile(descriptor: descriptor, path: source.path, calls: .live), loop: loop)
        case .failure(let failure): throw SystemError(call: "mount", errno: failure.errno, path: source.path)
        }
    }
}

extension OpenFile {
    /// A file below this folder, whose links lead nowhere but below it, as if the folder were the root.
    public func inRoot(_ path: String) throws(SystemError) -> OpenFile {
        let descriptor = clinux_open_in_root(self.descriptor, path)
        if descriptor >= 0 { return OpenFile(descriptor: descriptor, path: path, calls: calls) }
        // Before kernel 5.6 only what needs no link is found.
        guard descriptor == -ENOSYS else { throw SystemError(call: "open", errno: -descriptor, path: path) }
        return try beneath(Array(path.utf8))
    }
}
