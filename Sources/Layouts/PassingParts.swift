/// Parts of paths that stand for a while and never again: numbers that keep directories small, codes that belong to one
/// recording. They divide time among themselves as cameras do not.
extension RoleAssignment {
    /// Numbers or random codes used one after the other, in the whole tree or within another part.
    func isPassing(_ index: Int) -> Bool {
        let column = columns[index].column
        guard count >= 20, column.values.count >= 3, !column.words.allSatisfy(NameLexicon.looksLikeCamera) else { return false }
        let numbers = column.numbers
        guard numbers != nil || column.isRandom else { return false }
        // A code of the recording stands beside the recording's own time.
        if numbers == nil, isOfOneRecording(index) { return true }
        if passes(column, numbers, within: nil) { return true }
        return columns.indices.contains { other in
            let group = columns[other].column
            return other != index && !group.isConstant && group.values.count * 3 <= count && !group.determines(column)
                && passes(column, numbers, within: group)
        }
    }

    private func passes(_ column: Column, _ numbers: [Int64]?, within group: Column?) -> Bool {
        var last: [Int32: (code: Int32, start: Int64, end: Int64)] = [:]
        /// How often each value, in each group, was taken up.
        var runs: [Int64: Int] = [:]
        var grown = 0
        var joined = 0
        var switches = 0
        for index in timeline.order {
            let key = group?.codes[index] ?? 0
            let code = column.codes[index]
            let start = timeline.starts[index]
            let length = max(0, timeline.durations[index])
            if last[key]?.code != code { runs[Int64(key) << 32 | Int64(code), default: 0] += 1 }
            if let previous = last[key], previous.code != code {
                // At one moment two of them: they are not used one after the other.
                if start == previous.start { return false }
                switches += 1
                if let numbers, numbers[Int(code)] > numbers[Int(previous.code)] { grown += 1 }
                if abs(start - previous.end) <= max(2 * Microseconds.second, length / 10, timeline.resolution) { joined += 1 }
            }
            last[key] = (code, start, max(start + length, last[key]?.end ?? start))
        }
        // None comes again, but for two that alternate in the hour that happens twice.
        guard switches >= 2, runs.values.count(where: { $0 > 1 }) * 4 <= runs.count else { return false }
        if joined * 2 >= switches { return true }
        // A sample may show every camera at another time: then numbers hardly grow, and codes have many files.
        if numbers != nil { return switches >= 3 && grown * 10 >= switches * 9 }
        return runs.count >= 8 && count <= 12 * runs.count
    }

    /// In one name with the time at which a recording began, and always with the same.
    private func isOfOneRecording(_ index: Int) -> Bool {
        let column = columns[index].column
        let told = columns.filter { $0.tellsTime && $0.wildcard == columns[index].wildcard && $0.column.values.count >= 3 }
        return told.contains { time in
            column.determines(time.column) && column.values.count <= 2 * time.column.values.count
                && column.values.count * 4 >= time.column.values.count * 3
        }
    }

    /// A word for the day of the week, or whatever else every day has one of, and has again.
    func changesWithTheDay(_ index: Int) -> Bool {
        let column = columns[index].column
        guard timeline.resolution <= Microseconds.day else { return false }
        let weekdays = column.values.map { TimeWords.weekday($0) }
        if weekdays.allSatisfy({ $0 != nil }) {
            let right = zip(column.codes, timeline.starts).count { code, start in
                weekdays[Int(code)] == WeekDate(days: floorDivide(start, Microseconds.day)).weekday
            }
            return right * 10 >= count * 9
        }
        var days: [Int64: Int32] = [:]
        var switches = 0
        var last: Int32 = -1
        for member in timeline.order {
            let code = column.codes[member]
            if let known = days.updateValue(code, forKey: floorDivide(timeline.starts[member], Microseconds.day)), known != code {
                return false
            }
            if code != last { switches += 1 }
            last = code
        }
        return days.count >= 8 && column.values.count >= 4 && switches > column.values.count && count >= 2 * days.count
    }
}

extension Column {
    /// The numbers behind a word that all values share, if any; nil where there are none.
    var numbers: [Int64]? {
        guard let word = values.first?.prefix(while: { !Ascii.isDigit($0) }) else { return nil }
        var result: [Int64] = []
        for value in values {
            guard value.starts(with: word), let number = decimal(value.dropFirst(word.count)) else { return nil }
            result.append(number)
        }
        return result
    }

    /// Hexadecimal digits of one length, as a generator makes them: letters and digits are mixed.
    var isRandom: Bool {
        guard let length = values.first?.count, length >= 4 else { return false }
        var mixed = 0
        for value in values {
            guard value.count == length, value.allSatisfy({ Ascii.isDigit($0) || ($0 | 0x20) &- 97 < 6 }) else { return false }
            if value.contains(where: Ascii.isDigit), value.contains(where: Ascii.isLetter) { mixed += 1 }
        }
        // Of four random digits, all are decimal in one of seven.
        return mixed * 2 >= values.count
    }
}
