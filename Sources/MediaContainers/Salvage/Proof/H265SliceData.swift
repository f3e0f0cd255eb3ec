/// Reads the coding tree of a slice of H.265 (§7.3.8), to see whether it is what the slice says.
struct H265SliceData {
    let header: H265SliceHeader
    var decoder: ArithmeticDecoder
    private let width: Int
    private let height: Int
    /// Of the contexts at the beginning.
    private let states: [UInt8]
    /// Of 4x4 blocks: a row of them.
    private let columns4: Int
    /// For each 4x4 block: the depth of its coding block, and its luma prediction mode.
    private var depths: [UInt8]
    private var modes: [UInt8]
    /// cu_skip_flag
    private var skips: [Bool]
    private var isDeltaCoded = false
    /// cu_transquant_bypass_flag
    private(set) var bypasses = false

    static func prove(_ unit: UnsafeRawBufferPointer, sets: (Int) -> (sps: H265SPS, pps: H265PPS)?) -> (
        first: Int, proof: SliceProof, count: Int
    ) {
        do throws(H265SliceHeader.Failure) {
            let header = try H265SliceHeader(unit, sets: sets)
            var slice = H265SliceData(header)
            return (header.address, slice.read(), header.count)
        } catch {
            return (0, error == .broken ? .broken(bytesLeft: unit.count) : .unknown, 0)
        }
    }

    private init(_ header: H265SliceHeader) {
        self.header = header
        let kind =
            switch header.type {
            case .intra: 0
            case .predicted: header.swapsContexts ? 2 : 1
            case .bidirectional: header.swapsContexts ? 1 : 2
            }
        width = header.sps.codedWidth
        height = header.sps.codedHeight
        columns4 = (width + 3) / 4
        depths = [UInt8](repeating: 0, count: columns4 * ((height + 3) / 4))
        modes = [UInt8](repeating: 1, count: depths.count)
        skips = [Bool](repeating: false, count: depths.count)
        states = H265Context.states(kind: kind, qp: header.qp)
        decoder = ArithmeticDecoder(header.data, states: states)
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
                decoder.restart(hasSecond ? saved ?? states : states)
            }
            if header.hasLumaOffsets || header.hasChromaOffsets { readOffsets(column, row, address) }
            guard readQuadtree(column << log2, row << log2, log2, 0), !decoder.isExhausted else { return decoder.broken }
            if header.coding.isSynchronised, column == min(1, columns - 1) { saved = decoder.states }
            if decoder.terminates() { return decoder.endsHere() ? .complete(next: address + 1) : decoder.broken }
            if header.coding.isSynchronised, column == columns - 1, !decoder.terminates() { return decoder.broken }
        }
        return decoder.broken
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
        if column > 0, address - 1 >= header.address, decoder.decide(H265Context.offsetMerge) { return }
        if row > 0, address - header.width >= header.address, decoder.decide(H265Context.offsetMerge) { return }
        var type = 0
        for plane in 0..<3 {
            guard plane == 0 ? header.hasLumaOffsets : header.hasChromaOffsets else { continue }
            if plane < 2 {
                type = 0
                if decoder.decide(H265Context.offsetType) { type = decoder.bypass() ? 2 : 1 }
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
            splits = decoder.decide(H265Context.split + (left ? 1 : 0) + (above ? 1 : 0))
        }
        if let most = header.coding.deltaDepth, log2 >= header.blocks.largestBlock - most { isDeltaCoded = false }
        guard splits else { return readBlock(x, y, log2, depth) }
        let half = size >> 1
        for (dx, dy) in [(0, 0), (half, 0), (0, half), (half, half)] where x + dx < width && y + dy < height {
            guard readQuadtree(x + dx, y + dy, log2 - 1, depth + 1) else { return false }
        }
        return !decoder.isExhausted
    }

    private mutating func fill(_ x: Int, _ y: Int, _ size: Int, mode: UInt8? = nil, depth: UInt8? = nil, isSkipped: Bool = false) {
        for row in covered(y, size, height) {
            for column in covered(x, size, width) {
                if let mode { modes[row * columns4 + column] = mode }
                if let depth { depths[row * columns4 + column] = depth }
                if isSkipped { skips[row * columns4 + column] = true }
            }
        }
    }

    /// The 4x4 blocks that a length covers, inside the picture.
    private func covered(_ start: Int, _ size: Int, _ limit: Int) -> Range<Int> {
        start >> 2..<max(start >> 2, (min(start + size, limit) + 3) >> 2)
    }

    private mutating func readBlock(_ x: Int, _ y: Int, _ log2: Int, _ depth: Int) -> Bool {
        fill(x, y, 1 << log2, depth: UInt8(depth))
        bypasses = header.coding.bypassesTransforms && decoder.decide(H265Context.bypass)
        if header.type != .intra {
            let left = isAvailable(x - 1, y) && skips[index(x - 1, y)]
            let above = isAvailable(x, y - 1) && skips[index(x, y - 1)]
            if decoder.decide(H265Context.skip + (left ? 1 : 0) + (above ? 1 : 0)) {
                fill(x, y, 1 << log2, isSkipped: true)
                readMergeIndex()
                return true
            }
            if !decoder.decide(H265Context.predictionMode) { return readPredictedBlock(x, y, log2, depth) }
        }
        var parts = 1
        if log2 == header.blocks.smallestBlock, !decoder.decide(H265Context.partition) { parts = 4 }
        if parts == 1, let pcm = header.blocks.pcm, log2 >= pcm.smallest, log2 <= pcm.largest, decoder.terminates() {
            decoder.skipAligned((pcm.bits << (2 * log2)) + (pcm.chromaBits << (2 * log2 - 1)))
            return true
        }
        guard let chroma = readModes(x, y, log2, parts) else { return false }
        let tree = TransformTree(
            isIntra: true, isDivided: parts == 4, mostDepth: header.blocks.intraDepth + (parts == 4 ? 1 : 0), chroma: chroma)
        return readTransforms(tree, x, y, log2, 0, part: 0, parent: (true, true))
    }

    private mutating func readPredictedBlock(_ x: Int, _ y: Int, _ log2: Int, _ depth: Int) -> Bool {
        let parts = readParts(log2)
        var isMerged = false
        for part in parts {
            guard let merged = readPrediction(width: part.width, height: part.height, depth) else { return false }
            isMerged = merged
        }
        if !(parts.count == 1 && isMerged), !decoder.decide(H265Context.codedRoot) { return !decoder.isExhausted }
        let tree = TransformTree(
            isIntra: false, isDivided: header.blocks.interDepth == 0 && parts.count > 1, mostDepth: header.blocks.interDepth, chroma: 1)
        return readTransforms(tree, x, y, log2, 0, part: 0, parent: (true, true))
    }

    /// The prediction modes of luma, which go into `modes`; that of chroma is handed back.
    private mutating func readModes(_ x: Int, _ y: Int, _ log2: Int, _ parts: Int) -> Int? {
        let size = (1 << log2) >> (parts == 4 ? 1 : 0)
        var areProbable: [Bool] = []
        for _ in 0..<parts { areProbable.append(decoder.decide(H265Context.probable)) }
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
        guard decoder.decide(H265Context.chromaMode) else { return luma }
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

    private struct TransformTree {
        var isIntra: Bool
        /// Its root is divided because the prediction is.
        var isDivided: Bool
        /// MaxTrafoDepth
        var mostDepth: Int
        /// The prediction mode of chroma.
        var chroma: Int
    }

    /// Depth is bounded by the block sizes. `parent`: cbf_cb and cbf_cr.
    private mutating func readTransforms(
        _ tree: TransformTree, _ x: Int, _ y: Int, _ log2: Int, _ depth: Int, part: Int, parent: (Bool, Bool)
    ) -> Bool {
        let blocks = header.blocks
        let isDivided = tree.isDivided && depth == 0
        var splits = log2 > blocks.largestTransform || isDivided
        if log2 <= blocks.largestTransform, log2 > blocks.smallestTransform, depth < tree.mostDepth, !isDivided {
            splits = decoder.decide(H265Context.splitTransform + 5 - log2)
        }
        var coded = parent
        if log2 > 2 {
            coded.0 = parent.0 && decoder.decide(H265Context.codedChroma + depth)
            coded.1 = parent.1 && decoder.decide(H265Context.codedChroma + depth)
        }
        if splits {
            guard log2 > 2 else { return false }
            let half = 1 << (log2 - 1)
            for (index, (dx, dy)) in [(0, 0), (half, 0), (0, half), (half, half)].enumerated() {
                guard readTransforms(tree, x + dx, y + dy, log2 - 1, depth + 1, part: index, parent: coded) else { return false }
            }
            return !decoder.isExhausted
        }
        var luma = true
        if tree.isIntra || depth > 0 || coded.0 || coded.1 { luma = decoder.decide(H265Context.codedLuma + (depth == 0 ? 1 : 0)) }
        guard luma || coded.0 || coded.1 else { return true }
        if header.coding.deltaDepth != nil, !isDeltaCoded {
            guard readDelta() else { return false }
            isDeltaCoded = true
        }
        if luma { guard readResidual(log2, plane: 0, mode: tree.isIntra ? Int(modes[index(x, y)]) : 1) else { return false } }
        // Chroma of four 4x4 blocks is one block, behind the last of them.
        guard log2 > 2 || part == 3 else { return true }
        let size = max(2, log2 - 1)
        if coded.0 { guard readResidual(size, plane: 1, mode: tree.chroma) else { return false } }
        if coded.1 { guard readResidual(size, plane: 2, mode: tree.chroma) else { return false } }
        return !decoder.isExhausted
    }

    /// cu_qp_delta_abs and its sign (§9.3.3.10)
    private mutating func readDelta() -> Bool {
        var value = 0
        while value < 5, decoder.decide(H265Context.delta + (value == 0 ? 0 : 1)) { value += 1 }
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
}
