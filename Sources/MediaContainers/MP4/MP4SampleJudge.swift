/// Looks at the video samples of a table, because a table survives where its samples were overwritten.
///
/// Whatever overwrote the beginning of a sample may have begun inside the one before. That one is therefore held back until
/// the beginning of the next was seen.
struct SampleJudge {
    private let reader: SourceReader
    private let check: (codec: VideoCodec, lengthSize: Int?)
    /// The last good video sample and the sound behind it.
    private var held: [Sample] = []
    /// The last video sample was overwritten.
    private var isInDamage = false
    private var ready: [Sample] = []
    private(set) var findings = DamageList()

    /// As much sound as an interleaved file puts between two frames, a hundred times over.
    private static let mostHeld = 4096

    init(_ reader: SourceReader, codec: VideoCodec, lengthSize: Int?) {
        self.reader = reader
        check = (codec, lengthSize)
    }

    /// The next sample that is settled, in the order in which they were put.
    mutating func next() -> Sample? {
        ready.popLast()
    }

    mutating func put(_ sample: Sample, isVideo: Bool) throws(SourceFailure) {
        guard isVideo else {
            held.append(sample)
            if held.count > Self.mostHeld { settle() }
            return
        }
        let verdict = try judge(sample.sourceRange)
        defer { isInDamage = verdict != .good }
        switch verdict {
        case .good:
            settle()
            held = [sample]
        case .broken:
            note(sample)
            settle()
        case .beginsZeroed:
            note(sample)
            if isInDamage {
                dropSound()
            } else if let first = held.first, try endsZeroed(first.sourceRange) {
                dropHeld(before: sample)
            }
            settle()
        case .beginsBroken:
            note(sample)
            if isInDamage { dropSound() } else { dropHeld(before: sample) }
            settle()
        }
    }

    /// What lies between a sample that was overwritten and one that was overwritten from its beginning on was too: sound has
    /// nothing by which that could be seen.
    private mutating func dropSound() {
        for sample in held { note(sample) }
        held.removeAll(keepingCapacity: true)
    }

    /// No sample follows.
    mutating func finish() {
        settle()
    }

    private mutating func dropHeld(before sample: Sample) {
        guard let first = held.first, first.track == sample.track, first.sourceRange.upperBound <= sample.sourceRange.lowerBound else {
            return
        }
        dropSound()
    }

    private mutating func settle() {
        ready = held.reversed() + ready
        held.removeAll(keepingCapacity: true)
    }

    private mutating func note(_ sample: Sample) {
        let range = sample.sourceRange
        findings.note(.bytesSkipped, at: range.lowerBound, "a frame of \(range.upperBound - range.lowerBound) bytes that was overwritten")
    }

    private enum Verdict {
        case good, broken
        /// Zeroes stand where it should begin; they are seen in the sample before too if they reach there.
        case beginsZeroed
        /// Something that is not zeroes stands where it should begin.
        case beginsBroken
    }

    private func judge(_ range: Range<UInt64>) throws(SourceFailure) -> Verdict {
        let length = range.upperBound - range.lowerBound
        guard length > 0, length <= UInt64(SourceReader.largestView) else { return .good }
        guard let view = try reader.exactly(Int(length), at: range.lowerBound) else { return .broken }
        if SampleCheck.isPlausible(view, codec: check.codec, lengthSize: check.lengthSize) { return .good }
        if TailCheck.isZero(UnsafeRawBufferPointer(rebasing: view.prefix(16))) { return .beginsZeroed }
        // Where zeroes stand behind its length, the hole begins there.
        if let size = check.lengthSize, TailCheck.isZero(UnsafeRawBufferPointer(rebasing: view.dropFirst(size).prefix(16))) {
            return .broken
        }
        return Self.begins(view, check.codec, check.lengthSize) ? .broken : .beginsBroken
    }

    private func endsZeroed(_ range: Range<UInt64>) throws(SourceFailure) -> Bool {
        try reader.upTo(1, at: range.upperBound - 1).first == 0
    }

    /// Whether at least the first bytes are those of a sample.
    static func begins(_ view: UnsafeRawBufferPointer, _ codec: VideoCodec, _ lengthSize: Int?) -> Bool {
        switch codec {
        case .h264, .h265:
            guard let size = lengthSize else { return StartCodes.first(in: view, from: 0) ?? .max < 2 }
            // A length that fits and leads a legal unit.
            var units = NALUnits.LengthPrefixed(view, lengthSize: size)
            guard let first = units.next(), let header = first.first else { return false }
            guard codec == .h265 else {
                return H264.isLegal(header: header) && (!H264.isPicture(header: header) || H264Slice(first, form: { _ in nil }) != nil)
            }
            guard first.count > 1, H265.isLegal(header: header, first[1]) else { return false }
            return !H265.isPicture(H265.type(header)) || H265Slice(first, form: { _ in nil }) != nil
        case .mjpeg: return view.count > 2 && view[0] == 0xFF && view[1] == 0xD8 && view[2] == 0xFF
        default: return StartCodes.first(in: UnsafeRawBufferPointer(rebasing: view.prefix(16)), from: 0) == 0
        }
    }
}
