import Foundation
import Glibc
import Testing

@testable import LinuxSystem

/// A folder that goes away with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/camtrace-test-XXXXXX").utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

@Suite struct AtomicFileTests {
    @Test func appearsWholeUnderItsName() throws {
        let folder = try TemporaryFolder()
        let file = try AtomicFile(folder.path + "/index")
        try file.write("one ")
        try file.write([UInt8](repeating: 0x41, count: 3 << 20))
        #expect(folder.names == [".index.partial"])
        try file.overwrite(Array("ONE".utf8), at: 0)
        try file.commit()
        #expect(folder.names == ["index"])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/index"))
        #expect(bytes.count == 4 + 3 << 20)
        #expect(bytes.prefix(5) == Data("ONE A".utf8))
    }

    @Test func takesItsFinalNameAtTheEnd() throws {
        let folder = try TemporaryFolder()
        let file = try AtomicFile(folder.path + "/clip_0s")
        try file.write("x")
        try file.commit(as: folder.path + "/clip_60s")
        #expect(folder.names == ["clip_60s"])
    }

    @Test func leavesTheOldFileWhenDropped() throws {
        let folder = try TemporaryFolder()
        try "old".write(toFile: folder.path + "/index", atomically: false, encoding: .utf8)
        do {
            let file = try AtomicFile(folder.path + "/index")
            try file.write("new")
        }
        #expect(folder.names == ["index"])
        #expect(try String(contentsOfFile: folder.path + "/index", encoding: .utf8) == "old")
    }

    @Test func replacesWhatAKillLeft() throws {
        let folder = try TemporaryFolder()
        try "half".write(toFile: folder.path + "/.index.partial", atomically: false, encoding: .utf8)
        let file = try AtomicFile(folder.path + "/index")
        try file.write("whole")
        try file.commit()
        #expect(folder.names == ["index"])
    }

    @Test func bareNamesLieInTheCurrentFolder() {
        #expect(AtomicFile.temporaryPath(for: "index") == ".index.partial")
        #expect(AtomicFile.temporaryPath(for: "./index") == "./.index.partial")
        #expect(AtomicFile.temporaryPath(for: "/index") == "//.index.partial")
        #expect(splitPath("a/b").folder == "a")
        #expect(splitPath("/b").folder == "/")
    }

    enum Step: CaseIterable {
        case create, write, sync, rename, overwrite
    }

    /// Every call that writes, failing with every error a full, failing or vanished disk gives: an error, and nothing under the final name.
    @Test(arguments: Step.allCases, [ENOSPC, EIO, EROFS, EDQUOT, ENODEV, EACCES])
    func everyFailureLeavesTheOldFile(step: Step, errno: Int32) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/index"
        try "old".write(toFile: path, atomically: false, encoding: .utf8)
        var calls = SystemCalls.live
        switch step {
        case .create:
            calls.open = { directory, path, flags, mode in
                flags & O_CREAT != 0 ? .failure(Errno(errno)) : SystemCalls.live.open(directory, path, flags, mode)
            }
        case .write: calls.write = { _, _ in .failure(Errno(errno)) }
        case .sync: calls.sync = { _ in .failure(Errno(errno)) }
        case .rename: calls.rename = { _, _ in .failure(Errno(errno)) }
        case .overwrite: calls.writeAt = { _, _, _ in .failure(Errno(errno)) }
        }
        let injected = calls
        #expect {
            let file = try AtomicFile(path, calls: injected)
            try file.write("new")
            try file.overwrite([0x4E], at: 0)
            try file.commit()
        } throws: { ($0 as? SystemError)?.errno == errno }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        #expect(folder.names == ["index"])
    }

    @Test func interruptedAndShortWritesGoOn() throws {
        let folder = try TemporaryFolder()
        let turn = Counter()
        var calls = SystemCalls.live
        calls.write = { descriptor, bytes in
            // A signal, then one byte, then the rest: the order a slow disk under load gives.
            switch turn.next() % 3 {
            case 0: .failure(Errno(EINTR))
            case 1: SystemCalls.live.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(1)))
            default: SystemCalls.live.write(descriptor, bytes)
            }
        }
        let file = try AtomicFile(folder.path + "/index", calls: calls)
        try file.write("hello, disk")
        try file.commit()
        #expect(try String(contentsOfFile: folder.path + "/index", encoding: .utf8) == "hello, disk")
    }

    @Test func aDestinationThatTakesNothingIsFull() throws {
        let folder = try TemporaryFolder()
        var calls = SystemCalls.live
        calls.write = { _, _ in .success(0) }
        let file = try AtomicFile(folder.path + "/index", calls: calls)
        try file.write("x")
        #expect { try file.commit() } throws: { ($0 as? SystemError)?.isFull == true }
    }

    @Test func aFolderThatCannotBeSyncedIsNoFailure() throws {
        let folder = try TemporaryFolder()
        var calls = SystemCalls.live
        let turn = Counter()
        calls.sync = { descriptor in turn.next() == 0 ? SystemCalls.live.sync(descriptor) : .failure(Errno(EINVAL)) }
        let file = try AtomicFile(folder.path + "/index", calls: calls)
        try file.write("x")
        try file.commit()
        #expect(folder.names == ["index"])
    }

    @Test func foldersAreMadeOnce() throws {
        let folder = try TemporaryFolder()
        try makeFolders(folder.path + "/a/b/c")
        try makeFolders(folder.path + "/a/b/c")
        try "x".write(toFile: folder.path + "/file", atomically: false, encoding: .utf8)
        #expect(throws: SystemError.self) { try makeFolders(folder.path + "/file") }
        #expect(throws: SystemError.self) { try makeFolders(folder.path + "/file/below") }
    }

    @Test(arguments: [ENOSPC, EIO, EROFS])
    func appendingFails(errno: Int32) throws {
        let folder = try TemporaryFolder()
        var calls = SystemCalls.live
        calls.sync = { _ in .failure(Errno(errno)) }
        let injected = calls
        #expect { try AppendOnlyFile.append([1], to: folder.path + "/journal", calls: injected) } throws: {
            ($0 as? SystemError)?.errno == errno
        }
        try AppendOnlyFile.append([2], to: folder.path + "/journal")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/journal")) == Data([1, 2]))
    }
}

/// Counts calls from closures that must be Sendable.
final class Counter: @unchecked Sendable {
    private var value = -1
    private let lock = NSLock()

    func next() -> Int {
        lock.withLock {
            value += 1
            return value
        }
    }
}
