/// What the index of a healthy file says of its video stream: `idx1`, or the standard indexes of OpenDML.
///
/// An index is only believed where it agrees with the file: chunks in order, inside `movi`, and the last one really there.
struct AVIIndex {
    /// 4 million entries: 46 hours of 25 frames per second. A longer index is left to the walk.
    private static let largest: UInt64 = 64 << 20
    private static let keyframeFlag: UInt32 = 0x10

    /// Frames that hold a picture.
    private(set) var frames = 0
    private(set) var keyframes = 0
    /// Frames from the first of the file, dropped ones included.
    private(set) var slots: Int64 = 0
    private(set) var firstSlot: Int64 = 0
    /// Behind the last frame that holds a picture.
    private(set) var endSlot: Int64 = 0
    /// The last frame with a picture.
    private var last: AVIChunk?
    private var end: UInt64 = 0
    /// Behind the last chunk of any stream.
    private var indexedEnd: UInt64 = 0

    private let stream: Int

    private init(stream: Int) {
        self.stream = stream
    }

    /// Nil where there is no index that can be believed.
    static func read(_ reader: SourceReader, _ header: AVIHeader) throws(SourceFailure) -> AVIIndex? {
        guard let stream = header.videoStream, let track = header.streams[stream].track,
            let moviStart = header.moviStart, let moviEnd = header.moviEnd, moviEnd <= reader.byteCount
        else { return nil }
        var index = AVIIndex(stream: stream)
        let ranges = header.streams[stream].indexes
        let isWhole =
            if ranges.isEmpty {
                try index.readIdx1(reader, moviStart..<moviEnd, riffEnd: header.riffEnd ?? reader.byteCount)
            } else {
                try index.readStandard(reader, ranges)
            }
        guard isWhole, let last = index.last, try index.isThere(last, reader, track) else { return nil }
        return index
    }

    /// The chunk's own header agrees with the index, and its payload can be a frame.
    private func isThere(_ chunk: AVIChunk, _ reader: SourceReader, _ track: Track) throws(SourceFailure) -> Bool {
        guard let view = try reader.exactly(8 + chunk.payload.count, at: chunk.start) else { return false }
        var cursor = ByteCursor(view)
        guard let id = cursor.u32(), let size = cursor.u32LE(), let payload = cursor.take(cursor.remaining) else { return false }
        return Self.isVideo(id, stream) && Int(size) == payload.count
            && AVIWalker.isSound(payload, payloadCount: payload.count, track)
    }

    /// `##dc` or `##db` of the stream.
    private static func isVideo(_ id: UInt32, _ stream: Int) -> Bool {
        let digits = UInt32(0x30 + stream / 10) << 24 | UInt32(0x30 + stream % 10) << 16
        return id == digits | 0x6463 || id == digits | 0x6462
    }

    /// False where the frame cannot be there.
    private mutating func add(start: UInt64, size: UInt32, isKeyframe: Bool) -> Bool {
        slots += 1
        guard size > 0 else { return true }
        guard start >= end else { return false }
        end = start + 8 + UInt64(size)
        if frames == 0 { firstSlot = slots - 1 }
        frames += 1
        if isKeyframe { keyframes += 1 }
        endSlot = slots
        last = AVIChunk(stream: stream, start: start, payload: (start + 8)..<end)
        return true
    }

    // MARK: idx1

    private mutating func readIdx1(_ reader: SourceReader, _ movi: Range<UInt64>, riffEnd: UInt64) throws(SourceFailure) -> Bool {
        var position = movi.upperBound + movi.upperBound % 2
        // The end of `movi` is read along: the last frame most often lies there, and its check costs no read then.
        let wanted = min(riffEnd, reader.byteCount)
        let from = max(movi.lowerBound, position - min(position, UInt64(SourceReader.defaultWindow)))
        if wanted > from, wanted - from <= Self.largest { try reader.prefetch(from..<wanted) }
        while let view = try reader.exactly(8, at: position) {
            var cursor = ByteCursor(view)
            guard let id = cursor.u32(), let size = cursor.u32LE() else { return false }
            let content = position + 8
            if FourCC(id) == "idx1" {
                guard UInt64(size) <= Self.largest, let entries = try reader.exactly(Int(size), at: content) else { return false }
                guard addEntries(entries, movi) else { return false }
                return try isCovered(movi, reader)
            }
            guard FourCC(id) == "JUNK" else { return false }
            position = content + UInt64(size) + UInt64(size % 2)
        }
        return false
    }

    /// No chunk of samples lies behind the last that the index names.
    private func isCovered(_ movi: Range<UInt64>, _ reader: SourceReader) throws(SourceFailure) -> Bool {
        let next = indexedEnd + indexedEnd % 2
        guard next < movi.upperBound else { return next <= movi.upperBound + 1 }
        guard let view = try reader.exactly(4, at: next) else { return false }
        return view.elementsEqual("JUNK".utf8) || view.prefix(2).elementsEqual("ix".utf8)
    }

    private mutating func addEntries(_ entries: UnsafeRawBufferPointer, _ movi: Range<UInt64>) -> Bool {
        var cursor = ByteCursor(entries)
        var base: UInt64?
        while let id = cursor.u32(), let flags = cursor.u32LE(), let offset = cursor.u32LE(), let size = cursor.u32LE() {
            // Offsets count from the word `movi`, in some files from the start of the file; the first tells.
            let origin = base ?? (UInt64(offset) < movi.lowerBound ? movi.lowerBound - 4 : 0)
            base = origin
            indexedEnd = max(indexedEnd, origin + UInt64(offset) + 8 + UInt64(size))
            guard Self.isVideo(id, stream) else { continue }
            let start = origin + UInt64(offset)
            guard add(start: start, size: size, isKeyframe: flags & Self.keyframeFlag != 0) else { return false }
        }
        return end <= movi.upperBound
    }

    // MARK: OpenDML

    /// One `ix##` for each gigabyte or so (OpenDML 1.02, AVISTDINDEX).
    private mutating func readStandard(_ reader: SourceReader, _ ranges: [Range<UInt64>]) throws(SourceFailure) -> Bool {
        for range in ranges {
            guard range.count > 32, UInt64(range.count) <= Self.largest,
                let view = try reader.exactly(range.count, at: range.lowerBound)
            else { return false }
            var cursor = ByteCursor(view)
            guard cursor.skip(8), cursor.u16LE() == 2, let kinds = cursor.u16LE(), kinds >> 8 == 1, let count = cursor.u32LE(),
                let id = cursor.u32(), Self.isVideo(id, stream), let base = cursor.u64LE(), base <= reader.byteCount, cursor.skip(4),
                UInt64(count) <= UInt64(cursor.remaining / 8)
            else { return false }
            for _ in 0..<count {
                guard let offset = cursor.u32LE(), let size = cursor.u32LE() else { return false }
                // The offset is that of the payload; the top bit of the size marks what is no key frame.
                let payload = base + UInt64(offset)
                guard payload >= 8, add(start: payload - 8, size: size & 0x7FFF_FFFF, isKeyframe: size >> 31 == 0) else { return false }
            }
        }
        return end <= reader.byteCount
    }
}
