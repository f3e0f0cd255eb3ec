/// Walks the units of a raw stream of H.264, H.265 or MPEG-4 part 2 until what follows cannot be one.
///
/// These codecs never write three zero bytes in a row but before a start code, so that the padding of a file's last block,
/// and most of what another file begins with, ends the stream to the byte.
struct UnitExtent {
    private let reader: SourceReader
    private let codec: VideoCodec

    private var unit: Unit?
    private var pictures = 0
    private var firstPictures = 0
    private var largest: UInt64 = 0
    private var sets: ParameterSets
    private var hasLayer = false
    /// The first unit of the stream, as far as it tells this stream from others.
    private var first: [UInt8] = []
    /// The sector inside of a unit where a container or an image begins.
    private var foreignHeader: UInt64?
    private var isTooLong = false

    private struct Unit {
        /// Of the zeroes before the start code.
        var start: UInt64
        /// Behind the start code.
        var payload: UInt64
    }

    private static let window = 1 << 20
    /// File systems hand out blocks of this size.
    private static let block: UInt64 = 4096
    /// Less than the window, so that going on costs no move of what it holds.
    private static let view = 64 << 10
    /// A key frame of a 4K camera has 2 MiB.
    private static let largestUnit: UInt64 = 4 << 20
    /// As much of a unit as tells whether it is legal; parameter sets are below.
    private static let head = 256

    static func measure(_ reader: SourceReader) throws(SourceFailure) -> MediaExtent? {
        reader.window = window
        for codec in UnitKind.codecs(try reader.upTo(MediaSignature.sector, at: 0)) {
            var walk = UnitExtent(reader: reader, codec: codec)
            if let extent = try walk.walk() { return extent }
        }
        return nil
    }

    private init(reader: SourceReader, codec: VideoCodec) {
        self.reader = reader
        self.codec = codec
        sets = ParameterSets(codec: codec)
    }

    /// A stream with its headers needs one picture, one without four: `ElementaryKind` asks for the same.
    private var isConvincing: Bool {
        let hasHeaders = codec == .mpeg4 ? hasLayer : sets.isComplete
        return hasHeaders ? pictures > 0 : firstPictures >= 4
    }

    private mutating func walk() throws(SourceFailure) -> MediaExtent? {
        var offset: UInt64 = 0
        while let zeroes = try nextZeroes(from: offset) {
            if let header = foreignHeader { return conclude(header, .seen) }
            if let unit, zeroes.start - unit.payload > largestPlausible { return conclude(unit.start, .lost) }
            let count = zeroes.end - zeroes.start
            let follower = zeroes.follower
            if follower == 1 {
                if try startsAnotherFile(zeroes) { return conclude(count > 3 ? zeroes.start : startOfCode(zeroes), .seen) }
                if count >= UInt64(MediaSignature.sector) { return conclude(zeroes.start, .seen) }
                closeUnit(at: zeroes.start)
                guard try open(zeroes) else { return try endAtForeignUnit(zeroes) }
                offset = zeroes.end + 1
            } else if count >= 3 || follower == nil {
                // Padding up to a sector, or bytes that the codec forbids.
                let isPadding =
                    zeroes.end.roundedUp(to: UInt64(MediaSignature.sector)) == zeroes.end
                    || zeroes.start.roundedUp(to: UInt64(MediaSignature.sector)) <= zeroes.end || follower == nil
                closeUnit(at: zeroes.start)
                return conclude(zeroes.start, isPadding ? .seen : .lost)
            } else {
                offset = zeroes.end
            }
        }
        if let header = foreignHeader { return conclude(header, .seen) }
        if let unit, isTooLong { return conclude(unit.start, .lost) }
        return conclude(reader.byteCount, .seen)
    }

    private func conclude(_ end: UInt64, _ ending: MediaExtent.Ending) -> MediaExtent? {
        isConvincing && end > 0 ? MediaExtent(end, ending) : nil
    }

    private mutating func closeUnit(at end: UInt64) {
        if let unit { largest = max(largest, end - unit.payload) }
    }

    /// Where a start code of three or four bytes begins.
    private func startOfCode(_ zeroes: Zeroes) -> UInt64 { zeroes.end - min(3, zeroes.end - zeroes.start) }

    /// A start code that a sector begins with, behind the padding of this file; or, where there is no padding because the file
    /// before fills its last block, one with other parameters than this stream has.
    private mutating func startsAnotherFile(_ zeroes: Zeroes) throws(SourceFailure) -> Bool {
        let sector = UInt64(MediaSignature.sector)
        let head = try reader.upTo(Self.head, at: zeroes.end + 1)
        guard zeroes.end > 3, (zeroes.end - 2) % sector == 0 || (zeroes.end - 3) % sector == 0, head.count > 4 else { return false }
        if zeroes.end - zeroes.start > 3 { return true }
        guard startOfCode(zeroes) % Self.block == 0, head[0] == first.first else { return false }
        return !head.starts(with: first)
    }

    /// Reads the unit that begins behind these zeroes; false where it is none of this codec.
    private mutating func open(_ zeroes: Zeroes) throws(SourceFailure) -> Bool {
        let head = try reader.upTo(Self.head, at: zeroes.end + 1)
        guard head.count >= 2 else { return false }
        switch codec {
        case .h265:
            guard H265.isLegal(header: head[0], head[1]) else { return false }
            if H265.isPicture(H265.type(head[0])) {
                guard let slice = H265Slice(head, form: { _ in nil }) else { return false }
                pictures += 1
                if slice.isFirst { firstPictures += 1 }
            } else if (32...34).contains(H265.type(head[0])), !sets.isComplete {
                addSet(head)
            }
        case .mpeg4:
            guard MPEG4Visual.isLegal(code: head[0]) else { return false }
            if head[0] == MPEG4Visual.vop {
                guard MPEG4VOP(head, layer: nil) != nil else { return false }
                pictures += 1
                firstPictures += 1
            } else if MPEG4Visual.isLayer(code: head[0]) {
                hasLayer = hasLayer || (MPEG4Layer(head).map { $0.width > 0 } ?? false)
            }
        default:
            guard H264.isLegal(header: head[0]), !(2...4).contains(head[0] & 0x1F) else { return false }
            if H264.isPicture(header: head[0]) {
                guard let slice = H264Slice(head, form: { _ in nil }) else { return false }
                pictures += 1
                if slice.firstMacroblock == 0 { firstPictures += 1 }
            } else if (7...8).contains(head[0] & 0x1F), !sets.isComplete {
                addSet(head)
            }
        }
        if unit == nil {
            let end = StartCodes.first(in: head, from: 0) ?? head.count
            first = Array(head[..<min(16, StartCodes.countWithoutTrailingZeroes(UnsafeRawBufferPointer(rebasing: head[..<end])))])
        }
        unit = Unit(start: zeroes.start, payload: zeroes.end + 1)
        return true
    }

    /// A parameter set, up to the next start code.
    private mutating func addSet(_ head: UnsafeRawBufferPointer) {
        let end = StartCodes.first(in: head, from: 0) ?? head.count
        sets.add(
            UnsafeRawBufferPointer(rebasing: head[..<StartCodes.countWithoutTrailingZeroes(UnsafeRawBufferPointer(rebasing: head[..<end]))])
        )
    }

    /// A start code with something else behind it. At a sector it is another file's; anywhere else the unit before it holds
    /// foreign bytes already.
    private func endAtForeignUnit(_ zeroes: Zeroes) throws(SourceFailure) -> MediaExtent? {
        let sector = UInt64(MediaSignature.sector)
        if zeroes.end >= 3, (zeroes.end - 2) % sector == 0 || (zeroes.end - 3) % sector == 0 { return conclude(zeroes.start, .seen) }
        return conclude(unit?.start ?? 0, .lost)
    }

    private var largestPlausible: UInt64 { max(Self.largestUnit, 8 * largest) }

    // MARK: Zeroes

    private struct Zeroes {
        var start: UInt64
        var end: UInt64
        /// Nil at the end of the source, or behind more zeroes than matter.
        var follower: UInt8?
    }

    /// The next two or more zero bytes; nil at the end of the source, before another file, and in a unit that never ends.
    private mutating func nextZeroes(from start: UInt64) throws(SourceFailure) -> Zeroes? {
        var offset = start
        while true {
            let view = try reader.upTo(Self.view, at: offset)
            guard view.count >= 2 else { return nil }
            let pair = StartCodes.zeroPair(in: view, from: 0)
            let seen = view.count
            if unit != nil, let header = try header(in: offset..<(offset + UInt64(pair ?? seen))) {
                foreignHeader = header
                return nil
            }
            if let pair {
                let begin = offset + UInt64(pair)
                let run = try reader.upTo(Self.view, at: begin)
                let count = StartCodes.firstNonzero(in: run, from: 0)
                return Zeroes(start: begin, end: begin + UInt64(count), follower: count < run.count ? run[count] : nil)
            }
            guard offset + UInt64(seen) < reader.byteCount else { return nil }
            // A pair may lie across the end of the view.
            offset += UInt64(seen - 1)
            isTooLong = unit.map { offset - $0.payload > largestPlausible } ?? true
            if isTooLong { return nil }
        }
    }

    /// The first sector of a range (of a view at most) that begins like a container or an image.
    private func header(in range: Range<UInt64>) throws(SourceFailure) -> UInt64? {
        let sector = UInt64(MediaSignature.sector)
        var offset = range.lowerBound.roundedUp(to: sector)
        while offset < range.upperBound {
            let view = try reader.upTo(StrictHeader.look, at: offset)
            if view.count >= MediaSignature.sector, let base = view.baseAddress {
                switch MediaSignature.of(base) {
                case nil, .units: break
                default: if StrictHeader.isContainer(view) || StrictHeader.isImage(view) { return offset }
                }
            }
            offset += sector
        }
        return nil
    }
}
