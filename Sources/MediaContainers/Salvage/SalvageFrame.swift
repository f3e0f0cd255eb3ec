/// One frame that was found in media data without a table.
struct SalvageFrame {
    var range: Range<UInt64>
    var isKeyframe: Bool
    /// False where its beginning is lost: it can be stepped over, not handed out.
    var isWhole: Bool
    /// As in `CodedFrame`.
    var order: Int?
    var restartsOrder: Bool
    /// Its numbers continue those of the frame before, which chance alone hardly brings about.
    var isSure: Bool
}

/// What stands at a place in media data.
enum SalvageOutcome {
    case frame(SalvageFrame)
    /// A frame begins here, but its bytes cannot be what an encoder wrote, or it runs past the end of the data.
    case broken(until: UInt64, isSure: Bool)
    case nothing
}

/// Finds the frames of one codec where no table tells where they are. A value: a copy tries, and is thrown away.
protocol SalvageFinder {
    /// What begins at `offset`. The state moves behind it. `end` is where the media data end, or where a table says that this
    /// frame ends (`isStated`).
    mutating func take(
        at offset: UInt64, in reader: SourceReader, end: UInt64, isStated: Bool
    ) throws(SourceFailure) -> SalvageOutcome
    /// The first index from `start` at which a frame may begin, by its first bytes. Nil where none does; the last `lookAhead`
    /// bytes are not looked at.
    func candidate(in view: UnsafeRawBufferPointer, from start: Int) -> Int?
    var lookAhead: Int { get }
    /// Looks at all of a frame that was taken. Slow: for frames of which there is doubt.
    func prove(_ frame: UnsafeRawBufferPointer) -> PictureProof
    var format: VideoFormat { get }
    var configuration: [UInt8] { get }
    var nalLengthSize: Int? { get }
    var frameRate: FrameRate? { get }
    /// Whether a decoder can make pictures with what is known.
    var hasHeaders: Bool { get }
}
