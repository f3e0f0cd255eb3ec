import BlockDevices
import Glibc
import LinuxSystem

/// One volume that may be written to, on a disk that stays read-only otherwise: the system that a configuration is restored to,
/// beside the recordings.
///
/// The kernel refuses a write to a partition whose disk is read-only (measured), so the disk is let off with it; the other
/// partitions stay as they are.
enum WriteGate {
    /// What stands in the way of a write to this volume: its disk and itself, where they are read-only.
    static func walls(_ volume: Volume, _ disks: [Disk], calls: DiskCalls) -> [String] {
        disks.filter { disk in !disk.isImage && ([disk.path] + disk.partitions.map(\.path)).contains(volume.path) }
            .flatMap { $0.path == volume.path ? [$0.path] : [$0.path, volume.path] }
            .filter { ReadOnlyWall.stands(at: $0, calls: calls) }
    }

    static func open(_ mounted: Mounted, calls: DiskCalls) throws(SystemError) {
        guard let opened = mounted.opened, !opened.isEmpty else { return }
        guard StickTool.isThere else { return try ReadOnlyWall.lower(opened.map(ReadOnlyWall.Change.init), calls: calls) }
        try script("allow", mounted)
    }

    static func close(_ mounted: Mounted, calls: DiskCalls) throws(SystemError) {
        guard let opened = mounted.opened, !opened.isEmpty else { return }
        guard StickTool.isThere else {
            let there = opened.filter { access($0, F_OK) == 0 }
            try ReadOnlyWall.raise(at: there, calls: calls)
            return
        }
        try script("forbid", mounted)
    }

    /// On the stick a rule of udev sets every disk read-only again with each change; the stick's script tells it what to leave.
    private static func script(_ command: String, _ mounted: Mounted) throws(SystemError) {
        switch DiskTool.run(at: StickTool.path, [command, mounted.volume], seconds: 30) {
        case .success(let answer) where answer.status == 0: break
        case .success: throw SystemError(call: command, errno: EROFS, path: mounted.volume)
        case .failure(let error): throw SystemError(call: command, errno: error.value, path: mounted.volume)
        }
    }
}
