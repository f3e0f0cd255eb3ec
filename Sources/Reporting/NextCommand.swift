import LinuxSystem
import Recovery

/// Commands that are printed to be typed next. They go on in the session that this one was told to keep: without `--session`
/// they would write into the ledger of another.
public enum NextCommand {
    private static let program = "camtrace-rescue "
    private static let groups: Set<Substring> = ["index", "check", "config", "session"]
    private static let commands: Set<Substring> = ["detect", "triage", "mount", "unmount", "extract", "repair", "carve"]
    private static let session = given(in: Array(programArguments.dropFirst()))

    /// `text` with each command in it as it is to be typed.
    public static func complete(_ text: String) -> String {
        session.map { complete(text, session: $0) } ?? text
    }

    static func complete(_ text: String, session: String) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: program) {
            result += rest[..<found.upperBound]
            rest = rest[found.upperBound...]
            guard let end = endOfName(rest) else { continue }
            // `mount --all` is read as one name.
            let behind = rest[end...].hasPrefix(" --all") ? rest.index(end, offsetBy: " --all".count) : end
            result += rest[..<behind]
            rest = rest[behind...]
            if !rest.hasPrefix(" --session") { result += " --session " + shellQuoted(session) }
        }
        return result + rest
    }

    /// Behind `mount` or `index build`; nil where something else follows the program's name.
    private static func endOfName(_ text: Substring) -> String.Index? {
        func isLetter(_ character: Character) -> Bool { ("a"..."z").contains(character) }
        let first = text.prefix(while: isLetter)
        if commands.contains(first) { return first.endIndex }
        guard groups.contains(first), text[first.endIndex...].first == " " else { return nil }
        let second = text[text.index(after: first.endIndex)...].prefix { isLetter($0) || $0 == "-" }
        return second.isEmpty ? nil : second.endIndex
    }

    /// What `--session` says, the last where it was given more than once.
    static func given(in arguments: [String]) -> String? {
        var session: String?
        for (index, argument) in arguments.enumerated() {
            if argument == "--" { break }
            if argument == "--session", index + 1 < arguments.count { session = arguments[index + 1] }
            if argument.hasPrefix("--session=") { session = String(argument.dropFirst("--session=".count)) }
        }
        return session
    }
}
