import Layouts

/// Finds out of which of our values a column is made.
struct ColumnInference {
    let pairs: [(row: ExampleRow, fact: Fact)]
    let sample: TableSample
    let zones: [ZoneRules]
    let lookups: [CameraLookup]

    /// Of the rows that must agree.
    static let certain = 0.99
    /// Fewer rows make no rule.
    static let fewest = 3
    /// A value that is the same in fewer rows is not certain to be the same always.
    static let fewestForConstant = 10

    func learn(_ column: Int) -> LearnedColumn {
        var learned = LearnedColumn(sample.table.columns[column], isNumeric: sample.isNumeric(column))
        let census = column < sample.census.count ? sample.census[column] : TableSample.ColumnCensus()
        learned.seen = Self.seen(census, sample.sample.compactMap { $0[column] })
        let values = pairs.map { $0.row[column] }
        if census.nulls == sample.rows {
            if sample.rows >= Self.fewestForConstant { learned.settle(.constant, ValueTemplate(.null), sample.rows, sample.rows) }
            return learned
        }
        if learned.column.isComputed {
            learned.settle(.new, ValueTemplate(.number(within: [])), 0, 0)
            return learned
        }
        guard !learned.column.isBytes, !values.contains(ExampleColumn.bytesMark) else { return learned }
        guard values.count(where: { $0 != nil }) >= Self.fewest else { return numbered(learned, column) }
        let isConstant = !census.hasManyValues && census.values.count == 1 && census.nulls == 0
        let candidates = simple(column) + composites(column)
        var best: (template: ValueTemplate, agreeing: Int)?
        var equals: [ValueTemplate] = []
        for template in candidates where best == nil || !template.hasMadePart {
            let agreeing = agreement(template, column, values, isNumeric: learned.isNumeric)
            guard isEnough(agreeing, of: values.count), isConstant || explainsRare(template, column, values, learned.isNumeric) else {
                continue
            }
            if agreeing == values.count { equals.append(template) }
            if agreeing > best?.agreeing ?? 0 { best = (template, agreeing) }
        }
        if isConstant {
            let value = census.values.keys.first ?? ""
            if let best, Self.isSpecific(value), Self.mayStandFor(best.template) {
                learned.settle(.known, best.template, best.agreeing, values.count)
            } else if sample.rows >= Self.fewestForConstant {
                learned.settle(.constant, ValueTemplate([.literal(value)]), sample.rows, sample.rows)
                learned.alternatives = Array(equals.filter { !$0.isConstant }.prefix(8))
            }
            return learned
        }
        if let best {
            // Digits that stand in the name of a camera: the camera itself is safer ground.
            if case .digits? = best.template.single, let mapped = mapped(learned, column, values, among: [[.plain(.camera)]]) {
                return mapped
            }
            learned.settle(.known, best.template, best.agreeing, values.count)
            learned.alternatives = rivals(of: best.template, among: equals)
            return learned
        }
        if let prefixed = prefixed(learned, column, values) ?? mapped(learned, column, values) { return prefixed }
        if let near = near(learned, column, values) { return near }
        return numbered(learned, column)
    }

    /// The same times by other rules of the clock, which the example cannot tell apart: dates in another zone that never differed,
    /// an offset that may be that of a season.
    private func rivals(of template: ValueTemplate, among equals: [ValueTemplate]) -> [ValueTemplate] {
        guard case .time(let instant, let shift, let form, let zone)? = template.single else { return [] }
        var rivals: [ValueTemplate] = []
        let isPart =
            switch form {
            case .pattern(let pattern, _): !(pattern.hasDate && pattern.hasTime)
            case .part: true
            case .number: false
            }
        if isPart {
            rivals = equals.filter { other in
                guard other != template, case .time(instant, shift, let otherForm, _)? = other.single else { return false }
                return otherForm == form
            }
            // Where the table shows its clock in other columns, that decides.
            if zones.first == zone, zone != .utc { rivals = [] }
        }
        if zone.isFixed, zone != .utc, case .pattern(let pattern, _) = form, !pattern.hasZone, let fact = pairs.first?.fact,
            let start = fact.start
        {
            for named in zones where !named.isFixed {
                let seconds = Int64(zone.offsetSeconds(atUTC: start) - named.offsetSeconds(atUTC: start))
                let rival = ValueTemplate(.time(instant, shift: shift + seconds, form, named))
                if pairs.allSatisfy({ rival.render($0.fact) == template.render($0.fact) }) { rivals.append(rival) }
            }
        }
        return rivals
    }

    private static func isSpecific(_ value: String) -> Bool {
        Int64(value).map { $0 >= 16 } ?? (value.utf8.count >= 2)
    }

    /// A constant stands for one of our values only where that is hardly an accident.
    private static func mayStandFor(_ template: ValueTemplate) -> Bool {
        template.fields.contains { field in
            switch field {
            case .time(_, _, .pattern(let pattern, _), _): pattern.hasDate
            case .plain(.width), .plain(.height), .plain(.camera), .plain(.codec), .plain(.container), .plain(.stream), .path: true
            default: false
            }
        }
    }

    private func isEnough(_ agreeing: Int, of count: Int) -> Bool {
        agreeing >= Self.fewest && Double(agreeing) >= Self.certain * Double(count)
    }

    private func agreement(_ template: ValueTemplate, _ column: Int, _ values: [String?], isNumeric: Bool) -> Int {
        var agreeing = 0
        for (index, pair) in pairs.enumerated() {
            if let value = values[index], template.explains(value, pair.fact, isNumeric: isNumeric) { agreeing += 1 }
            // Hopeless: below half of the first fifty.
            if index == 50, agreeing < 25 { return agreeing }
        }
        return agreeing
    }

    /// Where one value stands in nearly every row, the others must be explained as well.
    private func explainsRare(_ template: ValueTemplate, _ column: Int, _ values: [String?], _ isNumeric: Bool) -> Bool {
        var counts: [String?: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        guard let common = counts.max(by: { $0.value < $1.value }), Double(common.value) >= 0.8 * Double(values.count) else { return true }
        // The rows with other values have lost their recordings.
        if common.value == values.count { return common.key.map(Self.isSpecific) == true && Self.mayStandFor(template) }
        var (rare, agreeing) = (0, 0)
        for (index, pair) in pairs.enumerated() where values[index] != common.key {
            rare += 1
            if let value = values[index], template.explains(value, pair.fact, isNumeric: isNumeric) { agreeing += 1 }
        }
        return rare > 0 && agreeing * 10 >= rare * 9
    }

    // MARK: candidates

    private func simple(_ column: Int) -> [ValueTemplate] {
        let values = pairs.lazy.compactMap { $0.row[column] }.prefix(64)
        var fields = TimeInference(pairs: pairs, column: column, zones: zones).fields()
        let decimals = values.map { $0.split(separator: ".", maxSplits: 1).dropFirst().first?.utf8.count ?? 0 }.max() ?? 0
        let places: [Int?] = decimals == 0 ? [0] : decimals <= 6 ? [decimals, nil] : [nil]
        if values.allSatisfy({ Double($0) != nil }) {
            for unit in Measure.times.map(\.name) {
                for place in places {
                    for rounding in Measure.Rounding.allCases {
                        fields.append(.duration(.number(Measure(unit: unit, decimals: place, rounding: rounding))))
                    }
                }
            }
            for unit in Measure.sizes.map(\.name) {
                for place in places {
                    for rounding in Measure.Rounding.allCases where !(unit == "B" && rounding != .down) {
                        fields.append(.size(Measure(unit: unit, decimals: place, rounding: rounding)))
                    }
                }
            }
        }
        // Of those that hold equally well the first is taken: what is meant before where it happens to stand.
        fields += [false, true].map { .path(.path, drop: 0, backslash: $0) }
        fields += Field.Plain.allCases.map { .plain($0) }
        fields += [.name, .stem, .pathstem, .ext].map { .path($0, drop: 0, backslash: false) }
        for index in 1...6 { fields.append(.part(index)) }
        for index in 1...8 { fields.append(.digits(index)) }
        fields += [false, true].map { .path(.folder, drop: 0, backslash: $0) }
        for drop in 1...4 { fields += [.path, .folder, .pathstem].map { .path($0, drop: drop, backslash: false) } }
        return fields.map { ValueTemplate($0) }
    }

    /// Texts with something of ours within: found in a few rows, tried on all.
    private func composites(_ column: Int) -> [ValueTemplate] {
        guard !sample.isNumeric(column) else { return [] }
        var found: [ValueTemplate] = []
        let step = max(1, pairs.count / 7)
        for index in stride(from: 0, to: pairs.count, by: step) {
            guard let value = pairs[index].row[column], value.utf8.count <= 1024 else { continue }
            let template = CompositeText(fact: pairs[index].fact, zones: zones).template(value)
            if !template.isConstant, !found.contains(template) { found.append(template) }
            guard sample.table.primaryKey == [sample.table.columns[column].name] else { continue }
            for made in MadeText.variants(of: template, value) where !found.contains(made) { found.append(made) }
        }
        return found
    }

    /// Paths below a root of its own for each volume.
    private func prefixed(_ learned: LearnedColumn, _ column: Int, _ values: [String?]) -> LearnedColumn? {
        guard !learned.isNumeric, Set(pairs.map(\.fact.volume)).count > 1 else { return nil }
        for field in [
            Field.path(.path, drop: 0, backslash: false), .path(.pathstem, drop: 0, backslash: false),
            .path(.path, drop: 0, backslash: true),
        ] {
            var counts: [String: [String: Int]] = [:]
            for (value, pair) in zip(values, pairs) {
                guard let value, let text = field.render(pair.fact), value.hasSuffix(text) else { continue }
                counts[pair.fact.volume, default: [:]][String(value.dropLast(text.count)), default: 0] += 1
            }
            var result = learned
            var agreeing = 0
            for (volume, found) in counts {
                guard let first = found.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), first.value >= Self.fewest else { continue }
                result.prefixes[volume] = first.key
                agreeing += first.value
            }
            guard isEnough(agreeing, of: values.count) else { continue }
            result.settle(.known, ValueTemplate(field), agreeing, values.count)
            return result
        }
        return nil
    }

    // MARK: maps

    private static let categories: [[Field]] = [
        [.plain(.camera)], [.plain(.kind)], [.plain(.protected)], [.plain(.codec)], [.plain(.stream)], [.plain(.container)],
        [.plain(.audio)],
        [.plain(.height)], [.path(.ext, drop: 0, backslash: false)], [.plain(.volume)], [.plain(.camera), .plain(.stream)],
        [.part(1)], [.part(2)], [.part(3)], [.path(.folder, drop: 0, backslash: false)],
    ]

    /// A value for each camera, kind, codec …
    private func mapped(_ learned: LearnedColumn, _ column: Int, _ values: [String?], among categories: [[Field]] = Self.categories)
        -> LearnedColumn?
    {
        guard Set(values).count > 1 else { return nil }
        for fields in categories {
            let template = ValueTemplate(fields.enumerated().flatMap { $0 == 0 ? [.field($1)] : [.literal("/"), .field($1)] })
            var counts: [String: [String?: Int]] = [:]
            for (value, pair) in zip(values, pairs) {
                guard let key = template.render(pair.fact) else { continue }
                counts[key, default: [:]][value, default: 0] += 1
            }
            // Each entry must have been seen often enough to be a rule, and all of them must be few.
            guard counts.count > 1, counts.count <= 512, counts.count * 4 <= values.count else { continue }
            var map: [String: String?] = [:]
            var agreeing = 0
            for (key, found) in counts {
                guard let first = found.max(by: { ($0.value, $1.key ?? "") < ($1.value, $0.key ?? "") }) else { continue }
                map[key] = .some(first.key)
                agreeing += first.value
            }
            guard isEnough(agreeing, of: values.count), Set(map.values).count > 1 else { continue }
            let rare = counts.filter { entry in entry.value.values.reduce(0, +) < Self.fewest }
            for key in rare.keys { map[key] = nil }
            var result = learned
            result.values = map
            result.settle(.known, template, agreeing, values.count)
            if fields == [.plain(.camera)] { result.lookup = lookup(for: map) }
            return result
        }
        return nil
    }

    /// The table whose keys these values are, with the very cameras they stand for.
    private func lookup(for map: [String: String?]) -> LearnedColumn.Lookup? {
        lookups.first { lookup in
            lookup.table != sample.table.name
                && map.allSatisfy { camera, key in key.map { lookup.cameras[$0] == camera } ?? false }
        }.map { .init(table: $0.table, key: $0.key, name: $0.name) }
    }

    // MARK: what is left

    private func near(_ learned: LearnedColumn, _ column: Int, _ values: [String?]) -> LearnedColumn? {
        guard let (field, within, count) = TimeInference(pairs: pairs, column: column, zones: zones).near(),
            isEnough(count, of: values.count)
        else { return nil }
        var result = learned
        result.settle(.near, ValueTemplate(field), count, values.count)
        result.within = within
        return result
    }

    /// Ids that the server, or we, number.
    private func numbered(_ learned: LearnedColumn, _ column: Int) -> LearnedColumn {
        var result = learned
        let isKey = sample.table.primaryKey == [learned.column.name]
        let numbers = sample.sample.compactMap { $0[column].flatMap { Int64($0) } }
        if learned.column.isNumberedByServer || isKey && numbers.count == sample.sample.count && Set(numbers).count == numbers.count {
            result.settle(.new, ValueTemplate(.number(within: [])), 0, 0)
        } else if let others = countedWithin(column), numbers.count == sample.sample.count {
            result.settle(.new, ValueTemplate(.number(within: others)), 0, 0)
        }
        return result
    }

    /// A counter that begins anew for each camera: one column of a key, which rises with the time wherever the others are the same.
    private func countedWithin(_ column: Int) -> [String]? {
        let name = sample.table.columns[column].name
        let others = sample.table.primaryKey.filter { $0 != name }
        guard !others.isEmpty, others.count < sample.table.primaryKey.count,
            !others.contains(where: { $0.contains("|") || $0.contains("}") })
        else { return nil }
        let places = others.compactMap(sample.table.column)
        var groups: [[String?]: [(number: Int64, start: Int64)]] = [:]
        for pair in pairs {
            guard let number = pair.row[column].flatMap({ Int64($0) }), let start = pair.fact.start else { continue }
            groups[places.map { pair.row[$0] }, default: []].append((number, start))
        }
        var (steps, rising) = (0, 0)
        for rows in groups.values {
            let order = rows.sorted { $0.start < $1.start }
            steps += order.count - 1
            rising += zip(order, order.dropFirst()).count { $0.number < $1.number }
        }
        return steps >= Self.fewestForConstant && steps * 2 >= pairs.count && isEnough(rising, of: steps) ? others : nil
    }

    private static func seen(_ census: TableSample.ColumnCensus, _ sample: [String]) -> [String] {
        let order =
            census.hasManyValues
            ? Array(sample.prefix(5)) : census.values.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(8).map(\.key)
        return (census.nulls > 0 ? ["NULL"] : []) + order.map { $0 == ExampleColumn.bytesMark ? "BLOB" : String($0.prefix(80)) }
    }
}

extension LearnedColumn {
    mutating func settle(_ state: State, _ template: ValueTemplate, _ agreeing: Int, _ tested: Int) {
        let isMade = template.hasMadePart && state == .known
        self.state = isMade ? .new : state
        self.template = template
        self.agreeing = agreeing
        self.tested = tested
    }
}
