import Glibc
import LinuxSystem

/// Refuses to write where the recordings are.
///
/// Two cases: inside a source, always; and on the same file system as a source, unless the running system itself lives there
/// (a single-disk workstation that holds a copy of a tree must stay usable; a mounted data disk of a recorder must not be written).
public enum DestinationGuard {
    public static func check(_ destination: String, against sources: [(path: String, device: UInt64)]) throws {
        let absolute = absolutePath(destination)
        for source in sources where absolute == source.path || absolute.hasPrefix(source.path == "/" ? "/" : source.path + "/") {
            throw RecordingsError.destinationInsideSource(path: destination, source: source.path)
        }
        for source in sources { try checkDisk(destination, source: source.path, device: source.device) }
    }

    /// Against the volumes of an index, where they are mounted now.
    public static func check(_ destination: String, againstVolumesOf index: IndexReader) throws {
        for volume in try index.volumes() {
            guard let status = try? FileStatus.of(path: volume.sourcePath) else { continue }
            if status.kind == .directory {
                try check(destination, against: [(path: volume.sourcePath, device: status.device)])
            } else {
                try check(destination, againstMedium: volume.sourcePath)
            }
        }
    }

    /// The name of an index to be written: free, or that of an index.
    static func checkIndexName(_ path: String) throws {
        guard let status = try? FileStatus.of(path: path) else { return }
        guard status.kind == .regular else { throw RecordingsError.destinationIsNoIndex(path: path) }
        // Something else that bears the name is not ours to replace.
        do { _ = try IndexReader(path: path) } catch RecordingsError.notAnIndex {
            throw RecordingsError.destinationIsNoIndex(path: path)
        } catch RecordingsError.indexDamaged {}
    }

    /// Only the second case, for a source that is a single file.
    public static func checkDisk(_ destination: String, source: String, device sourceDevice: UInt64) throws {
        guard let folder = nearestExistingFolder(absolutePath(destination)), let device = try? FileStatus.of(path: folder).device,
            device == sourceDevice
        else { return }
        let ofTheSystem = Set(
            ["/", "/tmp", "/var/tmp", getenv("HOME").map { String(cString: $0) } ?? "/root"].compactMap {
                try? FileStatus.of(path: $0).device
            })
        guard !ofTheSystem.contains(device) else { return }
        let mount = Mount.holding(device: device, path: folder, among: Mount.all())?.mountPoint ?? folder
        throw RecordingsError.destinationOnSourceDisk(path: destination, source: source, mountPoint: mount)
    }

    /// Links are resolved as far as the path exists.
    static func absolutePath(_ path: String) -> String {
        if let resolved = resolvedPath(path) { return resolved }
        let (folder, name) = splitPath(path)
        let parent = folder == path ? "/" : absolutePath(folder)
        return (parent == "/" ? "" : parent) + "/" + name
    }

    static func nearestExistingFolder(_ path: String) -> String? {
        var folder = path
        while folder != "/" {
            if let status = try? FileStatus.of(path: folder), status.kind == .directory { return folder }
            folder = splitPath(folder).folder
        }
        return "/"
    }
}
