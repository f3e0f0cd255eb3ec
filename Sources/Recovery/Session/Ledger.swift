import Crypto
import Foundation
import Glibc
import LinuxSystem

/// The account of what was done to whose disks: lines that each carry the hash of the line before, on the disk before the
/// step they announce is taken.
///
/// Beside it `ledger.head` says how many lines there must be: a ledger whose end was cut off would otherwise be whole.
public final class Ledger {
    public let folder: String
    public private(set) var entries: [LedgerEntry] = []
    private var lastHash = String(repeating: "0", count: 64)
    /// Bytes of the file that are whole lines.
    private var length = 0
    private let calls: SystemCalls
    private var lock: Int32 = -1

    public var path: String { folder + "/ledger.jsonl" }
    private var headPath: String { folder + "/ledger.head" }

    /// Opens or begins the ledger in a folder, for writing, alone.
    ///
    /// Throws `RecoveryError` for a ledger that was changed or cut, that another process has open, or whose disk takes no more.
    public init(_ folder: String, calls: SystemCalls = .live) throws {
        self.folder = folder
        self.calls = calls
        do throws(SystemError) {
            try makeFolders(folder, calls: calls)
        } catch { throw RecoveryError.sessionFailed(error) }
        try takeLock()
        do { try load(repairing: true) } catch {
            close(lock)
            lock = -1
            throw error
        }
    }

    /// Only to read: nobody is kept from writing.
    public init(reading folder: String) throws {
        self.folder = folder
        calls = .live
        guard access(folder + "/ledger.jsonl", F_OK) == 0 else { throw RecoveryError.noSession(path: folder) }
        try load(repairing: false)
    }

    deinit {
        if lock >= 0 { close(lock) }
    }

    /// A menu on the screen and one on the serial line begin at the same moment, and each writes a line now and then.
    private static let tenths = 30

    /// Two processes must not interleave: the lock goes with the process, however that ends.
    private func takeLock() throws {
        lock = open(folder + "/ledger.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw RecoveryError.sessionFailed(SystemError(call: "create", errno: errno, path: folder)) }
        for _ in 0..<Self.tenths {
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { return }
            usleep(100_000)
        }
        close(lock)
        lock = -1
        throw RecoveryError.sessionBusy(path: folder)
    }

    private struct Head: Codable {
        var lines: Int
        var sha256: String
    }

    private var storedHead: Head? {
        (try? OpenFile.forReading(path: headPath).readAll(limit: 4096)).flatMap { try? JSONDecoder().decode(Head.self, from: Data($0)) }
    }

    private func load(repairing: Bool) throws {
        let head = storedHead
        var bytes: [UInt8] = []
        do throws(SystemError) {
            bytes = try OpenFile.forReading(path: path).readAll(limit: Self.largest)
        } catch {
            guard error.errno == ENOENT else { throw RecoveryError.sessionFailed(error) }
        }
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        // What follows the last end of line is a line that was never finished: its step was not taken.
        let unfinished = lines.isEmpty ? 0 : lines.removeLast().count
        for (index, line) in lines.enumerated() {
            guard let entry = try? JSONDecoder().decode(LedgerEntry.self, from: Data(line)), entry.previous == lastHash,
                entry.number == index + 1
            else { throw RecoveryError.ledgerChanged(path: path, line: index + 1) }
            entries.append(entry)
            lastHash = Self.hash(line)
            if let head, head.lines == index + 1, head.sha256 != lastHash { throw RecoveryError.ledgerChanged(path: path, line: index + 1) }
        }
        if let head, head.lines > entries.count { throw RecoveryError.ledgerCut(path: path, lines: head.lines, found: entries.count) }
        // Lines without their head: written before the power went. More than one cannot be.
        if entries.count > (head?.lines ?? 0) + 1 {
            throw RecoveryError.ledgerCut(path: headPath, lines: entries.count, found: head?.lines ?? 0)
        }
        length = bytes.count - unfinished
        if repairing, unfinished > 0 { try cut(to: length) }
    }

    /// A session of a thousand disks and a hundred thousand steps is a few dozen MiB.
    private static let largest = 256 << 20

    private func cut(to count: Int) throws {
        guard truncate(path, off_t(count)) == 0 else {
            throw RecoveryError.sessionFailed(SystemError(call: "truncate", errno: errno, path: path))
        }
    }

    /// On the disk when it returns.
    @discardableResult
    public func append(
        _ step: LedgerEntry.Step, _ state: LedgerEntry.State, now: Date = Date(), _ fill: (inout LedgerEntry) -> Void = { _ in }
    ) throws -> LedgerEntry {
        var entry = LedgerEntry(
            number: entries.count + 1, at: Self.stamp(now), step: step, state: state, boot: Self.boot, previous: lastHash)
        fill(&entry)
        let line = Array(entry.line.utf8)
        let hash = Self.hash(line[...])
        do throws(SystemError) {
            let isFirst = entries.isEmpty
            try AppendOnlyFile.append(line + [0x0A], to: path, calls: calls)
            if isFirst { try syncFolder(of: path, calls: calls) }
            let head = try AtomicFile(headPath, calls: calls)
            try head.write("{\"lines\":\(entry.number),\"sha256\":\"\(hash)\"}\n")
            try head.commit()
        } catch {
            // A disk that is full takes the line and not its head: the next one would stand behind a step that was never taken,
            // and two of them are told from a ledger whose head was cut by nothing.
            if storedHead?.lines == entry.number {
                entries.append(entry)
                lastHash = hash
                length += line.count + 1
            } else {
                truncate(path, off_t(length))
            }
            throw RecoveryError.sessionFailed(error)
        }
        length += line.count + 1
        entries.append(entry)
        lastHash = hash
        return entry
    }

    static func hash(_ line: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var hasher = SHA256()
        line.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return String(decoding: hasher.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    static func stamp(_ date: Date) -> String {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return formatter.string(from: date)
    }

    /// The kernel's name for this boot.
    public static let boot: String = {
        guard let bytes = try? OpenFile.forReading(path: "/proc/sys/kernel/random/boot_id").readAll(limit: 128) else { return "?" }
        return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    }()
}
