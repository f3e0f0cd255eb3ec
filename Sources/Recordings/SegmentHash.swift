import Crypto
import MediaContainers

/// SHA-256 of a whole file.
public enum SegmentHash {
    public static func of(_ source: any RandomAccessSource) throws(SourceFailure) -> [UInt8] {
        var hasher = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset: UInt64 = 0
        while true {
            let got = try source.read(at: offset, into: buffer)
            if got == 0 { return Array(hasher.finalize()) }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[0..<got]))
            offset += UInt64(got)
        }
    }
}
