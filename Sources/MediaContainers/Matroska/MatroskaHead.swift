/// What stands before the Clusters of a file and tells how to read them. Files of one camera have it alike.
struct MatroskaHead: Sendable {
    let container: Container
    /// Nanoseconds in a tick, and nothing that is of one recording alone.
    let info: MatroskaInfo
    let tracks: [MatroskaTrack]

    /// Nil where the file is no Matroska, or says nothing of a picture.
    init?(_ reader: SourceReader) throws(SourceFailure) {
        let head = try reader.upTo(SourceReader.defaultWindow, at: 0)
        guard MatroskaFile.recognises(head, byteCount: reader.byteCount), !LostHead.isLost(head) else { return nil }
        let walker = try MatroskaWalker(reader)
        guard walker.tracks.contains(where: { $0.track?.isVideo == true }) else { return nil }
        container = walker.container
        tracks = walker.tracks
        var info = walker.info
        info.duration = nil
        info.dateUTC = nil
        self.info = info
    }
}

/// Matroska by what stands behind its head.
enum MatroskaRemains {
    /// A Cluster with a time and a block, or as many blocks in a row, in the first bytes that were not lost. Those of a file
    /// whose own head comes before them are not remains: they lie inside something else.
    static func areIn(_ head: UnsafeRawBufferPointer) -> Bool {
        var index = StartCodes.firstNonzero(in: head, from: 0)
        while index + MatroskaWalker.look <= head.count {
            switch UInt32(head[index]) {
            case EBMLID.ebml >> 24:
                if EBMLHeader.parse(rest(head, index))?.id == EBMLID.ebml { return false }
            case EBMLID.cluster >> 24:
                if let header = EBMLHeader.parse(rest(head, index)), header.id == EBMLID.cluster,
                    leadsToBlock(head, index + header.length)
                {
                    return true
                }
            case EBMLID.simpleBlock:
                if blocks(head, index) >= enoughBlocks { return true }
            default: break
            }
            index += 1
        }
        return false
    }

    /// By chance alone one in some million places leads from one block to the next.
    private static let enoughBlocks = 4

    private static func rest(_ head: UnsafeRawBufferPointer, _ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: head[index...])
    }

    private static func leadsToBlock(_ head: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        var index = start
        var hasTime = false
        while index < head.count, let child = EBMLHeader.parse(rest(head, index)), !child.hasUnknownSize {
            switch child.id {
            case EBMLID.simpleBlock, EBMLID.blockGroup: return hasTime
            case EBMLID.timestamp: hasTime = child.size <= 8
            case EBMLID.crc32, EBMLID.void, EBMLID.position, EBMLID.prevSize: break
            default: return false
            }
            guard child.size <= UInt64(head.count - index - child.length) else { return false }
            index += child.length + Int(child.size)
        }
        return false
    }

    /// How many SimpleBlocks of low track numbers lie one behind the other, up to as many as are enough.
    private static func blocks(_ head: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var index = start
        var count = 0
        while count < enoughBlocks, index + MatroskaWalker.look <= head.count, let block = EBMLHeader.parse(rest(head, index)),
            block.id == EBMLID.simpleBlock, block.size >= 4
        {
            let fields = index + block.length
            guard head[fields] & 0x80 != 0, head[fields] & 0x7F != 0, head[fields + 3] & 0x70 == 0 else { break }
            count += 1
            guard block.size <= UInt64(head.count - fields) else { break }
            index = fields + Int(block.size)
        }
        return count
    }
}
