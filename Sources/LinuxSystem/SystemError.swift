import Glibc

/// A system call that failed: which one, on what, why.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    public var call: String
    public var errno: Int32
    public var path: String

    public init(call: String, errno: Int32, path: String) {
        self.call = call
        self.errno = errno
        self.path = path
    }

    /// What the system says: "No space left on device".
    public var reason: String { String(cString: strerror(errno)) }

    public var description: String { "\(call) \(path): \(reason)" }

    /// The destination has no room left, or no right to more of it.
    public var isFull: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }
}
