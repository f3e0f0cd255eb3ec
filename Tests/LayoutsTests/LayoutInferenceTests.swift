import Layouts
import Testing

private func infer(_ truths: [Truth], zone: String = "Europe/Paris") -> [InferredLayout] {
    LayoutInference.infer(truths.map(\.observation), zone: ZoneRules(identifier: zone) ?? .utc)
}

/// Every path's start as the layouts give it, against the truth.
func expectStarts(_ layouts: [InferredLayout], _ truths: [Truth], resolution: Int64, _ location: SourceLocation = #_sourceLocation) {
    let matcher = LayoutMatcher(layouts: layouts)
    var wrong = 0
    for truth in truths {
        guard let (index, fields) = matcher.match(truth.observation.path), let time = fields.time else {
            wrong += 1
            continue
        }
        let zone = layouts[index].zone.rules ?? .utc
        var candidates: [Int64]
        switch time.clock {
        case .utc: candidates = [time.microseconds]
        case .local:
            switch zone.utc(ofLocal: time.microseconds) {
            case .unique(let only): candidates = [only]
            case .twice(let first, let second): candidates = [first, second]
            case .skipped(let before, _): candidates = [before]
            }
        }
        if !candidates.contains(where: { truth.moment.utc >= $0 && truth.moment.utc < $0 + max(time.resolution, resolution) }) {
            wrong += 1
        }
    }
    #expect(wrong == 0, "wrong starts", sourceLocation: location)
}

@Suite struct LayoutInferenceTests {
    @Test(arguments: everyTree)
    func knownTree(_ layout: TreeCase) {
        let truths = tree(layout)
        let found = infer(truths)
        #expect(found.map(\.template.description) == [layout.template])
        #expect(found.first?.explained == truths.count)
        #expect(found.first?.cameras == layout.expectedKeys)
        guard layout.resolution > 0 else { return }
        let hasInstant = layout.template.contains("{epoch") || layout.template.contains("{zone}")
        if layout.resolution < 3_600_000_000 {
            #expect(found.first?.zone.identifier == (hasInstant ? "UTC" : layout.zone == "America/New_York" ? "-05:00" : layout.zone))
            expectStarts(found, truths, resolution: layout.resolution)
        }
        #expect(found.first.map { $0.confidence > (layout.resolution < 3_600_000_000 ? 0.6 : 0.3) && $0.confidence <= 1 } ?? false)
    }

    /// Without any clock and without durations the digits must be enough.
    @Test(arguments: everyTree.filter { $0.resolution > 0 && $0.resolution < 86_400_000_000 })
    func digitsAlone(_ layout: TreeCase) {
        let truths = tree(layout, TreeOptions(mtimes: .copied, durations: false))
        let found = infer(truths, zone: layout.zone)
        if !layout.template.contains("{duration") { #expect(found.map(\.template.description) == [layout.template]) }
        expectStarts(found, truths, resolution: layout.resolution)
    }
}
