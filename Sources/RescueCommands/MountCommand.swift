import ArgumentParser
import BlockDevices
import Glibc
import LinuxSystem
import Mounting
import Recordings
import Recovery
import Reporting
import Wording

struct MountCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "mount", abstract: SessionHelp.mount.text(in: .ofProcess))
    }

    @Argument(help: help(SessionHelp.volumes)) var volumes: [String] = []
    @Flag(help: help(SessionHelp.allVolumes)) var all = false
    @Option(help: help(SessionHelp.at)) var at = Mounted.usualFolder
    @Option(help: help(SessionHelp.mode)) var mode: MountMode = .readOnly
    @Option(name: .customLong("overlay-store"), help: help(SessionHelp.overlayStore)) var overlayStore: String?
    @Option(help: help(SessionHelp.persist)) var persist: String?
    @Option(name: .customLong("confirm-serial"), help: help(SessionHelp.confirmSerial)) var confirmSerial: [String] = []
    @Flag(name: .customLong("dry-run"), help: help(SessionHelp.mountDryRun)) var dryRun = false
    @Option(help: help(DiskHelp.profile)) var profile: String?
    @OptionGroup var shared: SharedOptions

    var keepsSession: Bool { true }

    func perform(_ console: Console) throws -> ExitStatus {
        let language = console.language
        guard all != !volumes.isEmpty else { throw Refusal.usage(language.chooseVolumes()) }
        if mode == .overlay, !Overlay.isPossible { throw Refusal(complaint: language.overlayNotHere(), status: .source) }
        // The ledger first: without it nothing is looked at and nothing is done.
        let session = dryRun ? nil : try Session(shared.session)
        let images = volumes.map { name in name.lastIndex(of: "#").map { String(name[..<$0]) } ?? name }.filter(Self.isImage)
        var survey = try survey(images: images)
        var assembled: [AssemblyOutcome] = []
        if let session, isAssemblyNeeded(survey) {
            assembled = try session.assemble()
            survey = try self.survey(images: images)
        }
        let chosen = all ? survey.volumesToRescue : try survey.volumes(named: volumes)
        guard !chosen.isEmpty || dryRun && !waiting(survey).isEmpty else { throw RecoveryError.nothingToMount }
        try session?.record(survey)
        let plan = MountPlan(
            chosen, of: survey.machine, at: Self.absolute(at), mode: mode, byName: !all,
            confirmedSerials: Set(confirmSerial + (try typedSerials(chosen, survey, console))), store: overlayStore)
        let entries = plan.entries
        guard let session else {
            try show(
                console, entries.map { ($0, nil) }, waiting(survey), of: survey, persisted: try persistent(chosen, survey), session: nil)
            return .done
        }
        let outcomes = try session.mount(plan)
        let persisted = try persistent(chosen, survey)
        try show(console, outcomes.map { ($0.entry, $0) }, assembled, of: survey, persisted: persisted, session: session.ledger.folder)
        return assembled.contains { $0.failure != nil } && status(of: outcomes) == .done ? .losses : status(of: outcomes)
    }

    /// With `--all` whatever waits; by name where a name is a member's, or nothing that can be seen yet.
    private func isAssemblyNeeded(_ survey: MachineSurvey) -> Bool {
        guard !waiting(survey).isEmpty else { return false }
        if all { return true }
        guard let named = try? survey.volumes(named: volumes) else { return true }
        return named.contains { $0.content.kind == .raidMember || $0.content.kind == .physicalVolume }
    }

    /// What would be assembled.
    private func waiting(_ survey: MachineSurvey) -> [AssemblyOutcome] {
        Assembly.waiting(in: survey.machine).map { AssemblyOutcome(assembled: $0) }
    }

    /// The machine's disks are looked at only where one is asked for.
    private func survey(images: [String]) throws -> MachineSurvey {
        let profiles = [try productProfile(profile)]
        var named: [String] = []
        for image in images where !named.contains(image) { named.append(image) }
        guard !named.isEmpty else { return try MachineSurvey.take(asksHealth: false, profiles: profiles) }
        var survey = try MachineSurvey.take(images: named, asksHealth: false, profiles: profiles)
        if images.count < volumes.count {
            let machine = try MachineSurvey.take(asksHealth: false, profiles: profiles)
            survey.machine.disks += machine.machine.disks
            survey.machine.volumes += machine.machine.volumes
            survey.facts.merge(machine.facts) { mine, _ in mine }
            survey.machine.mergeLoops()
        }
        return survey
    }

    /// Also of a folder that is not there yet: the ledger is read from other places.
    private static func absolute(_ path: String) -> String {
        resolvedPath(path) ?? (path.hasPrefix("/") ? path : (resolvedPath(".") ?? "") + "/" + path)
    }

    private static func isImage(_ name: String) -> Bool {
        (try? FileStatus.of(path: name))?.kind == .regular
    }

    /// Asked only of a person at a terminal, once for each disk.
    private func typedSerials(_ chosen: [Volume], _ survey: MachineSurvey, _ console: Console) throws -> [String] {
        guard mode == .readWrite, !dryRun, confirmSerial.isEmpty, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return [] }
        var typed: [String] = []
        var asked: Set<String> = []
        for volume in chosen {
            for disk in survey.machine.disks(below: volume) where asked.insert(disk.path).inserted {
                // An image has no serial number; its volume's UUID stands for it.
                guard let name = disk.serial ?? disk.identity ?? volume.uuid else { continue }
                Console.ask(console.language.typeSerial(disk.path, name, isUUID: disk.serial == nil && disk.identity == nil))
                if let answer = readLine(), answer == name { typed.append(answer) }
            }
        }
        return typed
    }

    private func persistent(_ chosen: [Volume], _ survey: MachineSurvey) throws -> Persistence.Result? {
        guard let persist else { return nil }
        let data = chosen.filter { survey.facts[$0.path]?.role == .data }
        // Where the old system had them, as far as it can still be read.
        let old = survey.systems.compactMap { facts -> Fstab? in
            guard case .success(let root) = facts.volume.open() else { return nil }
            return root.text("etc/fstab").map(Fstab.init)
        }
        return try Persistence.write(data, into: persist, asIn: old, isDry: dryRun)
    }

    private func show(
        _ console: Console, _ rows: [(entry: MountPlan.Entry, outcome: MountOutcome?)], _ assembled: [AssemblyOutcome],
        of survey: MachineSurvey, persisted: Persistence.Result?, session: String?
    ) throws {
        let language = console.language
        if console.json {
            try Console.write(
                MountReport.json(rows, assembled, mode: mode, persisted: persisted, session: session, language: language).text() + "\n")
        } else if dryRun {
            try Console.say(
                AssemblyReport.planText(assembled, language: language, width: Console.columns)
                    + MountReport.planText(rows.map(\.entry), persisted: persisted, mode: mode, language: language, width: Console.columns))
        } else {
            try Console.say(
                AssemblyReport.text(assembled, language: language, width: Console.columns)
                    + MountReport.text(
                        rows.compactMap(\.outcome), mayHoldRecordings: { survey.facts[$0.path]?.role.mayHoldRecordings ?? true },
                        persisted: persisted, language: language, width: Console.columns))
        }
    }

    /// Refused by name is a refusal; with `--all` what is left out is a loss.
    private func status(of outcomes: [MountOutcome]) -> ExitStatus {
        if outcomes.allSatisfy(\.isThere) { return .done }
        let isRefused = outcomes.contains { outcome in if case .refused = outcome.result { true } else { false } }
        return isRefused && (!all || !outcomes.contains(where: \.isThere)) ? .refused : .losses
    }
}

extension MountMode: ExpressibleByArgument {}

struct UnmountCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "unmount", abstract: SessionHelp.unmount.text(in: .ofProcess))
    }

    @Argument(help: help(SessionHelp.places)) var places: [String] = []
    @Flag(help: help(SessionHelp.allMounts)) var all = false
    @OptionGroup var shared: SharedOptions

    var keepsSession: Bool { true }

    func perform(_ console: Console) throws -> ExitStatus {
        guard all != !places.isEmpty else { throw Refusal.usage(console.language.chooseVolumes()) }
        let session = try Session(shared.session)
        let live = session.liveMounts()
        var chosen: [Mounted] = all ? live : []
        for place in places {
            let path = resolvedPath(place) ?? place
            let found = live.filter { $0.place == path || $0.volume == path || $0.image == path }
            guard !found.isEmpty else { throw RecoveryError.notOurMount(place) }
            for mounted in found where !chosen.contains(mounted) { chosen.append(mounted) }
        }
        var rows: [(mounted: Mounted, error: SystemError?)] = []
        // The last that was mounted goes first: one may stand in another.
        for mounted in chosen.reversed() {
            do {
                try session.unmount(mounted)
                rows.append((mounted, nil))
            } catch let error as SystemError {
                rows.append((mounted, error))
            }
        }
        let parts = try session.disassembleUnused()
        let language = console.language
        try console.show(
            json: UnmountReport.json(rows, parts, language: language),
            text: UnmountReport.text(rows, language: language) + AssemblyReport.endText(parts, language: language, width: Console.columns))
        return rows.contains { $0.error != nil } || parts.contains { $0.failure != nil } ? .losses : .done
    }
}
