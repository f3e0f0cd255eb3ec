import Extraction
import Layouts
import Recordings
import Wording

/// What `index check` says.
public enum CheckReport {
    private static let order: [CheckResult.Change] = [.volumeMissing, .missing, .changed, .unreadable, .new]

    public static func text(_ result: CheckResult, language: Language, width: Int) -> String {
        if result.counts.isEmpty { return language.nothingChanged(result.checked) + "\n" }
        var table = Table([(language.change, .left), (language.file, .left)])
        for entry in result.entries.prefix(50) { table.add([language.changeName(entry.change.rawValue), entry.path]) }
        var text = table.text(width: width)
        let total = result.counts.values.reduce(0, +)
        if total > 50 { text += language.moreRows(total - 50) + "\n" }
        let sums = order.compactMap { change in result.counts[change].map { language.changes(change.rawValue, $0) } }
        return text + "\n" + language.segments(result.checked) + ", " + sums.joined(separator: ", ") + ".\n"
    }

    public static func json(_ result: CheckResult) -> JSON {
        .object([
            ("schema", "camtrace-rescue/index-check/1"),
            ("checked", .optional(result.checked)),
            (
                "counts",
                .object(order.map { ($0.rawValue == "volume-missing" ? "volumeMissing" : $0.rawValue, .optional(result.counts[$0] ?? 0)) })
            ),
            (
                "changes",
                .array(
                    result.entries.map { entry in
                        .object([
                            ("change", .string(entry.change.rawValue)), ("volume", .integer(entry.volumeID)), ("path", .string(entry.path)),
                            ("detail", .string(entry.detail)),
                        ])
                    })
            ),
        ])
    }
}

/// What `index merge` says.
public enum MergeReport {
    public static func text(_ result: IndexMerge.Result, indexPath: String, language: Language) -> String {
        var lines = [language.merged(indexes: result.indexes, segments: result.segments, cameras: result.cameras)]
        if result.duplicates > 0 { lines.append(language.duplicates(result.duplicates)) }
        lines += result.renamedCameras.map(Table.printable).map(language.renamedCamera)
        lines.append(language.indexWritten(indexPath))
        return lines.joined(separator: "\n") + "\n"
    }

    public static func json(_ result: IndexMerge.Result, indexPath: String) -> JSON {
        .object([
            ("schema", "camtrace-rescue/index-merge/1"), ("index", .string(indexPath)), ("indexes", .optional(result.indexes)),
            ("segments", .optional(result.segments)), ("cameras", .optional(result.cameras)),
            ("duplicateFiles", .optional(result.duplicates)),
            ("renamedCameras", .array(result.renamedCameras.map(JSON.string))),
        ])
    }
}

/// What `extract` says, before and after.
public enum ExtractReport {
    public static func planText(_ plan: ClipPlan, output: String, zone: ZoneRules, language: Language, width: Int) -> String {
        var table = Table([
            (language.camera, .left), (language.start, .left), (language.length, .right), (language.size, .right), (language.file, .left),
        ])
        for run in plan.runs.prefix(200) {
            let duration = run.segments.reduce(Int64(0)) { $0 &+ ($1.duration ?? 0) }
            let more = run.segments.count > 1 ? " +\(run.segments.count - 1)" : ""
            table.add([
                run.camera.name, run.start.map { Moment.text($0, zone) } ?? language.unknownTime, language.duration(duration),
                language.size(UInt64(clamping: run.sourceBytes)), (run.segments.first?.path.text ?? "") + more,
            ])
        }
        let duration = plan.runs.reduce(Int64(0)) { $0 &+ $1.segments.reduce(Int64(0)) { $0 &+ ($1.duration ?? 0) } }
        let bytes = plan.runs.reduce(UInt64(0)) { $0 &+ UInt64(clamping: $1.sourceBytes) }
        return table.text(width: width) + (plan.runs.count > 200 ? language.moreRows(plan.runs.count - 200) + "\n" : "")
            + "\n" + language.wouldWrite(clips: plan.runs.count, duration: duration, bytes: bytes) + "\n"
            + language.wouldWriteTo(Table.printable(output)) + "\n"
            + gaps(plan, zone: zone, language: language)
    }

    public static func planJSON(_ plan: ClipPlan, output: String) -> JSON {
        .object([
            ("schema", "camtrace-rescue/extract/1"), ("dryRun", true), ("output", .string(output)),
            (
                "clips",
                .array(
                    plan.runs.map { run in
                        .object([
                            ("camera", .string(run.camera.key)), ("stream", .optional(run.stream)),
                            ("start", .optional(run.start.map { ISO8601.format($0) })),
                            ("end", .optional(run.end.map { ISO8601.format($0) })), ("sourceBytes", .integer(run.sourceBytes)),
                            ("sources", .array(run.segments.map { .string($0.path.text) })),
                        ])
                    })
            ),
            ("gaps", .array(plan.gaps.map(gap))),
            ("unplayable", .array(plan.unplayable.map { .string($0.path.text) })),
        ])
    }

    public static func text(_ result: ExtractionResult, plan: ClipPlan, output: String, zone: ZoneRules, language: Language, width: Int)
        -> String
    {
        var table = Table([(language.frames, .right), (language.size, .right), (language.file, .left)])
        for clip in result.clips.prefix(50) {
            table.add([clip.frameCount.map(language.count) ?? "?", language.size(clip.sizeBytes), clip.file])
        }
        var text = table.text(width: width)
        if result.clips.count > 50 { text += language.moreRows(result.clips.count - 50) + "\n" }
        let frames = result.clips.reduce(0) { $0 + ($1.frameCount ?? 0) }
        let duration = result.clips.reduce(Int64(0)) { $0 &+ $1.duration }
        text += "\n" + language.extracted(clips: result.clips.count, frames: frames, duration: duration) + "\n"
        text += gaps(plan, zone: zone, language: language)
        let losses = result.losses + result.clips.flatMap(\.losses)
        if !losses.isEmpty {
            text += language.lost(losses.count) + "\n"
            text += list(losses, language)
        }
        text += language.playlist(output + "/playlist.m3u8") + "\n"
        return text + language.checkSums(output) + "\n"
    }

    public static func json(_ result: ExtractionResult, plan: ClipPlan, output: String) -> JSON {
        .object([
            ("schema", "camtrace-rescue/extract/1"), ("dryRun", false), ("output", .string(output)),
            ("manifest", .string(output + "/manifest.json")),
            (
                "clips",
                .array(
                    result.clips.map { clip in
                        .object([
                            ("file", .string(clip.file)), ("camera", .string(clip.camera.key)), ("stream", .optional(clip.stream)),
                            ("start", .optional(clip.start.map { ISO8601.format($0) })), ("durationSeconds", .seconds(clip.duration)),
                            ("container", .string(clip.container)), ("frameCount", .optional(clip.frameCount)),
                            ("sizeBytes", .integer(Int64(clamping: clip.sizeBytes))), ("sha256", .string(clip.sha256)),
                            ("losses", .array(clip.losses.map(loss))),
                        ])
                    })
            ),
            ("gaps", .array(plan.gaps.map(gap))),
            ("losses", .array(result.losses.map(loss))),
            ("playlists", .array(result.playlists.map(JSON.string))),
        ])
    }

    /// What is lost in the same way is told once: a disk that is gone loses all its files alike.
    private static func list(_ losses: [Clip.Loss], _ language: Language) -> String {
        var kinds: [(sentence: String, paths: [String])] = []
        var known: [String: Int] = [:]
        for loss in losses {
            let sentence = language.message(of: loss)
            if let index = known[sentence] {
                kinds[index].paths.append(loss.path)
            } else {
                known[sentence] = kinds.count
                kinds.append((sentence, [loss.path]))
            }
        }
        var text = ""
        for (sentence, paths) in kinds.prefix(30) {
            let others = paths.count > 1 ? " (" + language.andMore(paths.count - 1) + ")" : ""
            text += "  " + language.entry(Table.printable(paths[0]) + others, sentence) + "\n"
        }
        return text + (kinds.count > 30 ? "  " + language.moreRows(kinds.count - 30) + "\n" : "")
    }

    private static func gaps(_ plan: ClipPlan, zone: ZoneRules, language: Language) -> String {
        guard !plan.gaps.isEmpty else { return "" }
        var text = language.gaps(plan.gaps.count) + "\n"
        for gap in plan.gaps.prefix(20) {
            text += "  " + language.gap(Table.printable(gap.camera), Moment.text(gap.from, zone), gap.to - gap.from) + "\n"
        }
        if plan.gaps.count > 20 { text += "  " + language.moreRows(plan.gaps.count - 20) + "\n" }
        return text
    }

    private static func gap(_ gap: Gap) -> JSON {
        .object([
            ("camera", .string(gap.camera)), ("stream", .optional(gap.stream)), ("from", .string(ISO8601.format(gap.from))),
            ("to", .string(ISO8601.format(gap.to))), ("durationSeconds", .seconds(gap.to - gap.from)),
        ])
    }

    private static func loss(_ loss: Clip.Loss) -> JSON {
        .object([("code", .string(loss.code.rawValue)), ("path", .string(loss.path)), ("detail", .string(loss.detail))])
    }
}
