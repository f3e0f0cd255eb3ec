/// Walks the chunks that `idx1` names and that are still there, so that neither holes nor another file's chunks are taken
/// for frames, and what was lost keeps its time. Where the index itself has a hole, chunks count that lead from one that
/// it names to the next.
///
/// Every payload is proven, since an index says nothing of the blocks that it points to.
final class AVIIndexedWalk: AVIChunkWalk {
    /// 1 million entries: 5 hours with sound. A longer index is left to the walk over the chunks.
    private static let largest: UInt64 = 16 << 20
    /// Damage comes in whole sectors.
    private static let sector: UInt64 = 512
    /// How many entries are tried before the index is believed.
    private static let tries = 64

    private struct Entry {
        var start: UInt64
        var id: UInt32
        var size: UInt32
        var end: UInt64 { start + 8 + UInt64(size) }
    }

    private(set) var log = FindingLog()
    private let reader: SourceReader
    let header: AVIHeader
    private var entries: [Entry] = []
    private var position = 0
    /// The next chunks, those in holes of the index included.
    private var queue: [Entry] = []
    private var queueStart = 0
    /// Where the chunk behind the last of the queue is to begin.
    private var reached: UInt64
    /// How long the chunks of each stream lasted that were lost since the last that was sound.
    private var lost: [Int64]
    /// Streams of which a chunk passed: a check that the first ones do not pass does not hold for an odd encoder.
    private var judged: [Bool]
    /// Where the run of lost chunks began.
    private var lostFrom: UInt64?

    /// Nil where there is no index, or one that does not fit the file.
    init?(_ reader: SourceReader, _ header: AVIHeader) throws(SourceFailure) {
        self.reader = reader
        self.header = header
        reached = header.moviStart ?? 0
        lost = Array(repeating: 0, count: header.streams.count)
        judged = Array(repeating: false, count: header.streams.count)
        // Further RIFFs have indexes of their own; OpenDML's are not read here.
        guard let moviStart = header.moviStart, let moviEnd = header.moviEnd, moviEnd <= reader.byteCount,
            let content = try Self.findIndex(reader, behind: moviEnd), content.upperBound + 8 >= reader.byteCount
        else { return nil }
        // Offsets count from the word `movi`, in some files from the start of the file.
        for origin in [moviStart - 4, 0] {
            entries = try Self.read(reader, content, origin: origin, movi: moviStart..<moviEnd)
            if try isBelievable() {
                reader.window = AVIWalker.window
                return
            }
        }
        return nil
    }

    func next() throws(SourceFailure) -> AVIChunk? {
        while let entry = try nextEntry() {
            guard let (stream, _) = AVIHeader.chunkStream(FourCC(entry.id)), stream < header.streams.count,
                header.streams[stream].track != nil
            else { continue }
            var chunk = AVIChunk(stream: stream, start: entry.start, payload: (entry.start + 8)..<entry.end)
            guard try isThere(chunk, entry), try !isTorn() else {
                lost[stream] &+= header.lasts(chunk)
                if lostFrom == nil { lostFrom = entry.start }
                continue
            }
            if let from = lostFrom { log.add(.bytesSkipped, at: from, "\(entry.start - from) bytes of chunks that were overwritten") }
            lostFrom = nil
            chunk.isKeyframe = try AVIWalker.isKeyframe(chunk, header.streams[stream].track, reader)
            chunk.lostBefore = lost[stream]
            lost[stream] = 0
            return chunk
        }
        if let from = lostFrom { log.add(.bytesSkipped, at: from, "chunks that were overwritten, up to the end") }
        lostFrom = nil
        return nil
    }

    private func nextEntry() throws(SourceFailure) -> Entry? {
        try fillQueue(2)
        guard queueStart < queue.count else { return nil }
        defer { queueStart += 1 }
        return queue[queueStart]
    }

    private func fillQueue(_ count: Int) throws(SourceFailure) {
        guard queue.count - queueStart < count else { return }
        queue.removeFirst(queueStart)
        queueStart = 0
        while queue.count < count {
            let known = position < entries.count ? entries[position] : nil
            let goal = known?.start ?? header.moviEnd ?? reached
            if goal > reached + 8 { try bridgeHole(to: goal) }
            reached = known?.end ?? goal
            guard let known else { return }
            position += 1
            queue.append(known)
        }
    }

    /// Entries that were overwritten: chunks follow one another from the last that the index named up to the next that it
    /// names, or to the end of `movi`.
    private func bridgeHole(to goal: UInt64) throws(SourceFailure) {
        let known = queue.count
        var offset = reached
        while offset < goal, let view = try reader.exactly(12, at: offset + offset % 2) {
            offset += offset % 2
            var cursor = ByteCursor(view)
            guard let id = cursor.u32(), let size = cursor.u32LE(), let type = cursor.u32().map(FourCC.init) else { break }
            if FourCC(id) == "LIST", type == "rec " {
                offset += 12
                continue
            }
            let entry = Entry(start: offset, id: id, size: size)
            guard AVIWalker.isText(FourCC(id)), entry.end <= goal else { break }
            if AVIHeader.chunkStream(FourCC(id)) != nil { queue.append(entry) }
            offset = entry.end
        }
        if offset + offset % 2 < goal { queue.removeLast(queue.count - known) }
    }

    // MARK: - Proof

    /// Its header is that of the index, and its payload can be of its track.
    private func isThere(_ chunk: AVIChunk, _ entry: Entry) throws(SourceFailure) -> Bool {
        let size = chunk.payload.count
        // With the header behind, which is looked at next.
        let view = try reader.upTo(8 + size + ZeroTail.length + 16, at: chunk.start)
        guard view.count >= 8 + size, Self.isHeader(view, of: entry), let track = header.streams[chunk.stream].track else { return false }
        guard size > 0 else { return true }
        if AVIWalker.isSound(UnsafeRawBufferPointer(rebasing: view[8...]), payloadCount: size, track) {
            judged[chunk.stream] = true
            return true
        }
        return !judged[chunk.stream]
    }

    /// Whether the header of the chunk behind is gone, as far as it lies in the sector that it begins in: that sector holds
    /// the end of this chunk as well.
    private func isTorn() throws(SourceFailure) -> Bool {
        guard queueStart < queue.count else { return false }
        let next = queue[queueStart], shared = next.start % Self.sector
        guard shared != 0, let view = try reader.exactly(8, at: next.start) else { return false }
        let expected =
            (0..<4).map { UInt8(truncatingIfNeeded: next.id >> UInt32(24 - 8 * $0)) }
            + (0..<4).map { UInt8(truncatingIfNeeded: next.size >> UInt32(8 * $0)) }
        let visible = Int(min(8, Self.sector - shared))
        return !view.prefix(visible).elementsEqual(expected.prefix(visible))
    }

    private func hasHeader(_ entry: Entry) throws(SourceFailure) -> Bool {
        guard let view = try reader.exactly(8, at: entry.start) else { return false }
        return Self.isHeader(view, of: entry)
    }

    private static func isHeader(_ bytes: UnsafeRawBufferPointer, of entry: Entry) -> Bool {
        var cursor = ByteCursor(bytes)
        return cursor.u32() == entry.id && cursor.u32LE() == entry.size
    }

    /// Whether at least half of some entries name chunks that are there.
    private func isBelievable() throws(SourceFailure) -> Bool {
        guard !entries.isEmpty else { return false }
        let step = max(1, entries.count / Self.tries)
        var tried = 0, found = 0
        // Single looks, far from one another.
        reader.window = 64
        for index in stride(from: 0, to: entries.count, by: step) {
            tried += 1
            if try hasHeader(entries[index]) { found += 1 }
        }
        return found * 2 >= tried
    }

    // MARK: - The index

    /// The content of `idx1`, which stands behind `movi` and perhaps padding.
    private static func findIndex(_ reader: SourceReader, behind moviEnd: UInt64) throws(SourceFailure) -> Range<UInt64>? {
        var position = moviEnd + moviEnd % 2
        while let view = try reader.exactly(8, at: position) {
            var cursor = ByteCursor(view)
            guard let id = cursor.u32().map(FourCC.init), let size = cursor.u32LE() else { return nil }
            let end = position + 8 + UInt64(size)
            if id == "idx1" { return end <= reader.byteCount && UInt64(size) <= largest ? (position + 8)..<end : nil }
            guard id == "JUNK" else { return nil }
            position = end + end % 2
        }
        return nil
    }

    /// Entries of samples that lie in `movi` one behind the other; what was overwritten in the index is left out.
    private static func read(
        _ reader: SourceReader, _ content: Range<UInt64>, origin: UInt64, movi: Range<UInt64>
    ) throws(SourceFailure) -> [Entry] {
        var entries: [Entry] = []
        var end = movi.lowerBound
        var position = content.lowerBound
        while position < content.upperBound {
            let view = try reader.upTo(min(SourceReader.defaultWindow, Int(content.upperBound - position)), at: position)
            var cursor = ByteCursor(view)
            while let id = cursor.u32(), cursor.skip(4), let offset = cursor.u32LE(), let size = cursor.u32LE() {
                let entry = Entry(start: origin + UInt64(offset), id: id, size: size)
                guard AVIHeader.chunkStream(FourCC(id)) != nil, entry.start >= end, entry.end <= movi.upperBound
                else { continue }
                entries.append(entry)
                end = entry.end
            }
            guard view.count >= 16 else { break }
            position += UInt64(view.count / 16 * 16)
        }
        return entries
    }
}
