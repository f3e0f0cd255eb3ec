import LinuxSystem

/// Why a command on recordings could not do what it was asked. Each has a sentence and a hint in `Wording`.
public enum RecordingsError: Error, Sendable {
    /// Source: exit 5.
    case sourceMissing(path: String, SystemError)
    case nothingToIndex(paths: [String], filesSeen: Int, unreadable: Int)
    case indexMissing(path: String)
    case notAnIndex(path: String)
    case indexDamaged(path: String, detail: String)
    case indexTooNew(path: String)
    case noSuchCamera(key: String, known: [String])
    /// Destination: exit 6.
    case destinationInsideSource(path: String, source: String)
    case destinationOnSourceDisk(path: String, source: String, mountPoint: String)
    case destinationFailed(SystemError)
    case destinationIsNoIndex(path: String)
    /// A file that is not ours bears the name: exit 6.
    case destinationExists(path: String)
    /// Another run is writing the same destination: exit 6.
    case destinationBusy(path: String)
}
