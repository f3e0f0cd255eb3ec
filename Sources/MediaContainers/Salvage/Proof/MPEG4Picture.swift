/// Reads the macroblocks of a VOP of MPEG-4 part 2 (ISO/IEC 14496-2 §6.2.5, §6.2.6), to see where it ends.
struct MPEG4Picture {
    private let layer: MPEG4Layer
    private let isPredicted: Bool
    private var bits: BitReader
    private var qp = 0
    private var threshold = 0
    private var vectorBits = 0

    /// `.complete` if the macroblocks of the picture and the stuffing behind them fill `unit`, which begins with the start code's
    /// value, B6.
    static func prove(_ unit: UnsafeRawBufferPointer, layer: MPEG4Layer) -> SliceProof {
        guard layer.isSimple else { return .unknown }
        guard let vop = MPEG4VOP(unit, layer: layer) else { return .broken(bytesLeft: unit.count) }
        if !vop.isCoded { return .complete(next: layer.macroblockCount) }
        guard vop.type == .intra || vop.type == .predicted else { return .unknown }
        guard var picture = MPEG4Picture(unit, vop, layer) else { return .broken(bytesLeft: unit.count) }
        return picture.read()
    }

    private init?(_ unit: UnsafeRawBufferPointer, _ vop: MPEG4VOP, _ layer: MPEG4Layer) {
        self.layer = layer
        isPredicted = vop.type == .predicted
        bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[1...]), removesEmulation: false)
        guard bits.skip(vop.headerBits) else { return nil }
        if isPredicted, !bits.skip(1) { return nil }
        guard let step = bits.bits(3), let quantiser = bits.bits(5), quantiser > 0 else { return nil }
        // intra_dc_vlc_thr (Table 6-21)
        threshold = step == 0 ? .max : step == 7 ? 0 : 11 + 2 * Int(step)
        qp = Int(quantiser)
        if isPredicted {
            guard let code = bits.bits(3), code > 0 else { return nil }
            vectorBits = Int(code) - 1
        }
    }

    private mutating func read() -> SliceProof {
        for _ in 0..<layer.macroblockCount {
            let before = bits
            guard readMacroblock() else {
                var rest = before
                // The stuffing of a smaller picture, and nothing that was cut off.
                return .broken(bytesLeft: Self.isStuffing(&rest) ? .max : bits.bytesLeft)
            }
        }
        let left = bits.bytesLeft
        return Self.isStuffing(&bits) ? .complete(next: layer.macroblockCount) : .broken(bytesLeft: left)
    }

    private static func isStuffing(_ bits: inout BitReader) -> Bool {
        // next_start_code(): a zero, and ones up to the byte.
        guard bits.flag() == false else { return false }
        let rest = bits.bitsToAlignment
        guard let ones = bits.bits(rest), ones == (UInt32(1) << UInt32(rest)) - 1 else { return false }
        // Muxers that cut carelessly leave a zero of the next start code.
        while let bit = bits.bits(1) { if bit == 1 { return false } }
        return true
    }

    // MARK: - One macroblock

    private mutating func readMacroblock() -> Bool {
        var type = 0
        var chroma = 0
        while true {
            if isPredicted {
                guard let skipped = bits.flag() else { return false }
                if skipped { return true }
            }
            guard let code = (isPredicted ? MPEG4Codes.interTypes : MPEG4Codes.intraTypes).read(&bits) else { return false }
            if code == (isPredicted ? 20 : 8) { continue }
            type = code / 4 + (isPredicted ? 0 : 3)
            chroma = code % 4
            break
        }
        let isIntra = type >= 3
        if isIntra, !bits.skip(1) { return false }
        guard var luma = MPEG4Codes.patterns.read(&bits) else { return false }
        if !isIntra { luma = 15 - luma }
        let usesSizes = qp < threshold
        if type == 1 || type == 4 {
            guard let delta = bits.bits(2) else { return false }
            qp = min(max(qp + [-1, -2, 1, 2][Int(delta)], 1), 31)
        }
        if !isIntra { for _ in 0..<(type == 2 ? 4 : 1) { guard readVector() else { return false } } }
        let pattern = luma << 2 | chroma
        for block in 0..<6 {
            guard readBlock(isIntra: isIntra, isChroma: block > 3, isCoded: pattern >> (5 - block) & 1 == 1, usesSizes: usesSizes) else {
                return false
            }
        }
        return true
    }

    private mutating func readVector() -> Bool {
        for _ in 0..<2 {
            guard let magnitude = MPEG4Codes.vectors.read(&bits) else { return false }
            if magnitude > 0, !bits.skip(1 + vectorBits) { return false }
        }
        return true
    }

    private mutating func readBlock(isIntra: Bool, isChroma: Bool, isCoded: Bool, usesSizes: Bool) -> Bool {
        var place = 0
        if isIntra, usesSizes {
            guard let size = (isChroma ? MPEG4Codes.chromaSizes : MPEG4Codes.lumaSizes).read(&bits), bits.skip(size) else { return false }
            if size > 8, bits.flag() != true { return false }
            place = 1
        }
        guard isCoded else { return true }
        let codes = isIntra ? MPEG4Codes.intraCoefficients : MPEG4Codes.interCoefficients
        while true {
            guard let event = codes.read(&bits) else { return false }
            place += event.run + 1
            guard place <= 64 else { return false }
            if event.isLast { return true }
        }
    }
}
