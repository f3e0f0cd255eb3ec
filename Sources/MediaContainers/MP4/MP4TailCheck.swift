/// Finds the last valid sample: tables and headers survive where the samples they speak of do not.
struct TailCheck {
    private let reader: SourceReader
    private let codec: VideoCodec
    private(set) var lengthSize: Int?

    init(_ reader: SourceReader, _ entry: SampleEntry) {
        self.reader = reader
        codec = entry.video?.codec ?? .unknown
        lengthSize = entry.nalLengthSize
    }

    /// Looks at the bytes. A sample of no bytes proves nothing and passes.
    func isValid(_ range: Range<UInt64>) throws(SourceFailure) -> Bool {
        guard range.upperBound <= reader.byteCount else { return false }
        let length = range.upperBound - range.lowerBound
        if length == 0 { return true }
        let view = try reader.upTo(Int(clamping: length), at: range.lowerBound)
        if UInt64(view.count) < length {
            // No sample of this size was ever seen; what could be looked at at least is not empty.
            return length > UInt64(SourceReader.largestView) && !Self.isZero(view)
        }
        return SampleCheck.isPlausible(view, codec: codec, lengthSize: lengthSize)
    }

    /// Some recorders put start codes where `avcC` promises lengths. True, and remembered, if this sample is of that kind.
    mutating func acceptsStartCodes(_ range: Range<UInt64>) throws(SourceFailure) -> Bool {
        guard lengthSize != nil else { return false }
        let stated = lengthSize
        lengthSize = nil
        if try isValid(range) { return true }
        lengthSize = stated
        return false
    }

    /// Something that is neither zeroes nor the beginning of a sample stands where one should begin.
    func isForeign(_ range: Range<UInt64>) throws(SourceFailure) -> Bool {
        let view = try reader.upTo(Int(clamping: range.upperBound - min(range.lowerBound, range.upperBound)), at: range.lowerBound)
        guard codec != .unknown, view.count >= 16, !Self.isZero(UnsafeRawBufferPointer(rebasing: view.prefix(16))) else { return false }
        return !SampleJudge.begins(view, codec, lengthSize)
    }

    /// Zeroes, or something else, where a sample should lie.
    func finding(at range: Range<UInt64>) throws(SourceFailure) -> MediaFinding.Code {
        let view = try reader.upTo(Int(clamping: min(range.upperBound - range.lowerBound, 64 << 10)), at: range.lowerBound)
        return Self.isZero(view) ? .tailZeroed : .tailForeign
    }

    static func isZero(_ view: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index + 8 <= view.count {
            if view.loadUnaligned(fromByteOffset: index, as: UInt64.self) != 0 { return false }
            index += 8
        }
        while index < view.count {
            if view[index] != 0 { return false }
            index += 1
        }
        return true
    }

    /// How many of `count` items are valid, if those that are not lie at the end: strides back from the end that double, then bisection.
    /// Islands of valid items in a damaged tail are not looked for.
    static func validCount(
        of count: Int, _ isValid: (Int) throws(SourceFailure) -> Bool
    ) throws(SourceFailure) -> Int {
        guard count > 0 else { return 0 }
        if try isValid(count - 1) { return count }
        var bad = count - 1
        var good = -1
        var step = 1
        while bad > 0 {
            let probe = max(bad - step, 0)
            if try isValid(probe) {
                good = probe
                break
            }
            bad = probe
            step *= 2
        }
        while bad - good > 1 {
            let middle = good + (bad - good) / 2
            if try isValid(middle) { good = middle } else { bad = middle }
        }
        return good + 1
    }
}
