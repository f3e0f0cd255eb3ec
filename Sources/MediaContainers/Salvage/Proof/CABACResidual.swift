/// Coefficients (H.264 §7.3.5.3.3).
extension CABACSlice {
    /// residual_block_cabac of ctxBlockCat `kind`: whether it holds coefficients. `flag`: ctxIdxInc of coded_block_flag, nil
    /// where that is inferred to be 1.
    mutating func readBlock(kind: Int, count: Int, flag: Int?) -> Bool {
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
