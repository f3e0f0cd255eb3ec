/// A Matroska file whose head is lost, read with that of a healthy file of the same camera.
struct MatroskaSalvage {
    let description: MediaDescription
    /// Index of the reference that was believed.
    let reference: Int
    private let head: MatroskaHead
    private let start: UInt64

    /// Frames that a reference is tried on: more than two groups of most cameras.
    private static let trial = 64

    /// Nil where no head was lost, or where no reference fits.
    init?(_ reader: SourceReader, references: [SalvageReference]) throws(SourceFailure) {
        let look = try LostHead.look(reader)
        guard LostHead.isLost(look), MatroskaRemains.areIn(look) else { return nil }
        start = UInt64(StartCodes.firstNonzero(in: look, from: 0))
        var best: (fit: Double, index: Int, head: MatroskaHead)?
        for (index, reference) in references.enumerated() {
            guard let head = reference.head, let fit = try Self.fit(of: reference, head, reader, start), fit > best?.fit ?? 0 else {
                continue
            }
            best = (fit, index, head)
        }
        guard let best else { return nil }
        reference = best.index
        head = best.head
        var description = try MatroskaFile.describe(MatroskaWalker(reader, head: head, from: start))
        description.findings.insert(MediaFinding(.headMissing, at: 0, "RFC 9559 §5.1: Info and Tracks"), at: 0)
        self.description = description
    }

    func samples(_ reader: SourceReader) throws(SourceFailure) -> any SampleReader {
        SampleSieve(MatroskaSamples(try MatroskaWalker(reader, head: head, from: start)), reader.source)
    }

    /// The share of the first frames that are as the reference has them; nil where they are another camera's.
    private static func fit(
        of reference: SalvageReference, _ head: MatroskaHead, _ reader: SourceReader, _ start: UInt64
    ) throws(SourceFailure) -> Double? {
        let walker = try MatroskaWalker(reader, head: head, from: start)
        guard let video = walker.tracks.firstIndex(where: { $0.track?.isVideo == true }) else { return nil }
        let payloads = SourceReader(reader.source, window: 1 << 20)
        var finder = walker.tracks[video].hasUnits ? reference.finder : nil
        var frames = 0, fitting = 0, whole = 0, broken = 0
        while frames < trial, let block = try walker.next() {
            guard block.track == video else { continue }
            frames += 1
            guard var trying = finder else {
                if try walker.isSound(block, video) { fitting += 1 }
                continue
            }
            let range = block.payload
            guard case .frame(let frame) = try trying.take(at: range.lowerBound, in: payloads, end: range.upperBound, isStated: true),
                frame.range == range
            else { continue }
            finder = trying
            fitting += 1
            // The header of a slice may not depend on the size of the picture.
            guard frame.isKeyframe, let bytes = try payloads.exactly(Int(clamping: range.count), at: range.lowerBound) else { continue }
            switch trying.prove(bytes) {
            case .whole: whole += 1
            case .broken: broken += 1
            case .unknown: break
            }
        }
        guard frames > 0, fitting * 10 >= frames * 9, whole >= broken else { return nil }
        return Double(fitting) / Double(frames)
    }
}

extension MatroskaTrack {
    /// Whether its blocks hold what a finder of frames looks for, from their first byte on.
    fileprivate var hasUnits: Bool {
        guard strippedHeader.isEmpty else { return false }
        return (videoCodec != .h264 && videoCodec != .h265) || track?.nalLengthSize != nil
    }
}
