/// The sample entry that a track gets (ISO/IEC 14496-12 §8.5.2); nil where MP4 has none for it.
struct MP4SampleEntry {
    private enum Configuration {
        /// A box with the track's configuration as it is.
        case box(FourCC)
        /// An `esds` with this object type (ISO/IEC 14496-1, table 5).
        case descriptor(UInt8)
        case ac3
        case none
    }

    private let track: Track
    private let type: FourCC
    private let configuration: Configuration

    init?(_ track: Track) {
        self.track = track
        let bytes = track.configuration
        switch track.format {
        case .video(let format):
            switch format.codec {
            case .h264 where bytes.count >= 7 && track.nalLengthSize != nil:
                // Without parameter sets in `avcC` the samples carry them (ISO/IEC 14496-15 §5.3.3).
                (type, configuration) = (bytes[5] & 0x1F == 0 ? "avc3" : "avc1", .box("avcC"))
            case .h265 where bytes.count >= 23 && track.nalLengthSize != nil:
                (type, configuration) = (bytes[22] == 0 ? "hev1" : "hvc1", .box("hvcC"))
            case .mpeg4: (type, configuration) = ("mp4v", .descriptor(0x20))
            case .mpeg2: (type, configuration) = ("mp4v", .descriptor(0x61))
            case .mjpeg: (type, configuration) = ("mp4v", .descriptor(0x6C))
            case .av1 where bytes.first == 0x81: (type, configuration) = ("av01", .box("av1C"))
            default: return nil
            }
        case .audio(let codec, let sampleRate, _):
            switch codec {
            case .aac where !bytes.isEmpty: (type, configuration) = ("mp4a", .descriptor(0x40))
            // Below 32 kHz it is MPEG-2 (ISO/IEC 13818-3).
            case .mp3: (type, configuration) = ("mp4a", .descriptor(sampleRate < 32_000 ? 0x69 : 0x6B))
            case .ac3: (type, configuration) = ("ac-3", .ac3)
            case .opus where bytes.count >= 11: (type, configuration) = ("Opus", .box("dOps"))
            case .flac where bytes.count >= 8: (type, configuration) = ("fLaC", .box("dfLa"))
            case .pcmALaw: (type, configuration) = ("alaw", .none)
            case .pcmMuLaw: (type, configuration) = ("ulaw", .none)
            case .pcmS16LE: (type, configuration) = ("sowt", .none)
            case .pcmS16BE: (type, configuration) = ("twos", .none)
            default: return nil
            }
        }
    }

    func write(firstBytes: [UInt8], into builder: inout BoxBuilder) {
        builder.box(type) {
            $0.zeroes(6)
            $0.u16(1)
            switch track.format {
            case .video(let format): Self.visual(format, &$0)
            case .audio(_, let rate, let channels): Self.sound(rate, channels, &$0)
            }
            switch configuration {
            case .box(let type):
                let content = boxContent
                $0.box(type) { $0.raw(content) }
            case .descriptor(let objectType): descriptor(objectType, &$0)
            case .ac3: Self.ac3(firstBytes, &$0)
            case .none: break
            }
        }
    }

    /// §12.1.3
    private static func visual(_ format: VideoFormat, _ builder: inout BoxBuilder) {
        builder.zeroes(16)
        builder.u16(UInt16(clamping: format.width))
        builder.u16(UInt16(clamping: format.height))
        builder.u32(0x48_0000)  // 72 dots per inch
        builder.u32(0x48_0000)
        builder.u32(0)
        builder.u16(1)
        builder.zeroes(32)
        builder.u16(0x18)
        builder.u16(0xFFFF)
    }

    /// §12.2.3
    private static func sound(_ rate: Int, _ channels: Int, _ builder: inout BoxBuilder) {
        builder.zeroes(8)
        builder.u16(UInt16(clamping: channels))
        builder.u16(16)
        builder.u32(0)
        builder.u32(UInt32(UInt16(clamping: rate)) << 16)
    }

    private func descriptor(_ objectType: UInt8, _ builder: inout BoxBuilder) {
        let info = track.configuration
        let streamType: UInt8 = track.isVideo ? 0x11 : 0x15
        builder.fullBox("esds") {
            $0.descriptor(0x03) {
                $0.u16(0)
                $0.u8(0)
                $0.descriptor(0x04) {
                    $0.u8(objectType)
                    $0.u8(streamType)
                    $0.zeroes(11)  // buffer size and bit rates: not known
                    if !info.isEmpty { $0.descriptor(0x05) { $0.raw(info) } }
                }
                $0.descriptor(0x06) { $0.u8(2) }
            }
        }
    }

    /// Matroska stores the heads that Ogg uses; MP4 stores the same without their magic.
    private var boxContent: [UInt8] {
        let bytes = track.configuration
        if bytes.starts(with: "OpusHead".utf8), bytes.count >= 19 {
            // Version 0, and the numbers in the other byte order ("Encapsulation of Opus in ISO BMFF" §4.3.2).
            return [0, bytes[9], bytes[11], bytes[10], bytes[15], bytes[14], bytes[13], bytes[12], bytes[17], bytes[16]]
                + bytes[18...]
        }
        if bytes.starts(with: "fLaC".utf8) { return [0, 0, 0, 0] + bytes[4...] }
        return bytes
    }

    /// `dac3` repeats the head of a frame (ETSI TS 102 366 §F.4; §4.3 for the frame).
    private static func ac3(_ frame: [UInt8], _ builder: inout BoxBuilder) {
        guard frame.count >= 8, frame[0] == 0x0B, frame[1] == 0x77 else { return }
        let mode = frame[6] >> 5
        var position = 3
        if mode & 1 != 0, mode != 1 { position += 2 }
        if mode & 4 != 0 { position += 2 }
        if mode == 2 { position += 2 }
        let tail = UInt16(frame[6]) << 8 | UInt16(frame[7])
        let lowFrequency = UInt32((tail >> (15 - position)) & 1)
        let rate = UInt32(frame[4] >> 6) << 22
        let stream = UInt32(frame[5]) << 14
        let bits = rate | stream | UInt32(mode) << 11 | lowFrequency << 10 | UInt32(frame[4] & 0x3E) << 4
        builder.box("dac3") {
            for shift: UInt32 in [16, 8, 0] { $0.u8(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
    }
}
