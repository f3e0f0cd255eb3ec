import ArgumentParser
import LinuxSystem
import Recordings
import Recovery
import Reporting
import Wording

struct ConfigRestoreCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "restore", abstract: ConfigHelp.restore.text(in: .ofProcess))
    }

    @Argument(help: help(ConfigHelp.archive)) var archive: String
    @Option(help: help(ConfigHelp.target)) var target: String
    @Flag(name: .customLong("dry-run"), help: help(ConfigHelp.restoreDryRun)) var dryRun = false
    @Option(name: .customLong("version"), help: help(ConfigHelp.version)) var givenVersion: String?
    @Option(help: help(ConfigHelp.waive)) var waive: [String] = []
    @Option(help: help(ConfigHelp.because)) var because: String?
    @Option(help: help(ConfigHelp.releaseOutput)) var output: String?
    @Flag(name: .customLong("running-system"), help: help(ConfigHelp.runningSystem)) var runningSystem = false
    @Option(help: help(DiskHelp.profile)) var profile: String?
    @OptionGroup var shared: SharedOptions

    var keepsSession: Bool { true }

    func perform(_ console: Console) throws -> ExitStatus {
        guard waive.isEmpty == (because ?? "").isEmpty else { throw Refusal.usage(console.language.waiveNeedsReason()) }
        let profile = try productProfile(profile)
        guard !dryRun else { return try showPlan(try prepare(profile), console) }
        // The ledger first: without it nothing is looked at and nothing is done.
        let session = try Session(shared.session)
        var state = LedgerEntry.State.refused
        do {
            let restore = try prepare(profile)
            let sealed = restore.archive.isCapture ? nil : try session.seal(restore.archive)
            for uuid in waive { try session.waive(uuid, because: because ?? "") }
            let proof = try session.mountedDataVolumes()
            let places = session.sources
            let step: LedgerEntry.Step = sealed == nil ? .restore : .release
            try session.ledger.append(step, .intended) { $0.text = account(restore) }
            state = .failed
            if let sealed {
                let path = try restore.release(proof, sealed: sealed, output: output, besides: places)
                try session.ledger.append(.release, .done) { $0.text = account(restore) + ": " + path }
                try show(released: path, restore, console)
                return .done
            }
            let result = try restore.apply(proof, besides: places)
            try session.ledger.append(.restore, .done) { $0.text = account(restore) }
            try show(result, restore, console)
            return Self.status(result.plan)
        } catch {
            let ended = error is Interrupted ? .interrupted : state
            try session.ledger.append(.restore, ended) { $0.note(error, of: "\(archive) -> \(target)") }
            throw error
        }
    }

    private func prepare(_ profile: ProductProfile) throws -> ConfigurationRestore {
        let archive = try ConfigurationArchive.read(archive, profile: profile)
        if output != nil, archive.isCapture { throw Refusal.usage(Language.ofProcess.outputIsForBackups()) }
        return try ConfigurationRestore(
            archive, onto: resolvedPath(target) ?? target, version: givenVersion, mayBeRunning: runningSystem, profile: profile)
    }

    private func account(_ restore: ConfigurationRestore) -> String {
        "\(restore.archive.path) (SHA-256 \(restore.archive.sha256)) -> \(restore.root), version \(restore.version)"
            + (restore.archive.version == nil ? " as said by --version" : "")
    }

    /// What the guard would say now; nil where it would let this through.
    private func objection() throws -> GuardRefusal? {
        do { return try Session(reading: shared.session).objection(waiving: waive) } catch RecoveryError.noSession { return .nothingSeen }
    }

    private func showPlan(_ restore: ConfigurationRestore, _ console: Console) throws -> ExitStatus {
        let objection = try objection()
        guard restore.archive.isCapture else {
            let path = output ?? restore.root + "/root/" + splitPath(archive).name
            try console.show(
                json: RestoreReport.json(
                    released: path, isDry: true, objection: objection, archive: restore.archive, version: restore.version,
                    root: restore.root
                ),
                text: console.language.wouldRelease(restore.version, Table.printable(path)) + "\n"
                    + RestoreReport.guardWords(objection, language: console.language, width: Console.columns))
            return .done
        }
        let plan = try restore.plan()
        try console.show(
            json: RestoreReport.json(
                plan, nil, objection: objection, archive: restore.archive, version: restore.version, root: restore.root),
            text: RestoreReport.plan(
                plan, objection: objection, version: restore.version, root: restore.root, language: console.language, width: Console.columns
            ))
        if try restore.findsInterrupted() { Console.tell(console.language.willUndoFirst) }
        return Self.status(plan)
    }

    private static func status(_ plan: RestorePlan) -> ExitStatus { plan.skipped.isEmpty && plan.foreign.isEmpty ? .done : .losses }

    private func show(_ result: ConfigurationRestore.Result, _ restore: ConfigurationRestore, _ console: Console) throws {
        try console.show(
            json: RestoreReport.json(result.plan, result, archive: restore.archive, version: restore.version, root: restore.root),
            text: RestoreReport.text(
                result, version: restore.version, root: restore.root, language: console.language, width: Console.columns))
    }

    private func show(released path: String, _ restore: ConfigurationRestore, _ console: Console) throws {
        try console.show(
            json: RestoreReport.json(released: path, isDry: false, archive: restore.archive, version: restore.version, root: restore.root),
            text: console.language.released(Table.printable(path)) + "\n")
    }
}

struct ConfigRollbackCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "rollback", abstract: ConfigHelp.rollback.text(in: .ofProcess))
    }

    @Option(help: help(ConfigHelp.target)) var target: String
    @Flag(name: .customLong("running-system"), help: help(ConfigHelp.runningSystem)) var runningSystem = false
    @OptionGroup var shared: SharedOptions

    var keepsSession: Bool { true }

    func perform(_ console: Console) throws -> ExitStatus {
        let session = try Session(shared.session)
        let root = resolvedPath(target) ?? target
        try session.ledger.append(.rollback, .intended) { $0.text = root }
        let result: ConfigurationRollback.Result
        do {
            result = try ConfigurationRollback.perform(on: root, mayBeRunning: runningSystem, besides: session.sources)
        } catch {
            try session.ledger.append(.rollback, error is RestoreError ? .refused : .failed) {
                $0.note(error, of: root)
            }
            throw error
        }
        try session.ledger.append(.rollback, .done) { $0.text = root }
        try console.show(
            json: RollbackReport.json(result, root: root),
            text: RollbackReport.text(result, root: root, language: console.language))
        return result.left.isEmpty ? .done : .losses
    }
}
