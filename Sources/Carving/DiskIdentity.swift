import Crypto
import MediaContainers

/// What tells one disk's content from another's, wherever it is attached and whether it is the disk or its image.
enum DiskIdentity {
    private static let piece = 64 << 10

    /// The size, and a checksum of 64 KiB at the beginning, in the middle and at the end.
    static func of(_ source: CarveSource) throws -> String {
        var hasher = SHA256()
        let size = source.byteCount
        let places = [0, size / 2, size > UInt64(piece) ? size - UInt64(piece) : 0]
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 4096)
        defer { buffer.deallocate() }
        do throws(SourceFailure) {
            for place in places {
                let got = try source.read(at: place, into: buffer)
                hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            }
        } catch {
            throw CarveError.sourceGone(path: source.path, offset: error.offset, errno: error.errno)
        }
        let digits = Array("0123456789abcdef")
        let digest = hasher.finalize().prefix(8).map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }.joined()
        return "\(size) bytes, sha256 \(digest)"
    }
}
