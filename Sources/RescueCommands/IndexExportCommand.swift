import ArgumentParser
import LinuxSystem
import Recordings
import Reporting
import Wording

struct IndexExportCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "export", abstract: HelpTopic.indexExport.text(in: .ofProcess))
    }

    @Option(help: help(.indexInput)) var index: String
    @Option(help: help(.exportFormat)) var format: IndexExport.Format
    @Option(help: help(.exportOutput)) var output: String?
    @Flag(name: .customLong("dry-run"), help: help(.dryRun)) var dryRun = false
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let export = IndexExport(index: try IndexReader(path: index))
        let counts = try export.counts()
        let rows = counts.first { $0.table == "segment" }?.rows ?? 0
        if dryRun {
            let document: JSON = .object([
                ("schema", "camtrace-rescue/index-export/1"), ("dryRun", true),
                ("tables", .object(counts.map { ($0.table, .optional($0.rows)) })),
            ])
            try console.show(
                json: document,
                text: counts.map { "\($0.table)  \(console.language.count($0.rows))\n" }.joined())
            return .done
        }
        guard let output else {
            if console.json, format != .json { throw Refusal.usage(console.language.jsonWantsOutput) }
            try export.write(format, to: Console.write)
            return .done
        }
        try export.checkDestination(output)
        let file = try AtomicFile(output)
        try export.write(format) { try file.write($0) }
        try file.commit()
        let document: JSON = .object([
            ("schema", "camtrace-rescue/index-export/1"), ("dryRun", false), ("output", .string(output)),
            ("tables", .object(counts.map { ($0.table, .optional($0.rows)) })),
        ])
        try console.show(
            json: document,
            text: console.language.exported(rows: rows, path: output) + "\n")
        return .done
    }
}

extension IndexExport.Format: ExpressibleByArgument {}
