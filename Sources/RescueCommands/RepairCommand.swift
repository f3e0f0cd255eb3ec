import ArgumentParser
import Extraction
import LinuxSystem
import Recordings
import Reporting
import Wording

struct RepairCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "repair", abstract: HelpTopic.repair.text(in: .ofProcess))
    }

    @Argument(help: help(.repairFiles)) var files: [String]
    @Option(help: help(.repairOutput)) var output: String
    @Option(help: help(.reference)) var reference: String?
    @OptionGroup var shared: SharedOptions

    /// Recorders name files in many an encoding.
    private func typed(_ word: String) -> StoredPath { StoredPath(bytes: argumentBytes(word)) }

    func perform(_ console: Console) throws -> ExitStatus {
        let language = console.language
        if let reference {
            let canLend: Bool
            do { canLend = try Repair.canLend(typed(reference)) } catch { throw RecordingsError.sourceMissing(path: reference, error) }
            guard canLend else { throw Refusal(complaint: language.cannotLend(reference), status: .source) }
        }
        let meter = ProgressMeter(console)
        var done: UInt64 = 0
        let results = try Repair(files: files.map(typed), output: output, reference: reference.map(typed)).run { bytes in
            done += bytes
            meter.show(language.repairing, done: done >> 20, total: nil, bytes: done)
        }
        meter.end()
        if results.count == 1, let only = results.first, only.isNoSource {
            throw Refusal(complaint: RepairReport.complaint(only, language), status: .source)
        }
        try console.show(
            json: RepairReport.json(results),
            text: RepairReport.text(results, language: language))
        if results.allSatisfy(\.isNoSource) { return .source }
        return results.contains(where: \.hasLosses) ? .losses : .done
    }
}
