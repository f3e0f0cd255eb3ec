/// Which codec's raw stream begins at a sector: parameter sets come first in what recorders and encoders write.
enum UnitKind {
    /// `bytes` begin with a start code of three or four bytes.
    static func codecs(_ bytes: UnsafeRawBufferPointer) -> [VideoCodec] {
        guard let unit = firstUnit(bytes) else { return [] }
        var result: [VideoCodec] = []
        if unit.count >= 2, H265.isLegal(header: unit[0], unit[1]), isFirst(h265: H265.type(unit[0])) { result.append(.h265) }
        if H264.isLegal(header: unit[0]), isFirst(h264: unit[0] & 0x1F) { result.append(.h264) }
        if unit[0] == MPEG4Visual.sequenceStart || unit[0] == MPEG4Visual.visualObject || unit[0] <= 0x2F || unit[0] == MPEG4Visual.vop {
            result.append(.mpeg4)
        }
        return result
    }

    /// Whether a stream begins here with parameter sets that can be read.
    static func beginsWithHeaders(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let unit = firstUnit(bytes) else { return false }
        if unit[0] & 0x9F == H264.NALType.sps, H264SPS(unit) != nil { return true }
        if unit.count >= 2, H265.isLegal(header: unit[0], unit[1]), H265.type(unit[0]) == H265.NALType.vps, H265VPS(unit) != nil {
            return true
        }
        return unit[0] == MPEG4Visual.sequenceStart && unit.count > 5 && unit[2] == 0 && unit[3] == 0 && unit[4] == 1
    }

    /// VPS, SPS, PPS, SEI, delimiter, or a picture that needs no other.
    private static func isFirst(h265 type: UInt8) -> Bool { (32...35).contains(type) || type == 39 || (16...21).contains(type) }
    private static func isFirst(h264 type: UInt8) -> Bool { (5...9).contains(type) }

    private static func firstUnit(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard bytes.count >= 16, bytes[0] == 0, bytes[1] == 0 else { return nil }
        let start = bytes[2] == 1 ? 3 : bytes[2] == 0 && bytes[3] == 1 ? 4 : 0
        return start == 0 ? nil : UnsafeRawBufferPointer(rebasing: bytes[start...])
    }
}
