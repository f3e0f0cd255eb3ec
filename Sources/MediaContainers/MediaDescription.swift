/// What a file is and what can be played of it, as its content says. Names and headers are not believed.
public struct MediaDescription: Sendable, Equatable {
    public var container: Container
    /// Nil where no video track is known (an MP4 that lost its `moov`).
    public var video: VideoFormat?
    public var audio: AudioCodec?
    /// Microseconds from the first video sample's presentation to the end of the last valid one; nil where the stream carries no time.
    public var durationMicroseconds: Int64?
    /// Video frames (access units) that are whole. Exact: equals `ffprobe -count_frames` on a healthy file.
    public var frameCount: Int?
    public var keyframeCount: Int?
    /// Every wall clock found inside, best first. Each is the instant of the first video sample.
    public var clocks: [EmbeddedClock] = []
    public var state: MediaState = .complete
    /// How many bytes from the start belong to whole samples; what follows was lost, or is not of this recording.
    public var playableBytes: UInt64 = 0
    public var findings: [MediaFinding] = []

    public init(container: Container) {
        self.container = container
    }
}

/// The raw value is what the index stores.
public enum Container: String, Sendable, CaseIterable, Codable {
    case mp4, fmp4, matroska, webm, mpegts, avi, h264, h265, mpeg4, mjpeg, jpeg

    /// Without the dot; what players go by.
    public var fileExtension: String {
        switch self {
        case .mp4, .fmp4: "mp4"
        case .matroska: "mkv"
        case .webm: "webm"
        case .mpegts: "ts"
        case .avi: "avi"
        case .h264: "h264"
        case .h265: "h265"
        case .mpeg4: "m4v"
        case .mjpeg: "mjpeg"
        case .jpeg: "jpg"
        }
    }
}

public struct VideoFormat: Sendable, Equatable, Codable {
    public var codec: VideoCodec
    /// Pixels, cropping applied; 0 where not known.
    public var width: Int
    public var height: Int

    public init(codec: VideoCodec, width: Int, height: Int) {
        self.codec = codec
        self.width = width
        self.height = height
    }
}

/// The names are ffmpeg's, so that an oracle can be asked.
public enum VideoCodec: String, Sendable, CaseIterable, Codable {
    case h264, h265 = "hevc", mpeg4, mjpeg, mpeg2 = "mpeg2video", vp8, vp9, av1, unknown
}

public enum AudioCodec: String, Sendable, CaseIterable, Codable {
    case aac, mp3, mp2, ac3, opus, vorbis, flac
    case pcmALaw = "pcm_alaw", pcmMuLaw = "pcm_mulaw", pcmS16LE = "pcm_s16le", pcmS16BE = "pcm_s16be"
    case g726 = "adpcm_g726", unknown
}

public enum MediaState: String, Sendable, CaseIterable, Codable {
    /// Everything that the structure promises is there.
    case complete
    /// The end is missing or is not of this recording (cut, zeroed, stale).
    case truncated
    /// Something before the end is broken; both sides may be playable.
    case damaged
    /// It is video, but nothing of it can be read.
    case unreadable
    /// No byte, or not one sample.
    case empty
}

/// A wall clock that the recorder wrote inside the file, brought to the first video sample.
public struct EmbeddedClock: Sendable, Equatable, Codable {
    /// The raw value is stored in the index.
    public enum Kind: String, Sendable, Codable {
        case mvhd, mdhd, prft, mtxi, cstb, dateUTC, sei
    }
    public var kind: Kind
    /// Microseconds since 1970, UTC if the recorder kept to the specification.
    public var microseconds: Int64
    /// Half-width in microseconds: 500_000 for a clock of whole seconds.
    public var uncertaintyMicroseconds: Int64

    public init(kind: Kind, microseconds: Int64, uncertaintyMicroseconds: Int64) {
        self.kind = kind
        self.microseconds = microseconds
        self.uncertaintyMicroseconds = uncertaintyMicroseconds
    }
}

/// Something forgiven, lost or doubtful in a file.
public struct MediaFinding: Sendable, Equatable {
    /// The raw value is stored in the index and printed; each has a sentence in `Wording`.
    public enum Code: String, Sendable, CaseIterable {
        /// The file ends inside a sample, packet, box, cluster or chunk.
        case cutShort = "cut-short"
        /// The tail is zeroes where the structure promises samples.
        case tailZeroed = "tail-zeroed"
        /// The tail is something else where the structure promises samples.
        case tailForeign = "tail-foreign"
        /// A header claims more frames, bytes or time than the last valid sample proves.
        case headerOverstates = "header-overstates"
        /// The MP4 lost its `moov`: its samples are there, their table is not.
        case moovMissing = "moov-missing"
        /// The head of the file, which says what its tracks are, is gone: its frames are there.
        case headMissing = "head-missing"
        /// The seek table (`Cues`, `idx1`) is missing: the recorder did not close the file.
        case seekTableMissing = "seek-table-missing"
        /// Bytes in the middle belong to nothing and were skipped.
        case bytesSkipped = "bytes-skipped"
        /// The codec's parameter sets are not in the file.
        case parameterSetsMissing = "parameter-sets-missing"
        /// Times jump backwards or far forwards inside the file.
        case timeJump = "time-jump"
        /// A structure broke its specification in a way that could be forgiven.
        case ruleBroken = "rule-broken"
        /// A cap against hostile input was reached; what lies behind it was not read.
        case capReached = "cap-reached"
        /// The disk could not read a part of the file.
        case readError = "read-error"
        /// Nothing states the frame rate; times were concluded.
        case rateConcluded = "rate-concluded"
        /// There is sound that could not be told apart from other bytes with certainty.
        case soundLeftOut = "sound-left-out"
        /// Frames of another recording stand among those of this one, left from or written by blocks of another file.
        case otherRecording = "other-recording"
        /// Bytes after the end of the recording that are not part of it.
        case trailingBytes = "trailing-bytes"
    }
    public var code: Code
    /// Where in the file, in bytes from its start.
    public var byteOffset: UInt64?
    /// The rule and its clause (`ISO/IEC 14496-12 §8.6.2`) or a number worth knowing; English, technical, may be empty.
    public var detail: String

    public init(_ code: Code, at byteOffset: UInt64? = nil, _ detail: String = "") {
        self.code = code
        self.byteOffset = byteOffset
        self.detail = detail
    }
}
