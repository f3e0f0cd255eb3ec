/// Where the units of a byte stream begin: `00 00 01` (H.264 and H.265 Annex B, ISO/IEC 14496-2, ISO/IEC 13818-2).
enum StartCodes {
    /// The first index from `start` at which two zero bytes stand; nil where none do.
    ///
    /// Coded video holds such a pair about once in 64 KiB outside its start codes, so whatever follows the pair
    /// can be looked at slowly. Eight positions a step: a byte of `x | y` is zero exactly where a pair begins.
    @inline(__always)
    static func zeroPair(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let count = bytes.count
        guard start >= 0, count - start >= 2, let base = bytes.baseAddress else { return nil }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index + 33 <= count {
            // Four words at once, because the branch costs more than the arithmetic.
            var found: UInt64 = 0
            for step in 0..<4 {
                let pair =
                    base.loadUnaligned(fromByteOffset: index + 8 * step, as: UInt64.self)
                    | base.loadUnaligned(fromByteOffset: index + 8 * step + 1, as: UInt64.self)
                found |= (pair &- ones) & ~pair
            }
            if found & highs != 0 { break }
            index += 32
        }
        while index + 9 <= count {
            let pair =
                UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                | UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index + 1, as: UInt64.self))
            let found = (pair &- ones) & ~pair & highs
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index + 2 <= count {
            if bytes[index] == 0, bytes[index + 1] == 0 { return index }
            index += 1
        }
        return nil
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
