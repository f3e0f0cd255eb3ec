/// A chunk of samples.
struct AVIChunk {
    var stream: Int
    /// Where its header begins.
    var start: UInt64
    /// Empty for a frame that was dropped: it takes its time and holds no picture.
    var payload: Range<UInt64>
    var isKeyframe = false
    /// How long the chunks of its stream lasted that the index names before it and that are gone, in units of the stream's scale.
    var lostBefore: Int64 = 0
}

/// The sound chunks of a file, in the order they lie in it.
protocol AVIChunkWalk {
    func next() throws(SourceFailure) -> AVIChunk?
    var header: AVIHeader { get }
    var log: FindingLog { get }
}

/// Walks the chunks of `movi` in the order they lie in the file, stepping over damage.
///
/// Lists are stepped into and never nest: `rec ` lists, further RIFFs (`AVIX`) and their `movi` are just headers to step over.
/// As in Matroska, a chunk is returned once what follows it proves its size; the last must prove itself by its payload.
final class AVIWalker: AVIChunkWalk {
    /// Nothing but the chunk headers tells frames apart where there is no index; see `MatroskaWalker.window`.
    static let window = 1 << 20
    /// A chunk above is no frame: a quarter second of the fastest camera, or a 4K picture uncompressed, is less.
    static let largestChunk: UInt64 = 64 << 20
    private static let sector: UInt64 = 512

    let reader: SourceReader
    let header: AVIHeader
    var log = FindingLog()
    private(set) var hasIndex = false
    /// The first byte behind the last sound chunk.
    private(set) var soundEnd: UInt64 = 0
    private(set) var offset: UInt64

    private var riffEnd: UInt64?
    private var held: AVIChunk?
    private var wasDropped = false
    /// Behind bytes of another file, chunks may be that file's: where they began, until a key frame proves itself.
    private var doubtFrom: UInt64?
    /// The first chunk of each stream that is not empty.
    private var firsts: [(start: UInt64, isSound: Bool)?]
    /// For looks far ahead that must not cost the window.
    private let scout: SourceReader
    /// Bytes that may still be searched a second time, inside chunks whose size was wrong. Keeps the walk linear.
    private var searchBudget: UInt64

    init(_ reader: SourceReader, _ header: AVIHeader) throws(SourceFailure) {
        self.reader = reader
        self.header = header
        reader.window = Self.window
        scout = SourceReader(reader.source, window: 64)
        offset = header.moviStart ?? reader.byteCount
        riffEnd = header.riffEnd
        firsts = Array(repeating: nil, count: header.streams.count)
        searchBudget = reader.byteCount
        held = try following(nil)
    }

    /// The next sound chunk of a stream that has a track; nil at the end of what can be played.
    func next() throws(SourceFailure) -> AVIChunk? {
        while let chunk = held {
            wasDropped = false
            held = try following(chunk)
            if !wasDropped {
                soundEnd = chunk.payload.upperBound
                return chunk
            }
        }
        return nil
    }

    // MARK: Chunk headers

    enum Kind: Equatable {
        case samples(Int)
        /// `LIST` or `RIFF`: its header is stepped over, its content walked.
        case list
        case index
        case skipped
    }

    static func isText(_ id: FourCC) -> Bool {
        [24, 16, 8, 0].allSatisfy { (0x20...0x7E).contains(UInt8(truncatingIfNeeded: id.value >> UInt32($0))) }
    }

    /// Nil for what is no chunk of an AVI file.
    private func kind(_ id: FourCC) -> Kind? {
        switch id {
        case "LIST", "RIFF": return .list
        case "idx1": return .index
        case "JUNK", "indx", "PAD ", "junk": return .skipped
        default: break
        }
        let high = Int(id.value >> 24) - 0x30, low = Int(id.value >> 16 & 0xFF) - 0x30
        let type = id.value & 0xFFFF
        if (0...9).contains(high), (0...9).contains(low), high * 10 + low < header.streams.count {
            switch type {
            case 0x6463, 0x6462, 0x7762: return .samples(high * 10 + low)  // dc, db, wb
            case 0x7478, 0x7063, 0x6978, 0x7362, 0x6973: return .skipped  // tx, pc, ix, sb, is
            default: return nil
            }
        }
        return id.value >> 16 == 0x6978 ? .skipped : nil  // ix##
    }

    private enum Stop {
        case finished, overrun, garbage
        /// The file ends inside `idx1`, whose entries look like chunks.
        case indexCut
    }

    private enum Step {
        case chunk(AVIChunk)
        case stop(Stop)
    }

    private func step() throws(SourceFailure) -> Step {
        while true {
            if offset % 2 == 1 { offset = try paddedEnd(offset) }
            if let riffEnd, offset >= riffEnd, try !goesOn() { return .stop(.finished) }
            let view = try reader.upTo(12, at: offset)
            if view.isEmpty { return .stop(riffEnd.map { $0 > offset } == true ? .overrun : .finished) }
            var cursor = ByteCursor(view, base: offset)
            guard let id = cursor.u32().map(FourCC.init), let size = cursor.u32LE() else {
                return .stop(view[0] != 0 ? .overrun : .garbage)
            }
            let start = offset + 8, end = start + UInt64(size)
            guard let kind = kind(id) else { return .stop(.garbage) }
            switch kind {
            case .list:
                guard let type = cursor.u32().map(FourCC.init) else { return .stop(.overrun) }
                if id == "RIFF" {
                    guard type == "AVIX" else { return .stop(.finished) }  // another file begins
                    riffEnd = size == 0 || size == .max ? nil : end
                    offset += 12
                } else if type == "rec " || type == "movi" {
                    offset += 12
                } else {
                    guard end <= reader.byteCount else { return .stop(.overrun) }
                    offset = end
                }
            case .index, .skipped:
                guard end <= reader.byteCount else { return .stop(kind == .index ? .indexCut : .overrun) }
                if kind == .index { try noteIndex(start..<end) }
                offset = end
            case .samples(let stream):
                guard UInt64(size) <= Self.largestChunk else { return .stop(.garbage) }
                guard end <= reader.byteCount else { return .stop(.overrun) }
                let chunk = AVIChunk(stream: stream, start: offset, payload: start..<end)
                offset = end
                // See MatroskaWalker: large payloads are not worth being read along.
                reader.window = Int(size) >= Self.window / 2 ? 4096 : Self.window
                if header.streams[stream].track != nil { return .chunk(chunk) }
            }
        }
    }

    /// An index that was allocated and never written holds zeroes; no entry of one does.
    private func noteIndex(_ content: Range<UInt64>) throws(SourceFailure) {
        hasIndex = true
        guard content.count >= 16, let last = try reader.exactly(16, at: content.upperBound - 16), last.allSatisfy({ $0 == 0 })
        else { return }
        hasIndex = false
        log.add(.tailZeroed, at: content.lowerBound, "idx1")
    }

    /// Whether chunks go on behind the RIFF's size: in an `AVIX`, or because the size was wrong.
    private func goesOn() throws(SourceFailure) -> Bool {
        guard let id = try id(at: offset), let next = kind(id) else { return false }
        if id != "RIFF" {
            guard case .samples = next else { return false }
            log.add(.ruleBroken, at: riffEnd, "RIFF goes on behind its size")
        }
        riffEnd = nil
        return true
    }

    /// Chunks begin at even offsets; some writers forget.
    private func paddedEnd(_ end: UInt64) throws(SourceFailure) -> UInt64 {
        if let id = try id(at: end + 1), kind(id) != nil { return end + 1 }
        if let id = try id(at: end), kind(id) != nil { return end }
        return min(end + 1, reader.byteCount)
    }

    private func id(at position: UInt64) throws(SourceFailure) -> FourCC? {
        guard let view = try reader.exactly(4, at: position) else { return nil }
        var cursor = ByteCursor(view)
        return cursor.u32().map(FourCC.init)
    }

    // MARK: Proof

    private func following(_ last: AVIChunk?) throws(SourceFailure) -> AVIChunk? {
        var unproven = last
        while true {
            switch try step() {
            case .chunk(var chunk):
                // Now, while the payload is in the window.
                chunk.isKeyframe = try isKeyframe(chunk)
                if let from = doubtFrom {
                    guard chunk.isKeyframe, try hasSizeOfTrack(chunk) else { continue }
                    log.add(.bytesSkipped, at: from, "\(chunk.start - from) bytes of another recording")
                    doubtFrom = nil
                }
                try noteFirst(chunk)
                return chunk
            case .stop(let stop):
                if let chunk = unproven {
                    wasDropped = try !isSoundLast(chunk)
                    if stop == .garbage, !wasDropped { wasDropped = try isTorn(chunk) }
                }
                var lost = wasDropped ? unproven?.start ?? offset : offset
                if let from = doubtFrom, stop != .garbage {
                    log.add(.tailForeign, at: from, "\(reader.byteCount - from) bytes of another recording")
                    return nil
                }
                if stop == .finished || stop == .indexCut {
                    if wasDropped || stop == .indexCut { conclude(stop, lost: lost, zeroesFrom: try zeroesFrom(lost)) }
                    if offset < reader.byteCount, stop == .finished {
                        log.add(.trailingBytes, at: offset, "\(reader.byteCount - offset) bytes")
                    }
                    return nil
                }
                // Where nothing follows a chunk, its size may be wrong and it may hide sound ones.
                let doubtful = stop == .garbage ? unproven?.payload ?? offset..<offset : offset..<offset
                unproven = nil
                let found = try searchChunk(from: searchStart(doubtful), lost: lost)
                guard let position = found.chunk else {
                    conclude(stop, lost: min(lost, doubtFrom ?? lost), zeroesFrom: found.zeroesFrom)
                    return nil
                }
                if position < doubtful.upperBound {
                    wasDropped = true
                    lost = min(lost, doubtful.lowerBound - 8)
                }
                offset = position
                lost = min(lost, position)
                if doubtFrom == nil, stop == .garbage, header.videoStream != nil, try !holdsZeroedSector(lost..<position) {
                    doubtFrom = lost
                }
                // A sound chunk may hide inside the one whose size was wrong: then nothing lies between.
                if doubtFrom == nil { log.add(.bytesSkipped, at: lost, "\(position - lost) bytes up to the next chunk") }
            }
        }
    }

    /// Whether something else than a chunk stands behind this one, in the sector that it ends in: damage comes in whole sectors.
    private func isTorn(_ chunk: AVIChunk) throws(SourceFailure) -> Bool {
        let end = chunk.payload.upperBound
        guard end % Self.sector != 0, let id = try id(at: end + end % 2) else { return false }
        // Zeroes, or the ones of erased flash, may be what was never written.
        return id.value != 0 && id.value != .max && !Self.isText(id)
    }

    /// Whether a key frame states the picture size of its track; true where it states none.
    private func hasSizeOfTrack(_ chunk: AVIChunk) throws(SourceFailure) -> Bool {
        guard let track = header.streams[chunk.stream].track, case .video(let format) = track.format else { return false }
        let payload = try reader.upTo(chunk.payload.count, at: chunk.payload.lowerBound)
        guard let size = PictureSize.of(payload, codec: format.codec, lengthSize: track.nalLengthSize) else { return true }
        return size == (format.width, format.height)
    }

    /// A disk that lost sectors gives zeroes; then what follows is of the same file.
    private func holdsZeroedSector(_ range: Range<UInt64>) throws(SourceFailure) -> Bool {
        var sector = (range.lowerBound + Self.sector - 1) / Self.sector * Self.sector
        while sector + Self.sector <= range.upperBound, let bytes = try reader.exactly(Int(Self.sector), at: sector) {
            if StartCodes.firstNonzero(in: bytes, from: 0) == bytes.count { return true }
            sector += Self.sector
        }
        return false
    }

    private func noteFirst(_ chunk: AVIChunk) throws(SourceFailure) {
        guard firsts[chunk.stream] == nil, !chunk.payload.isEmpty else { return }
        firsts[chunk.stream] = (chunk.start, try isSound(chunk))
    }

    /// Where a stream's first chunk does not pass the check, it holds for none but that one.
    private func isSoundLast(_ chunk: AVIChunk) throws(SourceFailure) -> Bool {
        guard !chunk.payload.isEmpty, let first = firsts[chunk.stream], first.isSound || first.start == chunk.start else { return true }
        return try isSound(chunk)
    }

    private func isSound(_ chunk: AVIChunk) throws(SourceFailure) -> Bool {
        let view = try reader.upTo(chunk.payload.count + 1 + ZeroTail.length, at: chunk.payload.lowerBound)
        guard let track = header.streams[chunk.stream].track, view.count >= chunk.payload.count else { return true }
        return Self.isSound(view, payloadCount: chunk.payload.count, track)
    }

    /// Whether a payload, and what may follow it in `bytes`, can be what its track says.
    /// Only video is judged: silence in PCM is zeroes too.
    static func isSound(_ bytes: UnsafeRawBufferPointer, payloadCount: Int, _ track: Track) -> Bool {
        guard case .video(let format) = track.format else { return true }
        if ZeroTail.tears(bytes, payloadCount: payloadCount) { return false }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[..<payloadCount])
        return SampleCheck.isPlausible(payload, codec: format.codec, lengthSize: track.nalLengthSize)
    }

    /// By the codec: without an index, nothing else tells.
    private func isKeyframe(_ chunk: AVIChunk) throws(SourceFailure) -> Bool {
        try Self.isKeyframe(chunk, header.streams[chunk.stream].track, reader)
    }

    static func isKeyframe(_ chunk: AVIChunk, _ track: Track?, _ reader: SourceReader) throws(SourceFailure) -> Bool {
        guard let track, case .video(let format) = track.format else { return false }
        // Parameter sets and supplemental information in front of the picture are shorter.
        let head = try reader.upTo(min(chunk.payload.count, 64 << 10), at: chunk.payload.lowerBound)
        return KeyframeCheck.isKeyframe(head, codec: format.codec, lengthSize: track.nalLengthSize)
    }

    // MARK: Behind damage

    private func searchStart(_ doubtful: Range<UInt64>) -> UInt64 {
        let again = UInt64(doubtful.count)
        guard again > 0, again <= searchBudget else { return offset + 1 }
        searchBudget -= again
        return doubtful.lowerBound
    }

    private func searchChunk(from start: UInt64, lost: UInt64) throws(SourceFailure) -> (chunk: UInt64?, zeroesFrom: UInt64) {
        var position = start
        var zeroes = lost
        reader.window = Self.window
        while true {
            let bytes = try reader.upTo(Self.window, at: position)
            if let last = bytes.lastIndex(where: { $0 != 0 }) { zeroes = position + UInt64(last) + 1 }
            guard bytes.count >= 8 else { return (nil, zeroes) }
            var index = 0
            while index + 8 <= bytes.count {
                // The third character is d or w in every chunk of samples.
                let third = bytes[index + 2]
                if third == 0x64 || third == 0x77, try isPlausible(bytes, index, position) {
                    return (position + UInt64(index), zeroes)
                }
                index += 1
            }
            position += UInt64(bytes.count - 7)
        }
    }

    /// A chunk of samples of sane size, and behind it another chunk or the end.
    private func isPlausible(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ base: UInt64) throws(SourceFailure) -> Bool {
        var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[index...]))
        guard let id = cursor.u32(), let size = cursor.u32LE(), case .samples = kind(FourCC(id)), UInt64(size) <= Self.largestChunk
        else { return false }
        let end = base + UInt64(index) + 8 + UInt64(size)
        if end == reader.byteCount || end + 1 == reader.byteCount { return true }
        guard end < reader.byteCount, let next = try scout.exactly(5, at: end) else { return false }
        for shift in 0...Int(end % 2) {
            var ahead = ByteCursor(UnsafeRawBufferPointer(rebasing: next[shift...]))
            if let id = ahead.u32(), kind(FourCC(id)) != nil { return true }
        }
        return false
    }

    // MARK: The end

    private func zeroesFrom(_ lost: UInt64) throws(SourceFailure) -> UInt64 {
        let bytes = try reader.upTo(Int(clamping: reader.byteCount - min(lost, reader.byteCount)), at: lost)
        return lost + UInt64(bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0)
    }

    /// Fewer may end a header that was cut.
    private static let fewestZeroes: UInt64 = 16

    /// A tail that is zeroes for its larger part was never written, whatever stopped the walk.
    private func conclude(_ stop: Stop, lost: UInt64, zeroesFrom: UInt64) {
        let tail = reader.byteCount - min(lost, reader.byteCount)
        let zeroes = min(tail, reader.byteCount - min(zeroesFrom, reader.byteCount))
        if zeroes >= max(Self.fewestZeroes, tail - zeroes) {
            log.add(.tailZeroed, at: max(lost, zeroesFrom), "\(zeroes) bytes")
        } else if stop == .overrun || stop == .indexCut {
            log.add(.cutShort, at: lost, "the file ends \(tail) bytes into a chunk")
        } else {
            log.add(.tailForeign, at: lost, "\(tail) bytes")
        }
    }
}
