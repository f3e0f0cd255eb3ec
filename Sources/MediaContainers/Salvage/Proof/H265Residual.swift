/// Coefficients of transform blocks (H.265 §7.3.8.11).
extension H265SliceData {
    /// `mode`: of prediction inside the picture.
    mutating func readResidual(_ log2: Int, plane: Int, mode: Int) -> Bool {
        let isChroma = plane > 0
        if header.coding.skipsTransforms, !bypasses, log2 == 2 { _ = decoder.decide(H265Context.skipTransform + (isChroma ? 1 : 0)) }
        var scan = 0
        if log2 == 2 || (log2 == 3 && !isChroma) { scan = (6...14).contains(mode) ? 2 : (22...30).contains(mode) ? 1 : 0 }
        let prefixX = readLastPrefix(log2, isChroma, H265Context.lastX)
        let prefixY = readLastPrefix(log2, isChroma, H265Context.lastY)
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
                isCoded = decoder.decide(H265Context.codedBlock + (right || below ? 1 : 0) + (isChroma ? 2 : 0))
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
                if decoder.decide(H265Context.significant + context) {
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
            if decoder.decide(H265Context.greater1 + 4 * set + state + (isChroma ? 16 : 0)) {
                levels[index] = 2
                state = 0
                firstGreater = firstGreater ?? index
            } else if state > 0, state < 3 {
                state += 1
            }
        }
        if let firstGreater, decoder.decide(H265Context.greater2 + set + (isChroma ? 4 : 0)) { levels[firstGreater] = 3 }
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
