/// How long the blocks of one track last, in ticks, whatever order they come in.
///
/// A clock that jumps back, or ahead by more than a day, begins a new run; the runs' lengths add up. A smaller step ahead is
/// a pause in the recording and belongs to it.
struct MatroskaSpan {
    /// Ticks in ten seconds: more than frames are ever reordered.
    private let reordering: Int64
    private let day: Int64
    private var closed: Int64 = 0
    private(set) var first: Int64?
    private var last: Int64 = 0
    private var secondLast: Int64?
    private var lastDuration: Int64?
    private let defaultDuration: Int64?
    private var start: Int64 = 0

    init(_ track: MatroskaTrack, _ info: MatroskaInfo) {
        reordering = info.ticks(nanoseconds: 10_000_000_000)
        day = info.ticks(nanoseconds: 86_400_000_000_000)
        defaultDuration = track.defaultDuration > 0 ? info.ticks(nanoseconds: track.defaultDuration) : nil
    }

    mutating func add(_ time: Int64, _ duration: Int64?) {
        guard first != nil else {
            first = time
            begin(time, duration)
            return
        }
        if time > last {
            if time - last > day {
                close()
                begin(time, duration)
                return
            }
            secondLast = last
            last = time
            lastDuration = duration
        } else if last - time > reordering {
            close()
            begin(time, duration)
        } else {
            start = min(start, time)
            if closed == 0 { first = start }
            if time < last { secondLast = max(secondLast ?? time, time) }
        }
    }

    private mutating func begin(_ time: Int64, _ duration: Int64?) {
        start = time
        last = time
        secondLast = nil
        lastDuration = duration
    }

    private mutating func close() {
        closed = length
    }

    /// The end of the last block: its own duration, else the track's, else the step before it.
    var end: Int64 {
        last + (lastDuration ?? defaultDuration ?? secondLast.map { last - $0 } ?? 0)
    }

    var length: Int64 {
        guard first != nil else { return 0 }
        let (sum, overflow) = closed.addingReportingOverflow(end - start)
        return overflow ? .max : sum
    }

    /// The usual step: what a claimed duration may be wrong by.
    var frameDuration: Int64 {
        lastDuration ?? defaultDuration ?? secondLast.map { last - $0 } ?? 0
    }
}
