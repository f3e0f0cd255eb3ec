/// What the header of one audio frame says; all that a transport stream's track needs.
struct AudioFrameHeader: Equatable {
    var codec: AudioCodec
    var sampleRate: Int
    var channels: Int
    /// Bytes of the whole frame, header included.
    var byteCount: Int
    /// Bytes of the header that the payload in other containers goes without.
    var headerBytes = 0
    /// Samples per channel that the frame decodes to.
    var samples: Int
    /// AudioSpecificConfig of AAC (ISO/IEC 14496-3 §1.6.2.1), else empty.
    var configuration: [UInt8] = []

    /// As many bytes as any `parse` looks at.
    static let longest = 9

    static func parse(_ bytes: UnsafeRawBufferPointer, codec: AudioCodec) -> AudioFrameHeader? {
        switch codec {
        case .aac: adts(bytes)
        case .mp2, .mp3: mpeg(bytes)
        case .ac3: ac3(bytes)
        default: nil
        }
    }

    /// The codec whose frame begins here.
    static func guess(_ bytes: UnsafeRawBufferPointer) -> AudioCodec? {
        (adts(bytes) ?? ac3(bytes) ?? mpeg(bytes))?.codec
    }

    private static let aacRates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350]

    /// adts_fixed_header, adts_variable_header (ISO/IEC 14496-3 §1.A.3.2).
    static func adts(_ bytes: UnsafeRawBufferPointer) -> AudioFrameHeader? {
        guard bytes.count >= 7, bytes[0] == 0xFF, bytes[1] & 0xF6 == 0xF0 else { return nil }
        let header = bytes[1] & 1 == 1 ? 7 : 9
        let type = bytes[2] >> 6 + 1
        let rate = Int(bytes[2] >> 2 & 0x0F)
        let channels = Int(bytes[2] & 1) << 2 | Int(bytes[3] >> 6)
        let length = Int(bytes[3] & 3) << 11 | Int(bytes[4]) << 3 | Int(bytes[5] >> 5)
        guard rate < aacRates.count, length > header else { return nil }
        let config = UInt16(type) << 11 | UInt16(rate) << 7 | UInt16(channels) << 3
        return AudioFrameHeader(
            codec: .aac, sampleRate: aacRates[rate], channels: channels == 7 ? 8 : channels, byteCount: length, headerBytes: header,
            samples: 1024 * (Int(bytes[6] & 3) + 1), configuration: [UInt8(config >> 8), UInt8(config & 0xFF)])
    }

    private static let layer3Rates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    private static let layer2Rates = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384]
    private static let lowRates = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]

    /// ISO/IEC 11172-3 §2.4.1.3 and its half rates of ISO/IEC 13818-3, layers II and III.
    static func mpeg(_ bytes: UnsafeRawBufferPointer) -> AudioFrameHeader? {
        guard bytes.count >= 4, bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0 else { return nil }
        let version = bytes[1] >> 3 & 3  // 0: 2.5, 2: 2, 3: 1
        let layer = bytes[1] >> 1 & 3  // 1: III, 2: II
        let rateIndex = Int(bytes[2] >> 4)
        let frequency = Int(bytes[2] >> 2 & 3)
        guard version != 1, layer == 1 || layer == 2, (1...14).contains(rateIndex), frequency < 3 else { return nil }
        let isFull = version == 3
        let table = !isFull ? lowRates : layer == 2 ? layer2Rates : layer3Rates
        let rate = [44100, 48000, 32000][frequency] / (isFull ? 1 : version == 2 ? 2 : 4)
        let samples = layer == 2 || isFull ? 1152 : 576
        let length = samples / 8 * table[rateIndex - 1] * 1000 / rate + Int(bytes[2] >> 1 & 1)
        return AudioFrameHeader(
            codec: layer == 2 ? .mp2 : .mp3, sampleRate: rate, channels: bytes[3] >> 6 == 3 ? 1 : 2, byteCount: length,
            samples: samples)
    }

    private static let ac3Rates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640]

    /// syncinfo and the start of bsi (ETSI TS 102 366 §4.3).
    static func ac3(_ bytes: UnsafeRawBufferPointer) -> AudioFrameHeader? {
        guard bytes.count >= 8, bytes[0] == 0x0B, bytes[1] == 0x77 else { return nil }
        let frequency = Int(bytes[4] >> 6)
        let size = Int(bytes[4] & 0x3F)
        guard frequency < 3, size < 38, bytes[5] >> 3 <= 10 else { return nil }
        let rate = [48000, 44100, 32000][frequency]
        let words = ac3Rates[size / 2] * 1000 * 1536 / rate / 16 + (frequency == 1 ? size & 1 : 0)
        let mode = Int(bytes[6] >> 5)
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: bytes[6...]), removesEmulation: false)
        guard bits.skip(3) else { return nil }
        // cmixlev, surmixlev, dsurmod stand before lfeon where the mode has them.
        if mode & 1 == 1, mode != 1, !bits.skip(2) { return nil }
        if mode & 4 != 0, !bits.skip(2) { return nil }
        if mode == 2, !bits.skip(2) { return nil }
        guard let effects = bits.flag() else { return nil }
        return AudioFrameHeader(
            codec: .ac3, sampleRate: rate, channels: [2, 1, 2, 3, 3, 4, 4, 5][mode] + (effects ? 1 : 0), byteCount: 2 * words,
            samples: 1536)
    }
}
