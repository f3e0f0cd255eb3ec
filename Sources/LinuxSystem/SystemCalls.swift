import Glibc

/// The system calls that write, and those that read what must not be lost, as values:
/// tests replace one by a failing twin and see that nothing half-written keeps a final name.
///
/// Each returns what the system returns, with the error number as a failure; `EINTR` is retried by the callers in this target.
public struct SystemCalls: Sendable {
    public var open: @Sendable (_ directory: Int32, _ path: [CChar], _ flags: Int32, _ mode: mode_t) -> Result<Int32, Errno>
    public var read: @Sendable (_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ offset: off_t) -> Result<Int, Errno>
    public var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Result<Int, Errno>
    public var writeAt: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ offset: off_t) -> Result<Int, Errno>
    /// Asks the kernel to begin writing a range to the disk, and does not wait. Advice: it cannot fail in a way that matters.
    public var startWriteback: @Sendable (_ descriptor: Int32, _ offset: off_t, _ count: off_t) -> Void
    public var sync: @Sendable (_ descriptor: Int32) -> Result<Void, Errno>
    public var rename: @Sendable (_ from: String, _ to: String) -> Result<Void, Errno>
    public var makeDirectory: @Sendable (_ path: String) -> Result<Void, Errno>
    /// Within one folder, by its descriptor.
    public var renameIn: @Sendable (_ folder: Int32, _ from: String, _ to: String) -> Result<Void, Errno>
    public var makeDirectoryIn: @Sendable (_ folder: Int32, _ name: String) -> Result<Void, Errno>
    public var removeIn: @Sendable (_ folder: Int32, _ name: String, _ isFolder: Bool) -> Result<Void, Errno>

    /// The kernel's own.
    public static let live = SystemCalls(
        open: { directory, path, flags, mode in check(openat(directory, path, flags, mode)) },
        read: { descriptor, buffer, offset in check(pread(descriptor, buffer.baseAddress, buffer.count, offset)) },
        write: { descriptor, bytes in check(Glibc.write(descriptor, bytes.baseAddress, bytes.count)) },
        writeAt: { descriptor, bytes, offset in check(pwrite(descriptor, bytes.baseAddress, bytes.count, offset)) },
        // The kernel begins to write what it is told to drop, and drops only what is clean (mm/fadvise.c).
        startWriteback: { descriptor, offset, count in _ = posix_fadvise(descriptor, offset, count, POSIX_FADV_DONTNEED) },
        sync: { descriptor in check(fsync(descriptor)).map { _ in } },
        rename: { from, to in check(Glibc.rename(from, to)).map { _ in } },
        makeDirectory: { path in check(mkdir(path, 0o777)).map { _ in } },
        renameIn: { folder, from, to in check(renameat(folder, from, folder, to)).map { _ in } },
        makeDirectoryIn: { folder, name in check(mkdirat(folder, name, 0o700)).map { _ in } },
        removeIn: { folder, name, isFolder in check(unlinkat(folder, name, isFolder ? AT_REMOVEDIR : 0)).map { _ in } })

    private static func check<T: FixedWidthInteger>(_ result: T) -> Result<T, Errno> {
        result < 0 ? .failure(Errno(errno)) : .success(result)
    }
}

/// An error number as an `Error`.
public struct Errno: Error, Equatable, Sendable {
    public var value: Int32

    public init(_ value: Int32) {
        self.value = value
    }
}

/// Calls again for as long as a signal cut the call short.
public func retrying<T>(_ call: String, _ path: @autoclosure () -> String, _ body: () -> Result<T, Errno>) throws(SystemError) -> T {
    while true {
        switch body() {
        case .success(let value): return value
        case .failure(let error) where error.value == EINTR: continue
        case .failure(let error): throw SystemError(call: call, errno: error.value, path: path())
        }
    }
}
