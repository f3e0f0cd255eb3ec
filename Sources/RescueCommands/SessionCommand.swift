import ArgumentParser
import LinuxSystem
import Recovery
import Reporting
import Wording

struct SessionCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "session", abstract: SessionHelp.session.text(in: .ofProcess),
            subcommands: [SessionShowCommand.self, SessionExportCommand.self])
    }
}

struct SessionShowCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "show", abstract: SessionHelp.sessionShow.text(in: .ofProcess))
    }

    @OptionGroup var shared: SharedOptions

    var keepsSession: Bool { true }

    func perform(_ console: Console) throws -> ExitStatus {
        let ledger = try Ledger(reading: shared.session ?? Session.defaultFolder())
        try console.show(
            json: SessionReport.json(ledger),
            text: SessionReport.text(ledger, language: console.language, width: Console.searchableColumns))
        return .done
    }
}

struct SessionExportCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "export", abstract: SessionHelp.sessionExport.text(in: .ofProcess))
    }

    @Option(help: help(SessionHelp.sessionOutput)) var output: String
    @OptionGroup var shared: SharedOptions

    var keepsSession: Bool { true }

    func perform(_ console: Console) throws -> ExitStatus {
        let ledger = try Ledger(reading: shared.session ?? Session.defaultFolder())
        let file = try AtomicFile(output, replacing: false)
        for entry in ledger.entries { try file.write(entry.json.line + "\n") }
        try file.commit()
        if console.json {
            try Console.write(SessionReport.json(ledger).text() + "\n")
        } else {
            try Console.say(console.language.ledgerExported(ledger.entries.count, output) + "\n")
        }
        return .done
    }
}
