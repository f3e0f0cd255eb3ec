import Glibc
import LinuxSystem
import MediaContainers

/// A file on a disk as the parsers see it.
///
/// Pages that the disk cannot read are zeroes here, and counted: a bad sector costs the frames that lie on it, not the file.
public final class FileSource: RandomAccessSource {
    private let file: OpenFile
    public let byteCount: UInt64
    /// The ranges of a disk that are this file; nil where it is a file of its own.
    private let extents: [Range<UInt64>]?
    /// Where unreadable pages lie, in bytes from the start; each once.
    public private(set) var unreadablePages: Set<UInt64> = []

    /// The kernel reads, and fails, by pages.
    private static let pageSize: UInt64 = 4096
    /// A disk that is dying or gone answers every read with an error, and slowly: 1 MiB of bad pages in one file is enough.
    private static let mostUnreadable = 256

    public init(_ file: OpenFile, byteCount: UInt64) {
        self.file = file
        self.byteCount = byteCount
        extents = nil
    }

    /// A recording on a disk without a file system.
    public init(_ disk: OpenFile, extents: [Range<UInt64>]) {
        file = disk
        byteCount = extents.reduce(0) { $0 &+ ($1.upperBound - $1.lowerBound) }
        self.extents = extents
    }

    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        guard let extents else { return try readFile(at: offset, end: byteCount, into: buffer) }
        var position = offset
        for extent in extents {
            let count = extent.upperBound - extent.lowerBound
            guard position >= count else {
                let length = Int(min(UInt64(buffer.count), count - position))
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<length])
                return try readFile(at: extent.lowerBound + position, end: extent.upperBound, into: part)
            }
            position -= count
        }
        return 0
    }

    private func readFile(at offset: UInt64, end: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        do throws(SystemError) {
            return try file.read(at: offset, into: buffer)
        } catch {
            guard error.errno == EIO else { throw SourceFailure(offset: offset, errno: error.errno) }
            return try readByPages(at: offset, end: end, into: buffer)
        }
    }

    private func readByPages(at start: UInt64, end: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        var done = 0
        while done < buffer.count {
            let offset = start + UInt64(done)
            guard offset < end else { break }
            let page = offset / Self.pageSize * Self.pageSize
            let length = min(buffer.count - done, Int(min(page + Self.pageSize, end) - offset))
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + length)])
            do throws(SystemError) {
                let got = try file.read(at: offset, into: part)
                if got == 0 { break }
                done += got
            } catch {
                unreadablePages.insert(page)
                guard error.errno == EIO, unreadablePages.count <= Self.mostUnreadable else {
                    throw SourceFailure(offset: offset, errno: error.errno)
                }
                part.initializeMemory(as: UInt8.self, repeating: 0)
                done += length
            }
        }
        return done
    }
}
