/// Tells the pictures of a recording from those of another one that blocks of its file hold: left from a file that was deleted, or
/// written over it later.
///
/// The pictures are divided into pieces where one does not go on from the one before. What a break means is decided by what
/// surrounds it. A recording that merely jumps, was restarted, or was joined to another begins each piece with a key frame, or
/// loses pictures without anything foreign in between. Blocks of a disk know nothing of pictures: a piece that they bring begins in
/// the middle of a picture, refers to pictures that are not there, and its own parameter sets, its macroblocks or its times
/// contradict those before.
struct Provenance {
    private enum Verdict {
        case open, ours, foreign
    }

    /// Pictures that go on from one another.
    private struct Piece {
        var range: Range<Int>
        /// It begins behind a break in the middle of a picture, and not at its own beginning.
        var isTorn: Bool
        /// Parameter sets that are known to be its own; 0 where none are.
        var sets: UInt64 = 0
        var verdict = Verdict.open
    }

    private let traces: [PictureTrace]
    private var pieces: [Piece] = []
    /// Numbers are a habit of this stream.
    private let trustsNumbers: Bool
    private let brokenPictures: Set<Int>
    private let ticksPerByte: Double

    /// A pause that needs no explanation.
    private static let pause: Int64 = 10 * 90_000

    static func judge(_ traces: [PictureTrace]) -> ForeignFootage {
        guard traces.count > 1 else { return ForeignFootage() }
        var provenance = Provenance(traces)
        provenance.divide()
        provenance.judgeBySets()
        provenance.judgeByTime()
        return provenance.footage()
    }

    private init(_ traces: [PictureTrace]) {
        self.traces = traces
        trustsNumbers = Self.trustsNumbers(traces)
        // A proof that fails is worth something where it succeeds as a rule.
        let whole = traces.count { if case .whole = $0.proof { true } else { false } }
        brokenPictures = whole >= 8 ? Self.broken(traces) : []
        ticksPerByte = Self.pace(traces)
    }

    /// With a picture that contradicts itself, its neighbours that are not whole: what is read with the wrong parameter sets comes to
    /// its end too early as often as it breaks a rule.
    private static func broken(_ traces: [PictureTrace]) -> Set<Int> {
        var all: Set<Int> = []
        var run: [Int] = []
        var isContradicted = false
        for index in 0...traces.count {
            let proof = index < traces.count ? traces[index].proof : .none
            if proof == .broken || proof == .incomplete {
                run.append(index)
                isContradicted = isContradicted || proof == .broken
            } else {
                if isContradicted { all.formUnion(run) }
                run.removeAll()
                isContradicted = false
            }
        }
        return all
    }

    /// Some cameras number their pictures as they like.
    static func trustsNumbers(_ traces: [PictureTrace]) -> Bool {
        traces.count { $0.isNext == false } * 20 <= traces.count
    }

    /// Of the median picture, so that jumps do not matter.
    private static func pace(_ traces: [PictureTrace]) -> Double {
        var paces: [Double] = []
        for index in 1..<traces.count {
            guard let time = traces[index].time, let before = traces[index - 1].time, time > before else { continue }
            let bytes = traces[index - 1].range.upperBound - traces[index - 1].range.lowerBound
            if bytes > 0 { paces.append(Double(time - before) / Double(bytes)) }
        }
        paces.sort()
        return paces.isEmpty ? 0 : paces[paces.count / 2]
    }

    // MARK: - Pieces

    private func isBroken(_ index: Int) -> Bool { brokenPictures.contains(index) }

    /// What its macroblocks prove, or its own header says.
    private func identity(_ index: Int) -> UInt64 {
        if case .whole(let sets) = traces[index].proof { return sets }
        return traces[index].isKeyframe ? traces[index].sets : 0
    }

    /// Whether a picture does not go on from the one before, and whether it then begins in the middle of something.
    private func seam(_ index: Int) -> (isSeam: Bool, isTorn: Bool) {
        let trace = traces[index]
        let before = traces[index - 1]
        // What contradicts the picture before is the end of one that is not there.
        if trace.isTorn || isBroken(index - 1) { return (true, true) }
        let jumps = trustsNumbers && trace.isNext == false
        var turnsBack = false
        if let time = trace.time, let last = before.time { turnsBack = time <= last || time - last > Self.pause }
        let isSeam = jumps || turnsBack || trace.isShifted || !before.isWhole
        return (isSeam, isSeam && !trace.isKeyframe)
    }

    /// Whether other parameter sets begin in the middle of a picture. A recording that was cut and then joined to another was cut
    /// where a block ended; a stream that a block breaks off goes on at any byte with what that block held.
    private func isTornOff(_ index: Int) -> Bool {
        guard index > 0, traces[index - 1].proof == .incomplete, traces[index].time == nil else { return false }
        return traces[index].range.lowerBound % 512 != 0
    }

    private mutating func divide() {
        var open = Piece(range: 0..<0, isTorn: false)
        func close(_ end: Int, in pieces: inout [Piece]) {
            open.range = open.range.lowerBound..<end
            if !open.range.isEmpty { pieces.append(open) }
        }
        for index in traces.indices {
            if isBroken(index) {
                close(index, in: &pieces)
                pieces.append(Piece(range: index..<(index + 1), isTorn: true, verdict: .foreign))
                open = Piece(range: (index + 1)..<(index + 1), isTorn: false)
                continue
            }
            if index > 0 {
                let (isSeam, isTorn) = seam(index)
                if isSeam {
                    close(index, in: &pieces)
                    open = Piece(range: index..<index, isTorn: isTorn)
                }
            }
            let sets = identity(index)
            guard sets != 0 else { continue }
            if open.sets == 0 {
                open.sets = sets
            } else if open.sets != sets {
                close(index, in: &pieces)
                // Sets change with a key frame, or there was one that is not there.
                open = Piece(range: index..<index, isTorn: !traces[index].isKeyframe || isTornOff(index), sets: sets)
            }
        }
        close(traces.count, in: &pieces)
    }

    // MARK: - Verdicts

    /// What begins behind a tear and turns out to have parameter sets of its own is of another camera, and so is what follows it
    /// with sets that are no better known. What has them without a tear is this camera, set anew, or another recording that
    /// somebody joined to this one: both are wanted.
    private mutating func judgeBySets() {
        var accepted: Set<UInt64> = []
        var last = Verdict.ours
        var isTorn = false
        for index in pieces.indices {
            let piece = pieces[index]
            // Pieces that name no sets carry the tear on to the one that does.
            if piece.isTorn { isTorn = true }
            if piece.verdict == .foreign || piece.sets == 0 { continue }
            let isKnown = accepted.isEmpty || accepted.contains(piece.sets)
            last = isKnown || !(isTorn || last == .foreign) ? .ours : .foreign
            pieces[index].verdict = last
            if last == .ours { accepted.insert(piece.sets) }
            isTorn = false
        }
    }

    private mutating func judgeByTime() {
        for index in pieces.indices {
            let before = pieces[..<index].lastIndex { $0.verdict == .ours }
            let piece = pieces[index]
            guard let before else {
                if piece.verdict == .open { pieces[index].verdict = .ours }
                continue
            }
            let previous = pieces[index - 1].verdict
            let fit = goesOn(from: before, to: index)
            if piece.verdict == .ours {
                // The packets are not where this recording's are, or what precedes is foreign already, and the time is not what the
                // lost bytes took.
                let isDoubtful = piece.isTorn && traces[piece.range.lowerBound].isShifted
                if fit == false, isDoubtful || (previous == .foreign && pieces[index - 1].range.count > 1) {
                    pieces[index].verdict = .foreign
                }
                continue
            }
            guard piece.verdict == .open else { continue }
            let after = pieces[(index + 1)...].firstIndex { $0.verdict != .open }
            pieces[index].verdict = verdict(of: index, previous: previous, before: before, after: after, fit: fit)
        }
    }

    /// Of a piece without a key frame and without a proof.
    private func verdict(of index: Int, previous: Verdict, before: Int, after: Int?, fit: Bool?) -> Verdict {
        if !pieces[index].isTorn { return previous }
        let next = after.map { pieces[$0].verdict }
        if previous == .foreign || next == .foreign {
            if let fit { return fit ? .ours : .foreign }
            return next == .ours ? .ours : .foreign
        }
        if traces[pieces[index].range.lowerBound].isShifted, fit == false { return .foreign }
        // What precedes and what follows go on from one another, and this from neither.
        if let after, goesOn(from: before, to: after) == true, fit == false || goesOn(from: index, to: after) == false { return .foreign }
        return .ours
    }

    /// Whether the time of a piece follows that of an earlier one, by no more than what the bytes in between took; nil without times.
    private func goesOn(from earlier: Int, to later: Int) -> Bool? {
        let last = pieces[earlier].range.upperBound - 1
        let first = pieces[later].range.lowerBound
        guard let time = traces[last].time, let next = traces[first].time else { return nil }
        let bytes = Double(traces[first].range.lowerBound) - Double(traces[last].range.lowerBound)
        let passed = Double(next) - Double(time)
        return passed > 0 && passed <= 2 * bytes * ticksPerByte + Double(Self.pause)
    }

    // MARK: - Result

    private func footage() -> ForeignFootage {
        var isLeftOut = [Bool](repeating: false, count: traces.count)
        for (index, piece) in pieces.enumerated() where piece.verdict == .foreign {
            for frame in piece.range { isLeftOut[frame] = true }
            // The picture that the break lies in has a foreign end, and the one behind may have a foreign beginning.
            let first = piece.range.lowerBound
            let next = piece.range.upperBound
            if next < traces.count, pieces[index + 1].isTorn, traces[next].proof == .incomplete { isLeftOut[next] = true }
            guard piece.isTorn, index > 0, pieces[index - 1].verdict == .ours, first > 0 else { continue }
            if case .whole = traces[first - 1].proof { continue }
            isLeftOut[first - 1] = true
        }
        var footage = ForeignFootage()
        var index = 0
        while index < traces.count {
            guard isLeftOut[index] else {
                index += 1
                continue
            }
            let start = index
            while index < traces.count, isLeftOut[index] { index += 1 }
            let end = index < traces.count ? traces[index].range.lowerBound : traces[index - 1].range.upperBound
            let range = traces[start].range.lowerBound..<max(traces[start].range.lowerBound, end)
            footage.stretches.append(.init(range: range, frameCount: index - start, isTail: index == traces.count))
        }
        return footage
    }
}
