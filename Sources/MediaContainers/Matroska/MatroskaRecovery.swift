/// Going on behind damage, and telling how a file ends.
extension MatroskaWalker {
    /// The next sound block; nil at the end of what can be played.
    func next() throws(SourceFailure) -> MatroskaBlock? {
        while let block = held {
            wasDropped = false
            held = try following(block)
            if !wasDropped {
                soundEnd = block.payload.upperBound
                return block
            }
        }
        return nil
    }

    /// The block behind `last`, which is marked dropped if neither a neighbour nor its payload proves it.
    func following(_ last: MatroskaBlock?) throws(SourceFailure) -> MatroskaBlock? {
        var unproven = last
        while true {
            switch try step() {
            case .block(var block):
                block.followsBreak = breakAhead
                breakAhead = false
                try noteFirst(block)
                return block
            case .stop(let stop):
                if let block = unproven, try !isSoundLast(block) { wasDropped = true }
                let lost = wasDropped ? unproven?.start ?? offset : offset
                unproven = nil
                if case .finished = stop {
                    try concludeFinished(dropped: wasDropped ? last : nil)
                    return nil
                }
                if let position = try elementBehindCluster() {
                    log.add(.bytesSkipped, at: lost, "\(position - lost) bytes up to the Cluster's end")
                    resume(at: position)
                    continue
                }
                let tail = try searchCluster(from: offset + 1, lost: lost)
                guard let position = tail.cluster else {
                    conclude(stop, lost: lost, zeroesFrom: tail.zeroesFrom)
                    return nil
                }
                log.add(.bytesSkipped, at: lost, "\(position - lost) bytes up to the next Cluster")
                resume(at: position)
            }
        }
    }

    // MARK: Proof by payload

    /// The first block shows whether the check holds for this stream at all: some cameras pad their frames with zeroes.
    private func noteFirst(_ block: MatroskaBlock) throws(SourceFailure) {
        guard let track = block.track, firsts[track] == nil else { return }
        setFirst(track, start: block.start, isSound: try isSound(block, track))
    }

    /// Where a track's first block does not pass the check, it holds for none but that one.
    private func isSoundLast(_ block: MatroskaBlock) throws(SourceFailure) -> Bool {
        guard let track = block.track, let first = firsts[track], first.isSound || first.start == block.start else { return true }
        return try isSound(block, track)
    }

    private func isSound(_ block: MatroskaBlock, _ track: Int) throws(SourceFailure) -> Bool {
        let count = block.payload.count
        let view = try reader.upTo(count + ZeroTail.length, at: block.payload.lowerBound)
        guard let format = tracks[track].track?.format, view.count >= count else { return true }
        let payload = UnsafeRawBufferPointer(rebasing: view[..<count])
        switch format {
        case .audio(let codec, _, _):
            // Silence is zeroes in PCM.
            if codec == .pcmS16LE || codec == .pcmS16BE || codec == .unknown { return true }
            return !ZeroTail.tears(view, payloadCount: count)
        case .video(let video):
            if ZeroTail.tears(view, payloadCount: count) { return false }
            let stripped = tracks[track].strippedHeader
            let lengthSize = tracks[track].track?.nalLengthSize
            if stripped.isEmpty { return SampleCheck.isPlausible(payload, codec: video.codec, lengthSize: lengthSize) }
            return (stripped + payload).withUnsafeBytes { SampleCheck.isPlausible($0, codec: video.codec, lengthSize: lengthSize) }
        }
    }

    // MARK: Behind damage

    /// Where the broken Cluster ends by its own size, if an element stands there: then only its inside is damaged.
    private func elementBehindCluster() throws(SourceFailure) -> UInt64? {
        guard let end = brokenClusterEnd, end > offset, end < reader.byteCount,
            let header = EBMLHeader.parse(try reader.upTo(EBMLHeader.largest, at: end)), EBMLID.isSegmentChild(header.id)
        else { return nil }
        if header.id == EBMLID.cluster { return try clusterTime(at: end) == nil ? nil : end }
        return header.size <= reader.byteCount - end ? end : nil
    }

    /// The next Cluster from `start` on, or where the zeroes begin that end the file. The first sound one decides:
    /// if it cannot be of this recording, the rest is not either.
    private func searchCluster(from start: UInt64, lost: UInt64) throws(SourceFailure) -> (cluster: UInt64?, zeroesFrom: UInt64) {
        var position = start
        var zeroesFrom = lost
        reader.window = Self.window
        while true {
            let bytes = try reader.upTo(Self.window, at: position)
            if let last = bytes.lastIndex(where: { $0 != 0 }) { zeroesFrom = position + UInt64(last) + 1 }
            guard bytes.count >= 4 else { return (nil, max(zeroesFrom, lost)) }
            guard let found = Self.firstClusterID(bytes) else {
                position += UInt64(bytes.count - 3)
                continue
            }
            let candidate = position + UInt64(found)
            if let time = try clusterTime(at: candidate) {
                // No Cluster holds another one.
                let isInside = brokenClusterEnd.map { candidate < $0 } ?? false
                let second = info.ticks(nanoseconds: 1_000_000_000)
                if !isInside, pace.canGoOn(at: time, position: candidate, lost: lost, second: second) { return (candidate, zeroesFrom) }
                return (nil, reader.byteCount)
            }
            position = candidate + 4
        }
    }

    /// Where 1F 43 B6 75 begins. Steps by what the fourth byte allows (Horspool): damage may be gigabytes long.
    private static func firstClusterID(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index + 4 <= bytes.count {
            switch bytes[index + 3] {
            case 0x75:
                if bytes[index] == 0x1F, bytes[index + 1] == 0x43, bytes[index + 2] == 0xB6 { return index }
                index += 4
            case 0xB6: index += 1
            case 0x43: index += 2
            case 0x1F: index += 3
            default: index += 4
            }
        }
        return nil
    }

    /// The timestamp of the Cluster at `position`; nil where what looks like one does not begin as they do.
    private func clusterTime(at position: UInt64) throws(SourceFailure) -> Int64? {
        let view = try reader.upTo(64, at: position)
        guard let cluster = EBMLHeader.parse(view), cluster.hasUnknownSize || cluster.size >= 3 else { return nil }
        var rest = UnsafeRawBufferPointer(rebasing: view[cluster.length...])
        while let child = EBMLHeader.parse(rest), child.size <= UInt64(rest.count - child.length) {
            if child.id == EBMLID.timestamp { return timestamp(rest, child) }
            guard child.id == EBMLID.crc32 || child.id == EBMLID.void || child.id == EBMLID.position || child.id == EBMLID.prevSize
            else { return nil }
            rest = UnsafeRawBufferPointer(rebasing: rest[(child.length + Int(child.size))...])
        }
        return nil
    }

    // MARK: The end

    private func concludeFinished(dropped: MatroskaBlock?) throws(SourceFailure) {
        if let dropped {
            let payload = try reader.upTo(Int(clamping: dropped.payload.count), at: dropped.payload.lowerBound)
            log.add(ZeroTail.tears(payload, payloadCount: payload.count) ? .tailZeroed : .tailForeign, at: dropped.start)
        }
        if offset < reader.byteCount { log.add(.trailingBytes, at: offset, "\(reader.byteCount - offset) bytes") }
    }

    /// Fewer may end a header that was cut.
    private static let fewestZeroes: UInt64 = 16

    /// A tail that is zeroes for its larger part was never written, whatever stopped the walk.
    private func conclude(_ stop: Stop, lost: UInt64, zeroesFrom: UInt64) {
        let tail = reader.byteCount - min(lost, reader.byteCount)
        let zeroes = min(tail, reader.byteCount - min(zeroesFrom, reader.byteCount))
        if zeroes >= max(Self.fewestZeroes, tail - zeroes) {
            log.add(.tailZeroed, at: max(lost, zeroesFrom), "\(zeroes) bytes")
        } else if case .overrun = stop {
            log.add(.cutShort, at: lost, "RFC 9559 §5.1: the file ends \(tail) bytes into an element")
        } else {
            log.add(.tailForeign, at: lost, "\(tail) bytes")
        }
    }
}
