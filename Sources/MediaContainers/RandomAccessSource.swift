/// Bytes that can be read at any offset: a file, a byte range of a disk, an array in a test.
///
/// Nothing read through it is trusted, and nothing is ever written through it.
public protocol RandomAccessSource: AnyObject {
    /// The size when it was opened. The source may turn out shorter while it is read.
    var byteCount: UInt64 { get }

    /// Reads at most `buffer.count` bytes from `offset`. Fewer are returned only at the end of the source.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int
}

/// The source itself failed (a bad sector, a vanished disk), as opposed to holding damaged content.
public struct SourceFailure: Error, Equatable, Sendable {
    /// Where the read that failed began.
    public var offset: UInt64
    /// The system's error number, `EIO` for a bad sector.
    public var errno: Int32

    public init(offset: UInt64, errno: Int32) {
        self.offset = offset
        self.errno = errno
    }
}

/// A source that is already in memory: tests, parameter sets, boxes that were read whole.
public final class MemorySource: RandomAccessSource {
    private let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public var byteCount: UInt64 { UInt64(bytes.count) }

    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        guard offset < UInt64(bytes.count) else { return 0 }
        let start = Int(offset)
        let count = min(buffer.count, bytes.count - start)
        bytes.withUnsafeBytes { all in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[start..<(start + count)]))
        }
        return count
    }
}
