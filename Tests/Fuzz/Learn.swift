import Layouts

@testable import Learning

/// The index of a recorder: a dump, a JSON or XML text, lines, binary records or a profile, each told by its first bytes.
@Sendable func learn(_ input: UnsafeBufferPointer<UInt8>) {
    _ = samples(Array(input))
}

/// The same, and what is inferred of the rows.
@Sendable func infer(_ input: UnsafeBufferPointer<UInt8>) {
    guard let (samples, dialect, file) = samples(Array(input)) else { return }
    infer(Array(samples.prefix(4)), dialect: dialect, file: file)
}

private typealias Read = (samples: [TableSample], dialect: SQLDialect?, file: LearnedTable.FileForm?)

private func samples(_ bytes: [UInt8]) -> Read? {
    if bytes.starts(with: Array("{\n  \"schema\": \"camtrace-rescue/profile".utf8)) {
        if let profile = try? Profile(parsing: bytes) { use(profile) }
        return nil
    }
    if SQLDumpReader.isDump(bytes) { return dump(bytes) }
    if let example = MarkupExample(bytes) { return markup(example, bytes) }
    if let records = records(bytes) { return records }
    let lines = bytes.split(separator: 0x0A).prefix(400).map { String(decoding: $0, as: UTF8.self) }
    guard let form = LineForm([lines]) else { return nil }
    for line in lines {
        guard let cells = form.cells(line)?.map({ $0 ?? "" }) else { continue }
        demand(form.cells(form.line(cells))?.map { $0 ?? "" } == cells, "a line is not read as it is written")
    }
    return rows(.lines(form)) { body in lines.forEach { line in form.cells(line).map { try? body($0) } } }
}

/// As of the seeds: two cameras, sixty recordings. Filled once, by the one thread there is.
nonisolated(unsafe) private let facts: FactStore = {
    let store = FactStore()
    for number in 0..<60 {
        var fact = Fact()
        fact.start = Int64(1_774_728_000 + number * 61) * 1_000_000
        fact.duration = Int64(2_000_000 + number % 4 * 500_000)
        fact.size = Int64(9000 + number * 37)
        fact.camera = number % 2 == 0 ? "north" : "south"
        fact.path = "\(fact.camera)/2026-03-28/\(1_774_728_000 + number * 61).mp4"
        fact.volume = "/recordings"
        (fact.kind, fact.container, fact.codec) = (number % 7 == 0 ? "alarm" : "regular", "mp4", "h264")
        (fact.width, fact.height, fact.frames, fact.keyframes) = (96, 64, Int64(20 + number % 4 * 5), 3)
        store.append(fact)
    }
    return store
}()

/// Inference looks at each row many times; what it may meet is in the first ones.
private let mostRows = 30

private func dump(_ bytes: [UInt8]) -> Read {
    var samples: [TableSample] = []
    var rows = 0
    let whole = SQLDumpReader(ByteStream(bytes: bytes))
    try? whole.read { table, row in
        demand(table < whole.tables.count, "a row of no table")
        while samples.count <= table { samples.append(TableSample(ExampleTable(name: ""))) }
        if samples[table].rows < mostRows { samples[table].add(row, isHidden: false) }
        rows += 1
    }
    // The same, however the bytes come.
    var position = 0
    var rowsInParts = 0
    let inParts = SQLDumpReader(
        ByteStream { buffer, filled in
            filled = min(buffer.count, bytes.count - position, 1021)
            buffer.copyBytes(from: bytes[position..<position + filled])
            position += filled
        })
    try? inParts.read { _, _ in rowsInParts += 1 }
    demand(rows == rowsInParts && whole.tables == inParts.tables, "\(rows) rows at once, \(rowsInParts) in parts")
    while samples.count < whole.tables.count { samples.append(TableSample(ExampleTable(name: ""))) }
    for (number, table) in whole.tables.enumerated() {
        samples[number].table = table
        samples[number].widen()
    }
    return (samples, whole.dialect, nil)
}

private func rows(_ form: TextForm, _ read: ((ExampleRow) throws -> Void) -> Void) -> Read {
    var sample = TableSample(ExampleTable(name: "#.txt"))
    sample.table.columns = ([TextForm.fileColumn] + form.names).map { ExampleColumn(name: $0) }
    read { row in
        demand(row.count == form.names.count, "\(row.count) values of \(form.names.count)")
        if sample.rows < mostRows { sample.add(["1.txt"] + row, isHidden: false) }
        _ = form.row(row)
    }
    return ([sample], nil, .text(form))
}

/// What is written of the rows is read as the same rows.
private func markup(_ example: MarkupExample, _ bytes: [UInt8]) -> Read {
    var values: [ExampleRow] = []
    demand((try? example.rows(ByteStream(bytes: bytes)) { values.append($0) }) == true, "a text is read once only")
    let written = values.map { example.form.row($0) }
    if !written.contains(nil) {
        var all = Fact()
        all.count = Int64(values.count)
        let rows = written.compactMap { $0 }.joined(separator: example.form.separator)
        let text = (example.form.header.render(all) ?? "") + rows + (example.form.footer.render(all) ?? "")
        var again: [ExampleRow] = []
        let isWhole = try? example.rows(ByteStream(bytes: Array(text.utf8))) { again.append($0) }
        demand(isWhole == true && again.count == values.count, "\(again.count) rows of \(values.count) are read as they are written")
        demand(zip(values, again).allSatisfy { zip($0, $1).allSatisfy { ($0 ?? "") == ($1 ?? "") } }, "a row is not read as it is written")
    }
    return rows(.markup(example.form)) { body in values.forEach { try? body($0) } }
}

private func records(_ bytes: [UInt8]) -> Read? {
    guard let form = RecordFinder(facts).form(bytes, fileLength: UInt64(bytes.count)) else { return nil }
    var sample = TableSample(form.table(name: "records"))
    for start in stride(from: form.header.count, through: bytes.count - form.stride, by: form.stride).prefix(mostRows) {
        let record = bytes[start..<start + form.stride]
        let row = form.fields.map { $0.read(record) }
        sample.add(row, isHidden: false)
        var written = [UInt8](repeating: 0, count: form.stride)
        for (field, value) in zip(form.fields, row) {
            guard let value, field.write(value, into: &written) else { continue }
            demand(field.read(written[...]) == value, "a field of a record is not read as it is written")
        }
    }
    return ([sample], nil, .records(form))
}

/// From the rows to a profile and back.
private func infer(_ samples: [TableSample], dialect: SQLDialect?, file: LearnedTable.FileForm?) {
    var (tables, _) = TableInference(facts: facts, hint: .utc).learn(samples)
    for place in tables.indices {
        tables[place].beginComparing()
        for row in samples[tables[place].number].sample {
            for index in 0..<facts.count where tables[place].keyHash(of: facts[index]) == tables[place].keyHash(of: row) {
                tables[place].compare(row, facts[index], isHidden: false)
            }
        }
        tables[place].giveUpDoubtful()
        tables[place].file = file
    }
    tables.removeAll { table in !table.key.allSatisfy { table.columns[$0].template != nil } }
    use(Profile(tables: tables, dialect: dialect, segments: facts.count))
}

/// What is written of a profile is read as the same, and its rows can be made.
private func use(_ profile: Profile) {
    let text = profile.text()
    let again = try? Profile(parsing: Array(text.utf8))
    demand(again?.text() == text, "a profile is not read as it is written: \(text)")
    for table in profile.tables {
        for index in 0..<facts.count {
            _ = table.keyHash(of: facts[index])
            for column in table.columns {
                _ = column.value(facts[index])
                for other in column.alternatives { _ = other.render(facts[index]) }
            }
        }
    }
    _ = (profile.verdict, profile.gaps, profile.missingColumns, profile.report)
}
