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
    /// Where the Cluster of each cue begins, ascending, and the time of the first one there, in ticks.
    private var clusters: [(place: UInt64, time: Int64)] = []
    /// Where elements begin that were followed, and what they lead to.
    private var known: [UInt64: Lead] = [:]

    /// What an element leads to.
    enum Lead {
        /// To something that was promised.
        case home
        /// Over such a place, or to something that should stand elsewhere.
        case elsewhere
        /// It breaks off before.
        case nowhere
    }

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
        if let firstCluster, !knows(cluster: firstCluster) { clusters = [] }
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
            if let id, let position, id != EBMLID.cluster { elements[segmentStart &+ position] = UInt32(truncatingIfNeeded: id) }
        }
    }

    private mutating func readCues(_ content: UnsafeRawBufferPointer, _ segmentStart: UInt64) {
        var times: [UInt64: Int64] = [:]
        var points = EBMLChildren(content)
        while let point = points.next(), times.count < Self.mostCues {
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
            times[place] = min(times[place] ?? .max, Int64(time))
        }
        clusters = times.map { ($0.key, $0.value) }.sorted { $0.place < $1.place }
    }

    /// The first of `clusters` at `place` or behind it.
    private func index(from place: UInt64) -> Int {
        var low = 0, high = clusters.count
        while low < high {
            let middle = (low + high) / 2
            if clusters[middle].place < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func knows(cluster place: UInt64) -> Bool {
        let index = index(from: place)
        return index < clusters.count && clusters[index].place == place
    }

    /// The time of the last Cluster that the Cues know between two places.
    func time(ofLastClusterIn range: Range<UInt64>) -> Int64? {
        let index = index(from: range.upperBound)
        return index > 0 && clusters[index - 1].place >= range.lowerBound ? clusters[index - 1].time : nil
    }

    /// The first element of SeekHead from `place` on that stands where it should, whole.
    func element(from place: UInt64) throws(SourceFailure) -> UInt64? {
        for (start, id) in elements.sorted(by: { $0.key < $1.key }) where start >= place && start < reader.byteCount {
            if let header = try header(at: start), header.id == id, header.size <= reader.byteCount - start { return start }
        }
        return nil
    }

    /// What leads from `start` on, element by element.
    mutating func lead(from start: UInt64) throws(SourceFailure) -> Lead {
        guard !isEmpty else { return .nowhere }
        var place = start
        var passed: [UInt64] = []
        var lead = Lead.nowhere
        while passed.count < Self.mostFollowed {
            if place == segmentEnd {
                lead = .home
                break
            }
            if let met = known[place] {
                lead = met
                break
            }
            guard let header = try header(at: place) else { break }
            if elements[place] == header.id || header.id == EBMLID.cluster && knows(cluster: place) {
                lead = .home
                break
            }
            guard EBMLID.isSegmentChild(header.id) || header.id == EBMLID.void || header.id == EBMLID.crc32 else { break }
            if header.id == EBMLID.cues, elements.values.contains(EBMLID.cues) {  // there is but one
                lead = .elsewhere
                break
            }
            passed.append(place)
            var next = place + UInt64(header.length)
            if header.id == EBMLID.cluster, header.hasUnknownSize || header.size == 0 {
                next = try endOfChildren(from: next)
            } else {
                guard !header.hasUnknownSize else { break }
                next += header.size
            }
            if isPromised(between: place, and: next) {
                lead = .elsewhere
                break
            }
            place = next
        }
        if known.count < Self.mostFollowed {
            for place in passed { known[place] = lead }
        }
        return lead
    }

    /// Whether something should stand inside what leads from one place to the other.
    private func isPromised(between place: UInt64, and next: UInt64) -> Bool {
        if let segmentEnd, place < segmentEnd, segmentEnd < next { return true }
        if elements.keys.contains(where: { place < $0 && $0 < next }) { return true }
        let index = index(from: place + 1)
        return index < clusters.count && clusters[index].place < next
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
