import ArgumentParser
import Extraction
import Foundation
import Layouts
import LinuxSystem
import Mounting
import Recordings
import Recovery
import Reporting
import Wording

struct ExtractCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "extract", abstract: HelpTopic.extract.text(in: .ofProcess))
    }

    @OptionGroup var selection: SelectionOptions
    @Option(help: help(.extractOutput)) var output: String
    @Flag(name: .customLong("next-folder"), help: help(.nextFolder)) var nextFolder = false
    @Flag(name: .customLong("protected-only"), help: help(.protectedOnly)) var protectedOnly = false
    @Option(help: help(.container)) var container: ClipRequest.ContainerChoice = .automatic
    @Flag(help: help(.join)) var join = false
    @Option(name: .customLong("max-file-size"), help: help(.maxFileSize)) var maxFileSize: String?
    @Flag(help: help(.subtitles)) var subtitles = false
    @Option(name: .customLong("operator"), help: help(.operatorName)) var operatorName: String?
    @Option(name: .customLong("clock-offset"), help: help(.clockOffset)) var clockOffset: Double?
    @Flag(name: .customLong("dry-run"), help: help(.dryRun)) var dryRun = false
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let language = console.language
        let (index, selected, zone) = try selection.open(language, protectedOnly: protectedOnly)
        let request = ClipRequest(
            selection: selected, container: container, join: join, largestFile: try OptionValue.size(maxFileSize, language),
            subtitles: subtitles)
        let plan = try ClipPlan(request, index: index)
        guard !plan.runs.isEmpty || !plan.unplayable.isEmpty else { throw Refusal(complaint: language.nothingSelected(), status: .source) }
        let environment = ProcessInfo.processInfo.environment
        let record = ExportRecord(
            toolVersion: Program.version, exportedAt: Int64(Date().timeIntervalSince1970 * 1_000_000),
            operatorName: operatorName ?? environment["SUDO_USER"] ?? environment["USER"] ?? environment["LOGNAME"] ?? NSUserName(),
            host: ProcessInfo.processInfo.hostName, zone: zone, indexPath: resolvedPath(index.path) ?? index.path,
            clockOffsetSeconds: clockOffset)
        let extractor = try Extractor(index: index, plan: plan, output: output, isNumbered: nextFolder, record: record)
        let gone = extractor.volumesGone()
        // Of several disks those that are there give what they have.
        if !gone.isEmpty, gone.reduce(0, { $0 + $1.files }) == plan.runs.reduce(0, { $0 + $1.segments.count }) {
            throw Refusal(
                complaint: language.volumesGone(gone.map { ($0.files, $0.volume.sourcePath, mountCommand($0.volume)) }), status: .source)
        }
        if dryRun {
            try extractor.checkOutput()
            try console.show(
                json: ExtractReport.planJSON(plan, output: extractor.output),
                text: ExtractReport.planText(
                    plan, output: extractor.output, zone: zone, language: language, width: Console.searchableColumns))
            return .done
        }
        let meter = ProgressMeter(console)
        let total = plan.runs.reduce(UInt64(0)) { $0 &+ UInt64(clamping: $1.sourceBytes) }
        var done: UInt64 = 0
        let result = try extractor.run { bytes in
            done += bytes
            meter.show(language.extracting, done: done >> 20, total: total >> 20, bytes: done)
        }
        meter.end()
        try console.show(
            json: ExtractReport.json(result, plan: plan, output: extractor.output),
            text: ExtractReport.text(
                result, plan: plan, output: extractor.output, zone: zone, language: language, width: Console.searchableColumns))
        return result.hasLosses ? .losses : .done
    }
}

extension ExtractCommand {
    /// What brings a volume back to its place: as this session mounted it, else by its UUID. Nil where neither is known.
    private func mountCommand(_ volume: IndexReader.Volume) -> String? {
        let mounts = (shared.session ?? Session.begun).flatMap { try? Ledger(reading: $0) }?.entries.compactMap(\.mount) ?? []
        let before = mounts.last { volume.sourcePath == $0.place || volume.sourcePath.hasPrefix($0.place + "/") }
        guard let name = before.map({ $0.image == nil ? $0.uuid ?? $0.volume : $0.volume }) ?? volume.uuid else { return nil }
        let folder = splitPath(before?.place ?? volume.sourcePath).folder
        return "camtrace-rescue mount \(shellQuoted(name))" + (folder == Mounted.usualFolder ? "" : " --at \(shellQuoted(folder))")
    }
}

extension ClipRequest.ContainerChoice: ExpressibleByArgument {}
