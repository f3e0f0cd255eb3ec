/// Every clock that one segment has. Segments of one camera and stream are given in the order of path time, then of path.
public struct SegmentClocks: Sendable {
    public var pathTime: PathTime?
    /// Microseconds since 1970 as if the clock told UTC.
    public var embeddedUs: Int64?
    public var embeddedUncertaintyUs: Int64
    public var mtimeUs: Int64?
    /// False where the modification times of the tree were found destroyed.
    public var mtimeTrusted: Bool
    public var durationUs: Int64?
    /// The counter in the path, which orders what the hour that happens twice mixes up.
    public var sequence: Int64?

    public init(
        pathTime: PathTime? = nil, embeddedUs: Int64? = nil, embeddedUncertaintyUs: Int64 = 500_000, mtimeUs: Int64? = nil,
        mtimeTrusted: Bool = false, durationUs: Int64? = nil, sequence: Int64? = nil
    ) {
        self.pathTime = pathTime
        self.embeddedUs = embeddedUs
        self.embeddedUncertaintyUs = embeddedUncertaintyUs
        self.mtimeUs = mtimeUs
        self.mtimeTrusted = mtimeTrusted
        self.durationUs = durationUs
        self.sequence = sequence
    }
}

/// When a segment begins, and how that is known.
public struct ResolvedTime: Sendable, Equatable {
    /// The raw value is stored in the index.
    public enum Source: String, Sendable {
        case embedded, path, neighbour, mtime, none
    }

    /// Microseconds since 1970 UTC; nil where nothing tells.
    public var startUs: Int64?
    public var source: Source
    /// Half-width in microseconds.
    public var uncertaintyUs: Int64
    public var disagreements: [ClockDisagreement]

    public init(startUs: Int64?, source: Source, uncertaintyUs: Int64, disagreements: [ClockDisagreement] = []) {
        self.startUs = startUs
        self.source = source
        self.uncertaintyUs = uncertaintyUs
        self.disagreements = disagreements
    }
}

/// Which clocks contradicted each other. Differences are path minus clock.
public enum ClockDisagreement: Sendable, Hashable {
    /// By whole quarters of an hour: one of both is written in another zone.
    case zone(offsetSeconds: Int)
    /// By an amount that no zone explains.
    case embeddedOff(microseconds: Int64)
    /// The clock inside was never set, or was reset.
    case embeddedAbsurd
    /// It tells when writing ended.
    case embeddedAtEnd
    case mtimeOff(microseconds: Int64)
    /// The local hour that happens twice, and what decided.
    case repeatedHour(by: Decision)
    /// The local hour that never happens: the recorder did not put its clock forward.
    case skippedHour

    public enum Decision: Sendable, Hashable {
        case embedded, mtime, neighbours
        /// Nothing: the first of both was taken, and it may be an hour late.
        case nothing
    }
}
