extension MovieParser {
    /// `stbl`, ISO/IEC 14496-12 §8.5.
    mutating func parseSampleTable(_ stbl: Box, _ track: inout MovieTrack) {
        var tables = SampleTables()
        walk(stbl.payload) { parser, box in
            switch box.type {
            case BoxType.stsd:
                if let entry = SampleEntry.parse(parser.bytes, stsd: box.payload, isVideo: track.kind == .video) {
                    track.entry = entry
                } else {
                    parser.broken(box.start, "no sample entry, ISO/IEC 14496-12 §8.5.2")
                }
            case BoxType.stts: tables.durations = parser.table(box, stride: 8, "§8.6.1.2")
            case BoxType.ctts: tables.compositionOffsets = parser.table(box, stride: 8, "§8.6.1.3")
            case BoxType.stsc: tables.chunkRuns = parser.table(box, stride: 12, "§8.7.4")
            case BoxType.stco: tables.chunkOffsets = parser.table(box, stride: 4, "§8.7.5")
            case BoxType.co64: tables.chunkOffsets = parser.table(box, stride: 8, "§8.7.5")
            case BoxType.stss: tables.syncSamples = parser.table(box, stride: 4, "§8.6.2")
            case BoxType.stsz, BoxType.stz2: tables.sizes = parser.sizes(box)
            default: break
            }
        }
        if track.entry.pcmFrameSize > 0, tables.sizes.constant != 0 {
            // Old QuickTime writes 1 for "one sample" whatever it takes ("Sample Size Atoms").
            tables.sizes.constant = UInt32(track.entry.pcmFrameSize)
        } else if tables.sizes.constant != 0, tables.sizes.count > Self.largestConstantCount {
            findings.add(.capReached, at: movie.base + UInt64(stbl.start), "stsz of \(tables.sizes.count) samples")
            tables.sizes.count = Self.largestConstantCount
        }
        tables.count = min(tables.sizes.count, tables.chunkCapacity)
        if tables.count < tables.sizes.count {
            broken(stbl.start, "chunks hold \(tables.count) of \(tables.sizes.count) samples, ISO/IEC 14496-12 §8.7.4")
        }
        if tables.count > 0, tables.durations.count == 0 { broken(stbl.start, "no stts, ISO/IEC 14496-12 §8.6.1.2") }
        track.tables = tables
    }

    /// A full box that holds a count and as many entries.
    private mutating func table(_ box: Box, stride: Int, _ clause: String) -> ByteTable {
        guard let claimed = bytes.bigEndian32(at: box.payload.lowerBound + 4), box.payload.count >= 8 else {
            broken(box.start, "table cut short, ISO/IEC 14496-12 \(clause)")
            return .none
        }
        let table = ByteTable(bytes, in: box.payload.dropFirst(8), stride: stride, claimed: claimed)
        if table.count < Int(claimed) {
            broken(box.start, "table claims \(claimed) entries and has \(table.count), ISO/IEC 14496-12 \(clause)")
        }
        return table
    }

    /// Where no table stands behind the count: 16 million are a week of 24 frames a second. PCM may have any number of samples.
    private static let largestConstantCount = 1 << 24

    private mutating func sizes(_ box: Box) -> SampleSizes {
        var sizes = SampleSizes()
        guard let first = bytes.bigEndian32(at: box.payload.lowerBound + 4),
            let claimed = bytes.bigEndian32(at: box.payload.lowerBound + 8), box.payload.count >= 12
        else {
            broken(box.start, "table cut short, ISO/IEC 14496-12 §8.7.3")
            return sizes
        }
        let entries = box.payload.dropFirst(12)
        if box.type == BoxType.stz2 {
            sizes.bits = Int(first & 0xFF)
            guard [4, 8, 16].contains(sizes.bits) else {
                broken(box.start, "field_size \(sizes.bits), ISO/IEC 14496-12 §8.7.3.3")
                return SampleSizes()
            }
        } else if first != 0 {
            sizes.constant = first
            sizes.count = Int(claimed)
            return sizes
        }
        let stride = sizes.bits == 4 ? 1 : sizes.bits / 8
        let stored = sizes.bits == 4 ? claimed / 2 + claimed % 2 : claimed
        sizes.table = ByteTable(bytes, in: entries, stride: stride, claimed: stored)
        sizes.count = min(Int(claimed), sizes.table.count * (sizes.bits == 4 ? 2 : 1))
        if sizes.count < Int(claimed) {
            broken(box.start, "table claims \(claimed) sizes and has \(sizes.count), ISO/IEC 14496-12 §8.7.3")
        }
        return sizes
    }
}
