import Foundation
import LinuxSystem
import Recordings

/// Which runs of an extraction are done: one line each, synced. A journal of another request is not continued.
struct Journal {
    private struct Line: Codable {
        var request: String
        var run: String
        var clips: [Clip]
        var losses: [Clip.Loss]
    }
    private let path: String
    private let request: String
    private var lines: [String: Line] = [:]

    init(path: String, request: String) throws {
        self.path = path
        self.request = request
        let before = Self.read(path)
        for line in before ?? [] where line.request == request { lines[line.run] = line }
        if before != nil, lines.isEmpty { try FileManager.default.removeItem(atPath: path) }
        // Whose folder it is, is known from the first clip on, however large that is.
        if lines.isEmpty { try append(Self.beginning, clips: [], losses: []) }
    }

    /// In place of the key of a run.
    private static let beginning = ""

    /// What began here and did not finish.
    static func requests(_ path: String) -> Set<String> { Set((read(path) ?? []).map(\.request)) }

    private static func read(_ path: String) -> [Line]? {
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return nil }
        // A line cut short by a power cut is not a line.
        return bytes.split(separator: 0x0A).compactMap { try? JSONDecoder().decode(Line.self, from: $0) }
    }

    var fileNames: Set<String> { Set(lines.values.flatMap { $0.clips.map { $0.file.lowercased() } }) }

    /// What a run gave, if all of it is still there.
    func finished(_ run: String, in output: String) -> (clips: [Clip], losses: [Clip.Loss])? {
        guard let line = lines[run] else { return nil }
        for clip in line.clips {
            guard let status = try? FileStatus.of(path: output + "/" + clip.file), status.byteCount == clip.sizeBytes else { return nil }
        }
        return (line.clips, line.losses)
    }

    mutating func append(_ run: String, clips: [Clip], losses: [Clip.Loss]) throws {
        let line = Line(request: request, run: run, clips: clips, losses: losses)
        lines[run] = line
        try AppendOnlyFile.append(Array(try JSONEncoder().encode(line)) + [0x0A], to: path)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
