/// What may be a part of a time in a path: a run of digits, or the name of a month.
struct TimeRun {
    var start: Int
    var end: Int
    var component: Int
    var isMonthName = false
    /// How many digits.
    var length: Int { isMonthName ? 0 : end - start }
}

/// A path cut where inference may cut it.
struct TokenisedPath {
    let bytes: [UInt8]
    private(set) var components: [Range<Int>] = []
    private(set) var runs: [TimeRun] = []
    /// Where `AM` or `PM` stands.
    private(set) var halfDays: [TimeRun] = []
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
                var last = index + 1
                if Ascii.isDigit(bytes[index]) {
                    while last < end, Ascii.isDigit(bytes[last]) { last += 1 }
                    runs.append(TimeRun(start: index, end: last, component: number))
                } else if Ascii.isLetter(bytes[index]) {
                    while last < end, Ascii.isLetter(bytes[last]) { last += 1 }
                    last = max(last, addWord(index, end, number))
                }
                index = last
            }
        }
    }

    /// - Returns: where the word ends, a full stop of its own included; 0 where it tells nothing of a time
    private mutating func addWord(_ start: Int, _ end: Int, _ component: Int) -> Int {
        bytes.withUnsafeBufferPointer { bytes in
            let stem = UnsafeBufferPointer(rebasing: bytes[..<end])
            if let month = TimeWords.month(stem, at: start) {
                runs.append(TimeRun(start: start, end: start + month.length, component: component, isMonthName: true))
                return start + month.length
            }
            if TimeWords.isAfternoon(stem, at: start) != nil {
                halfDays.append(TimeRun(start: start, end: start + 2, component: component))
            }
            return 0
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
            if !isName, !runs[firstRun..<run].contains(where: { !$0.isMonthName }) {
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

    func value(_ span: FieldSpan) -> Int64 {
        guard span.field == .monthName else { return value(span.start, span.end) }
        return bytes.withUnsafeBufferPointer { Int64(TimeWords.month($0, at: span.start)?.number ?? -1) }
    }
}
