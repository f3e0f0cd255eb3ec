import Layouts
import LinuxSystem
import Recordings

/// Learns from an example how a recorder writes its index.
public struct Learner {
    public struct Request: Sendable {
        public var example: String
        /// Our index of the recordings that the example indexes.
        public var index: String
        public var zone: ZoneRules
        public var verify: Bool

        public init(example: String, index: String, zone: ZoneRules, verify: Bool) {
            (self.example, self.index, self.zone, self.verify) = (example, index, zone, verify)
        }
    }

    private let request: Request
    /// Throws before any work is done where the example is not there.
    public static func checkExample(_ path: String) throws {
        do throws(SystemError) {
            _ = try OpenFile.forReading(path: path)
        } catch {
            throw LearningError.exampleMissing(path: path, error)
        }
    }

    private let facts: FactStore
    private let example: Example
    private let progress: (Int) -> Void

    /// Opens the index and the example; `progress` is told the rows read so far.
    public init(_ request: Request, progress: @escaping (Int) -> Void) throws {
        self.request = request
        self.progress = progress
        facts = try FactStore(IndexReader(path: request.index))
        example = try Example(request.example, facts)
    }

    /// Throws `LearningError.notUsable` where nothing that could be trusted was found.
    public func run() throws -> Profile {
        let (samples, pass) = try survey()
        guard samples.contains(where: { $0.rows > 0 }) else { throw LearningError.exampleEmpty(path: request.example) }
        var (tables, refusals) = learn(samples, facts)
        var full = FullPass(example: example, facts: facts, hiding: request.verify, progress: progress)
        if tables.contains(where: { $0.each == .segment }), tables.count < samples.count(where: { $0.rows > 0 }) {
            try full.findLinks(of: tables, samples)
            tables = full.linked(tables, samples) { sample, pairing in columns(sample, pairing, facts, cameras(samples, facts)) }
        }
        try full.compare(&tables)
        tables = tables.filter { table in
            let isSound = table.key.allSatisfy { table.columns[$0].template != nil } && (table.link != nil || table.restsOnEvidence)
            if !isSound { refusals.append(.noIdentity(table: table.table.name)) }
            return isSound
        }
        let most = tables.map(\.matched).max() ?? 0
        for index in tables.indices where tables[index].each == .segment { tables[index].isWritten = tables[index].matched * 2 >= most }
        guard !tables.isEmpty else { throw LearningError.notUsable(path: request.example, refusals.first ?? .nothingMatches) }
        for index in tables.indices {
            switch example.form {
            case .text: tables[index].file = .text(pass.textForms[tables[index].number])
            case .records(let form): tables[index].file = .records(form)
            case .sqlite, .dump: break
            }
        }
        return Profile(
            tables: ordered(tables), dialect: example.dialect, sessionZone: pass.sessionZone, isCut: pass.isCut,
            lookups: lookups(tables, pass),
            segments: facts.count, isVerified: request.verify)
    }

    /// One pass: counts, and some hundred rows of each table.
    private func survey() throws -> (samples: [TableSample], pass: Example.Pass) {
        var samples: [TableSample] = []
        var rows = 0
        let pass = try example.read(hiding: request.verify) { table, row, isHidden in
            while samples.count <= table { samples.append(TableSample(ExampleTable(name: ""))) }
            samples[table].add(row, isHidden: isHidden)
            rows += 1
            if rows % 4096 == 0 {
                progress(rows)
                if Interruption.requested { throw Interrupted() }
            }
        }
        while samples.count < pass.tables.count { samples.append(TableSample(ExampleTable(name: ""))) }
        for (number, table) in pass.tables.enumerated() { samples[number].table = table }
        // Columns that only later rows have are missing in the earlier ones.
        for number in samples.indices {
            let width = samples[number].table.columns.count
            func widened(_ row: ExampleRow) -> ExampleRow { row + ExampleRow(repeating: nil, count: max(0, width - row.count)) }
            samples[number].sample = samples[number].sample.map(widened)
            samples[number].whole = samples[number].whole?.map(widened)
            while samples[number].census.count < width { samples[number].census.append(TableSample.ColumnCensus()) }
        }
        return (samples, pass)
    }

    // MARK: tables that match by themselves

    private func learn(_ samples: [TableSample], _ facts: FactStore) -> (tables: [LearnedTable], refusals: [LearningError.Refusal]) {
        let index = FactIndex(facts)
        let cameras = cameras(samples, facts)
        var tables: [LearnedTable] = []
        var refusals: [LearningError.Refusal] = []
        for (number, sample) in samples.enumerated() where sample.rows > 0 {
            // A table that names our cameras is no table of recordings.
            if cameras.contains(where: { $0.table == sample.table.name && !$0.cameras.isEmpty }), sample.rows <= facts.cameras.count * 2 {
                continue
            }
            let pairing = Pairer(index: index, samples: samples, hint: request.zone).pair(sample)
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

    private func rank(_ refusal: LearningError.Refusal) -> Int {
        switch refusal {
        case .tooFewRows: 0
        case .onlyTimes: 1
        case .noIdentity: 2
        case .nothingMatches: 3
        }
    }

    private struct Refused: Error {
        var refusal: LearningError.Refusal
    }

    private func cameras(_ samples: [TableSample], _ facts: FactStore) -> [CameraLookup] {
        CameraLookup.all(samples, cameras: facts.cameras)
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

    private func columns(_ sample: TableSample, _ pairing: Pairing, _ facts: FactStore, _ cameras: [CameraLookup]) -> [LearnedColumn] {
        let pairs = zip(sample.sample, pairing.facts).compactMap { row, fact in fact.map { (row: row, fact: facts[$0]) } }
        // Those that the table itself shows come first.
        var zones: [ZoneRules] = []
        if case .time(_, let zone) = pairing.anchor { zones.append(zone) }
        zones += offsets(sample, pairs) + [.utc, request.zone]
        var distinct: [ZoneRules] = []
        for zone in zones where !distinct.contains(zone) { distinct.append(zone) }
        let inference = ColumnInference(pairs: pairs, sample: sample, zones: distinct, lookups: cameras)
        return sample.table.columns.indices.map(inference.learn)
    }

    /// Offsets that whole date-times of the table show, for columns that hold only a date or only a time.
    private func offsets(_ sample: TableSample, _ pairs: [(row: ExampleRow, fact: Fact)]) -> [ZoneRules] {
        var zones: [ZoneRules] = []
        for column in sample.table.columns.indices {
            for field in TimeInference(pairs: pairs, column: column, zones: [.utc, request.zone]).fields() {
                guard case .time(_, _, .pattern(let pattern, _), let zone) = field, pattern.hasDate, pattern.hasTime else { continue }
                if !zones.contains(zone) { zones.append(zone) }
            }
        }
        for clock in Clock.candidates(sample) {
            switch clock.form {
            case .split, .counted: break
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
            let named = pairs.allSatisfy { request.zone.offsetSeconds(atUTC: $0.fact.start ?? 0) == Int(mode.key) }
            let zone = named ? request.zone : fixed
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
            for zone in request.zone == .utc ? [ZoneRules.utc] : [.utc, request.zone] {
                for ofAllCameras in [false, true] {
                    let groups = facts.grouped(each, zone: zone, ofAllCameras: ofAllCameras)
                    guard groups.count < facts.count else { continue }
                    let pairer = Pairer(index: FactIndex(groups), samples: samples, hint: request.zone)
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

    private func ordered(_ tables: [LearnedTable]) -> [LearnedTable] {
        // Rows that others refer to are written first.
        tables.sorted { left, right in
            func refersTo(_ name: String, _ table: LearnedTable) -> Bool {
                table.columns.contains { if case .row(name, _)? = $0.template?.single { true } else { false } }
            }
            return refersTo(left.table.name, right) && !refersTo(right.table.name, left)
        }
    }

    /// The tables of cameras that the profile's columns refer to, with their definitions.
    private func lookups(_ tables: [LearnedTable], _ pass: Example.Pass) -> [ExampleTable] {
        let names = Set(tables.flatMap { $0.columns.compactMap(\.lookup?.table) })
        return pass.tables.filter { names.contains($0.name) }
    }
}
