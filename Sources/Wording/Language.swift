/// The languages the program speaks.
public enum Language: String, Sendable, CaseIterable {
    case en, fr

    /// From `LC_ALL`, `LC_MESSAGES` or `LANG`, the first that is set and not empty (POSIX.1-2017 §8.2).
    public init(environment: [String: String]) {
        let name = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        self = name.lowercased().hasPrefix("fr") ? .fr : .en
    }

    func pick(_ english: String, _ french: String) -> String {
        self == .en ? english : french
    }
}
