/// Follows the children of the Segment from one to the next (RFC 9559 §5.1).
struct MatroskaExtent {
    private let reader: SourceReader
    private var position: UInt64
    /// Nil where the Segment has no size, or lied.
    private var segmentEnd: UInt64?
    private var cluster: (start: UInt64, content: UInt64, end: UInt64)?
    private var time: UInt64 = 0

    private static let largestElementCount = 1 << 24
    /// The time and what may stand before it.
    private static let look = 64

    static func measure(_ reader: SourceReader) throws(SourceFailure) -> MediaExtent? {
        reader.window = 4096
        guard StrictHeader.isMatroska(try reader.upTo(StrictHeader.look, at: 0)), let document = try header(reader, 0) else { return nil }
        var start = UInt64(document.length) + document.size
        // A Void may stand between both.
        if let next = try header(reader, start), next.id == EBMLID.void { start += UInt64(next.length) &+ next.size }
        guard start < reader.byteCount, let segment = try header(reader, start), segment.id == EBMLID.segment else { return nil }
        let content = start + UInt64(segment.length)
        var extent = MatroskaExtent(
            reader: reader, position: content,
            segmentEnd: segment.hasUnknownSize || segment.size == 0 ? nil : content + segment.size)
        return try extent.walk()
    }

    private init(reader: SourceReader, position: UInt64, segmentEnd: UInt64?) {
        self.reader = reader
        self.position = position
        self.segmentEnd = segmentEnd
    }

    private static func header(_ reader: SourceReader, _ offset: UInt64) throws(SourceFailure) -> EBMLHeader? {
        EBMLHeader.parse(try reader.upTo(EBMLHeader.largest, at: offset))
    }

    private mutating func walk() throws(SourceFailure) -> MediaExtent? {
        for _ in 0..<Self.largestElementCount {
            if let segmentEnd, position >= segmentEnd {
                // A size that was never corrected: what stands behind it decides.
                guard position == segmentEnd, let next = try Self.header(reader, position), EBMLID.isSegmentChild(next.id) else {
                    return MediaExtent(position, .stated)
                }
                self.segmentEnd = nil
            }
            guard let element = try Self.header(reader, position),
                EBMLID.isSegmentChild(element.id) || element.id == EBMLID.void || element.id == EBMLID.crc32
            else { break }
            let content = position + UInt64(element.length)
            if element.id == EBMLID.cluster {
                if element.hasUnknownSize || element.size == 0 {
                    cluster = (position, content, .max)
                    position = try blocks(from: content, limit: segmentEnd ?? .max).end
                    continue
                }
                cluster = (position, content, content + element.size)
                time = try Self.time(reader, clusterContent: content) ?? time
            } else if element.hasUnknownSize {
                break
            }
            let (end, overflow) = content.addingReportingOverflow(element.size)
            guard !overflow, end <= segmentEnd ?? .max else { break }
            position = end
            if position > reader.byteCount { break }
        }
        return try conclude()
    }

    /// Nothing of a Segment begins at `position`.
    private func conclude() throws(SourceFailure) -> MediaExtent? {
        guard let cluster else { return position <= reader.byteCount ? MediaExtent(min(position, reader.byteCount), .lost) : nil }
        if segmentEnd == nil, position <= reader.byteCount, try OpenEnd.isPadded(reader, from: position) {
            return MediaExtent(position, .seen)
        }
        let last = try blocks(from: cluster.content, limit: min(cluster.end, position)).last
        let limit = cluster.end == .max ? segmentEnd ?? reader.byteCount : max(position, cluster.end)
        let end = try OpenEnd.find(reader, from: last, limit: limit)
        return MediaExtent(end, .lost, joint: cluster.end == .max ? nil : .cluster(at: position, time: time))
    }

    /// Where the children of a Cluster stop making sense, and where the last one begins, which nothing behind it has proven.
    private func blocks(from start: UInt64, limit: UInt64) throws(SourceFailure) -> (last: UInt64, end: UInt64) {
        var last = start
        var offset = start
        while offset < limit, let child = try Self.header(reader, offset),
            EBMLID.isClusterChild(child.id) || child.id == EBMLID.void || child.id == EBMLID.crc32
        {
            last = offset
            let (end, overflow) = (offset + UInt64(child.length)).addingReportingOverflow(child.size)
            guard !overflow, end <= limit, end <= reader.byteCount else { break }
            offset = end
        }
        return (last, offset)
    }

    /// Of a Cluster whose children begin at `content`: a CRC-32 may stand before its time (RFC 8794 §11.3.1).
    static func time(_ reader: SourceReader, clusterContent content: UInt64) throws(SourceFailure) -> UInt64? {
        let view = try reader.upTo(look, at: content)
        var children = EBMLChildren(view)
        while let child = children.next(), [EBMLID.timestamp, EBMLID.crc32, EBMLID.void].contains(child.id) {
            if child.id == EBMLID.timestamp { return EBMLValue.unsigned(child.content) }
        }
        return nil
    }
}
