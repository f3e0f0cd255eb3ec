import Foundation
import Glibc
import Testing

@testable import LinuxSystem

@Suite struct OpenFileTests {
    @Test func readsAnyNameAndFollowsNoLink() throws {
        let folder = try TemporaryFolder()
        let root = try OpenFile.forReading(path: folder.path)
        let name: [UInt8] = [0x61, 0x0A, 0xFF, 0x20]
        let descriptor = openat(root.descriptor, name.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600)
        #expect(write(descriptor, "abc", 3) == 3)
        close(descriptor)
        let file = try OpenFile.forReading(name, in: root)
        #expect(try file.readAll() == Array("abc".utf8))
        #expect(try file.status().byteCount == 3)
        #expect(try root.status(of: name).kind == .regular)
        #expect(root.entries().entries.map(\.name) == [name])

        symlink("/etc/passwd", folder.path + "/link")
        #expect { _ = try OpenFile.forReading(Array("link".utf8), in: root) } throws: { ($0 as? SystemError)?.errno == ELOOP }
        #expect { _ = try OpenFile.forReading([0x61, 0], in: root) } throws: { ($0 as? SystemError)?.errno == EINVAL }
    }

    @Test func nothingLeadsOutOfAFolder() throws {
        let folder = try TemporaryFolder()
        try makeFolders(folder.path + "/root/a/b")
        try "in".write(toFile: folder.path + "/root/a/b/file", atomically: false, encoding: .utf8)
        try "out".write(toFile: folder.path + "/secret", atomically: false, encoding: .utf8)
        symlink("../..", folder.path + "/root/a/up")
        symlink("/etc", folder.path + "/root/etc")
        let root = try OpenFile.forReading(path: folder.path + "/root")
        #expect(try root.beneath(Array("a/b/file".utf8)).readAll() == Array("in".utf8))
        for path in [
            "../secret", "a/../../secret", "/etc/passwd", "etc/passwd", "a/up/secret", "a//b/file", "", ".", "a/b/file/", "a/b/file/x",
        ] {
            #expect(throws: SystemError.self, "\(path)") { _ = try root.beneath(Array(path.utf8)) }
        }
    }

    @Test func doesNotWaitOnAFIFO() throws {
        let folder = try TemporaryFolder()
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        let file = try OpenFile.forReading(path: folder.path + "/pipe")
        #expect(try file.status().kind == .other)
    }

    @Test func opensWithoutOwningTheFile() throws {
        let folder = try TemporaryFolder()
        try "x".write(toFile: folder.path + "/file", atomically: false, encoding: .utf8)
        var calls = SystemCalls.live
        // What the kernel answers to `O_NOATIME` from somebody who is not the owner.
        calls.open = { directory, path, flags, mode in
            flags & 0o1000000 != 0 ? .failure(Errno(EPERM)) : SystemCalls.live.open(directory, path, flags, mode)
        }
        #expect(try OpenFile.forReading(path: folder.path + "/file", calls: calls).readAll() == [0x78])
    }

    @Test(arguments: [ENOENT, EACCES, EIO, EMFILE, ENODEV])
    func openFailures(errno: Int32) {
        var calls = SystemCalls.live
        calls.open = { _, _, _, _ in .failure(Errno(errno)) }
        let injected = calls
        #expect { _ = try OpenFile.forReading(path: "/x", calls: injected) } throws: { ($0 as? SystemError)?.errno == errno }
    }

    @Test(arguments: [EIO, ENODEV, ESTALE])
    func readFailures(errno: Int32) throws {
        var calls = SystemCalls.live
        calls.read = { _, _, _ in .failure(Errno(errno)) }
        let file = try OpenFile.forReading(path: "/etc/hostname", calls: calls)
        #expect { _ = try file.readAll() } throws: { ($0 as? SystemError)?.errno == errno }
    }

    @Test func aSignalDuringAReadIsNoFailure() throws {
        let folder = try TemporaryFolder()
        try "x".write(toFile: folder.path + "/file", atomically: false, encoding: .utf8)
        let turn = Counter()
        var calls = SystemCalls.live
        calls.read = { descriptor, buffer, offset in
            turn.next() % 2 == 0 ? .failure(Errno(EINTR)) : SystemCalls.live.read(descriptor, buffer, offset)
        }
        #expect(try OpenFile.forReading(path: folder.path + "/file", calls: calls).readAll() == [0x78])
    }

    @Test func timesAtTheEdgeDoNotTrap() {
        var raw = stat()
        raw.st_mtim.tv_sec = Int.max
        #expect(FileStatus(raw).modified == 0)
        raw.st_mtim.tv_sec = -1
        raw.st_mtim.tv_nsec = 5
        #expect(FileStatus(raw).modified == -999_999_995)
    }
}

@Suite struct MountTests {
    @Test func parsesWhatTheKernelWrites() throws {
        let line = "36 35 98:0 /mnt1 /mnt/USB\\040disk rw,noatime master:1 - ext4 /dev/sdb1 rw,errors=continue"
        let mount = try #require(Mount.parse(line))
        #expect(mount.mountPoint == "/mnt/USB disk")
        #expect(mount.root == "/mnt1")
        #expect(mount.filesystem == "ext4")
        #expect(mount.source == "/dev/sdb1")
        #expect(mount.device == 98 << 8)
        #expect(Mount.parse("nonsense") == nil)
        #expect(Mount.parse("36 35 98:x /a /b rw - ext4 s rw") == nil)
    }

    @Test func findsTheMountOfAPath() throws {
        let mounts = [
            Mount(device: 1, deviceText: "0:1", root: "/", mountPoint: "/", filesystem: "ext4", isReadOnly: false, source: "a"),
            Mount(device: 2, deviceText: "0:2", root: "/", mountPoint: "/mnt", filesystem: "ext4", isReadOnly: false, source: "b"),
            Mount(device: 2, deviceText: "0:2", root: "/x", mountPoint: "/mnt/deep", filesystem: "ext4", isReadOnly: false, source: "b"),
        ]
        #expect(Mount.holding(device: 2, path: "/mnt/deep/file", among: mounts)?.mountPoint == "/mnt/deep")
        #expect(Mount.holding(device: 2, path: "/mnt/deeper", among: mounts)?.mountPoint == "/mnt")
        #expect(Mount.holding(device: 3, path: "/", among: mounts) == nil)
    }

    @Test func thisMachineHasARoot() throws {
        let device = try FileStatus.of(path: "/").device
        #expect(Mount.holding(device: device, path: "/", among: Mount.all())?.mountPoint == "/")
    }
}
