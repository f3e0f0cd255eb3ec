import CLinux
import Glibc

/// What an entry of a tree is, apart from a file's content: enough to make it the same again.
public struct EntryState: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable {
        case absent, file, folder, link, other
    }
    public var kind: Kind
    public var mode: UInt32 = 0
    public var owner: UInt32 = 0
    public var group: UInt32 = 0
    public var seconds: Int64 = 0
    public var nanoseconds: Int64 = 0
    public var byteCount: UInt64 = 0
    public var target: String?
    /// Extended attributes: access lists and capabilities are among them.
    public var attributes: [String: [UInt8]] = [:]

    public init(kind: Kind) {
        self.kind = kind
    }

    /// Of the user that runs this, for nobody else, made now.
    public static func ownersFile() -> EntryState { own(.file, 0o600) }
    public static func ownersFolder() -> EntryState { own(.folder, 0o700) }

    private static func own(_ kind: Kind, _ mode: UInt32) -> EntryState {
        var state = EntryState(kind: kind)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        (state.mode, state.owner, state.group) = (mode, geteuid(), getegid())
        (state.seconds, state.nanoseconds) = (Int64(now.tv_sec), Int64(now.tv_nsec))
        return state
    }
}

/// A tree that is written into from outside: nothing in it is believed. Every path is opened component by component from the
/// root, and no link is followed, so that none can lead out. Every change is on the disk when a call returns.
public struct TargetTree: Sendable {
    public let root: OpenFile
    public let path: String
    private let calls: SystemCalls

    public init(_ path: String, calls: SystemCalls = .live) throws(SystemError) {
        self.path = path
        self.calls = calls
        root = try OpenFile.forReading(path: path)
        guard try root.status().kind == .directory else { throw SystemError(call: "open", errno: ENOTDIR, path: path) }
    }

    /// Alone in this tree for as long as the tree is open; false where another process is.
    public func lock() -> Bool { flock(root.descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// ENOTDIR or ELOOP where a component is a link.
    public func folder(_ relative: String) throws(SystemError) -> OpenFile {
        if relative == "." { return root }
        let folder = try root.beneath(Array(relative.utf8))
        guard try folder.status().kind == .directory else { throw SystemError(call: "open", errno: ENOTDIR, path: relative) }
        return folder
    }

    /// The folder above, and the name in it: no path leads out, `..` is no name.
    private func parent(of relative: String) throws(SystemError) -> (OpenFile, String) {
        guard relative == "." || OpenFile.staysInside(Array(relative.utf8)) else {
            throw SystemError(call: "open", errno: EXDEV, path: relative)
        }
        let (above, name) = splitPath(relative)
        return (try folder(above), name)
    }

    public func file(_ relative: String) throws(SystemError) -> OpenFile { try root.beneath(Array(relative.utf8)) }

    /// `absent` also where a folder above it is.
    public func state(_ relative: String) throws(SystemError) -> EntryState {
        var raw = stat()
        let parent: OpenFile
        let name: String
        do throws(SystemError) { (parent, name) = try self.parent(of: relative) } catch {
            guard error.errno == ENOENT else { throw error }
            return EntryState(kind: .absent)
        }
        guard fstatat(parent.descriptor, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard errno == ENOENT else { throw SystemError(call: "stat", errno: errno, path: relative) }
            return EntryState(kind: .absent)
        }
        var state = EntryState(kind: .other)
        (state.mode, state.owner, state.group) = (raw.st_mode & 0o7777, raw.st_uid, raw.st_gid)
        (state.seconds, state.nanoseconds) = (Int64(raw.st_mtim.tv_sec), Int64(raw.st_mtim.tv_nsec))
        switch raw.st_mode & S_IFMT {
        case S_IFREG:
            state.kind = .file
            state.byteCount = UInt64(clamping: raw.st_size)
            state.attributes = try Self.attributes(of: file(relative))
        case S_IFDIR: state.kind = .folder
        case S_IFLNK:
            state.kind = .link
            state.target = String(decoding: try parent.linkTarget(of: Array(name.utf8)), as: UTF8.self)
        default: break
        }
        return state
    }

    private static func attributes(of file: OpenFile) throws(SystemError) -> [String: [UInt8]] {
        // Limits of the kernel: XATTR_LIST_MAX and XATTR_SIZE_MAX.
        var names = [CChar](repeating: 0, count: 65536)
        let count = clinux_list_attributes(file.descriptor, &names, Int32(names.count))
        if count == -ENOTSUP || count == 0 { return [:] }
        guard count > 0 else { throw SystemError(call: "flistxattr", errno: -count, path: file.path) }
        var result: [String: [UInt8]] = [:]
        for name in names[..<Int(count)].split(separator: 0) {
            let name = String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            var value = [UInt8](repeating: 0, count: 65536)
            let length = clinux_get_attribute(file.descriptor, name, &value, Int32(value.count))
            guard length >= 0 else { throw SystemError(call: "fgetxattr", errno: -length, path: file.path) }
            result[name] = Array(value[..<Int(length)])
        }
        return result
    }

    /// A file that appears whole, with all that `state` says, or not at all. `temporary`: a free name beside it.
    public func write(
        _ relative: String, _ state: EntryState, temporary: String,
        content: (_ sink: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let (parent, name) = try parent(of: relative)
        let descriptor = try retrying("create", relative) {
            calls.open(parent.descriptor, Array(temporary.utf8CString), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        }
        let file = OpenFile(descriptor: descriptor, path: relative, calls: calls)
        do {
            try content { bytes in
                var done = 0
                while done < bytes.count {
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                    let written = try retrying("write", relative) { calls.write(descriptor, rest) }
                    guard written > 0 else { throw SystemError(call: "write", errno: ENOSPC, path: relative) }
                    done += written
                }
            }
            try dress(file, state)
            try file.sync()
            try retrying("rename", relative) { calls.renameIn(parent.descriptor, temporary, name) }
        } catch {
            _ = calls.removeIn(parent.descriptor, temporary, false)
            throw error
        }
        try sync(parent)
    }

    /// Owner before mode: chown takes setuid bits away. Time last: all others change it or may.
    private func dress(_ file: OpenFile, _ state: EntryState) throws(SystemError) {
        try check(fchown(file.descriptor, state.owner, state.group), "chown", file.path)
        try check(fchmod(file.descriptor, state.mode), "chmod", file.path)
        for (name, value) in state.attributes {
            let status = clinux_set_attribute(file.descriptor, name, value, Int32(value.count))
            guard status == 0 else { throw SystemError(call: "fsetxattr", errno: -status, path: file.path) }
        }
        let times = Self.times(state)
        try check(futimens(file.descriptor, times), "utimens", file.path)
    }

    public func link(_ relative: String, _ state: EntryState, temporary: String) throws(SystemError) {
        let (parent, name) = try parent(of: relative)
        try check(symlinkat(state.target ?? "", parent.descriptor, temporary), "symlink", relative)
        do throws(SystemError) {
            try check(fchownat(parent.descriptor, temporary, state.owner, state.group, AT_SYMLINK_NOFOLLOW), "chown", relative)
            try check(utimensat(parent.descriptor, temporary, Self.times(state), AT_SYMLINK_NOFOLLOW), "utimens", relative)
            try retrying("rename", relative) { calls.renameIn(parent.descriptor, temporary, name) }
        } catch {
            _ = calls.removeIn(parent.descriptor, temporary, false)
            throw error
        }
        try sync(parent)
    }

    public func makeFolder(_ relative: String, _ state: EntryState) throws(SystemError) {
        let (parent, name) = try parent(of: relative)
        try retrying("mkdir", relative) { calls.makeDirectoryIn(parent.descriptor, name) }
        let made = try folder(relative)
        try dress(made, state)
        try sync(made)
        try sync(parent)
    }

    /// No error where it is gone already.
    public func remove(_ relative: String, isFolder: Bool = false) throws(SystemError) {
        do throws(SystemError) {
            let (parent, name) = try parent(of: relative)
            try retrying("remove", relative) { calls.removeIn(parent.descriptor, name, isFolder) }
            try sync(parent)
        } catch {
            guard error.errno == ENOENT else { throw error }
        }
    }

    /// A name for another in the same folder.
    public func rename(_ relative: String, to name: String) throws(SystemError) {
        let (parent, old) = try parent(of: relative)
        try retrying("rename", relative) { calls.renameIn(parent.descriptor, old, name) }
        try sync(parent)
    }

    /// When a folder was changed last, as it was before.
    public func setTime(_ relative: String, _ state: EntryState) throws(SystemError) {
        let folder = try folder(relative)
        try check(futimens(folder.descriptor, Self.times(state)), "utimens", relative)
        try sync(folder)
    }

    private func sync(_ folder: OpenFile) throws(SystemError) {
        try retrying("fsync", folder.path) { calls.sync(folder.descriptor) }
    }

    /// The time of reading is left to the kernel.
    private static func times(_ state: EntryState) -> [timespec] {
        let omit = (1 << 30) - 2  // UTIME_OMIT
        return [timespec(tv_sec: 0, tv_nsec: omit), timespec(tv_sec: Int(state.seconds), tv_nsec: Int(state.nanoseconds))]
    }

    private func check(_ status: Int32, _ call: String, _ path: String) throws(SystemError) {
        guard status == 0 else { throw SystemError(call: call, errno: errno, path: path) }
    }
}
