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

    /// Those before a seam, whose places their container told.
    public var soundBefore = 0
    /// The last sample that begins before the seam and the one behind it; or the first broken one and the one before that.
    public var across: [Checked] = []
    /// False where the decode times go back, or further on than half more than the longest step before.
    public var timesGoOn = true

    /// Where two parts of a file were put together.
    public struct Seam: Sendable {
        /// The first byte of the second part.
        var cut: UInt64
        /// Where the second part goes on with a structure, and times, of its own.
        var joint: UInt64

        public init(cut: UInt64, joint: UInt64) {
            self.cut = cut
            self.joint = joint
        }
    }

    /// A sample that can be looked at again, with other bytes.
    public struct Checked: Sendable, Equatable {
        public var range: Range<UInt64>
        var codec: VideoCodec
        var lengthSize: Int?
        /// `Track.configuration`
        var configuration: [UInt8]

        public func isSound(_ reader: SourceReader) throws(SourceFailure) -> Bool {
            let view = try reader.upTo(Int(clamping: range.count), at: range.lowerBound)
            return SampleCheck.isPlausible(view, codec: codec, lengthSize: lengthSize)
        }

        /// Whether its macroblocks lead to its end. False too where they cannot be followed.
        public func isProven(_ reader: SourceReader) throws(SourceFailure) -> Bool {
            let prover = PictureProver(codec: codec, configuration: configuration)
            guard prover.isAble else { return false }
            let view = try reader.upTo(Int(clamping: range.count), at: range.lowerBound)
            guard let lengthSize else { return prover.prove(view) == .whole }
            return NALUnits.annexB(lengthPrefixed: view, lengthSize: lengthSize).withUnsafeBytes { prover.prove($0) == .whole }
        }
    }

    private static let window = 1 << 20

    /// Nil for what has no samples to look at.
    public static func run(_ reader: SourceReader, seam: Seam? = nil) throws(SourceFailure) -> SampleAudit? {
        guard let samples = try seam == nil ? MediaProbe.samples(reader) : MediaProbe.statedSamples(reader) else { return nil }
        let tracks = samples.tracks
        // A reader of its own: the demuxer moves to and fro in its window.
        let payloads = SourceReader(reader.source, window: window)
        var audit = SampleAudit()
        var last: Checked?
        var pace = Pace()
        /// The last payload before the seam.
        var whole: [UInt8] = []
        while let sample = try samples.next() {
            guard sample.track < tracks.count, case .video(let format) = tracks[sample.track].format, !sample.sourceRange.isEmpty
            else { continue }
            let range = sample.sourceRange
            if let seam { audit.timesGoOn = pace.goesOn(sample, joint: seam.joint) && audit.timesGoOn }
            let track = tracks[sample.track]
            if let payload = sample.payload {
                // The demuxer put it together, and proved by that that its packets follow each other: not that both sides of a cut
                // are of one picture. Packets of two recordings that began together have the same numbers.
                guard let seam else { continue }
                if range.upperBound <= seam.cut {
                    audit.soundBefore += 1
                    whole = payload
                } else if range.lowerBound < seam.cut,
                    Self.isTorn(payload, whole, PictureProver(codec: format.codec, configuration: track.configuration))
                {
                    audit.brokenCount += 1
                }
                continue
            }
            let checked = Checked(range: range, codec: format.codec, lengthSize: track.nalLengthSize, configuration: track.configuration)
            let isSound = try checked.isSound(payloads)
            if isSound {
                audit.soundCount += 1
                if audit.brokenCount == 0 { audit.soundEnd = max(audit.soundEnd, range.upperBound) }
            } else {
                audit.brokenCount += 1
                audit.brokenBytes += UInt64(range.count)
                if audit.firstBroken == nil { audit.firstBroken = range }
            }
            guard let seam else { continue }
            if isSound, range.upperBound <= seam.cut { audit.soundBefore += 1 }
            if audit.across.isEmpty, !isSound || range.lowerBound >= seam.cut { audit.across = (last.map { [$0] } ?? []) + [checked] }
            last = checked
        }
        if audit.across.isEmpty, let last { audit.across = [last] }
        audit.skippedAt = samples.findings.first { $0.code == .bytesSkipped }?.byteOffset
        return audit
    }

    /// Whether the macroblocks of a picture do not lead to its end, where those of the one before it do.
    private static func isTorn(_ picture: [UInt8], _ before: [UInt8], _ prover: PictureProver) -> Bool {
        guard prover.isAble, before.withUnsafeBytes({ prover.prove($0) }) == .whole else { return false }
        return [.contradicted, .incomplete].contains(picture.withUnsafeBytes { prover.prove($0) })
    }

    /// The decode times of one track.
    private struct Pace {
        private var track: Int?
        private var last: (time: Int64, place: UInt64)?
        private var longest: Int64 = 0

        mutating func goesOn(_ sample: Sample, joint: UInt64) -> Bool {
            track = track ?? sample.track
            guard track == sample.track else { return true }
            defer { last = (sample.decodeTime, sample.sourceRange.lowerBound) }
            guard let last else { return true }
            let step = sample.decodeTime &- last.time
            guard last.place < joint, sample.sourceRange.lowerBound >= joint else {
                longest = max(longest, step)
                return true
            }
            // Cameras are not clocks.
            return step > 0 && step <= longest + longest / 2
        }
    }

    public var isSound: Bool { brokenCount == 0 && skippedAt == nil }
}
