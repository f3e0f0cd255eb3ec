/// The wall clock at time 0 of a track, corrected after the recording (ONVIF Export File Format, `cstb`).
struct StartCorrection {
    var track: UInt32
    /// 100 ns since 1601-01-01 UTC.
    var start: UInt64

    /// An exporter lists each track once.
    private static let largestCount = 64
    /// The box holds certificates and signatures, a few KiB.
    private static let largestMeta = 1 << 20

    /// `cstb` lies in the file's `meta` itself or in `meta` / `ipro` / `sinf`.
    static func read(_ reader: SourceReader, meta: BoxHeader) throws(SourceFailure) -> [StartCorrection] {
        let length = meta.end - meta.payload
        guard length <= UInt64(largestMeta), let view = try reader.exactly(Int(length), at: meta.payload) else { return [] }
        let bytes = [UInt8](copying: view)
        var result: [StartCorrection] = []
        // `meta` and `ipro` are full boxes; `ipro` has a count of two bytes before its `sinf`s.
        let children = (0..<bytes.count).dropFirst(4)
        for box in BoxList(bytes, in: children) {
            if box.type == BoxType.cstb { result += parse(bytes, box.payload) }
            guard box.type == BoxType.ipro else { continue }
            for protection in BoxList(bytes, in: box.payload.dropFirst(6)) where protection.type == BoxType.sinf {
                // A later signer corrects what an earlier one wrote.
                if let box = BoxList.first(BoxType.cstb, of: bytes, in: protection.payload) { result = parse(bytes, box.payload) + result }
            }
        }
        return result
    }

    private static func parse(_ bytes: [UInt8], _ range: Range<Int>) -> [StartCorrection] {
        bytes.withCursor(in: range) { cursor in
            var result: [StartCorrection] = []
            guard let claimed = cursor.u32() else { return [] }
            while result.count < min(Int(claimed), largestCount), let track = cursor.u32(), let start = cursor.u64() {
                result.append(StartCorrection(track: track, start: start))
            }
            return result
        }
    }
}

/// A `prft` box: the wall clock of a media time (ISO/IEC 14496-12 §8.16.5).
struct ReferenceTime {
    var track: UInt32
    /// NTP: 32.32 seconds since 1900-01-01 UTC.
    var ntp: UInt64
    /// In ticks of that track.
    var mediaTime: Int64
    var flags: UInt32

    init?(_ payload: UnsafeRawBufferPointer) {
        var cursor = ByteCursor(payload)
        guard let head = cursor.u32(), let track = cursor.u32(), let ntp = cursor.u64() else { return nil }
        guard let time = head >> 24 == 0 ? cursor.u32().map(UInt64.init) : cursor.u64() else { return nil }
        self.track = track
        self.ntp = ntp
        mediaTime = Int64(clamping: time)
        flags = head & 0xFF_FFFF
    }
}

/// Brings the clocks of a file to its first video sample.
struct MovieClocks {
    let movie: Movie
    /// The first video sample: its decode and presentation time, before the edit list.
    let firstDecode: Int64
    let firstPresentation: Int64
    private(set) var clocks: [EmbeddedClock] = []
    private(set) var findings = FindingList()

    init(_ movie: Movie, firstDecode: Int64, firstPresentation: Int64) {
        self.movie = movie
        self.firstDecode = firstDecode
        self.firstPresentation = firstPresentation
    }

    /// Best first: a corrected start, the recorder's own clocks, whole seconds.
    mutating func collect(corrections: [StartCorrection], reference: ReferenceTime?) {
        guard let video = movie.video else { return }
        let shift = video.presentationShift(movieTimescale: movie.timescale)
        let presented = Time.microseconds(firstPresentation &+ shift, of: video.timescale)
        if let correction = corrections.first(where: { $0.track == video.id }) ?? corrections.first {
            add(.cstb, Int64(clamping: correction.start / 10) &- Self.from1601, plus: presented, within: 1_000)
        }
        if let nanoseconds = movie.mtxiNanoseconds {
            // MediaMTX counts the decode times of a segment from this instant.
            add(.mtxi, nanoseconds / 1_000, plus: Time.microseconds(firstDecode, of: video.timescale), within: 1_000)
        }
        if let reference { add(reference, video) }
        let offset = movie.isFragmented ? 0 : max(presented, 0)
        let header = creation(movie.creation, at: movie.creationOffset)
        if let header { add(.mvhd, header, plus: offset, within: 500_000) }
        if video.creation != movie.creation, let media = creation(video.creation, at: movie.base) {
            add(.mdhd, media, plus: offset, within: 500_000)
        }
    }

    private mutating func add(_ kind: EmbeddedClock.Kind, _ base: Int64, plus offset: Int64, within uncertainty: Int64) {
        let (instant, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, Self.plausible.contains(instant) else { return }
        clocks.append(EmbeddedClock(kind: kind, microseconds: instant, uncertaintyMicroseconds: uncertainty))
    }

    private mutating func add(_ reference: ReferenceTime, _ video: MovieTrack) {
        let track = movie.tracks.first { $0.id == reference.track } ?? video
        let seconds = Int64(reference.ntp >> 32)
        let fraction = Int64(((reference.ntp & 0xFFFF_FFFF) * 1_000_000) >> 32)
        let sinceReference = Time.microseconds(firstPresentation, of: video.timescale)
            .subtractingReportingOverflow(Time.microseconds(reference.mediaTime, of: track.timescale))
        guard !sinceReference.overflow else { return }
        // 0 and 24: when the frame was taken. The others: when it left the encoder, or its fragment was finished or written.
        let isCapture = reference.flags == 0 || reference.flags == 24
        let instant = (seconds - Self.from1900) * 1_000_000 + fraction
        add(.prft, instant, plus: sinceReference.partialValue, within: isCapture ? 100_000 : 500_000)
    }

    /// Seconds since 1904 as microseconds since 1970; nil where nobody set a clock.
    private mutating func creation(_ seconds: UInt64, at offset: UInt64) -> Int64? {
        guard seconds != 0 else { return nil }
        guard seconds >= Self.firstCreation, seconds < Self.lastCreation else {
            // Seconds since 1970 put where those since 1904 belong read as a date in the fifties.
            let isUnix = (946_684_800..<Self.firstCreation).contains(seconds)
            findings.add(
                .ruleBroken, at: offset,
                "creation_time \(seconds)\(isUnix ? " looks like seconds since 1970" : ""), ISO/IEC 14496-12 §8.2.2.3")
            return nil
        }
        return (Int64(seconds) - Self.from1904) * 1_000_000
    }

    private static let from1601: Int64 = 11_644_473_600_000_000
    private static let from1900: Int64 = 2_208_988_800
    private static let from1904: Int64 = 2_082_844_800
    /// 1971, in seconds since 1904.
    private static let firstCreation: UInt64 = 2_082_844_800 + 31_536_000
    /// 2100.
    private static let lastCreation: UInt64 = 2_082_844_800 + 4_102_444_800
    /// 1971 to 2100, in microseconds since 1970.
    private static let plausible: Range<Int64> = 31_536_000_000_000..<4_102_444_800_000_000
}
