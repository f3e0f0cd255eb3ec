import Foundation
import GRDB
import Layouts
import LinuxSystem

/// Writes an index in a form that other programs load.
public struct IndexExport {
    public enum Format: String, Sendable, CaseIterable {
        case csv, json, postgresql, mysql
    }

    let index: IndexReader

    public init(index: IndexReader) {
        self.index = index
    }

    /// Rows per table, for `--dry-run`.
    public func counts() throws -> [(table: String, rows: Int)] {
        try index.read { db in
            try SQLDump.tables.map { ($0.name, try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \($0.name)") ?? 0) }
        }
    }

    /// Refuses a place inside a volume of the index, and a file that no export wrote.
    public func checkDestination(_ path: String) throws {
        try DestinationGuard.check(path, againstVolumesOf: index)
        guard let status = try? FileStatus.of(path: path) else { return }
        guard status.kind == .regular else { throw RecordingsError.destinationExists(path: path) }
        let head = String(decoding: ((try? OpenFile.forReading(path: path).readAll(limit: 1)) ?? []).prefix(200), as: UTF8.self)
        let ours = [
            "SET client_encoding = 'UTF8';", "SET NAMES utf8mb4;", Self.columns.joined(separator: ",").prefix(40) + "",
            "{\n  \"schema\": \"camtrace-rescue/index-export/1\"",
        ]
        guard status.byteCount == 0 || ours.contains(where: head.hasPrefix) else { throw RecordingsError.destinationExists(path: path) }
    }

    /// Streams the document to `output`, piece by piece.
    public func write(_ format: Format, to output: (String) throws -> Void) throws {
        switch format {
        case .csv: try writeCSV(output)
        case .json: try writeJSON(output)
        case .postgresql: try SQLDump(dialect: .postgresql).write(index, to: output)
        case .mysql: try SQLDump(dialect: .mysql).write(index, to: output)
        }
    }

    private static let columns = [
        "id", "camera", "stream", "kind", "protected", "start_utc", "start_us", "duration_us", "time_source", "time_uncertainty_us",
        "state", "container", "video_codec", "width", "height", "audio_codec", "frame_count", "keyframe_count", "size_bytes",
        "playable_bytes", "mtime_ns", "sha256", "volume_uuid", "volume_path", "path", "path_encoding",
    ]

    private func forEachRow(_ body: ([DatabaseValue]) throws -> Void) throws {
        try index.read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT s.id, c.key, s.stream, s.kind, s.protected, NULL, s.start_us, s.duration_us, s.time_source, s.time_uncertainty_us,
                        s.state, s.container, s.video_codec, s.width, s.height, s.audio_codec, s.frame_count, s.keyframe_count, s.size_bytes,
                        s.playable_bytes, s.mtime_ns, lower(hex(s.sha256)), v.uuid, v.source_path, s.path, s.path_encoding
                    FROM segment s LEFT JOIN camera c ON c.id = s.camera_id JOIN volume v ON v.id = s.volume_id ORDER BY s.id
                    """)
            while let row = try rows.next() {
                var values = Array(row.databaseValues)
                if let start = row.time("start_us") { values[5] = ISO8601.format(start).databaseValue }
                if String.fromDatabaseValue(values[21]) == "" { values[21] = .null }
                try body(values)
            }
        }
    }

    /// RFC 4180, with a header line.
    private func writeCSV(_ output: (String) throws -> Void) throws {
        try output(Self.columns.joined(separator: ",") + "\r\n")
        try forEachRow { values in
            let fields = values.map { value -> String in
                switch value.storage {
                case .null: return ""
                case .int64(let number): return String(number)
                case .double(let number): return String(number)
                case .string(let text): return Self.quoted(text)
                case .blob: return ""
                }
            }
            try output(fields.joined(separator: ",") + "\r\n")
        }
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private func writeJSON(_ output: (String) throws -> Void) throws {
        let meta = try index.meta().sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        try output(
            "{\n  \"schema\": \"camtrace-rescue/index-export/1\",\n  \"meta\": \(JSON.object(meta).text(indentation: 1)),\n  \"segments\": ["
        )
        var first = true
        try forEachRow { values in
            let members = zip(Self.columns, values).map { column, value -> (String, JSON) in
                let name = Self.camelCase(column)
                switch value.storage {
                case .null: return (name, .null)
                case .int64(let number): return (name, column == "protected" ? .bool(number != 0) : .integer(number))
                case .double(let number): return (name, .number(number))
                case .string(let text): return (name, .string(text))
                case .blob: return (name, .null)
                }
            }
            try output((first ? "\n    " : ",\n    ") + JSON.object(members).line)
            first = false
        }
        try output("\n  ]\n}\n")
    }

    /// `start_us` -> `startUs`; bytes end in `Bytes` already.
    private static func camelCase(_ column: String) -> String {
        let words = column.split(separator: "_")
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
