/// Matroska and WebM (RFC 9559 on top of EBML, RFC 8794).
enum MatroskaFile: ContainerFormat {
    static func recognises(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        if LostHead.isLost(head) { return MatroskaRemains.areIn(head) }
        guard let header = EBMLHeader.parse(head), header.id == EBMLID.ebml, header.size <= UInt64(head.count) else { return false }
        let content = UnsafeRawBufferPointer(rebasing: head[header.length...].prefix(Int(header.size)))
        var children = EBMLChildren(content)
        while let child = children.next() {
            if child.id == EBMLID.docType {
                let type = EBMLValue.text(child.content)
                return type == "matroska" || type == "webm"
            }
        }
        return false
    }

    /// The EBML header stands whole at the start, and its identifier is the size of no box.
    static func isCertain(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        !MP4File.recognises(head, byteCount: byteCount) && recognises(head, byteCount: byteCount)
    }

    static func describe(_ reader: SourceReader) throws(SourceFailure) -> MediaDescription {
        if LostHead.isLost(try LostHead.look(reader)) {
            var description = MediaDescription(container: .matroska)
            description.state = .unreadable
            description.findings = [MediaFinding(.headMissing, at: 0, "RFC 9559 §5.1: Info and Tracks")]
            return description
        }
        return try describe(MatroskaWalker(reader))
    }

    static func describe(_ walker: MatroskaWalker) throws(SourceFailure) -> MediaDescription {
        let videoTrack = walker.tracks.firstIndex { $0.track?.isVideo == true }
        var spans = walker.tracks.map { MatroskaSpan($0, walker.info) }
        var frames = 0, keyframes = 0
        func take(_ block: MatroskaBlock) {
            guard let track = block.track else { return }
            spans[track].add(block.time, block.duration)
            if track == videoTrack, block.isShown {
                frames += 1
                if block.isKeyframe { keyframes += 1 }
            }
        }
        while let block = try walker.next() {
            take(block)
            walker.passBlocks(take)
        }
        var description = MediaDescription(container: walker.container)
        fillFormats(&description, walker)
        if let videoTrack {
            description.frameCount = frames
            description.keyframeCount = keyframes
            if let first = spans[videoTrack].first {
                description.durationMicroseconds = walker.info.microseconds(spans[videoTrack].length)
                if let clock = walker.info.clock(at: first) { description.clocks = [clock] }
            }
        }
        let hasSamples = spans.contains { $0.first != nil }
        if hasSamples { judgeClaims(walker, spans, videoTrack) }
        description.findings = walker.log.findings
        description.state = state(walker, hasSamples: hasSamples)
        description.playableBytes =
            switch description.state {
            case .complete: walker.offset
            case .damaged where !endIsLost(walker): walker.offset
            default: walker.soundEnd
            }
        return description
    }

    static func samples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? {
        let walker = try MatroskaWalker(reader)
        return walker.tracks.contains { $0.track != nil } ? MatroskaSamples(walker) : nil
    }

    private static func fillFormats(_ description: inout MediaDescription, _ walker: MatroskaWalker) {
        for track in walker.tracks {
            switch track.track?.format {
            case .video(let format): description.video = description.video ?? format
            case .audio(let codec, _, _): description.audio = description.audio ?? codec
            case nil: break
            }
        }
    }

    /// What the file says of itself against what its blocks prove.
    private static func judgeClaims(_ walker: MatroskaWalker, _ spans: [MatroskaSpan], _ videoTrack: Int?) {
        if !walker.hasCues { walker.log.add(.seekTableMissing, "RFC 9559 §5.1.5: no Cues") }
        guard let claimed = walker.info.duration, claimed.isFinite else { return }
        let proven = spans.filter { $0.first != nil }.map(\.end).max() ?? 0
        let tolerance = max(videoTrack.map { spans[$0].frameDuration } ?? 0, walker.info.ticks(nanoseconds: 50_000_000)) + 1
        if claimed > Double(proven) + Double(tolerance) {
            walker.log.add(.headerOverstates, "Duration \(claimed) ticks, proven \(proven)")
        }
    }

    private static func endIsLost(_ walker: MatroskaWalker) -> Bool {
        walker.log.contains(.cutShort) || walker.log.contains(.tailZeroed) || walker.log.contains(.tailForeign)
    }

    private static func state(_ walker: MatroskaWalker, hasSamples: Bool) -> MediaState {
        if !hasSamples {
            // Clusters of tracks that nothing describes any more.
            return walker.pace.firstCluster != nil && walker.tracks.isEmpty ? .unreadable : .empty
        }
        if walker.log.contains(.bytesSkipped) { return .damaged }
        return endIsLost(walker) ? .truncated : .complete
    }
}
