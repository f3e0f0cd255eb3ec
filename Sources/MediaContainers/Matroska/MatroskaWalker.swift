/// Walks the blocks of the first Segment in the order they lie in the file, stepping over damage.
///
/// A flat walk, one element after another, with the open Cluster's end as its only state: nothing nests deeper.
/// A block is returned once the next element's header is seen where it ends; the last one before damage or
/// the end of the file has nothing behind it to prove it, and must prove itself by its payload.
final class MatroskaWalker {
    /// There is no table that counts frames, so every block's header has to be seen. Payloads of 5–100 KB lie between them:
    /// reading through in large pieces costs a disk less than a seek or a command for each.
    static let window = 1 << 20
    /// A header of any block, with its track number and the first byte of its payload.
    static let look = EBMLHeader.largest + 12
    /// `Info` and `Tracks` are read whole. Theirs are below 10 KB; nothing larger was seen from a recorder.
    static let largestHead: UInt64 = 1 << 20
    /// Milliseconds without a frame that make a jump rather than a slow camera.
    static let jump: Int64 = 10_000

    let reader: SourceReader
    private(set) var container = Container.matroska
    private(set) var info = MatroskaInfo()
    private(set) var tracks: [MatroskaTrack] = []
    var log = FindingLog()
    private(set) var hasCues = false
    /// The first byte behind the last sound block.
    var soundEnd: UInt64 = 0
    /// Where the recording ends once the walk is over.
    private(set) var offset: UInt64 = 0

    /// Where the Segment's own size ends it; nil where it has none, or lied.
    private(set) var segmentEnd: UInt64?
    private(set) var segmentStart: UInt64 = 0
    /// Read when damage is met.
    var knownPromises: MatroskaPromises?
    /// Nil outside a Cluster; `.max` inside one of unknown size.
    private(set) var clusterEnd: UInt64?
    private(set) var clusterTime: Int64?
    var pace = MatroskaPace()
    /// The block that nothing has proven yet.
    var held: MatroskaBlock?
    /// Where its element ends.
    private(set) var heldEnd: UInt64 = 0
    /// The next block follows lost bytes or a jump of the clock.
    var breakAhead = false
    private(set) var isMatroska = false
    /// The first Cluster behind a place, whosever it is, and where the zeroes begin that end the file if there is none.
    var nextCluster: (from: UInt64, at: UInt64?, zeroesFrom: UInt64)?
    /// Bytes that may still be searched for Clusters: many holes must not each cost the rest of the file.
    var searchBudget: UInt64
    /// The held block had nothing behind it and did not pass.
    var wasDropped = false
    /// Where the first block of each track begins, and whether it passed the check that the last has to pass.
    private(set) var firsts: [(start: UInt64, isSound: Bool)?] = []
    /// The numbers of the tracks whose blocks tell all by their header, once their first was looked at; 0 for others.
    private var plainNumbers: [UInt64] = []

    init(_ reader: SourceReader) throws(SourceFailure) {
        self.reader = reader
        searchBudget = Self.budget(reader)
        reader.window = Self.window
        isMatroska = try openSegment()
        guard isMatroska else { return }
        // On to the first block: then everything that stands before the Clusters is known.
        held = try following(nil)
    }

    /// Reads the blocks from `start` on as `head` says, which is another file's.
    init(_ reader: SourceReader, head: MatroskaHead, from start: UInt64) throws(SourceFailure) {
        self.reader = reader
        searchBudget = Self.budget(reader)
        reader.window = Self.window
        isMatroska = true
        container = head.container
        info = head.info
        setTracks(head.tracks)
        offset = start
        held = try following(nil)
    }

    private static func budget(_ reader: SourceReader) -> UInt64 { 16 * min(reader.byteCount, 1 << 56) + (1 << 26) }

    private func setTracks(_ tracks: [MatroskaTrack]) {
        self.tracks = tracks
        firsts = Array(repeating: nil, count: tracks.count)
        plainNumbers = Array(repeating: 0, count: tracks.count)
    }

    /// EBML header and Segment header.
    private func openSegment() throws(SourceFailure) -> Bool {
        guard let document = try header(at: 0), document.id == EBMLID.ebml, document.size <= Self.largestHead else { return false }
        if let content = try reader.exactly(Int(document.size), at: UInt64(document.length)) {
            var children = EBMLChildren(content)
            while let child = children.next() {
                if child.id == EBMLID.docType, EBMLValue.text(child.content) == "webm" { container = .webm }
            }
        }
        offset = UInt64(document.length) + document.size
        while let next = try header(at: offset) {
            let start = offset + UInt64(next.length)
            if next.id == EBMLID.segment {
                offset = start
                segmentStart = start
                segmentEnd = next.hasUnknownSize ? nil : Self.end(start, next.size)
                return true
            }
            guard next.id == EBMLID.void, let end = Self.end(start, next.size) else { return false }
            offset = end
        }
        return false
    }

    /// What stopped the walk through well-formed elements.
    enum Stop {
        /// The Segment ended where it should.
        case finished
        /// The file ends before an element does.
        case overrun
        /// There is no element here.
        case garbage
    }

    enum Step {
        case block(MatroskaBlock)
        case stop(Stop)
    }

    /// On to the next block.
    func step() throws(SourceFailure) -> Step {
        while true {
            if let clusterEnd, offset >= clusterEnd { self.clusterEnd = nil }
            if let segmentEnd, offset >= segmentEnd, clusterEnd == nil, try !segmentGoesOn() { return .stop(.finished) }
            let view = try reader.upTo(Self.look, at: offset)
            guard !view.isEmpty else { return .stop(promisesMore ? .overrun : .finished) }
            guard let header = EBMLHeader.parse(view) else {
                return .stop(view.count < EBMLHeader.largest && view[0] != 0 ? .overrun : .garbage)
            }
            let start = offset + UInt64(header.length)
            if clusterEnd != nil, !EBMLID.isSegmentChild(header.id), header.id != EBMLID.ebml {
                guard let end = Self.end(start, header.size), end <= clusterEnd ?? .max else { return .stop(.garbage) }
                if let step = try clusterChild(header, view, start..<end) { return step }
                continue
            }
            if let clusterEnd, clusterEnd != .max {
                log.add(.ruleBroken, at: offset, "RFC 9559 §5.1.3: the Cluster ends before its size")
            }
            clusterEnd = nil
            if header.id == EBMLID.ebml || header.id == EBMLID.segment { return .stop(.finished) }  // another file begins
            if let stop = try segmentChild(header, start) { return .stop(stop) }
        }
    }

    /// The first block of `track` was looked at.
    func setFirst(_ track: Int, start: UInt64, isSound: Bool) {
        firsts[track] = (start, isSound)
        // Whether a frame of VP8 is shown stands in its payload.
        if tracks[track].videoCodec != .vp8 { plainNumbers[track] = tracks[track].number }
    }

    /// Goes on for as long as one SimpleBlock follows another, and hands out all but the last, which is held instead.
    ///
    /// This is where the time goes in a healthy file. Whatever is not plain ends the run: `step` meets it again and judges it,
    /// as it would have judged all of these. Nothing of the walker is touched for a block, and nothing is read.
    func passBlocks(_ use: (MatroskaBlock) -> Void) {
        guard var last = held, !breakAhead, let clusterEnd, let clusterTime, reader.window == Self.window else { return }
        let start = offset
        let view = reader.atHand(from: start)
        let end = min(clusterEnd, reader.byteCount)
        var pace = self.pace
        var index = 0
        var soundEnd = self.soundEnd
        while index + Self.look <= view.count,
            let block = MatroskaBlock(plain: view, at: index, base: start, clusterTime: clusterTime, numbers: plainNumbers),
            block.payload.upperBound <= end, block.payload.upperBound - start - UInt64(index) < UInt64(Self.window / 2)
        {
            use(last)
            soundEnd = last.payload.upperBound
            last = block
            pace.note(block)
            index = Int(block.payload.upperBound - start)
        }
        guard index > 0 else { return }
        held = last
        offset = start + UInt64(index)
        heldEnd = offset
        self.soundEnd = soundEnd
        self.pace = pace
    }

    /// Whether a size says that there is more than the file has.
    private var promisesMore: Bool {
        if let clusterEnd, clusterEnd != .max, clusterEnd > offset { return true }
        if let segmentEnd { return segmentEnd > offset }
        return false
    }

    /// A Segment's size may be a placeholder that was never corrected: what stands behind it decides.
    private func segmentGoesOn() throws(SourceFailure) -> Bool {
        guard let next = try header(at: offset), EBMLID.isSegmentChild(next.id) else { return false }
        log.add(.ruleBroken, at: segmentEnd, "RFC 9559 §5.1: the Segment goes on behind its size")
        segmentEnd = nil
        return true
    }

    private func clusterChild(
        _ header: EBMLHeader, _ view: UnsafeRawBufferPointer, _ content: Range<UInt64>
    ) throws(SourceFailure) -> Step? {
        switch header.id {
        case EBMLID.simpleBlock, EBMLID.blockGroup:
            guard let clusterTime else { return .stop(.garbage) }  // without a time, blocks have none either
            var block: MatroskaBlock?
            if header.id == EBMLID.simpleBlock {
                block = MatroskaBlock(
                    UnsafeRawBufferPointer(rebasing: view[header.length...]), at: content.lowerBound, end: content.upperBound,
                    clusterTime: clusterTime, tracks: tracks)
                if view.count == Self.look, block?.track == nil, content.upperBound > reader.byteCount { return .stop(.garbage) }
            }
            guard content.upperBound <= reader.byteCount else { return .stop(.overrun) }
            if header.id == EBMLID.blockGroup { block = try group(content, clusterTime) }
            guard var block else { return .stop(.garbage) }
            block.start = offset
            offset = content.upperBound
            pace.note(block)
            // Where a block fills half a window, its payload is not worth being read along.
            reader.window = content.count >= Self.window / 2 ? 4096 : Self.window
            guard let track = block.track, tracks[track].track != nil else { return nil }
            heldEnd = offset
            return .block(block)
        case EBMLID.timestamp:
            guard content.upperBound <= reader.byteCount else { return .stop(.overrun) }
            guard let time = timestamp(view, header) else { return .stop(.garbage) }
            clusterTime = time
            if pace.isJump(to: time, limit: info.ticks(nanoseconds: Self.jump * 1_000_000)) {
                log.add(.timeJump, at: offset, "Cluster timestamp \(time) after \(pace.lastTime)")
                breakAhead = true
            }
            pace.clusterTime = time
        case EBMLID.position, EBMLID.prevSize, EBMLID.silentTracks, EBMLID.encryptedBlock, EBMLID.void, EBMLID.crc32:
            guard content.upperBound <= reader.byteCount else { return .stop(.overrun) }
        default:
            guard try leadsToKnown(content.upperBound) else { return .stop(.garbage) }
        }
        offset = content.upperBound
        return nil
    }

    /// A time that is a sum of these never overflows, in nanoseconds either (292 years fit).
    func timestamp(_ view: UnsafeRawBufferPointer, _ header: EBMLHeader) -> Int64? {
        guard header.size <= 8, view.count >= header.length + Int(header.size),
            let value = EBMLValue.unsigned(UnsafeRawBufferPointer(rebasing: view[header.length..<(header.length + Int(header.size))])),
            value <= UInt64(Int64.max / 4 / info.timestampScale)
        else { return nil }
        return Int64(value)
    }

    /// A Block with what describes it (RFC 9559 §5.1.3.5). Nil where it breaks off or holds none.
    private func group(_ content: Range<UInt64>, _ clusterTime: Int64) throws(SourceFailure) -> MatroskaBlock? {
        var block: MatroskaBlock?
        var duration: Int64?
        var isKeyframe = true
        var position = content.lowerBound
        while position < content.upperBound {
            let view = try reader.upTo(Self.look, at: position)
            guard let header = EBMLHeader.parse(view), let end = Self.end(position + UInt64(header.length), header.size),
                end <= content.upperBound
            else { return nil }
            let inside = UnsafeRawBufferPointer(rebasing: view[header.length...])
            switch header.id {
            case EBMLID.block:
                block = MatroskaBlock(
                    inside, at: position + UInt64(header.length), end: end, clusterTime: clusterTime, tracks: tracks)
            case EBMLID.blockDuration:
                let limit = UInt64(info.ticks(nanoseconds: Int64(MatroskaTrack.longestFrame)))
                if header.size <= 8, inside.count >= Int(header.size),
                    let value = EBMLValue.unsigned(UnsafeRawBufferPointer(rebasing: inside[..<Int(header.size)])), value <= limit
                {
                    duration = Int64(value)
                }
            case EBMLID.referenceBlock: isKeyframe = false
            default: break
            }
            position = end
        }
        block?.duration = duration
        block?.isKeyframe = isKeyframe
        return block
    }

    private func segmentChild(_ header: EBMLHeader, _ start: UInt64) throws(SourceFailure) -> Stop? {
        if header.id == EBMLID.cluster {
            // A size of 0 is a placeholder of a recorder that died.
            guard let end = header.hasUnknownSize || header.size == 0 ? .max : Self.end(start, header.size) else { return .garbage }
            clusterEnd = end
            clusterTime = nil
            if pace.firstCluster == nil { pace.firstCluster = offset }
            pace.lastCluster = offset
            offset = start
            return nil
        }
        // Only Segment and Cluster may have an unknown size (RFC 9559 §5.1).
        guard let end = Self.end(start, header.size) else { return .garbage }
        guard EBMLID.isSegmentChild(header.id) || header.id == EBMLID.void || header.id == EBMLID.crc32 else {
            guard try leadsToKnown(end) else { return .garbage }
            offset = end
            return nil
        }
        guard end <= reader.byteCount else { return .overrun }
        switch header.id {
        case EBMLID.cues: hasCues = true
        case EBMLID.info where held == nil:
            guard header.size <= Self.largestHead else { return skipOversized(end) }
            if let content = try reader.exactly(Int(header.size), at: start) { info = MatroskaInfo(content) }
            if !info.scaleIsSane { log.add(.ruleBroken, at: start, "RFC 9559 §5.1.2.9: TimestampScale") }
        case EBMLID.tracks where tracks.isEmpty:
            guard header.size <= Self.largestHead else { return skipOversized(end) }
            if let content = try reader.exactly(Int(header.size), at: start) { setTracks(MatroskaTrack.parse(content)) }
        default: break
        }
        offset = end
        return nil
    }

    private func skipOversized(_ end: UInt64) -> Stop? {
        log.add(.capReached, at: offset, "Info or Tracks above \(Self.largestHead) bytes")
        offset = end
        return nil
    }

    /// Elements that are not known may be skipped (RFC 8794 §11), but rubbish looks the same: what follows tells.
    private func leadsToKnown(_ end: UInt64) throws(SourceFailure) -> Bool {
        guard end <= reader.byteCount else { return false }
        if end == reader.byteCount || end == clusterEnd || end == segmentEnd { return true }
        guard let next = try header(at: end) else { return false }
        return EBMLID.isSegmentChild(next.id) || EBMLID.isClusterChild(next.id) || next.id == EBMLID.void
    }

    private func header(at offset: UInt64) throws(SourceFailure) -> EBMLHeader? {
        EBMLHeader.parse(try reader.upTo(EBMLHeader.largest, at: offset))
    }

    private static func end(_ start: UInt64, _ size: UInt64) -> UInt64? {
        guard size != EBMLHeader.unknownSize else { return nil }
        return start + size  // sizes are below 2^56 and offsets of real bytes below 2^63
    }

    /// Where the open Cluster should end; nil where its size does not say.
    var brokenClusterEnd: UInt64? {
        clusterEnd == .max ? nil : clusterEnd
    }

    /// Goes on behind damage.
    func resume(at position: UInt64, clusterEnd: UInt64?, clusterTime: Int64?) {
        offset = position
        self.clusterEnd = clusterEnd
        self.clusterTime = clusterTime
        pace.clusterTime = nil
        breakAhead = true
    }
}
