import Layouts

extension FactStore {
    /// One fact for each camera (or for all) and hour or day in which something was recorded.
    func grouped(_ each: LearnedTable.Each, zone: ZoneRules, ofAllCameras: Bool) -> FactStore {
        let length: Int64 = each == .day ? 86_400_000_000 : 3_600_000_000
        struct Key: Hashable {
            var camera: String
            var start: Int64
        }
        var groups: [Key: Fact] = [:]
        for index in 0..<count {
            let fact = self[index]
            guard let start = fact.start else { continue }
            let local = zone.local(ofUTC: start).quotientDown(length) * length
            let key = Key(camera: ofAllCameras ? "" : fact.camera, start: zone.utc(ofLocal: local).first)
            var group = groups[key] ?? Fact()
            if groups[key] == nil {
                group.camera = key.camera
                group.start = key.start
                group.count = 0
                group.frames = 0
                group.duration = 0
            }
            group.count += 1
            group.size &+= fact.size
            group.duration = group.duration.flatMap { sum in fact.duration.map { sum &+ $0 } }
            group.frames = group.frames.flatMap { sum in fact.frames.map { sum &+ $0 } }
            groups[key] = group
        }
        let store = FactStore()
        for (_, group) in groups.sorted(by: { ($0.key.start, $0.key.camera) < ($1.key.start, $1.key.camera) }) { store.append(group) }
        return store
    }
}
