import Layouts
import Testing

private let paris = ZoneRules(identifier: "Europe/Paris") ?? .utc

private func infer(_ options: TreeOptions, hint: ZoneRules = paris) -> InferredLayout? {
    LayoutInference.infer(tree(KnownTrees.all[0], options).map(\.observation), zone: hint).first
}

@Suite struct ZoneInferenceTests {
    @Test(arguments: [
        ("Europe/Paris", "Europe/Paris"), ("UTC", "UTC"), ("Asia/Kolkata", "+05:30"), ("America/New_York", "-05:00"),
        ("Asia/Kathmandu", "+05:45"),
    ])
    func oneOffset(_ written: String, _ verdict: String) {
        for embedded in [false, true] {
            let found = infer(TreeOptions(mtimes: embedded ? .none : .atEnd, embedded: embedded, zone: written))
            #expect(found?.zone.identifier == verdict)
            let offset = ZoneRules(identifier: written)?.offsetSeconds(atUTC: 1_772_730_187_000_000) ?? 0
            #expect(
                found?.evidence.contains {
                    switch $0 {
                    case .embeddedAgrees(let agree, let of, let seconds): embedded && agree == of && seconds == offset
                    case .mtimeAgrees(let agree, let of, let seconds, let atStart):
                        !embedded && agree == of && seconds == offset && !atStart
                    default: false
                    }
                } == true)
        }
        #expect(infer(TreeOptions(mtimes: .atStart, zone: written))?.zone.identifier == verdict)
        // Without durations the step from name to name stands in for them.
        #expect(infer(TreeOptions(durations: false, zone: written))?.zone.identifier == verdict)
    }

    @Test func aHintThatFitsIsKept() {
        let newYork = ZoneRules(identifier: "EST5EDT,M3.2.0,M11.1.0") ?? .utc
        #expect(infer(TreeOptions(zone: "America/New_York"), hint: newYork)?.zone == .named("EST5EDT,M3.2.0,M11.1.0"))
        #expect(infer(TreeOptions(zone: "Europe/Paris"), hint: newYork)?.zone == .named("Europe/Paris"))
    }

    @Test(arguments: ClockChange.all)
    func aChangeNamesTheZone(_ change: ClockChange) {
        let found = infer(TreeOptions(start: change.start, segments: 80, zone: change.zone, segmentSeconds: 421))
        #expect(found?.zone == .named(change.zone))
        #expect(found?.evidence.contains { if case .dstSeen = $0 { true } else { false } } == true)
    }

    /// No clock at all: the hour that is missing from the names tells that they follow the zone.
    @Test func theMissingHour() {
        let spring = "2026-03-28T21:00:07Z"
        let followed = infer(TreeOptions(start: spring, segments: 80, mtimes: .none, segmentSeconds: 421))
        #expect(followed?.evidence.contains(.dstSeen(at: ISO8601.parse("2026-03-29T01:00:00Z") ?? 0)) == true)
        let winter = infer(TreeOptions(start: spring, segments: 80, mtimes: .none, zone: "+01:00", segmentSeconds: 421))
        #expect(winter?.zone == .fixed(offsetSeconds: 3600))
        #expect(winter?.evidence.contains(.dstNotFollowed(at: ISO8601.parse("2026-03-29T01:00:00Z") ?? 0)) == true)
    }

    @Test func destroyedModificationTimes() {
        let found = infer(TreeOptions(mtimes: .copied))
        #expect(found?.evidence.contains(.mtimesDestroyed(agree: 0, of: 270)) == true)
        #expect(found?.evidence.contains(.zoneAssumed("Europe/Paris")) == true)
        // Nothing is assumed where somebody says it.
        let given = found?.with(givenZone: .utc)
        #expect(given?.zone == .utc)
        #expect(given?.evidence.contains(.zoneGiven("UTC", instead: nil)) == true)
        #expect(given?.evidence.contains(.zoneAssumed("Europe/Paris")) == false)
        #expect(found?.zone == .named("Europe/Paris"))
        #expect((found?.confidence ?? 1) < (infer(TreeOptions())?.confidence ?? 0) - 0.2)
        // The clocks inside survive a copy.
        #expect(infer(TreeOptions(mtimes: .copied, embedded: true, zone: "UTC"))?.zone == .utc)
    }

    /// A recorder that writes its local time where the container wants UTC: the modification times know better.
    @Test func localTimeInTheContainer() {
        let files = tree(KnownTrees.all[0]).map { truth -> PathObservation in
            var file = truth.observation
            file.embeddedUs = truth.moment.local
            return file
        }
        #expect(LayoutInference.infer(files, zone: paris).first?.zone == .named("Europe/Paris"))
    }

    @Test func camerasOfTwoZones() {
        let layout = KnownTrees.all[0]
        for mtimes in [Mtimes.atEnd, .copied] {
            let paris = tree(layout, TreeOptions(mtimes: mtimes)).filter { $0.moment.camera != "yard" }
            let york = tree(layout, TreeOptions(mtimes: mtimes, zone: "America/New_York")).filter { $0.moment.camera == "yard" }
            let found = LayoutInference.infer((paris + york).map(\.observation), zone: ZoneRules(identifier: "Europe/Paris") ?? .utc).first
            #expect(found?.zone == .named("Europe/Paris"))
            // March the fifth is winter time in both.
            let own: [String: ZoneVerdict] = mtimes == .atEnd ? ["yard": .fixed(offsetSeconds: -18_000)] : [:]
            #expect(found?.cameraZones == own)
            #expect(found?.evidence.contains(.cameraZone(camera: "yard", zone: "-05:00")) == !own.isEmpty)
        }
    }
}
