import Glibc
import LinuxSystem
import Synchronization

/// Hands out chunk numbers to threads until none is left.
final class ChunkCounter: Sendable {
    private let count: Int
    private let taken = Atomic<Int>(0)

    init(count: Int) {
        self.count = count
    }

    func next() -> Int? {
        let number = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        return number < count ? number : nil
    }
}

/// Keeps two runs from writing the same destination: a lock beside it that the kernel drops with the process.
public final class WorkLock {
    private var descriptor: Int32
    private let path: String

    public init(_ target: String) throws {
        let (folder, name) = splitPath(target)
        path = folder + "/." + name + ".lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw RecordingsError.destinationFailed(SystemError(call: "create", errno: errno, path: target)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            descriptor = -1
            throw RecordingsError.destinationBusy(path: target)
        }
    }

    public func release() {
        guard descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
        descriptor = -1
    }
}
