/// A run of digits in a path.
struct DigitRun {
    var start: Int
    var end: Int
    var component: Int
    var length: Int { end - start }
}

/// A path cut where inference may cut it.
struct TokenisedPath {
    let bytes: [UInt8]
    private(set) var components: [Range<Int>] = []
    private(set) var runs: [DigitRun] = []
    /// Where the name without its extension ends.
    private(set) var stemEnd: Int
    var hasExtension: Bool { stemEnd < bytes.count }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        stemEnd = bytes.count
        var first = 0
        for index in bytes.indices where bytes[index] == Ascii.slash {
            components.append(first..<index)
            first = index + 1
        }
        components.append(first..<bytes.count)
        stemEnd = TokenisedPath.stemEnd(bytes, first)
        for (number, component) in components.enumerated() {
            var index = component.lowerBound
            let end = min(component.upperBound, stemEnd)
            while index < end {
                guard Ascii.isDigit(bytes[index]) else {
                    index += 1
                    continue
                }
                var last = index + 1
                while last < end, Ascii.isDigit(bytes[last]) { last += 1 }
                runs.append(DigitRun(start: index, end: last, component: number))
                index = last
            }
        }
    }

    /// An extension is up to five letters and digits with a letter among them, or the raw streams' `264` and `265`.
    private static func stemEnd(_ bytes: [UInt8], _ nameStart: Int) -> Int {
        guard let dot = bytes[nameStart...].lastIndex(of: UInt8(ascii: ".")), dot > nameStart else { return bytes.count }
        let text = bytes[(dot + 1)...]
        guard (1...5).contains(text.count), text.allSatisfy({ Ascii.isDigit($0) || (Ascii.isLetter($0) && $0 < 0x80) }) else {
            return bytes.count
        }
        let hasLetter = text.contains { !Ascii.isDigit($0) }
        return hasLetter || text.elementsEqual("264".utf8) || text.elementsEqual("265".utf8) ? dot : bytes.count
    }

    /// Paths of equal shape are likely to be of one layout. Words are one letter, numbers their length (one or two
    /// digits alike), directories without digits are anything.
    var shape: [UInt8] {
        var result: [UInt8] = []
        var run = 0
        for (number, component) in components.enumerated() {
            let isName = number == components.count - 1
            let end = min(component.upperBound, stemEnd)
            let firstRun = run
            while run < runs.count, runs[run].component == number { run += 1 }
            if !isName, run == firstRun {
                result.append(UInt8(ascii: "*"))
            } else {
                var index = component.lowerBound
                while index < end {
                    let first = index
                    if Ascii.isDigit(bytes[index]) {
                        while index < end, Ascii.isDigit(bytes[index]) { index += 1 }
                        result.append(0x80 | UInt8(min(max(2, index - first), 100)))
                    } else if Ascii.isLetter(bytes[index]) {
                        while index < end, Ascii.isLetter(bytes[index]) { index += 1 }
                        result.append(UInt8(ascii: "a"))
                    } else {
                        result.append(bytes[index])
                        index += 1
                    }
                }
            }
            result.append(Ascii.slash)
        }
        if hasExtension { result.append(UInt8(ascii: ".")) }
        return result
    }

    func value(_ start: Int, _ end: Int) -> Int64 { decimal(bytes[start..<end]) ?? -1 }
}
