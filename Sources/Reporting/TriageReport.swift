import Recordings
import Recovery
import Wording

/// What `triage` says.
public enum TriageReport {
    public static func text(_ triage: Triage, language: Language, width: Int) -> String {
        var text = wrapped(language.verdictTitle(triage.verdict.rawValue), width: width, indent: "")
        if !triage.reasons.isEmpty {
            text += "\n" + language.because + "\n"
            for reason in triage.reasons { text += wrapped(Table.printable(language.sentence(reason)), width: width, indent: "  - ") }
        }
        guard !triage.steps.isEmpty else { return text }
        text += "\n" + language.whatToDo + "\n"
        for (index, step) in triage.steps.enumerated() {
            let state = language.stepState(step.state.rawValue)
            text += wrapped(
                Table.printable(language.stepTitle(step.id.rawValue, step.subjects, disks: step.disks)), width: width,
                indent: " \(index + 1). [\(state)] ")
            if let command = step.command { text += "      " + Table.printable(command) + "\n" }
        }
        return text
    }

    public static func json(_ triage: Triage, language: Language) -> JSON {
        .object([
            ("schema", "camtrace-rescue/triage/1"), ("verdict", .string(triage.verdict.rawValue)),
            ("reasons", .array(triage.reasons.map { .string(language.sentence($0)) })),
            (
                "steps",
                .array(
                    triage.steps.map { step in
                        .object([
                            ("id", .string(step.id.rawValue)),
                            ("title", .string(language.stepTitle(step.id.rawValue, step.subjects, disks: step.disks))),
                            ("command", .optional(step.command.map(NextCommand.complete))), ("state", .string(step.state.rawValue)),
                            ("waitsFor", .array(step.waitsFor.map { .string($0.rawValue) })),
                        ])
                    })
            ),
        ])
    }

    /// Lines of at most `width` columns, the following ones set in as far as the first.
    static func wrapped(_ text: String, width: Int, indent: String) -> String {
        Prose.lines(NextCommand.complete(text), width: width, first: indent, rest: String(repeating: " ", count: indent.count)).joined(
            separator: "\n") + "\n"
    }
}
