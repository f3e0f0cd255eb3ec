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
        let inference = TableInference(facts: facts, hint: request.zone)
        var (tables, refusals) = inference.learn(samples)
        var full = FullPass(example: example, facts: facts, hiding: request.verify, progress: progress)
        if tables.contains(where: { $0.each == .segment }), tables.count < samples.count(where: { $0.rows > 0 }) {
            try full.findLinks(of: tables, samples)
            tables = full.linked(tables, samples) { sample, pairing in
                inference.columns(sample, pairing, facts, CameraLookup.all(samples, cameras: facts.cameras))
            }
        }
        try full.compare(&tables)
        tables = tables.filter { table in
            let isSound = table.key.allSatisfy { table.columns[$0].template != nil } && (table.link != nil || table.restsOnEvidence)
            if !isSound { refusals.append(.noIdentity(table: table.table.name)) }
            // One of them would be written, and nobody knew which.
            if table.hasSeveralRows { refusals.insert(.severalRows(table: table.table.name), at: 0) }
            return isSound && !table.hasSeveralRows
        }
        let most = tables.map(\.matched).max() ?? 0
        for index in tables.indices where tables[index].each == .segment { tables[index].isWritten = tables[index].matched * 2 >= most }
        guard !tables.isEmpty else { throw LearningError.notUsable(path: request.example, refusals.first ?? .nothingMatches) }
        for index in tables.indices {
            switch example.form {
            case .text:
                tables[index].file = .text(pass.textForms[tables[index].number])
                tables[index].remainder = pass.remainders[tables[index].number]
            case .records(let form):
                tables[index].file = .records(form)
                tables[index].remainder = form.remainder
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
        for (number, table) in pass.tables.enumerated() {
            samples[number].table = table
            samples[number].widen()
        }
        return (samples, pass)
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
