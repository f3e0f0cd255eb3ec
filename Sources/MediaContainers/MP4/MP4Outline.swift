/// The top level of a file: where its `moov` lies, where fragments begin, and how the walk over the boxes ended.
struct Outline {
    enum Ending: Equatable {
        /// At the end of the file, box after box.
        case whole
        /// At the first fragment; `FragmentWalk` goes on from there.
        case fragment
        /// This box (or what there is of its header) runs past the end of the file.
        case cut(at: UInt64)
        /// No box begins here.
        case nonsense(at: UInt64)
    }

    /// The content of the `moov`, and where it lies.
    var movieBytes: [UInt8]?
    var movieBase: UInt64 = 0
    /// Where `FragmentWalk` begins: after a `moov` with `mvex`, or at a `moof`.
    var firstFragment: UInt64?
    var hasMediaData = false
    /// The `moov` was found inside an `mdat`: a hybrid MP4 that lost its final one.
    var isHidden = false
    var corrections: [StartCorrection] = []
    var ending = Ending.whole
    var findings = FindingList()

    /// A long recording in fragments of one frame: 24 h at 30/s are 5.2 million boxes, with `prft` and `styp` twice that.
    private static let largestBoxCount = 1 << 24
    /// What follows the data is brought with the `moov` in one read if it is not larger: an hour of 25/s with sound takes 1.8 MB.
    private static let eagerTail: UInt64 = 4 << 20
    /// How much of the data before the `moov` comes with it: enough for the last frame of most cameras.
    private static let lookBack: UInt64 = 32 << 10

    /// The headers of what follows the `moov` come with it, so that looking at them costs no read.
    private static let lookAhead: UInt64 = 64

    static func read(_ reader: SourceReader) throws(SourceFailure) -> Outline {
        var outline = Outline()
        try outline.walk(reader)
        if outline.movieBytes == nil { try outline.lookInsideMediaData(reader) }
        return outline
    }

    private var firstMediaData: BoxHeader?

    private mutating func walk(_ reader: SourceReader) throws(SourceFailure) {
        var position: UInt64 = 0
        // How far the reader's window is known to reach. In a small file, what it does not hold is the tail, to be read at once.
        let window = UInt64(SourceReader.defaultWindow)
        var known = reader.byteCount > window ? window : reader.windowEnd
        var boxes = 0
        while position < reader.byteCount {
            if position + UInt64(BoxHeader.largest) > known {
                let from = position > Self.lookBack ? position - Self.lookBack : 0
                let rest = reader.byteCount - position
                let length = movieBytes == nil && rest <= Self.eagerTail ? rest : Self.lookBack
                try reader.prefetch(from..<min(position + length, reader.byteCount))
                known = position + length
            }
            let view = try reader.upTo(BoxHeader.largest, at: position)
            guard let header = BoxHeader(view, at: position, limit: reader.byteCount), header.hasPlausibleType else {
                ending = view.count < 8 ? .cut(at: position) : .nonsense(at: position)
                return
            }
            switch header.type {
            case BoxType.moof:
                firstFragment = position
                ending = .fragment
                return
            case BoxType.moov where movieBytes != nil:
                findings.add(.ruleBroken, at: position, "a second moov, ISO/IEC 14496-12 §8.2.1.1")
            case BoxType.moov where header.end <= reader.byteCount:
                try readMovie(header, reader)
                known = max(known, header.end + Self.lookAhead)
                if let movieBytes, BoxList.first(BoxType.mvex, of: movieBytes, in: 0..<movieBytes.count) != nil {
                    firstFragment = header.end
                    ending = .fragment
                    return
                }
            case BoxType.mdat:
                hasMediaData = hasMediaData || header.payload < min(header.end, reader.byteCount)
                firstMediaData = firstMediaData ?? header
            case BoxType.meta where header.end <= reader.byteCount:
                try corrections += StartCorrection.read(reader, meta: header)
            default: break
            }
            guard header.end <= reader.byteCount else {
                ending = .cut(at: position)
                return
            }
            boxes += 1
            guard boxes < Self.largestBoxCount else {
                findings.add(.capReached, at: position, "more than \(Self.largestBoxCount) boxes")
                return
            }
            position = header.end
        }
    }

    private mutating func readMovie(_ header: BoxHeader, _ reader: SourceReader) throws(SourceFailure) {
        let length = header.end - header.payload
        // 24 h of 30 frames a second with sound need about 60 MB.
        guard length <= UInt64(SourceReader.largestView) else {
            findings.add(.capReached, at: header.start, "moov of \(length) bytes")
            return
        }
        try reader.prefetch(header.start..<min(header.end + Self.lookAhead, reader.byteCount))
        movieBytes = [UInt8](copying: try reader.upTo(Int(length), at: header.payload))
        movieBase = header.payload
    }

    /// ffmpeg's hybrid MP4 hides the first `moov` and all fragments in an `mdat` when it is finished, by writing the header of the
    /// `mdat` before them or over the header of that `moov`. Without the final `moov` they still say everything.
    private mutating func lookInsideMediaData(_ reader: SourceReader) throws(SourceFailure) {
        guard let data = firstMediaData else { return }
        let limit = min(data.end, reader.byteCount)
        var position = data.payload
        guard let first = BoxHeader(try reader.upTo(BoxHeader.largest, at: position), at: position, limit: limit) else { return }
        if first.type == BoxType.moov {
            guard first.end <= limit else { return }
            try readMovie(first, reader)
            position = first.end
        } else if first.type == BoxType.mvhd {
            while let header = BoxHeader(try reader.upTo(BoxHeader.largest, at: position), at: position, limit: limit),
                header.type != BoxType.moof, header.hasPlausibleType, header.end <= limit, position < header.end
            {
                position = header.end
            }
            let whole = BoxHeader(children: data.payload..<position)
            try readMovie(whole, reader)
        }
        guard movieBytes != nil else { return }
        isHidden = true
        firstFragment = position
        ending = .fragment
    }
}

extension BoxHeader {
    /// Stands for a parent whose own header is lost.
    init(children: Range<UInt64>) {
        type = BoxType.moov
        start = children.lowerBound
        payload = children.lowerBound
        end = children.upperBound
    }
}
