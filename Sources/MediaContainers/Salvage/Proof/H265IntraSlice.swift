/// Reads the coding tree of an I slice of H.265 (§7.3.8), to see whether it is what the slice says.
struct H265IntraSlice {
    private let header: H265IntraHeader
    private var decoder: ArithmeticDecoder
    private let width: Int
    private let height: Int
    /// Of 4x4 blocks: a row of them.
    private let columns4: Int
    /// For each 4x4 block: the depth of its coding block, and its luma prediction mode.
    private var depths: [UInt8]
    private var modes: [UInt8]
    private var isDeltaCoded = false
    private var bypasses = false

    static func prove(_ unit: UnsafeRawBufferPointer, sets: (Int) -> (sps: H265SPS, pps: H265PPS)?) -> (
        first: Int, proof: SliceProof, count: Int
    ) {
        do throws(H265IntraHeader.Failure) {
            let header = try H265IntraHeader(unit, sets: sets)
            var slice = H265IntraSlice(header)
            return (header.address, slice.read(), header.count)
        } catch {
            return (0, error == .broken ? .broken : .unknown, 0)
        }
    }

    private init(_ header: H265IntraHeader) {
        self.header = header
        width = header.sps.codedWidth
        height = header.sps.codedHeight
        columns4 = (width + 3) / 4
        depths = [UInt8](repeating: 0, count: columns4 * ((height + 3) / 4))
        modes = [UInt8](repeating: 1, count: depths.count)
        decoder = ArithmeticDecoder(header.data, states: H265IntraContext.states(qp: header.qp))
    }

    private mutating func read() -> SliceProof {
        let columns = header.width
        let log2 = header.blocks.largestBlock
        var saved: [UInt8]?
        for address in header.address..<header.count {
            let (column, row) = (address % columns, address / columns)
            if header.coding.isSynchronised, column == 0, address > header.address {
                // Behind end_of_subset_one_bit, each row starts with the contexts of the second block above (§9.3.1).
                let hasSecond = columns == 1 || address - columns + 1 >= header.address
                decoder.restart(hasSecond ? saved ?? H265IntraContext.states(qp: header.qp) : H265IntraContext.states(qp: header.qp))
            }
            if header.hasLumaOffsets || header.hasChromaOffsets { readOffsets(column, row, address) }
            guard readQuadtree(column << log2, row << log2, log2, 0), !decoder.isExhausted else { return .broken }
            if header.coding.isSynchronised, column == min(1, columns - 1) { saved = decoder.states }
            if decoder.terminates() { return decoder.endsHere() ? .complete(next: address + 1) : .broken }
            if header.coding.isSynchronised, column == columns - 1, !decoder.terminates() { return .broken }
        }
        return .broken
    }

    /// Whether the block that holds a luma sample lies in this slice. Asked of what was decoded before only.
    private func isAvailable(_ x: Int, _ y: Int) -> Bool {
        guard x >= 0, y >= 0, x < width, y < height else { return false }
        let log2 = header.blocks.largestBlock
        return (y >> log2) * header.width + x >> log2 >= header.address
    }

    private func index(_ x: Int, _ y: Int) -> Int { (y >> 2) * columns4 + x >> 2 }

    // MARK: - Sample adaptive offset (§7.3.8.3)

    private mutating func readOffsets(_ column: Int, _ row: Int, _ address: Int) {
        if column > 0, address - 1 >= header.address, decoder.decide(H265IntraContext.offsetMerge) { return }
        if row > 0, address - header.width >= header.address, decoder.decide(H265IntraContext.offsetMerge) { return }
        var type = 0
        for plane in 0..<3 {
            guard plane == 0 ? header.hasLumaOffsets : header.hasChromaOffsets else { continue }
            if plane < 2 {
                type = 0
                if decoder.decide(H265IntraContext.offsetType) { type = decoder.bypass() ? 2 : 1 }
            }
            guard type > 0 else { continue }
            var signs = 0
            for _ in 0..<4 {
                var value = 0
                while value < 7, decoder.bypass() { value += 1 }
                if value > 0 { signs += 1 }
            }
            if type == 1 {
                _ = decoder.bypass(signs + 5)
            } else if plane < 2 {
                _ = decoder.bypass(2)
            }
        }
    }

    // MARK: - Coding blocks

    /// Depth is bounded by the block sizes, at most 4.
    private mutating func readQuadtree(_ x: Int, _ y: Int, _ log2: Int, _ depth: Int) -> Bool {
        let size = 1 << log2
        var splits = log2 > header.blocks.smallestBlock
        if splits, x + size <= width, y + size <= height {
            let left = isAvailable(x - 1, y) && Int(depths[index(x - 1, y)]) > depth
            let above = isAvailable(x, y - 1) && Int(depths[index(x, y - 1)]) > depth
            splits = decoder.decide(H265IntraContext.split + (left ? 1 : 0) + (above ? 1 : 0))
        }
        if let most = header.coding.deltaDepth, log2 >= header.blocks.largestBlock - most { isDeltaCoded = false }
        guard splits else { return readBlock(x, y, log2, depth) }
        let half = size >> 1
        for (dx, dy) in [(0, 0), (half, 0), (0, half), (half, half)] where x + dx < width && y + dy < height {
            guard readQuadtree(x + dx, y + dy, log2 - 1, depth + 1) else { return false }
        }
        return !decoder.isExhausted
    }

    private mutating func fill(_ x: Int, _ y: Int, _ size: Int, mode: UInt8? = nil, depth: UInt8? = nil) {
        for row in covered(y, size, height) {
            for column in covered(x, size, width) {
                if let mode { modes[row * columns4 + column] = mode }
                if let depth { depths[row * columns4 + column] = depth }
            }
        }
    }

    /// The 4x4 blocks that a length covers, inside the picture.
    private func covered(_ start: Int, _ size: Int, _ limit: Int) -> Range<Int> {
        start >> 2..<max(start >> 2, (min(start + size, limit) + 3) >> 2)
    }

    private mutating func readBlock(_ x: Int, _ y: Int, _ log2: Int, _ depth: Int) -> Bool {
        fill(x, y, 1 << log2, depth: UInt8(depth))
        bypasses = header.coding.bypassesTransforms && decoder.decide(H265IntraContext.bypass)
        var parts = 1
        if log2 == header.blocks.smallestBlock, !decoder.decide(H265IntraContext.partition) { parts = 4 }
        if parts == 1, let pcm = header.blocks.pcm, log2 >= pcm.smallest, log2 <= pcm.largest, decoder.terminates() {
            decoder.skipAligned((pcm.bits << (2 * log2)) + (pcm.chromaBits << (2 * log2 - 1)))
            fill(x, y, 1 << log2, mode: 1)
            return true
        }
        guard let chroma = readModes(x, y, log2, parts) else { return false }
        return readTransforms(x, y, log2, 0, isSplit: parts == 4, part: 0, base: (x, y), parent: (true, true), chroma: chroma)
    }

    /// The prediction modes of luma, which go into `modes`; that of chroma is handed back.
    private mutating func readModes(_ x: Int, _ y: Int, _ log2: Int, _ parts: Int) -> Int? {
        let size = (1 << log2) >> (parts == 4 ? 1 : 0)
        var areProbable: [Bool] = []
        for _ in 0..<parts { areProbable.append(decoder.decide(H265IntraContext.probable)) }
        for part in 0..<parts {
            let (px, py) = (x + part % 2 * size, y + part / 2 * size)
            var candidates = probableModes(px, py)
            var mode: Int
            if areProbable[part] {
                mode = candidates[decoder.bypass() ? (decoder.bypass() ? 2 : 1) : 0]
            } else {
                mode = decoder.bypass(5)
                candidates.sort()
                for candidate in candidates where mode >= candidate { mode += 1 }
            }
            guard mode < 35 else { return nil }
            fill(px, py, size, mode: UInt8(mode))
        }
        let luma = Int(modes[index(x, y)])
        guard decoder.decide(H265IntraContext.chromaMode) else { return luma }
        let mode = [0, 26, 10, 1][decoder.bypass(2)]
        return mode == luma ? 34 : mode
    }

    /// §8.4.2
    private func probableModes(_ x: Int, _ y: Int) -> [Int] {
        let log2 = header.blocks.largestBlock
        let a = isAvailable(x - 1, y) ? Int(modes[index(x - 1, y)]) : 1
        // What lies above the row of coding tree blocks counts as DC.
        let b = isAvailable(x, y - 1) && y - 1 >= (y >> log2) << log2 ? Int(modes[index(x, y - 1)]) : 1
        if a == b { return a < 2 ? [0, 1, 26] : [a, 2 + (a + 29) % 32, 2 + (a - 2 + 1) % 32] }
        let third = a != 0 && b != 0 ? 0 : a != 1 && b != 1 ? 1 : 26
        return [a, b, third]
    }

    // MARK: - Transforms

    /// Depth is bounded by the block sizes.
    private mutating func readTransforms(
        _ x: Int, _ y: Int, _ log2: Int, _ depth: Int, isSplit: Bool, part: Int, base: (Int, Int), parent: (Bool, Bool), chroma: Int
    ) -> Bool {
        let blocks = header.blocks
        let mostDepth = blocks.intraDepth + (isSplit ? 1 : 0)
        var splits = log2 > blocks.largestTransform || (isSplit && depth == 0)
        if log2 <= blocks.largestTransform, log2 > blocks.smallestTransform, depth < mostDepth, !(isSplit && depth == 0) {
            splits = decoder.decide(H265IntraContext.splitTransform + 5 - log2)
        }
        var coded = parent
        if log2 > 2 {
            coded.0 = parent.0 && decoder.decide(H265IntraContext.codedChroma + depth)
            coded.1 = parent.1 && decoder.decide(H265IntraContext.codedChroma + depth)
        }
        if splits {
            guard log2 > 2 else { return false }
            let half = 1 << (log2 - 1)
            for (index, (dx, dy)) in [(0, 0), (half, 0), (0, half), (half, half)].enumerated() {
                guard
                    readTransforms(
                        x + dx, y + dy, log2 - 1, depth + 1, isSplit: isSplit, part: index, base: (x, y), parent: coded, chroma: chroma)
                else { return false }
            }
            return !decoder.isExhausted
        }
        let luma = decoder.decide(H265IntraContext.codedLuma + (depth == 0 ? 1 : 0))
        guard luma || coded.0 || coded.1 else { return true }
        if header.coding.deltaDepth != nil, !isDeltaCoded {
            guard readDelta() else { return false }
            isDeltaCoded = true
        }
        if luma { guard readResidual(log2, plane: 0, mode: Int(modes[index(x, y)])) else { return false } }
        // Chroma of four 4x4 blocks is one block, behind the last of them.
        guard log2 > 2 || part == 3 else { return true }
        let size = max(2, log2 - 1)
        if coded.0 { guard readResidual(size, plane: 1, mode: chroma) else { return false } }
        if coded.1 { guard readResidual(size, plane: 2, mode: chroma) else { return false } }
        return !decoder.isExhausted
    }

    /// cu_qp_delta_abs and its sign (§9.3.3.10)
    private mutating func readDelta() -> Bool {
        var value = 0
        while value < 5, decoder.decide(H265IntraContext.delta + (value == 0 ? 0 : 1)) { value += 1 }
        if value == 5 {
            var order = 0
            while decoder.bypass() {
                value += 1 << order
                order += 1
                if order > 6 { return false }
            }
            value += decoder.bypass(order)
        }
        if value > 0 { _ = decoder.bypass() }
        return value <= 26
    }

    // MARK: - Residual (§7.3.8.11)

    private mutating func readResidual(_ log2: Int, plane: Int, mode: Int) -> Bool {
        let isChroma = plane > 0
        if header.coding.skipsTransforms, !bypasses, log2 == 2 { _ = decoder.decide(H265IntraContext.skipTransform + (isChroma ? 1 : 0)) }
        var scan = 0
        if log2 == 2 || (log2 == 3 && !isChroma) { scan = (6...14).contains(mode) ? 2 : (22...30).contains(mode) ? 1 : 0 }
        let prefixX = readLastPrefix(log2, isChroma, H265IntraContext.lastX)
        let prefixY = readLastPrefix(log2, isChroma, H265IntraContext.lastY)
        var lastX = readLastSuffix(prefixX)
        var lastY = readLastSuffix(prefixY)
        if scan == 2 { swap(&lastX, &lastY) }
        guard lastX < 1 << log2, lastY < 1 << log2 else { return false }

        let order = H265Scan.orders[scan][2]
        let subBlocks = H265Scan.orders[scan][log2 - 2]
        guard let lastBlock = subBlocks.firstIndex(where: { $0.x == lastX >> 2 && $0.y == lastY >> 2 }),
            let lastPlace = order.firstIndex(where: { $0.x == lastX & 3 && $0.y == lastY & 3 })
        else { return false }
        var codedBlocks = [Bool](repeating: false, count: 64)
        var greaterState = 1
        for block in stride(from: lastBlock, through: 0, by: -1) {
            let place = subBlocks[block]
            let right = place.x < 7 && codedBlocks[place.y * 8 + place.x + 1]
            let below = place.y < 7 && codedBlocks[place.y * 8 + place.x + 8]
            var isCoded = block == lastBlock || block == 0
            var infersFirst = false
            if !isCoded {
                isCoded = decoder.decide(H265IntraContext.codedBlock + (right || below ? 1 : 0) + (isChroma ? 2 : 0))
                infersFirst = true
            }
            codedBlocks[place.y * 8 + place.x] = isCoded
            guard isCoded else { continue }
            var significant: [Int] = []
            var first = 15
            if block == lastBlock {
                significant.append(lastPlace)
                first = lastPlace - 1
            }
            for index in stride(from: first, through: 0, by: -1) {
                if index == 0, infersFirst {
                    significant.append(0)
                    break
                }
                let (x, y) = order[index]
                let context = significance(
                    x, y, place, log2, isChroma: isChroma, scan: scan, neighbours: (right ? 1 : 0) | (below ? 2 : 0))
                if decoder.decide(H265IntraContext.significant + context) {
                    significant.append(index)
                    infersFirst = false
                }
            }
            guard let last = significant.first, let lowest = significant.last else { continue }
            let hidesSign = header.coding.hidesSigns && !bypasses && last - lowest > 3
            guard readLevels(significant.count, isFirst: block == 0, isChroma: isChroma, hidesSign: hidesSign, &greaterState) else {
                return false
            }
        }
        return !decoder.isExhausted
    }

    private mutating func readLastPrefix(_ log2: Int, _ isChroma: Bool, _ first: Int) -> Int {
        let offset = isChroma ? 15 : 3 * (log2 - 2) + (log2 - 1) >> 2
        let shift = isChroma ? log2 - 2 : (log2 + 1) >> 2
        var value = 0
        while value < 2 * log2 - 1, decoder.decide(first + offset + value >> shift) { value += 1 }
        return value
    }

    private mutating func readLastSuffix(_ prefix: Int) -> Int {
        guard prefix > 3 else { return prefix }
        let length = prefix >> 1 - 1
        return 1 << length * (2 + prefix & 1) + decoder.bypass(length)
    }

    /// ctxInc of sig_coeff_flag (§9.3.4.2.5)
    private func significance(
        _ x: Int, _ y: Int, _ block: (x: Int, y: Int), _ log2: Int, isChroma: Bool, scan: Int, neighbours: Int
    ) -> Int {
        var context: Int
        if log2 == 2 {
            context = [0, 1, 4, 5, 2, 3, 4, 5, 6, 6, 8, 8, 7, 7, 8, 8][y << 2 + x]
        } else if x + y + block.x + block.y == 0 {
            context = 0
        } else {
            switch neighbours {
            case 0: context = x + y == 0 ? 2 : x + y < 3 ? 1 : 0
            case 1: context = y == 0 ? 2 : y == 1 ? 1 : 0
            case 2: context = x == 0 ? 2 : x == 1 ? 1 : 0
            default: context = 2
            }
            if isChroma {
                context += log2 == 3 ? 9 : 12
            } else {
                if block.x + block.y > 0 { context += 3 }
                context += log2 == 3 ? (scan == 0 ? 9 : 15) : 21
            }
        }
        return isChroma ? 27 + context : context
    }

    private mutating func readLevels(_ count: Int, isFirst: Bool, isChroma: Bool, hidesSign: Bool, _ state: inout Int) -> Bool {
        var set = isFirst || isChroma ? 0 : 2
        if state == 0 { set += 1 }
        state = 1
        var levels = [Int](repeating: 1, count: count)
        var firstGreater: Int?
        for index in 0..<min(8, count) {
            if decoder.decide(H265IntraContext.greater1 + 4 * set + state + (isChroma ? 16 : 0)) {
                levels[index] = 2
                state = 0
                firstGreater = firstGreater ?? index
            } else if state > 0, state < 3 {
                state += 1
            }
        }
        if let firstGreater, decoder.decide(H265IntraContext.greater2 + set + (isChroma ? 4 : 0)) { levels[firstGreater] = 3 }
        _ = decoder.bypass(hidesSign ? count - 1 : count)
        var rice = 0
        for index in 0..<count {
            let most = index < 8 ? (index == firstGreater || (firstGreater == nil) ? 3 : 2) : 1
            guard levels[index] == most else { continue }
            guard let rest = readRemaining(rice) else { return false }
            if levels[index] + rest > 3 << rice { rice = min(rice + 1, 4) }
        }
        return true
    }

    /// coeff_abs_level_remaining (§9.3.3.11)
    private mutating func readRemaining(_ rice: Int) -> Int? {
        var prefix = 0
        while decoder.bypass() {
            prefix += 1
            if prefix > 20 { return nil }
        }
        if prefix <= 3 { return prefix << rice + decoder.bypass(rice) }
        return (1 << (prefix - 3) + 2) << rice + decoder.bypass(prefix - 3 + rice)
    }
}
