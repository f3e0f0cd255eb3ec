/// Sentences on a screen of so many columns. What is typed or copied stays whole: commands, and the rows of a table.
enum Prose {
    /// `breaksPaths`: a path that is longer than a line goes on below itself, behind a `/`.
    static func lines(_ text: String, width: Int, first: String, rest: String, breaksPaths: Bool = false) -> [String] {
        var lines: [String] = []
        var line = first
        var isFresh = true
        for word in unbroken(text.split(separator: " ").map(String.init)) {
            let room = max(width - Table.columns(rest), 1)
            let parts = breaksPaths && Table.columns(word) > room ? steps(word, room: room) : [word]
            for (number, part) in parts.enumerated() {
                let gap = isFresh || number > 0 ? "" : " "
                if !isFresh, Table.columns(line) + Table.columns(gap + part) > width {
                    lines.append(line)
                    line = rest + part
                } else {
                    line += gap + part
                }
                isFresh = false
            }
        }
        return lines + [line]
    }

    /// A path up to each of its `/`; a name that is longer than a line ends where the line does.
    private static func steps(_ path: String, room: Int) -> [String] {
        var steps = [""]
        for character in path {
            let isFull = Table.columns(steps[steps.count - 1] + String(character)) > room
            // An absolute path does not leave its first sign behind.
            if isFull || steps[steps.count - 1].hasSuffix("/") && steps[steps.count - 1] != "/" { steps.append("") }
            steps[steps.count - 1].append(character)
        }
        return steps
    }

    /// One line of a result, or a sentence behind `error: `.
    static func fitted(_ line: String, width: Int, mark: String = "") -> [String] {
        guard Table.columns(mark + line) > width else { return [mark + line] }
        let blanks = String(line.prefix { $0 == " " })
        let text = String(line.dropFirst(blanks.count))
        let isItem = text.hasPrefix("- ")
        let rest = String(repeating: " ", count: mark.isEmpty ? blanks.count + 2 : mark.count)
        // A template is copied by hand into --layout.
        if isCommand(text) || text.contains("  ") || text.contains("{") { return [mark + line] }
        if let (sentence, command) = announced(text) { return fitted(blanks + sentence, width: width, mark: mark) + [rest + command] }
        return lines(isItem ? String(text.dropFirst(2)) : text, width: width, first: mark + blanks + (isItem ? "- " : ""), rest: rest)
    }

    /// `What was lost: camtrace-rescue index list …`: the sentence and the command.
    private static func announced(_ text: String) -> (sentence: String, command: String)? {
        for colon in text.ranges(of: ": ") where isCommand(String(text[colon.upperBound...])) {
            return (String(text[..<colon.lowerBound]) + ":", String(text[colon.upperBound...]))
        }
        return nil
    }

    /// A command that goes on to the end of the line; a sentence that begins with one ends like a sentence.
    private static func isCommand(_ text: String) -> Bool {
        let programs = ["camtrace-rescue", "ddrescue", "cd", "mount", "umount", "sudo", "pgrep"]
        return !text.hasSuffix(".") && programs.contains(String(text.prefix { $0 != " " }))
    }

    /// French sets a blank before some signs, which belong to the word before them all the same; a command in quotes is one word.
    private static func unbroken(_ words: [String]) -> [String] {
        var result: [String] = []
        for word in words {
            if let last = result.last,
                last == "«" || [":", ";", "!", "?", "»", "»,", "».", "»;"].contains(word) || last.count(where: { $0 == "`" }) % 2 == 1
            {
                result[result.count - 1] = last + " " + word
            } else {
                result.append(word)
            }
        }
        return result
    }
}

extension String {
    /// Each line that is too long for the screen goes on below itself, set in a little.
    public func fitted(to width: Int) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).flatMap { Prose.fitted(String($0), width: width) }.joined(separator: "\n")
    }

    /// Sentences in a window: nothing is set in but the rest of an item.
    public func paragraphs(width: Int) -> [String] {
        split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
            let isItem = line.hasPrefix("- ")
            return Prose.lines(String(isItem ? line.dropFirst(2) : line), width: width, first: isItem ? "- " : "", rest: isItem ? "  " : "")
        }
    }

    /// A sentence behind `error: ` or `hint: `.
    public func told(as mark: String, width: Int?) -> String {
        guard let width else { return mark + self }
        return Prose.fitted(self, width: width, mark: mark).joined(separator: "\n")
    }
}
