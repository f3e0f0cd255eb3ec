/// Where the units of a byte stream begin: `00 00 01` (H.264 and H.265 Annex B, ISO/IEC 14496-2, ISO/IEC 13818-2).
enum StartCodes {
    /// The first index from `start` at which two zero bytes stand; nil where none do.
    ///
    /// Coded video holds such a pair about once in 64 KiB outside its start codes, so whatever follows the pair
    /// can be looked at slowly.
    @inline(__always)
    static func zeroPair(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let count = bytes.count
        guard start >= 0, count - start >= 2, let base = bytes.baseAddress else { return nil }
        var index = start
        while index + 65 <= count {
            // Four vectors at once, because the branch costs more than the arithmetic.
            let low = pairs(base, at: index) | pairs(base, at: index + 16)
            let high = pairs(base, at: index + 32) | pairs(base, at: index + 48)
            if isAny(low | high) { break }
            index += 64
        }
        while index + 17 <= count {
            let found = unsafeBitCast(pairs(base, at: index), to: SIMD2<UInt64>.self)
            let low = UInt64(littleEndian: found.x) & highBits
            if low != 0 { return index + low.trailingZeroBitCount / 8 }
            let high = UInt64(littleEndian: found.y) & highBits
            if high != 0 { return index + 8 + high.trailingZeroBitCount / 8 }
            index += 16
        }
        while index + 2 <= count {
            if bytes[index] == 0, bytes[index + 1] == 0 { return index }
            index += 1
        }
        return nil
    }

    /// Whether two zero bytes stand in a row among the 184 at `base`: what a transport packet carries.
    /// No loop and no branch, some 80 instructions.
    @inline(__always)
    static func isPair(in184 base: UnsafeRawPointer) -> Bool {
        // The last vector overlaps the one before it, so that it ends with the 184th byte.
        var found = pairs(base, at: 167)
        for step in 0..<11 { found |= pairs(base, at: 16 * step) }
        return isAny(found)
    }

    private static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// Sixteen positions at once, by the 17 bytes from `index` on: the high bit of a byte is set exactly where a pair begins.
    /// A byte of `x | y` is zero there, and only a zero has its high bit set in `(pair - 1) & ~pair`.
    @inline(__always)
    private static func pairs(_ base: UnsafeRawPointer, at index: Int) -> SIMD16<UInt8> {
        let pair =
            base.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
            | base.loadUnaligned(fromByteOffset: index + 1, as: SIMD16<UInt8>.self)
        return (pair &- SIMD16(repeating: 1)) & ~pair
    }

    @inline(__always)
    private static func isAny(_ pairs: SIMD16<UInt8>) -> Bool {
        let halves = unsafeBitCast(pairs, to: SIMD2<UInt64>.self)
        return (halves.x | halves.y) & highBits != 0
    }

    /// The index of the first `00 00 01` at or after `start`; nil where there is none.
    static func first(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while let pair = zeroPair(in: bytes, from: index) {
            let end = firstNonzero(in: bytes, from: pair + 2)
            guard end < bytes.count else { return nil }
            if bytes[end] == 1 { return end - 2 }
            index = end + 1
        }
        return nil
    }

    /// The index of the first byte that is not zero, `bytes.count` where all are.
    static func firstNonzero(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard start >= 0, let base = bytes.baseAddress else { return bytes.count }
        var index = start
        while index + 8 <= bytes.count, base.loadUnaligned(fromByteOffset: index, as: UInt64.self) == 0 { index += 8 }
        while index < bytes.count, bytes[index] == 0 { index += 1 }
        return index
    }

    /// How many bytes are left when the zeroes at the end are taken off.
    static func countWithoutTrailingZeroes(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var end = bytes.count
        while end >= 8, base.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 { end -= 8 }
        while end > 0, bytes[end - 1] == 0 { end -= 1 }
        return end
    }
}
