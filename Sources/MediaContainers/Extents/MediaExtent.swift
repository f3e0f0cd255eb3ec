/// How far a file reaches that begins at offset 0 of a source which goes on with other things: a disk.
///
/// Only structure is asked: box, element and chunk sizes that lead from one to the next, packets in step, units and images
/// that end as they must. `MediaProbe` says what can be played of it.
public struct MediaExtent: Sendable, Equatable {
    public enum Ending: Sendable, Equatable {
        /// The structure says where the file ends, and was met there.
        case stated
        /// Nothing in such a stream says where it ends; what follows is padding or another file.
        case seen
        /// The structure promises more than follows: the file was cut, overwritten, or goes on elsewhere.
        case lost
    }
    public var byteCount: UInt64
    public var ending: Ending
    /// What it begins with.
    private var signature: MediaSignature?
    /// Where something that follows must continue it, for a file whose ending is lost.
    public var joint: Joint?

    init(_ byteCount: UInt64, _ ending: Ending, joint: Joint? = nil) {
        self.byteCount = byteCount
        self.ending = ending
        self.joint = joint
    }

    /// The end of a file of which only what lies before `proven` turned out to be its own: at most that of this extent.
    public func shortened(_ reader: SourceReader, proven: UInt64) throws(SourceFailure) -> MediaExtent {
        guard proven < byteCount, byteCount > UInt64(MediaSignature.sector) else { return self }
        // The last sample that passed may lie across the end: its head is of this file, the rest is not.
        let start = max(proven, UInt64(MediaSignature.sector))
        let before = start > Self.largestSample ? start - Self.largestSample : UInt64(MediaSignature.sector)
        if signature.map(Self.isBoxed) ?? false, let end = try OpenEnd.nextContainer(reader, in: before..<min(start, byteCount)) {
            return MediaExtent(try OpenEnd.trimmed(reader, before, end), .lost, joint: joint)
        }
        // Zeroes where the structure states the end are a tail that was lost, but whose place is known.
        guard let end = try OpenEnd.next(reader, from: start, limit: byteCount, inside: signature, isZeroEnd: ending == .lost) else {
            return ending == .lost ? MediaExtent(try OpenEnd.trimmed(reader, start, byteCount), .lost, joint: joint) : self
        }
        return MediaExtent(try OpenEnd.trimmed(reader, start, end), .lost, joint: joint)
    }

    /// A key frame of a 4K camera.
    private static let largestSample: UInt64 = 2 << 20

    /// Nil where the signature was an accident. Reads as little as the structure allows.
    public static func measure(_ reader: SourceReader, _ signature: MediaSignature) throws(SourceFailure) -> MediaExtent? {
        var extent =
            switch signature {
            case .boxes: try BoxExtent.measure(reader)
            case .matroska: try MatroskaExtent.measure(reader)
            case .avi: try AVIExtent.measure(reader)
            case .transport188: try TransportExtent.measure(reader, stride: 188)
            case .transport192: try TransportExtent.measure(reader, stride: 192)
            case .units: try UnitExtent.measure(reader)
            case .images: try ImageExtent.measure(reader)
            }
        extent?.signature = signature
        return extent
    }

    /// Made of chunks with a size before each.
    private static func isBoxed(_ signature: MediaSignature) -> Bool { [.boxes, .matroska, .avi].contains(signature) }
}

/// What the rest of a broken file must look like, so that it can be told from the rest of any other.
public enum Joint: Sendable, Equatable, Codable {
    /// At this offset of the file a `moof` with this sequence number is due (ISO/IEC 14496-12 §8.8.5).
    case fragment(at: UInt64, sequence: UInt32)
    /// At this offset the `moov` is due.
    case movie(at: UInt64)
    /// At this offset a Cluster is due, or another child of the Segment; its time is not before this one (ticks).
    case cluster(at: UInt64, time: UInt64)
    /// At this offset a packet is due; PIDs and the continuity counters they go on with.
    case packet(at: UInt64, counters: [UInt16: UInt8])
    /// At this offset a chunk of `movi`, or its index, is due.
    case chunk(at: UInt64)

    /// Where the structure goes on, in bytes from the start of the file.
    public var offset: UInt64 {
        switch self {
        case .fragment(let at, _), .movie(let at), .cluster(let at, _), .packet(let at, _), .chunk(let at): at
        }
    }
}

/// Where a file ends whose structure does not say it.
enum OpenEnd {
    private static let window = 1 << 20
    /// File systems hand out blocks of this size: a block of zeroes belongs to nothing.
    private static let block = 4096

    /// The end of what may belong to a file of which everything before `start` does, at most `limit`: before the next file that
    /// begins on a sector, or before a block of zeroes; the zeroes before that are padding.
    static func find(_ reader: SourceReader, from start: UInt64, limit: UInt64) throws(SourceFailure) -> UInt64 {
        let limit = min(limit, reader.byteCount)
        return try trimmed(reader, start, try next(reader, from: start, limit: limit, isZeroEnd: true) ?? limit)
    }

    /// The sector from `start` on where another file begins, or a block of zeroes where that is an end. A transport stream
    /// has packets of its own on sectors (`inside`), and tells by its counters where another one begins.
    static func next(
        _ reader: SourceReader, from start: UInt64, limit: UInt64, inside: MediaSignature? = nil, isZeroEnd: Bool
    ) throws(SourceFailure) -> UInt64? {
        // What holds images has them on blocks too.
        let holdsPackets = inside == .transport188 || inside == .transport192
        let holdsImages = try reader.upTo(3, at: start).elementsEqual([0xFF, 0xD8, 0xFF])
        let sector = UInt64(MediaSignature.sector)
        var offset = min(start.roundedUp(to: sector), limit)
        while offset < limit {
            // With the sector before, whose end is looked at too.
            let begin = offset >= sector ? offset - sector : offset
            let view = try reader.upTo(window, at: begin)
            let count = Int(min(UInt64(view.count), limit - begin))
            let first = Int(offset - begin)
            guard count > first else { return nil }
            var index = first
            while index < count {
                // A header at the end of a view is looked at with the next one.
                if view.count - index < StrictHeader.look, index > first, begin + UInt64(view.count) < reader.byteCount { break }
                let rest = UnsafeRawBufferPointer(rebasing: view[index..<min(view.count, index + StrictHeader.look)])
                if StrictHeader.isContainer(rest), !(holdsPackets && StrictHeader.isTransport(rest)) { return begin + UInt64(index) }
                if isZeroEnd, rest[0] == 0, isZero(view, at: index) { return begin + UInt64(index) }
                // A raw stream and images look the same inside of containers; behind padding, or on a block, they are files.
                if index >= 2, view[index - 1] == 0 && view[index - 2] == 0 || (begin + UInt64(index)) % UInt64(block) == 0,
                    StrictHeader.isElementary(rest), !(holdsImages && rest[0] == 0xFF)
                {
                    return begin + UInt64(index)
                }
                index += MediaSignature.sector
            }
            offset = begin + UInt64(index)
        }
        return nil
    }

    /// The first sector of a range where a container begins.
    static func nextContainer(_ reader: SourceReader, in range: Range<UInt64>) throws(SourceFailure) -> UInt64? {
        let sector = UInt64(MediaSignature.sector)
        var offset = range.lowerBound.roundedUp(to: sector)
        while offset < range.upperBound {
            if StrictHeader.isContainer(try reader.upTo(StrictHeader.look, at: offset)) { return offset }
            offset += sector
        }
        return nil
    }

    /// Whether what lies between the end of a file and the next sector is padding: a file system fills its last block with zeroes.
    static func isPadded(_ reader: SourceReader, from end: UInt64) throws(SourceFailure) -> Bool {
        let rest = Int(end.roundedUp(to: UInt64(MediaSignature.sector)) - end)
        return try reader.upTo(rest, at: end).allSatisfy { $0 == 0 }
    }

    private static func isZero(_ view: UnsafeRawBufferPointer, at index: Int) -> Bool {
        let end = min(index + block, view.count)
        return StartCodes.firstNonzero(in: UnsafeRawBufferPointer(rebasing: view[index..<end]), from: 0) == end - index
    }

    /// Without the zeroes at the end, but not before `start`.
    static func trimmed(_ reader: SourceReader, _ start: UInt64, _ end: UInt64) throws(SourceFailure) -> UInt64 {
        var end = end
        while end > start {
            let from = max(start, end > UInt64(block) ? end - UInt64(block) : 0)
            guard let view = try reader.exactly(Int(end - from), at: from) else { return end }
            let kept = StartCodes.countWithoutTrailingZeroes(view)
            if kept > 0 { return from + UInt64(kept) }
            end = from
        }
        return end
    }
}

extension FixedWidthInteger {
    /// The next multiple; itself where there is none that fits.
    func roundedUp(to multiple: Self) -> Self {
        let rest = self % multiple
        guard rest != 0 else { return self }
        let (sum, overflow) = addingReportingOverflow(multiple - rest)
        return overflow ? self : sum
    }
}
