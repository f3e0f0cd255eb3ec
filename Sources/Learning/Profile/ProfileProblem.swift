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
