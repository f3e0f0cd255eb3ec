import LinuxSystem

/// Why an index could not be learnt or written back. Each has a sentence and a hint in `Wording`.
public enum LearningError: Error, Sendable {
    public enum Refusal: Sendable, Equatable {
        /// No value of any table is one of ours.
        case nothingMatches
        /// Times agree, and nothing else: it may be another site.
        case onlyTimes(table: String)
        /// Rows match, but nothing tells one row from another.
        case noIdentity(table: String)
        case tooFewRows(table: String, rows: Int)
    }
    /// Source: exit 5.
    case exampleMissing(path: String, SystemError)
    case exampleUnknown(path: String)
    case exampleDamaged(path: String, detail: String)
    case exampleEmpty(path: String)
    case notUsable(path: String, Refusal)
    /// The profile was written, for a person to fill what is missing.
    case columnsMissing(profile: String, columns: [String])
    case profileMissing(path: String, SystemError)
    case profileWrong(path: String, line: Int, ProfileProblem)
    case profileNotUsable(path: String)
    /// Destination: exit 6.
    case destinationExists(path: String)
    case destinationFailed(path: String, detail: String)
}

/// What is wrong with a profile.
public enum ProfileProblem: Sendable, Equatable {
    case notJSON(String)
    case noProfile
    case missing(String)
    case wrongType(key: String, expected: String)
    case unknownWord(key: String, word: String, known: [String])
    case noSuchColumn(String)
    case unclosedBrace
    case unknownField(String)
    case badForm(field: String, form: String)
    case mustStandAlone(String)
}
