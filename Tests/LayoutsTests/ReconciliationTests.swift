import Layouts
import Testing

/// A change of clocks and a zone around it.
struct ClockChange: Sendable, CustomTestStringConvertible {
    var zone: String
    /// Some hours before the change.
    var start: String
    var testDescription: String { zone + " " + start }

    static let all = [
        ClockChange(zone: "Europe/Paris", start: "2026-03-28T21:00:07Z"), ClockChange(zone: "Europe/Paris", start: "2026-10-24T20:00:07Z"),
        ClockChange(zone: "America/New_York", start: "2026-03-08T03:00:07Z"),
        ClockChange(zone: "America/New_York", start: "2026-11-01T02:00:07Z"),
        ClockChange(zone: "Australia/Lord_Howe", start: "2026-10-03T11:30:07Z"),
        ClockChange(zone: "Australia/Lord_Howe", start: "2026-04-04T11:00:07Z"),
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
        groups["\(index)|\(fields.camera ?? "")|\(fields.stream ?? "")", default: []].append(
            Entry(truth: truth, fields: fields, layout: index))
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
    static let layouts = everyTree.filter {
        $0.cameras.count < 8 && (1...1_000_000).contains($0.resolution) && $0.zone == "Europe/Paris"
    }

    @Test(arguments: ClockChange.all, [Mtimes.atEnd, .copied])
    func everyStartAcrossAChange(_ change: ClockChange, _ mtimes: Mtimes) {
        let place = ClockChange.all.firstIndex { $0.testDescription == change.testDescription } ?? 0
        // Every layout meets one of the changes.
        for (number, layout) in ReconciliationTests.layouts.enumerated() where number % 6 == place {
            let options = TreeOptions(start: change.start, segments: 80, mtimes: mtimes, zone: change.zone, segmentSeconds: 421)
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

@Suite struct ClockReconcilerTests {
    private static let paris = ZoneRules(identifier: "Europe/Paris") ?? .utc

    private func us(_ text: String) -> Int64 { ISO8601.parse(text) ?? -1 }

    private func path(_ local: String, resolution: Int64 = 1_000_000) -> PathTime {
        PathTime(microseconds: us(local + "Z"), clock: .local, resolution: resolution)
    }

    private func resolve(_ segments: [SegmentClocks], assumed: Bool = false) -> [ResolvedTime] {
        ClockReconciler.resolve(segments, zone: ClockReconcilerTests.paris, zoneIsAssumed: assumed)
    }

    @Test func theFinerClockWins() {
        let start = us("2026-03-05T16:03:07Z")
        let found = resolve([
            SegmentClocks(
                pathTime: path("2026-03-05T17:03:07"), embeddedUs: start + 310_000, embeddedUncertaintyUs: 1, durationUs: 60_000_000)
        ])
        #expect(found == [ResolvedTime(startUs: start + 310_000, source: .embedded, uncertaintyUs: 1)])
        let coarse = resolve([SegmentClocks(pathTime: path("2026-03-05T17:00:00", resolution: 3_600_000_000), embeddedUs: start)])
        #expect(coarse == [ResolvedTime(startUs: start, source: .embedded, uncertaintyUs: 500_000)])
    }

    @Test(
        arguments: [(1_000_000, 500_000), (60_000_000, 30_000_000), (3_600_000_000, 1_800_000_000), (1000, 500), (1, 1)] as [(Int64, Int64)]
    )
    func thePathTellsItsUncertainty(_ resolution: Int64, _ uncertainty: Int64) {
        let found = resolve([SegmentClocks(pathTime: path("2026-03-05T17:00:00", resolution: resolution))])
        #expect(found == [ResolvedTime(startUs: us("2026-03-05T16:00:00Z"), source: .path, uncertaintyUs: uncertainty)])
    }

    @Test func clocksThatAreNotBelieved() {
        let start = us("2026-03-05T16:03:07Z")
        func with(_ embedded: Int64, assumed: Bool = false) -> ResolvedTime? {
            resolve([SegmentClocks(pathTime: path("2026-03-05T17:03:07"), embeddedUs: embedded, durationUs: 60_000_000)], assumed: assumed)
                .first
        }
        #expect(with(0) == ResolvedTime(startUs: start, source: .path, uncertaintyUs: 500_000, disagreements: [.embeddedAbsurd]))
        #expect(with(us("2000-01-01T00:07:00Z"))?.disagreements == [.embeddedAbsurd])
        #expect(with(-2_082_844_800_000_000)?.disagreements == [.embeddedAbsurd])
        #expect(with(Int64.min)?.disagreements == [.embeddedAbsurd])
        #expect(with(Int64.max)?.disagreements == [.embeddedAbsurd])
        #expect(with(start + 60_000_000)?.disagreements == [.embeddedAtEnd])
        #expect(with(start + 60_000_000)?.startUs == start)
        #expect(with(start - 97_000_000)?.disagreements == [.embeddedOff(microseconds: 97_000_000)])
        #expect(with(start + 3_600_000_000)?.disagreements == [.zone(offsetSeconds: -3600)])
        #expect(with(start + 3_600_000_000)?.startUs == start)
        #expect(with(start + 3_600_000_000, assumed: true)?.startUs == start + 3_600_000_000)
    }

    @Test func aClockThatStandsStill() {
        let stuck = us("2026-03-05T10:00:00Z")
        let found = resolve(
            (0..<5).map { SegmentClocks(pathTime: path("2026-03-05T17:0\($0):07"), embeddedUs: stuck, durationUs: 60_000_000) })
        #expect(found.allSatisfy { $0.source == .path })
        #expect(found.dropFirst().allSatisfy { $0.disagreements == [.embeddedAbsurd] })
    }

    @Test func theSkippedHour() {
        let found = resolve([
            SegmentClocks(pathTime: path("2026-03-29T01:55:00")), SegmentClocks(pathTime: path("2026-03-29T02:30:00")),
            SegmentClocks(pathTime: path("2026-03-29T04:00:00")),
        ])
        #expect(found.map(\.startUs) == [us("2026-03-29T00:55:00Z"), us("2026-03-29T01:30:00Z"), us("2026-03-29T02:00:00Z")])
        #expect(found.map(\.disagreements) == [[], [.skippedHour], []])
    }

    /// Ten segments of 12 minutes that run through both passes, told apart by nothing, by a clock, by a counter, by joining.
    @Test(arguments: ["nothing", "embedded", "mtime", "mtime at start", "counter", "joining before", "joining after"])
    func theRepeatedHour(_ help: String) {
        let first = us("2026-10-24T23:54:11Z")
        let length: Int64 = 727_000_000
        var segments: [(clocks: SegmentClocks, start: Int64)] = []
        for index in 0..<12 {
            let start = first + Int64(index) * length
            if index == 0, help != "joining before" { continue }
            if index == 11, help != "joining after" { continue }
            var clocks = SegmentClocks(
                pathTime: PathTime(microseconds: ClockReconcilerTests.paris.local(ofUTC: start), clock: .local, resolution: 1_000_000))
            switch help {
            case "embedded": clocks.embeddedUs = start + 200_000
            case "mtime":
                clocks.mtimeUs = start + length
                clocks.durationUs = length
                clocks.mtimeTrusted = true
            case "mtime at start":
                clocks.mtimeUs = start + 1_000_000
                clocks.mtimeTrusted = true
            case "counter": clocks.sequence = Int64(index)
            case "joining before", "joining after": clocks.durationUs = length
            default: break
            }
            segments.append((clocks, start))
        }
        segments.sort { ($0.clocks.pathTime?.microseconds ?? 0) < ($1.clocks.pathTime?.microseconds ?? 0) }
        let found = resolve(segments.map(\.clocks))
        let ambiguous = found.filter { $0.disagreements.contains { if case .repeatedHour = $0 { true } else { false } } }
        #expect(ambiguous.count == 10)
        if help == "nothing" {
            #expect(ambiguous.allSatisfy { $0.uncertaintyUs == 3_600_000_000 && $0.disagreements == [.repeatedHour(by: .nothing)] })
        } else {
            #expect(zip(found, segments).allSatisfy { abs(($0.startUs ?? 0) - $1.start) <= 1_000_000 && $0.uncertaintyUs <= 500_000 })
        }
    }

    @Test func startsFromNeighbours() {
        let start = us("2026-03-05T16:00:00Z")
        let minute: Int64 = 60_000_000
        let before = resolve([
            SegmentClocks(pathTime: path("2026-03-05T17:00:00"), durationUs: minute), SegmentClocks(durationUs: minute),
            SegmentClocks(durationUs: minute),
        ])
        #expect(before.map(\.startUs) == [start, start + minute, start + 2 * minute])
        #expect(before.map(\.source) == [.path, .neighbour, .neighbour])
        #expect(before.map(\.uncertaintyUs) == [500_000, 2_500_000, 4_500_000])
        let after = resolve([
            SegmentClocks(durationUs: minute), SegmentClocks(durationUs: minute),
            SegmentClocks(pathTime: path("2026-03-05T17:00:00"), durationUs: minute),
        ])
        #expect(after.map(\.startUs) == [start - 2 * minute, start - minute, start])
        #expect(after.map(\.uncertaintyUs) == [4_000_000, 2_000_000, 500_000])
        let mtime = resolve([
            SegmentClocks(mtimeUs: start, mtimeTrusted: true, durationUs: minute),
            SegmentClocks(mtimeUs: start, mtimeTrusted: false, durationUs: minute),
        ])
        #expect(mtime.map(\.startUs) == [start - minute, start])
        #expect(mtime.map(\.source) == [.mtime, .neighbour])
        let gap = resolve([
            SegmentClocks(pathTime: path("2026-03-05T17:00:00"), durationUs: minute, sequence: 4),
            SegmentClocks(durationUs: minute, sequence: 9),
        ])
        #expect(gap.map(\.source) == [.path, .none])
        #expect(resolve([SegmentClocks(), SegmentClocks()]).map(\.startUs) == [nil, nil])
    }

    @Test func hostileValuesAndManySegments() {
        let extremes: [Int64?] = [nil, Int64.min, Int64.max, -1, 0, 1, 1_792_888_200_000_000]
        var segments: [SegmentClocks] = []
        for local in extremes {
            for other in extremes {
                let time = local.map { PathTime(microseconds: $0, clock: .local, resolution: other ?? 1_000_000) }
                let instant = other.map { PathTime(microseconds: $0, clock: .utc, resolution: 1_000_000) }
                segments.append(
                    SegmentClocks(
                        pathTime: time, embeddedUs: other, embeddedUncertaintyUs: other ?? 0, mtimeUs: local, mtimeTrusted: true,
                        durationUs: other, sequence: local))
                segments.append(
                    SegmentClocks(
                        pathTime: instant, embeddedUs: local, mtimeUs: other, mtimeTrusted: true, durationUs: local, sequence: other))
            }
        }
        #expect(resolve(segments).count == segments.count)
        // All in the hour that happens twice, or with no time at all.
        let repeated = (0..<20_000).map { SegmentClocks(pathTime: path("2026-10-25T02:30:00"), durationUs: 1_000_000 * Int64($0 % 3)) }
        let clock = ContinuousClock()
        let time = clock.measure {
            #expect(resolve(repeated).count == 20_000)
            #expect(resolve([SegmentClocks](repeating: SegmentClocks(durationUs: 1_000_000), count: 20_000)).count == 20_000)
        }
        #expect(time < .seconds(10))
    }

    /// What comes out one by one is what comes out at once, in order.
    @Test func streamingGivesTheSame() {
        let layout = KnownTrees.all[0]
        let truths = tree(layout, TreeOptions(start: "2026-10-24T20:00:07Z", segments: 90, mtimes: .copied, segmentSeconds: 421)).filter {
            $0.moment.camera == "gate"
        }
        let segments = truths.map {
            SegmentClocks(
                pathTime: PathTime(microseconds: $0.moment.local, clock: .local, resolution: 1_000_000), durationUs: $0.moment.durationUs)
        }
        .sorted { ($0.pathTime?.microseconds ?? 0) < ($1.pathTime?.microseconds ?? 0) }
        var reconciler = ClockReconciler(zone: ClockReconcilerTests.paris)
        var streamed: [ResolvedTime] = []
        var mostHeld = 0
        for (index, segment) in segments.enumerated() {
            streamed += reconciler.push(segment)
            mostHeld = max(mostHeld, index + 1 - streamed.count)
        }
        streamed += reconciler.finish()
        #expect(streamed == resolve(segments))
        #expect(mostHeld > 10 && mostHeld < 20)
        #expect(Set(streamed.compactMap(\.startUs)) == Set(truths.map(\.moment.utc)))
    }
}
