import BlockDevices
import Glibc
import LinuxSystem

/// Sets a disk and its partitions read-only in the kernel, before anything else is done with them.
///
/// It binds the drivers that open the disk itself, not those stacked above it (measured): hence the read-only loop as well.
public enum ReadOnlyWall {
    /// A device whose state was changed; what it was is put back when the last mount of its disk is gone.
    public struct Change: Sendable, Equatable {
        public var path: String

        public init(path: String) {
            self.path = path
        }
    }

    /// The disk first: partitions inherit nothing, so each is set too. What is read-only already is left out of the result.
    ///
    /// Throws the system's error: `EACCES` without the right to administer disks.
    public static func raise(around disk: Disk, calls: DiskCalls = .live) throws(SystemError) -> [Change] {
        guard !disk.isImage else { return [] }
        return try raise(at: [disk.path] + disk.partitions.map(\.path), calls: calls)
    }

    @discardableResult
    static func raise(at paths: [String], calls: DiskCalls) throws(SystemError) -> [Change] {
        var changes: [Change] = []
        for path in paths where try set(path, readOnly: true, calls: calls) { changes.append(Change(path: path)) }
        return changes
    }

    /// Whether a device is read-only now.
    static func stands(at path: String, calls: DiskCalls) -> Bool {
        guard let device = try? OpenFile.forReading(path: path), case .success(true) = calls.isReadOnly(device.descriptor) else {
            return false
        }
        return true
    }

    /// Partitions first, so that none is writable on a disk that is not.
    public static func lower(_ changes: [Change], calls: DiskCalls = .live) throws(SystemError) {
        for change in changes.reversed() { _ = try set(change.path, readOnly: false, calls: calls) }
    }

    /// Whether it had to be changed.
    private static func set(_ path: String, readOnly: Bool, calls: DiskCalls) throws(SystemError) -> Bool {
        let device = try OpenFile.forReading(path: path)
        if case .success(readOnly) = calls.isReadOnly(device.descriptor) { return false }
        switch calls.setReadOnly(device.descriptor, readOnly) {
        case .success: return true
        case .failure(let error): throw SystemError(call: "ioctl", errno: error.value, path: path)
        }
    }
}
