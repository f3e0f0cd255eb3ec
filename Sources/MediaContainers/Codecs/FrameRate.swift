/// Frames per second as a fraction, as a stream's headers state it.
struct FrameRate: Equatable {
    /// Never 0.
    var numerator: Int64
    /// Never 0.
    var denominator: Int64

    /// Nil unless it is a rate that a recording can have: one frame in 1000 s up to 1000 in one. Cameras that vary
    /// their rate write 1/90000 or worse, which states nothing.
    init?(numerator: Int64, denominator: Int64) {
        guard numerator > 0, denominator > 0, numerator / 1000 <= denominator, denominator / 1000 <= numerator else { return nil }
        var a = numerator
        var b = denominator
        while b != 0 { (a, b) = (b, a % b) }
        self.numerator = numerator / a
        self.denominator = denominator / a
    }

    /// The time that `frames` frames take; nil where it overflows.
    func microseconds(frames: Int) -> Int64? {
        let (ticks, overflow) = Int64(frames).multipliedReportingOverflow(by: denominator)
        guard !overflow else { return nil }
        let whole = (ticks / numerator).multipliedReportingOverflow(by: 1_000_000)
        let part = (ticks % numerator).multipliedReportingOverflow(by: 1_000_000)
        return whole.overflow || part.overflow ? nil : whole.partialValue + part.partialValue / numerator
    }
}

/// Video usability information (H.264 §E.1.1, H.265 §E.2.1), as far as its timing.
enum VUI {
    /// Stands before timing_info_present_flag afterwards; false where the bits end.
    static func skipToTiming(_ bits: inout BitReader, hevc: Bool) -> Bool {
        guard let aspect = bits.flag() else { return false }
        if aspect {
            guard let ratio = bits.bits(8) else { return false }
            if ratio == 255, !bits.skip(32) { return false }
        }
        guard let overscan = bits.flag() else { return false }
        if overscan, !bits.skip(1) { return false }
        guard let signal = bits.flag() else { return false }
        if signal {
            guard bits.skip(4), let colour = bits.flag() else { return false }
            if colour, !bits.skip(24) { return false }
        }
        guard let chroma = bits.flag() else { return false }
        if chroma { guard bits.ue() != nil, bits.ue() != nil else { return false } }
        guard hevc else { return true }
        guard bits.skip(3), let window = bits.flag() else { return false }
        if window { for _ in 0..<4 where bits.ue() == nil { return false } }
        return true
    }
}
