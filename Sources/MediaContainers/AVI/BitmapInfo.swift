/// A BITMAPINFOHEADER: the format of a video stream in AVI, and in Matroska files that came from one.
struct BitmapInfo {
    /// Bytes without what a codec appends.
    static let byteCount = 40

    var codec: VideoCodec
    /// Pixels; 0 where the number cannot be.
    var width: Int
    var height: Int
    /// What the codec appended.
    var configuration: [UInt8]

    /// Nil where `bytes` are too few.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var cursor = ByteCursor(bytes)
        guard bytes.count >= Self.byteCount, cursor.skip(4), let width = cursor.u32LE(), let height = cursor.u32LE(),
            cursor.skip(4), let compression = cursor.u32()
        else { return nil }
        codec = Self.codec(FourCC(compression))
        self.width = width <= 65_536 ? Int(width) : 0
        // A negative height says that the first row is the top one.
        let rows = Int32(bitPattern: height).magnitude
        self.height = rows <= 65_536 ? Int(rows) : 0
        configuration = [UInt8](bytes[Self.byteCount...])
    }

    /// Registered codes are upper case; cameras write them as they like.
    static func codec(_ code: FourCC) -> VideoCodec {
        switch upperCased(code) {
        case "H264", "X264", "AVC1", "DAVC", "VSSH", "Q264", "V264": .h264
        case "HEVC", "H265", "X265", "HEV1", "HVC1": .h265
        case "XVID", "DIVX", "DX50", "FMP4", "MP4V", "M4S2", "MP4S", "3IV2", "RMP4", "SEDG", "WV1F": .mpeg4
        case "MJPG", "AVRN", "IJPG", "JPEG", "LJPG", "MJPA": .mjpeg
        case "MPG2", "MPEG", "EM2V": .mpeg2
        case "VP80": .vp8
        case "VP90": .vp9
        case "AV01": .av1
        default: .unknown
        }
    }

    private static func upperCased(_ code: FourCC) -> FourCC {
        var value: UInt32 = 0
        for shift in [24, 16, 8, 0] as [UInt32] {
            var byte = UInt8(truncatingIfNeeded: code.value >> shift)
            if (0x61...0x7A).contains(byte) { byte -= 0x20 }
            value = value << 8 | UInt32(byte)
        }
        return FourCC(value)
    }
}
