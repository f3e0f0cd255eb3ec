/// The rate that stands in for one that no header states.
private let defaultRate: (timescale: Int64, step: Int64) = (25, 1)

/// Samples of a stream of units: each frame with the units before it, start codes included.
final class UnitSamples: SampleReader {
    let tracks: [Track]
    private let walk: StreamWalk
    private var order = DisplayOrder<(frame: CodedFrame, end: UInt64)>()
    private var lostRestart = LostRestart()
    /// Of the last frame.
    private var lastEnd: UInt64?
    private var isOver = false
    private let step: Int64
    /// How many frames the display lags behind decoding, so that nothing is shown before it is decoded.
    private let delay: Int

    var findings: [MediaFinding] { walk.findings }

    /// Frames of the head that are looked at for headers and for the delay of the display.
    private static let headFrames = 64

    init?(_ reader: SourceReader, _ codec: VideoCodec) throws(SourceFailure) {
        let foreign = try StreamProvenance.search(reader, codec)
        guard let head = StreamWalk(reader, codec: codec, without: foreign),
            let walk = StreamWalk(reader, codec: codec, without: foreign)
        else { return nil }
        var order = DisplayOrder<Void>()
        var lastEnd: UInt64?
        var frames = 0
        var delay = 0
        while frames < Self.headFrames, let (frame, end) = try head.next() {
            let isLost = lostRestart.take(
                frame.order, restarts: frame.restartsOrder, isBehindLoss: lastEnd.map { $0 < frame.place.offset } ?? false)
            lastEnd = end
            order.push((), order: frame.order, restarts: frame.restartsOrder || isLost)
            frames += 1
            while let popped = order.pop(isOver: false) { delay = max(delay, popped.decode - popped.display) }
        }
        while let popped = order.pop(isOver: true) { delay = max(delay, popped.decode - popped.display) }
        guard frames > 0 else { return nil }
        let headers = head.headers
        let rate = headers.frameRate.map { ($0.numerator, $0.denominator) } ?? defaultRate
        let size = headers.dimensions
        let format = VideoFormat(codec: codec, width: size?.width ?? 0, height: size?.height ?? 0)
        tracks = [Track(format: .video(format), timescale: rate.0, configuration: headers.configuration)]
        step = rate.1
        self.delay = delay
        self.walk = walk
    }

    func next() throws(SourceFailure) -> Sample? {
        while true {
            if let (item, decode, display) = order.pop(isOver: isOver) {
                return Sample(
                    track: 0, decodeTime: Int64(decode) &* step, presentationTime: Int64(display + delay) &* step, duration: step,
                    isKeyframe: item.frame.isKeyframe, sourceRange: item.frame.place.offset..<item.end)
            }
            if isOver { return nil }
            if let (frame, end) = try walk.next(), end >= frame.place.offset {
                let isBehindLoss = lastEnd.map { $0 < frame.place.offset } ?? false
                let isLost = lostRestart.take(frame.order, restarts: frame.restartsOrder, isBehindLoss: isBehindLoss)
                lastEnd = end
                order.push((frame, end), order: frame.order, restarts: frame.restartsOrder || isLost)
            } else {
                isOver = true
            }
        }
    }
}

/// Samples of an MJPEG stream: each image from SOI to EOI.
final class ImageSamples: SampleReader {
    let tracks: [Track]
    private let walk: JPEGWalk
    private var count: Int64 = 0

    var findings: [MediaFinding] { walk.findings }

    init?(_ reader: SourceReader, _ start: Int) throws(SourceFailure) {
        guard let first = try JPEGWalk(reader, start: start).next() else { return nil }
        let format = VideoFormat(codec: .mjpeg, width: first.width, height: first.height)
        tracks = [Track(format: .video(format), timescale: defaultRate.timescale)]
        walk = JPEGWalk(reader, start: start)
    }

    func next() throws(SourceFailure) -> Sample? {
        guard let image = try walk.next() else { return nil }
        defer { count += 1 }
        return Sample(
            track: 0, decodeTime: count, presentationTime: count, duration: defaultRate.step, isKeyframe: true, sourceRange: image.range)
    }
}
