/// Reads the macroblocks of a slice that is coded with CABAC (H.264 §7.3.4, §9.3), to see whether they are what the slice says.
struct CABACSlice {
    let header: H264SliceHeader
    private let coding: H264PPS.Coding
    var decoder: ArithmeticDecoder
    var grid: MacroblockGrid
    private var blocks: [Macroblock]
    /// Of each list; nothing in I slices.
    var vectors: [VectorGrid]
    /// mb_qp_delta of the macroblock before was not 0.
    private var hadDelta = false

    struct Macroblock {
        enum Kind { case small, whole, pcm, predicted, skipped }
        var kind = Kind.small
        var isDirect = false
        var isLarge = false
        /// coded_block_pattern
        var luma = 0
        var chroma = 0
        var chromaMode = 0
        /// coded_block_flag of the DC blocks: luma, Cb, Cr.
        var dc = [false, false, false]
    }

    static func prove(_ header: H264SliceHeader) -> SliceProof {
        guard var slice = CABACSlice(header) else { return .unknown }
        return slice.read()
    }

    /// Nil where the slice has a feature that is not followed: fields, other chroma formats than 4:2:0.
    private init?(_ header: H264SliceHeader) {
        guard let coding = header.pps.coding, coding.sliceGroups == 1, header.pps.isCABAC, header.slice.type < 3,
            !header.slice.isField, !header.sps.isAdaptive, header.sps.chromaFormat == 1, header.sps.bitDepthLuma == 8,
            header.sps.bitDepthChroma == 8
        else { return nil }
        self.header = header
        self.coding = coding
        grid = MacroblockGrid(
            width: header.sps.widthInMacroblocks, count: header.sps.frameSizeInMacroblocks, first: header.slice.firstMacroblock)
        blocks = Array(repeating: Macroblock(), count: grid.count)
        vectors = Array(repeating: VectorGrid(count: header.slice.isIntra ? 0 : grid.count), count: 2)
        decoder = ArithmeticDecoder(header.data, states: CABACContexts.states(set: header.contextSet, qp: header.qp))
    }

    private mutating func read() -> SliceProof {
        var address = grid.first
        while address < grid.count {
            guard readMacroblock(address), !decoder.isExhausted else { return decoder.broken }
            address += 1
            if decoder.terminates() { return decoder.endsHere() ? .complete(next: address) : decoder.broken }
        }
        return decoder.broken
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
        if header.slice.isIntra {
            let context = 3 + (left.map { $0.kind != .small } == true ? 1 : 0) + (above.map { $0.kind != .small } == true ? 1 : 0)
            return decoder.decide(context) ? readWhole(address, &block, (3 + 3, 3 + 4, 3 + 5, 3 + 6, 3 + 7)) : readSmall(address, &block)
        }
        let isB = header.slice.type == 1
        let isSkipped = (left.map { $0.kind != .skipped } == true ? 1 : 0) + (above.map { $0.kind != .skipped } == true ? 1 : 0)
        if decoder.decide((isB ? 24 : 11) + isSkipped) {
            block.kind = .skipped
            block.isDirect = true
            blocks[address] = block
            hadDelta = false
            return true
        }
        let direct = increment(left.map { !$0.isDirect } == true, above.map { !$0.isDirect } == true)
        let type = isB ? readBidirectionalType(direct: direct == 3 ? 2 : direct > 0 ? 1 : 0) : readPredictedType()
        guard let type else {
            let first = isB ? 32 : 17
            if decoder.decide(first) { return readWhole(address, &block, (first + 1, first + 2, first + 2, first + 3, first + 3)) }
            return readSmall(address, &block)
        }
        block.kind = .predicted
        block.isDirect = isB && type == 0
        guard let mayBeLarge = isB ? readBidirectional(address, type) : readPredicted(address, type) else { return false }
        readLumaPattern(&block, left, above)
        readChromaPattern(&block, left, above)
        if block.luma != 0, mayBeLarge { readSize(&block, left, above) }
        blocks[address] = block
        return readResidual(address, block)
    }

    /// I_PCM, or a macroblock that is predicted as a whole; the contexts behind that of its first bit.
    private mutating func readWhole(_ address: Int, _ block: inout Macroblock, _ contexts: (Int, Int, Int, Int, Int)) -> Bool {
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
        block.luma = decoder.decide(contexts.0) ? 15 : 0
        if decoder.decide(contexts.1) { block.chroma = decoder.decide(contexts.2) ? 2 : 1 }
        _ = decoder.decide(contexts.3)
        _ = decoder.decide(contexts.4)
        let (left, above) = neighbours(address)
        readChromaMode(&block, left, above)
        blocks[address] = block
        return readResidual(address, block)
    }

    private mutating func readSmall(_ address: Int, _ block: inout Macroblock) -> Bool {
        let (left, above) = neighbours(address)
        readSize(&block, left, above)
        for _ in 0..<(block.isLarge ? 4 : 16) where !decoder.decide(68) {
            for _ in 0..<3 { _ = decoder.decide(69) }
        }
        readChromaMode(&block, left, above)
        readLumaPattern(&block, left, above)
        readChromaPattern(&block, left, above)
        blocks[address] = block
        return readResidual(address, block)
    }

    /// transform_size_8x8_flag
    private mutating func readSize(_ block: inout Macroblock, _ left: Macroblock?, _ above: Macroblock?) {
        guard coding.transform8x8 else { return }
        block.isLarge = decoder.decide(399 + (left?.isLarge == true ? 1 : 0) + (above?.isLarge == true ? 1 : 0))
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
        // Where a neighbour has no such block, it counts as empty; where there is no neighbour, as coded in intra macroblocks.
        let isIntra = block.kind != .predicted
        if block.kind == .whole {
            let a = left.map { $0.dc[0] } ?? true
            let b = above.map { $0.dc[0] } ?? true
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
                kind: isWhole ? 1 : 2, count: isWhole ? 15 : 16, flag: increment(a.map { $0 != 0 } ?? isIntra, b.map { $0 != 0 } ?? isIntra)
            )
            grid.set(coded ? 1 : 0, address, plane: 0, block: place)
        }
        guard block.chroma != 0 else { return !decoder.isExhausted }
        for plane in 1...2 {
            let flag = increment(left.map { $0.dc[plane] } ?? isIntra, above.map { $0.dc[plane] } ?? isIntra)
            blocks[address].dc[plane] = readBlock(kind: 3, count: 4, flag: flag)
        }
        guard block.chroma == 2 else { return !decoder.isExhausted }
        for plane in 1...2 {
            for place in 0..<4 {
                let (a, b) = grid.neighbours(address, plane: plane, block: place)
                let coded = readBlock(kind: 4, count: 15, flag: increment(a.map { $0 != 0 } ?? isIntra, b.map { $0 != 0 } ?? isIntra))
                grid.set(coded ? 1 : 0, address, plane: plane, block: place)
            }
        }
        return !decoder.isExhausted
    }
}
