import Recordings
import Recovery
import Wording

/// What `session` says.
public enum SessionReport {
    public static func text(_ ledger: Ledger, language: Language, width: Int) -> String {
        var table = Table([(language.timeUTC, .left), (language.stepWord, .left), (language.state, .left), ("", .left)], wrapsLast: true)
        for entry in ledger.entries {
            let time = entry.at.prefix(19).split(separator: "T").joined(separator: " ")
            table.add([time, language.stepName(entry.step.rawValue), language.entryState(entry.state.rawValue), detail(entry, language)])
        }
        return table.text(width: width) + "\n" + refusals(ledger, language, width)
            + TriageReport.wrapped(language.ledgerIsWhole(ledger.entries.count, ledger.path), width: width, indent: "")
    }

    /// What went wrong is a sentence, too long for a table.
    private static func refusals(_ ledger: Ledger, _ language: Language, _ width: Int) -> String {
        let told = ledger.entries.filter(isTold)
        guard !told.isEmpty else { return "" }
        return told.map { entry in
            let time = String(entry.at.prefix(19).suffix(8))
            let sentence = language == .en ? entry.text ?? "" : entry.told ?? language.detail(language.named(entry.text ?? ""))
            let lines = Prose.lines(
                Table.printable(language.entry(language.entryState(entry.state.rawValue), sentence)), width: width, first: time + "  ",
                rest: String(repeating: " ", count: time.count + 2), breaksPaths: true)
            return lines.joined(separator: "\n") + "\n"
        }.joined() + "\n"
    }

    private static func isTold(_ entry: LedgerEntry) -> Bool {
        [.failed, .refused].contains(entry.state) && entry.text != nil
    }

    private static func detail(_ entry: LedgerEntry, _ language: Language) -> String {
        // What went wrong stands below.
        let note = isTold(entry) ? "" : entry.text.map { " (\(language.detail(language.named($0))))" } ?? ""
        if let mount = entry.mount { return "\(mount.volume) -> \(mount.place)" + note }
        if let assembly = entry.assembly {
            return assembly.members.joined(separator: " + ") + " -> \(assembly.name)" + note
        }
        if let volumes = entry.volumes { return language.volumesSeen(volumes.map { $0.path + ($0.role == "unknown" ? " (?)" : "") }) }
        return isTold(entry) ? "" : entry.text.map(language.detail) ?? ""
    }

    public static func json(_ ledger: Ledger) -> JSON {
        .object([
            ("schema", "camtrace-rescue/session-show/1"), ("path", .string(ledger.path)), ("whole", true),
            ("entries", .array(ledger.entries.map(\.json))),
        ])
    }
}
