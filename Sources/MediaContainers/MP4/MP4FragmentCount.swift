/// Counts the video samples of fragments as they are walked, and then finds the last valid one.
struct FragmentCount {
    /// What was counted before a fragment, and where its last whole video sample lies.
    private struct Checkpoint {
        var fragment: Fragment
        var before: SampleTally
        var beforeEnd: UInt64
        var lastSample: Range<UInt64>
    }

    private let reader: SourceReader
    private let video: Int?
    private let entry: SampleEntry
    private(set) var tally: SampleTally
    private(set) var findings = FindingList()
    /// What the runs promise, whole or not.
    private(set) var promised = 0
    /// The last sample reaches past the end of the file.
    private(set) var isCut = false
    /// The last samples are not what they should be.
    private(set) var lostTail = false
    private(set) var startsWithCodes = false
    /// The first byte after the last valid sample.
    private(set) var lastEnd: UInt64 = 0
    private var budget: SampleBudget
    /// The last fragments, for walking back: a zeroed tail swallows the headers too, so one or two are enough in any real case.
    private var checkpoints: [Checkpoint] = []
    private var checkpointBytes: UInt64 = 0
    private static let checkpointCap = 64
    /// The `moof`s of that many fragments take 200 KB even where each holds 10 s.
    private static let checkpointByteCap: UInt64 = 8 << 20
    /// In one fragment; 24 h of 12 frames a second.
    private static let sampleCap = 1 << 20

    init(_ reader: SourceReader, _ movie: Movie, _ tally: SampleTally) {
        self.reader = reader
        self.tally = tally
        video = movie.tracks.firstIndex { $0.kind == .video }
        entry = video.map { movie.tracks[$0].entry } ?? SampleEntry()
        budget = SampleBudget(reader)
    }

    mutating func add(_ fragment: Fragment) {
        let before = tally
        let beforeEnd = lastEnd
        var last: Range<UInt64>?
        if fragment.dataEnd > reader.byteCount { isCut = true }
        if video == nil { lastEnd = max(lastEnd, min(fragment.dataEnd, reader.byteCount)) }
        for run in fragment.runs where run.track == video {
            promised += run.count
            var cursor = FragmentRunCursor(run)
            while let sample = cursor.next(), sample.range.upperBound <= reader.byteCount {
                guard budget.spend(sample.range) else {
                    findings.add(.capReached, at: fragment.start, SampleBudget.rule)
                    return
                }
                tally.add(sample)
                last = sample.range
                lastEnd = max(lastEnd, sample.range.upperBound)
            }
        }
        guard let last else { return }
        checkpoints.append(Checkpoint(fragment: fragment, before: before, beforeEnd: beforeEnd, lastSample: last))
        checkpointBytes += fragment.end - fragment.start
        while checkpoints.count > 1, checkpoints.count > Self.checkpointCap || checkpointBytes > Self.checkpointByteCap {
            let dropped = checkpoints.removeFirst().fragment
            checkpointBytes -= dropped.end - dropped.start
        }
    }

    /// Looks at the last samples; where they are not what they should be, takes back what was counted of them.
    mutating func checkTail() throws(SourceFailure) {
        var check = TailCheck(reader, entry)
        var valid = try validFragments(check)
        guard valid < checkpoints.count, let last = checkpoints.last?.lastSample else { return }
        if valid == 0, try check.acceptsStartCodes(checkpoints[0].lastSample) {
            startsWithCodes = true
            findings.add(.ruleBroken, at: checkpoints[0].lastSample.lowerBound, "start codes instead of lengths, ISO/IEC 14496-15 §5.3.2")
            valid = try validFragments(check)
            guard valid < checkpoints.count else { return }
        }
        let first = checkpoints[valid]
        let samples = wholeSamples(of: first.fragment)
        let settled = check
        var kept = try TailCheck.validCount(of: samples.count) { index throws(SourceFailure) in
            try settled.isValid(samples[index].range)
        }
        if kept > 0, kept < samples.count, try settled.isForeign(samples[kept].range) { kept -= 1 }
        tally = first.before
        for sample in samples.prefix(kept) { tally.add(sample) }
        lastEnd = kept > 0 ? samples[kept - 1].range.upperBound : first.beforeEnd
        lostTail = true
        findings.add(try check.finding(at: last), at: lastEnd)
    }

    private func validFragments(_ check: TailCheck) throws(SourceFailure) -> Int {
        try TailCheck.validCount(of: checkpoints.count) { index throws(SourceFailure) in
            try check.isValid(checkpoints[index].lastSample)
        }
    }

    private func wholeSamples(of fragment: Fragment) -> [TableSample] {
        var samples: [TableSample] = []
        for run in fragment.runs where run.track == video {
            var cursor = FragmentRunCursor(run)
            while samples.count < Self.sampleCap, let sample = cursor.next(), sample.range.upperBound <= reader.byteCount {
                samples.append(sample)
            }
        }
        return samples
    }
}

/// Samples that overlap could claim any number of bytes; those of a real file fill it once.
struct SampleBudget {
    static let rule = "the samples claim more bytes than the file has"
    private var left: UInt64

    init(_ reader: SourceReader) {
        left = reader.byteCount
    }

    mutating func spend(_ range: Range<UInt64>) -> Bool {
        let length = range.upperBound - range.lowerBound
        guard length <= left else { return false }
        left -= length
        return true
    }
}
