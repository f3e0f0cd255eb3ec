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
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return }
        for text in bytes.split(separator: 0x0A) {
            // A line cut short by a power cut is not a line.
            guard let line = try? JSONDecoder().decode(Line.self, from: text), line.request == request else { continue }
            lines[line.run] = line
        }
        if lines.isEmpty { try FileManager.default.removeItem(atPath: path) }
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
