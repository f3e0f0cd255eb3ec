import ArgumentParser
import LinuxSystem
import Recordings
import Recovery
import Reporting
import Wording

struct ConfigCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "config", abstract: ConfigHelp.config.text(in: .ofProcess),
            subcommands: [ConfigInspectCommand.self, ConfigCaptureCommand.self, ConfigRestoreCommand.self, ConfigRollbackCommand.self])
    }
}

struct ConfigInspectCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "inspect", abstract: ConfigHelp.inspect.text(in: .ofProcess))
    }

    @Argument(help: help(ConfigHelp.archive)) var archive: String
    @Option(help: help(DiskHelp.profile)) var profile: String?
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let archive = try ConfigurationArchive.read(archive, profile: try productProfile(profile))
        try console.show(
            json: InspectReport.json(archive, language: console.language),
            text: InspectReport.text(archive, language: console.language, width: Console.columns))
        return archive.problems == 0 && archive.incomplete.isEmpty ? .done : .losses
    }
}

struct ConfigCaptureCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "capture", abstract: ConfigHelp.capture.text(in: .ofProcess))
    }

    @Argument(help: help(ConfigHelp.root)) var root: String
    @Option(help: help(ConfigHelp.captureOutput)) var output: String
    @Option(help: help(DiskHelp.profile)) var profile: String?
    @OptionGroup var shared: SharedOptions

    var keepsSession: Bool { true }

    func perform(_ console: Console) throws -> ExitStatus {
        let profile = try productProfile(profile)
        // A capture needs no session; where one is named, it is in the ledger before anything is read.
        let ledger = try shared.session.map { try Session($0).ledger }
        try ledger?.append(.capture, .intended) { $0.text = "\(root) -> \(output)" }
        let result: ConfigurationCapture.Result
        do {
            let meter = ProgressMeter(console)
            result = try ConfigurationCapture.write(root, to: output, profile: profile, toolVersion: Program.version) {
                done, total, bytes in
                meter.show(console.language.savingConfiguration, done: UInt64(done), total: UInt64(total), bytes: bytes)
            }
            meter.end()
        } catch {
            try ledger?.append(.capture, error is Interrupted ? .interrupted : .failed) {
                $0.note(error, of: "\(root) -> \(output)")
            }
            throw error
        }
        try ledger?.append(.capture, .done) { $0.text = "\(root) -> \(output)" }
        try console.show(
            json: CaptureReport.json(result, language: console.language),
            text: CaptureReport.text(result, language: console.language, width: Console.columns))
        return result.missingGroups.isEmpty && result.losses.isEmpty ? .done : .losses
    }
}

func help(_ topic: ConfigHelp) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: topic.text(in: .ofProcess))
}
