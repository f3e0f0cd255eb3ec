/// The sample table of one track while it grows: four bytes a sample, and runs for what repeats.
struct MP4TrackTable {
    struct Run: Equatable {
        var count: UInt32
        var value: Int64
    }

    struct Chunk {
        var offset: UInt64
        var samples: UInt32
    }

    private(set) var sizes: [UInt32] = []
    private(set) var durations: [Run] = []
    private(set) var compositionOffsets: [Run] = []
    private(set) var syncSamples: [UInt32] = []
    private(set) var chunks: [Chunk] = []
    private(set) var sampleCount: UInt32 = 0
    /// Not 0: every tick is a sample of so many bytes, and `sizes` stays empty (PCM).
    let pcmFrameSize: Int
    /// Where the track begins on the clip's line, in ticks.
    private(set) var firstDecode: Int64 = 0
    /// The first presentation that is not before the clip; nil where there is none yet.
    private(set) var firstShown: Int64?
    /// The end of the last presented sample on the clip's line, in ticks.
    private(set) var presentationEnd: Int64 = 0
    /// The sum of all durations, in ticks.
    private(set) var mediaDuration: Int64 = 0
    /// The first AC-3 frame says what `dac3` repeats.
    private(set) var firstBytes: [UInt8] = []

    private var chunkBytes = 0
    private var lastDecode: Int64 = 0
    private var lastDuration: Int64 = 0
    private var lastTicks: Int64 = 0
    private let isVideo: Bool
    private let configurationBytes: Int

    /// Players fetch a chunk at a time; a megabyte is a second or two of a camera.
    private static let chunkCap = 1 << 20
    /// ffmpeg and others read a longer duration as negative.
    private static let longestDuration = Int64(Int32.max)

    init(_ track: Track) {
        isVideo = track.isVideo
        configurationBytes = track.configuration.count
        guard case .audio(let codec, let rate, let channels) = track.format, Int64(rate) == track.timescale, channels > 0, channels <= 64
        else {
            pcmFrameSize = 0
            return
        }
        switch codec {
        case .pcmALaw, .pcmMuLaw: pcmFrameSize = channels
        case .pcmS16LE, .pcmS16BE: pcmFrameSize = 2 * channels
        default: pcmFrameSize = 0
        }
    }

    mutating func add(_ sample: Sample, payload: UnsafeRawBufferPointer, at offset: UInt64, isNewChunk: Bool) {
        let count = pcmFrameSize > 0 ? payload.count / pcmFrameSize : 1
        guard count > 0, let samples = UInt32(exactly: count) else { return }
        if sampleCount == 0 {
            firstDecode = sample.decodeTime
            firstBytes = Array(payload.prefix(8))
        } else {
            settleLast(nextDecode: sample.decodeTime)
        }
        if isNewChunk || chunkBytes >= Self.chunkCap || chunks.isEmpty {
            chunks.append(Chunk(offset: offset, samples: 0))
            chunkBytes = 0
        }
        chunks[chunks.count - 1].samples += samples
        chunkBytes += payload.count

        lastDecode = sampleCount == 0 ? sample.decodeTime : max(lastDecode, sample.decodeTime)
        lastDuration = sample.duration
        if pcmFrameSize == 0 { sizes.append(UInt32(clamping: payload.count)) }
        // All PCM samples of one batch but the last take one tick.
        lastTicks = Int64(count - 1)
        if count > 1 { Self.append(1, UInt32(count - 1), to: &durations) }
        mediaDuration += lastTicks
        let written = firstDecode &+ mediaDuration &- lastTicks
        Self.append(sample.presentationTime &- written, samples, to: &compositionOffsets)
        sampleCount &+= samples
        if sample.isKeyframe { syncSamples.append(sampleCount) }
        if sample.presentationTime >= 0 { firstShown = min(firstShown ?? .max, sample.presentationTime) }
        presentationEnd = max(presentationEnd, sample.presentationTime &+ max(sample.duration, 0))
    }

    /// The duration of the last sample is known once the next one is, or the file ends.
    private mutating func settleLast(nextDecode: Int64) {
        let span = max(nextDecode &- lastDecode, 0)
        append(lastDuration: span &- lastTicks)
    }

    private mutating func append(lastDuration duration: Int64) {
        let ticks = min(max(duration, 0), Self.longestDuration)
        Self.append(ticks, 1, to: &durations)
        mediaDuration += ticks
        presentationEnd = max(presentationEnd, firstDecode &+ mediaDuration &+ (compositionOffsets.last?.value ?? 0))
    }

    private static func append(_ value: Int64, _ count: UInt32, to runs: inout [Run]) {
        if let last = runs.indices.last, runs[last].value == value {
            runs[last].count &+= count
        } else {
            runs.append(Run(count: count, value: value))
        }
    }

    /// Settles the last sample: with its own duration, or else that of the one before.
    mutating func finish() {
        guard sampleCount > 0 else { return }
        append(lastDuration: lastDuration > 0 ? lastDuration &- lastTicks : pcmFrameSize > 0 ? 1 : durations.last?.value ?? 1)
        if compositionOffsets.allSatisfy({ $0.value == 0 }) { compositionOffsets = [] }
        if !isVideo || syncSamples.count == sampleCount { syncSamples = [] }
    }

    /// How long nothing is shown, in ticks, and the media time that comes then. ffmpeg moves the first frame it shows to the start of its
    /// edit, so a video's edit begins exactly there; sound may begin inside a frame, of which players skip a part.
    var edit: (empty: Int64, mediaTime: Int64) {
        guard isVideo else { return (max(firstDecode, 0), max(0 &- firstDecode, 0)) }
        let shown = firstShown ?? 0
        return (shown, max(shown &- firstDecode, 0))
    }

    /// Every sample can be decoded by itself, and no `stss` is needed.
    var isAllSync: Bool { !isVideo || syncSamples.isEmpty && sampleCount > 0 }

    /// What the table takes in the file, a little more rather than less.
    var byteCount: UInt64 {
        let entries = sizes.count * 4 + (durations.count + compositionOffsets.count + 2) * 8 + syncSamples.count * 4 + chunks.count * 20
        return UInt64(entries + configurationBytes + 1024)
    }
}
