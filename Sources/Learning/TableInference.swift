import Layouts

/// Why a table was not learnt.
public enum LearningRefusal: Sendable, Equatable {
    /// No value of any table is one of ours.
    case nothingMatches
    /// Times agree, and nothing else: it may be another site.
    case onlyTimes(table: String)
    /// Rows match, but nothing tells one row from another.
    case noIdentity(table: String)
    case tooFewRows(table: String, rows: Int)
    /// Most recordings have more than one row.
    case severalRows(table: String)
}

/// Finds the tables whose rows are our segments, and how their columns follow from them.
struct TableInference {
    let facts: FactStore
    /// The zone the user named.
    let hint: ZoneRules

    /// The tables that match by themselves.
    func learn(_ samples: [TableSample]) -> (tables: [LearnedTable], refusals: [LearningRefusal]) {
        let index = FactIndex(facts)
        let cameras = CameraLookup.all(samples, cameras: facts.cameras)
        var tables: [LearnedTable] = []
        var refusals: [LearningRefusal] = []
        for (number, sample) in samples.enumerated() where sample.rows > 0 {
            // A table that names our cameras is no table of recordings.
            if cameras.contains(where: { $0.table == sample.table.name && !$0.cameras.isEmpty }), sample.rows <= facts.cameras.count * 2 {
                continue
            }
            let pairing = Pairer(index: index, samples: samples, hint: hint).pair(sample)
            var found: LearnedTable?
            if let pairing, pairing.count >= ColumnInference.fewest, !isPerPeriod(sample, pairing, facts) {
                switch table(sample, pairing, facts, cameras) {
                case .success(let table): found = table
                case .failure(let reason): refusals.append(reason.refusal)
                }
            } else if let pairing, pairing.count > 0, pairing.count < ColumnInference.fewest {
                refusals.append(.tooFewRows(table: sample.table.name, rows: sample.rows))
            }
            if var table = found ?? perPeriod(sample, samples, facts, cameras) {
                table.number = number
                tables.append(table)
            }
        }
        return (tables, refusals.sorted { rank($0) < rank($1) })
    }

    private func rank(_ refusal: LearningRefusal) -> Int {
        switch refusal {
        case .tooFewRows: 0
        case .onlyTimes: 1
        case .noIdentity, .severalRows: 2
        case .nothingMatches: 3
        }
    }

    private struct Refused: Error {
        var refusal: LearningRefusal
    }

    private func table(
        _ sample: TableSample, _ pairing: Pairing, _ facts: FactStore, _ cameras: [CameraLookup]
    ) -> Result<LearnedTable, Refused> {
        var table = LearnedTable(table: sample.table, columns: columns(sample, pairing, facts, cameras))
        table.isClockUncertain = pairing.isClockUncertain
        guard table.restsOnEvidence else { return .failure(Refused(refusal: .onlyTimes(table: sample.table.name))) }
        guard table.chooseKey(facts) else { return .failure(Refused(refusal: .noIdentity(table: sample.table.name))) }
        return .success(table)
    }

    func columns(_ sample: TableSample, _ pairing: Pairing, _ facts: FactStore, _ cameras: [CameraLookup]) -> [LearnedColumn] {
        let pairs = zip(sample.sample, pairing.facts).compactMap { row, fact in fact.map { (row: row, fact: facts[$0]) } }
        // Those that the table itself shows come first.
        var zones: [ZoneRules] = []
        if case .time(_, let zone) = pairing.anchor { zones.append(zone) }
        zones += offsets(sample, pairs) + [.utc, hint]
        var distinct: [ZoneRules] = []
        for zone in zones where !distinct.contains(zone) { distinct.append(zone) }
        let inference = ColumnInference(pairs: pairs, sample: sample, zones: distinct, lookups: cameras)
        return sample.table.columns.indices.map(inference.learn)
    }

    /// Offsets that whole date-times of the table show, for columns that hold only a date or only a time.
    private func offsets(_ sample: TableSample, _ pairs: [(row: ExampleRow, fact: Fact)]) -> [ZoneRules] {
        var zones: [ZoneRules] = []
        for column in sample.table.columns.indices {
            for field in TimeInference(pairs: pairs, column: column, zones: [.utc, hint]).fields() {
                guard case .time(_, _, .pattern(let pattern, _), let zone) = field, pattern.hasDate, pattern.hasTime else { continue }
                if !zones.contains(zone) { zones.append(zone) }
            }
        }
        for clock in Clock.candidates(sample) {
            switch clock.form {
            case .split, .counted, .parts: break
            case .number, .text: continue
            }
            var counts: [Int64: Int] = [:]
            for pair in pairs {
                guard let time = clock.read(pair.row), let start = pair.fact.start else { continue }
                counts[(time.quotientDown(1_000_000) - start.quotientDown(1_000_000)), default: 0] += 1
            }
            guard let mode = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), mode.value * 2 >= pairs.count,
                mode.key % 900 == 0, abs(mode.key) <= 14 * 3600
            else { continue }
            let fixed = ZoneRules(fixedOffsetSeconds: Int(mode.key))
            let named = pairs.allSatisfy { hint.offsetSeconds(atUTC: $0.fact.start ?? 0) == Int(mode.key) }
            let zone = named ? hint : fixed
            if !zones.contains(zone) { zones.append(zone) }
        }
        return zones
    }

    // MARK: one row for many segments

    /// All the matched segments begin with an hour, though most segments do not: the rows are hours.
    private func isPerPeriod(_ sample: TableSample, _ pairing: Pairing, _ facts: FactStore) -> Bool {
        guard case .time = pairing.anchor else { return false }
        func beginsHour(_ index: Int) -> Bool { (facts.start(index) ?? 1) / 1_000_000 % 900 == 0 }
        let matched = pairing.facts.compactMap { $0 }
        guard matched.allSatisfy(beginsHour) else { return false }
        return (0..<facts.count).count(where: beginsHour) * 2 < facts.count
    }

    private func perPeriod(_ sample: TableSample, _ samples: [TableSample], _ facts: FactStore, _ cameras: [CameraLookup]) -> LearnedTable?
    {
        guard !Clock.candidates(sample).isEmpty || sample.rows >= ColumnInference.fewest else { return nil }
        for each in [LearnedTable.Each.hour, .day] {
            for zone in hint == .utc ? [ZoneRules.utc] : [.utc, hint] {
                for ofAllCameras in [false, true] {
                    let groups = facts.grouped(each, zone: zone, ofAllCameras: ofAllCameras)
                    guard groups.count < facts.count else { continue }
                    let pairer = Pairer(index: FactIndex(groups), samples: samples, hint: hint)
                    guard let pairing = pairer.pair(sample), pairing.count >= ColumnInference.fewest,
                        pairing.count * 2 >= sample.sample.count,
                        case .success(var table) = table(sample, pairing, groups, cameras)
                    else { continue }
                    let hasSum = table.columns.contains { column in
                        column.template?.fields.contains { field in
                            switch field {
                            case .plain(.count), .size, .duration, .plain(.frames): true
                            default: false
                            }
                        } == true
                    }
                    guard hasSum else { continue }
                    table.each = each
                    table.zone = zone.identifier
                    table.ofAllCameras = ofAllCameras
                    return table
                }
            }
        }
        return nil
    }
}
