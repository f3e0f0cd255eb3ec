import Layouts
import LinuxSystem
import Recordings

/// Writes the rows of an index as the recorder itself would have written them.
public struct ProfileExport {
    public struct Result: Sendable {
        public struct Table: Sendable {
            public var name: String
            public var rows = 0
            /// Segments that have no row, because something that a row needs is not known of them.
            public var leftOut = 0
            /// Columns left to their default in some of the rows: two explanations that held before now differ.
            public var doubtful: [String: Int] = [:]
            /// Rows of a kind that no row of the example belongs to.
            public var unseenKinds: [String: Int] = [:]
            public var columns: [String] = []
            public var examples: [[String?]] = []
            public var samples: [[String?]] = []
        }
        public var tables: [Table] = []
        /// Cameras that the example does not know.
        public var unknownCameras: [String: Int] = [:]
        public var camerasCreated = 0
        public var rows: Int { tables.reduce(0) { $0 + $1.rows } }
        public var hasLosses: Bool { tables.contains { $0.leftOut > 0 || !$0.doubtful.isEmpty || !$0.unseenKinds.isEmpty } }
    }

    let profile: Profile
    let index: IndexReader
    /// Cameras that the recorder does not know get a row in its own table.
    let createsCameras: Bool
    let sql: SQLText
    /// Whether rows go into files of a folder.
    public var makesFolder: Bool { profile.dialect == nil }

    public init(profile: Profile, path: String, index: IndexReader, createsCameras: Bool) throws {
        self.profile = profile
        self.index = index
        self.createsCameras = createsCameras
        sql = SQLText(dialect: profile.dialect ?? .sqlite)
        if profile.verdict == .notUsable { throw LearningError.profileNotUsable(path: path) }
    }

    public func checkDestination(_ path: String) throws {
        try DestinationGuard.check(path, againstVolumesOf: index)
        guard let status = try? FileStatus.of(path: path) else { return }
        guard status.kind == .regular, status.byteCount == 0 else { throw LearningError.destinationExists(path: path) }
    }

    /// Streams the statements; the counts are known at the end.
    public func write(to output: (String) throws -> Void) throws -> Result {
        var result = Result()
        try output(sql.begin(sessionZone: profile.sessionZone))
        var cameras: Set<String> = []
        for table in profile.tables where table.isWritten {
            let (rows, made) = try write(table, &cameras, output)
            result.tables.append(rows)
            result.camerasCreated = cameras.count
            for (camera, count) in made { result.unknownCameras[camera, default: 0] += count }
        }
        try output(sequences() + "COMMIT;\n")
        return result
    }

    func forEachFact(_ table: LearnedTable, _ body: (Fact) throws -> Void) throws {
        guard table.each != .segment else {
            return try index.forEachFact { fact in
                if Interruption.requested { throw Interrupted() }
                try body(fact)
            }
        }
        let groups = try FactStore(index).grouped(
            table.each, zone: ZoneRules(identifier: table.zone) ?? .utc, ofAllCameras: table.ofAllCameras)
        for number in 0..<groups.count { try body(groups[number]) }
    }

    private func write(
        _ table: LearnedTable, _ cameras: inout Set<String>, _ output: (String) throws -> Void
    ) throws -> (Result.Table, unknown: [String: Int]) {
        var result = Result.Table(name: table.table.name)
        result.columns = table.columns.map(\.column.name)
        result.examples = table.examples
        var unknown: [String: Int] = [:]
        try forEachFact(table) { fact in
            var row = RowMaker(export: self, table: table, fact: fact)
            guard row.make() else {
                result.leftOut += 1
                if let camera = row.unknownCamera { unknown[camera, default: 0] += 1 }
                return
            }
            for creation in row.creations where cameras.insert(creation).inserted { try output(creation) }
            for column in row.doubtful { result.doubtful[column, default: 0] += 1 }
            if !table.kinds.isEmpty, !table.kinds.contains(fact.kindText) { result.unseenKinds[fact.kindText, default: 0] += 1 }
            try output(row.statement)
            result.rows += 1
            if result.samples.count < 10 { result.samples.append(row.shown) }
        }
        return (result, unknown)
    }

    /// PostgreSQL's sequences do not see numbers that were given: the recorder's next row must not meet one of ours.
    private func sequences() -> String {
        guard profile.dialect == .postgresql else { return "" }
        var text = ""
        for table in profile.tables where table.isWritten {
            for column in table.columns where column.column.isNumberedByServer && !column.isNumber {
                let names = (sql.literal(sql.name(table.table.name), isNumeric: false), sql.literal(column.column.name, isNumeric: false))
                text +=
                    "SELECT setval(pg_get_serial_sequence(\(names.0), \(names.1)), (SELECT MAX(\(sql.name(column.column.name))) FROM \(sql.name(table.table.name))));\n"
            }
        }
        return text
    }
}

/// One row: what goes into each column, and how it is told whether it is there already.
private struct RowMaker {
    let export: ProfileExport
    let table: LearnedTable
    let fact: Fact
    private(set) var statement = ""
    private(set) var shown: [String?] = []
    private(set) var doubtful: [String] = []
    private(set) var creations: [String] = []
    private(set) var unknownCamera: String?

    private var sql: SQLText { export.sql }

    init(export: ProfileExport, table: LearnedTable, fact: Fact) {
        (self.export, self.table, self.fact) = (export, table, fact)
    }

    /// False where something that the row needs cannot be made.
    mutating func make() -> Bool {
        var values: [(column: String, sql: String)] = []
        for (index, column) in table.columns.enumerated() {
            guard let template = column.template else {
                shown.append(nil)
                continue
            }
            switch template.single {
            case .number(let columns)?:
                shown.append(nil)
                if !column.column.isNumberedByServer, !column.column.isComputed {
                    let places = columns.compactMap(table.table.column)
                    guard places.count == columns.count, let rows = condition(places, of: table) else { return false }
                    values.append(
                        (
                            column.column.name,
                            "(SELECT COALESCE(MAX(\(sql.name(column.column.name))), 0) + 1 FROM \(sql.name(table.table.name))"
                                + (places.isEmpty ? ")" : " WHERE \(rows))")
                        ))
                }
            case .row(let name, let key)?:
                guard let text = reference(name, key) else { return false }
                shown.append(nil)
                values.append((column.column.name, text))
            default:
                let camera = CameraRow(export: export, column: column, fact: fact)
                if let creation = camera?.creation { creations.append(creation) }
                guard let value = column.value(fact) else {
                    if let camera {
                        shown.append(nil)
                        values.append((column.column.name, camera.reference))
                        continue
                    }
                    if column.template?.fields.contains(.plain(.camera)) == true { unknownCamera = fact.camera }
                    if table.key.contains(index) || column.column.isRequired || unknownCamera != nil { return false }
                    shown.append(nil)
                    doubtful.append(column.column.name)
                    continue
                }
                // Two explanations that could not be told apart in the example differ here: neither is certain.
                if column.alternatives.contains(where: { other in other.render(fact).map { $0 != value } ?? false }) {
                    guard !column.column.isRequired || column.column.fallback != nil else { return false }
                    shown.append(nil)
                    doubtful.append(column.column.name)
                    continue
                }
                shown.append(value)
                values.append((column.column.name, sql.literal(value, isNumeric: column.isNumeric)))
            }
        }
        guard let condition = condition(of: table) else { return false }
        statement = sql.insert(table.table.name, values, unless: condition)
        return true
    }

    /// The same segment's row of a table.
    private func condition(of table: LearnedTable) -> String? { condition(table.key, of: table) }

    private func condition(_ columns: [Int], of table: LearnedTable) -> String? {
        var parts: [String] = []
        for index in columns {
            let column = table.columns[index]
            if case .row(let name, let key)? = column.template?.single {
                guard let text = reference(name, key) else { return nil }
                parts.append("\(sql.name(column.column.name)) = \(text)")
                continue
            }
            if let value = column.value(fact) {
                parts.append(sql.name(column.column.name) + sql.equals(value, isNumeric: column.isNumeric, within: column.noise))
            } else if let camera = CameraRow(export: export, column: column, fact: fact) {
                parts.append("\(sql.name(column.column.name)) = \(camera.reference)")
            } else {
                return nil
            }
        }
        return parts.joined(separator: " AND ")
    }

    private func reference(_ name: String, _ key: String) -> String? {
        guard let other = export.profile.tables.first(where: { $0.table.name == name }), let condition = condition(of: other) else {
            return nil
        }
        return "(SELECT \(sql.name(key)) FROM \(sql.name(name)) WHERE \(condition))"
    }
}
