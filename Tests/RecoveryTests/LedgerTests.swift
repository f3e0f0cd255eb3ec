import Foundation
import Glibc
import LinuxSystem
import Testing

@testable import Recovery

@Suite struct LedgerTests {
    private func folder() throws -> String {
        var template = Array("/tmp/ledger.XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        return String(cString: made)
    }

    private func lines(_ folder: String) throws -> [String] {
        try String(contentsOfFile: folder + "/ledger.jsonl", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func everyLineCarriesTheHashOfTheOneBefore() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let ledger = try Ledger(folder)
            for number in 0..<5 { try ledger.append(.command, .done) { $0.text = "n° \(number) \"é\"\n" } }
        }
        let read = try Ledger(reading: folder)
        #expect(read.entries.count == 5)
        let lines = try lines(folder)
        #expect(lines.count == 5)
        for (index, line) in lines.enumerated() where index > 0 {
            #expect(line.contains(Ledger.hash(Array(lines[index - 1].utf8)[...])))
            #expect(read.entries[index].line == line)
        }
        // It goes on where it stopped.
        try Ledger(folder).append(.command, .done)
        #expect(try Ledger(reading: folder).entries.count == 6)
    }

    @Test func changesAndCutsAreNoticed() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let ledger = try Ledger(folder)
            for number in 0..<4 { try ledger.append(.command, .done) { $0.text = "\(number)" } }
        }
        let path = folder + "/ledger.jsonl"
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        func attempt(_ text: String) throws -> (any Error)? {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            defer { try? whole.write(toFile: path, atomically: false, encoding: .utf8) }
            do {
                _ = try Ledger(folder)
                return nil
            } catch { return error }
        }
        let lines = whole.split(separator: "\n").map(String.init)
        // Any letter of any line.
        for index in lines.indices {
            var changed = lines
            changed[index] = changed[index].replacingOccurrences(of: "\"text\":\"\(index)\"", with: "\"text\":\"x\"")
            let expected = index == 3 ? 4 : index + 2
            #expect(try attempt(changed.joined(separator: "\n") + "\n") as? RecoveryError == .ledgerChanged(path: path, line: expected))
        }
        #expect(
            try attempt(lines.dropLast().joined(separator: "\n") + "\n") as? RecoveryError == .ledgerCut(path: path, lines: 4, found: 3))
        // In the middle of a line that was finished once.
        #expect(try attempt(String(whole.dropLast(20))) as? RecoveryError == .ledgerCut(path: path, lines: 4, found: 3))
        #expect(try attempt("") as? RecoveryError == .ledgerCut(path: path, lines: 4, found: 0))
        #expect(try attempt(lines.reversed().joined(separator: "\n") + "\n") as? RecoveryError == .ledgerChanged(path: path, line: 1))
        #expect(try attempt(whole + "{\"number\":5}\n") as? RecoveryError == .ledgerChanged(path: path, line: 5))
        #expect(try attempt(whole) == nil)
    }

    @Test func aLineThatWasNeverFinishedIsDropped() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do { try Ledger(folder).append(.command, .done) }
        let path = folder + "/ledger.jsonl"
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        try (whole + "{\"number\":2,\"at\":\"20").write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try Ledger(reading: folder).entries.count == 1)
        do { try Ledger(folder).append(.command, .done) }
        #expect(try lines(folder).count == 2)
        #expect(try Ledger(reading: folder).entries.count == 2)
    }

    @Test func oneProcessAtATime() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try Ledger(folder)
        #expect(throws: RecoveryError.sessionBusy(path: folder)) { _ = try Ledger(folder) }
        try ledger.append(.begin, .done)
        // Reading waits for nobody.
        #expect(try Ledger(reading: folder).entries.count == 1)
    }

    @Test(arguments: [ENOSPC, EROFS, EIO, EDQUOT]) func aDiskThatTakesNoMoreIsARefusal(errno: Int32) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for failing in ["write", "sync", "rename", "open"] {
            var calls = SystemCalls.live
            switch failing {
            case "write": calls.write = { _, _ in .failure(Errno(errno)) }
            case "sync": calls.sync = { _ in .failure(Errno(errno)) }
            case "rename": calls.rename = { _, _ in .failure(Errno(errno)) }
            default: calls.open = { _, _, _, _ in .failure(Errno(errno)) }
            }
            let place = folder + "/" + failing
            #expect(throws: RecoveryError.self, "\(failing)") {
                let ledger = try Ledger(place, calls: calls)
                try ledger.append(.mount, .intended)
            }
        }
        // What could not be announced did not count.
        let ledger = try Ledger(folder + "/rename")
        #expect(ledger.entries.count <= 1)
        try ledger.append(.command, .done)
    }

    /// A stick that is full takes the line and not its head, again and again; once there is room the session goes on.
    @Test func linesWithoutAHeadDoNotPileUp() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do { try Ledger(folder).append(.command, .done) }
        var full = SystemCalls.live
        full.rename = { _, _ in .failure(Errno(ENOSPC)) }
        for _ in 0..<3 {
            let ledger = try Ledger(folder, calls: full)
            for _ in 0..<2 { #expect(throws: RecoveryError.self) { try ledger.append(.mount, .intended) } }
        }
        // Half a line.
        var half = SystemCalls.live
        half.write = { descriptor, bytes in
            bytes.count > 40 ? SystemCalls.live.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[..<40])) : .failure(Errno(ENOSPC))
        }
        do {
            let ledger = try Ledger(folder, calls: half)
            #expect(throws: RecoveryError.self) { try ledger.append(.mount, .intended) }
        }
        #expect(try lines(folder).count == 1)
        // The head was written, and its folder could not be synced: both stand.
        var unsynced = SystemCalls.live
        unsynced.rename = { SystemCalls.live.rename($0, $1).flatMap { .failure(Errno(EIO)) } }
        do {
            let ledger = try Ledger(folder, calls: unsynced)
            #expect(throws: RecoveryError.self) { try ledger.append(.mount, .intended) }
        }
        try Ledger(folder).append(.command, .done)
        #expect(try Ledger(reading: folder).entries.count == 3)
    }
}
