import Wording

/// The parser's help, in the user's language and on the user's screen.
public enum HelpReport {
    /// Columns to ask the parser for: each description on one line, because words of another language are not as long.
    public static let unlimited = 100_000
    /// Where the parser begins a description.
    private static let column = 26

    public static func text(_ help: String, language: Language, width: Int) -> String {
        guard help.contains("USAGE: ") else { return help }
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false).map { language.help(String($0)) }
        return lines.flatMap { laid($0, width) }.joined(separator: "\n")
    }

    private static func laid(_ line: String, _ width: Int) -> [String] {
        let blanks = line.prefix { $0 == " " }.count
        if blanks == column { return described("", line.dropFirst(column), width) }
        // Behind a label too long for its column the description has a line of its own.
        if blanks == 2, line.count > column, line.dropFirst(column - 1).first == " " {
            return described(String(line.prefix(column - 1)), line.dropFirst(column), width)
        }
        // An option and its value stay together.
        var depth = 0
        let kept = line.map { sign -> Character in
            depth += sign == "[" ? 1 : sign == "]" ? -1 : 0
            return sign == " " && depth > 0 ? "\u{A0}" : sign
        }
        guard kept.count > width else { return [line] }
        let rest = line.contains(" camtrace-rescue ") ? "      " : ""
        return Prose.lines(String(kept), width: width, first: "", rest: rest).map { $0.replacing("\u{A0}", with: " ") }
    }

    private static func described(_ label: String, _ text: Substring, _ width: Int) -> [String] {
        let blank = String(repeating: " ", count: column)
        return Prose.lines(String(text), width: width, first: label.isEmpty ? blank : label + " ", rest: blank)
    }
}
