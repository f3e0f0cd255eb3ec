/// What a picture of a stream tells of the recording that it belongs to.
struct PictureTrace {
    /// What looking at its macroblocks proved.
    enum Proof: Equatable {
        case none
        /// A whole picture of the size that these parameter sets state (`CodedFrame.sets`).
        case whole(UInt64)
        /// Its end is missing, or it is of another camera.
        case incomplete
        /// Overwritten, or of another camera.
        case broken
    }

    /// In the file; in a transport stream, from its first packet to its last.
    var range: Range<UInt64>
    var isKeyframe = false
    /// No unit of it was overwritten.
    var isWhole = true
    /// `CodedFrame.sets`
    var sets: UInt64 = 0
    /// `CodedFrame.isNext`
    var isNext: Bool?
    /// When it is decoded, in ticks of 90 kHz; nil in streams without a clock.
    var time: Int64?
    /// Packets were lost before it, and what followed the loss went on with a picture that had begun before.
    var isTorn = false
    /// The packets from here on lie elsewhere than a writer would have put them who wrote those before.
    var isShifted = false
    var proof = Proof.none
}

extension PictureTrace {
    init(_ frame: CodedFrame, end: UInt64 = 0) {
        range = frame.place.offset..<max(frame.place.offset, end)
        isKeyframe = frame.isKeyframe
        isWhole = frame.isWhole
        sets = frame.sets
        isNext = frame.isNext
    }
}

/// What a walk over a healthy stream has to remember, to know that nothing in it asks for a closer look.
struct TraceSurvey {
    private(set) var isSuspicious = false
    private var sets: UInt64 = 0
    private var time: Int64?

    @inline(__always)
    mutating func take(_ trace: PictureTrace) {
        if trace.isNext == false || trace.isTorn || trace.isShifted || !trace.isWhole { isSuspicious = true }
        if trace.sets != sets {
            if sets != 0 { isSuspicious = true }
            sets = trace.sets
        }
        guard let now = trace.time else { return }
        if let before = time, now <= before { isSuspicious = true }
        time = now
    }
}

/// Stretches of a file that hold pictures of another recording.
struct ForeignFootage: Equatable {
    struct Stretch: Equatable {
        var range: Range<UInt64>
        var frameCount: Int
        /// Nothing of this recording follows.
        var isTail: Bool
    }

    var stretches: [Stretch] = []
    var isEmpty: Bool { stretches.isEmpty }

    /// Whether what begins at `offset` lies in one of them.
    func holds(_ offset: UInt64) -> Bool {
        guard !stretches.isEmpty else { return false }
        var low = 0
        var high = stretches.count
        while low < high {
            let middle = (low + high) / 2
            if stretches[middle].range.upperBound <= offset { low = middle + 1 } else { high = middle }
        }
        return low < stretches.count && stretches[low].range.contains(offset)
    }

    /// One for each stretch, as far as anyone would read.
    var findings: [MediaFinding] {
        var list = DamageList()
        for stretch in stretches {
            let start = stretch.range.lowerBound
            let byteCount = stretch.range.upperBound - start
            if stretch.frameCount == 1, !stretch.isTail {
                // Sixteen packets that a network lost do the same.
                list.note(.bytesSkipped, at: start, "a picture of \(byteCount) bytes that are not all its own")
            } else {
                list.note(.otherRecording, at: start, "\(stretch.frameCount) frames, \(byteCount) bytes")
            }
        }
        return list.findings
    }

    /// Where the recording ends, if something else stands behind it.
    var tailStart: UInt64? { stretches.last.flatMap { $0.isTail ? $0.range.lowerBound : nil } }
}
