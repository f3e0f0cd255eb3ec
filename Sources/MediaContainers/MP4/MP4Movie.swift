/// The defaults that fragments refer to (`trex`, ISO/IEC 14496-12 §8.8.3).
struct FragmentDefaults {
    var duration: UInt32 = 0
    var size: UInt32 = 0
    var flags: UInt32 = 0
}

/// One entry of an edit list (`elst`, §8.6.6); `mediaTime` -1 is an empty edit.
struct Edit {
    /// In ticks of the movie; 0 in a fragmented file: to the end.
    var duration: UInt64
    /// In ticks of the track.
    var mediaTime: Int64
}

/// One `trak` (§8.3), with its tables left where they lie.
struct MovieTrack {
    enum Kind { case video, audio, other }

    var id: UInt32 = 0
    var kind = Kind.other
    /// Never 0: a header that says so breaks a rule and is read as 1.
    var timescale: Int64 = 1
    /// Seconds since 1904, as `mdhd` has it.
    var creation: UInt64 = 0
    var entry = SampleEntry()
    var edits: [Edit] = []
    var tables = SampleTables()
    var defaults = FragmentDefaults()

    /// Added to a media time to get the time on the movie's line: empty edits before, minus where the first edit begins.
    func presentationShift(movieTimescale: Int64) -> Int64 {
        var empty: UInt64 = 0
        for edit in edits {
            if edit.mediaTime >= 0 { return ticks(empty, of: movieTimescale) &- edit.mediaTime }
            empty = empty.addingReportingOverflow(edit.duration).partialValue
        }
        return ticks(empty, of: movieTimescale)
    }

    /// Movie ticks as ticks of this track, to the nearest.
    func ticks(_ movieTicks: UInt64, of movieTimescale: Int64) -> Int64 {
        Time.scale(Int64(clamping: movieTicks), from: movieTimescale, to: timescale)
    }

    /// As a muxer sees it; nil for what is neither video nor sound.
    var track: Track? {
        switch kind {
        case .video:
            guard let video = entry.video else { return nil }
            return Track(
                format: .video(video), timescale: timescale, configuration: entry.configuration,
                nalLengthSize: entry.nalLengthSize)
        case .audio:
            guard let audio = entry.audio else { return nil }
            return Track(
                format: .audio(audio, sampleRate: entry.sampleRate, channels: entry.channels), timescale: timescale,
                configuration: entry.configuration)
        case .other:
            return nil
        }
    }
}

/// What the `moov` says. None of it is believed before the samples were looked at.
struct Movie {
    /// Where the content of the `moov` lies in the file.
    var base: UInt64
    var timescale: Int64 = 1000
    /// Seconds since 1904, as `mvhd` has it.
    var creation: UInt64 = 0
    var creationOffset: UInt64 = 0
    var tracks: [MovieTrack] = []
    /// There is a `mvex`: samples come in fragments.
    var isFragmented = false
    /// MediaMTX: nanoseconds since 1970 at time 0 of the tracks.
    var mtxiNanoseconds: Int64?

    /// The first one decides what the file shows.
    var video: MovieTrack? { tracks.first { $0.kind == .video } }
    var audio: MovieTrack? { tracks.first { $0.kind == .audio } }
}

/// Times between scales, without overflow.
enum Time {
    /// To the nearest, half away from zero; saturates.
    static func scale(_ value: Int64, from: Int64, to: Int64) -> Int64 {
        guard from > 0, to > 0 else { return 0 }
        if from == to { return value }
        let product = value.magnitude.multipliedFullWidth(by: to.magnitude)
        let (low, carry) = product.low.addingReportingOverflow(from.magnitude / 2)
        let high = product.high + (carry ? 1 : 0)
        guard high < from.magnitude else { return value < 0 ? .min : .max }
        let result = Int64(clamping: from.magnitude.dividingFullWidth((high, low)).quotient)
        return value < 0 ? -result : result
    }

    static func microseconds(_ ticks: Int64, of timescale: Int64) -> Int64 {
        scale(ticks, from: timescale, to: 1_000_000)
    }
}
