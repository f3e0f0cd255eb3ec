/// What the `Info` element says of the whole Segment (RFC 9559 §5.1.2).
struct MatroskaInfo {
    /// Nanoseconds in a tick: 1 ms unless the file says otherwise.
    static let defaultScale: Int64 = 1_000_000
    /// A tick above one second tells no frame from the next; such a scale is damage.
    static let largestScale: Int64 = 1_000_000_000
    /// 2001-01-01 in microseconds since 1970: the epoch of `DateUTC` (RFC 8794 §7.6).
    static let dateEpoch: Int64 = 978_307_200_000_000

    var timestampScale = defaultScale
    /// False where the element holds a scale that cannot be, and 1 ms is assumed.
    var scaleIsSane = true
    /// In ticks, as claimed.
    var duration: Double?
    /// Nanoseconds since 2001-01-01, the instant of timestamp 0.
    var dateUTC: Int64?

    init() {}

    init(_ content: UnsafeRawBufferPointer) {
        var children = EBMLChildren(content)
        while let child = children.next() {
            switch child.id {
            case EBMLID.timestampScale:
                let scale = EBMLValue.unsigned(child.content) ?? 0
                scaleIsSane = (1...UInt64(Self.largestScale)).contains(scale)
                if scaleIsSane { timestampScale = Int64(scale) }
            case EBMLID.duration:
                duration = EBMLValue.float(child.content)
            case EBMLID.dateUTC:
                dateUTC = EBMLValue.signed64(child.content)
            default:
                break
            }
        }
    }

    /// Ticks per second of the samples: those of the file where a second is a whole number of them, else nanoseconds.
    var timescale: Int64 {
        1_000_000_000 % timestampScale == 0 ? 1_000_000_000 / timestampScale : 1_000_000_000
    }

    /// How many of `timescale` one tick of the file is.
    var ticksPerTick: Int64 {
        1_000_000_000 % timestampScale == 0 ? 1 : timestampScale
    }

    /// Nanoseconds in ticks of the file, rounded.
    func ticks(nanoseconds: Int64) -> Int64 {
        (nanoseconds &+ timestampScale / 2) / timestampScale
    }

    /// Ticks of the file in microseconds. Times that the walker lets through are far below the overflow.
    func microseconds(_ ticks: Int64) -> Int64 {
        let (nanoseconds, overflow) = ticks.multipliedReportingOverflow(by: timestampScale)
        return overflow ? 0 : nanoseconds / 1000
    }

    /// The instant of a presentation time in ticks, as the recorder's clock tells it.
    func clock(at ticks: Int64) -> EmbeddedClock? {
        guard let dateUTC, dateUTC > 0 else { return nil }
        let (instant, overflow) = (dateUTC / 1000).addingReportingOverflow(microseconds(ticks) &+ Self.dateEpoch)
        guard !overflow else { return nil }
        let uncertainty: Int64 =
            if dateUTC % 1_000_000_000 == 0 { 500_000 } else if dateUTC % 1_000_000 == 0 { 500 } else { 1 }
        return EmbeddedClock(kind: .dateUTC, microseconds: instant, uncertaintyMicroseconds: uncertainty)
    }
}
