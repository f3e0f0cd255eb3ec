/// Where a box stands in the source, as its header says (ISO/IEC 14496-12 §4.2).
struct BoxHeader {
    var type: UInt32
    var start: UInt64
    /// The first byte after the header.
    var payload: UInt64
    /// The first byte after the box; it may lie past the end of the source.
    var end: UInt64
    /// A size of 0: the box runs to the end of the file.
    var runsToEnd = false

    /// The most bytes a header takes.
    static let largest = 16

    /// Nil where fewer than 8 bytes are left or the size is smaller than the header itself.
    init?(_ bytes: UnsafeRawBufferPointer, at start: UInt64, limit: UInt64) {
        var cursor = ByteCursor(bytes)
        guard let size = cursor.u32(), let type = cursor.u32() else { return nil }
        self.type = type
        self.start = start
        var length = UInt64(size)
        if size == 1 {
            guard let large = cursor.u64() else { return nil }
            length = large
        } else if size == 0 {
            guard limit > start else { return nil }
            length = limit - start
            runsToEnd = true
        }
        guard length >= UInt64(cursor.position) else { return nil }
        payload = start + UInt64(cursor.position)
        let (end, overflow) = start.addingReportingOverflow(length)
        self.end = overflow ? .max : end
    }

    /// Whether the type could be one: four printable characters, or QuickTime's copyright sign first.
    var hasPlausibleType: Bool {
        for shift in stride(from: UInt32(0), through: 24, by: 8) {
            let byte = UInt8(truncatingIfNeeded: type >> shift)
            if byte >= 0x20, byte < 0x7F { continue }
            if shift == 24, byte == 0xA9 { continue }
            return false
        }
        return true
    }
}

/// A box inside bytes that are in memory.
struct Box {
    var type: UInt32
    var start: Int
    var payload: Range<Int>
}

/// Walks the boxes that lie one after the other in a range of bytes. It never descends: whoever knows a type does, at a fixed depth.
struct BoxList: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int
    /// Where a size made no sense or overran its parent; what follows was not read.
    private(set) var brokenAt: Int?

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        end = Swift.min(range.upperBound, bytes.count)
        position = Swift.min(Swift.max(range.lowerBound, 0), end)
    }

    mutating func next() -> Box? {
        guard brokenAt == nil, end - position >= 8 else { return nil }
        let header = bytes.withUnsafeBytes {
            BoxHeader(UnsafeRawBufferPointer(rebasing: $0[position..<end]), at: UInt64(position), limit: UInt64(end))
        }
        // QuickTime ends lists of atoms with four zero bytes; a size of 0 inside a parent means nothing else.
        guard let header, !header.runsToEnd, header.end <= UInt64(end) else {
            let isTerminator = bytes.bigEndian32(at: position) == 0
            if !isTerminator { brokenAt = position }
            position = end
            return nil
        }
        let box = Box(type: header.type, start: position, payload: Int(header.payload)..<Int(header.end))
        position = Int(header.end)
        return box
    }

    /// The first box of a type.
    static func first(_ type: UInt32, of bytes: [UInt8], in range: Range<Int>) -> Box? {
        for box in BoxList(bytes, in: range) where box.type == type { return box }
        return nil
    }
}

extension [UInt8] {
    /// A copy of a view, which is valid only until the next read.
    init(copying view: UnsafeRawBufferPointer) {
        self.init(unsafeUninitializedCapacity: view.count) { target, count in
            UnsafeMutableRawBufferPointer(target).copyMemory(from: view)
            count = view.count
        }
    }

    /// Four bytes, big-endian; nil past the end.
    @inline(__always)
    func bigEndian32(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= count - 4 else { return nil }
        return withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    }

    /// A bounds-checked walk over a part of the bytes; empty where the range is not inside.
    func withCursor<Result>(in range: Range<Int>, base: UInt64 = 0, _ body: (inout ByteCursor) -> Result) -> Result {
        withUnsafeBytes { all in
            let inside = range.clamped(to: 0..<all.count)
            var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: all[inside]), base: base + UInt64(inside.lowerBound))
            return body(&cursor)
        }
    }
}

/// Findings with a cap: a hostile file can break a rule in every one of a million boxes.
struct FindingList {
    /// Enough for any real accident; the next one is replaced by a single `capReached`.
    static let cap = 64
    private(set) var items: [MediaFinding] = []

    mutating func add(_ code: MediaFinding.Code, at offset: UInt64? = nil, _ detail: @autoclosure () -> String = "") {
        if items.count < Self.cap {
            items.append(MediaFinding(code, at: offset, detail()))
        } else if items.count == Self.cap {
            items.append(MediaFinding(.capReached, at: offset, "more than \(Self.cap) findings"))
        }
    }

    func contains(_ code: MediaFinding.Code) -> Bool {
        items.contains { $0.code == code }
    }
}
