/// Streams without a container: H.264 and H.265 Annex B, MPEG-4 part 2, MJPEG, a single JPEG.
enum ElementaryFile: ContainerFormat {
    static func recognises(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        ElementaryKind(head) != nil
    }

    static func describe(_ reader: SourceReader) throws(SourceFailure) -> MediaDescription {
        switch ElementaryKind(try LostHead.look(reader)) {
        case .units(let codec): try describeUnits(reader, codec)
        case .images(let start): try describeImages(reader, start)
        // The source gave other bytes than before.
        case nil: unreadable()
        }
    }

    static func samples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? {
        switch ElementaryKind(try LostHead.look(reader)) {
        case .units(let codec): try UnitSamples(reader, codec)
        case .images(let start): try ImageSamples(reader, start)
        case nil: nil
        }
    }

    private static func unreadable() -> MediaDescription {
        var description = MediaDescription(container: .h264)
        description.state = .unreadable
        return description
    }

    private static func container(_ codec: VideoCodec) -> Container {
        switch codec {
        case .h265: .h265
        case .mpeg4: .mpeg4
        default: .h264
        }
    }

    private static func describeUnits(_ reader: SourceReader, _ codec: VideoCodec) throws(SourceFailure) -> MediaDescription {
        let (description, isSuspicious) = try describeUnits(reader, codec, without: ForeignFootage())
        guard isSuspicious else { return description }
        let foreign = try StreamProvenance.search(reader, codec)
        return foreign.isEmpty ? description : try describeUnits(reader, codec, without: foreign).0
    }

    private static func describeUnits(
        _ reader: SourceReader, _ codec: VideoCodec, without foreign: ForeignFootage
    ) throws(SourceFailure) -> (MediaDescription, isSuspicious: Bool) {
        var description = MediaDescription(container: container(codec))
        guard let walk = StreamWalk(reader, codec: codec, without: foreign) else { return (unreadable(), false) }
        var frames = 0
        var keyframes = 0
        var clock: (frame: Int, microseconds: Int64)?
        while let (frame, _) = try walk.next() {
            if clock == nil, let time = frame.clock { clock = (frames, time) }
            if frame.isKeyframe { keyframes += 1 }
            if frame.isDisplayed { frames += 1 }
        }
        let headers = walk.headers
        let size = headers.dimensions
        description.video = VideoFormat(codec: codec, width: size?.width ?? 0, height: size?.height ?? 0)
        description.frameCount = frames
        description.keyframeCount = keyframes
        description.durationMicroseconds = headers.frameRate?.microseconds(frames: frames)
        description.state = frames == 0 && walk.state == .complete ? .empty : walk.state
        description.playableBytes = walk.playableBytes
        description.findings = walk.findings
        if !headers.hasHeaders {
            description.findings.append(MediaFinding(.parameterSetsMissing, at: nil, "no parameter sets in the stream"))
        }
        if let clock, let before = clock.frame == 0 ? 0 : headers.frameRate?.microseconds(frames: clock.frame) {
            description.clocks = [
                // A precision time stamp is taken when the picture is; recorders fill it in a frame later at most.
                EmbeddedClock(kind: .sei, microseconds: clock.microseconds - before, uncertaintyMicroseconds: 40_000)
            ]
        }
        return (description, walk.survey.isSuspicious)
    }

    private static func describeImages(_ reader: SourceReader, _ start: Int) throws(SourceFailure) -> MediaDescription {
        let walk = JPEGWalk(reader, start: start)
        var frames = 0
        var first: JPEGWalk.Image?
        while let image = try walk.next() {
            if first == nil { first = image }
            frames += 1
        }
        var description = MediaDescription(container: frames > 1 || start > 0 ? .mjpeg : .jpeg)
        description.video = VideoFormat(codec: .mjpeg, width: first?.width ?? 0, height: first?.height ?? 0)
        description.frameCount = frames
        description.keyframeCount = frames
        if description.container == .jpeg { description.durationMicroseconds = 0 }
        description.state = walk.state
        description.playableBytes = walk.playableBytes
        description.findings = walk.findings
        return description
    }
}
