import Glibc

/// What `struct stat` does not say of a disk, a partition or an image: its size, and which device it is.
public struct RawMedium: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// `number` is that of the device itself, not of the file system its node lies on.
        case blockDevice(number: UInt64)
        case image
    }
    public var kind: Kind
    public var byteCount: UInt64
}

extension OpenFile {
    /// Nil for what is neither a block device nor a regular file.
    public func rawMedium() throws(SystemError) -> RawMedium? {
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else { throw SystemError(call: "fstat", errno: errno, path: path) }
        let kind: RawMedium.Kind
        switch raw.st_mode & S_IFMT {
        case S_IFREG: kind = .image
        case S_IFBLK: kind = .blockDevice(number: UInt64(raw.st_rdev))
        default: return nil
        }
        // A device's status holds no size; its end can be sought.
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw SystemError(call: "lseek", errno: errno, path: path) }
        return RawMedium(kind: kind, byteCount: UInt64(end))
    }

    /// Tells the kernel to read ahead generously.
    public func adviseSequential() {
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }
}
