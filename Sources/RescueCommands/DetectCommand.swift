import ArgumentParser
import BlockDevices
import CamTrace
import LinuxSystem
import Recordings
import Recovery
import Reporting
import Wording

struct DetectCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "detect", abstract: DiskHelp.detect.text(in: .ofProcess))
    }

    @Flag(help: help(DiskHelp.watch)) var watch = false
    @OptionGroup var place: SurveyOptions
    @OptionGroup var shared: SharedOptions

    func perform(_ console: Console) throws -> ExitStatus {
        guard watch else {
            try show(console)
            return .done
        }
        guard place.image.isEmpty, place.sysroot == nil else { throw Refusal.usage(console.language.watchIsLive()) }
        guard !console.json else { throw Refusal.usage(console.language.watchIsNoDocument()) }
        guard let changes = DeviceWatch() else { throw Refusal(complaint: console.language.noUdev(), status: .source) }
        try show(console)
        Console.tell(console.language.watching)
        while !Interruption.requested {
            guard let change = changes.next(milliseconds: 500) else { continue }
            try Console.say(console.language.deviceChange(change.action, change.node) + "\n")
            // A disk announces itself and then each of its partitions: shown once, when it is quiet again.
            while let another = changes.next(milliseconds: 700), !Interruption.requested {
                try Console.say(console.language.deviceChange(another.action, another.node) + "\n")
            }
            if !Interruption.requested { try show(console) }
        }
        return .done
    }

    private func show(_ console: Console) throws {
        let survey = try place.survey()
        if place.sysroot == nil { try shared.note(survey) }
        try console.show(
            json: DetectReport.json(survey, language: console.language),
            text: DetectReport.text(survey, language: console.language, width: Console.columns))
    }
}

/// Which machine is looked at.
struct SurveyOptions: ParsableArguments {
    @Option(help: help(DiskHelp.image)) var image: [String] = []
    @Option(help: help(DiskHelp.sysroot)) var sysroot: String?
    @Option(help: help(DiskHelp.profile)) var profile: String?

    func survey() throws -> MachineSurvey {
        var root = sysroot ?? ""
        while root.hasSuffix("/"), root.count > 1 { root.removeLast() }
        return try MachineSurvey.take(images: image, root: root, profiles: [try productProfile(profile)])
    }
}

/// The profile of CamTrace, or the one that a site gives instead.
func productProfile(_ path: String?) throws -> ProductProfile {
    do {
        return try CamTrace.profile(at: path)
    } catch let error as SystemError {
        throw RecoveryError.sourceMissing(path: path ?? "", cause: error)
    } catch {
        throw RecoveryError.badProfile(path: path ?? "", detail: wrongPart(error))
    }
}

/// The field of a JSON file that is missing or is not what it should be; `JSON` where it is none.
private func wrongPart(_ error: any Error) -> String {
    let path: [any CodingKey] =
        switch error {
        case DecodingError.keyNotFound(let key, let context): context.codingPath + [key]
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context): context.codingPath
        default: []
        }
    return path.isEmpty ? "JSON" : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
}

func help(_ topic: DiskHelp) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: topic.text(in: .ofProcess))
}
