/// What a CodecID and its CodecPrivate stand for (Matroska codec specifications, draft-ietf-cellar-codec).
struct MatroskaCodec {
    var video = VideoCodec.unknown
    var audio = AudioCodec.unknown
    /// As `Track.configuration` wants it.
    var configuration: [UInt8] = []
    var nalLengthSize: Int?

    /// Frames that were compressed or encrypted: nothing of them can be used.
    static let unreadable = MatroskaCodec()

    private init() {}

    init(id: String, codecPrivate: [UInt8], bitDepth: Int) {
        configuration = codecPrivate
        switch id {
        case "V_MPEG4/ISO/AVC":
            video = .h264
            nalLengthSize = NALConfiguration.lengthSize(codecPrivate, codec: .h264)
        case "V_MPEGH/ISO/HEVC":
            video = .h265
            nalLengthSize = NALConfiguration.lengthSize(codecPrivate, codec: .h265)
        case "V_MPEG4/ISO/ASP", "V_MPEG4/ISO/SP", "V_MPEG4/ISO/AP": video = .mpeg4
        case "V_MPEG2": video = .mpeg2
        case "V_MJPEG": video = .mjpeg
        case "V_VP8": video = .vp8
        case "V_VP9": video = .vp9
        case "V_AV1": video = .av1
        case "V_MS/VFW/FOURCC": readBitmapInfo(codecPrivate)
        case "A_OPUS": audio = .opus
        case "A_MPEG/L3": audio = .mp3
        case "A_MPEG/L2": audio = .mp2
        case "A_AC3": audio = .ac3
        case "A_VORBIS": audio = .vorbis
        case "A_FLAC": audio = .flac
        case "A_PCM/INT/LIT": audio = bitDepth == 16 ? .pcmS16LE : .unknown
        case "A_PCM/INT/BIG": audio = bitDepth == 16 ? .pcmS16BE : .unknown
        case "A_MS/ACM": readWaveFormat(codecPrivate)
        default:
            if id.hasPrefix("A_AAC") { audio = .aac }  // old files append profile and level
        }
    }

    /// A BITMAPINFOHEADER, and the codec's own header behind it.
    private mutating func readBitmapInfo(_ codecPrivate: [UInt8]) {
        codecPrivate.withUnsafeBytes { bytes in
            guard let info = BitmapInfo(bytes) else { return }
            video = info.codec
            configuration = NALConfiguration.record(info.configuration, codec: info.codec)
            nalLengthSize = NALConfiguration.lengthSize(info.configuration, codec: info.codec)
        }
    }

    private mutating func readWaveFormat(_ codecPrivate: [UInt8]) {
        codecPrivate.withUnsafeBytes { bytes in
            guard let format = WaveFormat(bytes) else { return }
            audio = format.codec
            configuration = format.configuration
        }
    }
}

/// Whether a configuration is a record of lengths, or start codes, or nothing.
enum NALConfiguration {
    /// Nil where the content is no `avcC` or `hvcC`, which is how a stream with start codes looks.
    static func lengthSize(_ configuration: [UInt8], codec: VideoCodec) -> Int? {
        let isRecord =
            switch codec {
            case .h264:  // ISO/IEC 14496-15 §5.3.3.1.2
                configuration.count >= 7 && configuration[0] == 1
            case .h265:  // ISO/IEC 14496-15 §8.3.3.1.2; early writers left the version 0
                configuration.count >= 23 && (configuration[0] == 1 || configuration[0] == 0 && configuration[1] != 0)
            default:
                false
            }
        guard isRecord else { return nil }
        return configuration.withUnsafeBytes { ParameterSets.nalLengthSize(configuration: $0, codec: codec) }
    }

    /// The record that muxers want, also from parameter sets with start codes, as AVI writers append them.
    /// What holds no parameter sets is no configuration: the stream carries them itself.
    static func record(_ configuration: [UInt8], codec: VideoCodec) -> [UInt8] {
        guard codec == .h264 || codec == .h265, lengthSize(configuration, codec: codec) == nil else { return configuration }
        var sets = ParameterSets(codec: codec)
        configuration.withUnsafeBytes { sets.collect(from: $0, lengthSize: nil) }
        return sets.configurationRecord() ?? []
    }
}
