@testable import BlockDevices
import Foundation
import Testing

@testable import Menu

/// The only copy of a failing disk: never called Done without being made, never of two disks.
@Suite struct DiskCopyTests {
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("copy-\(UUID().uuidString)").path
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        @discardableResult
        func file(_ name: String, _ bytes: [UInt8]) throws -> String {
            try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
            return path + "/" + name
        }
    }

    private static let length = 1 << 20

    /// With something at its head, as a table or a superblock is; `seed` 0: wiped.
    private func content(_ seed: UInt8) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.length)
        if seed != 0 { for index in 4096..<4608 { bytes[index] = seed &+ UInt8(truncatingIfNeeded: index) | 1 } }
        return bytes
    }

    private func disk(_ path: String, serial: String?) -> Disk {
        Disk(
            path: path, serial: serial, bus: "usb", byteCount: UInt64(Self.length), logicalSectorBytes: 512, isRemovable: false,
            isReadOnly: false, isImage: false, table: .none, partitions: [],
            whole: Volume(path: path, form: .disk, byteCount: UInt64(Self.length), content: Content(kind: .unknown)))
    }

    private func choose(_ folder: Folder, _ disk: Disk, among others: [Disk] = []) throws -> String {
        String(try DiskCopy.choose(disk, among: others, in: folder.path).path.dropFirst(folder.path.count + 1))
    }

    @Test func theNameIsTheDisksOwn() throws {
        let folder = try Folder()
        let path = try folder.file("sda", content(1))
        #expect(try choose(folder, disk(path, serial: "WD-WX/12 34")) == "WD-WX_12_34-1048576")
        #expect(try choose(folder, disk(path, serial: "000000")) == "disk-1048576", "a number of zeroes tells nothing")
        #expect(try choose(folder, disk(path, serial: nil)) == "disk-1048576")
    }

    /// The next day, or at the next recorder, `sda` is another disk.
    @Test(arguments: ["SAME", nil]) func anotherDisksCopyIsNotGoneOnWith(_ serial: String?) throws {
        let folder = try Folder()
        let first = try choose(folder, disk(try folder.file("sda", content(1)), serial: serial))
        try folder.file(first + ".img", content(1))
        try folder.file(first + ".map", Array("finished".utf8))
        let other = disk(try folder.file("sda", content(2)), serial: serial)
        #expect(try choose(folder, other) == first + "~2")
    }

    @Test(arguments: ["SAME", nil]) func theSameDiskIsGoneOnWith(_ serial: String?) throws {
        let folder = try Folder()
        let first = disk(try folder.file("sda", content(1)), serial: serial)
        let name = try choose(folder, first)
        // As far as it came.
        try folder.file(name + ".img", Array(content(1).prefix(8192)))
        try folder.file(name + ".map", [])
        #expect(try choose(folder, disk(try folder.file("sdc", content(1)), serial: serial)) == name)
    }

    /// Nothing speaks for or against it: then its serial number must, and no other disk here may bear it.
    @Test func whatCannotBeToldApartIsCopiedAnew() throws {
        let folder = try Folder()
        let path = try folder.file("sda", content(0))
        for serial in ["SAME", nil] {
            let name = try choose(folder, disk(path, serial: serial))
            try folder.file(name + ".img", content(0))
            try folder.file(name + ".map", [])
        }
        #expect(try choose(folder, disk(path, serial: "SAME")) == "SAME-1048576")
        #expect(try choose(folder, disk(path, serial: nil)) == "disk-1048576~2")
        let twin = disk(folder.path + "/sdb", serial: "SAME")
        #expect(try choose(folder, disk(path, serial: "SAME"), among: [twin]) == "SAME-1048576~2", "a dock gives all its disks one")
    }

    /// ddrescue would find nothing left to do, and there would be no copy.
    @Test func aMapWithoutItsImageIsLeftAlone() throws {
        let folder = try Folder()
        let path = try folder.file("sda", content(1))
        try folder.file("S1-1048576.map", Array("finished".utf8))
        #expect(try choose(folder, disk(path, serial: "S1")) == "S1-1048576~2")
    }
}
