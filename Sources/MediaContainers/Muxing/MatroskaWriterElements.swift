/// Builds EBML elements in memory (RFC 8794): headers, tables, the open Cluster.
struct EBMLBuilder {
    /// A size of unknown length, 8 bytes long so that it can be overwritten.
    static let unknownSize: [UInt8] = [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]

    private(set) var bytes: [UInt8] = []

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(count)
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: more)
    }

    mutating func append(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    mutating func replace(at position: Int, _ with: [UInt8]) {
        bytes.replaceSubrange(position..<(position + with.count), with: with)
    }

    /// An identifier carries its own length marker.
    mutating func id(_ id: UInt32) {
        let length = (32 - id.leadingZeroBitCount + 7) / 8
        for index in 0..<length { bytes.append(UInt8(truncatingIfNeeded: id >> (8 * UInt32(length - 1 - index)))) }
    }

    /// As short as the value allows.
    mutating func size(_ value: Int) {
        var length = 1
        while length < 8, value >= (1 << (7 * length)) - 1 { length += 1 }
        for index in 0..<length {
            let byte = UInt8(truncatingIfNeeded: value >> (8 * (length - 1 - index)))
            bytes.append(index == 0 ? byte | 0x80 >> UInt8(length - 1) : byte)
        }
    }

    /// 8 bytes with their marker.
    static func longSize(_ value: UInt64) -> [UInt8] {
        [0x01] + bigEndian(value).dropFirst()
    }

    static func bigEndian(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
    }

    mutating func binary(_ name: UInt32, _ content: [UInt8]) {
        id(name)
        size(content.count)
        bytes.append(contentsOf: content)
    }

    mutating func unsigned(_ name: UInt32, _ value: UInt64) {
        let content = Self.bigEndian(value).drop { $0 == 0 }
        binary(name, content.isEmpty ? [0] : Array(content))
    }

    mutating func float(_ name: UInt32, _ value: Double) {
        binary(name, Self.bigEndian(value.bitPattern))
    }

    mutating func text(_ name: UInt32, _ value: String) {
        binary(name, Array(value.utf8))
    }

    mutating func master(_ name: UInt32, _ content: (inout EBMLBuilder) -> Void) {
        var inside = EBMLBuilder()
        content(&inside)
        binary(name, inside.bytes)
    }

    /// Room of exactly `length` bytes (2 to 128) for something that is known later.
    mutating func void(_ length: Int) {
        binary(EBMLID.void, Array(repeating: 0, count: length - 2))
    }
}

/// What a track is called in Matroska, and what it carries apart from its frames.
struct MatroskaTrackFormat {
    var codecID: String
    /// `CodecPrivate`; empty where there is none.
    var codecPrivate: [UInt8] = []
    /// Only of audio without compression.
    var bitDepth = 0
    /// Nanoseconds; Opus only.
    var codecDelay: UInt64 = 0

    /// Nil where Matroska cannot carry the track as it is.
    init?(_ track: Track) {
        codecPrivate = track.configuration
        switch track.format {
        case .video(let format):
            switch format.codec {
            case .h264, .h265:
                // Lengths instead of start codes, and the parameter sets in avcC or hvcC: nothing else is allowed.
                guard track.nalLengthSize != nil, NALConfiguration.lengthSize(codecPrivate, codec: format.codec) != nil else { return nil }
                codecID = format.codec == .h264 ? "V_MPEG4/ISO/AVC" : "V_MPEGH/ISO/HEVC"
            case .mpeg4: codecID = "V_MPEG4/ISO/ASP"
            case .mpeg2: codecID = "V_MPEG2"
            case .mjpeg: (codecID, codecPrivate) = ("V_MJPEG", [])
            case .vp8: (codecID, codecPrivate) = ("V_VP8", [])
            case .vp9: codecID = "V_VP9"
            case .av1:
                guard !codecPrivate.isEmpty else { return nil }
                codecID = "V_AV1"
            case .unknown: return nil
            }
        case .audio(let codec, let sampleRate, let channels):
            switch codec {
            case .aac:
                guard codecPrivate.count >= 2 else { return nil }
                codecID = "A_AAC"
            case .mp3: (codecID, codecPrivate) = ("A_MPEG/L3", [])
            case .mp2: (codecID, codecPrivate) = ("A_MPEG/L2", [])
            case .ac3: (codecID, codecPrivate) = ("A_AC3", [])
            case .opus:
                guard codecPrivate.count >= 19, codecPrivate.starts(with: "OpusHead".utf8) else { return nil }
                codecID = "A_OPUS"
                // Pre-skip, in samples of 48 kHz (RFC 7845 §5.1).
                codecDelay = (UInt64(codecPrivate[10]) | UInt64(codecPrivate[11]) << 8) * 1_000_000_000 / 48_000
            case .vorbis, .flac:
                guard !codecPrivate.isEmpty else { return nil }
                codecID = codec == .vorbis ? "A_VORBIS" : "A_FLAC"
            case .pcmALaw, .pcmMuLaw:
                codecID = "A_MS/ACM"
                codecPrivate = Self.waveFormat(tag: codec == .pcmALaw ? 6 : 7, sampleRate: sampleRate, channels: channels)
                bitDepth = 8
            case .pcmS16LE: (codecID, codecPrivate, bitDepth) = ("A_PCM/INT/LIT", [], 16)
            case .pcmS16BE: (codecID, codecPrivate, bitDepth) = ("A_PCM/INT/BIG", [], 16)
            case .g726, .unknown: return nil
            }
        }
    }

    /// A WAVEFORMATEX of one byte per sample and nothing appended.
    private static func waveFormat(tag: UInt16, sampleRate: Int, channels: Int) -> [UInt8] {
        let rate = UInt32(clamping: sampleRate), channels = UInt16(clamping: channels)
        let fields: [(value: UInt32, length: Int)] = [
            (UInt32(tag), 2), (UInt32(channels), 2), (rate, 4), (rate &* UInt32(channels), 4), (UInt32(channels), 2), (8, 2), (0, 2),
        ]
        return fields.flatMap { field in (0..<field.length).map { UInt8(truncatingIfNeeded: field.value >> (8 * UInt32($0))) } }
    }
}
