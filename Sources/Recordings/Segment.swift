import MediaContainers

/// One row of the index: one surviving file and what is known of it.
public struct Segment: Sendable, Equatable, Codable {
    /// The raw value is what the index stores.
    public enum Kind: String, Sendable, CaseIterable, Codable {
        case regular, alarm, snapshot, unknown
    }
    /// Where the start time comes from; the raw value is what the index stores.
    public enum TimeSource: String, Sendable, CaseIterable, Codable {
        case embedded, path, neighbour, mtime, none
    }

    public var id: Int64 = 0
    public var volumeID: Int64
    public var path: StoredPath
    public var sizeBytes: Int64
    /// Nanoseconds since 1970.
    public var modified: Int64
    public var cameraID: Int64?
    public var stream: String?
    public var kind = Kind.unknown
    public var isProtected = false
    public var container: Container?
    public var video: VideoFormat?
    public var audio: AudioCodec?
    /// UTC microseconds since 1970 of the first sample.
    public var start: Int64?
    /// Microseconds.
    public var duration: Int64?
    public var frameCount: Int?
    public var keyframeCount: Int?
    public var timeSource = TimeSource.none
    /// Half-width in microseconds.
    public var timeUncertainty: Int64?
    public var state: MediaState
    public var playableBytes: Int64 = 0
    public var sha256: [UInt8]?
    public var embeddedClock: EmbeddedClock?

    public init(volumeID: Int64, path: StoredPath, sizeBytes: Int64, modified: Int64, state: MediaState) {
        self.volumeID = volumeID
        self.path = path
        self.sizeBytes = sizeBytes
        self.modified = modified
        self.state = state
    }

    /// What the file's content says; place and time stay.
    public mutating func describe(_ media: MediaDescription) {
        container = media.container
        video = media.video
        audio = media.audio
        duration = media.durationMicroseconds
        frameCount = media.frameCount
        keyframeCount = media.keyframeCount
        state = media.state
        playableBytes = Int64(clamping: media.playableBytes)
        embeddedClock = media.clocks.first
    }

    /// The end of the last valid sample.
    public var end: Int64? { start.flatMap { start in duration.map { start &+ $0 } } }
}

/// A finding as it stands in the index.
public struct StoredFinding: Sendable, Equatable {
    /// `MediaFinding.Code` or `IndexFinding.Code`.
    public var code: String
    public var byteOffset: Int64?
    public var detail: String

    public init(code: String, byteOffset: Int64? = nil, detail: String = "") {
        self.code = code
        self.byteOffset = byteOffset
        self.detail = detail
    }

    init(_ finding: MediaFinding) {
        self.init(code: finding.code.rawValue, byteOffset: finding.byteOffset.flatMap(Int64.init(exactly:)), detail: finding.detail)
    }

    init(_ code: IndexFinding, _ detail: String = "") {
        self.init(code: code.rawValue, detail: detail)
    }
}

/// What only shows when files are seen together.
public enum IndexFinding: String, Sendable, CaseIterable {
    /// The same footage lies elsewhere too.
    case duplicate
    /// Two clocks disagree: embedded, path, mtime.
    case clocksDisagree = "clocks-disagree"
    /// A local time that occurred twice (end of daylight saving time).
    case localTimeTwice = "local-time-twice"
    /// A local time that never was (start of daylight saving time).
    case localTimeSkipped = "local-time-skipped"
    /// The start was concluded from the segment before or after.
    case timeFromNeighbour = "time-from-neighbour"
    /// What the file lost was taken from this segment.
    case salvagedWith = "salvaged-with"
    /// The stream states no rate: its length was concluded from its neighbours, its modification time, or 25 frames a second.
    case rateConcluded = "rate-concluded"
    /// Two volumes use one camera name for different cameras.
    case cameraNameShared = "camera-name-shared"
    /// The file could not be opened or read at all.
    case fileUnreadable = "file-unreadable"
    /// A file that lies where segments lie, but holds nothing but zeroes.
    case onlyZeroes = "only-zeroes"
    /// A file that lies where segments lie, but holds no video that is known.
    case contentUnknown = "content-unknown"
}
