import LinuxSystem
import Testing

@testable import BlockDevices
@testable import Mounting

@Suite struct MountPlanTests {
    private func volume(
        _ path: String, _ kind: Content.Kind = .filesystem, type: String? = "ext4", uuid: String? = "u1", label: String? = nil
    ) -> Volume {
        Volume(path: path, form: .partition, byteCount: 1 << 30, content: Content(kind: kind, type: type, uuid: uuid, label: label))
    }

    private func disk(_ path: String, _ partitions: [Volume], serial: String? = nil) -> Disk {
        var disk = Disk(
            path: path, byteCount: 1 << 31, logicalSectorBytes: 512, isRotational: true, isRemovable: false, isReadOnly: false,
            isImage: false,
            table: .gpt, partitions: partitions, whole: volume(path, .unknown))
        disk.serial = serial
        return disk
    }

    private func decisions(
        _ volumes: [Volume], _ machine: Machine, _ mode: MountMode = .readOnly, byName: Bool = true, serials: Set<String> = [],
        mounts: [Mount] = []
    ) -> [MountPlan.Decision] {
        MountPlan(volumes, of: machine, at: "/nowhere", mode: mode, byName: byName, confirmedSerials: serials, mounts: mounts).entries.map(
            \.decision)
    }

    @Test func whatIsMountedAndWhatIsNot() {
        let good = volume("/dev/sda1")
        let machine = Machine(disks: [disk("/dev/sda", [good], serial: "S1")])
        #expect(decisions([good], machine) == [.mount])
        #expect(decisions([volume("/dev/sda1", .ambiguous)], machine) == [.refused(.contradictory)])
        for kind in [Content.Kind.raidMember, .physicalVolume, .luks, .swap, .empty, .unknown] {
            #expect(decisions([volume("/dev/sda1", kind)], machine) == [.refused(.notAFileSystem(kind))])
        }
        #expect(decisions([volume("/dev/sda1", type: "zfs_member")], machine) == [.refused(.noDriver("zfs_member"))])
    }

    @Test func onlyTheTypedSerialOpensForWriting() {
        let one = volume("/dev/sda1")
        let machine = Machine(disks: [disk("/dev/sda", [one], serial: "S1")])
        #expect(decisions([one], machine, .readWrite) == [.refused(.serialNotConfirmed("S1"))])
        #expect(decisions([one], machine, .readWrite, serials: ["S2", "s1", ""]) == [.refused(.serialNotConfirmed("S1"))])
        #expect(decisions([one], machine, .readWrite, serials: ["S1"]) == [.mount])
        let nameless = Machine(disks: [disk("/dev/sda", [one])])
        #expect(decisions([one], nameless, .readWrite, serials: [""]) == [.refused(.serialNotConfirmed(nil))])
    }

    @Test func clonesAreNamedByAPerson() {
        let (one, other) = (volume("/dev/sda1"), volume("/dev/sdb1"))
        let machine = Machine(disks: [disk("/dev/sda", [one]), disk("/dev/sdb", [other])])
        #expect(decisions([one, other], machine, byName: false) == [.refused(.twin("/dev/sdb1")), .refused(.twin("/dev/sda1"))])
        #expect(decisions([other], machine) == [.mount])
    }

    @Test func whatSomebodyWritesToIsLeftAlone() {
        var busy = volume("/dev/sda1")
        busy.mountPoints = ["/data"]
        let machine = Machine(disks: [disk("/dev/sda", [busy])])
        func mount(_ options: String) -> Mount {
            Mount.parse("30 1 8:1 / /data \(options) - ext4 /dev/sda1 \(options)")!
        }
        #expect(decisions([busy], machine, mounts: [mount("rw,relatime")]) == [.refused(.mountedForWriting(at: "/data"))])
        #expect(decisions([busy], machine, mounts: [mount("ro")]) == [.already])
        #expect(
            decisions([busy], machine, .readWrite, serials: ["S"], mounts: [mount("ro")]) == [.refused(.mountedForWriting(at: "/data"))])
    }

    @Test func placesAreNamedForAPersonAndNeverTwice() {
        let labels = ["VIDEO", "VIDEO", "../../etc", "a/b c", "", "été", ".hidden", String(repeating: "x", count: 200)]
        let volumes = labels.enumerated().map { volume("/dev/sd\($0)", uuid: "uuid-\($0)-and-more", label: $1) }
        let plan = MountPlan(volumes, of: Machine(), at: "/mnt/x", mode: .readOnly, byName: true, mounts: [])
        let places = plan.entries.map(\.place)
        #expect(places[0] == "/mnt/x/VIDEO" && places[1] == "/mnt/x/VIDEO-2")
        #expect(Set(places).count == places.count)
        for place in places {
            #expect(place.hasPrefix("/mnt/x/") && !place.dropFirst(7).contains("/") && !place.dropFirst(7).hasPrefix("."), "\(place)")
            #expect(place.utf8.count < 100)
        }
    }

    @Test func fstabGetsALineOnceAndKeepsTheRest() {
        var fstab = Fstab(text: "# comment\nUUID=root / ext4 errors=remount-ro 0 1\nLABEL=OLD /mnt/my\\040data xfs defaults 0 0")
        let data = volume("/dev/sdb1", uuid: "d1")
        #expect(fstab.place(of: data) == nil)
        #expect(fstab.add(data, at: "/data one") == true)
        #expect(fstab.add(data, at: "/elsewhere") == false)
        #expect(fstab.add(volume("/dev/sdc1", uuid: "d2"), at: "/data one") == false)
        #expect(fstab.place(of: data) == "/data one")
        #expect(fstab.place(of: volume("/dev/sdd", uuid: "x", label: "OLD")) == "/mnt/my data")
        #expect(fstab.text.hasPrefix("# comment\nUUID=root / ext4"))
        #expect(fstab.text.hasSuffix("\nUUID=d1 /data\\040one ext4 defaults,nofail 0 2\n"))
        #expect(fstab.add(volume("/dev/sde", uuid: nil), at: "/x") == false)
    }
}
