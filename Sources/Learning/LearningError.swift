import LinuxSystem

/// Why an index could not be learnt or written back. Each has a sentence and a hint in `Wording`.
public enum LearningError: Error, Sendable {
    /// Source: exit 5.
    case exampleMissing(path: String, SystemError)
    case exampleUnknown(path: String)
    case exampleDamaged(path: String, detail: String)
    case exampleEmpty(path: String)
    case textRefused(path: String, TextRefusal)
    case notUsable(path: String, LearningRefusal)
    /// The profile was written, for a person to fill what is missing.
    case columnsMissing(profile: String, columns: [String])
    case profileMissing(path: String, SystemError)
    case profileWrong(path: String, line: Int, ProfileProblem)
    case profileNotUsable(path: String)
    /// Destination: exit 6.
    case destinationExists(path: String)
    case destinationFailed(path: String, detail: String)
}
