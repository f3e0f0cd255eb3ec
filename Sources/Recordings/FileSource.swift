import LinuxSystem
import MediaContainers

/// A file on a disk as the parsers see it.
public final class FileSource: RandomAccessSource {
    private let file: OpenFile
    public let byteCount: UInt64

    public init(_ file: OpenFile, byteCount: UInt64) {
        self.file = file
        self.byteCount = byteCount
    }

    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        do throws(SystemError) {
            return try file.read(at: offset, into: buffer)
        } catch {
            throw SourceFailure(offset: offset, errno: error.errno)
        }
    }
}
