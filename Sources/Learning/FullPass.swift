import Layouts
import LinuxSystem
import Recordings

/// Goes through every row of the example, once what was learnt from some of them is known.
struct FullPass {
    let example: Example
    let facts: FactStore
    let hiding: Bool
    let progress: (Int) -> Void
    /// Of each table that was learnt: the column of its key, and the segment of each row by that.
    private var links: [String: (key: String, numbers: [String: Int32])] = [:]

    init(example: Example, facts: FactStore, hiding: Bool, progress: @escaping (Int) -> Void) {
        (self.example, self.facts, self.hiding, self.progress) = (example, facts, hiding, progress)
    }

    /// Finds the fact of a row by its key.
    private struct Finder {
        let facts: FactStore
        private var byKey: [UInt64: Int32] = [:]

        init(_ table: LearnedTable, _ segments: FactStore) {
            facts =
                table.each == .segment
                ? segments : segments.grouped(table.each, zone: ZoneRules(identifier: table.zone) ?? .utc, ofAllCameras: table.ofAllCameras)
            byKey.reserveCapacity(facts.count)
            for index in 0..<facts.count {
                if let hash = table.keyHash(of: facts[index]) { byKey[hash] = Int32(index) }
            }
        }

        func number(_ row: ExampleRow, _ table: LearnedTable) -> Int32? { byKey[table.keyHash(of: row)] }
    }

    private func read(_ tables: [LearnedTable], _ body: (_ place: Int, ExampleRow, _ isHidden: Bool) throws -> Void) throws {
        let places = Dictionary(uniqueKeysWithValues: tables.enumerated().map { ($1.number, $0) })
        var rows = 0
        _ = try example.read(hiding: hiding) { number, row, isHidden in
            rows += 1
            if rows % 4096 == 0 {
                progress(rows)
                if Interruption.requested { throw Interrupted() }
            }
            guard let place = places[number], row.count == tables[place].columns.count else { return }
            try body(place, row, isHidden)
        }
    }

    /// Compares every row with what would be written in its place. Columns that do not hold are given up.
    mutating func compare(_ tables: inout [LearnedTable]) throws {
        guard !tables.isEmpty else { return }
        let finders = tables.map { $0.link == nil ? Finder($0, facts) : nil }
        for place in tables.indices { tables[place].beginComparing() }
        var learned = tables
        var seen = finders.map { [Bool](repeating: false, count: ($0?.facts ?? facts).count) }
        try read(tables) { place, row, isHidden in
            var number: Int32?
            if let finder = finders[place] {
                number = finder.number(row, learned[place])
            } else if let link = learned[place].link, let value = row[link.column] {
                number = links[link.table]?.numbers[value]
            }
            if let number { seen[place][Int(number)] = true }
            learned[place].compare(row, number.map { (finders[place]?.facts ?? facts)[Int($0)] }, isHidden: isHidden)
        }
        for place in learned.indices {
            learned[place].recordings = seen[place].count { $0 }
            learned[place].giveUpDoubtful()
        }
        tables = learned
    }

    // MARK: tables that match through another

    /// Notes the key of every row of the tables that were learnt.
    mutating func findLinks(of tables: [LearnedTable], _ samples: [TableSample]) throws {
        let sources = tables.filter { $0.each == .segment && $0.table.primaryKey.count == 1 }
        guard !sources.isEmpty else { return }
        let finders = sources.map { Finder($0, facts) }
        let keys = sources.map { $0.table.column($0.table.primaryKey[0]) }
        var found: [[String: Int32]] = sources.map { _ in [:] }
        try read(sources) { place, row, _ in
            guard let column = keys[place], let value = row[column], let number = finders[place].number(row, sources[place]) else { return }
            found[place][value] = number
        }
        for (place, source) in sources.enumerated() { links[source.table.name] = (source.table.primaryKey[0], found[place]) }
    }

    /// Adds the tables each of whose rows belongs to one row of a table that was learnt.
    func linked(_ tables: [LearnedTable], _ samples: [TableSample], columns: (TableSample, Pairing) -> [LearnedColumn]) -> [LearnedTable] {
        var result = tables
        for (number, sample) in samples.enumerated()
        where sample.rows >= ColumnInference.fewest && !tables.contains(where: { $0.number == number }) {
            guard let (link, pairing) = link(sample) else { continue }
            var table = LearnedTable(table: sample.table, columns: columns(sample, pairing))
            table.number = number
            table.columns[link.column].settle(.new, ValueTemplate(.row(table: link.table, column: link.key)), 0, 0)
            table.key = [link.column]
            table.link = link
            result.append(table)
        }
        // A table that matches by itself may refer to another all the same.
        for place in tables.indices where tables[place].each == .segment {
            let finder = Finder(tables[place], facts)
            let rows = samples[tables[place].number].sample
            let numbers = rows.map { finder.number($0, tables[place]) }
            for column in result[place].columns.indices where result[place].columns[column].template == nil {
                for (name, link) in links.sorted(by: { $0.key < $1.key }) where name != tables[place].table.name {
                    let both = zip(rows, numbers).compactMap { row, number in number.map { (row[column].flatMap { link.numbers[$0] }, $0) }
                    }
                    let agreeing = both.count { $0.0 == $0.1 }
                    guard agreeing >= ColumnInference.fewest, Double(agreeing) >= ColumnInference.certain * Double(both.count) else {
                        continue
                    }
                    result[place].columns[column].settle(.new, ValueTemplate(.row(table: name, column: link.key)), agreeing, both.count)
                    break
                }
            }
        }
        return result
    }

    private func link(_ sample: TableSample) -> (LearnedTable.Link, Pairing)? {
        for (name, link) in links.sorted(by: { $0.key < $1.key }) where !link.numbers.isEmpty {
            for column in sample.table.columns.indices {
                let found = sample.sample.map { row in row[column].flatMap { link.numbers[$0] }.map { Int($0) } }
                let hits = found.compactMap { $0 }
                guard hits.count >= ColumnInference.fewest, hits.count * 2 >= found.count, Set(hits).count == hits.count else { continue }
                let isDeclared = sample.table.references.contains { $0.columns == [sample.table.columns[column].name] && $0.table == name }
                // Numbers lie in the range of another table's by accident, but not nearly all of them in tables of one size.
                let covers =
                    hits.count * 100 >= found.count * 99 && sample.rows * 10 >= link.numbers.count * 9
                    && sample.rows * 9 <= link.numbers.count * 10
                guard isDeclared || covers else { continue }
                return (.init(column: column, table: name, key: link.key), Pairing(anchor: .path(column: column), facts: found))
            }
        }
        return nil
    }
}
