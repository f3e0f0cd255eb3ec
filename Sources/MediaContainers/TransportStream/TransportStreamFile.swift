/// MPEG-2 transport streams (ISO/IEC 13818-1), with packets of 188, 192 (M2TS) and 204 bytes.
enum TransportStreamFile: ContainerFormat {
    static func recognises(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        TSGeometry(head, byteCount: byteCount) != nil
    }

    /// So many packets from the first byte on that what follows does not matter; the first byte is that of no other family,
    /// and of an MP4 only if a box of 1.1 GiB came first.
    static func isCertain(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        guard !MP4File.recognises(head, byteCount: byteCount), TSGeometry.isCertain(head) else { return false }
        return TSGeometry(head, byteCount: byteCount) == TSGeometry(stride: TSPacket.byteCount, firstSync: 0)
    }

    static func geometry(_ reader: SourceReader) throws(SourceFailure) -> TSGeometry? {
        reader.window = max(reader.window, TSPackets.blockBytes)
        return TSGeometry(try reader.upTo(SourceReader.defaultWindow, at: 0), byteCount: reader.byteCount)
    }

    static func describe(_ reader: SourceReader) throws(SourceFailure) -> MediaDescription {
        var description = MediaDescription(container: .mpegts)
        guard let geometry = try geometry(reader) else {
            description.state = .unreadable
            return description
        }
        let (first, isSuspicious) = try describe(reader, geometry, without: ForeignFootage())
        guard isSuspicious else { return first }
        let foreign = try TransportProvenance.search(reader, geometry)
        return foreign.isEmpty ? first : try describe(reader, geometry, without: foreign).0
    }

    private static func describe(
        _ reader: SourceReader, _ geometry: TSGeometry, without foreign: ForeignFootage
    ) throws(SourceFailure) -> (MediaDescription, isSuspicious: Bool) {
        var description = MediaDescription(container: .mpegts)
        let program = try TSProgram(reader, geometry)
        for case .audio(let codec) in program.streams.map(\.kind) where description.audio == nil { description.audio = codec }
        var demuxer = TSDemuxer(reader, geometry, program: program, keepsBytes: false)
        // The first video stream of the first program that has one, as players choose.
        let chosen = demuxer.streams.firstIndex { $0.video != nil }
        var tally = TSTally(without: foreign)
        while let index = try demuxer.step() {
            if index == chosen { demuxer.streams[index].video?.takeFrames { tally.add($0) } }
        }
        demuxer.finish()
        let tail = demuxer.packets.tail
        var video = chosen.flatMap { demuxer.streams[$0].video }
        if video != nil { video?.takeFrames { tally.add($0) } }
        if let video {
            let keepsLast = tail == nil || video.endsWhole
            tally.finish(keepsLast: keepsLast)
            let headers = video.scanner.headers
            let size = headers.dimensions
            description.video = VideoFormat(codec: video.scanner.codec, width: size?.width ?? 0, height: size?.height ?? 0)
            if !headers.hasHeaders {
                description.findings.append(MediaFinding(.parameterSetsMissing, at: nil, "no parameter sets in the stream"))
            }
            description.durationMicroseconds = tally.duration(headers.frameRate)
            description.clocks = tally.clock.map { [$0] } ?? []
        }
        description.frameCount = tally.frames
        description.keyframeCount = tally.keyframes
        let packets = demuxer.packets
        description.findings += packets.findings + foreign.findings + tally.findings
        if let tail { description.findings.append(tail) }
        description.playableBytes = foreign.tailStart ?? (tail == nil ? reader.byteCount : tally.lastDropped ?? packets.end)
        if demuxer.streams.isEmpty {
            description.state = .unreadable
        } else if !packets.findings.isEmpty || tally.brokenFrames > 0 || foreign.stretches.contains(where: { !$0.isTail }) {
            description.state = .damaged
        } else if tail != nil || !foreign.isEmpty {
            description.state = .truncated
        } else {
            description.state = tally.frames == 0 && video != nil ? .empty : .complete
        }
        return (description, tally.survey.isSuspicious)
    }

    static func samples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? {
        guard let geometry = try geometry(reader) else { return nil }
        return try TSSamples(reader, geometry)
    }
}
