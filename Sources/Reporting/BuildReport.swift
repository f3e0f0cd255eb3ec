import Layouts
import MediaContainers
import Recordings
import Wording

/// What `index build` and `index layout` say.
public enum BuildReport {
    public static func text(_ result: BuildResult, indexPath: String, language: Language, width: Int) -> String {
        var lines = [language.found(segments: result.segments, cameras: result.cameras)]
        let states: [MediaState] = [.complete, .truncated, .damaged, .unreadable, .empty]
        let counted = states.compactMap { state in
            result.byState[state].map { language.stateCount(state.rawValue, $0) }
        }
        if !counted.isEmpty { lines.append(counted.joined(separator: ", ") + ".") }
        if let first = result.firstStart, let last = result.lastEnd {
            lines.append(
                language.recordedBetween(
                    Moment.text(first, result.zone), Moment.text(last, result.zone), zone: result.zone.identifier))
        }
        if let zone = assumedZone(result.layouts) { lines.append(language.zoneAssumed(zone)) }
        if result.duplicates > 0 { lines.append(language.duplicates(result.duplicates)) }
        if result.otherFiles > 0 { lines.append(language.otherFiles(result.otherFiles)) }
        if result.reused > 0 { lines.append(language.reused(result.reused)) }
        lines += result.sourcesWithoutRecordings.map { language.noRecordingsIn(Table.printable($0)) }
        if result.vanished > 0 { lines.append(language.vanished(result.vanished)) }
        if result.walk.links > 0 { lines.append(language.linksNotFollowed(result.walk.links)) }
        if !result.walk.unreadableFolders.isEmpty {
            lines.append(language.unreadableFolders(result.walk.unreadableFolders.count))
            lines += result.walk.unreadableFolders.prefix(10).map { "  " + Table.printable($0.path.text.isEmpty ? "." : $0.path.text) }
        }
        var text = lines.joined(separator: "\n") + "\n\n" + layouts(result.layouts, language: language, width: width)
        text += "\n" + language.indexWritten(indexPath) + "\n"
        if result.hasLosses { text += language.lookAtLosses(indexPath) + "\n" }
        return text
    }

    /// The zone that was taken for want of anything that shows it; nil where none was.
    private static func assumedZone(_ layouts: [InferredLayout]) -> String? {
        for layout in layouts {
            for case .zoneAssumed(let zone) in layout.evidence { return zone }
        }
        return nil
    }

    public static func json(_ result: BuildResult, indexPath: String) -> JSON {
        .object([
            ("schema", "camtrace-rescue/index-build/1"),
            ("index", .string(indexPath)),
            ("segments", .optional(result.segments)),
            ("cameras", .optional(result.cameras)),
            ("states", .object(MediaState.allCases.map { ($0.rawValue, .optional(result.byState[$0] ?? 0)) })),
            ("firstStart", .optional(result.firstStart.map { ISO8601.format($0) })),
            ("lastEnd", .optional(result.lastEnd.map { ISO8601.format($0) })),
            ("timeZone", .string(result.zone.identifier)),
            ("duplicateFiles", .optional(result.duplicates)),
            ("nonVideoFiles", .optional(result.otherFiles)),
            ("reusedFiles", .optional(result.reused)),
            ("sourcesWithoutRecordings", .array(result.sourcesWithoutRecordings.map(JSON.string))),
            ("vanishedFiles", .optional(result.vanished)),
            ("symbolicLinks", .optional(result.walk.links)),
            ("specialFiles", .optional(result.walk.specials)),
            (
                "unreadableFolders",
                .array(
                    result.walk.unreadableFolders.map { folder in
                        .object([
                            ("path", .string(folder.path.text)), ("pathEncoding", .string(folder.path.encoding)),
                            ("errno", .optional(folder.errno)),
                        ])
                    })
            ),
            ("layouts", .array(result.layouts.map(LayoutDescription.json))),
        ])
    }

    public static func layouts(_ layouts: [InferredLayout], language: Language, width: Int) -> String {
        guard !layouts.isEmpty else { return language.noLayout() + "\n" }
        var table = Table([
            (language.files, .right), (language.confidence, .right), (language.zone, .left), (language.template, .left),
        ])
        for layout in layouts {
            table.add([
                language.count(layout.explained), language.percent(layout.confidence), layout.zone.identifier, layout.template.description,
            ])
        }
        return table.text(width: max(width, 40))
    }

    public static func layoutText(_ layouts: [InferredLayout], language: Language) -> String {
        guard !layouts.isEmpty else { return language.noLayout() + "\n" }
        var text = ""
        for layout in layouts {
            // A template is copied by hand into --layout: it is never shortened.
            text += layout.template.description + "\n"
            text += "  " + language.layoutFacts(files: layout.explained, confidence: layout.confidence, zone: layout.zone.identifier) + "\n"
            if !layout.cameras.isEmpty {
                let shown = layout.cameras.prefix(8).map(Table.printable).joined(separator: ", ")
                text += "  " + language.layoutCameras(layout.cameras.count, shown + (layout.cameras.count > 8 ? ", …" : "")) + "\n"
            }
            for evidence in layout.evidence { text += "  - " + EvidenceSentence.text(evidence, language) + "\n" }
        }
        return text
    }

    public static func layoutJSON(_ layouts: [InferredLayout]) -> JSON {
        .object([("schema", "camtrace-rescue/index-layout/1"), ("layouts", .array(layouts.map(LayoutDescription.json)))])
    }
}

/// Times in tables: local to the index's zone.
public enum Moment {
    /// `2026-03-29 01:59:00 +01:00`
    public static func text(_ microseconds: Int64, _ zone: ZoneRules) -> String {
        let iso = ISO8601.format(microseconds, zone: zone)
        return String(iso.prefix(10)) + " " + String(iso.dropFirst(11).prefix(8)) + " " + String(iso.dropFirst(19))
    }
}
