/// RIFF AVI 1.0 and its OpenDML extension 1.02.
enum AVIFile: ContainerFormat {
    static func recognises(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        if LostHead.isLost(head) { return AVIHeader.findMovi(head) != nil }
        var cursor = ByteCursor(head)
        guard cursor.u32() == FourCC("RIFF").value, cursor.skip(4) else { return false }
        return cursor.u32() == FourCC("AVI ").value
    }

    /// Its first twelve bytes decide.
    static func isCertain(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        !MP4File.recognises(head, byteCount: byteCount) && recognises(head, byteCount: byteCount)
    }

    static func describe(_ reader: SourceReader) throws(SourceFailure) -> MediaDescription {
        let header = try AVIHeader(reader)
        var description = MediaDescription(container: .avi)
        for stream in header.streams {
            switch stream.track?.format {
            case .video(let format): description.video = description.video ?? format
            case .audio(let codec, _, _): description.audio = description.audio ?? codec
            case nil: break
            }
        }
        guard header.moviStart != nil else {
            description.state = .empty
            return description
        }
        var log: FindingLog
        if let index = try AVIIndex.read(reader, header) {
            log = FindingLog()
            try fill(&description, index, reader, header, &log)
        } else {
            log = try walk(&description, reader, header)
        }
        if header.isLost {
            log.add(.bytesSkipped, at: 0, "the header was lost")
            description.state = description.state == .complete ? .damaged : description.state
        }
        if !header.rateIsSane { log.add(.ruleBroken, "AVISTREAMHEADER: dwRate and dwScale") }
        description.findings = log.findings
        return description
    }

    static func samples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? {
        let header = try AVIHeader(reader)
        guard header.moviStart != nil, header.streams.contains(where: { $0.track != nil }) else { return nil }
        if let walk = try AVIIndexedWalk(reader, header) { return AVISamples(walk) }
        return AVISamples(try AVIWalker(reader, header))
    }

    /// A file that was closed: everything is in its index.
    private static func fill(
        _ description: inout MediaDescription, _ index: AVIIndex, _ reader: SourceReader, _ header: AVIHeader, _ log: inout FindingLog
    ) throws(SourceFailure) {
        setFrames(&description, header, index.frames, index.keyframes, index.firstSlot..<index.endSlot)
        judgeClaims(header, slots: index.slots, &log)
        let end = try fileEnd(reader, header)
        description.playableBytes = min(end, reader.byteCount)
        if end < reader.byteCount { log.add(.trailingBytes, at: end, "\(reader.byteCount - end) bytes") }
        if end > reader.byteCount {
            log.add(.cutShort, at: reader.byteCount, "RIFF promises \(end - reader.byteCount) bytes more")
            description.state = .truncated
        }
    }

    /// Where the last RIFF ends: OpenDML begins another every gigabyte.
    private static func fileEnd(_ reader: SourceReader, _ header: AVIHeader) throws(SourceFailure) -> UInt64 {
        guard var end = header.riffEnd else { return reader.byteCount }
        end += end % 2
        while let view = try reader.exactly(12, at: end) {
            var cursor = ByteCursor(view)
            guard cursor.u32() == FourCC("RIFF").value, let size = cursor.u32LE(), cursor.u32() == FourCC("AVIX").value else { break }
            end += 8 + UInt64(size) + UInt64(size % 2)
        }
        // The byte that pads an odd size is left out by some.
        return end == reader.byteCount + 1 ? reader.byteCount : end
    }

    /// A file that was not closed, or whose index is wrong: every chunk's header is seen.
    private static func walk(
        _ description: inout MediaDescription, _ reader: SourceReader, _ header: AVIHeader
    ) throws(SourceFailure) -> FindingLog {
        let walker = try AVIWalker(reader, header)
        let video = header.videoStream
        var frames = 0, keyframes = 0
        var slots: Int64 = 0, firstSlot: Int64?, endSlot: Int64 = 0
        var isEmpty = true
        while let chunk = try walker.next() {
            if !chunk.payload.isEmpty { isEmpty = false }
            guard chunk.stream == video else { continue }
            slots += 1
            guard !chunk.payload.isEmpty else { continue }
            if firstSlot == nil { firstSlot = slots - 1 }
            endSlot = slots
            frames += 1
            if chunk.isKeyframe { keyframes += 1 }
        }
        var log = walker.log
        var endIsLost = log.contains(.cutShort) || log.contains(.tailZeroed) || log.contains(.tailForeign)
        if video != nil { setFrames(&description, header, frames, keyframes, (firstSlot ?? 0)..<max(endSlot, firstSlot ?? 0)) }
        guard !isEmpty else {
            // Chunks of streams that nothing describes.
            description.state = header.streams.isEmpty && reader.byteCount > header.moviStart ?? 0 ? .unreadable : .empty
            return log
        }
        if !walker.hasIndex { log.add(.seekTableMissing, "no idx1") }
        let promised = header.streams.flatMap(\.indexes).map(\.upperBound).max() ?? 0
        if promised > reader.byteCount, !endIsLost {
            log.add(.cutShort, at: reader.byteCount, "indx promises \(promised - reader.byteCount) bytes more")
            endIsLost = true
        }
        judgeClaims(header, slots: slots, &log)
        // `movi` must have its size (unlike a Matroska Segment): where it has none, the recorder died.
        let wasClosed = header.moviEnd != nil
        description.state = log.contains(.bytesSkipped) ? .damaged : endIsLost || !wasClosed ? .truncated : .complete
        description.playableBytes = endIsLost ? walker.soundEnd : walker.offset
        return log
    }

    private static func setFrames(
        _ description: inout MediaDescription, _ header: AVIHeader, _ frames: Int, _ keyframes: Int, _ slots: Range<Int64>
    ) {
        description.frameCount = frames
        description.keyframeCount = keyframes
        guard frames > 0, header.rateIsKnown, let video = header.videoStream else { return }
        description.durationMicroseconds = header.streams[video].microseconds(slots.upperBound - slots.lowerBound)
    }

    /// What the headers say of the number of frames against what is there. Dropped frames count in both.
    private static func judgeClaims(_ header: AVIHeader, slots: Int64, _ log: inout FindingLog) {
        guard let video = header.videoStream else { return }
        let length = header.streams[video].claimedLength
        let claimed = length == 0 ? header.claimedFrames : length
        if Int64(claimed) > slots + 1 { log.add(.headerOverstates, "dwLength \(claimed), proven \(slots)") }
    }
}
