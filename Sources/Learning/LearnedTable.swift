/// How the rows of one table follow from our segments.
struct LearnedTable {
    /// What one row stands for.
    enum Each: String, CaseIterable {
        case segment, hour, day
    }
    var table: ExampleTable
    /// Its place among the tables of the example.
    var number = 0
    /// False where the table holds a part of the segments that follows rules of its own: those of the last hour.
    var isWritten = true
    var each = Each.segment
    /// Of hours and days: one row for all cameras together, and the zone in which they begin.
    var ofAllCameras = false
    var zone = "UTC"
    var columns: [LearnedColumn]
    /// The columns that tell one row from another.
    var key: [Int] = []
    /// Each row belongs to the row of a table that is written before: the columns of both.
    var link: Link?
    var rows = 0
    /// Rows whose recording was found.
    var matched = 0
    /// Recordings that have a row.
    var recordings = 0
    /// Of those hidden from learning.
    var hidden = HiddenRows()
    /// Ten rows of the example, to be shown beside ten that are made.
    var examples: [ExampleRow] = []
    var isClockUncertain = false
    /// Kinds of recordings that the example's rows belong to: `regular`, `alarm protected`.
    var kinds: Set<String> = []
    /// Of rows that stand in files instead of a database.
    var file: FileForm?
    /// What of those files no row accounts for.
    var remainder = TextRemainder()

    enum FileForm: Equatable {
        case text(TextForm)
        case records(RecordForm)
    }

    struct Link: Equatable {
        var column: Int
        var table: String
        var key: String
    }

    struct HiddenRows: Equatable {
        var rows = 0
        var matched = 0
        /// All columns that are written are those of the row.
        var reproduced = 0
        /// By column: equal, and compared.
        var equal: [Int] = []
        var compared: [Int] = []
    }

    /// Copies of a row are few.
    var hasSeveralRows: Bool { (matched + hidden.matched) * 10 > recordings * 11 && recordings >= ColumnInference.fewest }

    /// Columns that have no value yet, and must have one.
    var missing: [String] {
        columns.filter { $0.template == nil && $0.column.isRequired && $0.column.fallback == nil && !$0.column.isNumberedByServer }
            .map(\.column.name)
    }
}

/// A value in the one form in which both sides are compared.
enum Canonical {
    static func text(_ value: String?, isNumeric: Bool) -> String? {
        guard let value else { return nil }
        guard isNumeric, Int64(value) == nil, let number = Double(value), abs(number) < 1e12 else { return value }
        let micros = (number * 1_000_000).rounded()
        guard micros.truncatingRemainder(dividingBy: 1_000_000) != 0 else { return String(Int64(number.rounded())) }
        return String(Int64(number.rounded(.down))) + "." + String(Int64(micros) % 1_000_000)
    }

    static func hash(_ parts: [String?]) -> UInt64 {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for part in parts {
            for byte in (part ?? "\u{0}").utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
            state = (state ^ 0xFF) &* 0x100_0000_01B3
        }
        return state
    }
}

extension LearnedTable {
    /// The key of the row that a segment has; nil where a part of it is not known.
    func keyHash(of fact: Fact) -> UInt64? {
        var parts: [String?] = []
        for index in key {
            guard let value = columns[index].value(fact) else { return nil }
            parts.append(Canonical.text(value, isNumeric: columns[index].isNumeric))
        }
        return Canonical.hash(parts)
    }

    func keyHash(of row: ExampleRow) -> UInt64 {
        Canonical.hash(key.map { Canonical.text(row[$0], isNumeric: columns[$0].isNumeric) })
    }

    /// The fewest certain columns that no two segments share: the table's own key, a path, a camera with a time.
    mutating func chooseKey(_ facts: FactStore) -> Bool {
        let certain = columns.indices.filter { index in
            columns[index].state == .known && columns[index].template.map { !$0.isConstant && !$0.hasMadePart } == true
        }
        func has(_ index: Int, _ wanted: (Field) -> Bool) -> Bool { columns[index].template?.fields.contains(where: wanted) == true }
        let own = table.primaryKey.compactMap(table.column)
        let wholePaths = certain.filter {
            has($0) { if case .path(let part, 0, _) = $0 { part == .path || part == .pathstem } else { false } }
        }
        let paths = certain.filter { has($0) { if case .path(let part, _, _) = $0 { part != .ext } else { false } } }
        let cameras = certain.filter { has($0) { $0 == .plain(.camera) || { if case .part = $0 { true } else { false } }($0) } }
        let starts = certain.filter { has($0) { if case .time(.start, _, _, _) = $0 { true } else { false } } }
        let streams = certain.filter { has($0) { $0 == .plain(.stream) || $0 == .plain(.kind) } }
        var attempts: [[Int]] = []
        if !own.isEmpty, own.allSatisfy(certain.contains) { attempts.append(own) }
        attempts += wholePaths.map { [$0] }
        // Two cameras may begin at the same time elsewhere, though none do in this index.
        if !starts.isEmpty || !paths.isEmpty { attempts.append(cameras + streams + starts + paths) }
        attempts.append(certain)
        for attempt in attempts where !attempt.isEmpty {
            key = Set(attempt).sorted()
            var seen: Set<UInt64> = []
            seen.reserveCapacity(facts.count)
            var whole = 0
            for index in 0..<facts.count {
                guard let hash = keyHash(of: facts[index]) else { continue }
                whole += 1
                seen.insert(hash)
            }
            // Segments without a time have no key; copies share one.
            if whole * 10 >= facts.count * 5, Double(seen.count) >= 0.995 * Double(whole) { return true }
        }
        key = []
        return false
    }

    /// Whether more than times agree: a path as a whole, or two things that do not follow from each other.
    var restsOnEvidence: Bool {
        var kinds: Set<String> = []
        var parts: Set<TimePart> = []
        for column in columns where column.state == .known {
            guard let template = column.template, !template.isConstant, !template.hasMadePart else { continue }
            for field in template.fields {
                switch field {
                case .path(let part, let drop, _):
                    let isFirst = template.pieces.first == .field(field)
                    if part == .path || part == .pathstem, drop == 0 || isFirst {
                        kinds.insert("path")
                    } else {
                        kinds.insert("name")
                    }
                case .part, .digits: kinds.insert("name")
                case .plain(.camera): if column.values.isEmpty || column.lookup != nil { kinds.insert("camera") }
                case .size: kinds.insert("size")
                case .duration: kinds.insert("duration")
                case .time(.start, _, let form, _):
                    switch form {
                    case .pattern(let pattern, _): if pattern.hasTime { kinds.insert("start") }
                    case .part(let part, _): parts.insert(part)
                    case .number: kinds.insert("start")
                    }
                case .time(.end, _, _, _): kinds.insert("duration")
                case .plain(.frames), .plain(.count): kinds.insert("frames")
                default: break
                }
            }
        }
        if !parts.isDisjoint(with: [.secondofday, .millisecondofday]) || parts.isSuperset(of: [.hour, .minute, .second]) {
            kinds.insert("start")
        }
        for column in columns where column.state == .near { kinds.insert("near \(column.column.name)") }
        if kinds.contains("path") { return true }
        return !kinds.isDisjoint(with: ["start", "size"]) && kinds.count >= 2
    }
}

extension LearnedTable {
    mutating func beginComparing() {
        (rows, matched, examples, hidden, kinds) = (0, 0, [], HiddenRows(), [])
        hidden.equal = columns.map { _ in 0 }
        hidden.compared = hidden.equal
        for index in columns.indices where columns[index].isComparable { (columns[index].agreeing, columns[index].tested) = (0, 0) }
    }

    /// One row and its segment, if it was found.
    mutating func compare(_ row: ExampleRow, _ fact: Fact?, isHidden: Bool) {
        if isHidden {
            hidden.rows += 1
            guard let fact else { return }
            hidden.matched += 1
            var isReproduced = true
            for (index, column) in columns.enumerated() where column.isComparable {
                let agrees = column.agrees(row[index], fact)
                hidden.compared[index] += 1
                if agrees { hidden.equal[index] += 1 } else { isReproduced = false }
            }
            if isReproduced { hidden.reproduced += 1 }
            return
        }
        rows += 1
        guard let fact else { return }
        matched += 1
        kinds.insert(fact.kindText)
        if examples.count < 10 { examples.append(row.map { $0.map { String($0.prefix(200)) } }) }
        for index in columns.indices where columns[index].isComparable {
            columns[index].tested += 1
            if columns[index].agrees(row[index], fact) { columns[index].agreeing += 1 }
        }
    }

    /// What does not hold in all rows is not known.
    mutating func giveUpDoubtful() {
        for index in columns.indices where columns[index].isComparable {
            // Rows that were hidden may only speak against a column, never for it.
            let failed = hidden.compared[index] - hidden.equal[index]
            let speaks =
                columns[index].state == .constant || Double(failed) > (1 - ColumnInference.certain) * Double(hidden.compared[index])
            let (agreeing, tested) = (columns[index].agreeing, columns[index].tested + (speaks ? failed : 0))
            let holds =
                columns[index].state == .constant ? agreeing == tested : Double(agreeing) >= ColumnInference.certain * Double(tested)
            if !holds || tested == 0 {
                columns[index].state = .unknown
                columns[index].template = nil
                columns[index].values = [:]
                columns[index].lookup = nil
                columns[index].alternatives = []
            }
        }
    }
}

extension LearnedColumn {
    /// Equal, or for what is only near, near enough.
    func agrees(_ actual: String?, _ fact: Fact) -> Bool {
        guard state == .near else { return explains(actual, fact) }
        guard let actual, let field = template?.single, case .time(_, _, let form, _) = field, let ours = field.render(fact) else {
            return false
        }
        switch form {
        case .number(let measure):
            guard let unit = Measure.unit(measure.unit, Measure.epochs),
                let left = Clock.microseconds(actual, unit: unit), let right = Clock.microseconds(ours, unit: unit)
            else { return false }
            return abs(left - right) <= 2_000_000
        case .pattern(let pattern, _):
            guard let left = Clock.read(actual, pattern), let right = Clock.read(ours, pattern) else { return false }
            return abs(left - right) <= 2_000_000
        case .part: return false
        }
    }
}
