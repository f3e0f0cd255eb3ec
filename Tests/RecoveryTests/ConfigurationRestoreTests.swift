import CamTrace
import Foundation
import LinuxSystem
import Recordings
import Synchronization
import Testing

@testable import Mounting
@testable import Recovery

/// A folder with an old system, its capture, and a reinstalled system.
private final class Scene {
    let folder: String
    var old: String { folder + "/old" }
    var new: String { folder + "/new" }

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/camtrace-config-XXXXXX").utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        for root in [old, new] {
            try put("root:x:0:0::/:/bin/sh", root + "/etc/passwd")
            try put("ID=ubuntu\nVERSION_ID=\"14.04\"\n", root + "/etc/os-release")
            try put("Package: camtrace\nStatus: install ok installed\nVersion: 7.14.0.3\n\n", root + "/var/lib/dpkg/status")
            try put("UUID=\(root) / ext4", root + "/etc/fstab")
        }
        try put("recorder", old + "/etc/hostname")
        try put("fresh", new + "/etc/hostname")
        try put(String(repeating: "<camera/>", count: 300_000), old + "/etc/camtrace/deep/cameras.xml")
        try put("admin", old + "/etc/camtrace/users")
        try FileManager.default.createSymbolicLink(atPath: old + "/etc/resolv.conf", withDestinationPath: "/run/resolv.conf")
        try FileManager.default.createSymbolicLink(atPath: new + "/etc/resolv.conf", withDestinationPath: "elsewhere")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func put(_ text: String, _ path: String) throws {
        try FileManager.default.createDirectory(atPath: splitPath(path).folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    func capture() throws -> ConfigurationArchive {
        let profile = try CamTrace.profile()
        _ = try ConfigurationCapture.write(old, to: folder + "/c.tgz", profile: profile, toolVersion: "test")
        return try ConfigurationArchive.read(folder + "/c.tgz", profile: profile)
    }

    /// Every entry below the new system, as a rollback must find it again.
    func snapshot() throws -> [String: EntryState] {
        let tree = try TargetTree(new)
        var found: [String: EntryState] = [".": try tree.state(".")]
        for path in try FileManager.default.subpathsOfDirectory(atPath: new) {
            var state = try tree.state(path)
            if state.kind == .file { state.target = try ConfigurationArchive.hash(tree.file(path)).0 }
            // The size of a folder is the file system's affair.
            if state.kind == .folder { state.byteCount = 0 }
            found[path] = state
        }
        return found
    }

    /// What is not as it was. The time of the folder that ours lies in is lost where the write of that time itself fails.
    func changes(since before: [String: EntryState], besides: String = "") throws -> [String] {
        let now = try snapshot()
        return Set(now.keys).union(before.keys).filter { $0 != besides && now[$0] != before[$0] }.sorted()
    }

    func restore(_ archive: ConfigurationArchive, calls: SystemCalls = .live) throws -> ConfigurationRestore.Result {
        let restore = try ConfigurationRestore(
            archive, onto: new, version: nil, mayBeRunning: false, profile: try CamTrace.profile(), calls: calls)
        return try restore.apply(try proof())
    }

    /// As the session gives it: one volume, seen and mounted.
    func proof() throws -> MountedDataVolumes {
        let seen = SeenVolume(path: "/dev/sdb1", uuid: "u", serials: ["s"], byteCount: 1, role: "data")
        var entry = LedgerEntry(number: 1, at: "", step: .detect, state: .done, boot: "b", previous: "")
        entry.volumes = [seen]
        let mounted = Mounted(
            volume: "/dev/sdb1", place: "/proc", mode: .readOnly, type: "ext4", uuid: "u", byteCount: 1, serials: ["s"], walls: [],
            devices: [], image: nil, offset: 0)
        return try SessionHistory([entry]).prove([.init(mounted: mounted, identity: seen, showsRecordings: true)])
    }
}

/// Fails at one call, or at it and all that follow.
private final class Fault: Sendable {
    private let count = Mutex(0)
    private let at: Int
    private let lasts: Bool
    var wasReached: Bool { count.withLock { $0 >= at } }

    init(at: Int, lasts: Bool) {
        (self.at, self.lasts) = (at, lasts)
    }

    func strikes() -> Bool {
        count.withLock { count in
            count += 1
            return lasts ? count >= at : count == at
        }
    }

    func calls(_ name: String) -> SystemCalls {
        var calls = SystemCalls.live
        let live = SystemCalls.live
        switch name {
        // Only those that create.
        case "open":
            calls.open = { $2 & O_CREAT != 0 && self.strikes() ? .failure(Errno(ENOSPC)) : live.open($0, $1, $2, $3) }
        case "write": calls.write = { self.strikes() ? .failure(Errno(ENOSPC)) : live.write($0, $1) }
        case "sync": calls.sync = { self.strikes() ? .failure(Errno(EIO)) : live.sync($0) }
        case "rename": calls.renameIn = { self.strikes() ? .failure(Errno(EIO)) : live.renameIn($0, $1, $2) }
        case "mkdir": calls.makeDirectoryIn = { self.strikes() ? .failure(Errno(EROFS)) : live.makeDirectoryIn($0, $1) }
        default: calls.removeIn = { self.strikes() ? .failure(Errno(EROFS)) : live.removeIn($0, $1, $2) }
        }
        return calls
    }
}

@Suite struct ConfigurationRestoreTests {
    @Test func writesAndBringsBackToTheLastBit() throws {
        let scene = try Scene()
        let archive = try scene.capture()
        let before = try scene.snapshot()
        let result = try scene.restore(archive)
        #expect(result.rollback == 1)
        let tree = try TargetTree(scene.new)
        #expect(try String(contentsOfFile: scene.new + "/etc/hostname", encoding: .utf8) == "recorder")
        #expect(try tree.state("etc/resolv.conf").target == "/run/resolv.conf")
        #expect(
            try tree.state("etc/fstab")
                == before["etc/fstab"].map { state in
                    var state = state; state.target = nil; return state
                })
        #expect(try String(contentsOfFile: scene.new + "/etc/fstab.from-capture", encoding: .utf8) == "UUID=\(scene.old) / ext4")
        // Once more there is nothing to do, and still one restore to undo.
        #expect(try scene.restore(archive).rollback == nil)
        let back = try ConfigurationRollback.perform(on: scene.new, mayBeRunning: false, besides: [])
        #expect(back.version == "7.14.0.3" && back.older == 0 && back.left.isEmpty)
        #expect(try scene.changes(since: before) == [])
        #expect(throws: RestoreError.nothingToRollBack(root: scene.new)) {
            try ConfigurationRollback.perform(on: scene.new, mayBeRunning: false, besides: [])
        }
    }

    /// Every write that can fail, at every moment it is made: once, and as a disk that takes nothing more.
    @Test(arguments: ["open", "write", "sync", "rename", "mkdir", "remove"], [false, true])
    func aFailingDiskLeavesTheOldSystem(call: String, lasts: Bool) throws {
        let scene = try Scene()
        let archive = try scene.capture()
        let before = try scene.snapshot()
        for moment in 1..<500 {
            let fault = Fault(at: moment, lasts: lasts)
            do {
                _ = try scene.restore(archive, calls: fault.calls(call))
                if !fault.wasReached {
                    #expect(moment > (call == "remove" ? 0 : 1))
                    return
                }
                Issue.record("a failed \(call) went unnoticed at \(moment)")
            } catch is SystemError {}
            if lasts {
                do { _ = try ConfigurationRollback.perform(on: scene.new, mayBeRunning: false, besides: []) } catch RestoreError
                    .nothingToRollBack
                {}
            } else {
                #expect(try RollbackStore(tree: TargetTree(scene.new)).all().isEmpty, "\(call) \(moment)")
            }
            #expect(try scene.changes(since: before, besides: "var/lib") == [], "\(call) \(moment)")
        }
    }

    @Test(arguments: ["open", "write", "sync", "rename", "remove"])
    func aRollbackThatFailsGoesOnLater(call: String) throws {
        let scene = try Scene()
        let archive = try scene.capture()
        let before = try scene.snapshot()
        for moment in 1..<500 {
            _ = try scene.restore(archive)
            let fault = Fault(at: moment, lasts: true)
            do {
                _ = try ConfigurationRollback.perform(on: scene.new, mayBeRunning: false, besides: [], calls: fault.calls(call))
            } catch is SystemError {
                do { _ = try ConfigurationRollback.perform(on: scene.new, mayBeRunning: false, besides: []) } catch RestoreError
                    .nothingToRollBack
                {}
            }
            #expect(try scene.changes(since: before, besides: "var/lib") == [], "\(call) \(moment)")
            if !fault.wasReached { return }
        }
    }

    @Test func aLinkInTheTargetIsNotFollowed() throws {
        let scene = try Scene()
        let archive = try scene.capture()
        try FileManager.default.createDirectory(atPath: scene.folder + "/outside/deep", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: scene.new + "/etc/camtrace", withDestinationPath: scene.folder + "/outside")
        #expect(throws: RestoreError.targetInTheWay(path: "etc/camtrace")) { try scene.restore(archive) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scene.folder + "/outside/deep").isEmpty)
        #expect(throws: SystemError.self) { try TargetTree(scene.new).write("../x", .ownersFile(), temporary: "t") { _ in } }
    }

    /// The journal lies on the disk of a server: it is not believed either.
    @Test(arguments: ["../outside", "etc/../../outside", "/etc/outside", "..", "etc/.."])
    func aJournalThatLeadsOutIsRefused(path: String) throws {
        let scene = try Scene()
        try scene.put("mine", scene.folder + "/outside")
        let store = RollbackStore.folder + "/rollback-1"
        let journal = RollbackJournal(
            id: "1", version: "7", archive: "", at: "", entries: [.init(path: path, before: EntryState(kind: .absent), isFolder: false)],
            folders: [])
        try scene.put(String(decoding: JSONEncoder().encode(journal), as: UTF8.self), scene.new + "/" + store + "/done.json")
        let before = try scene.snapshot()
        #expect(throws: SystemError.self) { try ConfigurationRollback.perform(on: scene.new, mayBeRunning: false, besides: []) }
        #expect(try String(contentsOfFile: scene.folder + "/outside", encoding: .utf8) == "mine")
        let ours = try scene.changes(since: before).filter { !$0.hasPrefix(RollbackStore.folder) }
        #expect(ours == [])
    }

    @Test func aCopyThatRottedIsNotBroughtBack() throws {
        let scene = try Scene()
        let archive = try scene.capture()
        #expect(try scene.restore(archive).rollback == 1)
        let copies = try FileManager.default.contentsOfDirectory(atPath: scene.new + "/" + RollbackStore.folder + "/rollback-1")
        let copy = try #require(copies.first { $0 != "done.json" })
        try scene.put("rot", scene.new + "/" + RollbackStore.folder + "/rollback-1/" + copy)
        #expect(throws: RestoreError.rollbackDamaged(path: RollbackStore.folder + "/rollback-1/" + copy)) {
            try ConfigurationRollback.perform(on: scene.new, mayBeRunning: false, besides: [])
        }
    }

    @Test func anExchangedArchiveIsNotedAndUndone() throws {
        let scene = try Scene()
        let archive = try scene.capture()
        let before = try scene.snapshot()
        try scene.put("other", scene.old + "/etc/hostname")
        try FileManager.default.removeItem(atPath: scene.folder + "/c.tgz")
        let exchanged = try scene.capture()
        // The same descriptor with other bytes behind it: what a stick that fails gives.
        var swapped = ConfigurationArchive(path: exchanged.path, file: exchanged.file, byteCount: 0, sha256: "", isGzip: true)
        (swapped.manifest, swapped.members) = (archive.manifest, archive.members)
        (swapped.product, swapped.version) = (archive.product, archive.version)
        #expect(throws: RestoreError.archiveChanged(path: exchanged.path)) { try scene.restore(swapped) }
        #expect(try scene.changes(since: before) == [])
    }
}
