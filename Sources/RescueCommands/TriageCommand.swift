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
        let survey = try place.survey()
        if place.sysroot == nil { try shared.note(survey) }
        let triage = Triage(survey)
        try console.show(
            json: TriageReport.json(triage, language: console.language),
            text: TriageReport.text(triage, language: console.language, width: Console.columns))
        return .done
    }
}
