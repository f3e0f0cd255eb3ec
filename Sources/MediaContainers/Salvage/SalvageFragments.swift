/// What the fragment that was met last says of its samples: a `moof` survives without the `moov`, and without its neighbours.
struct SalvageFragments {
    private let movie: Movie
    private let videoTrack: Int
    private let audioTrack: Int?
    private var decodeTimes: [Int64]
    private var samples: [UInt64: (track: Int, sample: TableSample)] = [:]
    /// What was read last does not continue this recording: it is of another one, and so are the samples that it states.
    private(set) var isStrange = false
    /// The first fragment and the last one that were believed.
    private var first: Mark?
    private var last: Mark?
    /// The fragment of another recording that was met last.
    private var stranger: Mark?
    /// Where the samples lie that the last one states.
    private var extent: Range<UInt64> = 0..<0
    /// The sound of the last one.
    private var soundBytes: UInt64 = 0
    private var findings = FindingList()

    /// Where a fragment stands in its recording.
    private struct Mark {
        var offset: UInt64
        var sequence: UInt32
        /// Of its first frame, in ticks of the video.
        var time: Int64
        /// Behind its last one.
        var end: Int64
        var dataEnd: UInt64

        /// Whether nothing was lost in between: number, time and place are the next ones.
        func follows(_ other: Mark, _ second: Double) -> Bool {
            let place = other.dataEnd.addingReportingOverflow(Self.mostBoxes)
            return sequence == other.sequence &+ 1 && abs(Double(time) - Double(other.end)) < second
                && (place.overflow || offset <= place.partialValue)
        }

        /// Bytes of other boxes between two fragments, at most.
        private static let mostBoxes: UInt64 = 64 << 10
    }

    /// A fragment of an hour of frames and sound.
    private static let mostSamples = 1 << 19

    /// `movie`: that of the file or of a reference, whose tracks have the same numbers.
    init?(_ movie: Movie) {
        guard let video = movie.tracks.firstIndex(where: { $0.kind == .video }) else { return nil }
        self.movie = movie
        videoTrack = video
        audioTrack = movie.tracks.firstIndex { $0.kind == .audio }
        decodeTimes = movie.tracks.map { _ in 0 }
    }

    /// `isBehindLoss`: something else stands between it and the fragment before, so that it has to prove that it follows.
    mutating func read(_ header: BoxHeader, _ reader: SourceReader, isBehindLoss: Bool) throws(SourceFailure) {
        samples.removeAll(keepingCapacity: true)
        guard let view = try reader.exactly(Int(clamping: header.end - header.payload), at: header.payload) else { return }
        let bytes = [UInt8](copying: view)
        var times = decodeTimes
        let fragment = Fragment.parse(bytes, header: header, movie: movie, decodeTimes: &times, findings: &findings)
        let start = fragment.runs.first { $0.track == videoTrack }?.decodeTime ?? times[videoTrack]
        // `mfhd` comes first (§8.8.5).
        let mark = Mark(
            offset: header.start, sequence: bytes.bigEndian32(at: 12) ?? 0, time: start, end: times[videoTrack], dataEnd: fragment.dataEnd)
        isStrange = isBehindLoss && !continues(mark)
        if isStrange {
            stranger = mark
        } else {
            decodeTimes = times
            first = first ?? mark
            last = mark
            extent = header.end..<max(header.end, fragment.dataEnd)
        }
        if !isStrange { soundBytes = 0 }
        for run in fragment.runs {
            var cursor = FragmentRunCursor(run)
            while samples.count < Self.mostSamples, let sample = cursor.next() {
                if run.track == audioTrack, !isStrange { soundBytes += UInt64(sample.range.count) }
                if !sample.range.isEmpty { samples[sample.range.lowerBound] = (run.track, sample) }
            }
        }
    }

    /// Whether sequence number and time go on from the last fragment by no more than can have been lost in between: as much
    /// footage as so many bytes held before, four times over, or ten seconds.
    private func continues(_ mark: Mark) -> Bool {
        if let stranger, mark.follows(stranger, timescale) { return false }
        guard let first, let last else { return true }
        let lost = Double(mark.time) - Double(last.end)
        guard lost > -timescale else { return false }
        if mark.sequence == last.sequence &+ 1 { return mark.follows(last, timescale) }
        // Some writers do not count.
        if last.sequence > first.sequence, mark.sequence <= last.sequence { return false }
        let pace = (Double(last.end) - Double(first.time)) / Double(max(1, last.offset - first.offset))
        return lost < 10 * timescale || lost < 4 * pace * Double(mark.offset - last.offset)
    }

    private var timescale: Double { Double(max(1, movie.tracks[videoTrack].timescale)) }

    func video(at offset: UInt64) -> Range<UInt64>? { isStrange ? nil : range(at: offset, of: videoTrack) }
    func sound(at offset: UInt64) -> Range<UInt64>? { isStrange ? nil : audioTrack.flatMap { range(at: offset, of: $0) } }
    /// Whether so many bytes in front of the next fragment may be the sound of one that is lost: about as many as the last held.
    func isSound(_ byteCount: UInt64) -> Bool { byteCount >= soundBytes / 2 && byteCount <= 2 * soundBytes }
    /// There is one that was believed.
    var areMet: Bool { last != nil }
    /// A fragment of this recording says what lies here, and no sample begins here.
    func denies(_ offset: UInt64) -> Bool { !isStrange && extent.contains(offset) && samples[offset] == nil }
    /// A frame of another recording.
    func strange(at offset: UInt64) -> Range<UInt64>? { isStrange ? range(at: offset, of: videoTrack) : nil }

    private func range(at offset: UInt64, of track: Int) -> Range<UInt64>? {
        guard let stated = samples[offset], stated.track == track else { return nil }
        return stated.sample.range
    }

    func time(at range: Range<UInt64>) -> SalvageTime? {
        guard !isStrange, let (track, sample) = samples[range.lowerBound], sample.range == range else { return nil }
        // A movie that is not fragmented has edits of its own.
        let shift = movie.isFragmented ? movie.tracks[track].presentationShift(movieTimescale: movie.timescale) : 0
        return SalvageTime(
            decode: sample.decodeTime &+ shift, presentation: sample.presentationTime &+ shift, duration: sample.duration)
    }
}
