import Crypto
import Dispatch
import LinuxSystem
import MediaContainers

/// A file being written, and the SHA-256 of what was written.
///
/// Fast because each byte is touched once: while one block is hashed on another core, the next one is filled and written.
/// The hash alone bounds it (1.7 GB/s on one core with SHA instructions).
final class HashedFile: ByteSink {
    private let file: AtomicFile
    private let blocks: [UnsafeMutableRawBufferPointer]
    /// Blocks that are not being hashed, the current one not counted.
    private let free: DispatchSemaphore
    private let hash = RunningHash()
    private var current = 0
    private var filled = 0
    private let isAppendedOnly: Bool

    private static let blockSize = 1 << 20
    private static let blockCount = 4

    /// `isAppendedOnly`: nothing will be overwritten; if anything may be, the file is read once more for its hash.
    init(_ path: String, replacing: Bool, isAppendedOnly: Bool = true, calls: SystemCalls = .live) throws(SystemError) {
        self.isAppendedOnly = isAppendedOnly
        file = try AtomicFile(path, replacing: replacing, calls: calls)
        blocks = (0..<Self.blockCount).map { _ in .allocate(byteCount: Self.blockSize, alignment: 4096) }
        free = DispatchSemaphore(value: Self.blockCount - 1)
    }

    deinit {
        hash.wait()
        for block in blocks { block.deallocate() }
    }

    var byteCount: UInt64 { file.byteCount + UInt64(filled) }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try fill { room in
                let count = min(room.count, rest.count)
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
                rest = rest.dropFirst(count)
                return count
            }
        }
    }

    /// Lets `read` put bytes directly where they are hashed and written from; it returns how many, 0 at its end.
    @discardableResult
    func fill(_ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Int {
        let got = try read(UnsafeMutableRawBufferPointer(rebasing: blocks[current][filled...]))
        filled += got
        if filled == Self.blockSize { try passOn() }
        return got
    }

    func overwrite(_ bytes: [UInt8], at offset: UInt64) throws {
        precondition(!isAppendedOnly, "the hash of these bytes is taken already")
        try passOn()
        try file.overwrite(bytes, at: offset)
    }

    private func passOn() throws {
        guard filled > 0 else { return }
        let block = UnsafeRawBufferPointer(rebasing: blocks[current][..<filled])
        filled = 0
        guard isAppendedOnly else { return try file.write(block) }
        hash.update(block) { [free] in free.signal() }
        current = (current + 1) % Self.blockCount
        defer { free.wait() }
        try file.write(block)
    }

    /// Under its final name, on the disk.
    func commit(as final: String? = nil) throws -> (sizeBytes: UInt64, sha256: String) {
        try passOn()
        try file.flush()
        let digest = isAppendedOnly ? hash.finish() : try Checksum.of(file)
        try file.commit(as: final)
        return (file.byteCount, digest)
    }
}

/// A SHA-256 that grows on a queue of its own, block after block.
private final class RunningHash: @unchecked Sendable {
    /// Only touched on the queue.
    private var hasher = SHA256()
    private let queue = DispatchQueue(label: "hash")

    /// `block` must stay as it is until `done` is called.
    func update(_ block: UnsafeRawBufferPointer, done: @escaping @Sendable () -> Void) {
        nonisolated(unsafe) let block = block
        queue.async {
            self.hasher.update(bufferPointer: block)
            done()
        }
    }

    func wait() {
        queue.sync {}
    }

    func finish() -> String {
        queue.sync { Checksum.hexadecimal(hasher.finalize()) }
    }
}
