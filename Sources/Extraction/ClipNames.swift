/// Names that FAT, exFAT and NTFS accept and that a person can read.
public enum ClipNames {
    /// Windows reserves these whatever their extension (Microsoft, "Naming Files, Paths, and Namespaces").
    private static let reserved: Set<String> = {
        var names: Set<String> = ["CON", "PRN", "AUX", "NUL"]
        for digit in 1...9 { names.formUnion(["COM\(digit)", "LPT\(digit)"]) }
        return names
    }()
    /// FAT and NTFS allow 255 UTF-16 units; 80 leaves room for the folder, the time and old players.
    private static let longest = 80

    /// One path component made from any text.
    public static func legal(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let forbidden = scalar.value < 0x20 || scalar.value == 0x7F || "\"*/:<>?\\|".unicodeScalars.contains(scalar)
            result.unicodeScalars.append(forbidden ? "_" : scalar)
        }
        while result.unicodeScalars.count > longest { result.unicodeScalars.removeLast() }
        // A trailing dot or blank vanishes on Windows; a leading dot hides the folder on Linux.
        while let last = result.last, last == "." || last == " " { result.removeLast() }
        while let first = result.first, first == "." || first == " " { result.removeFirst() }
        if result.isEmpty { return "_" }
        let stem = result.prefix { $0 != "." }.uppercased()
        return reserved.contains(stem) ? "_" + result : result
    }

    /// Different texts get different names, also where the file system folds case.
    public static func distinct(_ texts: [String]) -> [String: String] {
        var taken: Set<String> = []
        var result: [String: String] = [:]
        for text in texts.sorted() where result[text] == nil {
            let base = legal(text)
            var name = base
            var number = 2
            while !taken.insert(name.lowercased()).inserted {
                name = "\(base)~\(number)"
                number += 1
            }
            result[text] = name
        }
        return result
    }

    /// Seconds, with milliseconds only where there are some: `60s`, `12.480s`.
    public static func duration(_ microseconds: Int64) -> String {
        let milliseconds = (max(0, microseconds) + 500) / 1000
        let fraction = milliseconds % 1000
        guard fraction != 0 else { return "\(milliseconds / 1000)s" }
        let digits = String(fraction)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)s"
    }
}
