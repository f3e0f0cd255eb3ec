import ArgumentParser
import CamTrace
import Reporting
import Wording

struct CheckCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check", abstract: MigrationHelp.check.text(in: .ofProcess), subcommands: [CheckMigrationCommand.self])
    }
}

struct CheckMigrationCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "camtrace-migration", abstract: MigrationHelp.migration.text(in: .ofProcess))
    }

    @Option(help: help(MigrationHelp.root)) var root: String
    @Option(help: help(MigrationHelp.index)) var index: String?
    @Option(help: help(MigrationHelp.exported)) var exported: [String] = []
    @Option(help: help(MigrationHelp.backup)) var backup: String?
    @Option(help: help(DiskHelp.profile)) var profile: String?
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let check = try MigrationCheck(root: root, profile: try productProfile(profile), index: index, exported: exported, backup: backup)
        try console.show(
            json: MigrationReport.json(check, language: console.language),
            text: MigrationReport.text(check, language: console.language, width: Console.columns))
        return check.isReady ? .done : .losses
    }
}

func help(_ topic: MigrationHelp) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: topic.text(in: .ofProcess))
}
