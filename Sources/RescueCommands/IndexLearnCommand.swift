import ArgumentParser
import Foundation
import Learning
import LinuxSystem
import Recordings
import Reporting
import Wording

func help(_ topic: LearnHelp) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: topic.text(in: .ofProcess))
}

struct IndexLearnCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "learn", abstract: LearnHelp.learn.text(in: .ofProcess))
    }

    @Option(help: help(LearnHelp.example)) var from: String
    @Option(name: .customLong("source"), parsing: .upToNextOption, help: help(LearnHelp.source)) var sources: [String] = []
    @Option(help: help(LearnHelp.index)) var index: String?
    @Option(help: help(LearnHelp.output)) var output: String
    @Flag(help: help(LearnHelp.verify)) var verify = false
    @OptionGroup var layout: LayoutOptions
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard sources.isEmpty != (index == nil) else { throw ValidationError(Language.ofProcess.sourceOrIndex) }
    }

    func perform(_ console: Console) throws -> ExitStatus {
        let meter = ProgressMeter(console)
        try Learner.checkExample(from)
        try Profile.checkDestination(output, sources: sources, index: index)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("camtrace-rescue.\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var request = try layout.request(sources: sources, indexPath: folder + "/recordings.ctrx", hashing: false, console.language)
        if let index {
            request.indexPath = index
            if layout.timeZone == nil { request.zone = try IndexReader(path: index).zone() }
        } else {
            try makeFolders(folder)
            _ = try IndexBuilder(request, message: { console.language.message(of: $0) }, progress: { meter.show($0, console.language) })
                .run()
        }
        let learner = try Learner(.init(example: from, index: request.indexPath, zone: request.zone, verify: verify)) { rows in
            meter.show(console.language.learning, done: UInt64(rows), total: nil, bytes: nil)
        }
        let profile = try learner.run()
        meter.end()
        let file = try AtomicFile(output)
        try file.write(profile.text())
        try file.commit()
        guard profile.missingColumns.isEmpty else {
            throw LearningError.columnsMissing(profile: output, columns: profile.missingColumns)
        }
        try Console.write(
            console.json
                ? LearnReport.json(profile, path: output).text() + "\n"
                : LearnReport.text(profile, path: output, language: console.language, width: Console.columns))
        return profile.isCut ? .losses : .done
    }
}
