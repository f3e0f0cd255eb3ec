import LinuxSystem
import Testing

@testable import BlockDevices

/// Small machines as a dump holds them. Whole ones are in Tests/EndToEnd/sysroots.
@Suite struct InventoryTests {
    private func disk(_ name: String, sectors: Int = 2_000_000, at place: String = "pci0000:00/ata1/host0/target0:0:0/0:0:0:0")
        -> (files: [String: String], folder: String)
    {
        let folder = "sys/devices/\(place)/block/\(name)"
        return (
            [
                "\(folder)/size": "\(sectors)\n", "\(folder)/dev": "8:0\n", "\(folder)/ro": "0\n", "\(folder)/removable": "0\n",
                "\(folder)/queue/logical_block_size": "512\n", "\(folder)/queue/rotational": "1\n",
            ], folder
        )
    }

    private func machine(_ scratch: Scratch) -> Machine { Inventory.machine(root: scratch.path) }

    private func add(_ name: String, to scratch: Scratch, sectors: Int = 2_000_000, at place: String = "pci/ata1/host0") throws -> String {
        let (files, folder) = disk(name, sectors: sectors, at: place)
        try scratch.write(files)
        try scratch.link("sys/block/\(name)", to: "../../" + folder)
        return folder
    }

    @Test func whatUdevRemembers() throws {
        let scratch = try Scratch()
        _ = try add("sda", to: scratch)
        try scratch.write([
            "run/udev/data/b8:0":
                "S:disk/by-id/x\nE:ID_SERIAL_SHORT=WD-1\nE:ID_WWN=0x50014ee0\nE:ID_MODEL_ENC=WDC\\x20WD40\\x2fX\\x20\\x20\nE:ID_FS_USAGE=filesystem\n"
                + "E:ID_FS_TYPE=xfs\nE:ID_FS_LABEL=a_b\nE:ID_FS_LABEL_ENC=a\\x20b\nE:ID_FS_UUID=u-1\nnonsense\nE:nothing\n"
        ])
        let disk = try #require(machine(scratch).disks.first)
        #expect(disk.path == "/dev/sda")
        #expect(disk.serial == "WD-1")
        #expect(disk.worldWideName == "0x50014ee0")
        #expect(disk.model == "WDC WD40/X")
        #expect(disk.bus == "ata")
        #expect(disk.whole.content.type == "xfs")
        #expect(disk.whole.label == "a b")
        #expect(disk.byteCount == 1_024_000_000)
    }

    @Test func theFolderOfADumpIsNoBus() throws {
        let scratch = try Scratch()
        let dump = scratch.path + "/media/usb/virtio/nvme"
        let (files, folder) = disk("sda")
        for (name, text) in files { try scratch.write("media/usb/virtio/nvme/" + name, Array(text.utf8)) }
        try scratch.link("media/usb/virtio/nvme/sys/block/sda", to: "../../" + folder)
        let disk = try #require(Inventory.machine(root: dump).disks.first)
        #expect(disk.bus == "ata")
        #expect(!disk.isRemovable)
    }

    @Test func noiseIsLeftOut() throws {
        let scratch = try Scratch()
        for name in ["ram0", "zram0", "sr0", "fd0", "loop0"] { _ = try add(name, to: scratch) }
        _ = try add("sdb", to: scratch, sectors: 0)
        let snap = try add("loop1", to: scratch)
        try scratch.write(["\(snap)/loop/backing_file": "/var/lib/snapd/snaps/core_1.snap\n"])
        let path = try add("nvme0c0n1", to: scratch)
        try scratch.write(["\(path)/hidden": "1\n"])
        let image = try add("loop2", to: scratch)
        try scratch.write(["\(image)/loop/backing_file": "/srv/disk.img\n"])
        #expect(machine(scratch).disks.map(\.path) == ["/dev/loop2"])
    }

    @Test func namesWithSlashes() throws {
        let scratch = try Scratch()
        let folder = try add("cciss!c0d0", to: scratch)
        try scratch.write([
            "\(folder)/cciss!c0d0p1/partition": "1\n", "\(folder)/cciss!c0d0p1/size": "1000000\n", "\(folder)/cciss!c0d0p1/start": "2048\n",
        ])
        let disk = try #require(machine(scratch).disks.first)
        #expect(disk.path == "/dev/cciss/c0d0")
        #expect(disk.partitions.map(\.path) == ["/dev/cciss/c0d0p1"])
        #expect(disk.partitions.first?.offset == 1_048_576)
    }

    @Test func arraysAndWhatStandsOnThem() throws {
        let scratch = try Scratch()
        let a = try add("sda", to: scratch, at: "pci/ata1")
        let b = try add("sdb", to: scratch, at: "pci/ata2")
        let array = try add("md0", to: scratch, at: "virtual")
        let volume = try add("dm-0", to: scratch, at: "virtual")
        let second = try add("dm-1", to: scratch, at: "virtual")
        try scratch.write([
            "\(a)/holders/md0": "", "\(b)/holders/md0": "", "\(array)/slaves/sda": "", "\(array)/slaves/sdb": "",
            "\(array)/holders/dm-0": "",
            "\(array)/md/raid_disks": "2\n", "\(array)/md/degraded": "1\n", "\(volume)/dm/name": "crypt\n", "\(volume)/slaves/md0": "",
            "\(volume)/holders/dm-1": "", "\(second)/dm/name": "recorder-data\n", "\(second)/slaves/dm-0": "",
        ])
        let machine = machine(scratch)
        #expect(machine.volumes.map(\.path) == ["/dev/md0", "/dev/mapper/crypt", "/dev/mapper/recorder-data"])
        #expect(machine.volumes.map(\.missingMembers) == [1, 0, 0])
        #expect(machine.disks(below: machine.volumes[2]).map(\.path).sorted() == ["/dev/sda", "/dev/sdb"])
        #expect(machine.disks.first?.whole.holders == ["/dev/md0"])
    }

    @Test func partitionsOfAnArray() throws {
        let scratch = try Scratch()
        _ = try add("sda", to: scratch)
        let array = try add("md126", to: scratch, at: "virtual")
        try scratch.write(["\(array)/slaves/sda": "", "\(array)/md126p1/partition": "1\n", "\(array)/md126p1/size": "800000\n"])
        let machine = machine(scratch)
        #expect(machine.volumes.map(\.path) == ["/dev/md126", "/dev/md126p1"])
        #expect(machine.volumes[0].holders == ["/dev/md126p1"])
        #expect(machine.disks(below: machine.volumes[1]).map(\.path) == ["/dev/sda"])
    }

    @Test func anArrayThatWasNotStarted() throws {
        let scratch = try Scratch()
        let array = try add("md0", to: scratch, sectors: 0, at: "virtual")
        try scratch.write(["\(array)/md/raid_disks": "0\n"])
        #expect(machine(scratch).volumes.first?.isStopped == true)
    }

    @Test func mounts() throws {
        let scratch = try Scratch()
        _ = try add("sda", to: scratch)
        try scratch.write([
            "proc/1/mountinfo": """
            22 1 8:0 /part /bound rw - ext4 /dev/sda rw
            23 1 8:0 / /mnt/USB\\040disk rw - ext4 /dev/sda rw
            24 1 0:31 /@ /data rw - btrfs /dev/sda rw
            """
        ])
        #expect(machine(scratch).disks.first?.whole.mountPoints == ["/mnt/USB disk", "/bound", "/data"])
    }

    @Test func numbersThatCannotBe() throws {
        let scratch = try Scratch()
        let folder = try add("sda", to: scratch)
        try scratch.write([
            "\(folder)/size": "18446744073709551615\n", "\(folder)/queue/logical_block_size": "-1\n",
            "\(folder)/sda1/partition": "18446744073709551615\n", "\(folder)/sda1/size": "9\n", "\(folder)/sda2/partition": "2\n",
            "\(folder)/sda2/size": "9999999999999999999\n", "\(folder)/sda2/start": "18446744073709551615\n",
        ])
        let array = try add("md0", to: scratch)
        try scratch.write(["\(array)/md/raid_disks": "18446744073709551615\n", "\(array)/md/degraded": "18446744073709551615\n"])
        #expect(machine(scratch).disks.first?.partitions.map(\.number) == [2])
        #expect(machine(scratch).volumes.count == 1)
    }

    @Test func aFolderWithoutAMachine() throws {
        #expect(machine(try Scratch()) == Machine())
    }
}
