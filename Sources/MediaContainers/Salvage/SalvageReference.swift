/// What a healthy file of the same camera tells about one whose sample table is lost.
public struct SalvageReference: Sendable {
    let video: Track
    let audio: Track?
    /// The usual duration of a frame, in ticks of the video track; 0 where none is usual.
    let frameTicks: Int64
    var codec: VideoCodec {
        if case .video(let format) = video.format { format.codec } else { .unknown }
    }
    let sets: ParameterSets?
    /// Nil where it is no Matroska.
    let head: MatroskaHead?
    /// Its `moov` without tables; nil where it is no MP4.
    let movie: Movie?
    /// The most bytes of sound between two frames; 0 where there is none.
    let longestSound: UInt64

    /// Some seconds of video with sound.
    private static let mostSamples = 512

    /// Nil where nothing of the file can be walked, or where it has no video.
    public init?(_ reader: SourceReader) throws(SourceFailure) {
        guard let samples = try MediaProbe.samples(reader) else { return nil }
        try self.init(samples, movie: Self.movie(reader), head: MatroskaHead(reader))
    }

    private static func movie(_ reader: SourceReader) throws(SourceFailure) -> Movie? {
        guard MP4File.recognises(try reader.upTo(SourceReader.defaultWindow, at: 0), byteCount: reader.byteCount) else { return nil }
        let outline = try Outline.read(reader)
        return outline.movieBytes.map { MovieParser.parse($0, base: outline.movieBase).0 }
    }

    /// `movie`: what fragments refer to.
    init?(_ samples: any SampleReader, movie: Movie?, head: MatroskaHead? = nil) throws(SourceFailure) {
        self.head = head
        var movie = movie
        for index in movie?.tracks.indices ?? 0..<0 { movie?.tracks[index].tables = SampleTables() }
        self.movie = movie
        var durations: [Int64: Int] = [:]
        var count = 0
        var sound: UInt64 = 0
        var longestSound: UInt64 = 0
        while count < Self.mostSamples, let sample = try samples.next() {
            count += 1
            guard samples.tracks.indices.contains(sample.track), samples.tracks[sample.track].isVideo else {
                sound += sample.sourceRange.upperBound - sample.sourceRange.lowerBound
                longestSound = max(longestSound, sound)
                continue
            }
            sound = 0
            durations[sample.duration, default: 0] += 1
        }
        self.longestSound = longestSound
        guard let video = samples.tracks.first(where: \.isVideo) else { return nil }
        self.video = video
        audio = samples.tracks.first { !$0.isVideo }
        frameTicks = durations.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 0
        sets = Self.sets(of: video)
    }

    /// The most bytes of sound between two frames that are believed; 0 where the reference has no sound.
    var soundLimit: UInt64 { longestSound > 0 ? 2 * longestSound + 4096 : 0 }

    /// What a file says of itself.
    init?(_ movie: Movie) {
        guard let video = movie.video?.track else { return nil }
        self.video = video
        self.movie = movie
        head = nil
        audio = movie.audio?.track
        frameTicks = 0
        // Where a fragment is lost, its sound lies in one piece.
        longestSound = audio == nil ? 0 : 96 << 10
        sets = Self.sets(of: video)
    }

    private static func sets(of video: Track) -> ParameterSets? {
        guard case .video(let format) = video.format else { return nil }
        return video.configuration.withUnsafeBytes {
            switch format.codec {
            case .h264: ParameterSets(avcC: $0)
            case .h265: ParameterSets(hvcC: $0)
            default: nil
            }
        }
    }

    /// What finds frames like those of the reference; nil for codecs that no MP4 of a camera holds.
    var finder: (any SalvageFinder)? {
        guard case .video(let format) = video.format else { return nil }
        switch format.codec {
        case .h264, .h265: return SalvageUnits(codec: format.codec, lengthSize: video.nalLengthSize ?? 4, known: sets)
        case .mjpeg: return SalvageImages(size: format.width > 0 ? (format.width, format.height) : nil)
        case .mpeg4: return SalvagePlanes(configuration: video.configuration)
        default: return nil
        }
    }
}
