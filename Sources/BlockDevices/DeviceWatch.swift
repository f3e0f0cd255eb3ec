import CUdev
import Glibc

/// Disks that come and go, as udev announces them once its rules have run.
public final class DeviceWatch {
    private let watch: UnsafeMutableRawPointer
    private let descriptor: Int32

    /// Nil where no libudev is linked or no udev runs.
    public init?() {
        var descriptor: Int32 = -1
        guard access("/run/udev/control", F_OK) == 0, let watch = cudev_watch(&descriptor) else { return nil }
        self.watch = watch
        self.descriptor = descriptor
    }

    deinit { cudev_unwatch(watch) }

    public struct Change: Sendable, Equatable {
        /// "add", "remove" or "change".
        public var action: String
        public var node: String
    }

    /// The next change, or nil after `milliseconds` without one or when a signal came.
    public func next(milliseconds: Int32) -> Change? {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, milliseconds) > 0 else { return nil }
        var action = [CChar](repeating: 0, count: 256)
        var node = [CChar](repeating: 0, count: 256)
        guard cudev_next_change(watch, &action, &node, 256) else { return nil }
        return Change(action: Self.text(action), node: Self.text(node))
    }

    private static func text(_ bytes: [CChar]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
