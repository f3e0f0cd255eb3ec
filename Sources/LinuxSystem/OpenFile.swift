import Glibc

/// `O_NOATIME` of <fcntl.h>, hidden behind `_GNU_SOURCE`; the same number on every architecture Debian's amd64 and arm64 kernels have.
private let openWithoutAccessTime: Int32 = 0o1000000

/// An open descriptor that is closed with its owner.
public final class OpenFile: @unchecked Sendable {
    public let descriptor: Int32
    /// For messages only.
    public let path: String
    let calls: SystemCalls

    init(descriptor: Int32, path: String, calls: SystemCalls) {
        self.descriptor = descriptor
        self.path = path
        self.calls = calls
    }

    deinit {
        close(descriptor)
    }

    /// Opens for reading without touching the access time, without following a final link, without waiting on a FIFO.
    ///
    /// `relative` holds the bytes of the name as the disk has them: they need not be UTF-8.
    public static func forReading(
        _ relative: [UInt8], in directory: OpenFile? = nil, followingLinks: Bool = false, calls: SystemCalls = .live
    ) throws(SystemError) -> OpenFile {
        let name = String(decoding: relative, as: UTF8.self)
        guard !relative.contains(0) else { throw SystemError(call: "open", errno: EINVAL, path: name) }
        var flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
        if !followingLinks { flags |= O_NOFOLLOW }
        let bytes = relative.map { CChar(bitPattern: $0) } + [0]
        let at = directory?.descriptor ?? AT_FDCWD
        // Only the owner (or root) may leave the access time alone.
        if case .success(let descriptor) = calls.open(at, bytes, flags | openWithoutAccessTime, 0) {
            return OpenFile(descriptor: descriptor, path: name, calls: calls)
        }
        let descriptor = try retrying("open", name) { calls.open(at, bytes, flags, 0) }
        return OpenFile(descriptor: descriptor, path: name, calls: calls)
    }

    public static func forReading(path: String, calls: SystemCalls = .live) throws(SystemError) -> OpenFile {
        try forReading(Array(path.utf8), followingLinks: true, calls: calls)
    }

    /// Whether a relative path has neither `..` nor an empty component, so that only a link could lead out.
    public static func staysInside(_ relative: [UInt8]) -> Bool {
        relative.split(separator: 0x2F, omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0 != [0x2E] && $0 != [0x2E, 0x2E] }
    }

    /// Opens a file below this directory for reading, one component after the other: no `..`, no absolute path and no link
    /// leads out of it. For paths that come from a file (an index) rather than from a walk.
    public func beneath(_ relative: [UInt8]) throws(SystemError) -> OpenFile {
        let name = String(decoding: relative, as: UTF8.self)
        let components = relative.split(separator: 0x2F, omittingEmptySubsequences: false)
        guard let last = components.last, Self.staysInside(relative) else { throw SystemError(call: "open", errno: EXDEV, path: name) }
        var folder = self
        for component in components.dropLast() {
            let next = try OpenFile.forReading(Array(component), in: folder, calls: calls)
            guard try next.status().kind == .directory else { throw SystemError(call: "open", errno: ENOTDIR, path: name) }
            folder = next
        }
        return try OpenFile.forReading(Array(last), in: folder, calls: calls)
    }

    /// Reads at `offset`; 0 at the end.
    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        guard let position = off_t(exactly: offset) else { return 0 }
        return try retrying("read", path) { calls.read(descriptor, buffer, position) }
    }

    /// The whole of a small file, such as one under `/proc`.
    public func readAll(limit: Int = 16 << 20) throws(SystemError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while result.count < limit {
            var got = 0
            do {
                got = try chunk.withUnsafeMutableBytes { buffer throws in try read(at: UInt64(result.count), into: buffer) }
            } catch let error as SystemError { throw error } catch { break }
            if got == 0 { break }
            result.append(contentsOf: chunk.prefix(got))
        }
        return result
    }

    /// All of it, piece by piece.
    public func copy(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset: UInt64 = 0
        while case let got = try read(at: offset, into: buffer), got > 0 {
            try sink(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            offset += UInt64(got)
        }
    }

    public func status() throws(SystemError) -> FileStatus {
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else { throw SystemError(call: "fstat", errno: errno, path: path) }
        return FileStatus(raw)
    }

    /// The status of an entry below this directory, links not followed.
    public func status(of relative: [UInt8]) throws(SystemError) -> FileStatus {
        var raw = stat()
        let bytes = relative.map { CChar(bitPattern: $0) } + [0]
        guard fstatat(descriptor, bytes, &raw, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw SystemError(call: "stat", errno: errno, path: String(decoding: relative, as: UTF8.self))
        }
        return FileStatus(raw)
    }

    /// Where a link below this directory points, as the bytes on the disk.
    public func linkTarget(of relative: [UInt8]) throws(SystemError) -> [UInt8] {
        let bytes = relative.map { CChar(bitPattern: $0) } + [0]
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlinkat(descriptor, bytes, &buffer, buffer.count)
        guard count >= 0 else {
            throw SystemError(call: "readlink", errno: errno, path: String(decoding: relative, as: UTF8.self))
        }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }
}

/// The part of `struct stat` that matters here.
public struct FileStatus: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case regular, directory, link, other
    }
    public var kind: Kind
    public var device: UInt64
    public var inode: UInt64
    public var byteCount: UInt64
    /// Nanoseconds since 1970.
    public var modified: Int64
    /// The bits of chmod(2), and whose it is.
    public var mode: UInt32
    public var owner: UInt32
    public var group: UInt32

    init(_ raw: stat) {
        switch raw.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .link
        default: kind = .other
        }
        mode = raw.st_mode & 0o7777
        owner = raw.st_uid
        group = raw.st_gid
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        byteCount = UInt64(clamping: raw.st_size)
        // A hostile inode may hold any 64-bit second.
        let seconds = Int64(raw.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        modified = seconds.overflow ? 0 : seconds.partialValue &+ Int64(raw.st_mtim.tv_nsec)
    }

    /// Follows links: what a user's argument names.
    public static func of(path: String) throws(SystemError) -> FileStatus {
        try of(path: Array(path.utf8))
    }

    public static func of(path: [UInt8]) throws(SystemError) -> FileStatus {
        var raw = stat()
        guard stat(path.map { CChar(bitPattern: $0) } + [0], &raw) == 0 else {
            throw SystemError(call: "stat", errno: errno, path: String(decoding: path, as: UTF8.self))
        }
        return FileStatus(raw)
    }
}

extension OpenFile {
    /// To the disk, data and size. Works on a descriptor opened for reading.
    public func sync() throws(SystemError) {
        try retrying("fsync", path) { calls.sync(descriptor) }
    }
}

extension OpenFile {
    /// The owner of a descriptor that was opened elsewhere.
    public static func taking(_ descriptor: Int32, path: String) -> OpenFile {
        OpenFile(descriptor: descriptor, path: path, calls: .live)
    }

    /// For `mount --mode read-write` on an image, and for nothing else.
    public static func forWriting(path: String, calls: SystemCalls = .live) throws(SystemError) -> OpenFile {
        let descriptor = try retrying("open", path) { calls.open(AT_FDCWD, Array(path.utf8CString), O_RDWR | O_CLOEXEC | O_NOCTTY, 0) }
        return OpenFile(descriptor: descriptor, path: path, calls: calls)
    }
}
