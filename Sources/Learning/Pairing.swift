import Layouts

/// Which rows of a sample belong to which of our segments.
struct Pairing {
    enum Anchor: Equatable {
        case path(column: Int)
        case size(column: Int)
        /// `zone`: how the example's clock is read; nil pairs of columns are one column.
        case time(columns: [Int], zone: ZoneRules)
    }
    var anchor: Anchor
    /// For each row of the sample its fact, or nil.
    var facts: [Int?]
    /// Several clocks fit equally well, and nothing else decides.
    var isClockUncertain = false

    var count: Int { facts.count { $0 != nil } }
}

/// Pairs rows and segments by values alone: paths first, then sizes, then times together with cameras.
struct Pairer {
    let index: FactIndex
    let samples: [TableSample]
    let hint: ZoneRules
    private var facts: FactStore { index.facts }

    /// A row's values by which a camera can be told, and the camera for each of them.
    private typealias CameraMap = (column: Int, cameras: [String: String])

    func pair(_ sample: TableSample) -> Pairing? {
        guard !sample.sample.isEmpty, facts.count > 0 else { return nil }
        let named = byPath(sample)
        if let named, named.count * 20 >= sample.sample.count { return named }
        let sized = bySize(sample)
        if let sized, sized.count * 5 >= sample.sample.count { return sized }
        let timed = byTime(sample)
        if let timed, timed.count * 20 >= sample.sample.count { return timed }
        return [named, sized, timed].compactMap { $0 }.max { $0.count < $1.count }
    }

    // MARK: by path

    private func byPath(_ sample: TableSample) -> Pairing? {
        var best: (column: Int, found: [[Int]], hits: Int)?
        for column in sample.table.columns.indices where !sample.isNumeric(column) {
            let found = sample.sample.map { row in (row[column]).map(index.matching(path:)) ?? [] }
            let hits = found.count { !$0.isEmpty }
            if hits > best?.hits ?? 0 { best = (column, found, hits) }
        }
        guard let best else { return nil }
        return Pairing(anchor: .path(column: best.column), facts: resolved(best.found, sample, maps: cameraMaps(sample)))
    }

    // MARK: by size

    private func bySize(_ sample: TableSample) -> Pairing? {
        var best: Pairing?
        for column in sample.table.columns.indices where sample.isNumeric(column) {
            let found = sample.sample.map { row -> [Int] in
                // Small numbers are sizes by accident.
                guard let size = row[column].flatMap({ Int64($0) }), size >= 4096 else { return [] }
                return index.matching(size: size)
            }
            guard found.contains(where: { !$0.isEmpty }) else { continue }
            let pairing = Pairing(anchor: .size(column: column), facts: resolved(found, sample, maps: cameraMaps(sample)))
            if pairing.count > best?.count ?? 0 { best = pairing }
        }
        return best
    }

    // MARK: by time

    private func byTime(_ sample: TableSample) -> Pairing? {
        let maps = cameraMaps(sample)
        var best: (pairing: Pairing, score: Double)?
        for clock in Clock.candidates(sample) {
            let times = sample.sample.map(clock.read)
            guard times.count(where: { $0 != nil }) * 2 >= times.count else { continue }
            let zones = zones(for: clock)
            let hits = zones.map { zone in
                times.count { time in time.map { index.hasStart(in: Self.utc($0, zone).quotientDown(1_000_000)) } ?? false }
            }
            guard let most = hits.max(), most > 0 else { continue }
            var rivals: [(pairing: Pairing, score: Double)] = []
            for (zone, hit) in zip(zones, hits) where hit * 10 >= most * 8 {
                let found = times.map { time in time.map { index.matching(second: Self.utc($0, zone).quotientDown(1_000_000)) } ?? [] }
                let pairing = Pairing(anchor: .time(columns: clock.columns, zone: zone), facts: resolved(found, sample, maps: maps))
                rivals.append((pairing, score(pairing, sample)))
            }
            // The first of those that are about as good: UTC, then the hinted zone, then the nearest offset.
            guard let top = rivals.map(\.score).max(), top > 0, var chosen = rivals.first(where: { $0.score >= top * 0.97 }) else {
                continue
            }
            let equals = rivals.filter { $0.score >= top * 0.97 }
            chosen.pairing.isClockUncertain = equals.count > 1 && chosen.score < Double(chosen.pairing.count) * 1.5
            if chosen.score > (best?.score ?? 0) * 1.02 { best = chosen }
        }
        return best?.pairing
    }

    private func zones(for clock: Clock) -> [ZoneRules] {
        if clock.hasZone { return [.utc] }
        var zones = clock.isNumber || hint == .utc ? [ZoneRules.utc, hint] : [hint, .utc]
        for quarter in (1...56).flatMap({ [$0, -$0] }) { zones.append(ZoneRules(fixedOffsetSeconds: quarter * 900)) }
        return zones
    }

    static func utc(_ civil: Int64, _ zone: ZoneRules) -> Int64 { zone == .utc ? civil : zone.utc(ofLocal: civil).first }

    /// One for each pair, more where other values of the row agree too.
    private func score(_ pairing: Pairing, _ sample: TableSample) -> Double {
        var score = 0.0
        for (row, index) in zip(sample.sample, pairing.facts) {
            guard let index else { continue }
            score += 1 + Double(Self.agreements(row, facts[index]))
        }
        return score
    }

    // MARK: which of several

    /// Values of a row that a segment has too and that few others have.
    private static func agreements(_ row: ExampleRow, _ fact: Fact) -> Int {
        let parts = fact.path.split(separator: "/")
        var count = 0
        for case let value? in row {
            if let number = Double(value) {
                if number >= 4096, number == Double(fact.size) { count += 2 }
                if let duration = fact.duration, duration > 0 {
                    let seconds = Double(duration) / 1_000_000
                    if number > 1.5, abs(number - seconds) < 0.02 || number > 1000 && abs(number - seconds * 1000) < 20 { count += 1 }
                }
            }
            if value == fact.camera { count += 1 } else if value.utf8.count > 1, parts.contains(where: { $0 == value }) { count += 1 }
        }
        return count
    }

    private func resolved(_ found: [[Int]], _ sample: TableSample, maps: [CameraMap]) -> [Int?] {
        let plain = zip(sample.sample, found).map { single($1, $0) }
        guard found.contains(where: { $0.count > 1 }) else { return plain }
        var best = plain
        for map in maps + coOccurring(found, sample) {
            let attempt = zip(sample.sample, found).map { row, candidates -> Int? in
                guard let value = row[map.column], let camera = map.cameras[value] else { return nil }
                return single(candidates.filter { facts.camera($0) == camera }, row)
            }
            if attempt.count(where: { $0 != nil }) > best.count(where: { $0 != nil }) { best = attempt }
        }
        return best
    }

    private func single(_ candidates: [Int], _ row: ExampleRow) -> Int? {
        if candidates.count <= 1 { return candidates.first }
        guard candidates.count <= 256 else { return nil }
        let scores = candidates.map { Self.agreements(row, facts[$0]) }
        guard let top = scores.max(), scores.count(where: { $0 == top }) == 1 else { return nil }
        return scores.firstIndex(of: top).map { candidates[$0] }
    }

    /// Columns whose values are cameras of ours, or keys of rows of another table that name one.
    private func cameraMaps(_ sample: TableSample) -> [CameraMap] {
        let known = facts.cameras
        var maps: [CameraMap] = []
        for column in sample.table.columns.indices {
            let values = Set(sample.sample.compactMap { $0[column] })
            guard !values.isEmpty, values.count <= 4096 else { continue }
            let direct = values.filter(known.contains)
            if direct.count * 2 >= values.count { maps.append((column, Dictionary(uniqueKeysWithValues: direct.map { ($0, $0) }))) }
        }
        for lookup in CameraLookup.all(samples, cameras: known) where lookup.table != sample.table.name {
            for column in sample.table.columns.indices {
                let values = Set(sample.sample.compactMap { $0[column] })
                guard !values.isEmpty, values.isSubset(of: Set(lookup.cameras.keys)) else { continue }
                maps.append((column, lookup.cameras))
            }
        }
        return maps
    }

    /// Columns of few values each of which goes with one camera wherever the candidates allow it.
    private func coOccurring(_ found: [[Int]], _ sample: TableSample) -> [CameraMap] {
        var maps: [CameraMap] = []
        for column in sample.table.columns.indices where !sample.census[column].hasManyValues {
            var rows: [String: Int] = [:]
            var together: [String: [String: Int]] = [:]
            for (row, candidates) in zip(sample.sample, found) where !candidates.isEmpty {
                guard let value = row[column] else { continue }
                rows[value, default: 0] += 1
                for camera in Set(candidates.map(facts.camera)) { together[value, default: [:]][camera, default: 0] += 1 }
            }
            var cameras: [String: String] = [:]
            for (value, counts) in together {
                let order = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
                guard let first = order.first, first.value * 10 >= (rows[value] ?? 0) * 9, first.value >= 3 else { continue }
                // As often with a second camera: nothing can be told.
                if order.count > 1, order[1].value * 10 >= first.value * 9 { continue }
                cameras[value] = first.key
            }
            if !cameras.isEmpty, Set(cameras.values).count == cameras.count { maps.append((column, cameras)) }
        }
        return maps
    }
}

/// A table of cameras in the example: its key, and the column that names a camera as we do.
struct CameraLookup {
    var table: String
    var key: String
    var name: String
    /// Key -> camera of ours.
    var cameras: [String: String]

    static func all(_ samples: [TableSample], cameras known: Set<String>) -> [CameraLookup] {
        var lookups: [CameraLookup] = []
        for sample in samples {
            guard let rows = sample.whole, !rows.isEmpty, rows.count <= 4096 else { continue }
            for name in sample.table.columns.indices {
                let values = rows.compactMap { $0[name] }
                guard Set(values).count == values.count, values.contains(where: known.contains) else { continue }
                for key in sample.table.columns.indices where key != name {
                    let keys = rows.compactMap { $0[key] }
                    guard keys.count == rows.count, Set(keys).count == keys.count else { continue }
                    let isKey = sample.table.primaryKey == [sample.table.columns[key].name]
                    guard isKey || sample.table.primaryKey.isEmpty else { continue }
                    var map: [String: String] = [:]
                    for row in rows { if let key = row[key], let name = row[name], known.contains(name) { map[key] = name } }
                    lookups.append(
                        CameraLookup(
                            table: sample.table.name, key: sample.table.columns[key].name, name: sample.table.columns[name].name,
                            cameras: map))
                }
            }
        }
        return lookups
    }
}
