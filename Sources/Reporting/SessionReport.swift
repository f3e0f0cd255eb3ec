import Recordings
import Recovery
import Wording

/// What `session` says.
public enum SessionReport {
    public static func text(_ ledger: Ledger, language: Language, width: Int) -> String {
        var table = Table([(language.timeUTC, .left), (language.stepWord, .left), (language.state, .left), ("", .left)])
        for entry in ledger.entries {
            let time = entry.at.prefix(19).split(separator: "T").joined(separator: " ")
            table.add([time, language.stepName(entry.step.rawValue), language.entryState(entry.state.rawValue), detail(entry, language)])
        }
        return table.text(width: width) + "\n"
            + TriageReport.wrapped(language.ledgerIsWhole(ledger.entries.count, ledger.path), width: width, indent: "")
    }

    private static func detail(_ entry: LedgerEntry, _ language: Language) -> String {
        if let mount = entry.mount {
            return "\(mount.volume) -> \(mount.place)" + (entry.text.map { " (\(language.detail(language.named($0))))" } ?? "")
        }
        if let volumes = entry.volumes { return language.volumesSeen(volumes.map { $0.path + ($0.role == "unknown" ? " (?)" : "") }) }
        return entry.text ?? ""
    }

    public static func json(_ ledger: Ledger) -> JSON {
        .object([
            ("schema", "camtrace-rescue/session-show/1"), ("path", .string(ledger.path)), ("whole", true),
            ("entries", .array(ledger.entries.map(\.json))),
        ])
    }
}
