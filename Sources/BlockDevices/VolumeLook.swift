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
        if root.isEmpty, image == nil, let place = mountPoints.first, let folder = try? OpenFile.forReading(path: place) {
            return .success(VolumeRoot(folder: folder, holder: nil))
        }
        do throws(SystemError) {
            let source = try OpenFile.forReading(path: root + (image ?? path))
            let part = image == nil ? (UInt64(0), UInt64(0)) : (offset, form == .partition ? byteCount : 0)
            let volume = try DetachedVolume.open(source, type: type, offset: part.0, length: part.1, calls: calls)
            return .success(VolumeRoot(folder: volume.root, holder: volume))
        } catch {
            switch error.errno {
            case ENODEV, ENOSYS: return .failure(.unsupported(type))
            default: return .failure(.failed(error))
            }
        }
    }
}

/// A volume's root folder, open for as long as this value lives.
public struct VolumeRoot: Sendable {
    public let folder: OpenFile
    private let holder: DetachedVolume?

    init(folder: OpenFile, holder: DetachedVolume?) {
        self.folder = folder
        self.holder = holder
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
