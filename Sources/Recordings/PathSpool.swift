import Glibc
import LinuxSystem

/// A file found by the walk, not yet opened.
public struct WalkedFile: Sendable {
    /// Index into the sources of the build.
    public var volume: Int
    /// Relative to the root of its source.
    public var path: [UInt8]
    public var inode: UInt64
}

/// The list of files found by a walk: written once, read once, in memory up to a bound and in an unnamed temporary file beyond it,
/// so that memory does not grow with the disk.
final class PathSpool {
    private(set) var count = 0
    private var tail: [UInt8] = []
    private var descriptor: Int32 = -1
    private let folder: String
    private static let bound = 4 << 20

    /// `folder` holds the temporary file: the one the index is written to, never a source.
    init(folder: String) {
        self.folder = folder
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func append(_ file: WalkedFile) throws(SystemError) {
        withUnsafeBytes(of: (UInt32(file.path.count), UInt32(file.volume), file.inode)) { tail.append(contentsOf: $0) }
        tail.append(contentsOf: file.path)
        count += 1
        if tail.count >= Self.bound { try spill() }
    }

    private func spill() throws(SystemError) {
        if descriptor < 0 {
            var template = Array((folder + "/.camtrace-rescue-walk-XXXXXX").utf8CString)
            descriptor = mkstemp(&template)
            guard descriptor >= 0 else { throw SystemError(call: "create", errno: errno, path: folder) }
            unlink(template)
        }
        var done = 0
        while done < tail.count {
            let written = tail.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw SystemError(call: "write", errno: written < 0 ? errno : ENOSPC, path: folder) }
            done += written
        }
        tail.removeAll(keepingCapacity: true)
    }

    /// Hands the files out in the order they were appended, `size` at a time.
    func forEachBatch(of size: Int, _ body: ([WalkedFile]) throws -> Void) throws {
        var pending: [UInt8] = []
        var position: off_t = 0
        var batch: [WalkedFile] = []
        func drain() throws {
            var index = 0
            while pending.count - index >= 16 {
                let (length, volume, inode) = pending.withUnsafeBytes {
                    (
                        $0.loadUnaligned(fromByteOffset: index, as: UInt32.self),
                        $0.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self),
                        $0.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self)
                    )
                }
                guard pending.count - index >= 16 + Int(length) else { break }
                batch.append(WalkedFile(volume: Int(volume), path: Array(pending[(index + 16)..<(index + 16 + Int(length))]), inode: inode))
                index += 16 + Int(length)
                if batch.count == size {
                    try body(batch)
                    batch.removeAll(keepingCapacity: true)
                }
            }
            pending.removeFirst(index)
        }
        if descriptor >= 0 {
            var chunk = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let got = pread(descriptor, &chunk, chunk.count, position)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw SystemError(call: "read", errno: errno, path: folder) }
                if got == 0 { break }
                position += off_t(got)
                pending.append(contentsOf: chunk[0..<got])
                try drain()
            }
        }
        pending.append(contentsOf: tail)
        try drain()
        if !batch.isEmpty { try body(batch) }
    }
}
