/// Where a walk goes on behind damage, and of which Cluster.
///
/// What is found there is this recording's only if something in it continues what came before. Each of these does:
///
/// - it stands where our Cluster ends by its own size, or leads there block by block;
/// - it leads to a place that the file's head promises (`MatroskaPromises`), or block by block to a Cluster that does;
/// - its PrevSize leads back to our last Cluster;
/// - nothing but a hole without any content is between (`BlankHole`), and its time goes on.
///
/// What does none of these stays where it is: footage of an older recording is as sound as ours.
extension MatroskaWalker {
    enum Continuation {
        /// Of the Segment.
        case element(UInt64)
        /// Of the Cluster that is open.
        case block(UInt64)
        /// Of a Cluster whose head is lost: `time` was concluded, `end` is where it leads.
        case orphan(UInt64, end: UInt64, time: Int64)

        var position: UInt64 {
            switch self {
            case .element(let position), .block(let position), .orphan(let position, _, _): position
            }
        }
    }

    /// Behind what was lost from `lost` on; nil, and where the zeroes begin that end the file, where nothing of this recording follows.
    func continuation(lost: UInt64) throws(SourceFailure) -> (found: Continuation?, zeroesFrom: UInt64) {
        let promises = try promises()
        reader.window = Self.window
        let hole = try BlankHole(reader, from: lost, torn: max(Self.fewestTorn, pace.largestBlock))
        if let end = try elementBehindCluster() {
            return (try blocks(from: lost + 1, anchor: end, lost: lost, hole) ?? .element(end), lost)
        }
        var (anchor, zeroesFrom) = try searchCluster(from: lost + 1, lost: lost, hole)
        if let element = try promises.element(from: lost + 1) { anchor = min(anchor ?? element, element) }
        if let found = try blocks(from: lost + 1, anchor: anchor, lost: lost, hole) { return (found, zeroesFrom) }
        return (anchor.map { .element($0) }, zeroesFrom)
    }

    /// Blocks before any was seen: a page.
    private static let fewestTorn: UInt64 = 4096

    /// Goes on there.
    func resume(_ continuation: Continuation) {
        switch continuation {
        case .element(let position): resume(at: position, clusterEnd: nil, clusterTime: nil)
        case .block(let position): resume(at: position, clusterEnd: clusterEnd, clusterTime: clusterTime)
        case .orphan(let position, let end, let time): resume(at: position, clusterEnd: end, clusterTime: time)
        }
    }

    // MARK: Promises

    func promises() throws(SourceFailure) -> MatroskaPromises {
        if let knownPromises { return knownPromises }
        let far = SourceReader(reader.source, window: 4096)
        let promises = try MatroskaPromises(far, segmentStart: segmentStart, segmentEnd: segmentEnd, firstCluster: pace.firstCluster)
        knownPromises = promises
        return promises
    }

    /// What stands at `position` leads to, of what the file's head promises.
    func lead(from position: UInt64) throws(SourceFailure) -> MatroskaPromises.Lead {
        _ = try promises()
        return try knownPromises?.lead(from: position) ?? .nowhere
    }

    // MARK: Elements

    /// Where the broken Cluster ends by its own size, if an element stands there: then only its inside is damaged.
    private func elementBehindCluster() throws(SourceFailure) -> UInt64? {
        guard let end = brokenClusterEnd, end > offset, end < reader.byteCount,
            let header = EBMLHeader.parse(try reader.upTo(EBMLHeader.largest, at: end)), EBMLID.isSegmentChild(header.id)
        else { return nil }
        if header.id == EBMLID.cluster { return try clusterHead(at: end) == nil ? nil : end }
        return header.size <= reader.byteCount - end ? end : nil
    }

    /// The next Cluster of this recording from `start` on, or where the zeroes begin that end the file.
    private func searchCluster(
        from start: UInt64, lost: UInt64, _ hole: BlankHole
    ) throws(SourceFailure) -> (cluster: UInt64?, zeroesFrom: UInt64) {
        var position = start
        var zeroesFrom = lost
        var isFirst = true
        if let known = nextCluster, start >= known.from {
            guard let first = known.at else { return (nil, max(known.zeroesFrom, lost)) }
            if start <= first { position = first }
        }
        while true {
            reader.window = Self.window
            let bytes = try reader.upTo(Self.window, at: position)
            guard searchBudget >= UInt64(bytes.count) else {
                log.add(.capReached, at: lost, "too many holes to look for a Cluster behind each")
                return (nil, reader.byteCount)
            }
            searchBudget -= UInt64(bytes.count)
            if let last = bytes.lastIndex(where: { $0 != 0 }) { zeroesFrom = position + UInt64(last) + 1 }
            guard bytes.count >= 4 else {
                if isFirst { nextCluster = (start, nil, zeroesFrom) }
                return (nil, max(zeroesFrom, lost))
            }
            guard let found = Self.firstClusterID(bytes) else {
                position += UInt64(bytes.count - 3)
                continue
            }
            let candidate = position + UInt64(found)
            position = candidate + 4
            guard let head = try clusterHead(at: candidate) else { continue }
            if isFirst { nextCluster = (start, candidate, 0) }
            if try isOwn(candidate, head, lost: lost, isFirst: isFirst, hole) { return (candidate, zeroesFrom) }
            isFirst = false
        }
    }

    private func isOwn(
        _ candidate: UInt64, _ head: ClusterHead, lost: UInt64, isFirst: Bool, _ hole: BlankHole
    ) throws(SourceFailure) -> Bool {
        // No Cluster holds another one.
        if let end = brokenClusterEnd, candidate < end { return false }
        switch try lead(from: candidate) {
        case .home: return true
        case .elsewhere: return false
        case .nowhere: break
        }
        // The first Clusters of two recordings begin at one place.
        if let prevSize = head.prevSize, let last = pace.lastCluster, last != pace.firstCluster,
            candidate - min(prevSize, candidate) == last
        {
            return true
        }
        // Where nothing came before, and nothing is promised, there is nothing to continue.
        if pace.firstTime == nil, try promises().isEmpty { return isFirst }
        let second = info.ticks(nanoseconds: 1_000_000_000)
        guard isFirst, hole.reach != nil, pace.canGoOn(at: head.time, position: candidate, lost: lost, second: second) else { return false }
        switch try blocks(from: lost + 1, anchor: candidate, lost: lost, hole) {
        case .orphan(let position, _, _): return hole.leads(to: position)
        // Inside a Cluster that ends elsewhere.
        case .block(let position): return brokenClusterEnd == nil && hole.leads(to: position)
        case .element, nil: return hole.leads(to: candidate)
        }
    }

    /// Where 1F 43 B6 75 begins. Steps by what the fourth byte allows (Horspool): damage may be gigabytes long.
    private static func firstClusterID(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index + 4 <= bytes.count {
            switch bytes[index + 3] {
            case 0x75:
                if bytes[index] == 0x1F, bytes[index + 1] == 0x43, bytes[index + 2] == 0xB6 { return index }
                index += 4
            case 0xB6: index += 1
            case 0x43: index += 2
            case 0x1F: index += 3
            default: index += 4
            }
        }
        return nil
    }

    /// What stands before the blocks of a Cluster.
    private struct ClusterHead {
        var time: Int64
        var prevSize: UInt64?
        /// Where the first child begins that is no part of the head.
        var end: UInt64
    }

    /// Nil where what looks like a Cluster does not begin as they do.
    private func clusterHead(at position: UInt64) throws(SourceFailure) -> ClusterHead? {
        let view = try reader.upTo(64, at: position)
        guard let cluster = EBMLHeader.parse(view), cluster.hasUnknownSize || cluster.size >= 3 else { return nil }
        var rest = UnsafeRawBufferPointer(rebasing: view[cluster.length...])
        var time: Int64?
        var prevSize: UInt64?
        while let child = EBMLHeader.parse(rest), child.size <= UInt64(rest.count - child.length) {
            let end = child.length + Int(child.size)
            switch child.id {
            case EBMLID.timestamp:
                time = timestamp(rest, child)
                if time == nil { return nil }
            case EBMLID.prevSize: prevSize = EBMLValue.unsigned(UnsafeRawBufferPointer(rebasing: rest[child.length..<end]))
            case EBMLID.crc32, EBMLID.void, EBMLID.position: break
            default: return time.map { ClusterHead(time: $0, prevSize: prevSize, end: position + UInt64(view.count - rest.count)) }
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
        return time.map { ClusterHead(time: $0, prevSize: prevSize, end: position + UInt64(view.count - rest.count)) }
    }

    // MARK: Blocks

    /// The first blocks of this recording before `anchor`, where an element of it stands; without one, those of the open Cluster.
    private func blocks(
        from start: UInt64, anchor: UInt64?, lost: UInt64, _ hole: BlankHole
    ) throws(SourceFailure) -> Continuation? {
        var search = BlockSearch(reader, try promises().reader, tracks, reordered: Self.reordered * (usualStep ?? second / 5))
        let ownEnd = brokenClusterEnd.flatMap { $0 <= reader.byteCount ? $0 : nil }
        let limit = anchor ?? ownEnd ?? reader.byteCount
        // Without a place to lead to, only what an empty hole tore may be believed.
        guard anchor != nil || ownEnd != nil || hole.reach != nil else { return nil }
        var position = start
        while let place = try search.next(from: position, before: limit) {
            position = place + 1
            let isInside = clusterTime != nil && clusterEnd.map { place < $0 } ?? false
            let end = isInside ? min(ownEnd ?? limit, limit) : limit
            guard let run = try search.run(from: place, limit: end), try isSound(run.first, run.first.track ?? 0) else { continue }
            if isInside, ownEnd != nil || anchor == nil {
                if run.end == ownEnd || !run.leadsElsewhere && continues(run, at: place, lost: lost, hole) { return .block(place) }
            } else if run.end == anchor {
                if let time = try concludedTime(run, at: place, before: run.end, lost: lost, &search) {
                    // A Cluster of unknown size may still be the one that is open.
                    if isInside, let clusterTime, abs(time - clusterTime) <= 2 * (usualStep ?? run.step ?? 0) { return .block(place) }
                    return .orphan(place, end: run.end, time: time)
                }
                return nil
            }
        }
        return nil
    }

    /// Frames that may stand before one that is shown earlier: a pyramid of B-frames.
    private static let reordered: Int64 = 4

    private var second: Int64 { info.ticks(nanoseconds: 1_000_000_000) }

    /// Blocks of the open Cluster behind an empty hole, that lead nowhere: more damage follows.
    private func continues(_ run: BlockRun, at place: UInt64, lost: UInt64, _ hole: BlankHole) -> Bool {
        guard let clusterTime, hole.leads(to: place) else { return false }
        let time = clusterTime &+ run.firstTime
        // Where the Cluster has no size, these may be of the next one, whose times begin again.
        if brokenClusterEnd == nil, time < pace.lastTime - Self.reordered * (usualStep ?? run.step ?? second / 25) { return false }
        return pace.canGoOn(at: time, position: place, lost: lost, second: second)
    }

    /// The timestamp of a Cluster whose head is lost, by what its last blocks stand before; nil where nothing tells.
    private func concludedTime(
        _ run: BlockRun, at place: UInt64, before end: UInt64, lost: UInt64, _ search: inout BlockSearch
    ) throws(SourceFailure) -> Int64? {
        let step = usualStep ?? run.step ?? 0
        let time: Int64
        if let head = try clusterHead(at: end) {
            guard step > 0, let next = try search.run(from: head.end, limit: min(reader.byteCount, head.end + Self.headLook)) else {
                return nil
            }
            time = head.time &+ next.firstTime - step - run.times.upperBound
        } else if let cue = try promises().time(ofLastClusterIn: lost..<place) {
            time = cue
        } else if let duration = info.duration, duration.isFinite, duration > 0, duration < 1e15 {
            time = Int64(duration) - step - run.times.upperBound
        } else {
            return nil
        }
        // As a Cluster's own timestamp may be.
        guard time >= 0, time <= Int64.max / 4 / info.timestampScale else { return nil }
        return pace.firstTime == nil || time &+ run.firstTime >= pace.lastTime - second ? time : nil
    }

    /// What is looked at for the first frame of a Cluster: more than audio that stands before it.
    private static let headLook: UInt64 = 8 << 20

    /// Ticks from frame to frame as the track says.
    private var usualStep: Int64? {
        let track = tracks.first { $0.track?.isVideo == true } ?? tracks.first
        return track.flatMap { $0.defaultDuration > 0 ? info.ticks(nanoseconds: $0.defaultDuration) : nil }
    }
}
