import Layouts
import Testing

/// A change of clocks and a zone around it.
struct ClockChange: Sendable, CustomTestStringConvertible {
    var zone: String
    /// Half a day before the change.
    var start: String
    var testDescription: String { zone + " " + start }

    static let all = [
        ClockChange(zone: "Europe/Paris", start: "2026-03-28T13:00:07Z"), ClockChange(zone: "Europe/Paris", start: "2026-10-24T13:00:07Z"),
        ClockChange(zone: "America/New_York", start: "2026-03-07T19:00:07Z"),
        ClockChange(zone: "America/New_York", start: "2026-10-31T18:00:07Z"),
        ClockChange(zone: "Australia/Lord_Howe", start: "2026-10-03T03:30:07Z"),
        ClockChange(zone: "Australia/Lord_Howe", start: "2026-04-04T03:00:07Z"),
    ]
}

/// Walks, matches, sorts and reconciles as the index does; the starts that are wrong by more than the path's resolution.
func wrongStarts(_ truths: [Truth], _ layouts: [InferredLayout], trusted: Bool, slack: Int64 = 1_000_000) -> [String] {
    let matcher = LayoutMatcher(layouts: layouts)
    struct Entry {
        var truth: Truth
        var fields: PathFields
        var layout: Int
    }
    var groups: [String: [Entry]] = [:]
    var wrong: [String] = []
    for truth in truths {
        guard let (index, fields) = matcher.match(truth.observation.path) else {
            wrong.append("no match: " + String(decoding: truth.observation.path, as: UTF8.self))
            continue
        }
        groups["\(index)|\(fields.camera ?? "")|\(fields.stream ?? "")", default: []].append(Entry(truth: truth, fields: fields, layout: index))
    }
    for (_, entries) in groups {
        let sorted = entries.sorted {
            ($0.fields.time?.microseconds ?? 0, String(decoding: $0.truth.observation.path, as: UTF8.self))
                < ($1.fields.time?.microseconds ?? 0, String(decoding: $1.truth.observation.path, as: UTF8.self))
        }
        let layout = layouts[sorted[0].layout]
        let resolved = ClockReconciler.resolve(
            sorted.map { entry in
                let file = entry.truth.observation
                return SegmentClocks(
                    pathTime: entry.fields.time, embeddedUs: file.embeddedUs, mtimeUs: file.mtimeUs, mtimeTrusted: trusted,
                    durationUs: file.durationUs, sequence: entry.fields.sequence)
            }, zone: layout.zone.rules ?? .utc)
        if resolved.count != sorted.count { wrong.append("\(resolved.count) of \(sorted.count)") }
        for (entry, time) in zip(sorted, resolved) {
            let truth = entry.truth.moment.utc
            if let start = time.startUs, abs(start - truth) <= slack, time.uncertaintyUs <= 1_000_000 { continue }
            wrong.append("\(String(decoding: entry.truth.observation.path, as: UTF8.self)) \(time) \(ISO8601.format(truth))")
        }
    }
    return wrong
}

@Suite struct ReconciliationTests {
    static let layouts = KnownTrees.all.filter { (1...1_000_000).contains($0.resolution) && $0.zone == "Europe/Paris" }

    @Test(arguments: ClockChange.all, [Mtimes.atEnd, .copied])
    func everyStartAcrossAChange(_ change: ClockChange, _ mtimes: Mtimes) {
        for layout in ReconciliationTests.layouts {
            var options = TreeOptions(start: change.start, segments: 200, mtimes: mtimes, zone: change.zone, segmentSeconds: 421)
            options.gap = 0
            let truths = tree(layout, options)
            // Without clocks that can be believed, the zone must be told.
            let hint = mtimes == .copied ? change.zone : "Europe/Paris"
            let found = LayoutInference.infer(truths.map(\.observation), zone: ZoneRules(identifier: hint) ?? .utc)
            #expect(found.count == 1, "\(layout.name): \(found.map(\.template.description))")
            let hasInstant = layout.template.contains("{epoch") || layout.template.contains("{zone}")
            if !hasInstant { #expect(found.first?.zone == .named(change.zone), "\(layout.name)") }
            let wrong = wrongStarts(truths, found, trusted: mtimes == .atEnd)
            #expect(wrong.isEmpty, "\(layout.name): \(wrong.count) \(wrong.prefix(3))")
        }
    }
}
