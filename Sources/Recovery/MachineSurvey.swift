import BlockDevices
import LinuxSystem
import Recordings

/// A machine's disks with what each volume holds: what `detect` shows and `triage` judges.
public struct MachineSurvey: Sendable, Equatable {
    public var machine: Machine
    /// By the volume's path.
    public var facts: [String: VolumeFacts] = [:]

    public init(machine: Machine) {
        self.machine = machine
    }

    public var systems: [VolumeFacts] { ordered { $0.system != nil } }

    public func facts(where wanted: (VolumeFacts) -> Bool) -> [VolumeFacts] { ordered(wanted) }

    private func ordered(_ wanted: (VolumeFacts) -> Bool) -> [VolumeFacts] {
        machine.allVolumes.compactMap { facts[$0.path] }.filter(wanted)
    }

    /// Looks at this machine, at a dumped one (`root`), or at images alone. Nothing is written, and nothing stays mounted.
    ///
    /// Throws `RecoveryError` for an image or a dump that cannot be read, `Interrupted` when the user stops.
    public static func take(images: [String] = [], root: String = "", asksHealth: Bool = true, profiles: [ProductProfile]) throws
        -> MachineSurvey
    {
        var survey = MachineSurvey(machine: Machine())
        if !root.isEmpty {
            guard (try? FileStatus.of(path: root + "/sys/block").kind) == .directory else { throw RecoveryError.notADump(path: root) }
        }
        if images.isEmpty || !root.isEmpty { survey.machine = Inventory.machine(root: root) }
        for image in images {
            let disk = try disk(image)
            // Named twice, also by another of its names.
            if !survey.machine.disks.contains(where: { $0.path == disk.path }) { survey.machine.disks.append(disk) }
        }
        if root.isEmpty, !images.isEmpty {
            // Where the images are mounted already, the kernel's loops tell.
            survey.machine.disks += Inventory.loops().filter { loop in
                survey.machine.disks.contains { $0.isImage && $0.path == loop.backing?.path }
            }
            survey.machine.mergeLoops()
        }
        for index in survey.machine.disks.indices {
            let disk = survey.machine.disks[index]
            survey.machine.disks[index].health = health(of: disk, isLive: root.isEmpty && asksHealth)
        }
        for volume in survey.machine.allVolumes {
            if Interruption.requested { throw Interrupted() }
            survey.facts[volume.path] = try VolumeFacts.look(at: volume, root: volume.image == nil ? root : "", profiles: profiles)
        }
        return survey
    }

    private static func disk(_ image: String) throws(RecoveryError) -> Disk {
        do throws(SystemError) {
            return try Inventory.image(resolvedPath(image) ?? image)
        } catch {
            // ENOTBLK: what was opened is a folder, a pipe, a terminal.
            throw error.errno == 15 ? .notADisk(path: image) : .sourceMissing(path: image, cause: error)
        }
    }

    private static func health(of disk: Disk, isLive: Bool) -> Health {
        if let errno = disk.whole.content.failure, isLive, errno == 5 {
            return Health(state: .failing, evidence: [.readFails(errno: errno)])
        }
        guard isLive, !disk.isImage, disk.bus != "loop", disk.bus != "virtio" else { return Health(state: .unknown, evidence: [.notAsked]) }
        return SmartHealth.ask(disk.path)
    }
}
