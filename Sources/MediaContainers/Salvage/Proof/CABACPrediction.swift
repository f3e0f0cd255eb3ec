/// Prediction from other pictures (H.264 §7.3.5.1, §7.3.5.2).
extension CABACSlice {
    /// What the contexts of one list need to know of the 4x4 blocks of all macroblocks.
    struct VectorGrid {
        /// ref_idx is greater than 0.
        private(set) var isFar: [Bool]
        /// Amounts of mvd, both coordinates; more than 255 are no different from 255.
        private(set) var amounts: [[UInt8]]

        init(count: Int) {
            isFar = [Bool](repeating: false, count: 16 * count)
            amounts = Array(repeating: [UInt8](repeating: 0, count: 16 * count), count: 2)
        }

        mutating func setFar(_ address: Int, _ part: Part) {
            for block in part.blocks { isFar[16 * address + block] = true }
        }

        mutating func set(_ amount: Int, coordinate: Int, _ address: Int, _ part: Part) {
            for block in part.blocks { amounts[coordinate][16 * address + block] = UInt8(min(amount, 255)) }
        }
    }

    /// A part of a macroblock, in 4x4 blocks.
    struct Part {
        var x = 0
        var y = 0
        var width = 4
        var height = 4

        var first: Int { 4 * y + x }
        var blocks: [Int] { (y..<(y + height)).flatMap { row in (x..<(x + width)).map { 4 * row + $0 } } }

        /// In two, one above the other or side by side.
        func halves(stacked: Bool) -> [Part] {
            stacked
                ? [Part(x: x, y: y, width: width, height: height / 2), Part(x: x, y: y + height / 2, width: width, height: height / 2)]
                : [Part(x: x, y: y, width: width / 2, height: height), Part(x: x + width / 2, y: y, width: width / 2, height: height)]
        }

        var quarters: [Part] { halves(stacked: true).flatMap { $0.halves(stacked: false) } }
    }

    // MARK: - Types (§9.3.2.5)

    /// mb_type of P slices; nil before an intra macroblock.
    mutating func readPredictedType() -> Int? {
        if decoder.decide(14) { return nil }
        if decoder.decide(15) { return decoder.decide(17) ? 1 : 2 }
        return decoder.decide(16) ? 3 : 0
    }

    /// mb_type of B slices; nil before an intra macroblock. `direct`: how many neighbours are not direct.
    mutating func readBidirectionalType(direct: Int) -> Int? {
        guard decoder.decide(27 + direct) else { return 0 }
        guard decoder.decide(30) else { return decoder.decide(32) ? 2 : 1 }
        var bits = decoder.decide(31) ? 1 : 0
        for _ in 0..<3 { bits = bits << 1 | (decoder.decide(32) ? 1 : 0) }
        switch bits {
        case 0..<8: return bits + 3
        case 13: return nil
        case 14: return 11
        case 15: return 22
        default: return bits << 1 + (decoder.decide(32) ? 1 : 0) - 4
        }
    }

    private mutating func readPredictedSubtype() -> Int {
        if decoder.decide(21) { return 0 }
        guard decoder.decide(22) else { return 1 }
        return decoder.decide(23) ? 2 : 3
    }

    private mutating func readBidirectionalSubtype() -> Int {
        guard decoder.decide(36) else { return 0 }
        guard decoder.decide(37) else { return decoder.decide(39) ? 2 : 1 }
        var type = 3
        if decoder.decide(38) {
            if decoder.decide(39) { return decoder.decide(39) ? 12 : 11 }
            type = 7
        }
        if decoder.decide(39) { type += 2 }
        return decoder.decide(39) ? type + 1 : type
    }

    // MARK: - Macroblocks

    /// Whether its transform may be of 8x8; nil where the bits make no sense.
    mutating func readPredicted(_ address: Int, _ type: Int) -> Bool? {
        switch type {
        case 0: return readParts(address, [Part()], uses: [1])
        case 1, 2: return readParts(address, Part().halves(stacked: type == 1), uses: [1, 1])
        default:
            var parts: [[Part]] = []
            var isLarge = true
            for quarter in Part().quarters {
                let type = readPredictedSubtype()
                if type > 0 { isLarge = false }
                parts.append(Self.divide(quarter, shape: type))
            }
            return readSubparts(address, parts, uses: [1, 1, 1, 1]) ? isLarge : nil
        }
    }

    mutating func readBidirectional(_ address: Int, _ type: Int) -> Bool? {
        if type == 0 { return header.sps.infersDirect8x8 }
        if type < 4 { return readParts(address, [Part()], uses: [type]) }
        if type < 22 { return readParts(address, Part().halves(stacked: type % 2 == 0), uses: CAVLCSlice.parts[(type - 4) / 2]) }
        var parts: [[Part]] = []
        var uses: [Int] = []
        var isLarge = true
        for quarter in Part().quarters {
            let type = readBidirectionalSubtype()
            // Table 7-18
            uses.append([0, 1, 2, 3, 1, 1, 2, 2, 3, 3, 1, 2, 3][type])
            parts.append(Self.divide(quarter, shape: [0, 0, 0, 0, 1, 2, 1, 2, 1, 2, 3, 3, 3][type]))
            if type > 3 || (type == 0 && !header.sps.infersDirect8x8) { isLarge = false }
        }
        return readSubparts(address, parts, uses: uses) ? isLarge : nil
    }

    /// `shape`: 8x8, 8x4, 4x8, 4x4.
    private static func divide(_ quarter: Part, shape: Int) -> [Part] {
        switch shape {
        case 0: [quarter]
        case 1, 2: quarter.halves(stacked: shape == 1)
        default: quarter.quarters
        }
    }

    private mutating func readParts(_ address: Int, _ parts: [Part], uses: [Int]) -> Bool? {
        readSubparts(address, parts.map { [$0] }, uses: uses, whole: parts) ? true : nil
    }

    /// Parts that share a reference. Bits of `uses`: list 0, list 1.
    private mutating func readSubparts(_ address: Int, _ parts: [[Part]], uses: [Int], whole: [Part] = Part().quarters) -> Bool {
        for list in 0..<2 {
            for (part, use) in zip(whole, uses) where use >> list & 1 == 1 && header.references[list] > 1 {
                guard readReference(address, part, list) else { return false }
            }
        }
        for list in 0..<2 {
            for (group, use) in zip(parts, uses) where use >> list & 1 == 1 {
                for part in group {
                    for coordinate in 0..<2 { guard readDifference(address, part, list, coordinate) else { return false } }
                }
            }
        }
        return !decoder.isExhausted
    }

    /// ref_idx (§9.3.3.1.1.6)
    private mutating func readReference(_ address: Int, _ part: Part, _ list: Int) -> Bool {
        let (left, above) = grid.places(address, block: part.first)
        let isLeft = left.map { vectors[list].isFar[$0] } ?? false
        let isAbove = above.map { vectors[list].isFar[$0] } ?? false
        guard decoder.decide(54 + (isLeft ? 1 : 0) + (isAbove ? 2 : 0)) else { return true }
        var index = 1
        while decoder.decide(index == 1 ? 58 : 59) {
            index += 1
            if index >= header.references[list] { return false }
        }
        vectors[list].setFar(address, part)
        return true
    }

    /// mvd (§9.3.3.1.1.7)
    private mutating func readDifference(_ address: Int, _ part: Part, _ list: Int, _ coordinate: Int) -> Bool {
        let (left, above) = grid.places(address, block: part.first)
        let amounts = vectors[list].amounts[coordinate]
        let sum = (left.map { Int(amounts[$0]) } ?? 0) + (above.map { Int(amounts[$0]) } ?? 0)
        let base = coordinate == 0 ? 40 : 47
        guard decoder.decide(base + (sum < 3 ? 0 : sum > 32 ? 2 : 1)) else { return true }
        var value = 1
        while value < 9, decoder.decide(base + 2 + min(value, 4)) { value += 1 }
        if value == 9 {
            var order = 3
            while decoder.bypass() {
                value += 1 << order
                order += 1
                // Some thousand samples at most (§7.4.5.1).
                if order > 15 { return false }
            }
            value += decoder.bypass(order)
        }
        _ = decoder.bypass()
        vectors[list].set(value, coordinate: coordinate, address, part)
        return true
    }
}
