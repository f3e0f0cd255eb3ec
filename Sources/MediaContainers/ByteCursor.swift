/// A bounds-checked walk over bytes that may be hostile: a read past the end is nil, never a trap.
public struct ByteCursor {
    public let bytes: UnsafeRawBufferPointer
    /// The offset of `bytes[0]` in the source, so that an error can say where.
    public let base: UInt64
    public private(set) var position = 0

    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer, base: UInt64 = 0) {
        self.bytes = bytes
        self.base = base
    }

    /// Where the cursor stands in the source.
    public var offset: UInt64 { base + UInt64(position) }
    public var remaining: Int { bytes.count - position }

    /// False, and no move, where fewer than `count` bytes remain.
    public mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, count <= remaining else { return false }
        position += count
        return true
    }

    public mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
    }

    public mutating func u8() -> UInt8? {
        guard remaining >= 1 else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    public mutating func u16() -> UInt16? { bigEndian(UInt16.self) }
    public mutating func u32() -> UInt32? { bigEndian(UInt32.self) }
    public mutating func u64() -> UInt64? { bigEndian(UInt64.self) }
    public mutating func u16LE() -> UInt16? { littleEndian(UInt16.self) }
    public mutating func u32LE() -> UInt32? { littleEndian(UInt32.self) }
    public mutating func u64LE() -> UInt64? { littleEndian(UInt64.self) }

    public mutating func u24() -> UInt32? {
        guard let high = take(3) else { return nil }
        return UInt32(high[0]) << 16 | UInt32(high[1]) << 8 | UInt32(high[2])
    }

    @inline(__always)
    private mutating func bigEndian<T: FixedWidthInteger>(_: T.Type) -> T? {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { return nil }
        defer { position += size }
        return T(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }

    @inline(__always)
    private mutating func littleEndian<T: FixedWidthInteger>(_: T.Type) -> T? {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { return nil }
        defer { position += size }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }
}

/// A four-character code, as MP4 and AVI name their boxes and chunks.
public struct FourCC: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let value: UInt32

    public init(_ value: UInt32) {
        self.value = value
    }

    public init(stringLiteral text: StaticString) {
        var value: UInt32 = 0
        text.withUTF8Buffer { for byte in $0.prefix(4) { value = value << 8 | UInt32(byte) } }
        self.value = value
    }

    /// Printable whatever the bytes are.
    public var description: String {
        String(
            decoding: (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }.map { $0 >= 0x20 && $0 < 0x7F ? $0 : 0x3F },
            as: UTF8.self)
    }
}
