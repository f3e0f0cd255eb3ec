import Foundation
import Glibc
import LinuxSystem

/// What was found, one line each, in the order in which it was written. It grows with the finds and is never held in memory.
///
/// The first line says of which disk, so that a journal of another is not continued.
public final class CarveJournal {
    static let name = ".camtrace-rescue-carve.jsonl"

    private struct Head: Codable, Equatable {
        var schema = "camtrace-rescue/carve-journal/1"
        var source: String
    }

    public let path: String
    private var pending: [UInt8] = []
    private let encoder = JSONEncoder()

    init(path: String) {
        self.path = path
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    }

    /// Whether a journal is there, and of this disk.
    enum Standing {
        case none, ours, another
    }

    func standing(source: String) throws -> Standing {
        guard FileManager.default.fileExists(atPath: path) else { return .none }
        var reader = try LineReader(path)
        guard let line = try reader.next(), let head = try? JSONDecoder().decode(Head.self, from: Data(line)) else { return .another }
        return head == Head(source: source) ? .ours : .another
    }

    func begin(source: String) throws {
        pending = Array(try encoder.encode(Head(source: source))) + [0x0A]
        try sync()
    }

    private struct AnchorLine: Codable {
        var anchors: [Anchor]
    }

    func append(_ find: Find) throws {
        pending += Array(try encoder.encode(find)) + [0x0A]
    }

    func append(_ anchors: [Anchor]) throws {
        if !anchors.isEmpty { pending += Array(try encoder.encode(AnchorLine(anchors: anchors))) + [0x0A] }
    }

    /// To the disk, all of what is pending or nothing: a destination that is full must not leave half a line.
    func sync() throws {
        guard !pending.isEmpty else { return }
        let before = (try? FileStatus.of(path: path))?.byteCount ?? 0
        do {
            // A power cut may have left one all the same: it ends here, and is no find.
            try AppendOnlyFile.append(before > 0 && !endsLine ? [0x0A] + pending : pending, to: path)
        } catch {
            truncate(path, off_t(clamping: before))
            throw error
        }
        endsLine = true
        pending.removeAll(keepingCapacity: true)
    }

    /// False where nothing is known of the end of the file, as at the beginning of a run.
    private var endsLine = false

    /// Every find that is settled: written, or shown in a dry run.
    public func forEach(_ body: (Find) throws -> Void) throws {
        try forEachLine { line, decoder in
            // The head is no find, and a line cut short by a power cut is no line.
            guard let find = try? decoder.decode(Find.self, from: line), find.pending == nil else { return }
            try body(find)
        }
    }

    /// Pieces whose rest was not looked for yet, and the places where such rests may begin.
    func unsettled() throws -> (pieces: [Find], anchors: Set<Anchor>) {
        var pieces: [UInt64: Find] = [:]
        var anchors: Set<Anchor> = []
        try forEachLine { line, decoder in
            if let find = try? decoder.decode(Find.self, from: line) {
                pieces[find.offset] = find.pending == nil ? nil : find
            } else if let found = try? decoder.decode(AnchorLine.self, from: line) {
                anchors.formUnion(found.anchors)
            }
        }
        return (pieces.values.sorted { $0.offset < $1.offset }, anchors)
    }

    private func forEachLine(_ body: (Data, JSONDecoder) throws -> Void) throws {
        try sync()
        guard FileManager.default.fileExists(atPath: path) else { return }
        var reader = try LineReader(path)
        let decoder = JSONDecoder()
        while let line = try reader.next() { try body(Data(line), decoder) }
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// The lines of a file, one at a time.
struct LineReader {
    private let file: OpenFile
    private var offset: UInt64 = 0
    private var buffer: [UInt8] = []
    private var start = 0
    /// A find with its findings takes a few kilobytes.
    private static let longest = 16 << 20

    init(_ path: String) throws(SystemError) {
        file = try OpenFile.forReading(path: path)
    }

    mutating func next() throws(SystemError) -> ArraySlice<UInt8>? {
        while true {
            if let end = buffer[start...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            guard buffer.count - start < Self.longest else { return nil }
            buffer.removeFirst(start)
            start = 0
            let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
            defer { chunk.deallocate() }
            let got = try file.read(at: offset, into: chunk)
            guard got > 0 else {
                guard !buffer.isEmpty else { return nil }
                defer { buffer = [] }
                return buffer[...]
            }
            offset += UInt64(got)
            buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<got]))
        }
    }
}
