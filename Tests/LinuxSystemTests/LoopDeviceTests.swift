import Glibc
import Testing

@testable import LinuxSystem

/// The kernel's answers, forced; nothing here needs root but for the control node, which any error stands in for.
@Suite struct LoopDeviceTests {
    private var source: OpenFile {
        get throws { try OpenFile.forReading(path: "/etc/passwd") }
    }
    /// Only root may open the control node.
    static let hasLoops = access("/dev/loop-control", R_OK | W_OK) == 0 && access("/dev/loop0", R_OK) == 0

    @Test(.enabled(if: hasLoops, "loops need root"), arguments: [ENOSPC, EPERM, ENODEV, EIO])
    func noFreeLoop(errno: Int32) throws {
        var calls = DiskCalls.live
        calls.freeLoop = { _ in .failure(Errno(errno)) }
        let injected = calls
        #expect { _ = try LoopDevice.over(source, calls: injected) } throws: { ($0 as? SystemError)?.errno == errno }
    }

    @Test(.enabled(if: hasLoops, "loops need root"), arguments: [EPERM, EINVAL, ENOTBLK, EFBIG])
    func notAttached(errno: Int32) throws {
        var calls = DiskCalls.live
        let turn = Counter()
        calls.freeLoop = { _ in .success(0) }
        calls.attachLoop = { _, _, _ in
            _ = turn.next()
            return .failure(Errno(errno))
        }
        let injected = calls
        #expect { _ = try LoopDevice.over(source, calls: injected) } throws: { ($0 as? SystemError)?.errno == errno }
        #expect(turn.next() == 1, "expected no second attempt")
    }

    @Test(.enabled(if: hasLoops, "loops need root"))
    func anotherProgramTookIt() throws {
        var calls = DiskCalls.live
        let turn = Counter()
        calls.freeLoop = { _ in .success(0) }
        calls.attachLoop = { _, _, options in
            #expect(options == DiskCalls.LoopOptions(offset: 512, length: 1024, name: "/etc/passwd"))
            let number = turn.next()
            return number < 4 ? .failure(Errno(number % 2 == 0 ? EBUSY : EINTR)) : .success(())
        }
        #expect(try LoopDevice.over(source, offset: 512, length: 1024, calls: calls).path == "/dev/loop0")
    }

    @Test(.enabled(if: hasLoops, "loops need root"))
    func alwaysTakenEnds() throws {
        var calls = DiskCalls.live
        let turn = Counter()
        calls.freeLoop = { _ in .success(0) }
        calls.attachLoop = { _, _, _ in
            _ = turn.next()
            return .failure(Errno(EBUSY))
        }
        let injected = calls
        #expect { _ = try LoopDevice.over(source, calls: injected) } throws: { ($0 as? SystemError)?.errno == EBUSY }
        #expect(turn.next() == 32)
    }

    @Test(arguments: [ENXIO, EBUSY, EPERM]) func detaching(errno: Int32) {
        var calls = DiskCalls.live
        calls.detachLoop = { _ in .failure(Errno(errno)) }
        let injected = calls
        #expect { try LoopDevice.detach("/dev/null", calls: injected) } throws: { ($0 as? SystemError)?.errno == errno }
        #expect { try LoopDevice.detach("/dev/nothing", calls: injected) } throws: { ($0 as? SystemError)?.errno == ENOENT }
    }

    @Test(.enabled(if: hasLoops, "loops need root"), arguments: [EUCLEAN, ENODEV, ENOSYS, EBUSY])
    func theFileSystemIsRefused(errno: Int32) throws {
        var calls = DiskCalls.live
        calls.freeLoop = { _ in .success(0) }
        calls.attachLoop = { _, _, _ in .success(()) }
        calls.openDetached = { type, source, options in
            #expect(type == "xfs" && source == "/dev/loop0" && options == "norecovery,nouuid")
            return .failure(.init(errno: errno, message: "XFS: no"))
        }
        let injected = calls
        #expect { _ = try DetachedVolume.open(source, type: "xfs", calls: injected) } throws: { ($0 as? SystemError)?.errno == errno }
    }

    @Test func aTypeWithoutKnownOptionsIsNotTried() throws {
        #expect { _ = try DetachedVolume.open(source, type: "zfs_member") } throws: { ($0 as? SystemError)?.errno == ENODEV }
        for type in ["ext3", "ext4"] { #expect(DetachedVolume.options(for: type) == "noload") }
        #expect(DetachedVolume.options(for: "btrfs") == "rescue=nologreplay")
    }

    /// What every call says of something that is no disk: an error, and no trap.
    @Test func theLiveCallsOnWhatIsNoDisk() throws {
        let file = try source
        let live = DiskCalls.live
        #expect(throws: Errno.self) { try live.byteCount(file.descriptor).get() }
        #expect(throws: Errno.self) { try live.sectorSize(file.descriptor).get() }
        #expect(throws: Errno.self) { try live.isReadOnly(file.descriptor).get() }
        #expect(throws: Errno.self) { try live.setReadOnly(file.descriptor, true).get() }
        #expect(throws: Errno.self) { try live.freeLoop(file.descriptor).get() }
        #expect(throws: Errno.self) { try live.attachLoop(file.descriptor, file.descriptor, .init()).get() }
        #expect(throws: Errno.self) { try live.detachLoop(file.descriptor).get() }
        #expect(throws: Errno.self) { try live.unmount("/nonexistent").get() }
        #expect(throws: Errno.self) { try live.mount("/nonexistent", "/nonexistent", "ext4", [.readOnly], "").get() }
        #expect(throws: DiskCalls.DetachedFailure.self) { try live.openDetached("nosuchtype", "/nonexistent", "").get() }
        #expect(live.byteCount(-1) == .failure(Errno(EBADF)))
    }
}

@Suite struct InRootTests {
    @Test func linksStayBelowTheFolder() throws {
        let folder = try TemporaryFolder()
        try makeFolders(folder.path + "/root/etc")
        try makeFolders(folder.path + "/etc")
        try "outside".write(toFile: folder.path + "/etc/shadow", atomically: false, encoding: .utf8)
        try "inside".write(toFile: folder.path + "/root/etc/shadow", atomically: false, encoding: .utf8)
        symlink("../../../../etc/shadow", folder.path + "/root/etc/relative")
        symlink("/etc/shadow", folder.path + "/root/etc/absolute")
        symlink("loop", folder.path + "/root/etc/loop")
        symlink("/proc/self/root/etc/passwd", folder.path + "/root/etc/magic")
        let root = try OpenFile.forReading(path: folder.path + "/root")
        for name in ["etc/relative", "etc/absolute", "/etc/absolute", "../etc/shadow"] {
            #expect(try root.inRoot(name).readAll() == Array("inside".utf8), "\(name)")
        }
        #expect { _ = try root.inRoot("etc/loop") } throws: { ($0 as? SystemError)?.errno == ELOOP }
        #expect(throws: SystemError.self) { _ = try root.inRoot("etc/magic") }
        #expect(throws: SystemError.self) { _ = try root.inRoot("etc/nothing") }
    }

    @Test func nothingThatActsWhenOpenedIsOpened() throws {
        let folder = try TemporaryFolder()
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        symlink("pipe", folder.path + "/link")
        let root = try OpenFile.forReading(path: folder.path)
        #expect(throws: SystemError.self) { _ = try root.inRoot("pipe") }
        #expect(throws: SystemError.self) { _ = try root.inRoot("link") }
    }
}
