import Crypto
import Dispatch
import LinuxSystem
import MediaContainers
import Synchronization

/// Writes finds while the disk is read on: one thread writes, one computes checksums, and one waits for the disk under the
/// destination, so that each byte is read from the source once, in its order.
final class FindWriter: @unchecked Sendable {
    private let folder: String
    /// Whether this folder holds finds of an earlier run of the same disk, which may be written anew.
    private let replacing: Bool
    private let writing = DispatchQueue(label: "finds: bytes")
    private let hashing = DispatchQueue(label: "finds: checksums")
    private let committing = DispatchQueue(label: "finds: to the disk", attributes: .concurrent)

    /// Buffers that travel from the reader through both threads and back: the bound of memory.
    private static let bufferCount = 24
    static let bufferSize = 1 << 20
    private let freeBuffers = DispatchSemaphore(value: bufferCount)
    /// Finds that wait for the disk.
    private static let mostOpen = 16
    private let freeSlots = DispatchSemaphore(value: mostOpen)
    private let everything = DispatchGroup()

    /// Nobody else knows of it.
    private struct FreeBuffer: @unchecked Sendable {
        var bytes: UnsafeMutableRawBufferPointer
    }

    private struct State {
        var buffers: [FreeBuffer] = []
        var failure: (any Error)?
        /// Offsets of finds that are not on the disk yet.
        var open: [UInt64] = []
        var done: [Find] = []
    }
    private let state = Mutex(State())

    init(folder: String, replacing: Bool) {
        self.folder = folder
        self.replacing = replacing
    }

    deinit {
        everything.wait()
        state.withLock { for buffer in $0.buffers { buffer.bytes.deallocate() } }
    }

    /// Copies the bytes of a find. Returns when they are read, not when they are written.
    /// `progress` may throw: the find under way is then given up.
    func write(_ find: Find, from source: any RandomAccessSource, progress: (UInt64) throws -> Void) throws {
        freeSlots.wait()
        let open = OpenFind(find)
        state.withLock { $0.open.append(find.offset) }
        let path = folder + "/" + find.fileName
        let replacing = replacing
        writing.async(group: everything) { [self] in
            attempt { open.file = try AtomicFile(path, replacing: replacing) }
        }
        do {
            for extent in find.extents {
                try copy(extent.range, of: source, to: open, progress)
            }
        } catch {
            fail(error)
        }
        finish(open)
        try throwFailure()
    }

    private func copy(_ range: Range<UInt64>, of source: any RandomAccessSource, to open: OpenFind, _ progress: (UInt64) throws -> Void)
        throws
    {
        var offset = range.lowerBound
        while offset < range.upperBound {
            try throwFailure()
            let buffer = takeBuffer()
            let length = Int(min(UInt64(buffer.count), range.upperBound - offset))
            var got = 0
            do {
                got = try source.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]))
            } catch {
                giveBack(buffer)
                throw error
            }
            guard got > 0 else {
                giveBack(buffer)
                return
            }
            let chunk = Chunk(buffer: buffer, count: got)
            hashing.async(group: everything) { [self] in
                open.hasher.update(bufferPointer: chunk.bytes)
                release(chunk)
            }
            writing.async(group: everything) { [self] in
                attempt { try open.file?.write(chunk.bytes) }
                release(chunk)
            }
            offset += UInt64(got)
            try progress(UInt64(got))
        }
    }

    private func finish(_ open: OpenFind) {
        let hashed = DispatchGroup()
        hashing.async(group: hashed) { open.digest = open.hasher.finalize().map { Self.hexadecimal($0) }.joined() }
        writing.async(group: everything) { [self] in
            committing.async(group: everything) { [self] in
                hashed.wait()
                var find = open.find
                attempt {
                    guard let file = open.file else { return }
                    try file.commit()
                    find.file = find.fileName
                    find.sha256 = open.digest
                    let finished = find
                    state.withLock { $0.done.append(finished) }
                }
                open.file = nil
                // One that failed stays open, so that the map does not pass it.
                if find.file != nil { state.withLock { [offset = find.offset] state in state.open.removeAll { $0 == offset } } }
                freeSlots.signal()
            }
        }
    }

    /// What is on the disk since the last call, in order, and the offset below which nothing is under way. A find behind one
    /// that is under way waits for it, or the next run would meet it a second time.
    func harvest(reached: UInt64) -> (finds: [Find], safe: UInt64) {
        state.withLock { state in
            let safe = min(reached, state.open.min() ?? .max)
            let finds = state.done.filter { $0.offset < safe }.sorted { $0.offset < $1.offset }
            state.done.removeAll { $0.offset < safe }
            return (finds, safe)
        }
    }

    var failure: (any Error)? { state.withLock { $0.failure } }

    func wait() {
        everything.wait()
    }

    // MARK: Failure

    private func attempt(_ body: () throws -> Void) {
        // After a failure nothing more is written: what is complete stays.
        guard failure == nil else { return }
        do { try body() } catch { fail(error) }
    }

    private func fail(_ error: any Error) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
    }

    private func throwFailure() throws {
        if let failure { throw failure }
    }

    // MARK: Buffers

    private final class Chunk: @unchecked Sendable {
        let buffer: UnsafeMutableRawBufferPointer
        let count: Int
        let users = Atomic<Int>(2)
        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

        init(buffer: UnsafeMutableRawBufferPointer, count: Int) {
            self.buffer = buffer
            self.count = count
        }
    }

    /// A find under way. Its file belongs to the writing thread and then to the committing one, its hasher to the hashing one.
    private final class OpenFind: @unchecked Sendable {
        let find: Find
        var file: AtomicFile?
        var hasher = SHA256()
        var digest: String?

        init(_ find: Find) {
            self.find = find
        }
    }

    private func takeBuffer() -> UnsafeMutableRawBufferPointer {
        freeBuffers.wait()
        return state.withLock { $0.buffers.popLast() }?.bytes ?? .allocate(byteCount: Self.bufferSize, alignment: 4096)
    }

    private func release(_ chunk: Chunk) {
        if chunk.users.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { giveBack(chunk.buffer) }
    }

    private func giveBack(_ buffer: UnsafeMutableRawBufferPointer) {
        let free = FreeBuffer(bytes: buffer)
        state.withLock { $0.buffers.append(free) }
        freeBuffers.signal()
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits: [Character] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"]
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }
}
