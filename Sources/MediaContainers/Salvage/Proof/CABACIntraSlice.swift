/// Reads the macroblocks of an I slice that is coded with CABAC (H.264 §7.3.4, §9.3), to see whether they are what the slice says.
struct CABACIntraSlice {
    private let coding: H264PPS.Coding
    private var decoder: ArithmeticDecoder
    private var grid: MacroblockGrid
    private var blocks: [Macroblock]
    /// mb_qp_delta of the macroblock before was not 0.
    private var hadDelta = false

    private struct Macroblock {
        enum Kind { case small, whole, pcm }
        var kind = Kind.small
        var isLarge = false
        /// coded_block_pattern
        var luma = 0
        var chroma = 0
        var chromaMode = 0
        /// coded_block_flag of the DC blocks: luma, Cb, Cr.
        var dc = [false, false, false]
    }

    static func prove(_ header: H264SliceHeader) -> SliceProof {
        guard var slice = CABACIntraSlice(header) else { return .unknown }
        return slice.read()
    }

    /// Nil where the slice has a feature that is not followed: prediction, fields, other chroma formats than 4:2:0.
    private init?(_ header: H264SliceHeader) {
        guard let coding = header.pps.coding, coding.sliceGroups == 1, header.pps.isCABAC, header.slice.type == 2,
            !header.slice.isField, !header.sps.isAdaptive, header.sps.chromaFormat == 1, header.sps.bitDepthLuma == 8,
            header.sps.bitDepthChroma == 8
        else { return nil }
        self.coding = coding
        grid = MacroblockGrid(
            width: header.sps.widthInMacroblocks, count: header.sps.frameSizeInMacroblocks, first: header.slice.firstMacroblock)
        blocks = Array(repeating: Macroblock(), count: grid.count)
        var states = [UInt8](repeating: 0, count: 460)
        for (first, values) in CABACIntraContexts.values {
            for index in 0..<(values.count / 2) {
                states[first + index] = ArithmeticDecoder.state(m: Int(values[2 * index]), n: Int(values[2 * index + 1]), qp: header.qp)
            }
        }
        decoder = ArithmeticDecoder(header.data, states: states)
    }

    private mutating func read() -> SliceProof {
        var address = grid.first
        while address < grid.count {
            guard readMacroblock(address), !decoder.isExhausted else { return .broken }
            address += 1
            if decoder.terminates() { return decoder.endsHere() ? .complete(next: address) : .broken }
        }
        return .broken
    }

    private func neighbours(_ address: Int) -> (left: Macroblock?, above: Macroblock?) {
        (grid.left(of: address).map { blocks[$0] }, grid.above(address).map { blocks[$0] })
    }

    /// ctxIdxInc of two conditions.
    private func increment(_ left: Bool, _ above: Bool) -> Int { (left ? 1 : 0) + (above ? 2 : 0) }

    // MARK: - One macroblock

    private mutating func readMacroblock(_ address: Int) -> Bool {
        let (left, above) = neighbours(address)
        var block = Macroblock()
        let context = 3 + (left.map { $0.kind != .small } == true ? 1 : 0) + (above.map { $0.kind != .small } == true ? 1 : 0)
        if decoder.decide(context) {
            if decoder.terminates() {
                decoder.skipAligned(384 * 8)
                block.kind = .pcm
                block.luma = 15
                block.chroma = 2
                block.dc = [true, true, true]
                blocks[address] = block
                grid.setAll(1, address)
                hadDelta = false
                return true
            }
            block.kind = .whole
            block.luma = decoder.decide(3 + 3) ? 15 : 0
            if decoder.decide(3 + 4) { block.chroma = decoder.decide(3 + 5) ? 2 : 1 }
            _ = decoder.decide(3 + 6)
            _ = decoder.decide(3 + 7)
        } else {
            if coding.transform8x8 {
                block.isLarge = decoder.decide(399 + (left?.isLarge == true ? 1 : 0) + (above?.isLarge == true ? 1 : 0))
            }
            for _ in 0..<(block.isLarge ? 4 : 16) where !decoder.decide(68) {
                for _ in 0..<3 { _ = decoder.decide(69) }
            }
        }
        readChromaMode(&block, left, above)
        if block.kind == .small {
            readLumaPattern(&block, left, above)
            readChromaPattern(&block, left, above)
        }
        blocks[address] = block
        return readResidual(address, block)
    }

    /// intra_chroma_pred_mode
    private mutating func readChromaMode(_ block: inout Macroblock, _ left: Macroblock?, _ above: Macroblock?) {
        let context = 64 + ((left?.chromaMode ?? 0) != 0 ? 1 : 0) + ((above?.chromaMode ?? 0) != 0 ? 1 : 0)
        guard decoder.decide(context) else { return }
        block.chromaMode = 1
        while block.chromaMode < 3, decoder.decide(64 + 3) { block.chromaMode += 1 }
    }

    /// §9.3.3.1.1.4
    private mutating func readLumaPattern(_ block: inout Macroblock, _ left: Macroblock?, _ above: Macroblock?) {
        func isUncoded(_ other: Macroblock?, _ bit: Int) -> Bool { other.map { $0.luma >> bit & 1 == 0 } ?? false }
        for index in 0..<4 {
            let a = index % 2 == 1 ? block.luma >> (index - 1) & 1 == 0 : isUncoded(left, index + 1)
            let b = index >= 2 ? block.luma >> (index - 2) & 1 == 0 : isUncoded(above, index + 2)
            if decoder.decide(73 + increment(a, b)) { block.luma |= 1 << index }
        }
    }

    private mutating func readChromaPattern(_ block: inout Macroblock, _ left: Macroblock?, _ above: Macroblock?) {
        guard decoder.decide(77 + increment((left?.chroma ?? 0) != 0, (above?.chroma ?? 0) != 0)) else { return }
        block.chroma = decoder.decide(81 + increment(left?.chroma == 2, above?.chroma == 2)) ? 2 : 1
    }

    private mutating func readDelta() -> Bool {
        var value = 0
        while decoder.decide(60 + (value == 0 ? (hadDelta ? 1 : 0) : value == 1 ? 2 : 3)) {
            value += 1
            // -26...25 as 0...52 (Table 9-3)
            if value > 52 { return false }
        }
        hadDelta = value != 0
        return true
    }

    // MARK: - Residual (§7.3.5.3)

    private mutating func readResidual(_ address: Int, _ block: Macroblock) -> Bool {
        guard block.luma != 0 || block.chroma != 0 || block.kind == .whole else {
            hadDelta = false
            return true
        }
        guard readDelta() else { return false }
        let (left, above) = neighbours(address)
        if block.kind == .whole {
            // Where a neighbour has no such block, it counts as empty; where there is no neighbour, as coded.
            let a = left.map { $0.kind == .small ? false : $0.dc[0] } ?? true
            let b = above.map { $0.kind == .small ? false : $0.dc[0] } ?? true
            blocks[address].dc[0] = readBlock(kind: 0, count: 16, flag: increment(a, b))
        }
        for index in 0..<16 where block.luma >> (index / 4) & 1 == 1 {
            if block.isLarge {
                guard index % 4 == 0 else { continue }
                _ = readBlock(kind: 5, count: 64, flag: nil)
                for part in 0..<4 { grid.set(1, address, plane: 0, block: MacroblockGrid.raster[index + part]) }
                continue
            }
            let place = MacroblockGrid.raster[index]
            let (a, b) = grid.neighbours(address, plane: 0, block: place)
            let isWhole = block.kind == .whole
            let coded = readBlock(
                kind: isWhole ? 1 : 2, count: isWhole ? 15 : 16, flag: increment(a.map { $0 != 0 } ?? true, b.map { $0 != 0 } ?? true))
            grid.set(coded ? 1 : 0, address, plane: 0, block: place)
        }
        guard block.chroma != 0 else { return !decoder.isExhausted }
        for plane in 1...2 {
            let flag = increment(left.map { $0.dc[plane] } ?? true, above.map { $0.dc[plane] } ?? true)
            blocks[address].dc[plane] = readBlock(kind: 3, count: 4, flag: flag)
        }
        guard block.chroma == 2 else { return !decoder.isExhausted }
        for plane in 1...2 {
            for place in 0..<4 {
                let (a, b) = grid.neighbours(address, plane: plane, block: place)
                let coded = readBlock(kind: 4, count: 15, flag: increment(a.map { $0 != 0 } ?? true, b.map { $0 != 0 } ?? true))
                grid.set(coded ? 1 : 0, address, plane: plane, block: place)
            }
        }
        return !decoder.isExhausted
    }

    /// residual_block_cabac of ctxBlockCat `kind`: whether it holds coefficients. `flag`: ctxIdxInc of coded_block_flag, nil
    /// where that is inferred to be 1.
    private mutating func readBlock(kind: Int, count: Int, flag: Int?) -> Bool {
        if let flag, !decoder.decide(85 + 4 * kind + flag) { return false }
        let significant = kind == 5 ? 402 : 105 + Self.mapOffsets[kind]
        let last = kind == 5 ? 417 : 166 + Self.mapOffsets[kind]
        var coefficients = 0
        var isOver = false
        for index in 0..<(count - 1) {
            let inner = kind == 3 ? min(index, 2) : kind == 5 ? Int(Self.significantMap[index]) : index
            guard decoder.decide(significant + inner) else { continue }
            coefficients += 1
            let outer = kind == 5 ? Int(Self.lastMap[index]) : inner
            if decoder.decide(last + outer) {
                isOver = true
                break
            }
        }
        if !isOver { coefficients += 1 }
        readLevels(coefficients, first: kind == 5 ? 426 : 227 + Self.levelOffsets[kind], isChromaDC: kind == 3)
        return true
    }

    private mutating func readLevels(_ count: Int, first: Int, isChromaDC: Bool) {
        var ones = 0
        var greater = 0
        for _ in 0..<count {
            guard decoder.decide(first + (greater > 0 ? 0 : min(4, 1 + ones))) else {
                ones += 1
                _ = decoder.bypass()
                continue
            }
            let context = first + 5 + min(4 - (isChromaDC ? 1 : 0), greater)
            greater += 1
            var value = 1
            while value < 14, decoder.decide(context) { value += 1 }
            if value == 14 {
                // Exp-Golomb of order 0 (§9.3.2.3); 8-bit video needs some 20 bits.
                var order = 0
                while decoder.bypass() {
                    order += 1
                    if order > 24 { return }
                }
                _ = decoder.bypass(order)
            }
            _ = decoder.bypass()
        }
    }

    /// ctxBlockCatOffset (Table 9-40)
    private static let mapOffsets = [0, 15, 29, 44, 47]
    private static let levelOffsets = [0, 10, 20, 30, 39]
    /// ctxIdxInc of an 8x8 block of a frame (Table 9-43)
    private static let significantMap: [UInt8] = [
        0, 1, 2, 3, 4, 5, 5, 4, 4, 3, 3, 4, 4, 4, 5, 5, 4, 4, 4, 4, 3, 3, 6, 7, 7, 7, 8, 9, 10, 9, 8, 7,
        7, 6, 11, 12, 13, 11, 6, 7, 8, 9, 14, 10, 9, 8, 6, 11, 12, 13, 11, 6, 9, 14, 10, 9, 11, 12, 13, 11, 14, 10, 12,
    ]
    private static let lastMap: [UInt8] = [
        0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
        3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8,
    ]
}

/// m and n of the contexts of I slices (H.264 Tables 9-12 to 9-24), as far as frames of 4:2:0 need them.
enum CABACIntraContexts {
    static let values: [(first: Int, [Int8])] = [
        // mb_type
        (3, [20, -15, 2, 54, 3, 74, -28, 127, -23, 104, -6, 53, -1, 54, 7, 51]),
        // mb_qp_delta, intra_chroma_pred_mode, prev_intra4x4_pred_mode_flag, rem_intra4x4_pred_mode
        (60, [0, 41, 0, 63, 0, 63, 0, 63, -9, 83, 4, 86, 0, 97, -7, 72, 13, 41, 3, 62]),
        // coded_block_pattern
        (73, [-17, 127, -13, 102, 0, 82, -7, 74, -21, 107, -27, 127, -31, 127, -24, 127, -18, 95, -27, 127, -21, 114, -30, 127]),
        // coded_block_flag
        (
            85,
            [
                -17, 123, -12, 115, -16, 122, -11, 115, -12, 63, -2, 68, -15, 84, -13, 104, -3, 70, -8, 93, -10, 90, -30, 127,
                -1, 74, -6, 97, -7, 91, -20, 127, -4, 56, -5, 82, -7, 76, -22, 125,
            ]
        ),
        // significant_coeff_flag
        (
            105,
            [
                -7, 93, -11, 87, -3, 77, -5, 71, -4, 63, -4, 68, -12, 84, -7, 62, -7, 65, 8, 61, 5, 56, -2, 66, 1, 64, 0, 61, -2, 78,
                1, 50, 7, 52, 10, 35, 0, 44, 11, 38, 1, 45, 0, 46, 5, 44, 31, 17, 1, 51, 7, 50, 28, 19, 16, 33, 14, 62,
                -13, 108, -15, 100, -13, 101, -13, 91, -12, 94, -10, 88, -16, 84, -10, 86, -7, 83, -13, 87, -19, 94, 1, 70, 0, 72,
                -5, 74, 18, 59, -8, 102, -15, 100, 0, 95, -4, 75, 2, 72, -11, 75, -3, 71, 15, 46, -13, 69, 0, 62, 0, 65, 21, 37,
                -15, 72, 9, 57, 16, 54, 0, 62, 12, 72,
            ]
        ),
        // last_significant_coeff_flag
        (
            166,
            [
                24, 0, 15, 9, 8, 25, 13, 18, 15, 9, 13, 19, 10, 37, 12, 18, 6, 29, 20, 33, 15, 30, 4, 45, 1, 58, 0, 62, 7, 61,
                12, 38, 11, 45, 15, 39, 11, 42, 13, 44, 16, 45, 12, 41, 10, 49, 30, 34, 18, 42, 10, 55, 17, 51, 17, 46, 0, 89,
                26, -19, 22, -17, 26, -17, 30, -25, 28, -20, 33, -23, 37, -27, 33, -23, 40, -28, 38, -17, 33, -11, 40, -15, 41, -6,
                38, 1, 41, 17, 30, -6, 27, 3, 26, 22, 37, -16, 35, -4, 38, -8, 38, -3, 37, 3, 38, 5, 42, 0, 35, 16, 39, 22, 14, 48,
                27, 37, 21, 60, 12, 68, 2, 97,
            ]
        ),
        // coeff_abs_level_minus1
        (
            227,
            [
                -3, 71, -6, 42, -5, 50, -3, 54, -2, 62, 0, 58, 1, 63, -2, 72, -1, 74, -9, 91, -5, 67, -5, 27, -3, 39, -2, 44, 0, 46,
                -16, 64, -8, 68, -10, 78, -6, 77, -10, 86, -12, 92, -15, 55, -10, 60, -6, 62, -4, 65, -12, 73, -8, 76, -7, 80,
                -9, 88, -17, 110, -11, 97, -20, 84, -11, 79, -6, 73, -4, 74, -13, 86, -13, 96, -11, 97, -19, 117, -8, 78, -5, 33,
                -4, 48, -2, 53, -3, 62, -13, 71, -10, 79, -12, 86, -13, 90, -14, 97,
            ]
        ),
        // transform_size_8x8_flag; significant, last and level of 8x8 blocks
        (
            399,
            [
                31, 21, 31, 31, 25, 50, -17, 120, -20, 112, -18, 114, -11, 85, -15, 92, -14, 89, -26, 71, -15, 81, -14, 80, 0, 68,
                -14, 70, -24, 56, -23, 68, -24, 50, -11, 74, 23, -13, 26, -13, 40, -15, 49, -14, 44, 3, 45, 6, 44, 34, 33, 54,
                19, 82, -3, 75, -1, 23, 1, 34, 1, 43, 0, 54, -2, 55, 0, 61, 1, 64, 0, 68, -9, 92,
            ]
        ),
    ]
}
