/// Counts the frames of one video stream and follows its time.
struct TSTally {
    private(set) var frames = 0
    private(set) var keyframes = 0
    private(set) var brokenFrames = 0
    private var jumpList = DamageList()
    var findings: [MediaFinding] { jumpList.findings }
    /// Where the last frame began, if it was left out.
    private(set) var lastDropped: UInt64?
    private(set) var clock: EmbeddedClock?

    private let foreign: ForeignFootage
    private(set) var survey = TraceSurvey()

    private var held: TSVideo.Frame?
    private var lastDTS: Int64?
    /// Ticks from one frame to the next, the last that were usual.
    private var step: Int64 = 0
    private var firstPTS: Int64?
    /// The latest presentation so far, jumps taken out.
    private var lastPTS: Int64?
    private var jumps: Int64 = 0
    private var firstClock: (microseconds: Int64, pts: Int64)?

    /// A pause of the recorder is time that passed; more than an hour, or any time backwards, is another time base.
    private static let longestPause: Int64 = 3600 * 90_000
    /// Worth mentioning.
    private static let pause: Int64 = 10 * 90_000

    /// Frames that lie in `foreign` are left out.
    init(without foreign: ForeignFootage = ForeignFootage()) {
        self.foreign = foreign
    }

    mutating func add(_ frame: TSVideo.Frame) {
        survey.take(PictureTrace(frame))
        if foreign.holds(frame.coded.place.offset) { return }
        if let held { count(held) }
        held = frame
    }

    mutating func finish(keepsLast: Bool) {
        guard let last = held else { return }
        held = nil
        if keepsLast {
            count(last)
        } else {
            lastDropped = last.coded.place.offset
        }
    }

    private mutating func count(_ frame: TSVideo.Frame) {
        follow(frame)
        guard frame.coded.isWhole else {
            brokenFrames += 1
            return
        }
        if frame.coded.isDisplayed { frames += 1 }
        if frame.coded.isKeyframe { keyframes += 1 }
        if firstClock == nil, let time = frame.coded.clock, let pts = lastPTS { firstClock = (time, frame.pts.map { $0 &- jumps } ?? pts) }
    }

    private mutating func follow(_ frame: TSVideo.Frame) {
        guard let dts = frame.dts, let pts = frame.pts else {
            // Several frames in one PES packet: the later ones go on at the usual pace.
            if let last = lastPTS, frame.coded.isDisplayed { lastPTS = last &+ step }
            if let last = lastDTS { lastDTS = last &+ step }
            return
        }
        if let last = lastDTS {
            let delta = dts &- last
            if delta < 0 || delta > Self.longestPause {
                jumps = jumps &+ delta &- step
                note(frame, delta)
            } else if delta > Self.pause {
                note(frame, delta)
            } else if delta > 0 {
                step = delta
            }
        }
        lastDTS = dts
        let time = pts &- jumps
        firstPTS = min(firstPTS ?? time, time)
        lastPTS = max(lastPTS ?? time, time)
    }

    private mutating func note(_ frame: TSVideo.Frame, _ delta: Int64) {
        jumpList.note(.timeJump, at: frame.coded.place.offset, "\(delta) ticks of 90 kHz")
    }

    /// Microseconds from the first presentation to the end of the last one.
    mutating func duration(_ rate: FrameRate?) -> Int64? {
        guard let first = firstPTS, let last = lastPTS, frames > 0 else { return nil }
        let lastFrame = rate?.microseconds(frames: 1) ?? step * 100 / 9
        let (span, overflow) = (last &- first).multipliedReportingOverflow(by: 100)
        if let known = firstClock {
            // Whoever stamps frames stamps them when they are taken; a frame's time is the uncertainty.
            let before = (known.pts &- first) / 9 &* 100
            clock = EmbeddedClock(kind: .sei, microseconds: known.microseconds &- before, uncertaintyMicroseconds: 40_000)
        }
        return overflow ? nil : span / 9 &+ lastFrame
    }
}
