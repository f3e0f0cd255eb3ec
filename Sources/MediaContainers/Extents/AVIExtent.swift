/// Follows the chunks of each RIFF (AVI 1.0; OpenDML 1.02 adds further RIFFs of the type `AVIX`).
struct AVIExtent {
    private let reader: SourceReader

    private static let look = 12
    /// A hundred OpenDML RIFFs are 100 GiB.
    private static let largestChunkCount = 1 << 24

    static func measure(_ reader: SourceReader) throws(SourceFailure) -> MediaExtent? {
        reader.window = 4096
        guard StrictHeader.isAVI(try reader.upTo(24, at: 0)) else { return nil }
        return try AVIExtent(reader: reader).walk()
    }

    private struct Chunk {
        var id: FourCC
        /// Of a list.
        var type: FourCC?
        var start: UInt64
        var size: UInt32

        var content: UInt64 { start + 8 }
        var end: UInt64 { content + UInt64(size) + UInt64(size % 2) }
        /// What a recorder leaves that did not close its file.
        var isUnsized: Bool { size == 0 || size >= 0xFFFF_FFF0 }
    }

    private func chunk(at offset: UInt64) throws(SourceFailure) -> Chunk? {
        var cursor = ByteCursor(try reader.upTo(Self.look, at: offset))
        guard let id = cursor.u32().map(FourCC.init), AVIWalker.isText(id), let size = cursor.u32LE() else { return nil }
        let type = id == "LIST" || id == "RIFF" ? cursor.u32().map(FourCC.init) : nil
        return Chunk(id: id, type: type, start: offset, size: size)
    }

    private func walk() throws(SourceFailure) -> MediaExtent? {
        var position: UInt64 = 0
        while let riff = try chunk(at: position), riff.id == "RIFF", riff.type == (position == 0 ? "AVI " : "AVIX") {
            // Another AVI that begins on a sector is the next file; `AVIX` never is.
            guard !riff.isUnsized, riff.end <= reader.byteCount + 1 else { return try broken(from: position, riff) }
            guard try isFilled(riff) else { return try broken(from: position, riff) }
            position = min(riff.end, reader.byteCount)
        }
        return MediaExtent(position, .stated)
    }

    /// Whether the chunks of a RIFF lead to its end.
    private func isFilled(_ riff: Chunk) throws(SourceFailure) -> Bool {
        let end = riff.content + UInt64(riff.size)
        var offset = riff.content + 4
        while offset + 8 <= end {
            guard let child = try chunk(at: offset), Self.isChild(child), child.content + UInt64(child.size) <= end else { return false }
            offset = child.end
        }
        return offset >= end || end - offset < 8
    }

    /// A chunk that stands in a RIFF, outside of `movi`.
    private static func isChild(_ chunk: Chunk) -> Bool {
        switch chunk.id {
        case "LIST", "JUNK", "junk", "idx1", "indx", "PAD ", "strd", "IDIT", "ISMP", "_PMX", "ix00", "ix01": true
        default: false
        }
    }

    /// Sample by sample, as far as it goes.
    private func broken(from start: UInt64, _ riff: Chunk) throws(SourceFailure) -> MediaExtent? {
        var offset = start + 12
        var inMovie = false
        /// Where the index is due that stands behind the samples.
        var index: UInt64?
        var count = 0
        /// The last chunk, which what follows has not proven.
        var last = offset
        while count < Self.largestChunkCount, let child = try chunk(at: offset) {
            count += 1
            if child.id == "LIST", child.type == "movi" || child.type == "rec " {
                inMovie = true
                if child.type == "movi", !child.isUnsized, !riff.isUnsized { index = child.end }
                last = offset
                offset += 12
                continue
            }
            guard Self.isChild(child) || inMovie && Self.isSample(child.id) || child.id == "RIFF" && child.type == "AVIX",
                UInt64(child.size) <= AVIWalker.largestChunk
            else { break }
            last = offset
            if child.id == "RIFF" { offset += 12; continue }
            guard child.end <= reader.byteCount + 1 else {
                offset = min(child.end, reader.byteCount)
                break
            }
            // Some writers leave the padding byte out.
            let odd = child.content + UInt64(child.size)
            offset = child.end
            if child.end != odd, try chunk(at: offset).map({ !inMovie || !(Self.isSample($0.id) || Self.isChild($0)) }) ?? true,
                let next = try chunk(at: odd), Self.isSample(next.id) || Self.isChild(next)
            {
                offset = odd
            }
        }
        guard inMovie else { return MediaExtent(min(offset, reader.byteCount), .lost) }
        if riff.isUnsized, offset <= reader.byteCount, try OpenEnd.isPadded(reader, from: offset) { return MediaExtent(offset, .seen) }
        let end = try OpenEnd.find(reader, from: last, limit: max(offset, last))
        return MediaExtent(end, .lost, joint: index.map { .chunk(at: $0) })
    }

    /// `00dc`, `01wb` and the like, and the indexes between them.
    private static func isSample(_ id: FourCC) -> Bool {
        let high = id.value >> 24, low = id.value >> 16 & 0xFF
        if id.value >> 16 == 0x6978 { return true }  // ix##
        guard (0x30...0x39).contains(high), (0x30...0x39).contains(low) else { return false }
        switch id.value & 0xFFFF {
        case 0x6463, 0x6462, 0x7762, 0x7478, 0x7063, 0x6978, 0x7362, 0x6973: return true  // dc db wb tx pc ix sb is
        default: return false
        }
    }
}
