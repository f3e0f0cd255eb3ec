/// Prediction from other pictures (H.265 §7.3.8.6, §7.3.8.9).
extension H265SliceData {
    /// part_mode (§9.3.3.7) of a block that is predicted from other pictures.
    mutating func readParts(_ log2: Int) -> [(width: Int, height: Int)] {
        let size = 1 << log2
        let half = size / 2
        if decoder.decide(H265Context.partition) { return [(size, size)] }
        let isHorizontal = decoder.decide(H265Context.parts)
        let halves = isHorizontal ? [(size, half), (size, half)] : [(half, size), (half, size)]
        if log2 == header.blocks.smallestBlock {
            // Blocks of 4x4 are not predicted.
            if isHorizontal || log2 == 3 || decoder.decide(H265Context.parts + 1) { return halves }
            return Array(repeating: (half, half), count: 4)
        }
        guard header.blocks.hasUnequalParts, !decoder.decide(H265Context.parts + 2) else { return halves }
        let first = decoder.bypass() ? size - size / 4 : size / 4
        return isHorizontal ? [(size, first), (size, size - first)] : [(first, size), (size - first, size)]
    }

    /// prediction_unit; merge_flag, or nil where the bits make no sense.
    mutating func readPrediction(width: Int, height: Int, _ depth: Int) -> Bool? {
        if decoder.decide(H265Context.merge) {
            readMergeIndex()
            return true
        }
        var usesFirst = true
        var usesSecond = false
        if header.type == .bidirectional {
            usesSecond = width + height != 12 && decoder.decide(H265Context.direction + depth)
            if !usesSecond {
                usesSecond = decoder.decide(H265Context.direction + 4)
                usesFirst = !usesSecond
            }
        }
        if usesFirst {
            readReference(header.references[0])
            guard readDifference() else { return nil }
            _ = decoder.decide(H265Context.predictor)
        }
        if usesSecond {
            readReference(header.references[1])
            if !(usesFirst && header.lacksSecondDifference) { guard readDifference() else { return nil } }
            _ = decoder.decide(H265Context.predictor)
        }
        return decoder.isExhausted ? nil : false
    }

    mutating func readMergeIndex() {
        guard header.mergeCandidates > 1, decoder.decide(H265Context.mergeIndex) else { return }
        for _ in 2..<max(2, header.mergeCandidates) where !decoder.bypass() { return }
    }

    /// ref_idx
    private mutating func readReference(_ count: Int) {
        for index in 0..<(count - 1) {
            guard index < 2 ? decoder.decide(H265Context.reference + index) : decoder.bypass() else { return }
        }
    }

    /// mvd_coding: -32768...32767 of both coordinates.
    private mutating func readDifference() -> Bool {
        let isCoded = [decoder.decide(H265Context.difference), decoder.decide(H265Context.difference)]
        let isGreater = isCoded.map { $0 && decoder.decide(H265Context.greaterDifference) }
        for coordinate in 0..<2 where isCoded[coordinate] {
            if isGreater[coordinate] {
                var order = 1
                while decoder.bypass() {
                    order += 1
                    if order > 15 { return false }
                }
                _ = decoder.bypass(order)
            }
            _ = decoder.bypass()
        }
        return true
    }
}
