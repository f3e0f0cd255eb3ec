/// The segments of one hypothesis in the order of time, to ask whether a way of telling cameras apart makes sense.
struct Timeline {
    /// Microseconds; local or UTC, all alike.
    let starts: [Int64]
    /// Microseconds, negative where not known.
    let durations: [Int64]
    let resolution: Int64
    let order: [Int]

    init(starts: [Int64], durations: [Int64], resolution: Int64) {
        self.starts = starts
        self.durations = durations
        self.resolution = resolution
        order = starts.indices.sorted { (starts[$0], $0) < (starts[$1], $1) }
    }

    struct Count {
        var agree = 0
        var tested = 0
        var ratio: Double { tested == 0 ? 0 : Double(agree) / Double(tested) }
    }

    /// Segments that begin before the one before them, in the same group, has ended; without durations, those that
    /// begin at almost the same moment.
    func overlaps(_ group: [Int32]) -> Count {
        walk(group) { gap, duration in
            if duration < 0 { return gap < 2 * Microseconds.second }
            // Two seconds of slack would hide that two segments of two seconds are simultaneous.
            let slack = max(min(2 * Microseconds.second, duration / 2), resolution, duration / 10)
            return gap < -slack
        }
    }

    /// Segments that begin about where the one before ends. Pairs that are far apart say nothing: they may be
    /// neighbours of others that were not sampled.
    func contiguity(_ group: [Int32]) -> Count {
        var result = Count()
        _ = walk(group) { gap, duration in
            // A clock coarser than the segments joins everything.
            if duration > 0, duration >= 2 * resolution, abs(gap) <= 2 * duration + resolution {
                result.tested += 1
                if abs(gap) <= max(min(2 * Microseconds.second, duration / 2), resolution) { result.agree += 1 }
            }
            return false
        }
        return result
    }

    private func walk(_ group: [Int32], _ test: (_ gap: Int64, _ duration: Int64) -> Bool) -> Count {
        var ends: [Int32: (end: Int64, duration: Int64)] = [:]
        var result = Count()
        for index in order {
            let duration = durations[index]
            if let last = ends[group[index]] {
                result.tested += 1
                if test(starts[index] - last.end, last.duration) { result.agree += 1 }
                if starts[index] + max(0, duration) >= last.end { ends[group[index]] = (starts[index] + max(0, duration), duration) }
            } else {
                ends[group[index]] = (starts[index] + max(0, duration), duration)
            }
        }
        return result
    }

    /// Distinct dates that are neighbours of the date before, of all distinct dates but the first.
    func adjacentDays() -> Count {
        var days: [Int64] = []
        for index in order {
            let day = floorDivide(starts[index], Microseconds.day)
            if days.last != day { days.append(day) }
        }
        return Count(agree: zip(days, days.dropFirst()).count { $1 - $0 == 1 }, tested: max(0, days.count - 1))
    }

    /// The step that recordings of one group most often take, for trees whose media tell no duration.
    func usualStep(_ group: [Int32]) -> Int64? {
        var last: [Int32: Int64] = [:]
        var steps: [Int64] = []
        for index in order {
            if let previous = last[group[index]], starts[index] > previous { steps.append(starts[index] - previous) }
            last[group[index]] = starts[index]
        }
        guard steps.count >= 3 else { return nil }
        steps.sort()
        let step = steps[steps.count / 4]
        // A recorder's step is regular; otherwise it is a matter of chance and of sampling.
        let regular = steps.count { abs($0 - step) <= max(2 * Microseconds.second, step / 20) }
        return step <= Microseconds.hour * 2 && regular * 3 >= steps.count ? step : nil
    }
}

/// Texts as small numbers, in the order of first appearance.
struct Column {
    var values: [[UInt8]] = []
    var codes: [Int32] = []

    init(_ texts: some Sequence<[UInt8]>) {
        var known: [[UInt8]: Int32] = [:]
        for text in texts {
            if let code = known[text] {
                codes.append(code)
            } else {
                let code = Int32(values.count)
                known[text] = code
                values.append(text)
                codes.append(code)
            }
        }
    }

    var isConstant: Bool { values.count <= 1 }
    var isNumeric: Bool { !values.isEmpty && values.allSatisfy { decimal($0) != nil } }
    /// Percentage-free names for the lexicon.
    var words: [String] { values.map { String(decoding: $0, as: UTF8.self) } }

    /// Every value of this column comes with one value of the other.
    func determines(_ other: Column) -> Bool {
        var partner = [Int32](repeating: -1, count: values.count)
        var misfits = 0
        for (mine, theirs) in zip(codes, other.codes) {
            let known = partner[Int(mine)]
            if known < 0 { partner[Int(mine)] = theirs } else if known != theirs { misfits += 1 }
        }
        return misfits * 100 <= codes.count
    }

    /// The pair of both as one group.
    func combined(with other: Column) -> [Int32] {
        Column(
            zip(codes, other.codes).map { [$0, $1].flatMap { code in (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * Int32($0))) } } }
        ).codes
    }
}
