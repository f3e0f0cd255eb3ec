/// The first entry of `stsd` (ISO/IEC 14496-12 §8.5.2): what the samples of a track are.
struct SampleEntry: Equatable {
    var type: UInt32 = 0
    var video: VideoFormat?
    var audio: AudioCodec?
    var sampleRate = 0
    var channels = 0
    /// As `Track.configuration`.
    var configuration: [UInt8] = []
    var nalLengthSize: Int?
    /// Bytes of one PCM sample of all channels, 0 for compressed sound.
    var pcmFrameSize = 0

    /// `stsd` is a full box with a count before its entries.
    static func parse(_ bytes: [UInt8], stsd: Range<Int>, isVideo: Bool) -> SampleEntry? {
        guard stsd.count > 8, let version = bytes.bigEndian32(at: stsd.lowerBound),
            let entry = Box.first(in: bytes, stsd.dropFirst(8))
        else { return nil }
        var result = SampleEntry()
        result.type = entry.type
        if isVideo {
            result.parseVideo(bytes, entry.payload)
        } else {
            result.parseAudio(bytes, entry.payload, isQuickTime: version >> 24 == 0)
        }
        return result
    }

    // MARK: Video (§12.1.3)

    private static let videoFields = 78

    private mutating func parseVideo(_ bytes: [UInt8], _ payload: Range<Int>) {
        let codec = Self.videoCodec(type)
        var format = VideoFormat(codec: codec, width: 0, height: 0)
        bytes.withCursor(in: payload) { cursor in
            if cursor.skip(24), let width = cursor.u16(), let height = cursor.u16() {
                format.width = Int(width)
                format.height = Int(height)
            }
        }
        for box in BoxList(bytes, in: payload.dropFirst(Self.videoFields)) {
            switch (box.type, codec) {
            case (Self.avcC, .h264) where box.payload.count >= 7:
                configuration = Array(bytes[box.payload])
                nalLengthSize = Int(configuration[4] & 3) + 1  // ISO/IEC 14496-15 §5.3.3.1
            case (Self.hvcC, .h265) where box.payload.count >= 23:
                configuration = Array(bytes[box.payload])
                nalLengthSize = Int(configuration[21] & 3) + 1  // ISO/IEC 14496-15 §8.3.3.1
            case (Self.av1C, .av1), (Self.vpcC, .vp8), (Self.vpcC, .vp9):
                configuration = Array(bytes[box.payload])
            case (Self.esds, _) where type == Self.mp4v:
                guard let descriptor = ElementaryDescriptor(bytes, esds: box.payload) else { break }
                format.codec = Self.videoCodec(objectType: descriptor.objectType)
                configuration = descriptor.specificInfo
            default: break
            }
        }
        if codec == .h264 || codec == .h265, nalLengthSize == nil { nalLengthSize = 4 }
        video = format
    }

    private static func videoCodec(_ type: UInt32) -> VideoCodec {
        switch FourCC(type).description {
        case "avc1", "avc2", "avc3", "avc4", "h264", "H264", "x264", "X264", "AVC1", "dva1", "dvav": .h264
        case "hvc1", "hev1", "hvc2", "h265", "H265", "HEVC", "hevc", "dvh1", "dvhe": .h265
        case "mp4v", "xvid", "XVID", "DIVX", "DX50", "FMP4", "3IV2": .mpeg4
        case "jpeg", "mjpa", "mjpb", "MJPG", "mjpg", "AVDJ", "dmb1": .mjpeg
        case "mp2v", "m2v1", "mpg2", "mpeg", "mp1v", "m1v ": .mpeg2
        case "vp08": .vp8
        case "vp09": .vp9
        case "av01": .av1
        default: .unknown
        }
    }

    /// The registered object types (ISO/IEC 14496-1 §7.2.6.6, table 5).
    private static func videoCodec(objectType: UInt8) -> VideoCodec {
        switch objectType {
        case 0x20: .mpeg4
        case 0x21: .h264
        case 0x23: .h265
        case 0x60...0x65, 0x6A: .mpeg2
        case 0x6C: .mjpeg
        default: .unknown
        }
    }

    // MARK: Sound (§12.2.3; QuickTime File Format, "Sound Sample Descriptions")

    private mutating func parseAudio(_ bytes: [UInt8], _ payload: Range<Int>, isQuickTime: Bool) {
        var fields = 28
        var bits = 0
        bytes.withCursor(in: payload) { cursor in
            guard cursor.skip(8), let version = cursor.u16(), cursor.skip(6), let count = cursor.u16(),
                let sampleBits = cursor.u16(), cursor.skip(4), let rate = cursor.u32()
            else { return }
            channels = Int(count)
            bits = Int(sampleBits)
            sampleRate = Int(rate >> 16)
            // Version 1 adds 16 bytes and version 2 adds 36, in QuickTime only.
            guard isQuickTime, version > 0 else { return }
            fields += version == 1 ? 16 : 36
            if version == 2, cursor.skip(4), let high = cursor.u64(), let count = cursor.u32(), cursor.skip(4),
                let sampleBits = cursor.u32()
            {
                sampleRate = Int(exactly: Double(bitPattern: high).rounded()) ?? 0
                channels = Int(count)
                bits = Int(sampleBits)
            }
        }
        audio = Self.audioCodec(type, bits: bits)
        let children = payload.dropFirst(fields)
        parseAudioBoxes(bytes, children)
        if let wave = BoxList.first(Self.wave, of: bytes, in: children) { parseAudioBoxes(bytes, wave.payload) }
        switch audio {
        case .pcmALaw, .pcmMuLaw: pcmFrameSize = channels
        case .pcmS16BE, .pcmS16LE: pcmFrameSize = 2 * channels
        default: break
        }
        // 64 channels are more than any sound card has; a hostile count must not overflow a sum.
        if pcmFrameSize > 128 { pcmFrameSize = 0 }
    }

    private mutating func parseAudioBoxes(_ bytes: [UInt8], _ range: Range<Int>) {
        for box in BoxList(bytes, in: range) {
            switch box.type {
            case Self.esds:
                guard let descriptor = ElementaryDescriptor(bytes, esds: box.payload) else { break }
                audio = Self.audioCodec(objectType: descriptor.objectType)
                configuration = descriptor.specificInfo
            case Self.dOps, Self.dfLa:
                configuration = Array(bytes[box.payload])
            case Self.enda where audio == .pcmS16BE && box.payload.count >= 2:
                if bytes[box.payload.upperBound - 1] != 0 { audio = .pcmS16LE }
            default: break
            }
        }
    }

    private static func audioCodec(_ type: UInt32, bits: Int) -> AudioCodec {
        switch FourCC(type).description {
        case "mp4a": .aac
        case ".mp3", "mp3 ": .mp3
        case "ac-3", "sac3": .ac3
        case "Opus": .opus
        case "fLaC": .flac
        case "alaw", "ALAW": .pcmALaw
        case "ulaw", "ULAW": .pcmMuLaw
        case "sowt" where bits == 16: .pcmS16LE
        case "twos" where bits == 16, "lpcm" where bits == 16: .pcmS16BE
        default: type == 0x6D73_0055 ? .mp3 : .unknown  // 'ms', then the WAVE format 0x55
        }
    }

    private static func audioCodec(objectType: UInt8) -> AudioCodec {
        switch objectType {
        case 0x40, 0x66...0x68: .aac
        case 0x69, 0x6B: .mp3
        case 0xA5: .ac3
        case 0xAD: .opus
        case 0xC1: .flac
        case 0xDD: .vorbis
        default: .unknown
        }
    }

    private static let avcC: UInt32 = 0x6176_6343
    private static let hvcC: UInt32 = 0x6876_6343
    private static let av1C: UInt32 = 0x6176_3143
    private static let vpcC: UInt32 = 0x7670_6343
    private static let esds: UInt32 = 0x6573_6473
    private static let dOps: UInt32 = 0x644F_7073
    private static let dfLa: UInt32 = 0x6466_4C61
    private static let wave: UInt32 = 0x7761_7665
    private static let enda: UInt32 = 0x656E_6461
    private static let mp4v: UInt32 = 0x6D70_3476
}

/// The part of an `esds` that says what the codec is (ISO/IEC 14496-1 §7.2.6.5 and §7.2.6.6).
struct ElementaryDescriptor {
    var objectType: UInt8 = 0
    /// The DecoderSpecificInfo: MPEG-4 VOL headers, AudioSpecificConfig.
    var specificInfo: [UInt8] = []

    /// No real one is longer: AAC takes 2 to 32 bytes, MPEG-4 part 2 under 100.
    private static let largestSpecificInfo = 4096

    init?(_ bytes: [UInt8], esds: Range<Int>) {
        var found = false
        bytes.withCursor(in: esds) { cursor in
            guard cursor.skip(4), Self.descriptor(0x03, &cursor) != nil, cursor.skip(2), let flags = cursor.u8() else { return }
            if flags & 0x80 != 0, !cursor.skip(2) { return }
            if flags & 0x40 != 0, let length = cursor.u8(), !cursor.skip(Int(length)) { return }
            if flags & 0x20 != 0, !cursor.skip(2) { return }
            guard Self.descriptor(0x04, &cursor) != nil, let objectType = cursor.u8() else { return }
            self.objectType = objectType
            found = true
            guard cursor.skip(12), let length = Self.descriptor(0x05, &cursor),
                length <= Self.largestSpecificInfo, let info = cursor.take(length)
            else { return }
            specificInfo = [UInt8](copying: info)
        }
        guard found else { return nil }
    }

    /// The length of a descriptor with this tag; its length takes one to four bytes of seven bits (§8.3.3).
    private static func descriptor(_ tag: UInt8, _ cursor: inout ByteCursor) -> Int? {
        guard cursor.u8() == tag else { return nil }
        var length = 0
        for _ in 0..<4 {
            guard let byte = cursor.u8() else { return nil }
            length = length << 7 | Int(byte & 0x7F)
            if byte & 0x80 == 0 { return length }
        }
        return length
    }
}

extension Range<Int> {
    /// What remains after the first `count`; empty, never backwards.
    func dropFirst(_ count: Int) -> Range<Int> {
        Swift.min(lowerBound + count, upperBound)..<upperBound
    }
}

extension Box {
    static func first(in bytes: [UInt8], _ range: Range<Int>) -> Box? {
        var boxes = BoxList(bytes, in: range)
        return boxes.next()
    }
}
