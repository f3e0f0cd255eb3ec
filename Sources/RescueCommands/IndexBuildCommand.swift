import ArgumentParser
import Foundation
import Layouts
import Recordings
import Reporting
import Wording

/// Options that decide how a tree is understood.
struct LayoutOptions: ParsableArguments {
    @Option(name: .customLong("layout"), help: help(.layout)) var layouts: [String] = []
    @Option(name: .customLong("time-zone"), help: help(.timeZone)) var timeZone: String?
    @Option(help: help(.jobs)) var jobs: Int?

    func validate() throws {
        if let jobs, !(1...1024).contains(jobs) { throw ValidationError(Language.ofProcess.badJobs) }
    }

    func request(sources: [String], indexPath: String, hashing: Bool, _ language: Language) throws -> BuildRequest {
        let templates = try layouts.map { text in
            do throws(TemplateError) { return try PathTemplate(text) } catch {
                throw Refusal.usage(language.badTemplate(text, position: error.position, expected: error.expected))
            }
        }
        return BuildRequest(
            sources: sources, indexPath: indexPath, templates: templates,
            zone: try OptionValue.zone(timeZone, default: OptionValue.systemZone, language), zoneIsCertain: timeZone != nil,
            jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount, hashing: hashing, toolVersion: Program.version)
    }
}

extension ProgressMeter {
    func show(_ progress: BuildProgress, _ language: Language) {
        let label =
            switch progress.phase {
            case .walking: language.walking
            case .understanding: language.understanding
            case .reading: language.reading
            case .dating: language.dating
            }
        show(
            label, done: UInt64(progress.done), total: progress.total.map(UInt64.init),
            bytes: progress.phase == .reading ? progress.bytes : nil)
    }
}

struct IndexBuildCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "build", abstract: HelpTopic.indexBuild.text(in: .ofProcess))
    }

    @Argument(help: help(.sources)) var sources: [String]
    @Option(help: help(.indexOutput)) var index: String
    @OptionGroup var layout: LayoutOptions
    @Flag(help: help(.hash)) var hash = false
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        let language = console.language
        let request = try layout.request(sources: sources, indexPath: index, hashing: hash, language)
        let meter = ProgressMeter(console)
        let builder = try IndexBuilder(request, message: { language.message(of: $0) }, progress: { meter.show($0, language) })
        let result = try builder.run()
        meter.end()
        try console.show(
            json: BuildReport.json(result, indexPath: index),
            text: BuildReport.text(result, indexPath: index, language: language, width: Console.searchableColumns))
        return result.hasLosses ? .losses : .done
    }
}
