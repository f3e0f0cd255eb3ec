import ArgumentParser
import Recordings
import Reporting
import Wording

struct IndexCheckCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "check", abstract: HelpTopic.indexCheck.text(in: .ofProcess))
    }

    @Option(help: help(.indexInput)) var index: String
    @Argument(help: help(.checkSources)) var sources: [String] = []
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let meter = ProgressMeter(console)
        let result = try IndexCheck(index: IndexReader(path: index)).run(sources: sources) { done in
            meter.show(console.language.checking, done: UInt64(done), total: nil, bytes: nil)
        }
        meter.end()
        try console.show(
            json: CheckReport.json(result),
            text: CheckReport.text(result, language: console.language, width: Console.searchableColumns))
        return result.hasLosses ? .losses : .done
    }
}
