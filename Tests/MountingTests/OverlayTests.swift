import Glibc
import LinuxSystem
import Testing

@testable import BlockDevices
@testable import Mounting

@Suite struct OverlayTests {
    @Test func theFillLevelIsReadFromTheKernelsLine() {
        #expect(Overlay.fill(status: "0 65536 snapshot 176/20480 0\n") == .bytes(176 * 512))
        #expect(Overlay.fill(status: "0 65536 snapshot 0/20480 0") == .bytes(0))
        #expect(Overlay.fill(status: "0 65536 snapshot Invalid") == .overflowed)
        #expect(Overlay.fill(status: "0 65536 snapshot Overflow") == .overflowed)
        for odd in ["", "0 65536 linear", "0 65536 snapshot", "0 65536 snapshot x/y 0", "0 1 snapshot 99999999999999999999/1 0"] {
            #expect(Overlay.fill(status: odd) == .unknown, "\(odd)")
        }
        #expect(Overlay.fill(status: "0 1 snapshot 18446744073709551615/1 0") == .unknown)
    }

    @Test func groupsAreReadFromWhatLVMPrints() {
        #expect(
            LogicalVolumes.groups("  plain|0\n  old one|2\n\n  broken\n |3\n") == [
                LogicalVolumes.Group(name: "plain", missing: 0), LogicalVolumes.Group(name: "old one", missing: 2),
            ])
    }

    @Test func lvmSeesOurLoopsAndNothingElse() {
        let text = LogicalVolumes.configuration(loops: ["/dev/loop3", "/dev/loop10"], readOnly: ["plain"])
        #expect(text.contains("filter=[\"a|^/dev/loop3$|\",\"a|^/dev/loop10$|\",\"r|.*|\"]"))
        #expect(text.contains("read_only_volume_list=[\"plain\"]"))
        #expect(text.contains("metadata_read_only=1") && text.contains("archive=0"))
    }

    private func member(_ path: String, _ kind: Content.Kind, type: String, uuid: String?, holders: [String] = []) -> Volume {
        var volume = Volume(path: path, form: .disk, byteCount: 1 << 30, content: Content(kind: kind, type: type, uuid: uuid))
        volume.holders = holders
        return volume
    }

    private func machine(_ volumes: [Volume]) -> Machine {
        Machine(
            disks: volumes.map { volume in
                Disk(
                    path: volume.path, byteCount: volume.byteCount, logicalSectorBytes: 512, isRotational: nil, isRemovable: false,
                    isReadOnly: false, isImage: false, table: .none, partitions: [], whole: volume)
            })
    }

    @Test func membersAreGroupedByTheirArray() {
        let raid = "linux_raid_member"
        let machine = machine([
            member("/dev/sda", .raidMember, type: raid, uuid: "A"), member("/dev/sdb", .raidMember, type: raid, uuid: "B"),
            member("/dev/sdc", .raidMember, type: raid, uuid: "A"), member("/dev/sdd", .raidMember, type: "isw_raid_member", uuid: "C"),
            member("/dev/sde", .raidMember, type: raid, uuid: nil),
            member("/dev/sdf", .raidMember, type: raid, uuid: "D", holders: ["/dev/md0"]),
            member("/dev/sdg", .physicalVolume, type: "LVM2_member", uuid: "p"), member("/dev/sdh", .filesystem, type: "ext4", uuid: "f"),
        ])
        let waiting = Assembly.waiting(in: machine)
        #expect(waiting.map(\.members) == [["/dev/sda", "/dev/sdc"], ["/dev/sdb"], ["/dev/sdg"]])
        #expect(waiting.map(\.kind) == [.array, .array, .groups])
    }

    /// What fails is announced before, reported after, and stops nothing else.
    @Test func aMemberThatCannotBeReadIsALoss() throws {
        let machine = machine([
            member("/nowhere/sda", .raidMember, type: "linux_raid_member", uuid: "A"),
            member("/nowhere/sdb", .physicalVolume, type: "LVM2_member", uuid: "p"),
        ])
        var calls = DiskCalls.live
        calls.runTool = { _, _ in .failure(Errno(ENOENT)) }
        var events: [String] = []
        let outcomes = try Assembly.perform(look: { machine }, calls: calls) { event in
            switch event {
            case .intended(let assembled): events.append("intended \(assembled.kind)")
            case .assembled: events.append("assembled")
            case .failed(_, let error): events.append("failed \(error.errno)")
            }
        }
        #expect(outcomes.map { $0.failure?.errno } == [ENOENT, ENOENT])
        #expect(events == ["intended array", "failed 2", "intended groups", "failed 2"])
    }

    @Test func aToolIsRunToItsEnd() throws {
        let answer = try DiskTool.run("sh", ["-c", "echo out; echo err >&2; exit 3"]).get()
        #expect(answer == DiskTool.Answer(status: 3, output: "out\n", complaint: "err\n"))
        #expect(DiskTool.run("no-such-program-anywhere", []) == .failure(Errno(ENOENT)))
        #expect(DiskTool.run(at: "/bin/sleep", ["60"], seconds: 1) == .failure(Errno(ETIMEDOUT)))
        let long = try DiskTool.run("sh", ["-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; kill -9 $$"]).get()
        #expect(long.output.utf8.count == 300_000 && long.complaint.utf8.count == 300_000 && long.status == 137)
        // What it leaves behind holds the pipe open and holds nobody up.
        #expect(try DiskTool.run("sh", ["-c", "sleep 5 & echo done"]).get().output == "done\n")
    }

    @Test func theStoreNeverLiesOnTheDiskItself() {
        var volume = member("/dev/sda", .filesystem, type: "ext4", uuid: "f")
        volume.mountPoints = []
        var stick = member("/dev/sdb", .filesystem, type: "ext4", uuid: "s")
        stick.mountPoints = ["/"]
        let root = (try? FileStatus.of(path: "/").device) ?? 0
        let mounts = Mount.all().filter { $0.mountPoint == "/" && $0.device == root }
        guard !mounts.isEmpty else { return }
        func decision(_ machine: Machine) -> MountPlan.Decision? {
            MountPlan([volume], of: machine, at: "/nowhere", mode: .overlay, byName: true, store: "/", mounts: mounts).entries.first?
                .decision
        }
        #expect(decision(machine([volume, stick])) == .mount)
        volume.mountPoints = []
        var both = machine([volume, stick])
        both.disks[0].table = .gpt
        both.disks[0].partitions = [stick]
        both.disks.removeLast()
        #expect(decision(both) == .refused(.storeOnSource("/dev/sda")))
    }
}
