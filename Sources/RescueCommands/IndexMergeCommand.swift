import ArgumentParser
import Recordings
import Reporting
import Wording

struct IndexMergeCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "merge", abstract: HelpTopic.indexMerge.text(in: .ofProcess))
    }

    @Argument(help: help(.mergeInputs)) var files: [String]
    @Option(help: help(.indexOutput)) var index: String
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let language = console.language
        let result = try IndexMerge(files, output: index, toolVersion: Program.version, message: { language.message(of: $0) }).run()
        try console.show(
            json: MergeReport.json(result, indexPath: index),
            text: MergeReport.text(result, indexPath: index, language: language))
        return .done
    }
}
