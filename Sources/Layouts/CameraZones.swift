/// Cameras that write the local time of another place than most: each has a clock of its own.
///
/// Only clocks that agree say so; without them all cameras of a layout stand in one zone.
struct CameraZones {
    private(set) var zones: [String: ZoneVerdict] = [:]
    /// That of all other cameras.
    private(set) var common: ZoneInference
    /// Files of one camera that must show the other zone.
    private static let least = 8

    /// - Parameters:
    ///   - cameras: that of every member, nil where the path names none
    ///   - members: what is known of the hypothesis' members, in their order
    init(_ hypothesis: Hypothesis, cameras: [String?], members: [PathObservation], hint: ZoneRules) {
        func zone(_ places: [Int]) -> (witness: ClockWitness, inference: ZoneInference) {
            let timeline = Timeline(
                starts: places.map { hypothesis.timeline.starts[$0] }, durations: places.map { hypothesis.timeline.durations[$0] },
                resolution: hypothesis.timeline.resolution)
            let witness = ClockWitness(
                times: timeline.starts, resolution: timeline.resolution, durations: timeline.durations, members: places.map { members[$0] },
                hint: hint)
            let inference = ZoneInference(
                hint: hint, clock: hypothesis.clock, hasZoneField: hypothesis.template.contains(.zone), witness: witness,
                timeline: timeline, groups: places.map { hypothesis.groups[$0] })
            return (witness, inference)
        }
        common = ZoneInference(
            hint: hint, clock: hypothesis.clock, hasZoneField: hypothesis.template.contains(.zone), witness: hypothesis.witness,
            timeline: hypothesis.timeline, groups: hypothesis.groups)
        guard hypothesis.clock == .local, let rules = common.verdict.rules else { return }
        var places: [String: [Int]] = [:]
        for (place, camera) in cameras.enumerated() {
            if let camera { places[camera, default: []].append(place) }
        }
        guard places.count > 1 else { return }
        for (camera, own) in places where own.count >= CameraZones.least {
            let (witness, inference) = zone(own)
            guard let clock = witness.agreements.first, clock.agree >= CameraZones.least, clock.ratio >= 0.9, clock.isOffsetInUse,
                !clock.fits(rules), inference.verdict != common.verdict
            else { continue }
            zones[camera] = inference.verdict
        }
        let others = cameras.indices.filter { place in cameras[place].map { zones[$0] == nil } ?? true }
        if !zones.isEmpty, !others.isEmpty { common = zone(others).inference }
    }
}
