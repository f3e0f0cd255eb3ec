/// How well the times in paths agree with a clock that tells UTC, up to a time zone.
struct ClockAgreement {
    enum Source: Hashable {
        case embedded
        /// The modification time is that of the last write.
        case mtimeAtEnd
        case mtimeAtStart
        /// The clock inside was read when the file was closed.
        case embeddedAtEnd
    }

    let source: Source
    private(set) var tested = 0
    private(set) var agree = 0
    /// The offset that most agree on: path minus clock, in quarters of an hour.
    private(set) var quarter = 0
    /// Every pair that agrees: the UTC instant and its offset in quarters.
    private(set) var samples: [(utc: Int64, quarter: Int)] = []

    var ratio: Double { tested == 0 ? 0 : Double(agree) / Double(tested) }

    /// Almost all that agree show the offset that a zone has at their time.
    func fits(_ zone: ZoneRules) -> Bool {
        !samples.isEmpty && samples.count { zone.offsetSeconds(atUTC: $0.utc) == $0.quarter * 900 } * 20 >= samples.count * 19
    }

    /// Besides whole hours: Newfoundland, Marquesas, Iran, Afghanistan, India, Nepal, Myanmar, Eucla, Australia, Chatham.
    var isOffsetInUse: Bool {
        quarter % 4 == 0 || [-14, -10, -38, 14, 18, 22, 23, 26, 35, 38, 42, 51, 55].contains(quarter)
    }

    /// - Parameters:
    ///   - clocks: UTC microseconds of the same moments as `times`, nil where there is none
    ///   - tolerance: microseconds by which an honest clock may be off
    init(source: Source, times: [Int64], clocks: [Int64?], tolerance: Int64) {
        self.source = source
        var counts: [Int: Int] = [:]
        var close: [(utc: Int64, quarter: Int)] = []
        for (time, clock) in zip(times, clocks) {
            guard let clock else { continue }
            tested += 1
            let difference = time &- clock
            // UTC-12 to UTC+14.
            guard abs(difference) <= 15 * Microseconds.hour else { continue }
            let quarter = Int(floorDivide(difference + Microseconds.quarter / 2, Microseconds.quarter))
            guard abs(difference - Int64(quarter) * Microseconds.quarter) <= tolerance else { continue }
            counts[quarter, default: 0] += 1
            close.append((clock, quarter))
        }
        guard let best = counts.max(by: { ($0.value, -abs($0.key)) < ($1.value, -abs($1.key)) }) else { return }
        quarter = best.key
        // A change to summer time moves the offset by an hour, on Lord Howe Island by half of one.
        let partner = [4, -4, 2, -2].map { best.key + $0 }.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? best.key
        samples = close.filter { $0.quarter == best.key || $0.quarter == partner }
        agree = samples.count
    }
}

/// The clocks of all members of one hypothesis, weighed.
struct ClockWitness {
    /// Those that agree, the finest first.
    private(set) var agreements: [ClockAgreement] = []
    private(set) var evidence: [Evidence] = []
    /// Points for the hypothesis: what agrees speaks for it, what contradicts against it.
    private(set) var points = 0.0
    private(set) var mtimesDestroyed = false

    init(times: [Int64], resolution: Int64, durations: [Int64], members: [PathObservation], hint: ZoneRules) {
        // A file is opened when its name is made and gets its clock with the first keyframe.
        let inner = max(5 * Microseconds.second, resolution)
        let outer = min(max(60 * Microseconds.second, resolution), Microseconds.quarter / 3)
        let coarse = resolution >= Microseconds.quarter
        guard !coarse else {
            weighCoarse(times, resolution, members)
            return
        }
        func shifted(_ clock: (PathObservation) -> Int64?, byDuration: Bool) -> [Int64?] {
            members.indices.map { index in
                guard let value = clock(members[index]) else { return nil }
                if !byDuration { return value }
                return durations[index] >= 0 ? value &- durations[index] : nil
            }
        }
        func sane(_ value: Int64?) -> Int64? {
            value.flatMap { $0 > 631_152_000 * Microseconds.second && $0 < 4_354_819_200 * Microseconds.second ? $0 : nil }
        }
        let starts = ClockAgreement(
            source: .embedded, times: times, clocks: shifted({ sane($0.embeddedUs) }, byDuration: false), tolerance: inner)
        let ends = ClockAgreement(
            source: .embeddedAtEnd, times: times, clocks: shifted({ sane($0.embeddedUs) }, byDuration: true), tolerance: inner)
        let mtimeEnds = ClockAgreement(
            source: .mtimeAtEnd, times: times, clocks: shifted({ sane($0.mtimeUs) }, byDuration: true), tolerance: outer)
        let mtimeStarts = ClockAgreement(
            source: .mtimeAtStart, times: times, clocks: shifted({ sane($0.mtimeUs) }, byDuration: false), tolerance: outer)
        weighEmbedded(starts, ends)
        weighMtimes(mtimeEnds, mtimeStarts, times, members, hint)
    }

    private mutating func weighEmbedded(_ starts: ClockAgreement, _ ends: ClockAgreement) {
        guard starts.tested > 0 else { return }
        let atEnd = ends.agree > starts.agree
        let chosen = atEnd ? ends : starts
        if chosen.ratio >= 0.5 {
            points += 6 * chosen.ratio
            agreements.append(chosen)
            evidence.append(.embeddedAgrees(agree: chosen.agree, of: chosen.tested, offsetSeconds: chosen.quarter * 900))
            if atEnd { evidence.append(.embeddedAtEnd(agree: ends.agree, of: ends.tested)) }
        } else {
            evidence.append(.embeddedDisagrees(agree: chosen.agree, of: chosen.tested))
        }
    }

    private mutating func weighMtimes(
        _ ends: ClockAgreement, _ starts: ClockAgreement, _ times: [Int64], _ members: [PathObservation], _ hint: ZoneRules
    ) {
        guard starts.tested > 0 else { return }
        // Segments of whole quarters of an hour fit both ways: then the offset must be one that is in use.
        func weight(_ agreement: ClockAgreement) -> Double {
            agreement.ratio + (agreement.fits(hint) ? 0.1 : 0) + (agreement.isOffsetInUse ? 0.1 : 0)
        }
        let atStart = ends.tested == 0 || weight(starts) > weight(ends)
        let chosen = atStart ? starts : ends
        if chosen.ratio >= 0.6 {
            points += 4 * chosen.ratio
            agreements.append(chosen)
            evidence.append(
                .mtimeAgrees(
                    agree: chosen.agree, of: chosen.tested, offsetSeconds: chosen.quarter * 900, atStart: atStart))
        } else {
            mtimesDestroyed = true
            evidence.append(.mtimesDestroyed(agree: chosen.agree, of: chosen.tested))
        }
        // Even a copy is made after the recording.
        let later = zip(times, members).count { time, member in
            member.mtimeUs.map { time > $0 + 16 * Microseconds.hour } ?? false
        }
        points -= 3 * Double(later) / Double(max(1, members.count))
    }

    /// Paths that tell no more than the day or the hour: the clocks must fall into it, in some zone.
    private mutating func weighCoarse(_ times: [Int64], _ resolution: Int64, _ members: [PathObservation]) {
        func count(_ clock: (PathObservation) -> Int64?) -> (agree: Int, tested: Int) {
            var agree = 0
            var tested = 0
            for (time, member) in zip(times, members) {
                guard let value = clock(member) else { continue }
                tested += 1
                let slack = 15 * Microseconds.hour
                if value > time &- slack, value < time &+ resolution &+ slack { agree += 1 }
            }
            return (agree, tested)
        }
        let inner = count(\.embeddedUs)
        let outer = count(\.mtimeUs)
        if inner.tested > 0, inner.agree * 2 < inner.tested {
            evidence.append(.embeddedDisagrees(agree: inner.agree, of: inner.tested))
        } else if inner.tested > 0 {
            points += 4 * Double(inner.agree) / Double(inner.tested)
        }
        guard outer.tested > 0 else { return }
        if outer.agree * 2 < outer.tested {
            mtimesDestroyed = true
            evidence.append(.mtimesDestroyed(agree: outer.agree, of: outer.tested))
        } else {
            points += 3 * Double(outer.agree) / Double(outer.tested)
        }
    }
}
