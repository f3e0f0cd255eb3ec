import MediaContainers

/// A recording found on a disk: where it lies, what it is, and how much of it is certain.
public struct Find: Sendable, Codable, Equatable {
    /// Where the bytes lie on the source, in the order of the file; one range unless a broken file was joined.
    public var extents: [Extent]
    public var container: Container
    public var video: VideoFormat?
    public var audio: AudioCodec?
    public var frameCount: Int?
    public var keyframeCount: Int?
    /// Microseconds.
    public var duration: Int64?
    public var clocks: [EmbeddedClock]
    public var state: MediaState
    public var playableBytes: UInt64
    public var findings: [Finding]
    /// From 0 to 1: see `confidence(of:ending:)`.
    public var confidence: Double
    /// Below the destination; nil where nothing was written.
    public var file: String?
    /// Of the bytes of the extents, in hexadecimal digits.
    public var sha256: String?

    public struct Extent: Sendable, Codable, Equatable {
        public var offset: UInt64
        public var length: UInt64

        public init(offset: UInt64, length: UInt64) {
            self.offset = offset
            self.length = length
        }

        /// As far as a number goes: a journal may be damaged.
        var range: Range<UInt64> { offset..<max(offset, offset &+ length) }
    }

    /// A piece whose rest may lie elsewhere: not written yet, and in no list.
    var pending: Pending?

    struct Pending: Sendable, Codable, Equatable {
        /// Raw value of the signature.
        var signature: UInt8
        /// Nil for what may be the rest of another.
        var joint: Joint?
    }

    /// As in `MediaFinding`, in a form that can be stored.
    public struct Finding: Sendable, Codable, Equatable {
        public var code: String
        public var byteOffset: UInt64?
        public var detail: String
    }

    public var offset: UInt64 { extents.first?.offset ?? 0 }
    public var byteCount: UInt64 { extents.reduce(0) { $0 &+ $1.length } }
    /// UTC microseconds of the first frame, where the recording tells.
    public var start: Int64? { clocks.first?.microseconds }

    init(_ ranges: [Range<UInt64>], _ media: MediaDescription, ending: MediaExtent.Ending) {
        extents = ranges.map { Extent(offset: $0.lowerBound, length: $0.upperBound - $0.lowerBound) }
        container = media.container
        video = media.video
        audio = media.audio
        frameCount = media.frameCount
        keyframeCount = media.keyframeCount
        duration = media.durationMicroseconds
        clocks = media.clocks
        state = media.state
        playableBytes = media.playableBytes
        findings = media.findings.map { Finding(code: $0.code.rawValue, byteOffset: $0.byteOffset, detail: $0.detail) }
        confidence = 0
        // A stream is judged by where its file ended, which a disk tells better than the stream does.
        if ending != .lost, state == .truncated, findings.allSatisfy({ $0.code == MediaFinding.Code.cutShort.rawValue }),
            playableBytes == byteCount
        {
            state = .complete
            findings = []
        }
        if ending == .lost, state == .complete { state = .truncated }
        confidence = Self.confidence(of: self, ending: ending)
    }

    /// Samples in its middle are not of this recording.
    mutating func note(_ audit: SampleAudit) {
        if state == .complete { state = .damaged }
        let share = 1 - Double(audit.brokenBytes) / Double(max(1, byteCount))
        // Damage is never certain to the byte.
        confidence = (min(0.9, confidence) * max(0, share) * 100).rounded() / 100
        findings.append(
            Finding(
                code: MediaFinding.Code.bytesSkipped.rawValue, byteOffset: audit.firstBroken?.lowerBound ?? audit.skippedAt,
                detail: audit.brokenCount > 0
                    ? "\(audit.brokenCount) of \(audit.brokenCount + audit.soundCount) samples were overwritten" : ""))
    }

    /// It was joined, and one frame lies across the joint.
    mutating func noteUncertainCut() {
        confidence = min(0.9, confidence)
        if state == .complete { state = .damaged }
        let joint = extents.first?.length
        findings.append(
            Finding(
                code: MediaFinding.Code.bytesSkipped.rawValue, byteOffset: joint, detail: "joined inside of a frame, which may be wrong"))
    }

    /// How sure it is that these bytes, all of them and no others, are one recording: the share of them that belongs to whole
    /// samples, times 1 where the structure states the end and was met there, 0.95 where a stream was followed until it
    /// stopped, 0.6 where the end is lost and was guessed.
    static func confidence(of find: Find, ending: MediaExtent.Ending) -> Double {
        let proof =
            switch ending {
            case .stated: 1.0
            case .seen: 0.95
            case .lost: 0.6
            }
        var share = find.state == .complete ? 1 : min(1, Double(find.playableBytes) / Double(max(1, find.byteCount)))
        // Nothing tells the samples of an MP4 that lost its table: half is as good as any guess.
        if share == 0, find.findings.contains(where: { $0.code == MediaFinding.Code.moovMissing.rawValue }) { share = 0.5 }
        return (proof * share * 100).rounded() / 100
    }

    /// Sorted by offset, legal on FAT: `0000123456789_2025-03-10_09.00.00Z.mp4`. The offset has room for 10 TB; more digits
    /// follow where they are needed.
    var fileName: String {
        let digits = String(offset)
        let padded = String(repeating: "0", count: max(0, 13 - digits.count)) + digits
        let time = start.map { "_" + Self.time($0) } ?? ""
        return padded + time + "." + container.fileExtension
    }

    /// UTC to the second, in the calendar's own arithmetic (days from the civil date, proleptic Gregorian).
    private static func time(_ microseconds: Int64) -> String {
        let seconds = microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(year)-\(two(calendarMonth))-\(two(day))_\(two(rest / 3600)).\(two(rest / 60 % 60)).\(two(rest % 60))Z"
    }
}
