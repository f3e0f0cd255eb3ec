/// What is known of one file before anything is understood.
public struct PathObservation: Sendable {
    /// Relative to the volume's root, bytes as found.
    public var path: [UInt8]
    public var volume: Int
    public var durationUs: Int64?
    /// Microseconds since 1970 UTC.
    public var mtimeUs: Int64?
    /// The best clock inside the file, microseconds since 1970 as if it told UTC.
    public var embeddedUs: Int64?
    public var embeddedUncertaintyUs: Int64
    public var sizeBytes: UInt64
    /// Of one picture; nil where not known.
    public var pixels: Int?
    public var isMedia: Bool

    public init(
        path: [UInt8], volume: Int = 0, durationUs: Int64? = nil, mtimeUs: Int64? = nil, embeddedUs: Int64? = nil,
        embeddedUncertaintyUs: Int64 = 500_000, sizeBytes: UInt64 = 0, pixels: Int? = nil, isMedia: Bool = true
    ) {
        self.path = path
        self.volume = volume
        self.durationUs = durationUs
        self.mtimeUs = mtimeUs
        self.embeddedUs = embeddedUs
        self.embeddedUncertaintyUs = embeddedUncertaintyUs
        self.sizeBytes = sizeBytes
        self.pixels = pixels
        self.isMedia = isMedia
    }
}

/// One way in which a tree names its recordings.
public struct InferredLayout: Sendable, Equatable {
    public var template: PathTemplate
    /// Observations that this layout explains and no better one does.
    public var explained: Int
    /// The distinct cameras among them, sorted; empty where the path names none.
    public var cameras: [String]
    public var zone: ZoneVerdict
    /// Of cameras that write the time of another zone.
    public var cameraZones: [String: ZoneVerdict]
    /// 0…1, see `LayoutScore.confidence`.
    public var confidence: Double
    public var evidence: [Evidence]

    public init(
        template: PathTemplate, explained: Int, cameras: [String], zone: ZoneVerdict, cameraZones: [String: ZoneVerdict] = [:],
        confidence: Double, evidence: [Evidence] = []
    ) {
        self.template = template
        self.explained = explained
        self.cameras = cameras
        self.zone = zone
        self.cameraZones = cameraZones
        self.confidence = confidence
        self.evidence = evidence
    }

    /// The same with its local times read in a zone that somebody who knows has given. What the path itself tells stays.
    public func with(givenZone given: ZoneRules) -> InferredLayout {
        guard zone != .unknown, !evidence.contains(.zoneInPath) else { return self }
        var result = self
        let assumed = evidence.contains { if case .zoneAssumed = $0 { true } else { false } }
        result.zone = given == .utc ? .utc : .named(given.identifier)
        result.evidence.removeAll { if case .zoneAssumed = $0 { true } else { false } }
        result.evidence.append(.zoneGiven(given.identifier, instead: assumed || zone == result.zone ? nil : zone.identifier))
        return result
    }
}

/// The zone in which a layout's local times stand.
public enum ZoneVerdict: Sendable, Hashable {
    case utc
    /// An IANA name or a POSIX TZ string.
    case named(String)
    case fixed(offsetSeconds: Int)
    /// The path carries no local time.
    case unknown

    /// Nil for `unknown`.
    public var rules: ZoneRules? {
        switch self {
        case .utc: .utc
        case .named(let identifier): ZoneRules(identifier: identifier)
        case .fixed(let offset): ZoneRules(fixedOffsetSeconds: offset)
        case .unknown: nil
        }
    }

    /// `UTC`, `Europe/Paris`, `+01:00`; `unknown`.
    public var identifier: String { rules?.identifier ?? "unknown" }
}

/// Why a layout and its zone are believed, or are not.
public enum Evidence: Sendable, Hashable {
    /// Files explained, of those whose directories and names are built alike.
    case explains(count: Int, of: Int)
    /// Segments that begin where the one before ends, of those that could be tested.
    case contiguous(agree: Int, of: Int)
    /// Segments of one camera that overlap in time, of those that could be tested.
    case overlapping(count: Int, of: Int)
    /// Clocks inside the files that agree with the path, and the offset most of them show (path minus clock).
    case embeddedAgrees(agree: Int, of: Int, offsetSeconds: Int)
    /// The clocks inside tell when writing ended, not when it began.
    case embeddedAtEnd(agree: Int, of: Int)
    case embeddedDisagrees(agree: Int, of: Int)
    /// The modification times agree with the path; `atStart` where the recorder leaves them at the beginning.
    case mtimeAgrees(agree: Int, of: Int, offsetSeconds: Int, atStart: Bool)
    /// A copy, or a clock that was never set: the modification times say nothing.
    case mtimesDestroyed(agree: Int, of: Int)
    /// Day and month (or day and year) could stand the other way round: both templates.
    case ambiguousDayMonth(other: String)
    /// The path tells its zone, or counts seconds since 1970.
    case zoneInPath
    /// An offset that changes with the zone's clock change; UTC microseconds.
    case dstSeen(at: Int64)
    /// Recording went on through an hour that the zone skips; UTC microseconds.
    case dstNotFollowed(at: Int64)
    /// A change of one hour that no zone tried explains.
    case dstUnexplained
    /// Nothing tells the zone: the one that was hinted is taken.
    case zoneAssumed(String)
    /// The zone was given by who asked; `instead`: what the clocks show, where that is another.
    case zoneGiven(String, instead: String?)
    /// The clocks of one camera's files show another zone than those of most.
    case cameraZone(camera: String, zone: String)
    /// The path gives no time at all.
    case noTimeInPath
    /// The path gives a date but no time of day.
    case noTimeOfDay
    /// No camera in the path.
    case noCamera
    /// The camera was recognised by the look of a name that never changes.
    case cameraConstant
}
