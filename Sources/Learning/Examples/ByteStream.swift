/// Bytes one after the other.
final class ByteStream {
    /// Fills a buffer as far as it can, and says how far; nothing at the end.
    typealias Source = (UnsafeMutableRawBufferPointer, _ filled: inout Int) throws -> Void
    private let source: Source?
    private let buffer: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var position = 0
    /// Why the bytes ended before their end: a gzip file that was cut.
    private(set) var failure: (any Error)?
    private static let capacity = 1 << 20

    init(reading source: @escaping Source) {
        self.source = source
        buffer = .allocate(byteCount: Self.capacity, alignment: 16)
    }

    init(bytes: [UInt8]) {
        source = nil
        buffer = .allocate(byteCount: max(1, bytes.count), alignment: 16)
        buffer.copyBytes(from: bytes)
        filled = bytes.count
    }

    deinit { buffer.deallocate() }

    /// The next byte, which stays; nil at the end.
    @inline(__always) var next: UInt8? {
        if position == filled, !fill() { return nil }
        return buffer[position]
    }

    @inline(__always) func skip() { position += 1 }

    @inline(__always) func take() -> UInt8? {
        guard let byte = next else { return nil }
        position += 1
        return byte
    }

    /// Whether these bytes come next; they must lie within the buffer, so they are read ahead.
    func starts(with text: StaticString) -> Bool {
        while filled - position < text.utf8CodeUnitCount, fill() {}
        guard filled - position >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { wanted in wanted.indices.allSatisfy { buffer[position + $0] == wanted[$0] } }
    }

    /// Takes bytes up to one of the two, which stays, or to the end.
    @inline(__always) func take(until first: UInt8, or second: UInt8, _ sink: inout [UInt8], limit: Int) {
        while next != nil {
            let start = position
            while position < filled, buffer[position] != first, buffer[position] != second { position += 1 }
            let room = min(position - start, max(0, limit - sink.count))
            if room > 0 { sink.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[start..<start + room])) }
            if position < filled { return }
        }
    }

    /// The first bytes, without taking them.
    func head(_ count: Int) -> [UInt8] {
        while filled - position < min(count, Self.capacity), fill() {}
        return Array(buffer[position..<min(filled, position + count)])
    }

    /// Reads more behind what is left in the buffer.
    private func fill() -> Bool {
        guard let source, failure == nil else { return false }
        let rest = filled - position
        if rest > 0 { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[position..<filled])) }
        position = 0
        filled = rest
        var got = 0
        do {
            try source(UnsafeMutableRawBufferPointer(rebasing: buffer[rest...]), &got)
        } catch {
            // What was unpacked until then counts.
            failure = error
        }
        filled += min(got, Self.capacity - rest)
        return got > 0
    }
}
