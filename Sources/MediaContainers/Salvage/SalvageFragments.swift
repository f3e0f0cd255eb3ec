/// What the fragment that was met last says of its samples: a `moof` survives without the `moov`, and without its neighbours.
struct SalvageFragments {
    private let movie: Movie
    private let videoTrack: Int
    private let audioTrack: Int?
    private var decodeTimes: [Int64]
    private var samples: [UInt64: (track: Int, sample: TableSample)] = [:]
    private var findings = FindingList()

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

    mutating func read(_ header: BoxHeader, _ reader: SourceReader) throws(SourceFailure) {
        samples.removeAll(keepingCapacity: true)
        guard let view = try reader.exactly(Int(clamping: header.end - header.payload), at: header.payload) else { return }
        let fragment = Fragment.parse(
            [UInt8](copying: view), header: header, movie: movie, decodeTimes: &decodeTimes, findings: &findings)
        for run in fragment.runs {
            var cursor = FragmentRunCursor(run)
            while samples.count < Self.mostSamples, let sample = cursor.next() {
                if !sample.range.isEmpty { samples[sample.range.lowerBound] = (run.track, sample) }
            }
        }
    }

    func video(at offset: UInt64) -> Range<UInt64>? { range(at: offset, of: videoTrack) }
    func sound(at offset: UInt64) -> Range<UInt64>? { audioTrack.flatMap { range(at: offset, of: $0) } }

    private func range(at offset: UInt64, of track: Int) -> Range<UInt64>? {
        guard let stated = samples[offset], stated.track == track else { return nil }
        return stated.sample.range
    }

    func time(at range: Range<UInt64>) -> SalvageTime? {
        guard let (track, sample) = samples[range.lowerBound], sample.range == range else { return nil }
        // A movie that is not fragmented has edits of its own.
        let shift = movie.isFragmented ? movie.tracks[track].presentationShift(movieTimescale: movie.timescale) : 0
        return SalvageTime(
            decode: sample.decodeTime &+ shift, presentation: sample.presentationTime &+ shift, duration: sample.duration)
    }
}
