import BlockDevices
import Glibc
import LinuxSystem

/// What is written to a volume without reaching it: a snapshot of device mapper over a read-only loop, whose changes go to
/// a store of its own, in memory or on another disk.
///
///     mount (read-only; the log is replayed into the store)
///       │
///     dm-snapshot ── loop ── store without a name
///       │
///     read-only loop ── volume
///
/// Loops and store go with the snapshot: to undo it all is one removal, also after a kill.
public struct Overlay: Sendable, Equatable, Codable {
    /// In device mapper.
    public var name: String
    /// The folder whose disk holds the store; nil: in memory.
    public var folder: String?
    /// Bytes that the store can take, known when it is made.
    public var room: UInt64?
    /// Bytes that the replay of the log took.
    public var used: UInt64?

    init(folder: String?) {
        name = "camtrace-rescue-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
        self.folder = folder
    }

    /// Whether this machine can make one.
    public static var isPossible: Bool {
        guard DiskTool.find("dmsetup") != nil else { return false }
        let control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC)
        guard control >= 0 else { return false }
        close(control)
        return true
    }

    /// What the file system's driver is told: its log may be replayed here, and only here.
    static func options(for type: String) -> String { type == "xfs" ? "nouuid" : "" }

    /// The device above `origin`. The caller holds `origin` until this returns; from then on the snapshot does.
    ///
    /// Throws `ENOSPC` where there is no room for a store.
    mutating func make(over origin: LoopDevice, calls: DiskCalls) throws(SystemError) -> String {
        let device = try OpenFile.forReading(path: origin.path)
        let byteCount = try retrying("ioctl", origin.path) { calls.byteCount(device.descriptor) }
        let room = min(try freeBytes() & ~4095, byteCount &+ byteCount / 64 &+ (1 << 20))
        guard room >= Self.smallestRoom else { throw SystemError(call: "overlay", errno: ENOSPC, path: folder ?? "memory") }
        let file = OpenFile.taking(try retrying("create", folder ?? "memory") { calls.namelessFile(folder) }, path: folder ?? "memory")
        guard ftruncate(file.descriptor, off_t(clamping: room)) == 0 else {
            throw SystemError(call: "truncate", errno: errno, path: file.path)
        }
        let store = try LoopDevice.over(file, isReadOnly: false, calls: calls)
        // N: the store is of no use after this boot, so it carries no index of itself.
        let table = "0 \(byteCount / 512) snapshot \(origin.path) \(store.path) N \(Self.chunkSectors)"
        try tool(["create", name, "--uuid", Inventory.overlayMark + name, "--table", table], calls)
        self.room = room
        guard let node = Inventory.mapped(name) else { throw SystemError(call: "dmsetup", errno: ENODEV, path: name) }
        return node
    }

    /// What a file system writes at once: a larger chunk would copy more than was changed.
    private static let chunkSectors = 8
    private static let smallestRoom: UInt64 = 64 << 10

    /// Half of the memory that is free, so that the rest of the work has the other half; all but a tenth of a disk.
    private func freeBytes() throws(SystemError) -> UInt64 {
        if let folder {
            var status = statvfs()
            guard statvfs(folder, &status) == 0 else { throw SystemError(call: "statvfs", errno: errno, path: folder) }
            let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
            return (free.overflow ? UInt64.max : free.partialValue) / 10 * 9
        }
        let text = String(decoding: try OpenFile.forReading(path: "/proc/meminfo").readAll(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") || $0.hasPrefix("MemFree:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
        return (kibibytes << 10) / 2
    }

    /// What the store holds now. Throws `ENOSPC` when it has overflowed: then what the mount shows is worth nothing.
    func fill(calls: DiskCalls) throws(SystemError) -> UInt64 {
        // What is still in the kernel's memory of the device counts too.
        if let node = Inventory.mapped(name), let device = try? OpenFile.forReading(path: node) { try device.sync() }
        switch Self.fill(status: try tool(["status", name], calls)) {
        case .bytes(let count): return count
        case .overflowed: throw SystemError(call: "overlay", errno: ENOSPC, path: folder ?? "memory")
        case .unknown: throw SystemError(call: "dmsetup", errno: EIO, path: name)
        }
    }

    enum Fill: Equatable {
        case bytes(UInt64)
        case overflowed
        case unknown
    }

    /// `0 65536 snapshot 176/20480 0`: sectors used and there, and those of the index (kernel, Documentation/admin-guide/device-mapper/snapshot.rst).
    static func fill(status: String) -> Fill {
        let words = status.split(whereSeparator: \.isWhitespace)
        guard words.count >= 4, words[2] == "snapshot" else { return .unknown }
        if words[3] == "Invalid" || words[3] == "Overflow" { return .overflowed }
        guard let sectors = words[3].split(separator: "/").first.flatMap({ UInt64($0) }), sectors < 1 << 54 else { return .unknown }
        return .bytes(sectors * 512)
    }

    /// Takes it away, and with it loops and store. What is gone already is no error.
    func remove(calls: DiskCalls) throws(SystemError) {
        guard Inventory.mapped(name) != nil else { return }
        try tool(["remove", "--retry", name], calls)
    }

    @discardableResult
    private func tool(_ arguments: [String], _ calls: DiskCalls) throws(SystemError) -> String {
        let answer = try retrying("dmsetup", name) { calls.runTool("dmsetup", arguments) }
        guard answer.status == 0 else {
            let isBusy = answer.complaint.contains("busy")
            throw SystemError(call: "dmsetup", errno: isBusy ? EBUSY : EIO, path: name)
        }
        return answer.output
    }
}
