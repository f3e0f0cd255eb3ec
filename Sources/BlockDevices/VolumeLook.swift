import Glibc
import LinuxSystem

extension Volume {
    /// Why a volume's files cannot be looked at.
    public enum Closed: Error, Sendable, Equatable {
        /// Holds no file system, or one of several.
        case notAFileSystem
        /// The kernel has no driver for it, or is too old to look without mounting.
        case unsupported(String)
        case failed(SystemError)
    }

    /// Its root folder, to read: through its mount where it has one, else read-only over a read-only loop, mounted nowhere.
    ///
    /// `root` is that of a dumped machine, whose mounts are not ours.
    public func open(root: String = "", calls: DiskCalls = .live) -> Result<VolumeRoot, Closed> {
        guard content.kind == .filesystem, let type = content.type else { return .failure(.notAFileSystem) }
        if root.isEmpty, image == nil, let mounted = mountedRoot() { return .success(mounted) }
        do throws(SystemError) {
            let source = try OpenFile.forReading(path: root + (image ?? path))
            let part = image == nil ? (UInt64(0), UInt64(0)) : (offset, form == .partition ? byteCount : 0)
            let volume = try DetachedVolume.open(source, type: type, offset: part.0, length: part.1, calls: calls)
            return .success(VolumeRoot(folder: volume.root, holder: volume))
        } catch {
            switch error.errno {
            // No driver, no `fsopen`, no loops in this kernel.
            case ENODEV, ENOSYS: return .failure(.unsupported(type))
            case ENOENT where error.path == "/dev/loop-control": return .failure(.unsupported(type))
            default: return .failure(.failed(error))
            }
        }
    }
}

extension Volume {
    /// Where it is mounted as a whole, unless another file system has been mounted over that place since.
    private func mountedRoot() -> VolumeRoot? {
        let mounts = Mount.all()
        for place in mountPoints {
            guard let mount = mounts.last(where: { $0.mountPoint == place }), let folder = try? OpenFile.forReading(path: place),
                let status = try? folder.status(), status.kind == .directory
            else { continue }
            // Those over several devices have folders with numbers of their own, and subvolumes for roots.
            let isOverSeveral = mount.deviceText.hasPrefix("0:")
            guard isOverSeveral || status.device == mount.device && mount.root == "/" else { continue }
            let prefix = place == "/" ? "/" : place + "/"
            let below = mounts.map(\.mountPoint).filter { $0.hasPrefix(prefix) && $0 != place }.map { String($0.dropFirst(prefix.count)) }
            return VolumeRoot(folder: folder, holder: nil, mountsBelow: below)
        }
        return nil
    }
}

/// A volume's root folder, open for as long as this value lives.
public struct VolumeRoot: Sendable {
    public let folder: OpenFile
    /// Folders below it, without a leading slash, on which other volumes are mounted.
    public let mountsBelow: [String]
    private let holder: DetachedVolume?

    init(folder: OpenFile, holder: DetachedVolume?, mountsBelow: [String] = []) {
        self.folder = folder
        self.holder = holder
        self.mountsBelow = mountsBelow
    }

    /// A folder that stands for a volume: `--root DIR`, a test's tree.
    public init(path: String) throws(SystemError) {
        self.init(folder: try OpenFile.forReading(path: path), holder: nil)
    }

    /// A small text file; nil where it is missing, unreadable, or longer than a configuration ever is.
    public func text(_ path: String, limit: Int = 16 << 20) -> String? {
        guard let file = try? folder.inRoot(path), let status = try? file.status(), status.kind == .regular,
            status.byteCount <= UInt64(limit),
            let bytes = try? file.readAll(limit: limit)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func exists(_ path: String) -> Bool { (try? folder.inRoot(path)) != nil }

    public func entries(_ path: String) -> [DirectoryEntry] {
        guard let found = try? folder.inRoot(path) else { return [] }
        return found.entries().entries
    }
}
