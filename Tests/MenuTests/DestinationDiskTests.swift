import BlockDevices
import Foundation
import Glibc
import LinuxSystem
import Recovery
import Testing

@testable import Menu

/// Mounting a destination with calls that fail: nothing is mounted that was not announced, and what failed is in the ledger.
@Suite struct DestinationDiskTests {
    /// A file with an ext4 superblock's magic and UUID, enough for libblkid.
    private final class Image {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("destination-\(UUID().uuidString).img").path
        init() throws {
            let made = Process()
            made.executableURL = URL(fileURLWithPath: "/usr/sbin/mke2fs")
            made.arguments = ["-q", "-F", "-t", "ext4", "-U", "11111111-2222-3333-4444-555555555555", path, "4M"]
            made.standardError = FileHandle.nullDevice
            made.standardOutput = FileHandle.nullDevice
            try made.run()
            made.waitUntilExit()
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func candidate(_ path: String, uuid: String) -> Destination.Candidate {
        var bench = Bench()
        bench.disk("u", .other, bus: "usb", uuid: uuid)
        var candidate = Destination.candidates(bench.survey)[0]
        candidate.volume.path = path
        candidate.disk.path = path
        return candidate
    }

    private final class Notes {
        var states: [LedgerEntry.State] = []
    }

    /// The disk that was chosen is the one that is there.
    private func mount(_ image: Image, _ calls: DiskCalls, _ notes: Notes) throws {
        _ = try DestinationDisk.mount(candidate(image.path, uuid: "11111111-2222-3333-4444-555555555555"), calls: calls) { _, state in
            notes.states.append(state)
        }
    }

    @Test func anotherDiskInItsPlaceIsNotTouched() throws {
        let image = try Image()
        var calls = DiskCalls.live
        calls.setReadOnly = { _, _ in
            Issue.record("it was made writable"); return .success(())
        }
        calls.runTool = { _, _ in
            Issue.record("it was mounted"); return .failure(Errno(EIO))
        }
        let notes = Notes()
        #expect(throws: DestinationDisk.Failure.self) {
            try DestinationDisk.mount(candidate(image.path, uuid: "other"), calls: calls) { _, state in notes.states.append(state) }
        }
        #expect(notes.states.isEmpty)
    }

    @Test(arguments: [EIO, EACCES, ENOENT]) func aFailingMountIsInTheLedger(_ errno: Int32) throws {
        let image = try Image()
        var calls = DiskCalls.live
        calls.isReadOnly = { _ in .success(false) }
        calls.runTool = { _, _ in .failure(Errno(errno)) }
        let notes = Notes()
        #expect(throws: (any Error).self) {
            try mount(image, calls, notes)
        }
        #expect(notes.states == [.intended, .failed])
    }

    @Test func aDiskThatStaysReadOnlyIsNotMounted() throws {
        let image = try Image()
        var calls = DiskCalls.live
        calls.isReadOnly = { _ in .success(true) }
        calls.setReadOnly = { _, _ in .failure(Errno(EACCES)) }
        calls.runTool = { _, _ in
            Issue.record("it was mounted"); return .failure(Errno(EIO))
        }
        let notes = Notes()
        #expect(throws: SystemError.self) {
            try mount(image, calls, notes)
        }
        #expect(notes.states == [.intended, .failed])
    }

    @Test func aLedgerThatCannotBeWrittenStopsIt() throws {
        let image = try Image()
        var calls = DiskCalls.live
        calls.setReadOnly = { _, _ in
            Issue.record("it was made writable"); return .success(())
        }
        calls.runTool = { _, _ in
            Issue.record("it was mounted"); return .failure(Errno(EIO))
        }
        #expect(throws: SystemError.self) {
            try DestinationDisk.mount(candidate(image.path, uuid: "11111111-2222-3333-4444-555555555555"), calls: calls) { _, _ in
                throw SystemError(call: "write", errno: ENOSPC, path: "ledger")
            }
        }
    }

    private func table(_ options: String, source: String = "/dev/sdz1") -> [Mount] {
        [Mount.parse("36 35 8:1 / \(Destination.diskPlace) \(options) - ext4 \(source) rw")].compactMap { $0 }
    }

    private final class Calls: @unchecked Sendable {
        var said: [String] = []
    }

    private func calls(_ record: Calls, status: Int32 = 0, complaint: String = "") -> DiskCalls {
        var calls = DiskCalls.live
        calls.isReadOnly = { _ in .success(false) }
        calls.runTool = { name, arguments in
            record.said.append(([name] + arguments).joined(separator: " "))
            return .success(DiskTool.Answer(status: status, complaint: complaint))
        }
        return calls
    }

    /// A card with its switch on, a hibernated Windows: `mount` and `ntfs-3g` mount them for reading, warn, and end with 0.
    @Test func aDiskThatOnlyReadsIsNoDestination() throws {
        let (image, record, notes) = (try Image(), Calls(), Notes())
        let calls = calls(record, complaint: "WARNING: source write-protected, mounted read-only.")
        #expect {
            try DestinationDisk.mount(
                candidate(image.path, uuid: "11111111-2222-3333-4444-555555555555"), calls: calls,
                mounts: { record.said.isEmpty ? [] : table("ro") }
            ) { _, state in notes.states.append(state) }
        } throws: { error in
            if case DestinationDisk.Failure.readOnly(let words) = error { words.contains("write-protected") } else { false }
        }
        #expect(notes.states == [.intended, .failed])
        #expect(record.said.count == 2)
        #expect(record.said[0].hasPrefix("mount -w "))
        #expect(record.said[1] == "umount \(Destination.diskPlace)")
    }

    @Test func theSwitchOfACardIsTold() throws {
        let (image, record) = (try Image(), Calls())
        let calls = calls(record, status: 32, complaint: "mount: /x: /dev/sdz1 is write-protected but explicit read-write mode requested.")
        #expect {
            try DestinationDisk.mount(
                candidate(image.path, uuid: "11111111-2222-3333-4444-555555555555"), calls: calls, mounts: { [] }
            ) { _, _ in }
        } throws: { error in
            if case DestinationDisk.Failure.readOnly = error { true } else { false }
        }
        #expect(record.said.count == 1)
    }

    /// What a disk that was pulled out left there: nothing waits for it.
    @Test func aDeadMountIsPutAway() throws {
        let (image, record, notes) = (try Image(), Calls(), Notes())
        _ = try DestinationDisk.mount(
            candidate(image.path, uuid: "11111111-2222-3333-4444-555555555555"), calls: calls(record),
            mounts: { table("rw", source: "/dev/camtrace-gone1") }
        ) { _, state in notes.states.append(state) }
        #expect(notes.states == [.intended, .done])
        #expect(record.said.count == 2)
        #expect(record.said[0] == "umount -l \(Destination.diskPlace)")
        #expect(record.said[1].hasPrefix("mount -w "))
    }
}
