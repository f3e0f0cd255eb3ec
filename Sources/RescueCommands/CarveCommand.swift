import ArgumentParser
import Carving
import LinuxSystem
import Recordings
import Reporting
import Wording

struct CarveCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "carve", abstract: CarveHelp.carve.text(in: .ofProcess))
    }

    @Argument(help: help(.source)) var source: String
    @Option(help: help(.output)) var output: String
    @Option(help: help(.map)) var map: String?
    @Option(help: help(.from)) var from: UInt64 = 0
    @Option(help: help(.length)) var length: String?
    @Flag(help: help(.unallocated)) var unallocated = false
    @Option(help: help(.index)) var index: String?
    @Option(name: .customLong("time-zone"), help: help(.timeZone)) var timeZone: String?
    @Flag(name: .customLong("dry-run"), help: help(.dryRun)) var dryRun = false
    @OptionGroup var shared: SharedOptions

    private static func help(_ topic: CarveHelp) -> ArgumentHelp {
        ArgumentHelp(stringLiteral: topic.text(in: .ofProcess))
    }

    private var folder: String {
        var folder = output
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        return folder
    }

    func perform(_ console: Console) throws -> ExitStatus {
        let language = console.language
        let zone = try OptionValue.zone(timeZone, default: OptionValue.systemZone, language)
        let request = CarveRequest(
            source: source, output: folder, map: map, from: from, length: try OptionValue.size(length, language),
            unallocatedOnly: unallocated,
            dryRun: dryRun)
        let indexPath = index ?? folder + "/index.ctrx"
        let carver = try Carver(request)
        defer { carver.close() }
        if !dryRun { for path in [folder, indexPath, map].compactMap({ $0 }) { try DestinationGuard.check(path, againstMedium: source) } }
        let finds = dryRun ? nil : try FindIndex(indexPath, message: { language.message(of: $0) })
        if !dryRun { try makeFolders(folder) }
        let lock = dryRun ? nil : try WorkLock(folder + "/carve.json")
        defer { lock?.release() }

        let meter = ProgressMeter(console)
        let result = try carver.run(shouldStop: { Interruption.requested }) { progress in
            meter.show(language.carving, done: progress.done >> 20, total: progress.total >> 20, bytes: progress.done)
        }
        meter.end()
        if result.wasInterrupted { throw Interrupted() }
        if let finds {
            try finds.write(source: resolvedPath(source) ?? source, toolVersion: Program.version, zone: zone) { add in
                try carver.journal.forEach { try add(CarveReport.segment($0)) }
            }
            try writeLists(carver, result, index: indexPath)
        }
        if console.json {
            try json(carver, result, index: indexPath, to: Console.write)
        } else {
            try Console.say(
                CarveReport.text(
                    result, finds: carver.journal.forEach, output: dryRun ? nil : folder, index: dryRun ? nil : indexPath, zone: zone,
                    language: language, width: Console.searchableColumns))
        }
        return result.hasLosses ? .losses : .done
    }

    private func json(_ carver: Carver, _ result: CarveResult, index: String, to write: @escaping (String) throws -> Void) throws {
        try CarveReport.json(
            result, finds: carver.journal.forEach, source: resolvedPath(source) ?? source, output: dryRun ? nil : folder,
            index: dryRun ? nil : index, map: carver.mapPath, to: write)
    }

    /// `SHA256SUMS` and, last, `carve.json`.
    private func writeLists(_ carver: Carver, _ result: CarveResult, index: String) throws {
        let sums = try AtomicFile(folder + "/SHA256SUMS", replacing: carver.isContinued)
        try carver.journal.forEach { find in
            if let file = find.file, let digest = find.sha256 { try sums.write("\(digest)  \(file)\n") }
        }
        try sums.commit()
        let list = try AtomicFile(folder + "/carve.json", replacing: carver.isContinued)
        try json(carver, result, index: index) { try list.write($0) }
        try list.commit()
    }
}
