/// Whether bytes can be a sample of a codec: the proof behind "truth from the last valid sample".
public enum SampleCheck {
    /// Structural, and as fast as memory: start markers, lengths that add up, NAL types and slice headers that are
    /// legal, no zeroes where the codec forbids them. Passes whatever a real encoder writes; zeroes and foreign data fail.
    /// `lengthSize` is that of `Track.nalLengthSize`.
    public static func isPlausible(_ bytes: UnsafeRawBufferPointer, codec: VideoCodec, lengthSize: Int?) -> Bool {
        guard !bytes.isEmpty else { return false }
        switch codec {
        case .h264, .h265:
            if let lengthSize { return lengthsAddUp(bytes, codec, lengthSize) }
            guard startsWithStartCode(bytes) else { return false }
            var count = 0
            for unit in NALUnits.AnnexB(bytes) {
                guard isPlausible(unit: unit, codec) else { return false }
                count += 1
            }
            return count > 0
        case .mpeg4:
            return isVOP(bytes)
        case .mpeg2:
            return startsWithStartCode(bytes) && trailingZeroes(bytes) <= mostTrailingZeroes
        case .mjpeg:
            return isJPEG(bytes)
        case .vp8:
            guard bytes.count >= 4 else { return bytes.contains { $0 != 0 } }
            if bytes[0] & 1 == 1 { return true }
            // The start code of a key frame (RFC 6386 §9.1).
            return bytes.count >= 10 && bytes[3] == 0x9D && bytes[4] == 0x01 && bytes[5] == 0x2A
        case .vp9:
            return bytes[0] >> 6 == 2  // frame_marker
        case .av1:
            let type = bytes[0] >> 3 & 0x0F
            return bytes[0] & 0x81 == 0 && ((1...8).contains(type) || type == 15)
        case .unknown:
            return bytes.contains { $0 != 0 }
        }
    }

    /// Whether the first bytes of a sample, which is not plausible as a whole, are as they should be; `visible` of them
    /// are to be looked at. True where these are too few to tell.
    static func beginsPlausibly(_ bytes: UnsafeRawBufferPointer, visible: Int, codec: VideoCodec, lengthSize: Int?) -> Bool {
        switch codec {
        case .h264, .h265:
            guard let lengthSize else { return visible < 4 || startsWithStartCode(bytes) }
            guard visible >= lengthSize else { return true }
            var units = NALUnits.LengthPrefixed(bytes, lengthSize: lengthSize)
            guard let unit = units.next(), let header = unit.first else { return false }
            return visible == lengthSize || (codec == .h265 ? header & 0x80 == 0 : H264.isLegal(header: header))
        case .mpeg4, .mpeg2:
            return visible < 4 || startsWithStartCode(bytes)
        case .mjpeg:
            return visible < 2 || (bytes.count > 2 && bytes[0] == 0xFF && bytes[1] == 0xD8)
        default:
            return true
        }
    }

    /// A unit ends in a byte that is not zero; muxers that cut Annex B carelessly leave zeroes of the next start code.
    private static let mostTrailingZeroes = 3

    private static func trailingZeroes(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.count - StartCodes.countWithoutTrailingZeroes(bytes)
    }

    private static func startsWithStartCode(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 5, bytes[0] == 0, bytes[1] == 0 else { return false }
        return bytes[2] == 1 || (bytes[2] == 0 && bytes[3] == 1)
    }

    private static func lengthsAddUp(_ bytes: UnsafeRawBufferPointer, _ codec: VideoCodec, _ lengthSize: Int) -> Bool {
        var units = NALUnits.LengthPrefixed(bytes, lengthSize: lengthSize)
        var count = 0
        while let unit = units.next() {
            guard isPlausible(unit: unit, codec) else { return false }
            count += 1
        }
        return count > 0 && units.position == bytes.count
    }

    /// One NAL unit, header first.
    static func isPlausible(unit: UnsafeRawBufferPointer, _ codec: VideoCodec) -> Bool {
        guard let header = unit.first else { return false }
        let isPicture: Bool
        if codec == .h265 {
            guard unit.count >= 2, H265.isLegal(header: header, unit[1]) else { return false }
            isPicture = H265.isPicture(H265.type(header))
            if isPicture, H265Slice(unit, form: { _ in nil }) == nil { return false }
        } else {
            guard H264.isLegal(header: header) else { return false }
            isPicture = H264.isPicture(header: header)
            if isPicture, H264Slice(unit, form: { _ in nil }) == nil { return false }
        }
        return !isPicture || (trailingZeroes(unit) <= mostTrailingZeroes && !holdsForbiddenZeroes(unit))
    }

    /// Four zero bytes that no start code follows: emulation prevention lets no unit hold even three (H.264 §7.4.1).
    private static func holdsForbiddenZeroes(_ unit: UnsafeRawBufferPointer) -> Bool {
        var from = 0
        while let pair = StartCodes.zeroPair(in: unit, from: from) {
            let end = StartCodes.firstNonzero(in: unit, from: pair + 2)
            guard end < unit.count else { return false }
            // No start code has more than one zero before it but where a muxer pads; a hole has hundreds.
            if end - pair >= 4, unit[end] != 1 || end - pair >= 16 { return true }
            from = end + 1
        }
        return false
    }

    private static func isVOP(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // What an AVI holds for a VOP that was packed into the sample before it.
        if bytes.count == 1 { return bytes[0] == 0x7F }
        guard startsWithStartCode(bytes), trailingZeroes(bytes) <= mostTrailingZeroes else { return false }
        var from = 0
        while let code = StartCodes.first(in: bytes, from: from), code + 3 < bytes.count {
            let value = bytes[code + 3]
            guard MPEG4Visual.isLegal(code: value) else { return false }
            if value == MPEG4Visual.vop {
                let unit = UnsafeRawBufferPointer(rebasing: bytes[(code + 3)...])
                return MPEG4VOP(unit, layer: nil) != nil && !holdsZeroedBlock(unit)
            }
            from = code + 3
        }
        // A sample of headers alone.
        return true
    }

    /// 23 zero bits are forbidden in a VOP (ISO/IEC 14496-2 Annex E), but zero stuffing between VOPs is forgiven.
    private static func holdsZeroedBlock(_ unit: UnsafeRawBufferPointer) -> Bool {
        var from = 0
        while let pair = StartCodes.zeroPair(in: unit, from: from) {
            let end = StartCodes.firstNonzero(in: unit, from: pair + 2)
            if end - pair >= 16 { return true }
            from = end + 1
        }
        return false
    }

    private static func isJPEG(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8, bytes[2] == 0xFF else { return false }
        // A marker that can follow SOI: SOF, DHT, DQT, DRI, APPn, COM (or a fill byte).
        guard (0xC0...0xFE).contains(bytes[3]), !(0xD0...0xDA).contains(bytes[3]) else { return false }
        // Zero padding is common, and some cameras write a few bytes of their own behind EOI.
        let end = StartCodes.countWithoutTrailingZeroes(bytes)
        var position = end - 2
        while position >= 4, position >= end - 64 {
            if bytes[position] == 0xFF, bytes[position + 1] == 0xD9 { return !isHollow(bytes) }
            position -= 1
        }
        return false
    }

    /// Whether a part of an image was zeroed. JPEG allows zeroes (a black picture may be nothing else), so that a run
    /// of them only raises the question, and the blocks of the picture answer it.
    static func isHollow(_ image: UnsafeRawBufferPointer) -> Bool {
        var from = 0
        while let pair = StartCodes.zeroPair(in: image, from: from) {
            let end = StartCodes.firstNonzero(in: image, from: pair + 2)
            if end - pair >= 32 { return JPEGScan.isWhole(image) == false }
            from = end + 1
        }
        return false
    }
}
