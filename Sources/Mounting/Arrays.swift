import BlockDevices
import Glibc
import LinuxSystem

/// An array, or LVM's volume groups, assembled from read-only loops over its members: whatever the drivers above do,
/// no member changes. Loops go with what was assembled from them.
public struct Assembled: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable {
        case array
        /// All volume groups of LVM together.
        case groups
    }
    public var kind: Kind
    /// The array's device; for volume groups "LVM".
    public var name: String
    /// The names of the volume groups.
    public var groups: [String] = []
    public var uuid: String?
    /// The disks, partitions or arrays it is made of, those that are there.
    public var members: [String]
    /// All devices of the disks below it, and those of them that were set read-only for it.
    public var devices: [String]
    public var walls: [String]
    /// Started although members are missing.
    public var isDegraded = false
}

/// What is reported before and after each act, as of mounts.
public enum AssemblyEvent: Sendable, Equatable {
    case intended(Assembled)
    case assembled(Assembled)
    case failed(Assembled, SystemError)
}

public struct AssemblyOutcome: Sendable, Equatable {
    public var assembled: Assembled
    public var failure: SystemError?

    public init(assembled: Assembled, failure: SystemError? = nil) {
        self.assembled = assembled
        self.failure = failure
    }
}

/// What a machine has that waits to be assembled. Arrays first: volume groups may stand on them.
public enum Assembly {
    /// Members of Linux arrays that nothing stands on yet, by their array.
    public static func arrays(in machine: Machine) -> [Assembled] {
        var arrays: [Assembled] = []
        for volume in members(in: machine, .raidMember) where volume.content.type == "linux_raid_member" {
            guard let uuid = volume.uuid else { continue }
            if let known = arrays.firstIndex(where: { $0.uuid == uuid }) {
                arrays[known].add(volume, of: machine)
            } else {
                var array = Assembled(kind: .array, name: "", uuid: uuid, members: [], devices: [], walls: [])
                array.add(volume, of: machine)
                arrays.append(array)
            }
        }
        return arrays
    }

    /// Arrays, and LVM as far as its devices are there already.
    public static func waiting(in machine: Machine) -> [Assembled] {
        let volumes = members(in: machine, .physicalVolume)
        guard !volumes.isEmpty else { return arrays(in: machine) }
        return arrays(in: machine) + [Assembled(lvm: volumes, of: machine)]
    }

    private static func members(in machine: Machine, _ kind: Content.Kind) -> [Volume] {
        machine.allVolumes.filter { $0.content.kind == kind && $0.holders.isEmpty && $0.image == nil }
    }

    /// Assembles all arrays, then all volume groups. One that fails stops none of the others.
    ///
    /// `record` is called before and after each act, as for mounts. `look` gives the machine as it is now.
    public static func perform(
        look: () -> Machine, calls: DiskCalls = .live, record: (AssemblyEvent) throws -> Void
    ) throws -> [AssemblyOutcome] {
        var outcomes: [AssemblyOutcome] = []
        for array in arrays(in: look()) { outcomes.append(try start(array, calls, record)) }
        let machine = look()
        let volumes = members(in: machine, .physicalVolume)
        guard !volumes.isEmpty else { return outcomes }
        return outcomes + [try activate(volumes, machine, calls, record)]
    }

    /// All groups at once: which device belongs to which, LVM alone knows.
    private static func activate(
        _ volumes: [Volume], _ machine: Machine, _ calls: DiskCalls, _ record: (AssemblyEvent) throws -> Void
    ) throws -> AssemblyOutcome {
        var lvm = Assembled(lvm: volumes, of: machine)
        lvm.note(calls)
        try record(.intended(lvm))
        // Held until every group is active: a loop that nothing stands on goes at once.
        var loops: [LoopDevice] = []
        defer { withExtendedLifetime(loops) {} }
        do throws(SystemError) {
            try lvm.raiseWalls(calls)
            for volume in volumes { loops.append(try LoopDevice.over(try OpenFile.forReading(path: volume.path), calls: calls)) }
            try lvm.activate(loops.map(\.path), calls)
        } catch {
            try? LogicalVolumes.deactivate(loops.map(\.path), calls)
            try record(.failed(lvm, error))
            return AssemblyOutcome(assembled: lvm, failure: error)
        }
        try record(.assembled(lvm))
        return AssemblyOutcome(assembled: lvm)
    }

    private static func start(
        _ found: Assembled, _ calls: DiskCalls, _ record: (AssemblyEvent) throws -> Void
    ) throws -> AssemblyOutcome {
        var array = found
        array.name = freeDevice()
        array.note(calls)
        try record(.intended(array))
        do throws(SystemError) {
            try array.raiseWalls(calls)
            try array.run(calls)
        } catch {
            try? array.stop(calls: calls)
            try record(.failed(array, error))
            return AssemblyOutcome(assembled: array, failure: error)
        }
        try record(.assembled(array))
        return AssemblyOutcome(assembled: array)
    }

    /// Counted down from where the kernel begins itself, so that an array keeps the number it is used to.
    private static func freeDevice() -> String {
        let number = (1...120).reversed().first { access("/sys/block/md\($0)", F_OK) != 0 } ?? 120
        return "/dev/md\(number)"
    }
}

extension Assembled {
    fileprivate init(lvm volumes: [Volume], of machine: Machine) {
        self.init(kind: .groups, name: "LVM", uuid: nil, members: [], devices: [], walls: [])
        for volume in volumes { add(volume, of: machine) }
    }

    fileprivate mutating func add(_ volume: Volume, of machine: Machine) {
        members.append(volume.path)
        for disk in machine.disks(below: volume) where !disk.isImage {
            for path in [disk.path] + disk.partitions.map(\.path) where !devices.contains(path) { devices.append(path) }
        }
    }

    /// The walls that will be raised, named before they are.
    fileprivate mutating func note(_ calls: DiskCalls) {
        walls = devices.filter { !ReadOnlyWall.stands(at: $0, calls: calls) }
    }

    fileprivate func raiseWalls(_ calls: DiskCalls) throws(SystemError) {
        try ReadOnlyWall.raise(at: devices, calls: calls)
    }

    /// `--run`: with members missing, which is said. What the array's own superblock contradicts, mdadm leaves out.
    fileprivate mutating func run(_ calls: DiskCalls) throws(SystemError) {
        var loops: [LoopDevice] = []
        for member in members { loops.append(try LoopDevice.over(try OpenFile.forReading(path: member), calls: calls)) }
        let arguments = ["--assemble", name, "--readonly", "--run", "--config=none"] + loops.map(\.path)
        let answer = try retrying("mdadm", name) { calls.runTool("mdadm", arguments) }
        withExtendedLifetime(loops) {}
        guard answer.status == 0, let wanted = Inventory.arrayMembers(name) else {
            throw SystemError(call: "mdadm", errno: EIO, path: members.joined(separator: " "))
        }
        isDegraded = wanted.present < wanted.wanted
    }

    fileprivate mutating func activate(_ loops: [String], _ calls: DiskCalls) throws(SystemError) {
        let found = try LogicalVolumes.find(loops, calls)
        groups = found.map(\.name)
        isDegraded = found.contains { $0.missing > 0 }
        guard !groups.isEmpty else { throw SystemError(call: "lvm", errno: ENODEV, path: members.joined(separator: " ")) }
        try LogicalVolumes.activate(groups, loops, calls)
    }

    /// Takes it apart again. What is gone already is no error; `EBUSY` where somebody still works on it.
    public func stop(calls: DiskCalls = .live) throws(SystemError) {
        switch kind {
        case .array:
            guard access("/sys/block/\(splitPath(name).name)/md/array_state", F_OK) == 0 else { return }
            // Only what was made from our members: the number may be another's by now.
            guard Inventory.isArray(name, over: members) else { return }
            let answer = try retrying("mdadm", name) { calls.runTool("mdadm", ["--stop", name]) }
            guard answer.status == 0 else { throw SystemError(call: "mdadm", errno: EBUSY, path: name) }
        case .groups:
            let loops = Inventory.readOnlyLoops(over: members)
            guard !loops.isEmpty else { return }
            try LogicalVolumes.deactivate(loops, calls)
        }
    }
}
