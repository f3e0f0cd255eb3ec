import ArgumentParser
import Glibc
import Menu
import Recovery
import Reporting
import Wording

struct MenuCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "menu", abstract: DiskHelp.menu.text(in: .ofProcess))
    }

    @Option(help: help(DiskHelp.image)) var image: [String] = []
    @Option(help: help(DiskHelp.profile)) var profile: String?
    @OptionGroup var shared: SharedOptions

    /// What is chosen there writes its own steps.
    var keepsSession: Bool { true }

    func perform(_ console: Console) throws -> ExitStatus {
        let setup = Menu.Setup(
            version: Program.version, language: console.language, session: shared.session, images: image,
            profiles: [try productProfile(profile)], profilePath: profile)
        if console.json {
            let model = try Menu.model(setup)
            try console.show(json: MenuReport.json(model, language: console.language), text: "")
            return .done
        }
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw Refusal.usage(console.language.menuNeedsTerminal) }
        guard try Menu.run(setup) else {
            throw Refusal(complaint: console.language.menuNeedsNewt, status: .source)
        }
        return .done
    }
}
