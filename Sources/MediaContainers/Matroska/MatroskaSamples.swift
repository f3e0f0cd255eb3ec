/// The frames of a Matroska file as samples.
///
/// Matroska stores presentation times only. Decode times are made up: the n-th frame of a run is given the n-th smallest
/// presentation time, earlier by as much as it takes for no frame to be decoded after it is shown. That is a frame's own
/// presentation time wherever nothing is reordered, grows steadily where it is, and may begin below 0.
/// A run ends where frames are lost or the clock jumps.
final class MatroskaSamples: SampleReader {
    /// H.264 and H.265 reorder within at most 16 frames (ISO/IEC 14496-10 §A.3.1; 23008-2 §A.4.2).
    private static let lookahead = 17
    /// Samples of every track that may wait for those, audio between them included.
    private static let mostWaiting = 512

    let tracks: [Track]
    var findings: [MediaFinding] { walker.log.findings }

    private let walker: MatroskaWalker
    /// From the walker's track to ours.
    private let indexes: [Int?]
    private var clocks: [DecodeClock]
    private var waiting: [Waiting] = []
    private var firstWaiting = 0
    /// The block that begins the next run.
    private var ahead: MatroskaBlock?
    private var isAtEnd = false

    private struct Waiting {
        var sample: Sample
        /// Was taken off the front of the frame.
        var hasStrippedHeader: Bool
    }

    init(_ walker: MatroskaWalker) {
        self.walker = walker
        var tracks: [Track] = []
        indexes = walker.tracks.map { entry in
            guard var track = entry.track else { return nil }
            track.timescale = walker.info.timescale
            tracks.append(track)
            return tracks.count - 1
        }
        self.tracks = tracks
        clocks = tracks.map { DecodeClock(reorders: $0.isVideo) }
    }

    func next() throws(SourceFailure) -> Sample? {
        try fill()
        guard firstWaiting < waiting.count else { return nil }
        let entry = waiting[firstWaiting]
        firstWaiting += 1
        if firstWaiting >= 64 {
            waiting.removeFirst(firstWaiting)
            firstWaiting = 0
        }
        var sample = entry.sample
        sample.decodeTime = clocks[sample.track].decodeTime(of: sample.presentationTime)
        if entry.hasStrippedHeader { sample.payload = try restored(sample) }
        return sample
    }

    /// Reads ahead until the window of every reordering track is full, or the run ends.
    private func fill() throws(SourceFailure) {
        while !isAtEnd, waiting.count - firstWaiting < Self.mostWaiting, ahead == nil || firstWaiting == waiting.count {
            if !clocks.contains(where: { $0.reorders && $0.waiting < Self.lookahead }), firstWaiting < waiting.count { return }
            if let block = ahead {
                ahead = nil
                for index in clocks.indices { clocks[index].beginRun() }
                try append(block)
            } else if let block = try walker.next() {
                if block.followsBreak { ahead = block } else { try append(block) }
            } else {
                isAtEnd = true
            }
        }
    }

    private func append(_ block: MatroskaBlock) throws(SourceFailure) {
        guard let number = block.track, let index = indexes[number] else { return }
        let entry = walker.tracks[number]
        var frames = [block.payload]
        if block.lacing != .none {
            guard let content = try walker.reader.exactly(Int(clamping: block.payload.count), at: block.payload.lowerBound) else { return }
            frames = block.frames(content)
            if frames.isEmpty { walker.log.add(.ruleBroken, at: block.start, "RFC 9559 §10.3: lacing") }
        }
        let scale = walker.info.ticksPerTick
        var time = (block.time - walker.info.ticks(nanoseconds: entry.codecDelay)) &* scale
        let duration =
            block.duration.map { $0 &* scale / Int64(max(frames.count, 1)) }
            ?? walker.info.ticks(nanoseconds: entry.defaultDuration) &* scale
        for frame in frames {
            let sample = Sample(
                track: index, decodeTime: time, presentationTime: time, duration: duration,
                isKeyframe: block.isKeyframe || !tracks[index].isVideo, sourceRange: frame)
            waiting.append(Waiting(sample: sample, hasStrippedHeader: !entry.strippedHeader.isEmpty))
            clocks[index].add(time)
            time = time &+ duration
        }
    }

    private func restored(_ sample: Sample) throws(SourceFailure) -> [UInt8]? {
        guard let number = indexes.firstIndex(of: sample.track),
            let rest = try walker.reader.exactly(Int(clamping: sample.sourceRange.count), at: sample.sourceRange.lowerBound)
        else { return nil }
        return walker.tracks[number].strippedHeader + rest
    }
}

/// Decode times of one track out of its presentation times.
private struct DecodeClock {
    let reorders: Bool
    /// Presentation times of the samples that wait, in the order of the file.
    private var queue: [Int64] = []
    /// Those that no sample has taken for its decode time yet, ascending.
    private var sorted: [Int64] = []
    private var delay: Int64?
    private var last = Int64.min

    init(reorders: Bool) {
        self.reorders = reorders
    }

    var waiting: Int { queue.count }

    mutating func beginRun() {
        queue.removeAll(keepingCapacity: true)
        sorted.removeAll(keepingCapacity: true)
        delay = nil
        last = .min
    }

    mutating func add(_ time: Int64) {
        guard reorders else { return }
        queue.append(time)
        // Nearly always the last place.
        var place = sorted.count
        while place > 0, sorted[place - 1] > time { place -= 1 }
        sorted.insert(time, at: place)
    }

    /// Of the sample that has waited longest.
    mutating func decodeTime(of time: Int64) -> Int64 {
        guard reorders, !queue.isEmpty, !sorted.isEmpty else { return time }
        let known = delay ?? zip(sorted, queue).map { $0 - $1 }.max() ?? 0
        queue.removeFirst()
        let turn = sorted.removeFirst()
        let needed = max(known, turn - time, 0)
        delay = needed
        last = max(last, turn - needed)
        return last
    }
}
