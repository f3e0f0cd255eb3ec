import ArgumentParser
import Recovery
import Reporting
import Wording

struct TriageCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "triage", abstract: DiskHelp.triage.text(in: .ofProcess))
    }

    @OptionGroup var place: SurveyOptions
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let triage = Triage(try place.survey())
        try Console.write(
            console.json
                ? TriageReport.json(triage, language: console.language).text() + "\n"
                : TriageReport.text(triage, language: console.language, width: Console.columns))
        return .done
    }
}
