import Recordings
import Recovery
import Wording

/// What `config restore` and `config rollback` say.
public enum RestoreReport {
    public static func plan(
        _ plan: RestorePlan, objection: GuardRefusal?, version: String, root: String, language: Language, width: Int
    ) -> String {
        var table = Table([(language.actionWord, .left), (language.groupWord, .left), (language.file, .left)])
        for action in plan.actions {
            table.add([language.restoreAction(action.what.rawValue), language.groupName(action.group ?? ""), action.path])
        }
        return Table.printable(language.wouldRestore(version, root)) + "\n\n" + table.text(width: width) + "\n"
            + notes(plan, isDone: false, language, width) + guardWords(objection, language: language, width: width)
            + language.nothingWasMounted + "\n"
    }

    /// What the guard would say, which a dry run does not stop at.
    public static func guardWords(_ objection: GuardRefusal?, language: Language, width: Int) -> String {
        guard let complaint = objection.map(language.complaint) else {
            return TriageReport.wrapped(language.guardAgrees, width: width, indent: "")
        }
        return TriageReport.wrapped(Table.printable(language.guardObjects + complaint.message), width: width, indent: "")
            + ("  " + Table.printable(complaint.hint)).fitted(to: width) + "\n"
    }

    public static func text(_ result: ConfigurationRestore.Result, version: String, root: String, language: Language, width: Int) -> String
    {
        let files = result.plan.changes.count { $0.what != .makeFolder }
        var text = result.undone > 0 ? language.undoneFirst(result.undone) + "\n" : ""
        text += notes(result.plan, isDone: true, language, width)
        guard result.rollback != nil else { return text + Table.printable(language.nothingToChange(root)) + "\n" }
        text += Table.printable(language.restored(files, version, root)) + "\n"
        return text + Table.printable(language.restoreUndoneBy("camtrace-rescue config rollback --target \(root)")) + "\n"
    }

    private static func notes(_ plan: RestorePlan, isDone: Bool, _ language: Language, _ width: Int) -> String {
        var sentences = plan.changes.filter { $0.what == .propose }.map { language.proposedBeside($0.path, isDone: isDone) }
        sentences += plan.skipped.map(language.notPutBack) + plan.foreign.map(language.notConfiguration)
        return sentences.map { TriageReport.wrapped(Table.printable($0), width: width, indent: "") }.joined()
    }

    public static func json(
        _ plan: RestorePlan, _ result: ConfigurationRestore.Result?, objection: GuardRefusal? = nil, archive: ConfigurationArchive,
        version: String, root: String
    ) -> JSON {
        .object(
            head(archive, version, root, isDry: result == nil, objection) + [
                ("rollback", .optional(result?.rollback)), ("undoneFirst", .optional(result?.undone ?? 0)),
                (
                    "actions",
                    .array(
                        plan.actions.map {
                            .object([
                                ("action", .string($0.what.rawValue)), ("group", .optional($0.group)), ("path", .string($0.path)),
                                ("member", .string($0.member)), ("sha256", .optional($0.sha256)),
                            ])
                        })
                ),
                ("skipped", .array(plan.skipped.map(JSON.string))), ("foreign", .array(plan.foreign.map(JSON.string))),
            ])
    }

    public static func json(
        released path: String, isDry: Bool, objection: GuardRefusal? = nil, archive: ConfigurationArchive, version: String, root: String
    ) -> JSON {
        .object(head(archive, version, root, isDry: isDry, objection) + [("released", .string(path))])
    }

    /// A dry run tells what the guard would say: `guard` is its code and sentence, or null where it would agree.
    private static func head(_ archive: ConfigurationArchive, _ version: String, _ root: String, isDry: Bool, _ objection: GuardRefusal?)
        -> [(String, JSON)]
    {
        let says = objection.map(Language.en.complaint).map { complaint in
            JSON.object([("code", .string(complaint.code)), ("message", .string(complaint.message)), ("hint", .string(complaint.hint))])
        }
        return [
            ("schema", "camtrace-rescue/config-restore/1"), ("dryRun", .bool(isDry)), ("archive", .string(archive.path)),
            ("sha256", .string(archive.sha256)), ("kind", .string(archive.isCapture ? "capture" : "backup")), ("version", .string(version)),
            ("target", .string(root)),
        ] + (isDry ? [("guard", says ?? .null)] : [])
    }
}

public enum RollbackReport {
    public static func text(_ result: ConfigurationRollback.Result, root: String, language: Language) -> String {
        var text = language.rolledBack(result.files, root, result.version, result.restoredAt) + "\n"
        for folder in result.left { text += language.folderKept(folder) + "\n" }
        if result.older > 0 { text += language.olderRestores(result.older) + "\n" }
        return text.split(separator: "\n").map { Table.printable(String($0)) + "\n" }.joined()
    }

    public static func json(_ result: ConfigurationRollback.Result, root: String) -> JSON {
        .object([
            ("schema", "camtrace-rescue/config-rollback/1"), ("target", .string(root)), ("version", .optional(result.version)),
            ("restoredAt", .optional(result.restoredAt)), ("files", .optional(result.files)),
            ("wasUnfinished", .bool(result.wasUnfinished)), ("left", .array(result.left.map(JSON.string))),
            ("older", .optional(result.older)),
        ])
    }
}

extension Language {
    func complaint(_ refusal: GuardRefusal) -> Complaint {
        switch refusal {
        case .nothingSeen: guardNothingSeen()
        case .notMounted(let volume): guardNotMounted(volume.path, volume.uuid)
        case .another(let volume, let found): guardAnother(volume.path, volume.uuid, found: found)
        case .noRecordings(let volume, let place):
            guardNoRecordings(volume.path, volume.uuid, place: place, isHidden: volume.role == Role.unknown.rawValue)
        case .waivesUnseen(let uuid): guardWaivesUnseen(uuid)
        case .waivesMounted(let uuid, let place): guardWaivesMounted(uuid, place: place)
        }
    }

    func complaint(_ error: RestoreError) -> Complaint {
        switch error {
        case .archiveUnsound(let path, let problems): archiveUnsound(path, problems)
        case .targetMissing(let path, let cause): targetMissing(path, reason(cause))
        case .targetIsNoServer(let root, let product, let found): targetIsNoServer(root, product, found)
        case .targetVersionUnknown(let root): targetVersionUnknown(root)
        case .versionDiffers(let archive, let target): versionDiffers(archive, target)
        case .versionContradicts(let archive, let given): versionContradicts(archive, given)
        case .versionUnknown(let path): versionUnknown(path)
        case .targetIsRunning: targetIsRunning()
        case .targetIsSource(let root, let place): targetIsSource(root, place)
        case .targetInTheWay(let path): targetInTheWay(path)
        case .targetBusy(let root): targetBusy(root)
        case .nothingToRollBack(let root): nothingToRollBack(root)
        case .rollbackDamaged(let path): rollbackDamaged(path)
        case .archiveChanged(let path): archiveChanged(path)
        }
    }
}
