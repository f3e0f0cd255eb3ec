// Decoder configuration records: `avcC` (ISO/IEC 14496-15 §5.3.3) and `hvcC` (§8.3.3).
extension ParameterSets {
    /// Nil where it is no `avcC` content. Sets that run past the end are left out.
    public init?(avcC bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 7, bytes[0] == 1 else { return nil }
        self.init(codec: .h264)
        var cursor = ByteCursor(bytes)
        guard cursor.skip(5), let spsCount = cursor.u8() else { return nil }
        for _ in 0..<(spsCount & 0x1F) {
            guard let set = Self.takeSet(&cursor) else { return }
            sps.append(Array(set))
        }
        guard let ppsCount = cursor.u8() else { return }
        for _ in 0..<ppsCount {
            guard let set = Self.takeSet(&cursor) else { return }
            pps.append(Array(set))
        }
    }

    /// Nil where it is no `hvcC` content. Sets that run past the end are left out.
    public init?(hvcC bytes: UnsafeRawBufferPointer) {
        // Early muxers wrote version 0.
        guard bytes.count >= 23, bytes[0] <= 1 else { return nil }
        self.init(codec: .h265)
        var cursor = ByteCursor(bytes)
        guard cursor.skip(22), let arrays = cursor.u8() else { return nil }
        for _ in 0..<arrays {
            guard let type = cursor.u8(), let count = cursor.u16() else { return }
            for _ in 0..<count {
                guard let set = Self.takeSet(&cursor) else { return }
                switch type & 0x3F {
                case H265.NALType.vps: vps.append(Array(set))
                case H265.NALType.sps: sps.append(Array(set))
                case H265.NALType.pps: pps.append(Array(set))
                default: break  // SEI may stand here too.
                }
            }
        }
    }

    private static func takeSet(_ cursor: inout ByteCursor) -> UnsafeRawBufferPointer? {
        guard let length = cursor.u16(), let set = cursor.take(Int(length)), !set.isEmpty else { return nil }
        return set
    }

    /// Bytes of the length before each NAL unit, as an `avcC` or `hvcC` states it: 1, 2 or 4.
    public static func nalLengthSize(configuration: UnsafeRawBufferPointer, codec: VideoCodec) -> Int? {
        let position = codec == .h265 ? 21 : 4
        guard codec == .h264 || codec == .h265, configuration.count > position else { return nil }
        let size = Int(configuration[position] & 3) + 1
        return size == 3 ? nil : size
    }

    /// The content of an `avcC` or `hvcC` for 4-byte lengths; nil without an SPS that can be read, or without PPS.
    public func configurationRecord() -> [UInt8]? {
        guard isComplete, let first = sps.first else { return nil }
        return first.withUnsafeBytes { bytes in
            codec == .h265 ? H265SPS(bytes).map(hevcRecord) : H264SPS(bytes).map(avcRecord)
        }
    }

    private func avcRecord(_ set: H264SPS) -> [UInt8] {
        var out: [UInt8] = [1, set.profile, set.compatibility, set.level, 0xFF, 0xE0 | UInt8(min(sps.count, 31))]
        for unit in sps.prefix(31) { Self.append(unit, to: &out) }
        out.append(UInt8(min(pps.count, 255)))
        for unit in pps.prefix(255) { Self.append(unit, to: &out) }
        if [100, 110, 122, 144, 244, 44].contains(set.profile) {
            out.append(0xFC | UInt8(truncatingIfNeeded: set.chromaFormat))
            out.append(0xF8 | UInt8(truncatingIfNeeded: set.bitDepthLuma - 8))
            out.append(0xF8 | UInt8(truncatingIfNeeded: set.bitDepthChroma - 8))
            out.append(0)  // no SPS extension
        }
        return out
    }

    private func hevcRecord(_ set: H265SPS) -> [UInt8] {
        var out: [UInt8] = [1]
        out += set.profile.general
        out += [0xF0, 0]  // min_spatial_segmentation_idc: unknown
        out += [0xFC]  // parallelismType: unknown
        out.append(0xFC | UInt8(truncatingIfNeeded: set.chromaFormat))
        out.append(0xF8 | UInt8(truncatingIfNeeded: set.bitDepthLuma - 8))
        out.append(0xF8 | UInt8(truncatingIfNeeded: set.bitDepthChroma - 8))
        out += [0, 0]  // avgFrameRate: unspecified
        out.append(UInt8(truncatingIfNeeded: set.subLayers) << 3 | (set.isNested ? 4 : 0) | 3)
        out.append(3)
        for (type, units) in [(H265.NALType.vps, vps), (H265.NALType.sps, sps), (H265.NALType.pps, pps)] {
            out.append(0x80 | type)  // array_completeness, which `hvc1` demands
            out += [0, UInt8(truncatingIfNeeded: min(units.count, 255))]
            for unit in units.prefix(255) { Self.append(unit, to: &out) }
        }
        return out
    }

    private static func append(_ unit: [UInt8], to out: inout [UInt8]) {
        let length = UInt16(clamping: unit.count)
        out += [UInt8(length >> 8), UInt8(length & 0xFF)]
        out += unit.prefix(Int(length))
    }
}
