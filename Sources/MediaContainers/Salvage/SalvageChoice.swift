/// Which reference, if any, the data themselves confirm.
struct SalvageChoice {
    /// In its first state.
    let finder: any SalvageFinder
    /// Index of the reference that is believed.
    let reference: Int?
    private let believed: SalvageReference?

    /// What is looked at to decide: enough for some key frames of most cameras.
    private static let trial: UInt64 = 8 << 20

    init?(_ reader: SourceReader, from start: UInt64, references: [SalvageReference]) throws(SourceFailure) {
        var best: (score: Int, finder: any SalvageFinder, reference: Int?)?
        /// Half of what was looked at is frames that continue each other: no other codec can explain it better.
        var explained = false
        func attempt(_ finder: any SalvageFinder, _ reference: Int?) throws(SourceFailure) {
            var walk = SalvageWalk(reader, finder, end: reader.byteCount)
            try walk.run(from: start, limit: start + Self.trial)
            if walk.frameBytes > (min(reader.byteCount, start + Self.trial) - start) / 2, walk.sureFrames > 8 { explained = true }
            // Frames count for more where they continue each other.
            let score = walk.entries.count + walk.sureFrames
            if score > best?.score ?? 0 { best = (score, finder, walk.finder.hasHeaders ? reference : nil) }
        }
        for (index, reference) in references.enumerated() {
            if let finder = reference.finder { try attempt(finder, index) }
        }
        let bare: [any SalvageFinder] = [
            SalvageUnits(codec: .h264, lengthSize: 4, known: nil), SalvageUnits(codec: .h265, lengthSize: 4, known: nil),
            SalvageImages(size: nil), SalvagePlanes(configuration: []),
        ]
        for finder in bare where !explained || finder.format.codec == best?.finder.format.codec { try attempt(finder, nil) }
        guard let best else { return nil }
        finder = best.finder
        reference = best.reference
        believed = best.reference.map { references[$0] }
    }

    /// Bytes of sound that may lie between two frames; nil where no reference tells.
    var soundLimit: UInt64? { believed.map { $0.longestSound > 0 ? 2 * $0.longestSound + 4096 : 0 } }

    /// Ticks a second, ticks a frame, and whether anything stated them.
    func pace(_ finder: any SalvageFinder) -> (timescale: Int64, step: UInt32, isStated: Bool) {
        if let believed, believed.frameTicks > 0, let step = UInt32(exactly: believed.frameTicks) {
            return (believed.video.timescale, step, true)
        }
        if let rate = finder.frameRate, let step = UInt32(exactly: rate.denominator) { return (rate.numerator, step, true) }
        return (12_800, 512, false)
    }
}
