/// Bits from the most significant one on; nil once the bytes are used up.
struct BitReader {
    private let bytes: UnsafeRawBufferPointer
    private let removesEmulation: Bool
    private var position = 0
    private var zeroes = 0
    /// The next bits, left-aligned; zero below `available`.
    private var cache: UInt64 = 0
    private var available = 0

    /// With `removesEmulation`, the 03 of every `00 00 03` is left out (H.264 §7.4.1, H.265 §7.4.2.2).
    init(_ bytes: UnsafeRawBufferPointer, removesEmulation: Bool = true) {
        self.bytes = bytes
        self.removesEmulation = removesEmulation
    }

    private mutating func refill() {
        // Eight bytes at once where none of them can be an emulation prevention byte.
        if available == 0, zeroes == 0, bytes.count - position >= 8 {
            let word = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            if !removesEmulation || Self.hasNoZeroByte(word) {
                position += 8
                cache = word
                available = 64
                return
            }
        }
        while available <= 56, position < bytes.count {
            let byte = bytes[position]
            position += 1
            if removesEmulation {
                if zeroes >= 2, byte == 3 {
                    zeroes = 0
                    continue
                }
                zeroes = byte == 0 ? zeroes + 1 : 0
            }
            cache |= UInt64(byte) << UInt64(56 - available)
            available += 8
        }
    }

    private static func hasNoZeroByte(_ word: UInt64) -> Bool {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 == 0
    }

    /// Up to 32 bits.
    @inline(__always)
    mutating func bits(_ count: Int) -> UInt32? {
        guard count > 0, count <= 32 else { return count == 0 ? 0 : nil }
        if available < count { refill() }
        guard available >= count else { return nil }
        let value = UInt32(truncatingIfNeeded: cache >> UInt64(64 - count))
        cache <<= UInt64(count)
        available -= count
        return value
    }

    mutating func flag() -> Bool? {
        bits(1).map { $0 == 1 }
    }

    mutating func skip(_ count: Int) -> Bool {
        var left = count
        while left > 0 {
            guard bits(min(left, 32)) != nil else { return false }
            left -= 32
        }
        return true
    }

    /// Whether anything stands before rbsp_trailing_bits (H.264 §7.2), given bytes without trailing zeroes.
    mutating func hasMoreData() -> Bool {
        refill()
        return position < bytes.count || (cache != 0 && cache != 1 << 63)
    }

    /// Whole bytes that were not read yet.
    var bytesLeft: Int { bytes.count - position + available / 8 }

    /// How many bits are left of the byte that was begun.
    var bitsToAlignment: Int { available & 7 }

    /// Unsigned Exp-Golomb, at most 2^32 - 2 (H.264 §9.1).
    mutating func ue() -> UInt32? {
        if available < 33 { refill() }
        let zeroes = cache.leadingZeroBitCount
        let length = 2 * zeroes + 1
        if length <= 63, length <= available {
            let value = UInt32(truncatingIfNeeded: cache >> UInt64(64 - length))
            cache <<= UInt64(length)
            available -= length
            return value &- 1
        }
        guard zeroes < 32, zeroes < available, bits(zeroes) != nil, let value = bits(zeroes + 1) else { return nil }
        return value &- 1
    }

    /// Unsigned Exp-Golomb no greater than `limit`.
    mutating func ue(atMost limit: UInt32) -> Int? {
        guard let value = ue(), value <= limit else { return nil }
        return Int(value)
    }

    /// Signed Exp-Golomb (H.264 §9.1.1).
    mutating func se() -> Int? {
        guard let code = ue() else { return nil }
        let magnitude = (Int(code) + 1) / 2
        return code & 1 == 1 ? magnitude : -magnitude
    }
}
