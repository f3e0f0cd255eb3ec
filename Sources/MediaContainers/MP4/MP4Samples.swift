/// Walks the samples of video and sound in the order they lie in the file: those of the tables, then those of the fragments.
final class MP4Samples: SampleReader {
    let tracks: [Track]
    var findings: [MediaFinding] { stated + (judge?.findings.findings ?? []) }

    private var stated: [MediaFinding]
    /// Nil where there is no video, or none that could be judged.
    private var judge: SampleJudge?
    private let judgedTrack: Int
    private var isOver = false
    private let reader: SourceReader
    private let limit: UInt64
    /// Index of each track of the movie in `tracks`.
    private let numbers: [Int?]
    /// From media time to the movie's line, in ticks of each track of the movie.
    private let shifts: [Int64]
    private var budget: SampleBudget
    private var cursors: [(number: Int, cursor: SampleCursor, pending: TableSample?)] = []
    /// Moves decode times before presentation times where composition offsets are negative.
    private let decodeShifts: [Int64]
    private var walk: FragmentWalk?
    private var runs: [FragmentRun] = []
    private var run: (track: Int, cursor: FragmentRunCursor)?

    /// PCM counts every instant as a sample; they are handed out by so many.
    private static let pcmBatch = 1024

    /// Nil without a `moov`, or where it has neither video nor sound.
    init?(_ reader: SourceReader, _ analysis: MovieAnalysis, isJudged: Bool = true) {
        guard let movie = analysis.movie else { return nil }
        var tracks: [Track] = []
        numbers = movie.tracks.map { movieTrack in
            guard let track = movieTrack.track else { return nil }
            tracks.append(track)
            return tracks.count - 1
        }
        guard !tracks.isEmpty else { return nil }
        self.tracks = tracks
        self.reader = reader
        limit = min(analysis.sampleLimit, reader.byteCount)
        stated = analysis.description.findings
        shifts = movie.tracks.map { $0.presentationShift(movieTimescale: movie.timescale) }
        decodeShifts = movie.tracks.map(\.tables.earliestOffset)
        budget = SampleBudget(reader)
        judgedTrack = tracks.firstIndex(where: \.isVideo) ?? -1
        if isJudged, let track = tracks.first(where: \.isVideo), case .video(let format) = track.format, format.codec != .unknown {
            judge = SampleJudge(reader, codec: format.codec, lengthSize: track.nalLengthSize)
        }
        for (index, track) in movie.tracks.enumerated() where numbers[index] != nil && track.tables.count > 0 {
            let isPCM = track.entry.pcmFrameSize > 0 && track.tables.sizes.constant != 0
            var cursor = SampleCursor(track.tables, batch: isPCM ? Self.pcmBatch : 1)
            let first = cursor.next()
            cursors.append((index, cursor, first))
        }
        if let start = analysis.firstFragment {
            let decodeTimes = movie.tracks.map { $0.tables.count > 0 ? $0.tables.times(inside: .min ..< .max).decodeEnd : 0 }
            walk = FragmentWalk(reader, movie, from: start, decodeTimes: decodeTimes, readsHeadersOnly: false)
        }
    }

    func next() throws(SourceFailure) -> Sample? {
        guard judge != nil else { return try nextStated() }
        while true {
            if let sample = judge?.next() { return sample }
            if isOver { return nil }
            if let sample = try nextStated() {
                try judge?.put(sample, isVideo: sample.track == judgedTrack)
            } else {
                judge?.finish()
                isOver = true
            }
        }
    }

    /// As the tables say, whatever lies there.
    private func nextStated() throws(SourceFailure) -> Sample? {
        while true {
            var found = nextFromTables()
            if found == nil { found = try nextFromFragments() }
            guard let (track, sample) = found else { return nil }
            guard sample.range.upperBound <= limit, let number = numbers[track] else {
                run = nil  // the samples of a run ascend: the others lie past the limit too
                continue
            }
            guard budget.spend(sample.range) else {
                stated.append(MediaFinding(.capReached, at: sample.range.lowerBound, SampleBudget.rule))
                cursors = []
                walk = nil
                runs = []
                run = nil
                return nil
            }
            return Sample(
                track: number, decodeTime: sample.decodeTime &+ shifts[track] &+ decodeShifts[track],
                presentationTime: sample.presentationTime &+ shifts[track], duration: sample.duration,
                isKeyframe: sample.isSync || !tracks[number].isVideo, sourceRange: sample.range)
        }
    }

    /// The one that lies first of those that the tracks offer.
    private func nextFromTables() -> (Int, TableSample)? {
        var best: (slot: Int, sample: TableSample)?
        for slot in cursors.indices {
            guard let pending = cursors[slot].pending else { continue }
            if let chosen = best?.sample.range.lowerBound, chosen <= pending.range.lowerBound { continue }
            best = (slot, pending)
        }
        guard let (slot, sample) = best else { return nil }
        let number = cursors[slot].number
        cursors[slot].pending = cursors[slot].cursor.next()
        return (number, sample)
    }

    private func nextFromFragments() throws(SourceFailure) -> (Int, TableSample)? {
        while true {
            if let sample = run?.cursor.next(), let track = run?.track { return (track, sample) }
            if let next = runs.popLast() {
                run = (next.track, FragmentRunCursor(next))
                continue
            }
            run = nil
            guard let fragment = try walk?.next() else {
                walk = nil
                return nil
            }
            runs = fragment.runs.sorted { $0.dataOffset > $1.dataOffset }
        }
    }
}
