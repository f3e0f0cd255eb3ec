/// Blocks that lie one behind the other, without the Cluster's head in front of them.
struct BlockRun {
    /// Where the last block ends, or what stands behind it.
    var end: UInt64
    var count = 0
    /// What stands behind the last one is sound, and cannot be where it is: a block that is too long, or the head of a Cluster.
    var leadsElsewhere = false
    var first: MatroskaBlock
    /// Relative to the Cluster, in ticks: those of the picture, where there is any.
    private(set) var firstTime: Int64
    private(set) var times: ClosedRange<Int64>
    private(set) var timed = 0
    private(set) var lastTime: Int64
    private var isVideo: Bool

    init(_ block: MatroskaBlock, isVideo: Bool) {
        end = block.payload.upperBound
        first = block
        firstTime = block.time
        lastTime = block.time
        times = block.time...block.time
        self.isVideo = isVideo
    }

    /// Whether the times of the picture go on with it, or go back by no more than `reordered` ticks.
    func goesOn(with block: MatroskaBlock, isVideo: Bool, reordered: Int64) -> Bool {
        !isVideo || !self.isVideo || block.time >= lastTime - reordered
    }

    mutating func add(_ block: MatroskaBlock, isVideo: Bool, end: UInt64) {
        self.end = end
        count += 1
        if isVideo, !self.isVideo {
            self.isVideo = true
            firstTime = block.time
            times = block.time...block.time
            timed = 0
        }
        guard isVideo == self.isVideo else { return }
        lastTime = block.time
        times = min(times.lowerBound, block.time)...max(times.upperBound, block.time)
        timed += 1
    }

    /// Ticks from frame to frame as the blocks have it; nil for one alone.
    var step: Int64? { timed > 1 ? (times.upperBound - times.lowerBound) / Int64(timed - 1) : nil }
}

/// Looks for blocks by what each has to have: an identifier, a size, the number of a known track, flags without reserved bits.
struct BlockSearch {
    /// Two windows: one over the damage, a small one where candidates lead.
    private let reader: SourceReader
    private let probe: SourceReader
    private let tracks: [MatroskaTrack]
    /// Ticks that a frame may be shown before the one in front of it.
    private let reordered: Int64
    /// Blocks that were followed and led nowhere; no run need be followed twice.
    private var followed: Set<UInt64> = []
    /// A minute of anything has fewer.
    private static let mostFollowed = 1 << 18

    init(_ reader: SourceReader, _ probe: SourceReader, _ tracks: [MatroskaTrack], reordered: Int64) {
        self.reordered = reordered
        self.reader = reader
        self.probe = probe
        self.tracks = tracks
    }

    /// The first place from `start` on at which a block seems to begin.
    func next(from start: UInt64, before end: UInt64) throws(SourceFailure) -> UInt64? {
        var position = start
        while position < end {
            let view = try reader.upTo(MatroskaWalker.window, at: position)
            // One that begins behind the last but a few bytes of the file cannot be whole.
            guard view.count >= MatroskaWalker.look else { return nil }
            let last = min(view.count - MatroskaWalker.look, Int(clamping: end - position - 1))
            var index = 0
            while index <= last {
                if view.loadUnaligned(fromByteOffset: index, as: UInt64.self) == 0 {
                    index += 8
                    continue
                }
                let byte = UInt32(view[index])
                if byte == EBMLID.simpleBlock || byte == EBMLID.blockGroup, !followed.contains(position + UInt64(index)),
                    block(UnsafeRawBufferPointer(rebasing: view[index..<(index + MatroskaWalker.look)]), at: position + UInt64(index))
                        != nil
                {
                    return position + UInt64(index)
                }
                index += 1
            }
            position += UInt64(last + 1)
        }
        return nil
    }

    /// The blocks from `start` on, no further than `limit`; nil where not even one is whole.
    mutating func run(from start: UInt64, limit: UInt64) throws(SourceFailure) -> BlockRun? {
        var run: BlockRun?
        var place = start
        while place < limit, followed.count < Self.mostFollowed {
            let view = try probe.upTo(MatroskaWalker.look, at: place)
            if let (block, end) = block(view, at: place) {
                guard end <= limit else {
                    run?.leadsElsewhere = true
                    break
                }
                let isVideo = block.track.map { tracks[$0].track?.isVideo == true } ?? false
                if let run, !run.goesOn(with: block, isVideo: isVideo, reordered: reordered) { break }
                followed.insert(place)
                if run == nil { run = BlockRun(block, isVideo: isVideo) }
                run?.add(block, isVideo: isVideo, end: end)
                place = end
            } else if run != nil, let header = EBMLHeader.parse(view), header.id == EBMLID.void, !header.hasUnknownSize,
                header.size <= limit - place
            {
                place += UInt64(header.length) + header.size
                run?.end = place
            } else {
                run?.leadsElsewhere = EBMLHeader.parse(view).map { EBMLID.isSegmentChild($0.id) } ?? false
                break
            }
        }
        return run
    }

    /// The block whose element begins at `place`, its time relative to its Cluster, and where the element ends.
    private func block(_ view: UnsafeRawBufferPointer, at place: UInt64) -> (MatroskaBlock, end: UInt64)? {
        guard let header = EBMLHeader.parse(view), !header.hasUnknownSize else { return nil }
        var content = header.length
        let end = place + UInt64(header.length) + header.size
        var blockEnd = end
        if header.id == EBMLID.blockGroup {
            guard content < view.count, let inner = EBMLHeader.parse(UnsafeRawBufferPointer(rebasing: view[content...])),
                inner.id == EBMLID.block, !inner.hasUnknownSize
            else { return nil }
            content += inner.length
            blockEnd = place + UInt64(content) + inner.size
        } else if header.id != EBMLID.simpleBlock {
            return nil
        }
        guard content < view.count, blockEnd <= end else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: view[content...])
        guard let block = MatroskaBlock(bytes, at: place + UInt64(content), end: blockEnd, clusterTime: 0, tracks: tracks),
            block.track != nil, let number = EBMLHeader.variableLength(bytes), number.length + 2 < bytes.count,
            bytes[number.length + 2] & 0x70 == 0, !block.payload.isEmpty  // reserved (RFC 9559 §10.2)
        else { return nil }
        return (block, end)
    }
}
