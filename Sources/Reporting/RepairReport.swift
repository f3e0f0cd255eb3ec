import Extraction
import Recordings
import Wording

/// What `repair` says.
public enum RepairReport {
    public static func text(_ results: [RepairResult], language: Language) -> String {
        var text = ""
        for result in results {
            let input = Table.printable(result.input)
            if let output = result.output {
                text += language.repaired(input, Table.printable(output), frames: result.frames, duration: result.duration) + "\n"
                if result.lostBytes > 0 { text += "  " + language.bytesNotPlayable(result.lostBytes, of: result.sizeBytes) + "\n" }
            } else {
                text += language.notRepaired(input, reason(result, language)) + "\n"
            }
            if let lost = result.framesLost, lost > 0, let time = result.durationLost {
                text += "  " + language.lostAbout(frames: lost, duration: time) + "\n"
            }
            if let reference = result.reference { text += "  " + language.takenFrom(Table.printable(reference.path)) + "\n" }
            if result.referencesRefused > 0 { text += "  " + language.referencesRefused(result.referencesRefused) + "\n" }
            for line in language.messages(of: result.findings.map { StoredFinding(code: $0.code.rawValue, detail: $0.detail) }) {
                text += "  " + line + "\n"
            }
            for loss in result.losses { text += "  " + language.message(of: loss) + "\n" }
        }
        return text
    }

    /// Why a file could not be the source of anything.
    public static func complaint(_ result: RepairResult, _ language: Language) -> Complaint {
        switch result.reason {
        case .sourceMissing, .sourceUnreadable: language.sourceMissing(result.input, reason: reason(result, language))
        default: language.nothingToRepair(result.input, result.reason?.rawValue ?? "")
        }
    }

    private static func reason(_ result: RepairResult, _ language: Language) -> String {
        if result.reason == .sourceUnreadable, let errno = result.errno { return language.reason(errno) }
        return language.repairReason(result.reason?.rawValue ?? "")
    }

    public static func json(_ results: [RepairResult]) -> JSON {
        .object([
            ("schema", "camtrace-rescue/repair/1"),
            (
                "files",
                .array(
                    results.map { result in
                        .object([
                            ("input", .string(result.input)),
                            ("output", .optional(result.output)),
                            ("reason", .optional(result.reason?.rawValue)),
                            ("state", .optional(result.state?.rawValue)),
                            ("container", .optional(result.container?.rawValue)),
                            ("framesRecovered", .optional(result.frames)),
                            ("recoveredSeconds", .seconds(result.duration)),
                            ("framesLostEstimate", .optional(result.framesLost)),
                            ("lostSecondsEstimate", .seconds(result.durationLost)),
                            ("sizeBytes", .integer(Int64(clamping: result.sizeBytes))),
                            ("reference", .optional(result.reference?.path)),
                            ("referenceOrigin", .optional(result.reference.map { $0.isGiven ? "given" : "found" })),
                            ("referencesRefused", .integer(Int64(result.referencesRefused))),
                            ("lostBytes", .integer(Int64(clamping: result.lostBytes))),
                            (
                                "findings",
                                .array(
                                    result.findings.map { finding in
                                        .object([
                                            ("code", .string(finding.code.rawValue)), ("byteOffset", .optional(finding.byteOffset)),
                                            ("detail", .string(finding.detail)),
                                        ])
                                    })
                            ),
                            (
                                "losses",
                                .array(
                                    result.losses.map { .object([("code", .string($0.code.rawValue)), ("detail", .string($0.detail))]) })
                            ),
                        ])
                    })
            ),
        ])
    }
}
