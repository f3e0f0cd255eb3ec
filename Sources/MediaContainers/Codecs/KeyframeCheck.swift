/// Whether a decoder can begin with a sample.
public enum KeyframeCheck {
    /// `lengthSize` is that of `Track.nalLengthSize`. H.264 counts an IDR picture or a recovery point, H.265 any
    /// random access point, MPEG-4 part 2 and MPEG-2 an I picture.
    public static func isKeyframe(_ bytes: UnsafeRawBufferPointer, codec: VideoCodec, lengthSize: Int?) -> Bool {
        switch codec {
        case .h264, .h265:
            if let lengthSize { return isKeyframe(NALUnits.LengthPrefixed(bytes, lengthSize: lengthSize), codec) }
            return isKeyframe(NALUnits.AnnexB(bytes), codec)
        case .mpeg4:
            var from = 0
            while let code = StartCodes.first(in: bytes, from: from), code + 4 < bytes.count {
                if bytes[code + 3] == MPEG4Visual.vop { return bytes[code + 4] >> 6 == 0 }
                from = code + 3
            }
            return false
        case .mpeg2:
            var from = 0
            while let code = StartCodes.first(in: bytes, from: from), code + 3 < bytes.count {
                let unit = UnsafeRawBufferPointer(rebasing: bytes[(code + 3)...])
                if unit[0] == MPEG2Video.picture { return MPEG2Video.pictureType(unit) == 1 }
                from = code + 3
            }
            return false
        case .mjpeg:
            return true
        case .vp8:
            return !bytes.isEmpty && bytes[0] & 1 == 0  // RFC 6386 §9.1
        case .vp9:
            return isVP9Keyframe(bytes)
        case .av1:
            return holdsAV1SequenceHeader(bytes)
        case .unknown:
            return false
        }
    }

    private static func isKeyframe(_ units: some Sequence<UnsafeRawBufferPointer>, _ codec: VideoCodec) -> Bool {
        for unit in units where unit.count >= 2 {
            if codec == .h265 {
                let type = H265.type(unit[0])
                if H265.isPicture(type) { return H265.isRandomAccess(type) }
            } else {
                let type = unit[0] & 0x1F
                if type == H264.NALType.idr { return true }
                if H264.isPicture(header: unit[0]) { return false }
                if type == H264.NALType.sei, SEI(unit, headerSize: 1).hasRecoveryPoint { return true }
            }
        }
        return false
    }

    /// frame_marker 2, profile, show_existing_frame 0, frame_type 0 (VP9 bitstream specification §6.2).
    private static func isVP9Keyframe(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var bits = BitReader(bytes, removesEmulation: false)
        guard bits.bits(2) == 2, let low = bits.bits(1), let high = bits.bits(1) else { return false }
        if low + 2 * high == 3, !bits.skip(1) { return false }
        return bits.flag() == false && bits.flag() == false
    }

    /// A sequence header stands before each key frame (AV1 specification §7.5) and nowhere else in practice.
    private static func holdsAV1SequenceHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var cursor = ByteCursor(bytes)
        while let header = cursor.u8() {
            if header >> 3 & 0x0F == 1 { return true }
            if header & 4 != 0, !cursor.skip(1) { return false }
            guard header & 2 != 0, let size = leb128(&cursor), cursor.skip(size) else { return false }
        }
        return false
    }

    private static func leb128(_ cursor: inout ByteCursor) -> Int? {
        var value = 0
        for index in 0..<8 {
            guard let byte = cursor.u8() else { return nil }
            value |= Int(byte & 0x7F) << (7 * index)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
