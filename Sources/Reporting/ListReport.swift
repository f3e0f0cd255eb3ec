import Layouts
import MediaContainers
import Recordings
import Wording

/// What `index list` says: one line per segment, a finding where something was lost.
public enum ListReport {
    /// Streams its rows: an index may hold millions.
    public static func text(
        _ index: IndexReader, _ selection: IndexReader.Selection, zone: ZoneRules, language: Language, width: Int,
        to output: (String) throws -> Void
    ) throws {
        let names = Dictionary(try index.cameras().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let longest = min(max(names.values.map { Table.printable($0).count }.max() ?? 6, 6), 16)
        // Column widths are fixed beforehand, because the rows are not held.
        var pending: [Segment] = []
        var first = true
        func flush() throws {
            guard !pending.isEmpty else { return }
            var table = Table([
                (pad(language.camera, longest), .left), (pad(language.start, 26), .left), (pad(language.length, 8), .right),
                (pad(language.state, 9), .left),
                (language.file, .left),
            ])
            for segment in pending {
                table.add([
                    clipped(segment.cameraID.flatMap { names[$0] } ?? "?", longest),
                    (segment.start.map { Moment.text($0, zone) } ?? language.unknownTime)
                        + ((segment.timeUncertainty ?? 0) > 1_000_000 ? "?" : ""),
                    segment.duration.map { seconds($0, language) } ?? "?", language.stateName(segment.state.rawValue), segment.path.text,
                ])
            }
            let text = table.text(width: width)
            try output(first ? text : String(text.drop { $0 != "\n" }.dropFirst()))
            first = false
            pending = []
        }
        var count = 0
        var duration: Int64 = 0
        var worst: [(Segment, [StoredFinding])] = []
        var lossCount = 0
        try index.forEachSegment(selection) { segment in
            pending.append(segment)
            count += 1
            duration = duration.addingReportingOverflow(segment.duration ?? 0).partialValue
            if segment.state != .complete {
                lossCount += 1
                if worst.count < 20 { worst.append((segment, try index.findings(of: segment.id))) }
            }
            if pending.count == 500 { try flush() }
        }
        try flush()
        try output("\n\(language.segments(count)), \(language.duration(duration)).\n")
        guard lossCount > 0 else { return }
        try output("\n\(language.lost(lossCount))\n")
        for (segment, findings) in worst {
            try output("  " + language.entry(Table.printable(segment.path.text), language.stateName(segment.state.rawValue)) + "\n")
            for line in language.messages(of: findings) { try output("    \(line)\n") }
        }
        if lossCount > worst.count { try output("  \(language.moreRows(lossCount - worst.count))\n") }
    }

    public static func json(_ index: IndexReader, _ selection: IndexReader.Selection, zone: ZoneRules, to output: (String) throws -> Void)
        throws
    {
        let cameras = try index.cameras()
        let names = Dictionary(cameras.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let volumes = Dictionary(try index.volumes().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        try output(
            "{\n  \"schema\": \"camtrace-rescue/index-list/1\",\n  \"timeZone\": \(JSON.string(zone.identifier).text()),\n  \"cameras\": ")
        try output(JSON.array(cameras.map { .object([("key", .string($0.key)), ("name", .string($0.name))]) }).text(indentation: 1))
        try output(",\n  \"segments\": [")
        var first = true
        try index.forEachSegment(selection) { segment in
            let findings = try index.findings(of: segment.id).map { finding in
                JSON.object([
                    ("code", .string(finding.code)), ("byteOffset", .optional(finding.byteOffset)), ("detail", .string(finding.detail)),
                ])
            }
            let volume = volumes[segment.volumeID]
            let row: JSON = .object([
                ("id", .integer(segment.id)),
                ("camera", .optional(segment.cameraID.flatMap { names[$0]?.key })),
                ("stream", .optional(segment.stream)),
                ("kind", .string(segment.kind.rawValue)),
                ("protected", .bool(segment.isProtected)),
                ("start", .optional(segment.start.map { ISO8601.format($0) })),
                ("startLocal", .optional(segment.start.map { ISO8601.format($0, zone: zone, fraction: true) })),
                ("durationSeconds", .seconds(segment.duration)),
                ("timeSource", .string(segment.timeSource.rawValue)),
                ("timeUncertaintySeconds", .seconds(segment.timeUncertainty)),
                ("state", .string(segment.state.rawValue)),
                ("container", .optional(segment.container?.rawValue)),
                ("videoCodec", .optional(segment.video?.codec.rawValue)),
                ("width", .optional(segment.video?.width)),
                ("height", .optional(segment.video?.height)),
                ("audioCodec", .optional(segment.audio?.rawValue)),
                ("frameCount", .optional(segment.frameCount)),
                ("keyframeCount", .optional(segment.keyframeCount)),
                ("sizeBytes", .integer(segment.sizeBytes)),
                ("playableBytes", .integer(segment.playableBytes)),
                ("volume", .optional(volume?.sourcePath)),
                ("path", .string(segment.path.text)),
                ("pathEncoding", .string(segment.path.encoding)),
                ("findings", .array(findings)),
            ])
            try output((first ? "\n    " : ",\n    ") + row.line)
            first = false
        }
        try output("\n  ]\n}\n")
    }

    private static func seconds(_ microseconds: Int64, _ language: Language) -> String {
        language.decimal(Double(microseconds) / 1_000_000, places: 1) + " s"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func clipped(_ text: String, _ width: Int) -> String {
        let text = Table.printable(text)
        return text.count <= width ? text : String(text.prefix(width - 1)) + "…"
    }
}
