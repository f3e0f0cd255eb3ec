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
                if let block = unproven { wasDropped = try isLost(block, stop) }
                let lost = wasDropped ? unproven?.start ?? offset : offset
                unproven = nil
                if case .finished = stop {
                    try concludeFinished(dropped: wasDropped ? last : nil)
                    return nil
                }
                let tail = try continuation(lost: lost)
                guard let found = tail.found else {
                    conclude(stop, lost: lost, zeroesFrom: tail.zeroesFrom)
                    return nil
                }
                let position = found.position
                switch found {
                case .element: log.add(.bytesSkipped, at: lost, "\(position - lost) bytes up to the next Cluster")
                case .block: log.add(.bytesSkipped, at: lost, "\(position - lost) bytes inside a Cluster")
                case .orphan: log.add(.bytesSkipped, at: lost, "\(position - lost) bytes with a Cluster's head; its time was concluded")
                }
                resume(found)
            }
        }
    }

    // MARK: Proof by payload

    /// The first block shows whether the check holds for this stream at all: some cameras pad their frames with zeroes.
    private func noteFirst(_ block: MatroskaBlock) throws(SourceFailure) {
        guard let track = block.track, firsts[track] == nil else { return }
        setFirst(track, start: block.start, isSound: try isSound(block, track))
    }

    /// Whether the last block before damage is damaged itself.
    private func isLost(_ block: MatroskaBlock, _ stop: Stop) throws(SourceFailure) -> Bool {
        guard try isSoundLast(block) else { return true }
        return try isTorn(block, stop)
    }

    /// Where a track's first block does not pass the check, it holds for none but that one.
    private func isSoundLast(_ block: MatroskaBlock) throws(SourceFailure) -> Bool {
        guard let track = block.track, let first = firsts[track], first.isSound || first.start == block.start else { return true }
        return try isSound(block, track)
    }

    func isSound(_ block: MatroskaBlock, _ track: Int) throws(SourceFailure) -> Bool {
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

    /// Whether the end of the last block shares its sector with bytes that are nothing of ours: damage comes in whole sectors.
    /// An element or two may seem to stand between, by chance. Zeroes are judged by `ZeroTail`: they may be padding that begins
    /// anywhere. A JPEG image shows its own end.
    private func isTorn(_ block: MatroskaBlock, _ stop: Stop) throws(SourceFailure) -> Bool {
        let sector: UInt64 = 512
        guard case .garbage = stop, heldEnd % sector != 0 else { return false }
        if let track = block.track, tracks[track].videoCodec == .mjpeg, try endsAsJPEG(block) { return false }
        return try reader.upTo(Int(sector - heldEnd % sector), at: heldEnd).contains { $0 != 0 }
    }

    private func endsAsJPEG(_ block: MatroskaBlock) throws(SourceFailure) -> Bool {
        let count = UInt64(2)
        guard block.payload.upperBound - block.payload.lowerBound > count else { return false }
        return try reader.upTo(Int(count), at: block.payload.upperBound - count).elementsEqual([0xFF, 0xD9])
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
