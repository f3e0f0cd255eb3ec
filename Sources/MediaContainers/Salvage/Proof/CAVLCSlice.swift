/// Reads the macroblocks of a slice that is coded with CAVLC (H.264 §7.3.4, §7.3.5), to see whether they are what the slice says.
struct CAVLCSlice {
    private let header: H264SliceHeader
    private let coding: H264PPS.Coding
    private var bits: BitReader
    private var grid: MacroblockGrid

    static func prove(_ header: H264SliceHeader) -> SliceProof {
        guard var slice = CAVLCSlice(header) else { return .unknown }
        return slice.read()
    }

    /// Nil where the slice has a feature that is not followed: fields, other chroma formats than 4:2:0.
    private init?(_ header: H264SliceHeader) {
        guard let coding = header.pps.coding, coding.sliceGroups == 1, !header.pps.isCABAC, header.slice.type < 3,
            !header.slice.isField, !header.sps.isAdaptive, header.sps.chromaFormat == 1, header.sps.bitDepthLuma == 8,
            header.sps.bitDepthChroma == 8
        else { return nil }
        self.header = header
        self.coding = coding
        bits = header.data
        grid = MacroblockGrid(
            width: header.sps.widthInMacroblocks, count: header.sps.frameSizeInMacroblocks, first: header.slice.firstMacroblock)
    }

    private mutating func read() -> SliceProof {
        var address = grid.first
        let isIntra = header.slice.isIntra
        while true {
            if !isIntra {
                guard let skipped = bits.ue(), skipped <= grid.count - address else { return .broken(bytesLeft: bits.bytesLeft) }
                address += Int(skipped)
                guard bits.hasMoreData() else { break }
            }
            guard address < grid.count, readMacroblock(address) else { return .broken(bytesLeft: bits.bytesLeft) }
            address += 1
            guard bits.hasMoreData() else { break }
        }
        return .complete(next: address)
    }

    // MARK: - One macroblock

    private mutating func readMacroblock(_ address: Int) -> Bool {
        let isB = header.slice.type == 1
        let intraFrom = header.slice.isIntra ? 0 : isB ? 23 : 5
        guard let type = bits.ue(atMost: UInt32(intraFrom + 25)) else { return false }
        if type >= intraFrom { return readIntra(address, type - intraFrom) }
        var small = false
        if isB {
            guard readBidirectional(type, &small) else { return false }
        } else {
            guard readPredicted(type, &small) else { return false }
        }
        guard let code = bits.ue(atMost: 47) else { return false }
        let pattern = CAVLC.interPatterns[code]
        let mayBeLarge = !small && (!isB || type != 0 || header.sps.infersDirect8x8)
        if pattern & 15 != 0, coding.transform8x8, mayBeLarge, !bits.skip(1) { return false }
        return readResidual(address, pattern: pattern, is16x16: false)
    }

    private mutating func readIntra(_ address: Int, _ type: Int) -> Bool {
        if type == 25 {
            // I_PCM: aligned samples.
            guard bits.skip(bits.bitsToAlignment), bits.skip(384 * 8) else { return false }
            grid.setAll(16, address)
            return true
        }
        if type == 0 {
            var large = false
            if coding.transform8x8 {
                guard let flag = bits.flag() else { return false }
                large = flag
            }
            for _ in 0..<(large ? 4 : 16) {
                guard let predicted = bits.flag() else { return false }
                if !predicted, !bits.skip(3) { return false }
            }
        }
        guard bits.ue(atMost: 3) != nil else { return false }
        if type == 0 {
            guard let code = bits.ue(atMost: 47) else { return false }
            return readResidual(address, pattern: CAVLC.intraPatterns[code], is16x16: false)
        }
        // Table 7-11
        let pattern = UInt8(((type - 1) / 4 % 3) << 4 | (type > 12 ? 15 : 0))
        return readResidual(address, pattern: pattern, is16x16: true)
    }

    // MARK: - Prediction

    private mutating func readPredicted(_ type: Int, _ small: inout Bool) -> Bool {
        if type < 3 { return readParts([1, 1].prefix(type == 0 ? 1 : 2)) }
        var vectors = 0
        for _ in 0..<4 {
            guard let sub = bits.ue(atMost: 3) else { return false }
            if sub > 0 { small = true }
            vectors += [1, 2, 2, 4][sub]
        }
        if type == 3 { for _ in 0..<4 { guard readReference(list: 0) else { return false } } }
        return readVectors(vectors)
    }

    /// Bit 0: list 0, bit 1: list 1, of both parts of mb_type 4...21 (Table 7-14).
    static let parts: [[Int]] = [
        [1, 1], [2, 2], [1, 2], [2, 1], [1, 3], [2, 3], [3, 1], [3, 2], [3, 3],
    ]

    private mutating func readBidirectional(_ type: Int, _ small: inout Bool) -> Bool {
        if type == 0 { return true }
        if type < 4 { return readParts([type][...]) }
        if type < 22 { return readParts(Self.parts[(type - 4) / 2][...]) }
        var uses: [Int] = []
        var counts: [Int] = []
        for _ in 0..<4 {
            guard let sub = bits.ue(atMost: 12) else { return false }
            // Table 7-18
            uses.append([0, 1, 2, 3, 1, 1, 2, 2, 3, 3, 1, 2, 3][sub])
            counts.append([0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 4, 4, 4][sub])
            if sub > 3 || (sub == 0 && !header.sps.infersDirect8x8) { small = true }
        }
        for list in 0..<2 { for use in uses where use >> list & 1 == 1 { guard readReference(list: list) else { return false } } }
        for list in 0..<2 {
            for (use, count) in zip(uses, counts) where use >> list & 1 == 1 { guard readVectors(count) else { return false } }
        }
        return true
    }

    private mutating func readParts(_ uses: ArraySlice<Int>) -> Bool {
        for list in 0..<2 { for use in uses where use >> list & 1 == 1 { guard readReference(list: list) else { return false } } }
        for list in 0..<2 { for use in uses where use >> list & 1 == 1 { guard readVectors(1) else { return false } } }
        return true
    }

    /// te(v) (§9.1)
    private mutating func readReference(list: Int) -> Bool {
        let count = header.references[list]
        if count <= 1 { return true }
        if count == 2 { return bits.skip(1) }
        return bits.ue(atMost: UInt32(count - 1)) != nil
    }

    /// Differences of some thousand samples at most (§7.4.5.1).
    private mutating func readVectors(_ count: Int) -> Bool {
        for _ in 0..<(2 * count) { guard let value = bits.se(), (-8192...8191).contains(value) else { return false } }
        return true
    }

    // MARK: - Residual (§7.3.5.3)

    private mutating func readResidual(_ address: Int, pattern: UInt8, is16x16: Bool) -> Bool {
        grid.setAll(0, address)
        guard pattern != 0 || is16x16 else { return true }
        guard let delta = bits.se(), (-26...25).contains(delta) else { return false }
        if is16x16, readBlock(most: 16, context: context(address, plane: 0, block: 0)) == nil { return false }
        for index in 0..<16 where pattern >> (index / 4) & 1 == 1 {
            let block = MacroblockGrid.raster[index]
            guard let count = readBlock(most: is16x16 ? 15 : 16, context: context(address, plane: 0, block: block)) else { return false }
            grid.set(count, address, plane: 0, block: block)
        }
        guard pattern >> 4 != 0 else { return true }
        for _ in 0..<2 { guard readBlock(most: 4, context: -1) != nil else { return false } }
        guard pattern >> 4 == 2 else { return true }
        for plane in 1...2 {
            for block in 0..<4 {
                guard let count = readBlock(most: 15, context: context(address, plane: plane, block: block)) else { return false }
                grid.set(count, address, plane: plane, block: block)
            }
        }
        return true
    }

    /// nC (§9.2.1)
    private func context(_ address: Int, plane: Int, block: Int) -> Int {
        switch grid.neighbours(address, plane: plane, block: block) {
        case (let left?, let above?): (left + above + 1) / 2
        case (let one?, nil), (nil, let one?): one
        case (nil, nil): 0
        }
    }

    /// residual_block_cavlc; the number of coefficients, nil where the bits make no sense. `context` -1: DC of chroma.
    private mutating func readBlock(most: Int, context: Int) -> Int? {
        let token: Int
        if context < 0 {
            guard let value = CAVLC.chromaCoefficients.read(&bits) else { return nil }
            token = value
        } else if context < 8 {
            guard let value = CAVLC.coefficients[context < 2 ? 0 : context < 4 ? 1 : 2].read(&bits) else { return nil }
            token = value
        } else {
            guard let value = bits.bits(6) else { return nil }
            token = value == 3 ? 0 : Int(value) + 4
        }
        let (total, ones) = (token / 4, token % 4)
        guard total <= most, ones <= total else { return nil }
        guard total > 0 else { return 0 }
        guard bits.skip(ones), readLevels(total - ones, total: total, ones: ones) else { return nil }
        guard total < most else { return total }
        let table = context < 0 ? CAVLC.chromaZeroes : CAVLC.zeroes
        guard var left = table[total - 1].read(&bits), left <= most - total else { return nil }
        for _ in 1..<max(total, 1) where left > 0 {
            guard let run = CAVLC.runs[min(left, 7) - 1].read(&bits), run <= left else { return nil }
            left -= run
        }
        return total
    }

    /// §9.2.2.1
    private mutating func readLevels(_ count: Int, total: Int, ones: Int) -> Bool {
        var suffixLength = total > 10 && ones < 3 ? 1 : 0
        for index in 0..<count {
            var prefix = 0
            while true {
                guard let bit = bits.bits(1) else { return false }
                if bit == 1 { break }
                prefix += 1
                // Coefficients of 8-bit video need no longer one (§A.2).
                if prefix > 25 { return false }
            }
            var code = min(15, prefix) << suffixLength
            let size = prefix == 14 && suffixLength == 0 ? 4 : prefix >= 15 ? prefix - 3 : suffixLength
            guard let suffix = bits.bits(size) else { return false }
            code += Int(suffix)
            if prefix >= 15, suffixLength == 0 { code += 15 }
            if prefix >= 16 { code += (1 << (prefix - 3)) - 4096 }
            if index == 0, ones < 3 { code += 2 }
            let level = code & 1 == 0 ? (code + 2) / 2 : (code + 1) / 2
            if suffixLength == 0 { suffixLength = 1 }
            if level > 3 << (suffixLength - 1), suffixLength < 6 { suffixLength += 1 }
        }
        return true
    }
}
