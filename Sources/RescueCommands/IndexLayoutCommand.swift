import ArgumentParser
import Recordings
import Reporting
import Wording

struct IndexLayoutCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "layout", abstract: HelpTopic.indexLayout.text(in: .ofProcess))
    }

    @Argument(help: help(.sources)) var sources: [String]
    @OptionGroup var layout: LayoutOptions
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let language = console.language
        let request = try layout.request(sources: sources, indexPath: "", hashing: false, language)
        let meter = ProgressMeter(console)
        let layouts = try LayoutSurvey(request, progress: { meter.show($0, language) }).run()
        meter.end()
        try console.show(
            json: BuildReport.layoutJSON(layouts),
            text: BuildReport.layoutText(layouts, language: language))
        return .done
    }
}
