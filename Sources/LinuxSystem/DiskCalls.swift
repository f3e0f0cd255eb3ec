import CLinux
import Glibc

/// The system calls on block devices, loops and mounts, as values: tests replace one by a failing twin.
public struct DiskCalls: Sendable {
    public var byteCount: @Sendable (_ device: Int32) -> Result<UInt64, Errno>
    public var sectorSize: @Sendable (_ device: Int32) -> Result<Int, Errno>
    public var isReadOnly: @Sendable (_ device: Int32) -> Result<Bool, Errno>
    public var setReadOnly: @Sendable (_ device: Int32, _ readOnly: Bool) -> Result<Void, Errno>
    /// The number of a loop device that nobody uses.
    public var freeLoop: @Sendable (_ control: Int32) -> Result<Int, Errno>
    public var attachLoop: @Sendable (_ loop: Int32, _ file: Int32, _ options: LoopOptions) -> Result<Void, Errno>
    public var detachLoop: @Sendable (_ loop: Int32) -> Result<Void, Errno>
    public var mount:
        @Sendable (_ source: String, _ target: String, _ type: String, _ flags: MountFlags, _ options: String) -> Result<Void, Errno>
    public var unmount: @Sendable (_ target: String) -> Result<Void, Errno>
    /// The root of a file system that is mounted read-only and hangs nowhere; what the kernel said goes with the error.
    public var openDetached: @Sendable (_ type: String, _ source: String, _ options: String) -> Result<Int32, DetachedFailure>

    /// A file without a name: in memory, or on the disk that holds a folder. It goes with the last that has it open.
    public var namelessFile: @Sendable (_ folder: String?) -> Result<Int32, Errno>
    /// A program of the system's, run to its end.
    public var runTool: @Sendable (_ name: String, _ arguments: [String]) -> Result<DiskTool.Answer, Errno>

    public struct LoopOptions: Sendable, Equatable {
        public var offset: UInt64 = 0
        /// 0: to the end.
        public var length: UInt64 = 0
        public var isReadOnly = true
        /// Given back by the kernel when nobody has it open any more, however its owner ended.
        public var vanishesWhenClosed = true
        public var name = ""
    }

    public struct DetachedFailure: Error, Sendable, Equatable {
        public var errno: Int32
        public var message: String
    }

    public struct MountFlags: OptionSet, Sendable, Hashable {
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }
        public static let readOnly = MountFlags(rawValue: clinux_mount_read_only)
        public static let noSetUID = MountFlags(rawValue: clinux_mount_no_suid)
        public static let noDevices = MountFlags(rawValue: clinux_mount_no_dev)
        public static let noPrograms = MountFlags(rawValue: clinux_mount_no_exec)
        public static let noAccessTime = MountFlags(rawValue: clinux_mount_no_atime)
    }

    /// The kernel's own.
    public static let live = DiskCalls(
        byteCount: { device in value(clinux_device_size(device)).map(UInt64.init) },
        sectorSize: { device in value(clinux_sector_size(device)).map(Int.init) },
        isReadOnly: { device in value(clinux_is_read_only(device)).map { $0 != 0 } },
        setReadOnly: { device, readOnly in value(clinux_set_read_only(device, readOnly)).map { _ in } },
        freeLoop: { control in value(clinux_free_loop(control)).map(Int.init) },
        attachLoop: { loop, file, options in
            value(
                clinux_attach_loop(
                    loop, file, options.offset, options.length, options.isReadOnly, options.vanishesWhenClosed, options.name)
            ).map { _ in }
        },
        detachLoop: { loop in value(clinux_detach_loop(loop)).map { _ in } },
        mount: { source, target, type, flags, options in
            value(clinux_mount(source, target, type, flags.rawValue, options)).map { _ in }
        },
        unmount: { target in value(clinux_unmount(target, 0)).map { _ in } },
        openDetached: { type, source, options in
            var message = [CChar](repeating: 0, count: 256)
            let tree = clinux_open_detached(type, source, options, &message, Int32(message.count))
            guard tree < 0 else { return .success(tree) }
            let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return .failure(DetachedFailure(errno: -tree, message: text))
        },
        namelessFile: { folder in
            value(folder.map { clinux_nameless_file($0) } ?? clinux_nameless_file(nil)).map { $0 }
        },
        runTool: { name, arguments in DiskTool.run(name, arguments) })

    /// The shim returns the error number as a negative value.
    private static func value<T: FixedWidthInteger & SignedInteger>(_ result: T) -> Result<T, Errno> {
        result < 0 ? .failure(Errno(Int32(clamping: -result))) : .success(result)
    }
}
