import Learning
import LinuxSystem
import Recordings
import Wording

/// What `index learn` and `index export --profile` say.
public enum LearnReport {
    public static func text(_ profile: Profile, path: String, language: Language, width: Int) -> String {
        var text = ""
        for table in profile.report {
            text += language.learntTable(table.name, each: table.each, rows: table.rows, matched: table.matched, key: table.key) + "\n"
            if !table.isWritten { text += language.tableNotWritten + "\n" }
            var columns: [(title: String, alignment: Table.Alignment)] = [(language.columnWord, .left), (language.agreeWord, .right)]
            if profile.isVerified { columns.append((language.hiddenWord, .right)) }
            var grid = Table(columns + [(language.valueWord, .left)])
            for column in table.columns {
                var cells = [column.name, column.tested > 0 ? "\(column.agreeing)/\(column.tested)" : ""]
                if profile.isVerified { cells.append(column.hiddenCompared.map { "\(column.hiddenEqual ?? 0)/\($0)" } ?? "") }
                grid.add(cells + [value(column, language)])
            }
            text += grid.text(width: width)
            if profile.isVerified {
                text +=
                    language.hiddenRows(
                        table.hiddenRows, matched: table.hiddenMatched, reproduced: table.reproduced,
                        isExact: !table.columns.contains { $0.state == "near" }) + "\n"
            }
            text += "\n"
        }
        for gap in profile.gaps { text += "- " + Table.printable(sentence(gap, language)) + "\n" }
        if profile.isCut { text += "- " + language.exampleWasCut + "\n" }
        return text + language.profileWritten(path, verdict: language.verdictOfProfile(profile.verdict.rawValue)) + "\n"
    }

    private static func value(_ column: Profile.TableReport.Column, _ language: Language) -> String {
        guard let value = column.value else { return language.leftToDefault(true) }
        return column.state == "new" && value == "{number}" ? language.newNumber : value
    }

    public static func json(_ profile: Profile, path: String) -> JSON {
        .object([
            ("schema", "camtrace-rescue/index-learn/1"), ("verdict", .string(profile.verdict.rawValue)), ("profile", .string(path)),
            ("exampleWasCut", .bool(profile.isCut)), ("verified", .bool(profile.isVerified)),
            ("tables", .array(profile.report.map { json($0, isVerified: profile.isVerified) })), ("gaps", .array(profile.gaps.map(json))),
        ])
    }

    private static func json(_ table: Profile.TableReport, isVerified: Bool) -> JSON {
        var members: [(String, JSON)] = [
            ("name", .string(table.name)), ("rowIs", .string(table.each)), ("write", .bool(table.isWritten)),
            ("rows", .optional(table.rows)),
            ("matched", .optional(table.matched)), ("rowsDifferIn", .array(table.key.map(JSON.string))),
        ]
        if isVerified {
            members.append(
                (
                    "hidden",
                    .object([
                        ("rows", .optional(table.hiddenRows)), ("matched", .optional(table.hiddenMatched)),
                        ("reproduced", .optional(table.reproduced)),
                    ])
                ))
        }
        members.append(
            (
                "columns",
                .array(
                    table.columns.map { column in
                        .object([
                            ("name", .string(column.name)), ("state", .string(column.state)), ("value", .optional(column.value)),
                            ("agree", .optional(column.agreeing)), ("of", .optional(column.tested)),
                            ("hiddenEqual", .optional(column.hiddenEqual)), ("hiddenCompared", .optional(column.hiddenCompared)),
                        ])
                    })
            ))
        return .object(members)
    }

    private static func json(_ gap: Profile.Gap) -> JSON {
        switch gap {
        case .unknown(let table, let column, let seen), .missing(let table, let column, let seen):
            let isMissing = if case .missing = gap { true } else { false }
            return .object([
                ("kind", .string(isMissing ? "missing" : "unknown")), ("table", .string(table)), ("column", .string(column)),
                ("seen", .array(seen.map(JSON.string))),
            ])
        case .near(let table, let column, let seconds):
            return .object([
                ("kind", "near"), ("table", .string(table)), ("column", .string(column)), ("withinSeconds", .number(seconds)),
            ])
        case .fewRows(let table, let rows): return .object([("kind", "few-rows"), ("table", .string(table)), ("rows", .optional(rows))])
        case .clockUncertain(let table): return .object([("kind", "clock-uncertain"), ("table", .string(table))])
        case .clockShifted(let table, let column, let seconds):
            return .object([
                ("kind", "clock-shifted"), ("table", .string(table)), ("column", .string(column)), ("aheadSeconds", .integer(seconds)),
            ])
        case .remainder(let table, let rows, let seen):
            return .object([
                ("kind", "remainder"), ("table", .string(table)), ("rows", .optional(rows)), ("seen", .array(seen.map(JSON.string))),
            ])
        }
    }

    private static func sentence(_ gap: Profile.Gap, _ language: Language) -> String {
        switch gap {
        case .unknown(let table, let column, let seen): language.gapUnknown(table, column, seen: seen)
        case .missing(let table, let column, let seen): language.gapMissing(table, column, seen: seen)
        case .near(let table, let column, let seconds): language.gapNear(table, column, seconds: seconds)
        case .fewRows(let table, let rows): language.gapFewRows(table, rows)
        case .clockUncertain(let table): language.gapClockUncertain(table)
        case .clockShifted(let table, let column, let seconds): language.gapClockShifted(table, column, seconds: seconds)
        case .remainder(let table, let rows, let seen): language.gapRemainder(table, rows: rows, seen: seen)
        }
    }

    // MARK: export

    public static func text(_ result: ProfileExport.Result, path: String?, language: Language, width: Int) -> String {
        var text = ""
        for table in result.tables {
            if path == nil {
                text += language.rowsOf(table.name, table.rows) + "\n"
                for (title, rows) in [(language.ofTheExample, table.examples), (language.madeRows, table.samples)] where !rows.isEmpty {
                    var grid = Table(table.columns.map { ($0, .left) })
                    for row in rows { grid.add(row.map { $0 ?? "" }) }
                    text += "\(title)\n" + grid.text(width: width)
                }
            }
            text += losses(table, language)
        }
        for (camera, rows) in result.unknownCameras.sorted(by: { $0.key < $1.key }) {
            text += Table.printable(language.cameraUnknown(camera, rows)) + "\n"
        }
        if let path { text += language.profileExported(rows: result.rows, path: path) + "\n" }
        return text
    }

    private static func losses(_ table: ProfileExport.Result.Table, _ language: Language) -> String {
        var text = table.leftOut > 0 ? language.rowsLeftOut(table.name, table.leftOut) + "\n" : ""
        for (column, rows) in table.doubtful.sorted(by: { $0.key < $1.key }) {
            text += language.columnDoubtful(table.name, column, rows) + "\n"
        }
        for (kind, rows) in table.unseenKinds.sorted(by: { $0.key < $1.key }) {
            text += language.kindUnseen(table.name, kind, rows) + "\n"
        }
        return text
    }

    public static func json(_ result: ProfileExport.Result, path: String?, isDryRun: Bool) -> JSON {
        .object([
            ("schema", "camtrace-rescue/index-export/1"), ("dryRun", .bool(isDryRun)), ("output", .optional(path)),
            ("tables", .object(result.tables.map { ($0.name, .optional($0.rows)) })),
            ("leftOut", .object(result.tables.filter { $0.leftOut > 0 }.map { ($0.name, .optional($0.leftOut)) })),
            (
                "leftToDefault",
                .array(
                    result.tables.flatMap { table in
                        table.doubtful.sorted { $0.key < $1.key }.map { column, rows in
                            .object([("table", .string(table.name)), ("column", .string(column)), ("rows", .optional(rows))])
                        }
                    })
            ),
            (
                "unseenKinds",
                .array(
                    result.tables.flatMap { table in
                        table.unseenKinds.sorted { $0.key < $1.key }.map { kind, rows in
                            .object([("table", .string(table.name)), ("kind", .string(kind)), ("rows", .optional(rows))])
                        }
                    })
            ),
            ("unknownCameras", .object(result.unknownCameras.sorted { $0.key < $1.key }.map { ($0.key, .optional($0.value)) })),
            ("camerasCreated", .optional(result.camerasCreated)),
            (
                "rows",
                .array(
                    result.tables.map { table in
                        .object([
                            ("table", .string(table.name)), ("columns", .array(table.columns.map(JSON.string))),
                            ("ofTheExample", .array(table.examples.map { .array($0.map { .optional($0) }) })),
                            ("made", .array(table.samples.map { .array($0.map { .optional($0) }) })),
                        ])
                    })
            ),
        ])
    }
}

extension Language {
    func complaint(_ error: LearningError) -> Complaint {
        switch error {
        case .exampleMissing(let path, let cause): exampleMissing(path, reason: reason(cause))
        case .exampleUnknown(let path): exampleUnknown(path)
        case .exampleDamaged(let path, let detail): exampleDamaged(path, detail: detail)
        case .exampleEmpty(let path): exampleEmpty(path)
        case .textRefused(let path, .severalLists): textOfSeveralLists(path)
        case .textRefused(let path, .otherEncoding): textOfOtherEncoding(path)
        case .textRefused(let path, .differentFrames): textsOfDifferentFrames(path)
        case .notUsable(let path, let refusal):
            switch refusal {
            case .nothingMatches: notUsableNothing(path)
            case .onlyTimes(let table): notUsableOnlyTimes(path, table: table)
            case .noIdentity(let table): notUsableNoIdentity(path, table: table)
            case .tooFewRows(let table, let rows): notUsableFewRows(path, table: table, rows: rows)
            case .severalRows(let table): notUsableSeveralRows(path, table: table)
            }
        case .columnsMissing(let profile, let columns): columnsMissing(profile, columns: columns)
        case .profileMissing(let path, let cause): profileMissing(path, reason: reason(cause))
        case .profileWrong(let path, let line, let problem): profileWrong(path, line: line, reason: sentence(problem))
        case .profileNotUsable(let path): profileNotUsable(path)
        case .destinationExists(let path): destinationExists(path)
        case .destinationFailed(let path, let detail): learningDestinationFailed(path, detail: detail)
        }
    }

    private func sentence(_ problem: ProfileProblem) -> String {
        switch problem {
        case .notJSON(let expected): expectedJSON(expected)
        case .noProfile: noProfile
        case .missing(let key): profileLacks(key)
        case .wrongType(let key, let expected): profileWants(key, expected)
        case .unknownWord(let key, let word, let known): profileUnknownWord(key, word, known: known)
        case .noSuchColumn(let name): profileNoColumn(name)
        case .unclosedBrace: unclosedBrace
        case .unknownField(let field): unknownField(field)
        case .badForm(let field, let form): badForm(field, form)
        case .mustStandAlone(let field): mustStandAlone(field)
        }
    }
}
