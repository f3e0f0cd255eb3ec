import Glibc

/// One entry of a directory, its name as the bytes on the disk.
public struct DirectoryEntry: Sendable {
    public var name: [UInt8]
    public var inode: UInt64
    /// Nil where the file system does not say; then the entry's own status does.
    public var kind: FileStatus.Kind?
}

extension OpenFile {
    /// The entries of this directory, `.` and `..` left out, in the order the disk gives them.
    ///
    /// A read error in the middle ends the list: the error is returned beside what was read until then.
    public func entries() -> (entries: [DirectoryEntry], failure: SystemError?) {
        // The stream owns and closes its descriptor, hence the copy.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return ([], SystemError(call: "open", errno: errno, path: path)) }
        guard let stream = fdopendir(copy) else {
            let failure = SystemError(call: "fdopendir", errno: errno, path: path)
            close(copy)
            return ([], failure)
        }
        defer { closedir(stream) }
        var result: [DirectoryEntry] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                return (result, errno == 0 ? nil : SystemError(call: "readdir", errno: errno, path: path))
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                let start = UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self)
                return Array(UnsafeBufferPointer(start: start, count: strnlen(UnsafePointer(OpaquePointer(pointer)), 256)))
            }
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            let kind: FileStatus.Kind? =
                switch Int(entry.pointee.d_type) {
                case DT_REG: .regular
                case DT_DIR: .directory
                case DT_LNK: .link
                case DT_UNKNOWN: nil
                default: .other
                }
            result.append(DirectoryEntry(name: name, inode: UInt64(entry.pointee.d_ino), kind: kind))
        }
    }
}
