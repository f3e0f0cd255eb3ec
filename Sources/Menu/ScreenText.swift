import Reporting

/// Text as it fits into windows.
extension Screen {
    static func width(_ text: String) -> Int { Table.columns(text) }

    /// Lines of at most `width` columns; a word that is longer, a path for instance, is broken.
    static func wrapped(_ text: String, _ width: Int) -> [String] {
        guard !text.isEmpty else { return [] }
        return whole(text.fitted(to: width).split(separator: "\n", omittingEmptySubsequences: false), width)
    }

    /// Sentences of the menu's own.
    static func paragraphs(_ text: String, _ width: Int) -> [String] {
        text.isEmpty ? [] : whole(text.paragraphs(width: width).map { $0[...] }, width)
    }

    private static func whole(_ text: [Substring], _ width: Int) -> [String] {
        var lines = text.flatMap { line -> [String] in
            var rest = line
            var parts: [String] = []
            while Table.columns(String(rest)) > width {
                var part = rest.prefix(width)
                while Table.columns(String(part)) > width { part = part.dropLast() }
                // Between two words, unless that leaves next to nothing.
                if let blank = part.lastIndex(of: " "), part.distance(from: part.startIndex, to: blank) > width / 2 {
                    part = part[...blank]
                }
                parts.append(String(part))
                rest = rest.dropFirst(part.count)
            }
            return parts + [String(rest)]
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// Cut at the end where it is too long.
    static func fitted(_ text: String, _ width: Int) -> String {
        guard Table.columns(text) > width else { return text }
        var part = text.prefix(width - 1)
        while Table.columns(String(part)) > width - 1 { part = part.dropLast() }
        return part + "…"
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - Table.columns(text)))
    }
}
