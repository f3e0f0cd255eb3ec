import Layouts

extension Profile {
    init(parsing bytes: [UInt8]) throws(LinedJSON.Problem) { try self.init(LinedJSON.parse(bytes)) }

    private init(_ root: LinedJSON) throws(LinedJSON.Problem) {
        guard case .object = root.value, let schema = root["schema"], try schema.string("schema") == Self.schema else {
            throw LinedJSON.Problem(line: root.line, problem: .noProfile)
        }
        self.init(
            tables: [], dialect: nil, segments: try root["segments"]?.integer("segments") ?? 0)
        let word = try root.required("dialect")
        if try word.string("dialect") != Self.filesWord { dialect = try word.word("dialect", SQLDialect.self) }
        sessionZone = try root["sessionTimeZone"]?.string("sessionTimeZone")
        for item in try root.required("tables").items("tables") { tables.append(try LearnedTable(item)) }
        for item in try root["cameraTables"]?.items("cameraTables") ?? [] { lookups.append(try ExampleTable(item)) }
        for table in tables {
            if dialect == nil, table.file == nil { throw LinedJSON.Problem(line: root.line, problem: .missing("lines, records")) }
            for column in table.columns {
                guard case .row(let name, let key)? = column.template?.single else { continue }
                guard tables.contains(where: { $0.table.name == name && $0.table.column(key) != nil }) else {
                    throw LinedJSON.Problem(line: root.line, problem: .noSuchColumn("\(name).\(key)"))
                }
            }
        }
    }
}

extension ExampleColumn {
    fileprivate init(_ item: LinedJSON) throws(LinedJSON.Problem) {
        self.init(name: try item.required("name").string("name"))
        type = try item["type"]?.string("type") ?? ""
        isRequired = try item["required"]?.bool("required") ?? false
        fallback = try item["default"]?.string("default")
        isNumberedByServer = try item["numberedByServer"]?.bool("numberedByServer") ?? false
        isComputed = try item["computed"]?.bool("computed") ?? false
    }
}

extension ExampleTable {
    fileprivate init(_ item: LinedJSON) throws(LinedJSON.Problem) {
        self.init(name: try item.required("name").string("name"))
        primaryKey = try item["primaryKey"]?.strings("primaryKey") ?? []
        definition = try item["definition"]?.string("definition")
        for column in try item.required("columns").items("columns") { columns.append(try ExampleColumn(column)) }
    }
}

extension LearnedColumn {
    fileprivate init(_ item: LinedJSON) throws(LinedJSON.Problem) {
        self.init(try ExampleColumn(item), isNumeric: try item["numeric"]?.bool("numeric") ?? false)
        state = try item["state"]?.word("state", State.self) ?? .unknown
        agreeing = try item["agree"]?.integer("agree") ?? 0
        tested = try item["of"]?.integer("of") ?? 0
        seen = try item["seen"]?.strings("seen") ?? []
        if let value = item["value"] { template = try value.template("value") }
        for other in try item["also"]?.items("also") ?? [] { alternatives.append(try other.template("also")) }
        if let map = item["map"] {
            guard case .object(let members) = map.value else {
                throw LinedJSON.Problem(line: map.line, problem: .wrongType(key: "map", expected: "{…}"))
            }
            for member in members {
                if case .null = member.value.value {
                    values[member.key] = .some(nil)
                } else {
                    values[member.key] = try member.value.string("map")
                }
            }
        }
        if let prefix = item["prefix"] {
            guard case .object(let members) = prefix.value else {
                throw LinedJSON.Problem(line: prefix.line, problem: .wrongType(key: "prefix", expected: "{…}"))
            }
            for member in members { prefixes[member.key] = try member.value.string("prefix") }
        }
        if let camera = item["camera"] {
            lookup = Lookup(
                table: try camera.required("table").string("table"), key: try camera.required("key").string("key"),
                name: try camera.required("name").string("name"))
        }
        if let within = item["withinSeconds"], case .number(let text) = within.value { self.within = Double(text) }
        // Values that a person wrote are theirs to answer for.
        if state == .unknown, template != nil { state = .known }
    }

}

extension LinedJSON {
    fileprivate func template(_ key: String) throws(LinedJSON.Problem) -> ValueTemplate {
        let text = try string(key)
        do throws(TemplateProblem) {
            return try ValueTemplate(parsing: text)
        } catch {
            let problem: ProfileProblem =
                switch error.reason {
                case .unclosedBrace: .unclosedBrace
                case .unknownField(let field): .unknownField(field)
                case .badForm(let field, let form): .badForm(field: field, form: form)
                case .mustStandAlone(let field): .mustStandAlone(field)
                }
            throw LinedJSON.Problem(line: line, problem: problem)
        }
    }
}

extension LearnedTable {
    fileprivate init(_ item: LinedJSON) throws(LinedJSON.Problem) {
        var table = try ExampleTable(item)
        var columns: [LearnedColumn] = []
        for column in try item.required("columns").items("columns") { columns.append(try LearnedColumn(column)) }
        table.columns = columns.map(\.column)
        self.init(table: table, columns: columns)
        each = try item["rowIs"]?.word("rowIs", Each.self) ?? .segment
        ofAllCameras = try item["ofAllCameras"]?.bool("ofAllCameras") ?? false
        if let zone = item["timeZone"] {
            self.zone = try zone.string("timeZone")
            guard ZoneRules(identifier: self.zone) != nil else {
                throw LinedJSON.Problem(line: zone.line, problem: .unknownWord(key: "timeZone", word: self.zone, known: []))
            }
        }
        file = try FileForm(item, columns: columns.map(\.column.name))
        if let rest = item["remainder"] {
            remainder = TextRemainder(rows: try rest.required("rows").integer("rows"), seen: try rest.required("seen").strings("seen"))
        }
        kinds = Set(try item["kinds"]?.strings("kinds") ?? [])
        isWritten = try item["write"]?.bool("write") ?? true
        rows = try item["rows"]?.integer("rows") ?? 0
        matched = try item["matched"]?.integer("matched") ?? 0
        isClockUncertain = try item["clockUncertain"]?.bool("clockUncertain") ?? false
        let keys = try item.required("rowsDifferIn")
        for name in try keys.strings("rowsDifferIn") {
            guard let index = table.column(name) else { throw LinedJSON.Problem(line: keys.line, problem: .noSuchColumn(name)) }
            guard columns[index].template != nil else { throw LinedJSON.Problem(line: keys.line, problem: .missing("value: \(name)")) }
            key.append(index)
        }
        guard !key.isEmpty else { throw LinedJSON.Problem(line: keys.line, problem: .missing("rowsDifferIn")) }
        for row in try item["examples"]?.items("examples") ?? [] {
            var cells: ExampleRow = []
            for cell in try row.items("examples") {
                if case .null = cell.value { cells.append(nil) } else { cells.append(try cell.string("examples")) }
            }
            examples.append(cells)
        }
    }
}

extension LearnedTable.FileForm {
    fileprivate init?(_ item: LinedJSON, columns: [String]) throws(LinedJSON.Problem) {
        if let lines = item["lines"] {
            let separator = try lines.required("separator").string("separator")
            guard let character = separator.first, separator.count == 1, character.isASCII else {
                throw LinedJSON.Problem(line: lines.line, problem: .wrongType(key: "separator", expected: "\",\""))
            }
            var quoted: [Bool] = []
            for flag in try lines.required("quoted").items("quoted") { quoted.append(try flag.bool("quoted")) }
            guard columns.first == TextForm.fileColumn, quoted.count == columns.count - 1 else {
                throw LinedJSON.Problem(line: lines.line, problem: .noSuchColumn(TextForm.fileColumn))
            }
            self = .text(
                .lines(
                    LineForm(
                        separator: character, header: try lines["header"]?.string("header"), names: Array(columns.dropFirst()),
                        quoted: quoted)))
        } else if let markup = item["markup"] {
            var quoted: [Bool] = []
            for flag in try markup.required("quoted").items("quoted") { quoted.append(try flag.bool("quoted")) }
            let pieces = try markup.required("pieces").strings("pieces")
            guard columns.first == TextForm.fileColumn, quoted.count == columns.count - 1 else {
                throw LinedJSON.Problem(line: markup.line, problem: .noSuchColumn(TextForm.fileColumn))
            }
            guard pieces.count == columns.count else {
                throw LinedJSON.Problem(line: markup.line, problem: .wrongType(key: "pieces", expected: "[\(columns.count) × \"…\"]"))
            }
            self = .text(
                .markup(
                    MarkupForm(
                        syntax: try markup.required("syntax").word("syntax", MarkupScan.Syntax.self),
                        header: try markup.required("header").template("header"),
                        footer: try markup.required("footer").template("footer"),
                        separator: try markup.required("separator").string("separator"),
                        pieces: pieces,
                        slots: zip(columns.dropFirst(), quoted).map { MarkupForm.Slot(name: $0, isQuoted: $1) })))
        } else if let records = item["records"] {
            let stride = try records.required("bytes").integer("bytes")
            let text = Array(try records["header"]?.string("header") ?? "")
            var header: [UInt8] = []
            for place in Swift.stride(from: 0, to: text.count, by: 2) {
                guard place + 1 < text.count, let byte = UInt8(String(text[place...(place + 1)]), radix: 16) else {
                    throw LinedJSON.Problem(line: records.line, problem: .wrongType(key: "header", expected: "\"00ff…\""))
                }
                header.append(byte)
            }
            var fields: [RecordField] = []
            for name in columns {
                guard let field = RecordField(name: name), field.offset + field.length <= stride, stride <= 65536 else {
                    throw LinedJSON.Problem(line: records.line, problem: .noSuchColumn(name))
                }
                fields.append(field)
            }
            var count: RecordField?
            if let place = records["count"] {
                count = RecordField(name: try place.string("count"))
                guard let count, count.offset + count.length <= header.count else {
                    throw LinedJSON.Problem(line: place.line, problem: .noSuchColumn("count"))
                }
            }
            self = .records(RecordForm(header: header, stride: stride, fields: fields, count: count))
        } else {
            return nil
        }
    }
}
