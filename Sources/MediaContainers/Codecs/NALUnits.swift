/// NAL units as byte streams (Annex B) and as containers (length-prefixed) carry them. Nothing is copied to walk them.
public enum NALUnits {
    /// Walks the NAL units of a byte stream (H.264 and H.265 Annex B), without start codes and trailing zeroes.
    /// Bytes before the first start code are no unit.
    public struct AnnexB: Sequence, IteratorProtocol {
        private let bytes: UnsafeRawBufferPointer
        private var next_: Int?

        public init(_ bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
            next_ = StartCodes.first(in: bytes, from: 0)
        }

        public mutating func next() -> UnsafeRawBufferPointer? {
            while let code = next_ {
                let start = code + 3
                next_ = StartCodes.first(in: bytes, from: start)
                let unit = UnsafeRawBufferPointer(rebasing: bytes[start..<(next_ ?? bytes.count)])
                // trailing_zero_8bits and the zero_byte of the next start code (Annex B.1.1).
                let count = StartCodes.countWithoutTrailingZeroes(unit)
                if count > 0 { return UnsafeRawBufferPointer(rebasing: unit[..<count]) }
            }
            return nil
        }
    }

    /// Walks length-prefixed NAL units (ISO/IEC 14496-15 §5.3.2). Ends at the first length that does not fit.
    public struct LengthPrefixed: Sequence, IteratorProtocol {
        private let bytes: UnsafeRawBufferPointer
        private let lengthSize: Int
        /// Where the next length stands; `bytes.count` after the last unit if all lengths added up.
        public private(set) var position = 0

        public init(_ bytes: UnsafeRawBufferPointer, lengthSize: Int) {
            self.bytes = bytes
            self.lengthSize = lengthSize
        }

        public mutating func next() -> UnsafeRawBufferPointer? {
            guard (1...4).contains(lengthSize), bytes.count - position >= lengthSize else { return nil }
            var length = 0
            for index in 0..<lengthSize { length = length << 8 | Int(bytes[position + index]) }
            let start = position + lengthSize
            guard length <= bytes.count - start else { return nil }
            position = start + length
            return UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)])
        }
    }

    /// Start codes become 4-byte lengths. Every NAL unit is kept: access unit delimiters, SEI, parameter sets.
    public static func lengthPrefixed(annexB bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var out: [UInt8] = []
        // A 3-byte start code grows by one byte; a sample has few NAL units.
        out.reserveCapacity(bytes.count + 64)
        for unit in AnnexB(bytes) { append(unit, lengthTo: &out) }
        return out
    }

    /// Lengths become 4-byte start codes. Empty units are left out.
    public static func annexB(lengthPrefixed bytes: UnsafeRawBufferPointer, lengthSize: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 64)
        for unit in LengthPrefixed(bytes, lengthSize: lengthSize) where !unit.isEmpty {
            out.append(contentsOf: [0, 0, 0, 1])
            out.append(contentsOf: unit)
        }
        return out
    }

    /// The same units with 4-byte lengths.
    public static func relength(_ bytes: UnsafeRawBufferPointer, from lengthSize: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 64)
        for unit in LengthPrefixed(bytes, lengthSize: lengthSize) { append(unit, lengthTo: &out) }
        return out
    }

    private static func append(_ unit: UnsafeRawBufferPointer, lengthTo out: inout [UInt8]) {
        let length = UInt32(clamping: unit.count)
        withUnsafeBytes(of: length.bigEndian) { out.append(contentsOf: $0) }
        out.append(contentsOf: unit)
    }
}
