/// Every video sample of a file looked at, where the table or the headers alone vouch for them: a file of a disk may have been
/// overwritten in the middle and still begin and end as it should.
public struct SampleAudit: Sendable, Equatable {
    public var soundCount = 0
    public var brokenCount = 0
    /// Bytes of the samples that are not what their codec writes.
    public var brokenBytes: UInt64 = 0
    public var firstBroken: Range<UInt64>?
    /// The walk had to step over bytes that are no samples at all.
    public var skippedAt: UInt64?
    /// The first byte behind the last sound sample before the first broken one.
    public var soundEnd: UInt64 = 0

    private static let window = 1 << 20

    /// Nil for what has no samples to look at.
    public static func run(_ reader: SourceReader) throws(SourceFailure) -> SampleAudit? {
        guard let samples = try MediaProbe.samples(reader) else { return nil }
        let tracks = samples.tracks
        // A reader of its own: the demuxer moves to and fro in its window.
        let payloads = SourceReader(reader.source, window: window)
        var audit = SampleAudit()
        while let sample = try samples.next() {
            guard sample.payload == nil, sample.track < tracks.count, case .video(let format) = tracks[sample.track].format,
                !sample.sourceRange.isEmpty
            else { continue }
            let view = try payloads.upTo(Int(clamping: sample.sourceRange.count), at: sample.sourceRange.lowerBound)
            if SampleCheck.isPlausible(view, codec: format.codec, lengthSize: tracks[sample.track].nalLengthSize) {
                audit.soundCount += 1
                if audit.brokenCount == 0 { audit.soundEnd = max(audit.soundEnd, sample.sourceRange.upperBound) }
            } else {
                audit.brokenCount += 1
                audit.brokenBytes += UInt64(sample.sourceRange.count)
                if audit.firstBroken == nil { audit.firstBroken = sample.sourceRange }
            }
        }
        audit.skippedAt = samples.findings.first { $0.code == .bytesSkipped }?.byteOffset
        return audit
    }

    public var isSound: Bool { brokenCount == 0 && skippedAt == nil }
}
