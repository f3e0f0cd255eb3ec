import ArgumentParser
import Foundation
import LinuxSystem
import Recordings
import Reporting
import Wording

/// The program: what it is called decides the command, `camtrace-index` being `camtrace-rescue index`.
public enum Program {
    public static let version = "0.1.0"

    public static func main() -> Never {
        var arguments = Array(programArguments.dropFirst())
        let name = splitPath(programArguments.first ?? "").name
        if name.hasPrefix("camtrace-"), name != "camtrace-rescue" {
            arguments.insert(String(name.dropFirst("camtrace-".count)), at: 0)
        }
        do {
            var command = try CamtraceRescue.parseAsRoot(arguments)
            try command.run()
            exit(0)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            let language = Language.ofProcess
            if CamtraceRescue.exitCode(for: error) == .success {
                let text = CamtraceRescue.fullMessage(for: error, columns: HelpReport.unlimited)
                print(HelpReport.text(text, language: language, width: Console.columns))
                exit(0)
            }
            // The program itself has no options but two: what it finds strange is the option of a command that is none.
            let word = arguments.first.flatMap { word in
                word.hasPrefix("-") || word == "help"
                    || CamtraceRescue.configuration.subcommands.contains { $0.configuration.commandName == word } ? nil : word
            }
            let complaint =
                word.map(language.noSuchCommand) ?? language.usage(language.usageMessage(CamtraceRescue.message(for: error)))
            show(complaint, json: arguments.contains("--json"))
            exit(ExitStatus.usage.rawValue)
        }
    }

    /// `error:` and `hint:` on standard error; with `--json` the document on standard output.
    static func show(_ complaint: Complaint, json: Bool) {
        if json {
            let document = JSON.object([
                ("schema", "camtrace-rescue/error/1"),
                (
                    "error",
                    .object([
                        ("code", .string(complaint.code)), ("message", .string(complaint.message)),
                        ("hint", .string(NextCommand.complete(complaint.hint))),
                    ])
                ),
            ])
            try? Console.write(document.text() + "\n")
        }
        Console.tell(Table.printable(complaint.message), as: "error: ")
        Console.tell(Table.printable(complaint.hint), as: "hint: ")
    }
}

struct CamtraceRescue: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "camtrace-rescue", abstract: HelpTopic.program.text(in: .ofProcess), discussion: ExitStatus.table(.ofProcess),
            version: Program.version,
            subcommands: [
                DetectCommand.self, TriageCommand.self, MountCommand.self, UnmountCommand.self, IndexCommand.self, ExtractCommand.self,
                RepairCommand.self, CarveCommand.self, CheckCommand.self, ConfigCommand.self, SessionCommand.self, MenuCommand.self,
            ])
    }
}

struct IndexCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "index", abstract: HelpTopic.index.text(in: .ofProcess),
            subcommands: [
                IndexBuildCommand.self, IndexLayoutCommand.self, IndexListCommand.self, IndexCheckCommand.self, IndexExportCommand.self,
                IndexMergeCommand.self, IndexLearnCommand.self,
            ])
    }
}
