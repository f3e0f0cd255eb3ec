/// The arithmetic decoder of CABAC, which H.264 (§9.3.3.2) and H.265 (§9.3.4.3) share.
struct ArithmeticDecoder {
    private var bits: BitReader
    private var range = 510
    private var offset = 0
    private var lastBit: UInt32 = 0
    /// pStateIdx << 1 | valMPS of each context.
    private(set) var states: [UInt8]
    /// The bits ran out: nothing that was decoded since means anything.
    private(set) var isExhausted = false

    /// `bits` stands at the first bit of the arithmetic code.
    init(_ bits: BitReader, states: [UInt8]) {
        self.bits = bits
        self.states = states
        offset = next(9)
    }

    private mutating func next(_ count: Int) -> Int {
        guard let value = bits.bits(count) else {
            isExhausted = true
            return 0
        }
        if count > 0 { lastBit = value & 1 }
        return Int(value)
    }

    /// What is found where the decoder stands.
    var broken: SliceProof { .broken(bytesLeft: bits.bytesLeft) }

    mutating func decide(_ context: Int) -> Bool {
        let state = states[context]
        let index = Int(state >> 1)
        let least = Int(Self.leastRanges[4 * index + range >> 6 & 3])
        range -= least
        var value = state & 1
        if offset >= range {
            offset -= range
            range = least
            value ^= 1
            let flips = index == 0
            states[context] = Self.afterLeast[index] << 1 | (flips ? value : state & 1)
        } else if index < 62 {
            states[context] = state + 2
        }
        if range < 256 {
            let shift = range.leadingZeroBitCount - (Int.bitWidth - 9)
            range <<= shift
            offset = offset << shift | next(shift)
        }
        return value == 1
    }

    mutating func bypass() -> Bool {
        offset = offset << 1 | next(1)
        guard offset >= range else { return false }
        offset -= range
        return true
    }

    mutating func bypass(_ count: Int) -> Int {
        var value = 0
        for _ in 0..<count { value = value << 1 | (bypass() ? 1 : 0) }
        return value
    }

    /// end_of_slice_flag, I_PCM and the like.
    mutating func terminates() -> Bool {
        range -= 2
        if offset >= range { return true }
        if range < 256 {
            range <<= 1
            offset = offset << 1 | next(1)
        }
        return false
    }

    /// After `terminates()`: whether the slice ends here. The last bit that the decoder took is the stop bit, because the
    /// encoder's last two are what it had left and a 1 (§9.3.4.5).
    mutating func endsHere() -> Bool {
        guard lastBit == 1, !isExhausted else { return false }
        // Up to the byte should be zeroes, but x264 leaves a bit there; behind it are cabac_zero_words at most.
        guard bits.skip(bits.bitsToAlignment) else { return false }
        while let byte = bits.bits(1) { if byte == 1 { return false } }
        return true
    }

    /// After `terminates()`: `count` bits that are not coded, from the next byte on, behind which the code starts anew.
    mutating func skipAligned(_ count: Int) {
        if !bits.skip(bits.bitsToAlignment) || !bits.skip(count) { isExhausted = true }
        range = 510
        offset = next(9)
    }

    /// After `terminates()`: the code starts anew at the next byte, with these contexts.
    mutating func restart(_ states: [UInt8]) {
        self.states = states
        skipAligned(0)
    }

    /// From the initialisation values of H.264 (§9.3.1.1).
    static func state(m: Int, n: Int, qp: Int) -> UInt8 {
        let value = min(max((m * min(max(qp, 0), 51)) >> 4 + n, 1), 126)
        return value <= 63 ? UInt8(63 - value) << 1 : UInt8(value - 64) << 1 | 1
    }

    /// rangeTabLPS (H.264 Table 9-44): four for each state.
    private static let leastRanges: [UInt8] = [
        128, 176, 208, 240, 128, 167, 197, 227, 128, 158, 187, 216, 123, 150, 178, 205, 116, 142, 169, 195, 111, 135, 160, 185,
        105, 128, 152, 175, 100, 122, 144, 166, 95, 116, 137, 158, 90, 110, 130, 150, 85, 104, 123, 142, 81, 99, 117, 135,
        77, 94, 111, 128, 73, 89, 105, 122, 69, 85, 100, 116, 66, 80, 95, 110, 62, 76, 90, 104, 59, 72, 86, 99,
        56, 69, 81, 94, 53, 65, 77, 89, 51, 62, 73, 85, 48, 59, 69, 80, 46, 56, 66, 76, 43, 53, 63, 72,
        41, 50, 59, 69, 39, 48, 56, 65, 37, 45, 54, 62, 35, 43, 51, 59, 33, 41, 48, 56, 32, 39, 46, 53,
        30, 37, 43, 50, 29, 35, 41, 48, 27, 33, 39, 45, 26, 31, 37, 43, 24, 30, 35, 41, 23, 28, 33, 39,
        22, 27, 32, 37, 21, 26, 30, 35, 20, 24, 29, 33, 19, 23, 27, 31, 18, 22, 26, 30, 17, 21, 25, 28,
        16, 20, 23, 27, 15, 19, 22, 25, 14, 18, 21, 24, 14, 17, 20, 23, 13, 16, 19, 22, 12, 15, 18, 21,
        12, 14, 17, 20, 11, 14, 16, 19, 11, 13, 15, 18, 10, 12, 15, 17, 10, 12, 14, 16, 9, 11, 13, 15,
        9, 11, 12, 14, 8, 10, 12, 14, 8, 9, 11, 13, 7, 9, 11, 12, 7, 9, 10, 12, 7, 8, 10, 11,
        6, 8, 9, 11, 6, 7, 9, 10, 6, 7, 8, 9, 2, 2, 2, 2,
    ]
    /// transIdxLPS (Table 9-45)
    private static let afterLeast: [UInt8] = [
        0, 0, 1, 2, 2, 4, 4, 5, 6, 7, 8, 9, 9, 11, 11, 12, 13, 13, 15, 15, 16, 16, 18, 18, 19, 19, 21, 21, 22, 22, 23, 24,
        24, 25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30, 31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38, 38, 63,
    ]
}
