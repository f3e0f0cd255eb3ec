/// A track as a muxer needs it.
public struct Track: Sendable, Equatable {
    public enum Format: Sendable, Equatable {
        case video(VideoFormat)
        case audio(AudioCodec, sampleRate: Int, channels: Int)
    }
    public var format: Format
    /// Ticks per second of the sample times; never 0.
    public var timescale: Int64
    /// `avcC` / `hvcC` content, MPEG-4 VOL headers, AAC AudioSpecificConfig, Opus head; empty where the stream has none.
    public var configuration: [UInt8]
    /// Bytes of the length before each NAL unit (1, 2 or 4); nil for Annex B start codes and for codecs without NAL units.
    public var nalLengthSize: Int?

    public init(format: Format, timescale: Int64, configuration: [UInt8] = [], nalLengthSize: Int? = nil) {
        self.format = format
        self.timescale = timescale
        self.configuration = configuration
        self.nalLengthSize = nalLengthSize
    }

    public var isVideo: Bool {
        if case .video = format { true } else { false }
    }
}

/// One frame of video or packet of audio.
public struct Sample: Sendable {
    public var track: Int
    /// In ticks of the track. Monotonic per track in a healthy file.
    public var decodeTime: Int64
    public var presentationTime: Int64
    /// In ticks; 0 where not known before the next sample.
    public var duration: Int64
    public var isKeyframe: Bool
    /// Where it lies in the source: exactly its payload, or (transport streams) the packets that carry it.
    public var sourceRange: Range<UInt64>
    /// The payload, where it is not exactly the bytes of `sourceRange`.
    public var payload: [UInt8]?

    public init(
        track: Int, decodeTime: Int64, presentationTime: Int64, duration: Int64, isKeyframe: Bool,
        sourceRange: Range<UInt64>, payload: [UInt8]? = nil
    ) {
        self.track = track
        self.decodeTime = decodeTime
        self.presentationTime = presentationTime
        self.duration = duration
        self.isKeyframe = isKeyframe
        self.sourceRange = sourceRange
        self.payload = payload
    }
}

/// Walks the valid samples of one file in the order they lie in it (decode order per track), stepping over damage.
///
/// A reader that was made is positioned before the first sample. Elementary streams carry no times: theirs count
/// frames (timescale = the rate that the stream's headers state, else 25), and the caller places them.
public protocol SampleReader: AnyObject {
    /// Known when the reader is made. A track found later is appended.
    var tracks: [Track] { get }
    /// What was met so far: what was forgiven, skipped or lost.
    var findings: [MediaFinding] { get }
    /// The next valid sample; nil at the end of what can be played.
    func next() throws(SourceFailure) -> Sample?
}
