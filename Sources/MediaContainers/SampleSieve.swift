/// Lets those samples of a walk through whose bytes can be what their track says. The lengths of a container lead from frame to
/// frame, whatever stands in them by now: those that were zeroed or overwritten would be wrong frames, and spoil what refers to them.
final class SampleSieve: SampleReader {
    /// Damage comes in whole sectors.
    private static let sector: UInt64 = 512
    /// One read; samples lie one behind the other.
    private static let window = 1 << 20

    let walk: any SampleReader
    private let payloads: SourceReader
    private var log = FindingLog()
    /// What follows a sample may show that its end is gone: it is handed out when the next one is known.
    private var held: Sample?
    private var isOver = false
    /// The codecs whose check looks at more than the first bytes.
    private static let checked: Set<VideoCodec> = [.h264, .h265, .mpeg4, .mjpeg]
    /// Tracks of which a sample passed: a check that the first ones do not pass does not hold for an odd encoder.
    private var judged: Set<Int> = []
    /// Bytes that may still be looked at: tables may name the same ones over and over.
    private var budget: UInt64

    var tracks: [Track] { walk.tracks }
    var findings: [MediaFinding] { walk.findings + log.findings }

    init(_ walk: any SampleReader, _ source: any RandomAccessSource) {
        self.walk = walk
        payloads = SourceReader(source, window: Self.window)
        budget = 2 * source.byteCount
    }

    func next() throws(SourceFailure) -> Sample? {
        while !isOver {
            let sample = try walk.next()
            isOver = sample == nil
            let verdict = try sample.map { sample throws(SourceFailure) in try judge(sample) } ?? .sound
            var released = held
            if let last = held, let sample, verdict == .headless, Self.shareSector(last, sample) {
                drop(last)
                released = nil
            }
            held = verdict == .sound ? sample : nil
            if let sample, verdict != .sound { drop(sample) }
            if let released { return released }
        }
        return nil
    }

    private func drop(_ sample: Sample) {
        log.add(.bytesSkipped, at: sample.sourceRange.lowerBound, "an overwritten frame of \(sample.sourceRange.count) bytes")
    }

    /// Whether the sector that `next` begins in holds the end of `last` as well.
    private static func shareSector(_ last: Sample, _ next: Sample) -> Bool {
        let end = last.sourceRange.upperBound, start = next.sourceRange.lowerBound
        return last.payload == nil && end <= start && end > start / sector * sector
    }

    private enum Verdict {
        case sound, broken
        /// Not even what the sector holds that it begins in is there.
        case headless
    }

    private func judge(_ sample: Sample) throws(SourceFailure) -> Verdict {
        guard sample.payload == nil, case .video(let format) = tracks[sample.track].format, Self.checked.contains(format.codec),
            UInt64(sample.sourceRange.count) <= budget,
            let bytes = try payloads.exactly(sample.sourceRange.count, at: sample.sourceRange.lowerBound)
        else { return .sound }
        budget -= UInt64(bytes.count)
        let lengthSize = tracks[sample.track].nalLengthSize
        if SampleCheck.isPlausible(bytes, codec: format.codec, lengthSize: lengthSize) {
            judged.insert(sample.track)
            return .sound
        }
        guard judged.contains(sample.track) else { return .sound }
        let visible = Int(Self.sector - sample.sourceRange.lowerBound % Self.sector)
        return SampleCheck.beginsPlausibly(bytes, visible: visible, codec: format.codec, lengthSize: lengthSize) ? .broken : .headless
    }
}
