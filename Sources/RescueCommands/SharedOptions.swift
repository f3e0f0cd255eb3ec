import ArgumentParser
import Foundation
import Layouts
import LinuxSystem
import Recordings
import Recovery
import Reporting
import Wording

/// What every command understands.
struct SharedOptions: ParsableArguments {
    @Flag(help: help(.json)) var json = false
    @Option(help: help(.language)) var language: String?
    @Option(help: help(SessionHelp.sessionFolder)) var session: String?
    @Flag(name: .customLong("no-progress"), help: help(.noProgress)) var noProgress = false

    func validate() throws {
        if let language, Language(rawValue: language) == nil { throw ValidationError(Language.ofProcess.unknownLanguage(language)) }
    }

    var console: Console {
        Console(language: Language.ofProcess, json: json, showsProgress: !noProgress)
    }
}

extension Language {
    /// Looked up before the arguments are parsed, because the help is in it too.
    static let ofProcess: Language = {
        let arguments = programArguments
        for (index, argument) in arguments.enumerated() {
            if argument == "--language", index + 1 < arguments.count, let language = Language(rawValue: arguments[index + 1]) {
                return language
            }
            if argument.hasPrefix("--language="), let language = Language(rawValue: String(argument.dropFirst(11))) { return language }
        }
        return Language(environment: ProcessInfo.processInfo.environment)
    }()
}

/// Help in the user's language.
func help(_ topic: HelpTopic) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: topic.text(in: .ofProcess))
}

/// A command of this program: its options become one call of a library, whose result is shown.
protocol RescueCommand: ParsableCommand {
    var shared: SharedOptions { get }
    var keepsSession: Bool { get }
    /// Returns whether something was lost.
    func perform(_ console: Console) throws -> ExitStatus
}

extension RescueCommand {
    func run() throws {
        Interruption.watch()
        let console = shared.console
        do {
            let status = try recorded { try perform(console) }
            if status != .done { throw ExitCode(status.rawValue) }
        } catch let code as ExitCode {
            throw code
        } catch let failure as OutputFailure where failure.readerWentAway {
            // `| head` saw enough.
            throw ExitCode(ExitStatus.done.rawValue)
        } catch {
            let complaint = (error as? Refusal)?.complaint ?? console.language.complaint(error)
            Program.show(complaint, json: console.json)
            throw ExitCode(ExitStatus(error).rawValue)
        }
    }
}

extension SharedOptions {
    /// What was seen counts for the guard, whichever command saw it: in the session that was named, or the usual one if it
    /// has begun. Where that one cannot be written (the stick was pulled out, or is full), looking goes on, and it is said.
    func note(_ survey: MachineSurvey) throws {
        if let session { return try Session(session).record(survey) }
        guard let folder = Session.begun else { return }
        do { try Session(folder).record(survey) } catch let error as RecoveryError {
            Console.tell(Table.printable(Language.ofProcess.complaint(error).message))
        }
    }
}

extension RescueCommand {
    /// Commands that keep a session of their own write their steps themselves.
    var keepsSession: Bool { false }

    /// With `--session`, what was asked for and how it ended go into the ledger; a ledger that cannot be written ends the
    /// command before it does anything.
    private func recorded(_ body: () throws -> ExitStatus) throws -> ExitStatus {
        guard !keepsSession, let folder = shared.session else { return try body() }
        let words = programArguments.dropFirst().joined(separator: " ")
        try Session(folder).ledger.append(.command, .intended) { $0.text = words }
        do {
            let status = try body()
            try Session(folder).ledger.append(.command, .done) { $0.text = "\(words): \(status.rawValue)" }
            return status
        } catch {
            let state: LedgerEntry.State = error is Interrupted ? .interrupted : .failed
            _ = try? Session(folder).ledger.append(.command, state) { $0.note(error, of: words) }
            throw error
        }
    }
}

extension LedgerEntry {
    /// What went wrong with what.
    mutating func note(_ error: any Error, of subject: String) {
        func sentence(_ language: Language) -> String {
            language.entry(subject, ((error as? Refusal)?.complaint ?? language.complaint(error)).message)
        }
        text = sentence(.en)
        let told = sentence(.ofProcess)
        if told != text { self.told = told }
    }
}

func help(_ topic: SessionHelp) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: topic.text(in: .ofProcess))
}

/// Values that options carry.
enum OptionValue {
    static func zone(_ text: String?, default fallback: ZoneRules, _ language: Language) throws -> ZoneRules {
        guard let text else { return fallback }
        guard let zone = ZoneRules(identifier: text) else { throw Refusal.usage(language.badZone(text)) }
        return zone
    }

    static func time(_ text: String?, zone: ZoneRules, _ language: Language) throws -> Int64? {
        guard let text else { return nil }
        guard let time = ISO8601.parse(text, defaultZone: zone) else { throw Refusal.usage(language.badTime(text)) }
        return time
    }

    /// `fat32` is the largest file of that file system: 4 GiB - 1.
    static func size(_ text: String?, _ language: Language) throws -> UInt64? {
        guard let text else { return nil }
        if text.lowercased() == "fat32" { return 4_294_967_295 }
        var digits = text[...]
        var factor: UInt64 = 1
        if let last = text.lowercased().last, let power = ["k": 1, "m": 2, "g": 3, "t": 4][last] {
            digits = digits.dropLast()
            factor = 1 << UInt64(10 * power)
        }
        guard let value = UInt64(digits), value > 0, !value.multipliedReportingOverflow(by: factor).overflow else {
            throw Refusal.usage(language.badSize(text))
        }
        return value * factor
    }

    /// The zone of this machine: `TZ`, else that of /etc/localtime.
    static var systemZone: ZoneRules {
        if let name = ProcessInfo.processInfo.environment["TZ"], !name.isEmpty {
            if let zone = ZoneRules(identifier: name.hasPrefix(":") ? String(name.dropFirst()) : name) { return zone }
        }
        return ZoneRules(identifier: TimeZone.current.identifier) ?? .utc
    }
}

extension IndexReader {
    /// The zone in which the index shows times and reads those without an offset.
    func zone() throws -> ZoneRules {
        try meta()["timeZone"].flatMap(ZoneRules.init(identifier:)) ?? .utc
    }
}
