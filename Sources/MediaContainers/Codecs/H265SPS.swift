/// seq_parameter_set_rbsp of H.265 (§7.3.2.2).
struct H265SPS: Equatable {
    var id = 0
    var subLayers = 1
    var isNested = false
    var profile = H265Profile()
    var chromaFormat = 1
    var separatePlanes = false
    var bitDepthLuma = 8
    var bitDepthChroma = 8
    var pocBits = 4
    var width = 0
    var height = 0
    var frameRate: FrameRate?

    /// `unit` begins with the two bytes of the NAL header.
    init?(_ unit: UnsafeRawBufferPointer) {
        guard unit.count >= 4, H265.type(unit[0]) == H265.NALType.sps, H265.isLegal(header: unit[0], unit[1]) else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[2...]))
        guard bits.skip(4), let layers = bits.bits(3), layers < 7, let nested = bits.flag(),
            let profile = H265Profile(&bits, subLayersLess1: Int(layers)), let id = bits.ue(atMost: 15)
        else { return nil }
        subLayers = Int(layers) + 1
        isNested = nested
        self.profile = profile
        self.id = id
        guard readSize(&bits), let luma = bits.ue(atMost: 8), let chroma = bits.ue(atMost: 8), let order = bits.ue(atMost: 12) else {
            return nil
        }
        bitDepthLuma = 8 + luma
        bitDepthChroma = 8 + chroma
        pocBits = 4 + order
        // Only the timing lies behind these; where they cannot be followed, the rest still holds.
        if skipToVUI(&bits), bits.flag() == true { frameRate = Self.readTiming(&bits) }
    }

    private mutating func readSize(_ bits: inout BitReader) -> Bool {
        guard let format = bits.ue(atMost: 3) else { return false }
        chromaFormat = format
        if format == 3 {
            guard let separate = bits.flag() else { return false }
            separatePlanes = separate
        }
        // 16888 is the greatest side that level 6.2 allows (§A.4.1).
        guard let w = bits.ue(atMost: 16888), let h = bits.ue(atMost: 16888), w > 0, h > 0, let window = bits.flag() else { return false }
        width = w
        height = h
        guard window else { return true }
        guard let left = bits.ue(atMost: 16888), let right = bits.ue(atMost: 16888),
            let top = bits.ue(atMost: 16888), let bottom = bits.ue(atMost: 16888)
        else { return false }
        // SubWidthC, SubHeightC: Table 6-1.
        let unitX = (format == 1 || format == 2) && !separatePlanes ? 2 : 1
        let unitY = format == 1 && !separatePlanes ? 2 : 1
        width -= unitX * (left + right)
        height -= unitY * (top + bottom)
        return width > 0 && height > 0
    }

    private func skipToVUI(_ bits: inout BitReader) -> Bool {
        guard let all = bits.flag() else { return false }
        for _ in 0..<(3 * (all ? subLayers : 1)) where bits.ue() == nil { return false }
        for _ in 0..<6 where bits.ue() == nil { return false }
        guard let scaling = bits.flag() else { return false }
        if scaling {
            guard let data = bits.flag() else { return false }
            if data, !Self.skipScalingLists(&bits) { return false }
        }
        guard bits.skip(2), let pcm = bits.flag() else { return false }
        if pcm {
            guard bits.skip(8), bits.ue() != nil, bits.ue() != nil, bits.skip(1) else { return false }
        }
        guard Self.skipReferenceSets(&bits), let longTerm = bits.flag() else { return false }
        if longTerm {
            guard let count = bits.ue(atMost: 32), bits.skip(count * (pocBits + 1)) else { return false }
        }
        return bits.skip(2)
    }

    /// scaling_list_data (§7.3.4)
    private static func skipScalingLists(_ bits: inout BitReader) -> Bool {
        for size in 0..<4 {
            for _ in stride(from: 0, to: 6, by: size == 3 ? 3 : 1) {
                guard let explicit = bits.flag() else { return false }
                if !explicit {
                    if bits.ue() == nil { return false }
                    continue
                }
                if size > 1, bits.se() == nil { return false }
                for _ in 0..<min(64, 1 << (4 + size << 1)) where bits.se() == nil { return false }
            }
        }
        return true
    }

    /// st_ref_pic_set (§7.3.7), of which only the number of pictures in each set matters to what follows.
    private static func skipReferenceSets(_ bits: inout BitReader) -> Bool {
        guard let count = bits.ue(atMost: 64) else { return false }
        var previous = 0
        for index in 0..<count {
            var predicted = false
            if index > 0 {
                guard let flag = bits.flag() else { return false }
                predicted = flag
            }
            if predicted {
                guard bits.skip(1), bits.ue() != nil else { return false }
                var pictures = 0
                for _ in 0...previous {
                    guard let used = bits.flag() else { return false }
                    if used {
                        pictures += 1
                    } else {
                        guard let delta = bits.flag() else { return false }
                        if delta { pictures += 1 }
                    }
                }
                previous = pictures
            } else {
                guard let negative = bits.ue(atMost: 16), let positive = bits.ue(atMost: 16) else { return false }
                for _ in 0..<(negative + positive) { guard bits.ue() != nil, bits.skip(1) else { return false } }
                previous = negative + positive
            }
        }
        return true
    }

    private static func readTiming(_ bits: inout BitReader) -> FrameRate? {
        guard VUI.skipToTiming(&bits, hevc: true), bits.flag() == true, let units = bits.bits(32), let scale = bits.bits(32) else {
            return nil
        }
        return FrameRate(numerator: Int64(scale), denominator: Int64(units))
    }
}
