/// Whole sectors of something that no encoder writes: text, or one byte over and over (erased flash).
enum Sectors {
    static let size = 512

    /// Looks at the sectors that lie wholly in `bytes`, which begin at `offset`; file systems and disks lose nothing smaller.
    static func holdsForeign(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) -> Bool {
        var index = Int((UInt64(size) - offset % UInt64(size)) % UInt64(size))
        while index + size <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // Of coded video, one sector in 256 goes on from here.
            if word & 0x8080_8080_8080_8080 == 0 || bytes[index] == bytes[index + 1] {
                let sector = UnsafeRawBufferPointer(rebasing: bytes[index..<(index + size)])
                if sector.allSatisfy(ElementaryKind.isText) || sector.allSatisfy({ $0 == sector[0] }) { return true }
            }
            index += size
        }
        return false
    }
}
