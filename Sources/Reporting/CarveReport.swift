import Carving
import Layouts
import MediaContainers
import Recordings
import Wording

/// What `carve` says, on the screen, as JSON, and in the lists beside the finds. Finds are streamed: there may be millions.
public enum CarveReport {
    /// Finds and their losses are handed out by the journal.
    public typealias Finds = ((Find) throws -> Void) throws -> Void

    private static let mostRows = 100

    public static func text(
        _ result: CarveResult, finds: Finds, output: String?, index: String?, zone: ZoneRules, language: Language, width: Int
    ) throws -> String {
        var table = Table([
            (language.offset, .right), (language.size, .right), (language.kindOfFile, .left), (language.start, .left),
            (language.length, .right), (language.frames, .right), (language.confidence, .right), (language.state, .left),
        ])
        var rows = 0
        try finds { find in
            rows += 1
            guard rows <= mostRows else { return }
            table.add([
                String(find.offset), language.size(find.byteCount), find.container.rawValue,
                find.start.map { Moment.text($0, zone) } ?? language.unknownTime, find.duration.map(language.duration) ?? "?",
                find.frameCount.map(language.count) ?? "?", language.percent(find.confidence), language.stateName(find.state.rawValue),
            ])
        }
        var text = rows > 0 ? table.text(width: width) : ""
        if rows > mostRows { text += language.moreRows(rows - mostRows) + "\n" }
        if rows > 0 { text += "\n" }
        text +=
            (result.finds > 0 ? language.foundOnDisk(result.finds, bytes: result.findBytes, of: result.byteCount) : language.nothingFound)
            + "\n"
        if result.isBlank { text += language.nothingButZeroes + "\n" }
        let kinds = result.byContainer.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \(language.count($0.value))" }
        if kinds.count > 1 { text += "  " + kinds.joined(separator: ", ") + "\n" }
        let states = MediaState.allCases.filter { $0 != .complete }.compactMap { state in
            result.byState[state.rawValue].map { "\(language.stateName(state.rawValue)) \(language.count($0))" }
        }
        if !states.isEmpty { text += "  " + states.joined(separator: ", ") + "\n" }
        if !result.unreadable.isEmpty { text += language.cannotBeReadOnDisk(result.unreadable.byteCount) + "\n" }
        if !result.missing.isEmpty { text += language.neverRescued(result.missing.byteCount) + "\n" }
        if let end = result.earlyEnd { text += language.diskEndsEarly(at: end, size: result.byteCount) + "\n" }
        guard let output, let index else { return text + language.nothingWritten + "\n" }
        if result.finds > 0 {
            text += language.checkSums(output) + "\n"
            text += language.goOnWithIndex(index) + "\n"
        }
        return text
    }

    public static func json(
        _ result: CarveResult, finds: Finds, source: String, output: String?, index: String?, map: String?,
        to write: @escaping (String) throws -> Void
    ) throws {
        let head: [(String, JSON)] = [
            ("schema", "camtrace-rescue/carve/1"), ("dryRun", .bool(output == nil)), ("source", .string(source)),
            ("sizeBytes", .optional(result.byteCount)), ("output", .optional(output)), ("index", .optional(index)), ("map", .optional(map)),
            ("findCount", .optional(result.finds)), ("findBytes", .optional(result.findBytes)),
            ("scannedBytes", .optional(result.scannedBytes)),
            ("states", counts(result.byState)), ("containers", counts(result.byContainer)),
            ("unreadable", ranges(result.unreadable)), ("notRescued", ranges(result.missing)),
            ("endsAtByte", .optional(result.earlyEnd)),
        ]
        try write("{\n")
        for (key, value) in head { try write("  \(JSON.string(key).line): \(value.text(indentation: 1)),\n") }
        try write("  \"finds\": [")
        var isFirst = true
        try finds { find in
            try write((isFirst ? "\n    " : ",\n    ") + row(find).line)
            isFirst = false
        }
        try write((isFirst ? "" : "\n  ") + "]\n}\n")
    }

    private static func row(_ find: Find) -> JSON {
        .object([
            ("offset", .optional(find.offset)), ("sizeBytes", .optional(find.byteCount)), ("file", .optional(find.file)),
            ("sha256", .optional(find.sha256)), ("confidence", .number(find.confidence)), ("state", .string(find.state.rawValue)),
            ("container", .string(find.container.rawValue)), ("videoCodec", .optional(find.video?.codec.rawValue)),
            ("width", .optional(find.video?.width)), ("height", .optional(find.video?.height)),
            ("audioCodec", .optional(find.audio?.rawValue)), ("start", .optional(find.start.map { ISO8601.format($0) })),
            ("timeSource", .string(find.start == nil ? "none" : "embedded")), ("durationSeconds", .seconds(find.duration)),
            ("frameCount", .optional(find.frameCount)), ("keyframeCount", .optional(find.keyframeCount)),
            ("playableBytes", .optional(find.playableBytes)),
            (
                "extents",
                .array(find.extents.map { .object([("offset", .optional($0.offset)), ("lengthBytes", .optional($0.length))]) })
            ),
            (
                "findings",
                .array(
                    find.findings.map { finding in
                        .object([
                            ("code", .string(finding.code)), ("byteOffset", .optional(finding.byteOffset)),
                            ("detail", .string(finding.detail)),
                        ])
                    })
            ),
        ])
    }

    private static func counts(_ values: [String: Int]) -> JSON {
        .object(values.sorted { $0.key < $1.key }.map { ($0.key, .optional($0.value)) })
    }

    /// The first of them: a failing disk has millions.
    private static func ranges(_ list: RangeList) -> JSON {
        .object([
            ("bytes", .optional(list.byteCount)), ("count", .optional(list.ranges.count)),
            (
                "ranges",
                .array(
                    list.ranges.prefix(1000).map { range in
                        .object([("offset", .optional(range.lowerBound)), ("lengthBytes", .optional(range.upperBound - range.lowerBound))])
                    })
            ),
        ])
    }

    /// A find as a row of an index.
    public static func segment(_ find: Find) -> FoundSegment {
        var segment = Segment(
            volumeID: 1, path: StoredPath(text: find.file ?? "", encoding: "utf-8"), sizeBytes: Int64(clamping: find.byteCount),
            modified: 0,
            state: find.state)
        segment.cameraID = 1
        segment.kind = find.container == .jpeg ? .snapshot : .unknown
        segment.container = find.container
        segment.video = find.video
        segment.audio = find.audio
        segment.start = find.start
        segment.duration = find.duration
        segment.frameCount = find.frameCount
        segment.keyframeCount = find.keyframeCount
        segment.timeSource = find.start == nil ? .none : .embedded
        segment.timeUncertainty = find.clocks.first?.uncertaintyMicroseconds
        segment.embeddedClock = find.clocks.first
        segment.playableBytes = Int64(clamping: find.playableBytes)
        segment.sha256 = find.sha256.flatMap(bytes)
        return FoundSegment(
            segment: segment,
            findings: find.findings.map {
                StoredFinding(code: $0.code, byteOffset: $0.byteOffset.flatMap(Int64.init(exactly:)), detail: $0.detail)
            },
            extents: find.extents.map { $0.offset..<($0.offset + $0.length) })
    }

    private static func bytes(_ digits: String) -> [UInt8]? {
        let nibbles = digits.compactMap(\.hexDigitValue)
        guard nibbles.count == digits.count, nibbles.count % 2 == 0 else { return nil }
        return stride(from: 0, to: nibbles.count, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) }
    }
}
