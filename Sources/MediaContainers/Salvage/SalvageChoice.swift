/// Which reference, if any, the data themselves confirm.
struct SalvageChoice {
    /// In its first state.
    let finder: any SalvageFinder
    /// Index of the reference that is believed.
    let reference: Int?
    private let believed: SalvageReference?

    /// What is looked at to decide: enough for some key frames of most cameras.
    private static let trial: UInt64 = 8 << 20

    /// What a trial came to.
    private struct Attempt {
        var finder: any SalvageFinder
        var reference: Int?
        var frames = 0
        /// Frames count for more where they continue each other.
        var score = 0
    }

    init?(_ reader: SourceReader, from start: UInt64, references: [SalvageReference]) throws(SourceFailure) {
        let limit = min(start + Self.trial, reader.byteCount)
        /// Half of what was looked at is frames that continue each other: no other codec can explain it better.
        var isExplained = false

        func attempt(_ finder: any SalvageFinder, _ reference: Int?) throws(SourceFailure) -> Attempt? {
            let sound = reference.map { references[$0].soundLimit }
            var walk = SalvageWalk(reader, finder, end: reader.byteCount, soundLimit: sound)
            try walk.run(from: start, limit: limit, isTrial: true)
            guard !walk.entries.isEmpty else { return nil }
            let carries = walk.finder.hasHeaders
            if carries, try !Self.holds(walk) { return nil }
            if walk.frameBytes > (limit - start) / 2, walk.sureFrames > 8 { isExplained = true }
            let frames = walk.entries.count
            return Attempt(finder: finder, reference: carries ? reference : nil, frames: frames, score: frames + walk.sureFrames)
        }

        var best: Attempt?
        let bare: [any SalvageFinder] = [
            SalvageUnits(codec: .h264, lengthSize: 4, known: nil), SalvageUnits(codec: .h265, lengthSize: 4, known: nil),
            SalvageImages(size: nil), SalvagePlanes(configuration: []),
        ]
        for (index, reference) in references.enumerated() {
            guard let finder = reference.finder, let result = try attempt(finder, index) else { continue }
            if result.score > best?.score ?? 0 { best = result }
        }
        for finder in bare where !isExplained || finder.format.codec == best?.finder.format.codec {
            guard let result = try attempt(finder, nil) else { continue }
            // A reference has to make sense of all but every frame that can be made out without one.
            if result.score > best?.score ?? 0 || result.frames * 9 / 10 > best?.frames ?? 0 { best = result }
        }
        guard let best else { return nil }
        finder = best.finder
        reference = best.reference
        believed = best.reference.map { references[$0] }
    }

    /// Key frames that are looked at. Some may have been overwritten, or be of another recording.
    private static let mostProofs = 16

    /// Whether the pictures are of the size that the parameter sets state. A slice header may not depend on it, so that a
    /// reference of another resolution would seem to fit; pictures whose macroblocks add up tell.
    private static func holds(_ walk: SalvageWalk) throws(SourceFailure) -> Bool {
        var whole = 0
        var broken = 0
        for entry in walk.entries where entry.isKeyframe && entry.track == 0 && whole + broken < mostProofs {
            switch try walk.proof(of: entry.start..<entry.end) {
            case .whole: whole += 1
            case .broken: broken += 1
            case .unknown: break
            }
        }
        return whole >= broken
    }

    /// The movie whose tracks fragments speak of.
    var fragments: SalvageFragments? { believed?.movie.flatMap(SalvageFragments.init) }

    /// Sound that a table can tell apart.
    var sound: Track? { believed?.audio }

    /// Bytes of sound that may lie between two frames; nil where no reference tells.
    var soundLimit: UInt64? { believed?.soundLimit }

    /// Ticks a second, ticks a frame, and whether anything stated them.
    func pace(_ finder: any SalvageFinder) -> (timescale: Int64, step: UInt32, isStated: Bool) {
        if let believed {
            let timescale = believed.video.timescale
            if believed.frameTicks > 0, let step = UInt32(exactly: believed.frameTicks) { return (timescale, step, true) }
            // Fragments state their times in these ticks, whatever the stream counts in.
            let (ticks, overflow) = timescale.multipliedReportingOverflow(by: finder.frameRate?.denominator ?? 1)
            let step = overflow ? 0 : UInt32(clamping: ticks / max(finder.frameRate?.numerator ?? 25, 1))
            return (timescale, max(step, 1), finder.frameRate != nil)
        }
        if let rate = finder.frameRate, let step = UInt32(exactly: rate.denominator) { return (rate.numerator, step, true) }
        return (12_800, 512, false)
    }
}
