/// Whether bytes can be a sample of a codec: the proof behind "truth from the last valid sample".
public enum SampleCheck {
    /// Cheap and structural: start markers, NAL lengths that add up, NAL types that exist.
    /// `lengthSize` is that of `Track.nalLengthSize`.
    public static func isPlausible(_ bytes: UnsafeRawBufferPointer, codec: VideoCodec, lengthSize: Int?) -> Bool {
        guard let first = bytes.first(where: { $0 != 0 }) else { return false }
        switch codec {
        case .h264, .h265:
            guard let lengthSize else { return startsWithStartCode(bytes) }
            return nalLengthsAddUp(bytes, codec: codec, lengthSize: lengthSize)
        case .mpeg4:
            return startsWithStartCode(bytes)
        case .mjpeg:
            return bytes.count > 4 && bytes[0] == 0xFF && bytes[1] == 0xD8
        default:
            _ = first
            return true
        }
    }

    private static func startsWithStartCode(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 5, bytes[0] == 0, bytes[1] == 0 else { return false }
        return bytes[2] == 1 || (bytes[2] == 0 && bytes[3] == 1)
    }

    private static func nalLengthsAddUp(_ bytes: UnsafeRawBufferPointer, codec: VideoCodec, lengthSize: Int) -> Bool {
        var position = 0
        while position < bytes.count {
            guard bytes.count - position > lengthSize else { return false }
            var length = 0
            for index in 0..<lengthSize { length = length << 8 | Int(bytes[position + index]) }
            position += lengthSize
            guard length > 0, length <= bytes.count - position else { return false }
            let header = bytes[position]
            guard header & 0x80 == 0 else { return false }  // forbidden_zero_bit, H.264 §7.4.1, H.265 §7.4.2.2
            if codec == .h264, header & 0x1F == 0 { return false }
            position += length
        }
        return true
    }
}
