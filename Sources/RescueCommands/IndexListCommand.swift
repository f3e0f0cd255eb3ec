import ArgumentParser
import Layouts
import Recordings
import Reporting
import Wording

/// Which part of an index.
struct SelectionOptions: ParsableArguments {
    @Option(help: help(.indexInput)) var index: String
    @Option(name: .customLong("camera"), help: help(.camera)) var cameras: [String] = []
    @Option(help: help(.from)) var from: String?
    @Option(help: help(.to)) var to: String?
    @Option(name: .customLong("time-zone"), help: help(.showZone)) var timeZone: String?

    func open(_ language: Language, protectedOnly: Bool = false) throws -> (
        index: IndexReader, selection: IndexReader.Selection, zone: ZoneRules
    ) {
        let reader = try IndexReader(path: index)
        let zone = try OptionValue.zone(timeZone, default: try reader.zone(), language)
        let selection = IndexReader.Selection(
            cameras: cameras, from: try OptionValue.time(from, zone: zone, language), to: try OptionValue.time(to, zone: zone, language),
            protectedOnly: protectedOnly)
        if let from = selection.from, let to = selection.to, from >= to { throw Refusal.usage(language.fromAfterTo()) }
        try reader.check(selection)
        return (reader, selection, zone)
    }
}

struct IndexListCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: HelpTopic.indexList.text(in: .ofProcess))
    }

    @OptionGroup var selection: SelectionOptions
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let (index, selection, zone) = try selection.open(console.language)
        if console.json {
            try ListReport.json(index, selection, zone: zone, to: Console.write)
        } else {
            try ListReport.text(index, selection, zone: zone, language: console.language, width: Console.searchableColumns, to: Console.say)
        }
        return .done
    }
}
