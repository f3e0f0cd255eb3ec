@testable import BlockDevices
@testable import Mounting
@testable import Recovery
@testable import Recordings
import Testing

@testable import Menu

/// A machine of disks with a volume each.
struct Bench {
    var survey = MachineSurvey(machine: Machine())

    @discardableResult
    mutating func disk(
        _ name: String, _ role: Role, type: String = "ext4", kind: Content.Kind = .filesystem, removable: Bool = false,
        bus: String = "sata",
        uuid: String? = nil
    ) -> Volume {
        let path = "/dev/sd\(name)"
        let volume = Volume(
            path: path + "1", form: .partition, byteCount: 1 << 34, content: Content(kind: kind, type: type, uuid: uuid ?? "U-\(name)"))
        survey.facts[volume.path] = VolumeFacts(volume: volume, role: role, evidence: [])
        survey.machine.disks.append(
            Disk(
                path: path, serial: "S\(name)", bus: bus, byteCount: 1 << 36, logicalSectorBytes: 512, isRemovable: removable,
                isReadOnly: false, isImage: false, table: .gpt, partitions: [volume],
                whole: Volume(path: path, form: .disk, byteCount: 1 << 36, content: Content(kind: .unknown))))
        return volume
    }

    static func mounted(_ volume: Volume, at place: String, mode: MountMode = .readOnly) -> Mounted {
        Mounted(
            volume: volume.path, place: place, mode: mode, type: "ext4", uuid: volume.uuid, byteCount: volume.byteCount, serials: [],
            walls: [], devices: [], image: nil, offset: 0)
    }
}

/// A folder that is there, and one that is not.
private let here = Destination(kind: .folder, name: "/", uuid: nil, folder: "/")
private let gone = Destination(kind: .folder, name: "x", uuid: nil, folder: "/nonexistent/x")

@Suite struct MenuModelTests {
    private func state(_ model: MenuModel, _ entry: MenuModel.Entry) -> MenuModel.State? { model.rows.first { $0.entry == entry }?.state }

    @Test func everyEntryIsThereInItsOrder() {
        let model = MenuModel(Bench().survey, mounted: [], destination: nil, indexed: nil, hasStick: false, objection: .nothingSeen)
        #expect(model.rows.map(\.entry) == MenuModel.Entry.allCases)
    }

    @Test func nothingCanBeMountedWhereNothingIs() {
        var bench = Bench()
        bench.disk("a", .other)
        let model = MenuModel(bench.survey, mounted: [], destination: nil, indexed: nil, hasStick: false, objection: .nothingSeen)
        #expect(state(model, .mount) == .waiting(.nothingToMount))
        #expect(state(model, .index) == .waiting(.nothingMounted))
        #expect(state(model, .clips) == .waiting(.noIndex))
        #expect(state(model, .stick) == .waiting(.noStick))
    }

    /// The way: each step makes the next one possible, in this order only.
    @Test func eachStepOpensTheNext() {
        var bench = Bench()
        let data = bench.disk("a", .data)
        func model(_ mounted: [Mounted], _ destination: Destination?, _ indexed: Int?) -> MenuModel {
            MenuModel(bench.survey, mounted: mounted, destination: destination, indexed: indexed, hasStick: true, objection: nil)
        }
        let there = [Bench.mounted(data, at: "/mnt/a")]
        #expect(model([], nil, nil).next == .mount)
        #expect(model(there, nil, nil).next == .destination)
        #expect(state(model(there, nil, nil), .index) == .waiting(.noDestination))
        #expect(model(there, gone, nil).next == .destination)
        #expect(model(there, here, nil).next == .index)
        #expect(model(there, here, 12).next == .clips)
        #expect(state(model(there, here, 12), .index) == .done)
    }

    /// The index of the recorder before is not the one of what is mounted.
    @Test func anIndexOfOthersIsNotDone() {
        var bench = Bench()
        let data = bench.disk("a", .data)
        let model = MenuModel(
            bench.survey, mounted: [Bench.mounted(data, at: "/mnt/a")], destination: here, indexed: 12, isOfOthers: true, hasStick: true,
            objection: nil)
        #expect(state(model, .index) == .ready)
        #expect(model.next == .index)
        #expect(state(model, .clips) == .ready)
    }

    /// One of two disks is not the recordings.
    @Test func halfMountedIsNotMounted() {
        var bench = Bench()
        let one = bench.disk("a", .data)
        bench.disk("b", .data)
        let model = MenuModel(
            bench.survey, mounted: [Bench.mounted(one, at: "/mnt/a")], destination: nil, indexed: nil, hasStick: true, objection: nil)
        #expect(state(model, .mount) == .ready)
        #expect(model.next == .mount)
    }

    @Test func aSystemIsNoSourceOfAnIndex() {
        var bench = Bench()
        let system = bench.disk("a", .system)
        let both = bench.disk("b", .systemAndData)
        let mounts = [Bench.mounted(system, at: "/mnt/a"), Bench.mounted(both, at: "/mnt/b")]
        #expect(MenuModel.sources(bench.survey, mounts).map(\.place) == ["/mnt/b"])
    }
}

@Suite struct DestinationTests {
    private func obstacle(_ bench: Bench, _ name: String) -> Destination.Candidate.Obstacle?? {
        Destination.candidates(bench.survey).first { $0.disk.path == "/dev/sd\(name)" }.map(\.obstacle)
    }

    @Test(arguments: ["exfat", "vfat", "ntfs", "ext4"]) func aPluggedInDiskIsOffered(_ type: String) {
        var bench = Bench()
        bench.disk("u", .other, type: type, bus: "usb")
        #expect(obstacle(bench, "u") == .some(nil))
    }

    @Test(arguments: [Role.data, .system, .systemAndData, .member, .swap, .unknown]) func whatMayHoldRecordingsIsNot(_ role: Role) {
        var bench = Bench()
        bench.disk("u", role, bus: "usb")
        #expect(obstacle(bench, "u") == .some(.source))
    }

    /// NTFS: no driver, so nobody could look; a person has to confirm.
    @Test func whatNobodyCouldLookIntoIsAskedFor() {
        var bench = Bench()
        let volume = bench.disk("u", .unknown, type: "ntfs", bus: "usb")
        bench.survey.facts[volume.path] = VolumeFacts(volume: volume, role: .unknown, evidence: [.noDriver("ntfs")])
        let candidate = Destination.candidates(bench.survey)[0]
        #expect(candidate.obstacle == nil)
        #expect(candidate.isUnseen)
    }

    /// A second, harmless partition does not make a recorder's disk a destination.
    @Test func aDiskIsJudgedAsAWhole() {
        var bench = Bench()
        bench.disk("u", .other, type: "exfat", bus: "usb")
        var second = bench.survey.machine.disks[0].partitions[0]
        second.path = "/dev/sdu2"
        bench.survey.machine.disks[0].partitions.append(second)
        bench.survey.facts[second.path] = VolumeFacts(volume: second, role: .data, evidence: [])
        #expect(Destination.candidates(bench.survey).allSatisfy { $0.obstacle == .source })
    }

    @Test func aBuiltInDiskIsNot() {
        var bench = Bench()
        bench.disk("a", .other)
        #expect(obstacle(bench, "a") == .some(.internalDisk))
    }

    @Test func theStickIsNotAmongThem() {
        var bench = Bench()
        bench.disk("s", .stick, bus: "usb")
        #expect(obstacle(bench, "s") == nil)
    }

    @Test func whatCannotBeWrittenIsNot() {
        var bench = Bench()
        bench.disk("u", .other, type: "iso9660", bus: "usb")
        #expect(obstacle(bench, "u") == .some(.unusable))
    }
}

@Suite struct IndexFileTests {
    private func volume(_ uuid: String?, _ place: String) -> IndexReader.Volume {
        IndexReader.Volume(id: 1, uuid: uuid, label: nil, filesystem: nil, serial: nil, sourcePath: place, scannedAt: nil)
    }

    private func mounted(_ name: String, uuid: String?, at place: String) -> Mounted {
        var bench = Bench()
        var mounted = Bench.mounted(bench.disk(name, .data), at: place)
        mounted.uuid = uuid
        return mounted
    }

    @Test func whatIsMountedElsewhereIsTheSame() {
        let index = IndexFile(name: "index.ctrx", volumes: [volume("A", "/mnt/x")])
        #expect(index.absent([mounted("a", uuid: "A", at: "/mnt/y")]).isEmpty)
    }

    /// Recorders of one make call their volumes alike, and are mounted at one place.
    @Test func anotherVolumeAtTheSamePlaceIsAnother() {
        let index = IndexFile(name: "index.ctrx", volumes: [volume("A", "/mnt/DATA")])
        #expect(index.absent([mounted("a", uuid: "B", at: "/mnt/DATA")]).count == 1)
        #expect(index.absent([mounted("a", uuid: nil, at: "/mnt/DATA")]).isEmpty)
    }

    @Test func nothingIsLostByBuildingAnew() {
        let files = [
            IndexFile(name: "index.ctrx", volumes: [volume("A", "/a")]), IndexFile(name: "index-2.ctrx", volumes: [volume("B", "/b")]),
        ]
        let (a, b, c) = (mounted("a", uuid: "A", at: "/a"), mounted("b", uuid: "B", at: "/b"), mounted("c", uuid: "C", at: "/c"))
        #expect(IndexFile.keepingAll(files, [a]) == "index.ctrx")
        #expect(IndexFile.keepingAll(files, [b, c]) == "index-2.ctrx")
        #expect(IndexFile.keepingAll(files, [c]) == "index-3.ctrx")
        #expect(IndexFile.keepingAll([], [c]) == "index.ctrx")
        #expect(IndexFile.keepingAll([IndexFile(name: "index.ctrx", volumes: nil)], [c]) == "index-2.ctrx", "no index of ours")
    }
}
