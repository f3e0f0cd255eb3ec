import Glibc

/// A file that appears under its name whole or not at all.
///
/// It is written under a temporary name in the same folder; `commit` syncs it, renames it and syncs the folder.
/// Dropped without `commit`, or killed at any moment, the old file (or none) is what a reader finds.
public final class AtomicFile {
    public let path: String
    public let temporaryPath: String
    public private(set) var byteCount: UInt64 = 0
    private let calls: SystemCalls
    private let replacing: Bool
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private static let bufferSize = 1 << 20
    /// Handed to the kernel, and how much of that it was asked to write to the disk.
    private var handedOver: off_t = 0
    private var begun: off_t = 0
    /// The disk works while the next bytes are read, instead of all at once in `commit`; larger steps gain nothing (measured).
    private static let writebackStep: off_t = 8 << 20

    /// The temporary name is the same for the same target, so that what a kill leaves is replaced by the next run.
    public static func temporaryPath(for path: String) -> String {
        let (folder, name) = splitPath(path)
        return (folder == "." && !path.hasPrefix("./") ? "" : folder + "/") + "." + name + ".partial"
    }

    /// `replacing`: whether a file of that name may give way. What is no regular file (a device, a folder, a link) never does.
    public init(_ path: String, replacing: Bool = true, calls: SystemCalls = .live) throws(SystemError) {
        self.path = path
        self.replacing = replacing
        self.calls = calls
        temporaryPath = Self.temporaryPath(for: path)
        try Self.checkTarget(path, replacing: replacing)
        let name = temporaryPath
        unlink(name)
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        descriptor = try retrying("create", name) { calls.open(AT_FDCWD, Array(name.utf8CString), flags, 0o666) }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(temporaryPath)
        }
    }

    private static func checkTarget(_ path: String, replacing: Bool) throws(SystemError) {
        var raw = stat()
        guard lstat(path, &raw) == 0 else { return }
        guard replacing, raw.st_mode & S_IFMT == S_IFREG else { throw SystemError(call: "create", errno: EEXIST, path: path) }
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        byteCount += UInt64(bytes.count)
        if buffer.count + bytes.count <= Self.bufferSize {
            buffer.append(contentsOf: bytes)
            return
        }
        try flush()
        // A large piece goes straight to the kernel: copying it through the buffer would cost another pass over memory.
        if bytes.count >= Self.bufferSize / 4 { try writeAll(bytes) } else { buffer.append(contentsOf: bytes) }
    }

    public func write(_ text: String) throws(SystemError) {
        try write(Array(text.utf8))
    }

    public func write(_ bytes: [UInt8]) throws(SystemError) {
        do { try bytes.withUnsafeBytes { try write($0) } } catch let error as SystemError { throw error } catch {}
    }

    /// Replaces bytes that were already written.
    public func overwrite(_ bytes: [UInt8], at offset: UInt64) throws(SystemError) {
        try flush()
        var done = 0
        while done < bytes.count {
            let position = off_t(clamping: offset + UInt64(done))
            let rest = bytes[done...]
            done += try retrying("write", temporaryPath) {
                rest.withUnsafeBytes { calls.writeAt(descriptor, $0, position) }
            }
        }
    }

    /// Sends what is buffered to the kernel, so that the file can be read back under its temporary name.
    public func flush() throws(SystemError) {
        guard !buffer.isEmpty else { return }
        var failure: SystemError?
        buffer.withUnsafeBytes { bytes in
            do throws(SystemError) { try writeAll(bytes) } catch { failure = error }
        }
        buffer.removeAll(keepingCapacity: true)
        if let failure { throw failure }
    }

    /// On disk, under its final name, or an error and nothing changed.
    ///
    /// `final` replaces the name given at first, in the same folder, where it is known only now (a clip's length).
    public func commit(as final: String? = nil) throws(SystemError) {
        let path = final ?? path
        try flush()
        try Self.checkTarget(path, replacing: replacing)
        try retrying("fsync", temporaryPath) { calls.sync(descriptor) }
        try retrying("rename", path) { calls.rename(temporaryPath, path) }
        close(descriptor)
        descriptor = -1
        try syncFolder(of: path, calls: calls)
    }

    /// Reads back what was written, still under the temporary name.
    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try retrying("read", temporaryPath) { calls.read(descriptor, buffer, off_t(clamping: offset)) }
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let written = try retrying("write", temporaryPath) { calls.write(descriptor, rest) }
            // A destination that takes nothing and says nothing would be an endless loop.
            guard written > 0 else { throw SystemError(call: "write", errno: ENOSPC, path: temporaryPath) }
            done += written
            handedOver += off_t(written)
        }
        if handedOver - begun >= Self.writebackStep {
            calls.startWriteback(descriptor, begun, handedOver - begun)
            begun = handedOver
        }
    }
}

/// Folder and name of a path; the folder of a bare name is ".".
public func splitPath(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return (".", path) }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
}

/// Makes a rename or a new name in a folder survive a power cut.
public func syncFolder(of path: String, calls: SystemCalls = .live) throws(SystemError) {
    let folder = splitPath(path).folder
    let descriptor = try retrying("open", folder) {
        calls.open(AT_FDCWD, Array(folder.utf8CString), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    }
    defer { close(descriptor) }
    do throws(SystemError) {
        try retrying("fsync", folder) { calls.sync(descriptor) }
    } catch {
        // FAT through FUSE and some network shares cannot sync a folder and say so; nothing more can be done there.
        guard error.errno == EINVAL || error.errno == ENOTSUP || error.errno == ENOSYS else { throw error }
    }
}

/// Makes a folder and those above it; no error where it is there already.
public func makeFolders(_ path: String, calls: SystemCalls = .live) throws(SystemError) {
    if let status = try? FileStatus.of(path: path) {
        guard status.kind == .directory else { throw SystemError(call: "mkdir", errno: ENOTDIR, path: path) }
        return
    }
    let parent = splitPath(path).folder
    if parent != path, parent != "." { try makeFolders(parent, calls: calls) }
    do throws(SystemError) {
        try retrying("mkdir", path) { calls.makeDirectory(path) }
    } catch {
        guard error.errno == EEXIST else { throw error }
    }
}

/// Lines added to a file and synced one by one.
public enum AppendOnlyFile {
    public static func append(_ bytes: [UInt8], to path: String, calls: SystemCalls = .live) throws(SystemError) {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let descriptor = try retrying("open", path) { calls.open(AT_FDCWD, Array(path.utf8CString), flags, 0o666) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let rest = bytes[done...]
            let written = try retrying("write", path) { rest.withUnsafeBytes { calls.write(descriptor, $0) } }
            guard written > 0 else { throw SystemError(call: "write", errno: ENOSPC, path: path) }
            done += written
        }
        try retrying("fsync", path) { calls.sync(descriptor) }
    }
}
