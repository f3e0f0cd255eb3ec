import BlockDevices
import Foundation
import Glibc
import LinuxSystem
import Testing

@testable import Menu

/// What a destination lies on: a mount that outlived its disk is none.
@Suite struct DestinationMountTests {
    /// Any block device that has a node: nothing is read from it.
    private static let node = (try? FileManager.default.contentsOfDirectory(atPath: "/dev"))?.sorted().map { "/dev/" + $0 }.first { path in
        var raw = stat()
        return stat(path, &raw) == 0 && raw.st_mode & S_IFMT == S_IFBLK
    }

    private static var number: String {
        var raw = stat()
        _ = stat(node ?? "/", &raw)
        let device = UInt64(raw.st_rdev)
        return "\((device >> 8) & 0xFFF):\(device & 0xFF | (device >> 12) & 0xFFFF_FF00)"
    }

    private let place = Destination.diskPlace

    private func mount(_ device: String, _ source: String, _ options: String = "rw", type: String = "ext4") throws -> Mount {
        try #require(Mount.parse("36 35 \(device) / \(place) \(options) - \(type) \(source) rw"))
    }

    private final class System {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("sys-\(UUID().uuidString)").path
        init(_ number: String, sequence: String?) throws {
            let folder = path + "/dev/block/" + number
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if let sequence { try Data((sequence + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/diskseq")) }
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func destination(plugIn: String? = nil, kind: Destination.Kind = .disk) -> Destination {
        Destination(kind: kind, name: "x", uuid: nil, plugIn: plugIn, folder: place)
    }

    @Test(.enabled(if: node != nil)) func aDiskThatIsPluggedInIsThere() throws {
        let node = try #require(Self.node)
        let system = try System(Self.number, sequence: "12")
        #expect(destination().isThere([try mount(Self.number, node)], system: system.path))
        #expect(destination(plugIn: "12").isThere([try mount(Self.number, node)], system: system.path))
        #expect(!destination().isThere([], system: system.path))
        #expect(!destination().isThere([try mount(Self.number, node, "ro")], system: system.path))
    }

    /// Its node went, or bears another number by now, or the kernel forgot the number: the mount still says `rw`.
    @Test(.enabled(if: node != nil)) func aDiskThatWasPulledOutIsNot() throws {
        let node = try #require(Self.node)
        let system = try System(Self.number, sequence: nil)
        #expect(!destination().isThere([try mount(Self.number, "/dev/camtrace-gone1")], system: system.path))
        #expect(!destination().isThere([try mount("251:7777", node)], system: system.path))
        #expect(!destination().isThere([try mount(Self.number, node)], system: system.path + "/nothing"))
    }

    /// A card reader keeps its name.
    @Test(.enabled(if: node != nil)) func anotherCardInTheSameReaderIsNot() throws {
        let system = try System(Self.number, sequence: "13")
        #expect(!destination(plugIn: "12").isThere([try mount(Self.number, try #require(Self.node))], system: system.path))
    }

    @Test func aShareHasNoDisk() throws {
        #expect(destination(kind: .share).isThere([try mount("0:52", "//server/share", type: "cifs")]))
    }

    /// The one mounted last is the one that is written to.
    @Test func theUppermostMountCounts() throws {
        let mounts = [try mount("0:52", "//server/share", type: "cifs"), try mount("0:53", "//server/share", "ro", type: "cifs")]
        #expect(!destination(kind: .share).isThere(mounts))
    }

    @Test func filesEndOnFAT() throws {
        #expect(destination().largestFile([try mount("8:1", "/dev/sdz1", type: "vfat")]) == 4_294_967_295)
        #expect(destination().largestFile([try mount("8:1", "/dev/sdz1", type: "exfat")]) == nil)
    }

    @Test(arguments: [("tmpfs", true), ("ramfs", true), ("rootfs", true), ("ext4", false), ("overlay", false)])
    func aFolderInMemoryIsKnown(_ type: String, _ isInMemory: Bool) throws {
        #expect(destination().isInMemory([try mount("0:52", "none", type: type)]) == isInMemory)
    }

    /// Two disks with one UUID, and those that have none.
    @Test func aVolumeIsKnownByItsDevice() throws {
        var bench = Bench()
        let one = bench.disk("y", .other, bus: "usb", uuid: "TWIN")
        let two = bench.disk("z", .data, uuid: "TWIN")
        let mounts = [try mount("8:1", one.path)]
        #expect(destination().isOn(one, mounts))
        #expect(!destination().isOn(two, mounts))
        #expect(destination().paths(bench.survey.machine, mounts) == [one.path])
    }

    /// A wiped volume has no UUID, and neither has a share.
    @Test func whatIsOnNoDiskHidesNone() throws {
        var bench = Bench()
        bench.disk("z", .data)
        #expect(destination(kind: .share).paths(bench.survey.machine, [try mount("0:52", "//server/share", type: "cifs")]).isEmpty)
    }

    /// The next recorder's volume bears the same label, or none and the same device name.
    @Test func whatIsFoundOnTwoVolumesGoesIntoTwoFolders() {
        var names: [String] = []
        for (name, label, uuid) in [
            ("a", "DATA", "11111111-2222-3333"), ("b", "DATA", "99999999-2222-3333"), ("c", nil, nil), ("d", nil, nil),
        ] {
            var bench = Bench()
            bench.disk(name, .data)
            bench.survey.machine.disks[0].partitions[0].content = Content(kind: .unknown, uuid: uuid, label: label)
            names.append(Destination.name(of: bench.survey.machine.disks[0].partitions[0], bench.survey.machine))
        }
        #expect(names == ["DATA-11111111-2222", "DATA-99999999-2222", "Sc-0", "Sd-0"])
    }
}
