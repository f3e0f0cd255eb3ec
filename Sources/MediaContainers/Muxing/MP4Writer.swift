/// Writes an MP4 (ISO/IEC 14496-12): `ftyp`, the samples as they come in an `mdat` for every megabyte, `moov` last.
///
/// Nothing is overwritten: a box is handed on when its size is known (any number of `mdat` is allowed, §8.1.1), so that whoever takes
/// the bytes can hash them on the way.
///
/// Samples with a presentation time below 0 are kept for decoding and hidden by the edit list.
public final class MP4Writer: Muxer {
    /// Using a writer in a way that no file can express.
    public enum Misuse: Error, Equatable {
        case unknownTrack(Int)
        case alreadyFinished
        /// No table can tell a size of 4 GiB.
        case sampleTooLarge
    }

    private let sink: any ByteSink
    private let creation: Int64?
    private var tables: [MP4TrackTable]
    private let tracks: [Track]
    /// Handed on so far.
    private var written: UInt64 = 0
    /// The `mdat` at hand, its header included; empty between two.
    private var mediaData: [UInt8] = []
    private static let mediaDataSize = 1 << 20
    private static let headerSize = 8
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
        isFinished ? written : tables.reduce(written + UInt64(mediaData.count + 512)) { $0 + $1.byteCount }
    }

    public func add(_ sample: Sample, payload: UnsafeRawBufferPointer) throws {
        guard !isFinished else { throw Misuse.alreadyFinished }
        guard tables.indices.contains(sample.track) else { throw Misuse.unknownTrack(sample.track) }
        guard payload.count < Int(UInt32.max) - Self.headerSize else { throw Misuse.sampleTooLarge }
        try begin()
        if mediaData.count + payload.count > Self.mediaDataSize { try endMediaData() }
        if mediaData.isEmpty { mediaData.append(contentsOf: repeatElement(0, count: Self.headerSize)) }
        let offset = written + UInt64(mediaData.count)
        tables[sample.track].add(sample, payload: payload, at: offset, isNewChunk: lastTrack != sample.track)
        lastTrack = sample.track
        mediaData.append(contentsOf: payload)
    }

    private func endMediaData() throws {
        guard !mediaData.isEmpty else { return }
        var header = BoxBuilder()
        header.u32(UInt32(mediaData.count))
        header.fourCC("mdat")
        mediaData.replaceSubrange(0..<Self.headerSize, with: header.bytes)
        try mediaData.withUnsafeBytes { try sink.write($0) }
        written += UInt64(mediaData.count)
        mediaData.removeAll(keepingCapacity: true)
        // The next sample lies behind another header: it begins a chunk.
        lastTrack = -1
    }

    public func finish() throws {
        guard !isFinished else { throw Misuse.alreadyFinished }
        try begin()
        try endMediaData()
        isFinished = true
        for index in tables.indices { tables[index].finish() }
        let movie = MP4MovieBuilder(tracks: tracks, tables: tables, creation: creation).build()
        try movie.withUnsafeBytes { try sink.write($0) }
        written += UInt64(movie.count)
    }

    /// `ftyp`, before anything else is written.
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
        try head.bytes.withUnsafeBytes { try sink.write($0) }
        written = UInt64(head.bytes.count)
    }
}
