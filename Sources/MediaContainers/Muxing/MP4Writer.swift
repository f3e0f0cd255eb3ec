/// Writes an MP4 (ISO/IEC 14496-12): `ftyp`, one `mdat` with the samples as they come, `moov` last.
///
/// Samples with a presentation time below 0 are kept for decoding and hidden by the edit list.
public final class MP4Writer: Muxer {
    /// Using a writer in a way that no file can express.
    public enum Misuse: Error, Equatable {
        case unknownTrack(Int)
        case alreadyFinished
    }

    private let sink: any ByteSink
    private let creation: Int64?
    private var tables: [MP4TrackTable]
    private let tracks: [Track]
    private var written: UInt64 = 0
    private var mediaDataAt: UInt64 = 0
    private var lastTrack = -1
    private var isFinished = false

    /// `creation` is the instant of the clip's time 0, in microseconds since 1970 UTC; the file stores whole seconds.
    public init(sink: any ByteSink, tracks: [Track], creation: Int64? = nil) {
        self.sink = sink
        self.tracks = tracks
        self.creation = creation
        tables = tracks.map(MP4TrackTable.init)
    }

    /// Whether an MP4 can hold the track, with what is known of it: H.264 and H.265 need their parameter sets beforehand.
    public static func canCarry(_ track: Track) -> Bool {
        track.timescale > 0 && track.timescale <= Int64(UInt32.max) && MP4SampleEntry(track) != nil
    }

    public var estimatedByteCount: UInt64 {
        isFinished ? written : tables.reduce(written + 512) { $0 + $1.byteCount }
    }

    public func add(_ sample: Sample, payload: UnsafeRawBufferPointer) throws {
        guard !isFinished else { throw Misuse.alreadyFinished }
        guard tables.indices.contains(sample.track) else { throw Misuse.unknownTrack(sample.track) }
        try begin()
        tables[sample.track].add(sample, payload: payload, at: written, isNewChunk: lastTrack != sample.track)
        lastTrack = sample.track
        try sink.write(payload)
        written += UInt64(payload.count)
    }

    public func finish() throws {
        guard !isFinished else { throw Misuse.alreadyFinished }
        try begin()
        isFinished = true
        var size = BoxBuilder()
        size.u64(written - mediaDataAt)
        try sink.overwrite(size.bytes, at: mediaDataAt + 8)
        for index in tables.indices { tables[index].finish() }
        let movie = MP4MovieBuilder(tracks: tracks, tables: tables, creation: creation).build()
        try movie.withUnsafeBytes { try sink.write($0) }
        written += UInt64(movie.count)
    }

    /// `ftyp` and the head of the `mdat`, before anything else is written.
    private func begin() throws {
        guard written == 0 else { return }
        var head = BoxBuilder()
        let hasPCM = tables.contains { $0.pcmFrameSize > 0 }
        head.box("ftyp") {
            $0.fourCC("isom")
            $0.u32(0x200)
            for brand: FourCC in ["isom", "iso2", "mp41"] { $0.fourCC(brand) }
            if hasPCM { $0.fourCC("qt  ") }
        }
        mediaDataAt = UInt64(head.bytes.count)
        // Until the size is known the box claims everything: a file that was not finished is seen as cut short.
        head.u32(1)
        head.fourCC("mdat")
        head.u64(UInt64(Int64.max))
        try head.bytes.withUnsafeBytes { try sink.write($0) }
        written = UInt64(head.bytes.count)
    }
}
