/// What is known of the files of one hypothesis when their names are cut into parts.
struct RecordingFacts {
    /// Microseconds as the paths tell them; empty where they tell none.
    var starts: [Int64]
    /// Microseconds as the media tell them; negative where they do not.
    var durations: [Int64]
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

    /// Whether files whose names differ in a letter only are the same recordings in two sizes: one picture is always the larger,
    /// and where both were seen they begin together.
    ///
    /// - Parameters:
    ///   - isLarger: for every file, whether its letter means the larger one
    ///   - names: what is left of the names without the letter
    func areStreams(_ isLarger: [Bool], of names: Column) -> Bool {
        guard !starts.isEmpty else { return false }
        var least: [Int32: Int] = [:]
        var most: [Int32: Int] = [:]
        for (index, name) in names.codes.enumerated() {
            if isLarger[index] {
                least[name] = min(least[name] ?? .max, pixels[index])
            } else {
                most[name] = max(most[name] ?? 0, pixels[index])
            }
        }
        let known = pixels.allSatisfy { $0 > 0 }
        if known, least.contains(where: { name, size in size <= most[name] ?? 0 }) { return false }
        let moments = moments(isLarger, names)
        if moments.tested >= 4 { return moments.agree * 10 >= moments.tested * 6 }
        // A sample may show the two at different times; their sizes are told by many files then.
        let few = min(isLarger.count { $0 }, isLarger.count { !$0 })
        return known && few >= 8
    }

    /// Files of the larger that begin with one of the smaller, of those around which a smaller one was seen at all.
    private func moments(_ isLarger: [Bool], _ names: Column) -> Timeline.Count {
        var smaller: [Int32: [Int64]] = [:]
        for index in starts.indices where !isLarger[index] { smaller[names.codes[index], default: []].append(starts[index]) }
        for name in smaller.keys { smaller[name]?.sort() }
        var result = Timeline.Count()
        for index in starts.indices where isLarger[index] {
            guard let others = smaller[names.codes[index]] else { continue }
            let start = starts[index]
            let next = others.partitioningIndex(at: start - 2 * Microseconds.second)
            let distances = [next - 1, next].filter(others.indices.contains).map { abs(others[$0] - start) }
            guard let nearest = distances.min(), nearest <= max(30 * Microseconds.second, durations[index]) / 2 else { continue }
            result.tested += 1
            if nearest <= 2 * Microseconds.second { result.agree += 1 }
        }
        return result
    }
}

extension [Int64] {
    /// In sorted values, the place of the first that is not less.
    fileprivate func partitioningIndex(at value: Int64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
