import Carving
import Extraction
import Layouts
import Learning
import LinuxSystem
import MediaContainers
import Recordings
import Recovery
import Wording

extension Language {
    /// Every error of the libraries as a sentence and a hint.
    public func complaint(_ error: any Error) -> Complaint {
        switch error {
        case let error as RecordingsError: complaint(error)
        case let error as CarveError: complaint(error)
        case let error as LearningError: complaint(error)
        case let error as RecoveryError: complaint(error)
        case let error as ConfigurationError: complaint(error)
        case let error as RestoreError: complaint(error)
        case let error as GuardRefusal: complaint(error)
        case is Interrupted: interrupted()
        case let error as SystemError where error.errno == 17: destinationExists(error.path)
        case let error as SystemError: destinationFailed(error)
        case let error as OutputFailure:
            destinationFailed("-", reason: reason(SystemError(call: "write", errno: error.errno, path: "-")), isFull: false)
        default: unexpected(String(describing: error))
        }
    }

    /// The folder stands for the temporary files in it, whose names nobody gave.
    private func destinationFailed(_ error: SystemError) -> Complaint {
        let (folder, name) = splitPath(error.path)
        return destinationFailed(name.hasPrefix(".") ? folder : error.path, reason: reason(error), isFull: error.isFull)
    }

    /// The system's reason in the user's language where it is a common one.
    func reason(_ error: SystemError) -> String {
        systemReason(error.errno, unnamed: error.reason)
    }

    func reason(_ errno: Int32) -> String { reason(SystemError(call: "", errno: errno, path: "")) }

    private func complaint(_ error: RecoveryError) -> Complaint {
        switch error {
        case .sourceMissing(let path, let cause): sourceMissing(path, reason: reason(cause))
        case .notADisk(let path): notADisk(path)
        case .notADump(let path): notADump(path)
        case .badProfile(let path, let detail): badProfile(path, detail)
        case .noSuchVolume(let name): noSuchVolume(name)
        case .nothingToMount: nothingToMount()
        case .notOurMount(let path): notOurMount(path)
        case .noFstab(let root): noFstab(root)
        case .noSystem(let root): noSystem(root)
        case .noExport(let path): noExport(path)
        case .noSession(let path): noSession(path)
        case .sessionBusy(let path): sessionBusy(path)
        case .sessionFailed(let error): sessionFailed(error.path, reason: reason(error))
        case .ledgerChanged(let path, let line): ledgerChanged(path, line: line)
        case .ledgerCut(let path, let lines, let found): ledgerCut(path, lines: lines, found: found)
        }
    }

    private func complaint(_ error: ConfigurationError) -> Complaint {
        switch error {
        case .notAnArchive(let path): notAnArchive(path)
        case .tooLarge(let bytes), .unpacksTooMuch(_, let bytes): archiveTooLarge(bytes)
        case .tooManyMembers(let count): archiveTooMany(count)
        case .damaged(let what, let offset): archiveBroken(sentence(what), at: offset)
        case .nothingToCapture(let root): nothingToCapture(root)
        }
    }

    private func complaint(_ error: RecordingsError) -> Complaint {
        switch error {
        case .sourceMissing(let path, let cause): sourceMissing(path, reason: reason(cause))
        case .nothingToIndex(let paths, let seen, let unreadable): nothingToIndex(paths, filesSeen: seen, unreadableFolders: unreadable)
        case .indexMissing(let path): indexMissing(path)
        case .notAnIndex(let path): notAnIndex(path)
        case .indexDamaged(let path, let detail): indexDamaged(path, detail: detail)
        case .indexTooNew(let path): indexTooNew(path)
        case .noSuchCamera(let key, let known): noSuchCamera(key, known: known)
        case .destinationInsideSource(let path, let source): destinationInsideSource(path, source: source)
        case .destinationOnSourceDisk(let path, let source, let mount): destinationOnSourceDisk(path, source: source, mountPoint: mount)
        case .destinationFailed(let cause): destinationFailed(cause)
        case .destinationIsNoIndex(let path): destinationIsNoIndex(path)
        case .destinationExists(let path): destinationExists(path)
        case .destinationBusy(let path): destinationBusy(path)
        }
    }

    private func complaint(_ error: CarveError) -> Complaint {
        switch error {
        case .sourceMissing(let path, let cause): sourceMissing(path, reason: reason(cause))
        case .sourceEmpty(let path): sourceEmpty(path)
        case .notADisk(let path): notADisk(path)
        case .outside(let path, let byteCount): outsideSource(path, size: byteCount)
        case .sourceGone(let path, let offset, let errno):
            sourceGone(path, offset: offset, reason: reason(SystemError(call: "read", errno: errno, path: path)))
        case .notAMap(let path, let line): notAMap(path, line: line)
        case .mapOfAnother(let path): mapOfAnother(path)
        case .freeSpaceUnknown(let path, let detail): freeSpaceUnknown(path, feature: detail)
        case .destinationOfAnother(let path): destinationOfAnother(path)
        }
    }

    /// A line for each kind of finding: a file with sixty holes has one thing to tell, sixty times.
    public func messages(of findings: [StoredFinding]) -> [String] {
        var kinds: [(first: StoredFinding, count: Int)] = []
        for finding in findings {
            if let known = kinds.firstIndex(where: { $0.first.code == finding.code }) {
                kinds[known].count += 1
            } else {
                kinds.append((finding, 1))
            }
        }
        return kinds.map { message(of: $0.first, more: $0.count - 1) }
    }

    /// The sentence stored beside a finding.
    public func message(of finding: StoredFinding, more: Int = 0) -> String {
        FindingSentence(rawValue: finding.code)?.text(in: self, detail: named(finding.detail), more: more) ?? finding.code
    }

    func message(of loss: Clip.Loss) -> String {
        LossSentence(rawValue: loss.code.rawValue)?.text(in: self, detail: named(loss.detail)) ?? loss.code.rawValue
    }

    /// Names from a disk stand in details too; where the detail ends with the system's own reason, that reason in the user's language.
    func named(_ detail: String) -> String {
        if let errno = Self.systemReasons[detail] { return reason(errno) }
        guard let colon = detail.ranges(of: ": ").last, let errno = Self.systemReasons[String(detail[colon.upperBound...])] else {
            return Table.printable(detail)
        }
        return entry(Table.printable(String(detail[..<colon.lowerBound])), reason(errno))
    }

    /// The errors of Linux by what the system calls them in English.
    private static let systemReasons = Dictionary(
        (1...133).map { (SystemError(call: "", errno: $0, path: "").reason, Int32($0)) }, uniquingKeysWith: { first, _ in first })
}
