import Carving
import Extraction
import Learning
import LinuxSystem
import Recordings
import Recovery
import Reporting
import Wording

/// The one table of exit statuses; `--help` prints it.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case done = 0
    case unexpected = 1
    case losses = 3
    case refused = 4
    case source = 5
    case destination = 6
    case usage = 64
    case interrupted = 130

    init(_ error: any Error) {
        self =
            switch error {
            case let failure as Refusal: failure.status
            case is Interrupted: .interrupted
            case let error as RecordingsError: Self.of(error)
            case let error as CarveError: Self.of(error)
            case let error as LearningError: Self.of(error)
            case let error as RecoveryError: Self.of(error)
            case is ConfigurationError: .source
            case let error as RestoreError: Self.of(error)
            case is GuardRefusal: .refused
            case is SystemError, is OutputFailure: .destination
            default: .unexpected
            }
    }

    private static func of(_ error: RecordingsError) -> ExitStatus {
        switch error {
        case .sourceMissing, .nothingToIndex, .indexMissing, .notAnIndex, .indexDamaged, .indexTooNew, .noSuchCamera: .source
        case .destinationInsideSource, .destinationOnSourceDisk, .destinationFailed, .destinationIsNoIndex, .destinationExists,
            .destinationBusy:
            .destination
        }
    }

    private static func of(_ error: LearningError) -> ExitStatus {
        switch error {
        case .destinationExists, .destinationFailed: .destination
        default: .source
        }
    }

    private static func of(_ error: RecoveryError) -> ExitStatus {
        switch error {
        case .sourceMissing, .notADisk, .notADump, .noSession, .noSuchVolume, .nothingToMount, .notOurMount, .noSystem, .noExport: .source
        case .badProfile: .usage
        case .sessionBusy, .sessionFailed, .noFstab: .destination
        case .ledgerChanged, .ledgerCut: .refused
        }
    }

    private static func of(_ error: RestoreError) -> ExitStatus {
        switch error {
        case .targetIsNoServer, .targetVersionUnknown, .versionDiffers, .versionContradicts, .versionUnknown, .targetIsRunning: .refused
        case .archiveUnsound, .archiveChanged, .nothingToRollBack, .rollbackDamaged: .source
        case .targetMissing, .targetIsSource, .targetInTheWay, .targetBusy: .destination
        }
    }

    private static func of(_ error: CarveError) -> ExitStatus {
        switch error {
        case .sourceMissing, .sourceEmpty, .notADisk, .sourceGone, .notAMap, .mapOfAnother, .freeSpaceUnknown: .source
        case .outside: .usage
        case .destinationOfAnother: .destination
        }
    }

    static func table(_ language: Language) -> String {
        language.exitTableTitle + "\n"
            + allCases.map { status in
                let number = String(status.rawValue)
                return "  " + number + String(repeating: " ", count: 5 - number.count) + language.exitMeaning(Int(status.rawValue))
            }.joined(separator: "\n")
    }
}

/// A complaint that a command itself makes.
struct Refusal: Error {
    var complaint: Complaint
    var status: ExitStatus

    static func usage(_ complaint: Complaint) -> Refusal {
        Refusal(complaint: complaint, status: .usage)
    }
}
