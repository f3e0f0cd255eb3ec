/// One `TrackEntry` (RFC 9559 §5.1.4).
struct MatroskaTrack {
    /// A frame that lasts longer than an hour is no frame rate but damage.
    static let longestFrame: UInt64 = 3_600_000_000_000

    /// How blocks name it. 0 is not allowed.
    var number: UInt64 = 0
    /// Nil for subtitles and other kinds, whose blocks are stepped over.
    var track: Track?
    /// Nanoseconds from frame to frame; 0 where not said.
    var defaultDuration: Int64 = 0
    /// Nanoseconds that the codec's own delay adds to every timestamp.
    var codecDelay: Int64 = 0
    /// What was taken off the front of every frame (compression algorithm 3, RFC 9559 §5.1.4.1.31.7).
    var strippedHeader: [UInt8] = []

    var videoCodec: VideoCodec? {
        if case .video(let format) = track?.format { format.codec } else { nil }
    }

    /// Every entry of a `Tracks` element that has a number.
    static func parse(_ content: UnsafeRawBufferPointer) -> [MatroskaTrack] {
        /// Track numbers fit one byte in every file seen; recorders write two or three tracks.
        let mostTracks = 127
        var tracks: [MatroskaTrack] = []
        var children = EBMLChildren(content)
        while tracks.count < mostTracks, let child = children.next() {
            guard child.id == EBMLID.trackEntry else { continue }
            let track = MatroskaTrack(entry: child.content)
            if track.number != 0 { tracks.append(track) }
        }
        return tracks
    }

    private init(entry: UnsafeRawBufferPointer) {
        var type: UInt64 = 0
        var codecID = ""
        var codecPrivate: [UInt8] = []
        var picture = Picture(), sound = Sound()
        var isReadable = true
        var children = EBMLChildren(entry)
        while let child = children.next() {
            switch child.id {
            case EBMLID.trackNumber: number = EBMLValue.unsigned(child.content) ?? 0
            case EBMLID.trackType: type = EBMLValue.unsigned(child.content) ?? 0
            case EBMLID.codecID: codecID = EBMLValue.text(child.content)
            case EBMLID.codecPrivate: codecPrivate = [UInt8](child.content)
            case EBMLID.defaultDuration: defaultDuration = Self.nanoseconds(child.content)
            case EBMLID.codecDelay: codecDelay = Self.nanoseconds(child.content)
            case EBMLID.video: picture = Picture(child.content)
            case EBMLID.audio: sound = Sound(child.content)
            case EBMLID.contentEncodings:
                if let stripped = Self.strippedHeader(child.content) { strippedHeader = stripped } else { isReadable = false }
            default: break
            }
        }
        var codec = MatroskaCodec(id: codecID, codecPrivate: codecPrivate, bitDepth: sound.bitDepth)
        if !isReadable { codec = MatroskaCodec.unreadable }
        switch type {
        case 1:
            let format = VideoFormat(codec: codec.video, width: picture.croppedWidth, height: picture.croppedHeight)
            track = Track(
                format: .video(format), timescale: 1000, configuration: codec.configuration, nalLengthSize: codec.nalLengthSize)
        case 2:
            track = Track(
                format: .audio(codec.audio, sampleRate: sound.rate, channels: sound.channels), timescale: 1000,
                configuration: codec.configuration)
        default:
            break
        }
    }

    private static func nanoseconds(_ content: UnsafeRawBufferPointer) -> Int64 {
        guard let value = EBMLValue.unsigned(content), value <= longestFrame else { return 0 }
        return Int64(value)
    }

    /// Nil where frames are compressed or encrypted in any other way than a header taken off.
    private static func strippedHeader(_ content: UnsafeRawBufferPointer) -> [UInt8]? {
        var stripped: [UInt8] = []
        var encodings = EBMLChildren(content)
        while let encoding = encodings.next() {
            guard encoding.id == EBMLID.contentEncoding else { continue }
            guard stripped.isEmpty else { return nil }  // one after another: no recorder does
            var type: UInt64? = 0, scope: UInt64? = 1, algorithm: UInt64? = 0
            var settings: [UInt8] = []
            var children = EBMLChildren(encoding.content)
            while let child = children.next() {
                switch child.id {
                case EBMLID.contentType: type = EBMLValue.unsigned(child.content)
                case EBMLID.contentScope: scope = EBMLValue.unsigned(child.content)
                case EBMLID.contentCompression:
                    var compression = EBMLChildren(child.content)
                    while let field = compression.next() {
                        if field.id == EBMLID.compressionAlgorithm { algorithm = EBMLValue.unsigned(field.content) }
                        if field.id == EBMLID.compressionSettings { settings = [UInt8](field.content) }
                    }
                default: break
                }
            }
            guard type == 0, scope == 1, algorithm == 3 else { return nil }
            stripped = settings
        }
        return stripped
    }
}

/// The `Video` element (RFC 9559 §5.1.4.1.28). Pixels.
private struct Picture {
    /// Twice the side of the largest sensor sold; above it the number is damage.
    private static let largestSide: UInt64 = 65_536

    private var width = 0, height = 0
    private var left = 0, right = 0, top = 0, bottom = 0

    init() {}

    init(_ content: UnsafeRawBufferPointer) {
        var children = EBMLChildren(content)
        while let child = children.next() {
            guard let value = EBMLValue.unsigned(child.content), value <= Self.largestSide else { continue }
            switch child.id {
            case EBMLID.pixelWidth: width = Int(value)
            case EBMLID.pixelHeight: height = Int(value)
            case EBMLID.cropLeft: left = Int(value)
            case EBMLID.cropRight: right = Int(value)
            case EBMLID.cropTop: top = Int(value)
            case EBMLID.cropBottom: bottom = Int(value)
            default: break
            }
        }
    }

    var croppedWidth: Int { left + right < width ? width - left - right : width }
    var croppedHeight: Int { top + bottom < height ? height - top - bottom : height }
}

/// The `Audio` element (RFC 9559 §5.1.4.1.29), with its defaults.
private struct Sound {
    var rate = 8000
    var channels = 1
    var bitDepth = 0

    init() {}

    init(_ content: UnsafeRawBufferPointer) {
        var children = EBMLChildren(content)
        while let child = children.next() {
            switch child.id {
            case EBMLID.samplingFrequency:
                if let value = EBMLValue.float(child.content), value >= 1, value <= 1_000_000 { rate = Int(value.rounded()) }
            case EBMLID.channels:
                if let value = EBMLValue.unsigned(child.content), (1...255).contains(value) { channels = Int(value) }
            case EBMLID.bitDepth:
                if let value = EBMLValue.unsigned(child.content), value <= 64 { bitDepth = Int(value) }
            default: break
            }
        }
    }
}
