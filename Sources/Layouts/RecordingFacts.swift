/// What is known of the files of one hypothesis when their names are cut into parts.
struct RecordingFacts {
    /// Microseconds as the paths tell them; empty where they tell none.
    var starts: [Int64]
    /// Of a picture; 0 where not known.
    var pixels: [Int]

    /// Eight digits that are a date, that of the recording or of the days around it.
    func isDate(_ column: Column) -> Bool {
        guard !starts.isEmpty, !column.values.isEmpty else { return false }
        var days: [Int64] = []
        for value in column.values {
            guard value.count == 8, let number = decimal(value) else { return false }
            let date = CivilDate(year: Int(number / 10_000), month: Int(number / 100 % 100), day: Int(number % 100))
            guard date.isValid else { return false }
            days.append(date.days)
        }
        let near = zip(starts, column.codes).count { abs(floorDivide($0, Microseconds.day) - days[Int($1)]) <= 2 }
        return near * 10 >= starts.count * 9
    }

    /// Six digits that are a time of day.
    static func isTimeOfDay(_ column: Column) -> Bool {
        column.values.allSatisfy { value in
            guard value.count == 6, let number = decimal(value) else { return false }
            return number / 10_000 < 24 && number / 100 % 100 < 60 && number % 100 <= 60
        }
    }

    /// Whether the files of one name that differ in a letter only are the same recordings in two sizes: they begin together,
    /// and one picture is always the larger.
    ///
    /// - Parameters:
    ///   - names: what is left of the names without the letter
    func areStreams(_ letters: Column, of names: Column) -> Bool {
        guard !starts.isEmpty, letters.values.count == 2 else { return false }
        var first: [Int32: [(start: Int64, pixels: Int)]] = [:]
        var second: [Int32: [(start: Int64, pixels: Int)]] = [:]
        for index in starts.indices {
            let entry = (starts[index], pixels[index])
            if letters.codes[index] == 0 {
                first[names.codes[index], default: []].append(entry)
            } else {
                second[names.codes[index], default: []].append(entry)
            }
        }
        var pairs = 0
        var larger = 0
        var smaller = 0
        var unknown = 0
        for (name, mine) in first {
            let theirs = (second[name] ?? []).sorted { $0.start < $1.start }
            var next = 0
            for entry in mine.sorted(by: { $0.start < $1.start }) {
                while next < theirs.count, theirs[next].start < entry.start - 2 * Microseconds.second { next += 1 }
                guard next < theirs.count, theirs[next].start <= entry.start + 2 * Microseconds.second else { continue }
                pairs += 1
                if entry.pixels == 0 || theirs[next].pixels == 0 { unknown += 1 }
                if entry.pixels > theirs[next].pixels { larger += 1 }
                if entry.pixels < theirs[next].pixels { smaller += 1 }
            }
        }
        let fewer = min(letters.codes.count { $0 == 0 }, letters.codes.count { $0 == 1 })
        guard pairs * 10 >= fewer * 6 else { return false }
        // Without pictures to compare, a few moments may be chance.
        if unknown * 2 >= pairs { return pairs >= 4 }
        return max(larger, smaller) * 10 >= pairs * 9
    }
}
