import Mounting
import Recordings
import Wording

/// What `mount` and `unmount` say of arrays and volume groups.
public enum AssemblyReport {
    public static func text(_ outcomes: [AssemblyOutcome], language: Language, width: Int) -> String {
        lines(outcomes, width) { outcome, name, members in
            if let failure = outcome.failure { return language.notAssembled(name, members, language.reason(failure)) }
            return language.assembled(name, members, isDegraded: outcome.assembled.isDegraded)
        }
    }

    /// What would be assembled.
    public static func planText(_ outcomes: [AssemblyOutcome], language: Language, width: Int) -> String {
        lines(outcomes, width) { _, _, members in language.wouldAssemble(members) }
    }

    /// What was taken apart.
    public static func endText(_ outcomes: [AssemblyOutcome], language: Language, width: Int) -> String {
        lines(outcomes, width) { outcome, name, _ in
            outcome.failure.map { language.notDisassembled(name, language.reason($0)) } ?? language.disassembled(name)
        }
    }

    private static func lines(
        _ outcomes: [AssemblyOutcome], _ width: Int, _ sentence: (AssemblyOutcome, _ name: String, _ members: String) -> String
    ) -> String {
        outcomes.map { outcome in
            let groups = outcome.assembled.groups
            let name = groups.isEmpty ? outcome.assembled.name : "LVM " + groups.joined(separator: ", ")
            let text = sentence(outcome, name, outcome.assembled.members.joined(separator: ", "))
            return TriageReport.wrapped(Table.printable(text), width: width, indent: "")
        }.joined()
    }

    static func json(_ outcomes: [AssemblyOutcome], _ language: Language) -> JSON {
        .array(
            outcomes.map { outcome in
                let assembled = outcome.assembled
                return .object([
                    ("kind", .string(assembled.kind.rawValue)), ("name", .string(assembled.name)),
                    ("groups", .array(assembled.groups.map(JSON.string))), ("uuid", .optional(assembled.uuid)),
                    ("members", .array(assembled.members.map(JSON.string))), ("degraded", .bool(assembled.isDegraded)),
                    ("failed", .bool(outcome.failure != nil)), ("reason", .optional(outcome.failure.map(language.reason))),
                ])
            })
    }
}
