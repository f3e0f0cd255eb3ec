import Recordings

extension Profile {
    static let schema = "camtrace-rescue/profile/1"

    /// Instead of a dialect.
    static let filesWord = "files"

    /// Readable and easy to correct: a line for each column.
    public func text() -> String {
        var head: [(String, JSON)] = [
            ("schema", .string(Self.schema)), ("verdict", .string(verdict.rawValue)),
            ("dialect", .string(dialect?.rawValue ?? Self.filesWord)),
            ("segments", .optional(segments)),
        ]
        if let sessionZone { head.append(("sessionTimeZone", .string(sessionZone))) }
        if isCut { head.append(("exampleWasCut", true)) }
        var text = "{\n" + head.map { "  \(JSON.string($0.0).line): \($0.1.line),\n" }.joined()
        text += "  \"tables\": [\n" + tables.map(Self.text).joined(separator: ",\n") + "\n  ]"
        if !lookups.isEmpty {
            text += ",\n  \"cameraTables\": [\n" + lookups.map { "    " + Self.json($0).line }.joined(separator: ",\n") + "\n  ]"
        }
        return text + "\n}\n"
    }

    private static func text(_ table: LearnedTable) -> String {
        var head: [(String, JSON)] = [("name", .string(table.table.name)), ("rowIs", .string(table.each.rawValue))]
        if table.each != .segment { head += [("ofAllCameras", .bool(table.ofAllCameras)), ("timeZone", .string(table.zone))] }
        head += [
            ("write", .bool(table.isWritten)), ("rows", .optional(table.rows)), ("matched", .optional(table.matched)),
            ("primaryKey", .array(table.table.primaryKey.map(JSON.string))),
            ("rowsDifferIn", .array(table.key.map { .string(table.columns[$0].column.name) })),
        ]
        head.append(("kinds", .array(table.kinds.sorted().map(JSON.string))))
        if table.isClockUncertain { head.append(("clockUncertain", true)) }
        if let definition = table.table.definition { head.append(("definition", .string(definition))) }
        switch table.file {
        case .text(.markup(let form))?:
            head.append(
                (
                    "markup",
                    .object([
                        ("syntax", .string(form.syntax.rawValue)), ("header", .string(form.header.text)),
                        ("separator", .string(form.separator)),
                        ("footer", .string(form.footer.text)), ("pieces", .array(form.pieces.map(JSON.string))),
                        ("quoted", .array(form.slots.map { .bool($0.isQuoted) })),
                    ])
                ))
        case .text(.lines(let form))?:
            head.append(
                (
                    "lines",
                    .object([
                        ("separator", .string(String(form.separator))), ("header", .optional(form.header)),
                        ("quoted", .array(form.quoted.map(JSON.bool))),
                    ])
                ))
        case .records(let form)?:
            let hexadecimal = form.header.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            head.append(
                (
                    "records",
                    .object([
                        ("bytes", .optional(form.stride)), ("header", .string(hexadecimal)), ("count", .optional(form.count?.name)),
                    ])
                ))
        case nil: break
        }
        if !table.remainder.isEmpty {
            head.append(
                (
                    "remainder",
                    .object([("rows", .optional(table.remainder.rows)), ("seen", .array(table.remainder.seen.map(JSON.string)))])
                ))
        }
        let rows = table.examples.map { "        " + JSON.array($0.map { .optional($0) }).line }
        return "    {\n" + head.map { "      \(JSON.string($0.0).line): \($0.1.line),\n" }.joined()
            + "      \"columns\": [\n" + table.columns.map { "        " + json($0).line }.joined(separator: ",\n") + "\n      ],\n"
            + "      \"examples\": [\n" + rows.joined(separator: ",\n") + (rows.isEmpty ? "" : "\n") + "      ]\n    }"
    }

    private static func json(_ column: LearnedColumn) -> JSON {
        var members: [(String, JSON)] = [
            ("name", .string(column.column.name)), ("value", .optional(column.template?.text)), ("state", .string(column.state.rawValue)),
            ("agree", .optional(column.agreeing)), ("of", .optional(column.tested)), ("type", .string(column.column.type)),
            ("numeric", .bool(column.isNumeric)),
        ]
        if !column.values.isEmpty {
            members.append(("map", .object(column.values.sorted { $0.key < $1.key }.map { ($0.key, .optional($0.value)) })))
        }
        if !column.prefixes.isEmpty {
            members.append(("prefix", .object(column.prefixes.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
        }
        if let lookup = column.lookup {
            members.append(
                ("camera", .object([("table", .string(lookup.table)), ("key", .string(lookup.key)), ("name", .string(lookup.name))])))
        }
        if let within = column.within { members.append(("withinSeconds", .number(within))) }
        if !column.alternatives.isEmpty { members.append(("also", .array(column.alternatives.map { .string($0.text) }))) }
        if column.state == .unknown { members.append(("seen", .array(column.seen.map(JSON.string)))) }
        if column.column.isRequired { members.append(("required", true)) }
        if let fallback = column.column.fallback { members.append(("default", .string(fallback))) }
        if column.column.isNumberedByServer { members.append(("numberedByServer", true)) }
        if column.column.isComputed { members.append(("computed", true)) }
        return .object(members)
    }

    private static func json(_ table: ExampleTable) -> JSON {
        var members: [(String, JSON)] = [("name", .string(table.name)), ("primaryKey", .array(table.primaryKey.map(JSON.string)))]
        if let definition = table.definition { members.append(("definition", .string(definition))) }
        members.append(
            (
                "columns",
                .array(
                    table.columns.map { column in
                        var entry: [(String, JSON)] = [("name", .string(column.name)), ("type", .string(column.type))]
                        if column.isRequired { entry.append(("required", true)) }
                        if let fallback = column.fallback { entry.append(("default", .string(fallback))) }
                        if column.isNumberedByServer { entry.append(("numberedByServer", true)) }
                        return .object(entry)
                    })
            ))
        return .object(members)
    }
}
