/// Where a file says of itself that something stands: the places of its SeekHead, its Cues and the end of its Segment.
///
/// What leads there, element by element, is of this recording. Nothing weaker tells it from an older one on the same disk blocks:
/// that one's Clusters are as sound, and their times may well go on where ours break off, but they lead to its own end.
struct MatroskaPromises {
    /// 20 bytes for a key frame: a day of one each second is 1.7 MB.
    private static let largestCues: UInt64 = 8 << 20
    private static let mostCues = 1 << 18
    /// Elements before the first Cluster; writers have five or six.
    private static let mostHeads = 64
    /// Elements that are followed, and remembered: a month of Clusters of 10 s.
    private static let mostFollowed = 1 << 18

    /// Small views, far apart.
    let reader: SourceReader
    private let segmentEnd: UInt64?
    /// Identifiers of the elements of SeekHead (RFC 9559 §5.1.1), by where they should begin.
    private var elements: [UInt64: UInt32] = [:]
    /// The times of the first cue of each Cluster, in ticks, by where it begins.
    private var clusters: [UInt64: Int64] = [:]
    /// Where elements begin that lead to such a place, or do not.
    private var home: Set<UInt64> = []
    private var astray: Set<UInt64> = []

    /// `firstCluster`: of the walk so far; Cues that do not know it are of another file.
    init(_ reader: SourceReader, segmentStart: UInt64, segmentEnd: UInt64?, firstCluster: UInt64?) throws(SourceFailure) {
        self.reader = reader
        self.segmentEnd = segmentEnd
        var place = segmentStart
        for _ in 0..<Self.mostHeads {
            guard let header = try header(at: place), !header.hasUnknownSize, header.id != EBMLID.cluster else { break }
            if header.id == EBMLID.seekHead, let content = try content(header, at: place, most: MatroskaWalker.largestHead) {
                readSeekHead(content, segmentStart)
            }
            place += UInt64(header.length) + header.size
        }
        for (place, id) in elements where id == EBMLID.cues {
            if let header = try header(at: place), header.id == EBMLID.cues,
                let content = try content(header, at: place, most: Self.largestCues)
            {
                readCues(content, segmentStart)
            }
        }
        if let firstCluster, clusters[firstCluster] == nil { clusters = [:] }
    }

    /// Nothing is promised by a recorder that never closed the file, or that writes to a stream.
    var isEmpty: Bool { elements.isEmpty && segmentEnd == nil }

    private func header(at place: UInt64) throws(SourceFailure) -> EBMLHeader? {
        EBMLHeader.parse(try reader.upTo(EBMLHeader.largest, at: place))
    }

    private func content(_ header: EBMLHeader, at place: UInt64, most: UInt64) throws(SourceFailure) -> UnsafeRawBufferPointer? {
        header.size <= most ? try reader.exactly(Int(header.size), at: place + UInt64(header.length)) : nil
    }

    private mutating func readSeekHead(_ content: UnsafeRawBufferPointer, _ segmentStart: UInt64) {
        var entries = EBMLChildren(content)
        while let entry = entries.next(), elements.count < Self.mostHeads {
            guard entry.id == EBMLID.seek else { continue }
            var id: UInt64?, position: UInt64?
            var children = EBMLChildren(entry.content)
            while let child = children.next() {
                if child.id == EBMLID.seekID { id = EBMLValue.unsigned(child.content) }
                if child.id == EBMLID.seekPosition { position = EBMLValue.unsigned(child.content) }
            }
            if let id, let position { elements[segmentStart &+ position] = UInt32(truncatingIfNeeded: id) }
        }
    }

    private mutating func readCues(_ content: UnsafeRawBufferPointer, _ segmentStart: UInt64) {
        var points = EBMLChildren(content)
        while let point = points.next(), clusters.count < Self.mostCues {
            guard point.id == EBMLID.cuePoint else { continue }
            var time: UInt64?, position: UInt64?
            var children = EBMLChildren(point.content)
            while let child = children.next() {
                if child.id == EBMLID.cueTime { time = EBMLValue.unsigned(child.content) }
                guard child.id == EBMLID.cueTrackPositions, position == nil else { continue }
                var fields = EBMLChildren(child.content)
                while let field = fields.next() {
                    if field.id == EBMLID.cueClusterPosition { position = EBMLValue.unsigned(field.content) }
                }
            }
            guard let time, let position, time <= UInt64(Int64.max / 4) else { continue }
            let place = segmentStart &+ position
            clusters[place] = min(clusters[place] ?? .max, Int64(time))
        }
    }

    /// The time of the last Cluster that the Cues know between two places.
    func time(ofLastClusterIn range: Range<UInt64>) -> Int64? {
        clusters.filter { range.contains($0.key) }.max { $0.key < $1.key }?.value
    }

    /// Whether what stands at `start` is, or leads to, something that was promised.
    mutating func leadHome(from start: UInt64) throws(SourceFailure) -> Bool {
        guard !isEmpty else { return false }
        var place = start
        var passed: Set<UInt64> = []
        var isHome = false
        while passed.count < Self.mostFollowed, !astray.contains(place) {
            if home.contains(place) || place == segmentEnd {
                isHome = true
                break
            }
            guard let header = try header(at: place) else { break }
            if elements[place] == header.id || header.id == EBMLID.cluster && clusters[place] != nil {
                isHome = true
                break
            }
            guard EBMLID.isSegmentChild(header.id) || header.id == EBMLID.void || header.id == EBMLID.crc32 else { break }
            passed.insert(place)
            let content = place + UInt64(header.length)
            if header.id == EBMLID.cluster, header.hasUnknownSize || header.size == 0 {
                place = try endOfChildren(from: content)
            } else {
                guard !header.hasUnknownSize else { break }
                place = content + header.size
            }
        }
        if isHome {
            if home.count < Self.mostFollowed { home.formUnion(passed) }
        } else if astray.count < Self.mostFollowed {
            astray.formUnion(passed)
        }
        return isHome
    }

    /// Where a Cluster of unknown size ends: at what it cannot hold (RFC 8794 §6.2).
    private func endOfChildren(from start: UInt64) throws(SourceFailure) -> UInt64 {
        var place = start
        while let header = try header(at: place), !header.hasUnknownSize,
            EBMLID.isClusterChild(header.id) || header.id == EBMLID.void || header.id == EBMLID.crc32
        {
            place += UInt64(header.length) + header.size
        }
        return place
    }
}
