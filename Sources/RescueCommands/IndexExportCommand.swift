import ArgumentParser
import Learning
import LinuxSystem
import Recordings
import Reporting
import Wording

struct IndexExportCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "export", abstract: HelpTopic.indexExport.text(in: .ofProcess))
    }

    @Option(help: help(.indexInput)) var index: String
    @Option(help: help(.exportFormat)) var format: IndexExport.Format?
    @Option(help: help(LearnHelp.profile)) var profile: String?
    @Flag(name: .customLong("create-cameras"), help: help(LearnHelp.createCameras)) var createCameras = false
    @Option(help: help(.exportOutput)) var output: String?
    @Flag(name: .customLong("dry-run"), help: help(.dryRun)) var dryRun = false
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (format == nil) != (profile == nil), profile != nil || !createCameras else {
            throw ValidationError(Language.ofProcess.formatOrProfile)
        }
    }

    func perform(_ console: Console) throws -> ExitStatus {
        if let profile { return try write(profile: profile, console) }
        return try write(format ?? .csv, console)
    }

    /// In the recorder's own form.
    private func write(profile path: String, _ console: Console) throws -> ExitStatus {
        let export = try ProfileExport(
            profile: Profile(reading: path), path: path, index: IndexReader(path: index), createsCameras: createCameras)
        let result: ProfileExport.Result
        if export.makesFolder {
            if !dryRun, output == nil { throw Refusal.usage(console.language.filesWantOutput) }
            if let output { try export.checkFolder(output) }
            result = try export.write(filesBelow: dryRun ? nil : output)
        } else if dryRun {
            result = try export.write { _ in }
        } else if let output {
            try export.checkDestination(output)
            if export.makesFile(output) {
                result = try export.write(toNewFile: output)
            } else {
                let file = try AtomicFile(output)
                result = try export.write { try file.write($0) }
                try file.commit()
            }
        } else {
            if console.json { throw Refusal.usage(console.language.jsonWantsOutput) }
            result = try export.write(to: Console.write)
            Console.note(LearnReport.text(result, path: "-", language: console.language, width: Console.columns))
            return result.hasLosses ? .losses : .done
        }
        try Console.write(
            console.json
                ? LearnReport.json(result, path: output, isDryRun: dryRun).text() + "\n"
                : LearnReport.text(result, path: dryRun ? nil : output, language: console.language, width: Console.columns))
        return result.hasLosses ? .losses : .done
    }

    private func write(_ format: IndexExport.Format, _ console: Console) throws -> ExitStatus {
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
