import LinuxSystem
import Recovery

extension ByteStream {
    /// A file, unpacked where it is gzip.
    convenience init(_ file: OpenFile) throws {
        let archive = try ArchiveStream(file)
        self.init { buffer, filled in
            let before = archive.given
            defer { filled = Int(clamping: archive.given - before) }
            _ = try archive.read(into: buffer)
        }
    }
}
