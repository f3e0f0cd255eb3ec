import ArgumentParser
import Extraction
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

    func perform(_ console: Console) throws -> ExitStatus {
        let meter = ProgressMeter(console)
        var done: UInt64 = 0
        let results = try Repair(files: files, output: output, reference: reference).run { bytes in
            done += bytes
            meter.show(console.language.repairing, done: done >> 20, total: nil, bytes: done)
        }
        meter.end()
        if results.allSatisfy({ $0.output == nil && ($0.reason == .notVideo || $0.reason == .sourceMissing) }), let first = results.first {
            let complaint =
                first.reason == .notVideo
                ? console.language.nothingToRepair(first.input)
                : console.language.sourceMissing(first.input, reason: console.language.repairReason(first.reason?.rawValue ?? ""))
            throw Refusal(complaint: complaint, status: .source)
        }
        try console.show(
            json: RepairReport.json(results),
            text: RepairReport.text(results, language: console.language))
        return results.contains(where: \.hasLosses) ? .losses : .done
    }
}
