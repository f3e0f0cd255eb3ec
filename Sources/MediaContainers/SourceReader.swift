/// Reads a source through one window, so that many small looks cost few reads.
///
/// Views are valid until the next call on the same reader. Not thread-safe: one reader per file per thread.
/// Readers that follow one another on a thread share one `ReadBuffer`.
public final class SourceReader {
    /// How much is read at once unless a view asks for more.
    public static let defaultWindow = 64 << 10
    /// No view may be larger: nothing that is read is worth more memory than this in one piece.
    /// (The largest key frame seen from a 4K MJPEG camera is under 4 MiB.)
    public static let largestView = 64 << 20

    public let source: any RandomAccessSource
    /// The size of the source, lowered when a read shows that it ends earlier.
    public private(set) var byteCount: UInt64
    /// How many reads reached the source; the bench counts them.
    public private(set) var readCount = 0
    /// The size of the next read. Demuxers that walk a whole file raise it.
    public var window: Int

    private let buffer: ReadBuffer
    private var storage: UnsafeMutableRawBufferPointer { buffer.storage }
    private var start: UInt64 = 0
    private var count = 0

    /// `buffer` may have served another reader, which must not be used any more.
    public init(_ source: any RandomAccessSource, window: Int = SourceReader.defaultWindow, buffer: ReadBuffer = ReadBuffer()) {
        self.source = source
        self.byteCount = source.byteCount
        self.window = window
        self.buffer = buffer
        buffer.beginFile()
    }

    /// At most `length` bytes at `offset`: fewer only at the end of the source (or above `largestView`).
    public func upTo(_ length: Int, at offset: UInt64) throws(SourceFailure) -> UnsafeRawBufferPointer {
        guard offset < byteCount, length > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let wanted = Int(min(UInt64(min(length, Self.largestView)), byteCount - offset))
        if offset < start || offset + UInt64(wanted) > start + UInt64(count) {
            try fill(at: offset, atLeast: wanted)
        }
        guard offset >= start, offset < start + UInt64(count) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let first = Int(offset - start)
        return UnsafeRawBufferPointer(rebasing: storage[first..<(first + min(wanted, count - first))])
    }

    /// Exactly `length` bytes at `offset`, or nil where the source ends before them.
    public func exactly(_ length: Int, at offset: UInt64) throws(SourceFailure) -> UnsafeRawBufferPointer? {
        let view = try upTo(length, at: offset)
        return view.count == length ? view : nil
    }

    /// What the window holds from `offset` on: a loop over small things looks at them all with one call. Nothing is read.
    public func atHand(from offset: UInt64) -> UnsafeRawBufferPointer {
        guard offset >= start, offset < start + UInt64(count) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: storage[Int(offset - start)..<count])
    }

    /// Where what the window holds ends.
    public var windowEnd: UInt64 { start + UInt64(count) }

    /// Brings `range` into the window in one read, so that the views that follow cost nothing.
    public func prefetch(_ range: Range<UInt64>) throws(SourceFailure) {
        _ = try upTo(Int(clamping: range.upperBound - range.lowerBound), at: range.lowerBound)
    }

    private func fill(at offset: UInt64, atLeast wanted: Int) throws(SourceFailure) {
        let size = Int(min(UInt64(max(wanted, window)), byteCount - offset))
        var kept = 0
        // What the old window already holds of the new one is moved, not read again.
        if offset >= start, offset < start + UInt64(count) {
            kept = count - Int(offset - start)
        }
        buffer.keep((count - kept)..<count, room: size)
        start = offset
        count = kept
        let storage = storage
        while count < size {
            let got = try source.read(
                at: offset + UInt64(count), into: UnsafeMutableRawBufferPointer(rebasing: storage[count..<size]))
            readCount += 1
            if got <= 0 {
                byteCount = min(byteCount, offset + UInt64(count))
                return
            }
            count += got
        }
    }
}

/// The memory of a reader's window. Kept from file to file, it is neither allocated nor cleared by the kernel for each, and stays
/// in the processor's cache. Not thread-safe.
public final class ReadBuffer {
    fileprivate private(set) var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    public init() {}

    deinit {
        storage.deallocate()
    }

    /// What one file with enormous frames needed is not kept for the next.
    fileprivate func beginFile() {
        guard storage.count > Self.mostKept else { return }
        storage.deallocate()
        storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    /// The window of the readers that walk whole files, and room for a large frame.
    private static let mostKept = 4 << 20

    /// Room for `room` bytes, with those of `range` at its start.
    fileprivate func keep(_ range: Range<Int>, room: Int) {
        let kept = UnsafeRawBufferPointer(rebasing: storage[range])
        if room > storage.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
            larger.copyMemory(from: kept)
            storage.deallocate()
            storage = larger
        } else if range.lowerBound > 0, !range.isEmpty {
            storage.copyMemory(from: kept)
        }
    }
}
