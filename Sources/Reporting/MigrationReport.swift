import CamTrace
import Recordings
import Wording

/// What `check camtrace-migration` says.
public enum MigrationReport {
    public static func text(_ check: MigrationCheck, language: Language, width: Int) -> String {
        var text = ""
        for row in check.findings {
            text += TriageReport.wrapped(
                Table.printable(sentence(row.finding, language)), width: width, indent: "[\(language.verdictWord(row.verdict.rawValue))] ")
        }
        let bad = check.findings.count { $0.verdict == .bad }
        let other = check.findings.count { $0.verdict != .good } - bad
        return text + "\n"
            + TriageReport.wrapped(
                check.isReady ? language.migrationReady : language.migrationNotReady(bad, other), width: width, indent: "")
    }

    public static func json(_ check: MigrationCheck, language: Language) -> JSON {
        .object([
            ("schema", "camtrace-rescue/check-camtrace-migration/1"), ("ready", .bool(check.isReady)),
            (
                "checks",
                .array(
                    check.findings.map { row in
                        .object([
                            ("id", .string(id(row.finding))), ("verdict", .string(row.verdict.rawValue)),
                            ("text", .string(sentence(row.finding, language))),
                        ])
                    })
            ),
        ])
    }

    private static func id(_ finding: MigrationCheck.Finding) -> String {
        switch finding {
        case .version: "version"
        case .release: "release"
        case .state: "state"
        case .packages, .noPackages: "packages"
        case .foreignPackages: "foreign-packages"
        case .heldPackages: "held-packages"
        case .freeSpace: "free-space"
        case .layout: "layout"
        case .backup: "configuration-backup"
        case .protected, .protectedUnknown: "protected-recordings"
        case .health: "disk-health"
        }
    }

    private static func sentence(_ finding: MigrationCheck.Finding, _ language: Language) -> String {
        switch finding {
        case .version(let version, let wanted, let isConfirmed): language.versionOfDeparture(version, wanted, isConfirmed: isConfirmed)
        case .release(let name, let wanted): language.releaseOfDeparture(name, wanted)
        case .state(let state): language.systemIs(state.rawValue)
        case .packages(let unfinished, let pending): language.packagesAre(unfinished, pending: pending)
        case .noPackages: language.noPackagesKnown
        case .foreignPackages(let names): language.foreignPackages(names)
        case .heldPackages(let names): language.heldPackages(names)
        case .freeSpace(let free, let wanted): language.freeSpace(free, wanted: wanted)
        case .layout(let isShared, let places): isShared ? language.layoutShared() : language.layoutSeparate(places)
        case .backup(let path, let days): language.configurationBackup(path, days: days)
        case .protected(let count, let exported): language.protectedRecordings(count, exported: exported)
        case .protectedUnknown: language.protectedUnknown
        case .health(let disk, let health):
            disk + ": " + language.healthName(health.state.rawValue) + " (" + health.evidence.map(language.sentence).joined(separator: ", ")
                + ")"
        }
    }
}
