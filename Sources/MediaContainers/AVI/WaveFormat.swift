/// A WAVEFORMATEX: the format of an audio stream in AVI, and of Matroska's `A_MS/ACM`.
struct WaveFormat {
    var codec: AudioCodec
    var channels: Int
    /// Samples per second.
    var rate: Int
    /// Bytes of one sample of every channel, or of one packet; 0 where not said.
    var blockAlign: Int
    /// What the codec appended (AAC: its AudioSpecificConfig).
    var configuration: [UInt8]

    /// Nil where `bytes` are too few.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var cursor = ByteCursor(bytes)
        guard let tag = cursor.u16LE(), let channels = cursor.u16LE(), let rate = cursor.u32LE(), cursor.skip(4),
            let align = cursor.u16LE()
        else { return nil }
        let bits = cursor.u16LE() ?? 0  // a plain WAVEFORMAT has none
        codec =
            switch tag {
            case 0x0001: bits == 16 ? .pcmS16LE : .unknown
            case 0x0006: .pcmALaw
            case 0x0007: .pcmMuLaw
            case 0x0045, 0x0064, 0x0014: .g726
            case 0x0050: .mp2
            case 0x0055: .mp3
            case 0x00FF, 0x1600, 0x1602, 0x4143, 0xA106, 0x706D: .aac
            case 0x2000: .ac3
            case 0x566F, 0x674F: .vorbis
            case 0xF1AC: .flac
            case 0x704F: .opus
            default: .unknown
            }
        self.channels = Int(channels)
        self.rate = rate <= 1_000_000 ? Int(rate) : 0
        blockAlign = Int(align)
        let appended = Int(cursor.u16LE() ?? 0)
        configuration = cursor.take(min(appended, cursor.remaining)).map { [UInt8]($0) } ?? []
    }
}
