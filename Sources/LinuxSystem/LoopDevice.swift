import Glibc

/// A file, or a part of a disk, as a block device of its own: the way to mount an image, and to put a wall that no
/// driver above can write through (measured: a read-only loop binds stacked drivers, `blockdev --setro` does not).
public final class LoopDevice: @unchecked Sendable {
    /// `/dev/loop7`.
    public let path: String
    private let descriptor: Int32
    private let calls: DiskCalls

    private init(path: String, descriptor: Int32, calls: DiskCalls) {
        self.path = path
        self.descriptor = descriptor
        self.calls = calls
    }

    /// A vanishing loop goes with the last that has it open: this owner, or the file system mounted from it.
    deinit {
        close(descriptor)
    }

    /// Another program may take the free loop between the question and the answer: asked again so many times.
    private static let mostAttempts = 32

    /// Read-only unless `source` was opened for writing and asked for.
    public static func over(
        _ source: OpenFile, offset: UInt64 = 0, length: UInt64 = 0, isReadOnly: Bool = true, vanishesWhenClosed: Bool = true,
        calls: DiskCalls = .live
    ) throws(SystemError) -> LoopDevice {
        let control = open("/dev/loop-control", O_RDWR | O_CLOEXEC)
        guard control >= 0 else { throw SystemError(call: "open", errno: errno, path: "/dev/loop-control") }
        defer { close(control) }
        let options = DiskCalls.LoopOptions(
            offset: offset, length: length, isReadOnly: isReadOnly, vanishesWhenClosed: vanishesWhenClosed, name: source.path)
        var last = SystemError(call: "loop", errno: EBUSY, path: source.path)
        for _ in 0..<mostAttempts {
            let number = try retrying("loop", source.path) { calls.freeLoop(control) }
            let path = "/dev/loop\(number)"
            let loop = open(path, (isReadOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC)
            guard loop >= 0 else { throw SystemError(call: "open", errno: errno, path: path) }
            switch calls.attachLoop(loop, source.descriptor, options) {
            case .success: return LoopDevice(path: path, descriptor: loop, calls: calls)
            case .failure(let error):
                close(loop)
                last = SystemError(call: "loop", errno: error.value, path: source.path)
                guard error.value == EBUSY || error.value == EINTR else { throw last }
            }
        }
        throw last
    }

    /// Gives back one that was told to stay. `ENXIO` where it is gone already.
    public static func detach(_ path: String, calls: DiskCalls = .live) throws(SystemError) {
        let file = try OpenFile.forReading(path: path)
        try retrying("loop", path) { calls.detachLoop(file.descriptor) }
    }
}
