import BlockDevices
import Foundation
import Glibc
import LinuxSystem
import Mounting
import Recordings
import Recovery
import Reporting
import Wording

/// The way from the first look to the clips, in windows. It looks at the disks through the libraries, and runs the commands
/// for the work, with the same guards, the same ledger and the same words: whatever it does, a person could have typed.
public final class Menu {
    public struct Setup: Sendable {
        public var version: String
        public var language: Language
        /// As `--session` gave it.
        public var session: String?
        /// Looked at instead of this machine's disks.
        public var images: [String]
        public var profiles: [ProductProfile]
        /// `--profile`, handed on to the commands.
        public var profilePath: String?

        public init(
            version: String, language: Language, session: String?, images: [String], profiles: [ProductProfile], profilePath: String?
        ) {
            self.version = version
            self.language = language
            self.session = session
            self.images = images
            self.profiles = profiles
            self.profilePath = profilePath
        }
    }

    let setup: Setup
    /// The session's. Nobody holds its lock while a person reads: each command takes it for itself.
    let folder: String
    let screen: Screen
    var survey: MachineSurvey
    /// Why the ledger cannot be written, if it cannot.
    var trouble: String?
    /// The stick says that the machine does not know what time it is.
    private var isClockWrong = false
    var memory: MenuMemory

    var language: Language { setup.language }
    private static let program = "/proc/self/exe"

    /// Nil where newt is missing or the terminal cannot show windows.
    public static func run(_ setup: Setup) throws -> Bool {
        // Begun, and what a killed run left undone, before anything is shown; where that fails, `look` says why.
        let folder = (try? Session(setup.session).ledger.folder) ?? setup.session ?? Session.defaultFolder()
        guard
            let screen = Screen(
                title: setup.language.menuHead(setup.version, session: Table.printable(folder)), keys: setup.language.menuKeys,
                more: setup.language.menuMore)
        else { return false }
        defer { screen.close() }
        Errand.endWithTerminal()
        let menu = Menu(setup, folder, screen)
        try menu.look(asksHealth: true)
        try menu.loop()
        return true
    }

    private init(_ setup: Setup, _ folder: String, _ screen: Screen) {
        self.setup = setup
        self.folder = folder
        self.screen = screen
        survey = MachineSurvey(machine: Machine())
        memory = MenuMemory.read(folder)
        screen.openShell = { [unowned self] in openShell() }
    }

    // MARK: - What there is

    /// What the menu would offer now, without a screen.
    public static func model(_ setup: Setup) throws -> MenuModel {
        let survey = try MachineSurvey.take(images: setup.images, profiles: setup.profiles)
        let memory = MenuMemory.read(setup.session ?? Session.defaultFolder())
        return model(survey, try? Session(reading: setup.session), memory)
    }

    private static func model(_ survey: MachineSurvey, _ session: Session?, _ memory: MenuMemory) -> MenuModel {
        var objection: GuardRefusal? = .nothingSeen
        if let session { do { objection = try session.objection(waiving: []) } catch {} }
        let mounted = session?.liveMounts() ?? []
        return MenuModel(
            survey, mounted: mounted, destination: memory.destination, indexed: memory.destination.flatMap(segments),
            isOfOthers: memory.destination.map { isOfOthers($0, MenuModel.sources(survey, mounted)) } ?? false,
            hasClips: memory.hasClips ?? false,
            hasStick: StickTool.isThere, objection: objection)
    }

    /// The session as it stands now.
    func history() -> Session? { try? Session(reading: setup.session) }

    func mounted() -> [Mounted] { history()?.liveMounts() ?? [] }

    /// A line in the ledger, where the menu itself does something.
    func note(_ text: String, _ state: LedgerEntry.State) throws {
        try Session(setup.session).ledger.append(.command, state) { $0.text = text }
    }

    private var model: MenuModel { Self.model(survey, history(), memory) }

    private static func segments(_ destination: Destination) -> Int? {
        guard destination.isThere, let index = try? IndexReader(path: destination.index), let outline = try? index.outline() else {
            return nil
        }
        return outline.segments
    }

    /// The index is of another recorder than the one whose disks are mounted.
    private static func isOfOthers(_ destination: Destination, _ sources: [Mounted]) -> Bool {
        guard destination.isThere, !sources.isEmpty, let volumes = try? IndexReader(path: destination.index).volumes() else { return false }
        return IndexFile(name: "", volumes: volumes).absent(sources).count == volumes.count
    }

    /// The disks, looked at anew; on a screen that says so, because one that fails may take minutes.
    func look(asksHealth: Bool = false) throws {
        let setup = setup
        let look = Background {
            let isClockWrong = StickTool.isThere && StickTool.status()["clock"] == "wrong"
            return (isClockWrong, try MachineSurvey.take(images: setup.images, asksHealth: asksHealth, profiles: setup.profiles))
        }
        screen.wait(language.menuLooking, { self.language.menuLookingFor($0) }, until: { look.isOver })
        (isClockWrong, survey) = try look.result()
        trouble = nil
        do { try Session(setup.session).record(survey) } catch RecoveryError.sessionBusy {
            // A command that another menu runs; the next look is written down.
        } catch let error as RecoveryError {
            // The stick was pulled out. Whatever needs the ledger refuses by itself; looking does not.
            trouble = language.complaint(error).message
        }
    }

    // MARK: - The main window

    private func loop() throws {
        var start: MenuModel.Entry?
        while !Interruption.requested, !Screen.isGone {
            let model = self.model
            let triage = Triage(survey)
            let rows = model.rows.enumerated().map { row($0.offset, $0.element.entry, $0.element.state, model) }
            let current = start ?? model.next ?? .look
            let chosen = screen.choose(
                language.menuTitle, summary(triage), rows, start: model.rows.firstIndex { $0.entry == current } ?? 0,
                isNumbered: true)
            guard let chosen, model.rows.indices.contains(chosen) else {
                if chosen == nil, Interruption.requested { return }
                continue
            }
            let (entry, state) = model.rows[chosen]
            start = nil
            if case .waiting(let reason) = state {
                _ = screen.show(language.menuEntry(entry.rawValue), language.menuWaiting(reason.id), [language.buttonBack])
                continue
            }
            do {
                switch entry {
                case .look: try showDisks()
                case .mount: try mountFlow()
                case .destination: try destinationFlow()
                case .index: try indexFlow()
                case .clips: try clipsFlow()
                case .configuration: try configurationFlow()
                case .tools: try toolsFlow()
                case .stick: try stickFlow()
                case .shell:
                    screen.suspended(openShell)
                    try look()
                case .leave: if try leave() { return }
                }
            } catch is Interrupted {
                return
            } catch {
                say(error, language.menuEntry(entry.rawValue))
            }
            // What comes next is told by what is done; only where nothing changed, the cursor stays.
            if self.model.next == model.next { start = entry }
        }
    }

    /// The verdict and the two reasons that count most.
    private func summary(_ triage: Triage) -> String {
        let title = language.verdictTitle(triage.verdict.rawValue)
        return
            ((trouble.map { [Table.printable($0)] } ?? []) + (isClockWrong ? [language.menuClockWrong] : []) + [title]
            + triage.reasons.prefix(2).map { "- " + Table.printable(language.sentence($0)) }).joined(separator: "\n")
    }

    private func row(_ index: Int, _ entry: MenuModel.Entry, _ state: MenuModel.State, _ model: MenuModel) -> Screen.Row {
        var text = "\((index + 1) % 10) \(language.menuEntry(entry.rawValue))"
        var mark = model.next == entry ? language.menuState("next") : ""
        var detail = language.menuDetail(entry.rawValue)
        switch state {
        case .done: mark = [.look, .shell, .leave].contains(entry) ? "" : language.menuState("done")
        case .incomplete(let volumes):
            mark = language.menuState("incomplete")
            detail = language.menuHidden(volumes.map(Table.printable)) + " " + detail
        case .waiting(let reason):
            mark = language.menuState("waiting")
            detail = language.menuWaiting(reason.id)
        case .ready: break
        }
        switch entry {
        case .destination:
            if let destination = memory.destination, destination.isThere {
                detail =
                    Table.printable(destination.name) + (destination.freeBytes.map { ", " + language.menuFree(language.size($0)) } ?? "")
                    + "\n" + detail
            }
        case .index:
            if let count = memory.destination.flatMap(Self.segments) { detail = language.menuIndexed(count) + ". " + detail }
        case .configuration:
            if let objection = model.objection { detail = language.menuRestoreWaits(language.complaint(objection).message) }
        default: break
        }
        text = Screen.padded(text, screen.textWidth - 13) + (mark.isEmpty ? "" : "[" + mark + "]")
        return Screen.Row(text: text, detail: detail)
    }

    private func showDisks() throws {
        try look()
        let width = screen.scrolledWidth
        let triage = Triage(survey)
        _ = screen.show(
            language.menuEntry("look"),
            TriageReport.text(triage, language: language, width: width) + "\n"
                + DetectReport.text(survey, language: language, width: width), [language.buttonBack])
    }

    // MARK: - Running commands

    /// Runs a command of this program and shows what it said; `quietly`, only where it failed. Returns its exit status.
    @discardableResult
    func perform(_ title: String, _ arguments: [String], quietly: Bool = false, then next: String = "") -> Int32 {
        let errand = run(title, arguments)
        let status = errand.status ?? 1
        if quietly, status == 0 { return 0 }
        var text = errand.output
        if !errand.complaints.isEmpty { text += (text.isEmpty ? "" : "\n") + Self.readable(errand.complaints) }
        if !next.isEmpty, status == 0 || status == 3 { text += "\n" + next }
        _ = screen.show(language.entry(title, language.menuEnding(Int(status))), text, [language.buttonOK])
        return status
    }

    /// Shows what a command would do, and runs it if the person says so. Nil where he does not.
    @discardableResult
    func planned(_ title: String, _ arguments: [String], dryRun: [String] = ["--dry-run"], then next: String = "") -> Int32? {
        let plan = run(title, arguments + dryRun)
        guard let status = plan.status, status == 0 || status == 3 else {
            _ = screen.show(
                language.entry(title, language.menuEnding(Int(plan.status ?? 1))), plan.output + Self.readable(plan.complaints),
                [language.buttonBack])
            return nil
        }
        let command = language.menuRunning("camtrace-rescue " + arguments.map(shellQuoted).joined(separator: " "))
        let text = plan.output + Self.readable(plan.complaints) + "\n" + command
        guard screen.show(title, text, [language.buttonStart, language.buttonCancel]) == 0 else {
            return nil
        }
        return perform(title, arguments, then: next)
    }

    /// What a command says of an error, without the words that are there for scripts.
    static func readable(_ complaints: String) -> String {
        var lines: [Substring] = []
        var indent = 0
        for line in complaints.split(separator: "\n", omittingEmptySubsequences: false) {
            if let mark = ["error: ", "hint: "].first(where: line.hasPrefix) {
                indent = mark.count
                lines.append((mark == "hint: " ? "-> " : "") + line.dropFirst(indent))
            } else {
                lines.append(line.dropFirst(min(indent, line.prefix { $0 == " " }.count)))
            }
        }
        return lines.joined(separator: "\n")
    }

    private func run(_ title: String, _ arguments: [String]) -> Errand {
        var words = arguments + ["--language", language.rawValue]
        if let folder = setup.session { words += ["--session", folder] }
        let errand = Errand(program: Self.program, words, columns: screen.scrolledWidth)
        screen.work(
            title, language.menuRunning("camtrace-rescue " + arguments.map(shellQuoted).joined(separator: " ")), language.menuStopHint,
            errand)
        return errand
    }

    /// Something of the stick's own script.
    @discardableResult
    func stick(_ title: String, _ arguments: [String], input: String? = nil) -> Int32 {
        let errand = Errand(program: StickTool.path, arguments, input: input, columns: screen.scrolledWidth)
        screen.work(title, "", language.menuStopHint, errand)
        let status = errand.status ?? 1
        _ = screen.show(
            language.entry(title, language.menuEnding(Int(status))), errand.output + Self.readable(errand.complaints), [language.buttonOK])
        return status
    }

    /// Why something could not be done.
    func say(_ error: any Error, _ title: String) {
        let complaint = language.complaint(error)
        _ = screen.show(title, complaint.message + "\n" + complaint.hint, [language.buttonBack])
    }

    func remember(_ destination: Destination) {
        var destination = destination
        if destination.indexName == nil, let before = memory.destination, before.isTheSame(as: destination) {
            destination.indexName = before.indexName
        }
        if let before = memory.destination, !before.isTheSame(as: destination) { memory.hasClips = nil }
        memory.destination = destination
        memory.write(folder)
    }

    func rememberClips(_ areThere: Bool) {
        memory.hasClips = areThere
        memory.write(folder)
    }

    private func openShell() {
        // What the menu left on the screen would look alive.
        let text = Array("\u{1B}[2J\u{1B}[H\(language.menuShell)\n".utf8)
        _ = Glibc.write(STDOUT_FILENO, text, text.count)
        ForegroundProgram.run(ProcessInfo.processInfo.environment["SHELL"] ?? "/bin/sh", ["-i"])
    }
}

extension MenuModel.Reason {
    var id: String {
        switch self {
        case .nothingToMount: "nothing-to-mount"
        case .nothingMounted: "nothing-mounted"
        case .noDestination: "no-destination"
        case .noIndex: "no-index"
        case .noStick: "no-stick"
        }
    }
}

extension MenuMemory {
    /// Nothing where nothing was kept, or what was kept cannot be read: it is asked again.
    static func read(_ folder: String) -> MenuMemory {
        guard let bytes = try? OpenFile.forReading(path: folder + "/menu.json").readAll(limit: 64 << 10),
            let memory = try? JSONDecoder().decode(MenuMemory.self, from: Data(bytes))
        else { return MenuMemory() }
        return memory
    }

    func write(_ folder: String) {
        guard let data = try? JSONEncoder().encode(self), let file = try? AtomicFile(folder + "/menu.json") else { return }
        try? file.write(Array(data))
        try? file.commit()
    }
}
