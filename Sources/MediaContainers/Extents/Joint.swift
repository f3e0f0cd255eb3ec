extension Joint {
    /// Whether what stands at an offset of a source is what is due: the box with the next number, the Cluster with a later time,
    /// packets whose counters go on.
    public func isMet(_ reader: SourceReader, at offset: UInt64) throws(SourceFailure) -> Bool {
        switch self {
        case .movie:
            let view = try reader.upTo(BoxHeader.largest, at: offset)
            guard let box = BoxHeader(view, at: offset, limit: reader.byteCount), box.type == BoxType.moov, box.end <= reader.byteCount
            else {
                return false
            }
            let child = try reader.upTo(BoxHeader.largest, at: box.payload)
            return BoxHeader(child, at: box.payload, limit: box.end)?.type == BoxType.mvhd
        case .fragment(_, let sequence):
            var cursor = ByteCursor(try reader.upTo(24, at: offset))
            guard cursor.skip(4), cursor.u32() == BoxType.moof, cursor.skip(4), cursor.u32() == BoxType.mfhd, cursor.skip(4) else {
                return false
            }
            return cursor.u32() == sequence
        case .cluster(_, let time):
            let view = try reader.upTo(EBMLHeader.largest, at: offset)
            guard let cluster = EBMLHeader.parse(view), cluster.id == EBMLID.cluster,
                let value = try MatroskaExtent.time(reader, clusterContent: offset + UInt64(cluster.length))
            else { return false }
            return value >= time
        case .packet(_, let counters): return try areContinued(counters, reader, offset)
        case .chunk:
            var cursor = ByteCursor(try reader.upTo(24, at: offset))
            // 16 bytes for each entry of the index, and the first is of a stream's samples.
            guard cursor.u32() == FourCC("idx1").value, let size = cursor.u32LE(), size > 0, size % 16 == 0, let stream = cursor.u16()
            else {
                return false
            }
            return stream >> 8 == 0x30
        }
    }

    /// The first packet of each PID that was seen before must have the next number: two of them at least.
    private func areContinued(_ counters: [UInt16: UInt8], _ reader: SourceReader, _ offset: UInt64) throws(SourceFailure) -> Bool {
        // Tables come ten times a second at least: 400 KB at 32 Mbit/s.
        let view = try reader.upTo(2048 * 192, at: offset)
        let stride = TSPacket.isHeader(view, at: 188) ? 188 : 192
        let prefix = stride == 188 ? 0 : 4
        guard let base = view.baseAddress else { return false }
        var seen: Set<Int> = []
        var fits = 0
        var index = prefix
        while index + TSPacket.byteCount <= view.count, let packet = TSPacket(base + index) {
            index += stride
            guard packet.hasPayload, packet.pid != TSPacket.nullPID, seen.insert(packet.pid).inserted,
                let before = counters[UInt16(packet.pid)]
            else { continue }
            guard packet.isDiscontinuous || (packet.continuity &- before) & 0x0F == 1 else { return false }
            fits += 1
        }
        return fits >= 2
    }
}
