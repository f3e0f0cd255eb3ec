/// Finds frames of H.264 and H.265 as MP4 holds them: NAL units behind their lengths (ISO/IEC 14496-15 §5.3.2).
///
/// A length is believed for what it leads over: a legal header, parameter sets and messages that parse to their end, a slice
/// header that does so too and continues the picture before, and no sequence that emulation prevention forbids.
struct SalvageUnits: SalvageFinder {
    let codec: VideoCodec
    let lengthSize: Int
    private var grouping: any FrameGrouping
    private var heads: UnitHeads
    private var count = PictureCount()

    /// A picture of level 6.2 has at most 600 slices (H.265 Table A.8); encoders write a handful.
    private static let mostUnits = 1024

    /// `known`: parameter sets of a reference; the stream's own replace them.
    init(codec: VideoCodec, lengthSize: Int, known: ParameterSets?) {
        self.codec = codec
        self.lengthSize = lengthSize
        heads = UnitHeads(codec: codec, lengthSize: lengthSize)
        grouping = codec == .h265 ? H265Frames() : H264Frames()
        var none: [CodedFrame] = []
        for set in (known?.vps ?? []) + (known?.sps ?? []) + (known?.pps ?? []) {
            heads.add(set)
            group(set, byteCount: set.count, at: 0, into: &none)
        }
    }

    var format: VideoFormat {
        let size = grouping.dimensions
        return VideoFormat(codec: codec, width: size?.width ?? 0, height: size?.height ?? 0)
    }
    var configuration: [UInt8] {
        var record = grouping.configuration
        // The record is written for lengths of 4 bytes.
        let place = codec == .h265 ? 21 : 4
        if record.count > place { record[place] = record[place] & 0xFC | UInt8(lengthSize - 1) }
        return record
    }
    var nalLengthSize: Int? { lengthSize }
    var frameRate: FrameRate? { grouping.frameRate }
    var hasHeaders: Bool { grouping.hasHeaders }
    var lookAhead: Int { lengthSize + 2 }

    func candidate(in view: UnsafeRawBufferPointer, from start: Int) -> Int? {
        heads.candidate(in: view, from: start)
    }

    func prove(_ frame: UnsafeRawBufferPointer) -> PictureProof { heads.prove(frame) }

    mutating func take(
        at offset: UInt64, in reader: SourceReader, end: UInt64, isStated: Bool
    ) throws(SourceFailure) -> SalvageOutcome {
        var position = offset
        /// The first slice.
        var picture: PictureHead?
        /// Where the units begin that belong to the next frame if it follows.
        var cut: UInt64?
        var frames: [CodedFrame] = []
        for _ in 0..<Self.mostUnits {
            guard let unit = try heads.read(at: position, in: reader) else { break }
            let before = grouping
            let isTaken = group(unit.bytes, byteCount: unit.byteCount, at: position, into: &frames)
            guard isTaken, frames.isEmpty else {
                // Of the next frame, or of nothing.
                grouping = before
                break
            }
            if picture == nil, let slice = unit.picture { count.begin(slice) }
            guard unit.end <= end, try heads.isClean(unit, at: position, in: reader) else {
                if unit.picture == nil {
                    grouping = before
                    break
                }
                grouping.finish(into: &frames)
                return .broken(until: unit.end, isSure: count.isContinuous)
            }
            if let slice = unit.picture {
                picture = picture ?? slice
                cut = nil
            } else {
                heads.add(unit.bytes)
                if picture != nil, cut == nil, grouping.openHeaders != nil { cut = position }
            }
            position = unit.end
        }
        grouping.finish(into: &frames)
        guard let picture, let frame = frames.first else { return .nothing }
        return .frame(
            SalvageFrame(
                range: offset..<(cut ?? position), isKeyframe: frame.isKeyframe, isWhole: picture.startsPicture, order: frame.order,
                restartsOrder: frame.restartsOrder, isSure: count.isContinuous))
    }

    @discardableResult
    private mutating func group(_ bytes: [UInt8], byteCount: Int, at offset: UInt64, into frames: inout [CodedFrame]) -> Bool {
        let place = StreamPlace(offset: offset, position: offset, packet: 0)
        return bytes.withUnsafeBytes {
            grouping.take(CodedUnit(place: place, head: $0, byteCount: byteCount, isBroken: false), into: &frames)
        }
    }
}
