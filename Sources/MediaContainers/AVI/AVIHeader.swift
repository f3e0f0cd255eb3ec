/// One stream of an AVI file: `strh`, `strf` and the OpenDML super index.
struct AVIStream {
    /// Nil for text and other kinds, whose chunks are stepped over.
    var track: Track?
    /// `dwScale`: ticks of `track.timescale` (`dwRate`) that a frame or a packet lasts.
    var scale: Int64 = 1
    /// `dwLength` as claimed: frames, those that were dropped included.
    var claimedLength: UInt32 = 0
    /// Audio of constant rate: bytes that last `scale`. 0 where chunks count.
    var bytesPerUnit = 0
    /// Audio of variable rate: a chunk of up to this many bytes is one packet; 0 where each chunk is.
    var packetAlign = 0
    /// Where the standard indexes of this stream lie (OpenDML AVI File Format Extensions 1.02).
    var indexes: [Range<UInt64>] = []

    /// Units of `scale` that a chunk lasts.
    func units(byteCount: Int) -> Int64 {
        if bytesPerUnit > 0 { return Int64(byteCount / bytesPerUnit) }
        if packetAlign > 0 { return Int64((byteCount + packetAlign - 1) / packetAlign) }
        return 1
    }

    /// Frames in microseconds; nil where the product is out of range.
    func microseconds(_ frames: Int64) -> Int64? {
        guard let track, frames >= 0, track.timescale > 0 else { return nil }
        let (ticks, overflow) = frames.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        let product = UInt64(ticks).multipliedFullWidth(by: 1_000_000)
        guard product.high < UInt64(track.timescale) else { return nil }
        return Int64(exactly: UInt64(track.timescale).dividingFullWidth(product).quotient)
    }
}

/// What stands before the samples: `RIFF 'AVI '`, `LIST hdrl`, and where `LIST movi` begins.
struct AVIHeader {
    /// A recorder's `hdrl` is below 20 KB; with super indexes of two hours' worth below 100.
    private static let largest = 1 << 20
    /// Chunks name their stream with two digits.
    private static let mostStreams = 100

    var streams: [AVIStream] = []
    /// `avih.dwTotalFrames` as claimed; of the first RIFF only.
    var claimedFrames: UInt32 = 0
    /// The first byte of the first chunk; nil where there is no `movi`.
    var moviStart: UInt64?
    /// Nil where the size was never corrected: 0 or FFFFFFFF.
    var moviEnd: UInt64?
    var riffEnd: UInt64?
    /// False where `dwRate` and `dwScale` cannot be.
    var rateIsSane = true
    /// False where nothing is left that states it: 25 frames a second are assumed.
    var rateIsKnown = true
    /// The sectors of the header were lost.
    var isLost = false

    private var microsecondsPerFrame: UInt32 = 0

    /// The first video stream.
    var videoStream: Int? { streams.firstIndex { $0.track?.isVideo == true } }

    /// How long a chunk lasts, in units of its stream's scale.
    func lasts(_ chunk: AVIChunk) -> Int64 {
        streams[chunk.stream].track?.isVideo == true ? 1 : streams[chunk.stream].units(byteCount: chunk.payload.count)
    }

    init(_ reader: SourceReader) throws(SourceFailure) {
        let look = try LostHead.look(reader)
        if LostHead.isLost(look) {
            readLost(look)
            return
        }
        guard let head = try reader.exactly(12, at: 0) else { return }
        var cursor = ByteCursor(head)
        guard cursor.skip(4), let size = cursor.u32LE() else { return }
        riffEnd = Self.end(8, size)
        var position: UInt64 = 12
        while let view = try reader.exactly(12, at: position) {
            var cursor = ByteCursor(view)
            guard let id = cursor.u32().map(FourCC.init), let size = cursor.u32LE(), let type = cursor.u32().map(FourCC.init)
            else { return }
            if id == "LIST", type == "movi" {
                moviStart = position + 12
                moviEnd = Self.end(position + 8, size)
                return
            }
            guard AVIWalker.isText(id) else { return }
            let end = position + 8 + UInt64(size)
            if id == "LIST", type == "hdrl", streams.isEmpty, size > 4 {
                readHeaderList(try reader.upTo(min(Int(size) - 4, Self.largest), at: position + 12))
            }
            position = end + end % 2
        }
    }

    /// Nil for the sizes that stand for "not known yet".
    private static func end(_ start: UInt64, _ size: UInt32) -> UInt64? {
        size == 0 || size == .max ? nil : start + UInt64(size)
    }

    private mutating func readHeaderList(_ content: UnsafeRawBufferPointer) {
        var chunks = RIFFChunks(content)
        while let chunk = chunks.next() {
            if chunk.id == "avih" {
                var cursor = ByteCursor(chunk.content)
                microsecondsPerFrame = cursor.u32LE() ?? 0
                claimedFrames = cursor.skip(12) ? cursor.u32LE() ?? 0 : 0
            } else if chunk.id == "LIST", chunk.listType == "strl", streams.count < Self.mostStreams {
                readStreamList(UnsafeRawBufferPointer(rebasing: chunk.content.dropFirst(4)))
            }
        }
    }

    private mutating func readStreamList(_ content: UnsafeRawBufferPointer) {
        var stream = AVIStream()
        var type: FourCC = "    "
        var handler: FourCC = "    "
        var rate: UInt32 = 0, scale: UInt32 = 0, sampleSize: UInt32 = 0
        var chunks = RIFFChunks(content)
        while let chunk = chunks.next() {
            var cursor = ByteCursor(chunk.content)
            switch chunk.id {
            case "strh":
                type = FourCC(cursor.u32() ?? 0)
                handler = FourCC(cursor.u32() ?? 0)
                guard cursor.skip(12) else { break }
                scale = cursor.u32LE() ?? 0
                rate = cursor.u32LE() ?? 0
                guard cursor.skip(4) else { break }
                stream.claimedLength = cursor.u32LE() ?? 0
                guard cursor.skip(8) else { break }
                sampleSize = cursor.u32LE() ?? 0
            case "strf" where type == "vids":
                readVideo(&stream, chunk.content, handler, rate: rate, scale: scale)
            case "strf" where type == "auds":
                readAudio(&stream, chunk.content, rate: rate, scale: scale, sampleSize: sampleSize)
            case "indx":
                stream.indexes = Self.superIndex(&cursor)
            default:
                break
            }
        }
        streams.append(stream)
    }

    private mutating func readVideo(
        _ stream: inout AVIStream, _ content: UnsafeRawBufferPointer, _ handler: FourCC, rate: UInt32, scale: UInt32
    ) {
        guard let info = BitmapInfo(content) else { return }
        var timescale = Int64(rate)
        stream.scale = Int64(scale)
        // A frame lasts between a millisecond and an hour, or the numbers are rubbish.
        if scale == 0 || rate == 0 || Double(rate) / Double(scale) > 1000 || Double(scale) / Double(rate) > 3600 {
            rateIsSane = false
            let isUsable = (1000...3_600_000_000).contains(microsecondsPerFrame)
            timescale = isUsable ? 1_000_000 : 25
            stream.scale = isUsable ? Int64(microsecondsPerFrame) : 1
        }
        let codec = info.codec == .unknown ? BitmapInfo.codec(handler) : info.codec
        stream.track = Track(
            format: .video(VideoFormat(codec: codec, width: info.width, height: info.height)), timescale: timescale,
            configuration: NALConfiguration.record(info.configuration, codec: codec),
            nalLengthSize: NALConfiguration.lengthSize(info.configuration, codec: codec))
    }

    private func readAudio(
        _ stream: inout AVIStream, _ content: UnsafeRawBufferPointer, rate: UInt32, scale: UInt32, sampleSize: UInt32
    ) {
        guard let format = WaveFormat(content) else { return }
        let isSane = rate != 0 && scale != 0
        stream.scale = isSane ? Int64(scale) : 1
        stream.bytesPerUnit = Int(sampleSize)
        // AAC writers leave an alignment that has nothing to do with their packets.
        stream.packetAlign = format.codec == .aac ? 0 : format.blockAlign
        stream.track = Track(
            format: .audio(format.codec, sampleRate: format.rate, channels: format.channels),
            timescale: isSane ? Int64(rate) : Int64(max(format.rate, 1)), configuration: format.configuration)
    }

    /// An index of indexes (AVISUPERINDEX); any other kind is left to the walk.
    private static func superIndex(_ cursor: inout ByteCursor) -> [Range<UInt64>] {
        guard let longs = cursor.u16LE(), longs == 4, let kinds = cursor.u16LE(), kinds >> 8 == 0, let count = cursor.u32LE(),
            cursor.skip(16)
        else { return [] }
        var ranges: [Range<UInt64>] = []
        while ranges.count < Int(count), let offset = cursor.u64LE(), let size = cursor.u32LE(), cursor.skip(4) {
            let (end, overflow) = offset.addingReportingOverflow(UInt64(size))
            guard !overflow else { return [] }
            ranges.append(offset..<end)
        }
        return ranges
    }
}

/// The chunks inside a list that was read whole; the last may be cut.
struct RIFFChunks {
    private var cursor: ByteCursor

    init(_ bytes: UnsafeRawBufferPointer) {
        cursor = ByteCursor(bytes)
    }

    mutating func next() -> (id: FourCC, listType: FourCC, content: UnsafeRawBufferPointer)? {
        guard let id = cursor.u32(), let size = cursor.u32LE(), let content = cursor.take(min(Int(size), cursor.remaining))
        else { return nil }
        if size % 2 == 1 { _ = cursor.skip(1) }
        var inside = ByteCursor(content)
        return (FourCC(id), FourCC(inside.u32() ?? 0), content)
    }
}
