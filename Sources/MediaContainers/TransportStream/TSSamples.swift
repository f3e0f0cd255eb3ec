/// Samples of a transport stream, their payload assembled, in the order in which they become whole.
final class TSSamples: SampleReader {
    private(set) var tracks: [Track] = []
    private var demuxer: TSDemuxer
    /// The track of each stream of the demuxer; nil for those that are not handed out.
    private var trackOfStream: [Int?] = []
    private var ready: [Sample] = []
    private var nextReady = 0
    private var lastTime: [Int: (dts: Int64, step: Int64)] = [:]
    private var isOver = false
    private let foreign: ForeignFootage

    var findings: [MediaFinding] {
        demuxer.packets.findings + foreign.findings + (demuxer.packets.tail.map { [$0] } ?? [])
    }

    /// How far the head is read for the configuration of every track.
    private static let headBytes: UInt64 = 8 << 20

    init?(_ reader: SourceReader, _ geometry: TSGeometry) throws(SourceFailure) {
        let program = try TSProgram(reader, geometry)
        var head = TSDemuxer(reader, geometry, program: program, keepsBytes: true)
        var found: [Int: Track] = [:]
        while head.packets.end < Self.headBytes, let index = try head.step() {
            guard index >= 0, found[index] == nil else { continue }
            head.streams[index].dropFrames()
            if let track = Self.track(head.streams[index], isLast: false) { found[index] = track }
            // Streams that a later map adds are not waited for.
            if found.count == head.streams.count { break }
        }
        foreign = try TransportProvenance.search(reader, geometry)
        demuxer = TSDemuxer(reader, geometry, program: program, keepsBytes: true)
        for index in head.streams.indices {
            if let track = found[index] ?? Self.track(head.streams[index], isLast: true) {
                trackOfStream.append(tracks.count)
                tracks.append(track)
            } else {
                trackOfStream.append(nil)
            }
        }
        guard !tracks.isEmpty else { return nil }
    }

    /// The track of a stream once its headers are known; `isLast` takes video without them too.
    private static func track(_ stream: TSStream, isLast: Bool) -> Track? {
        if let video = stream.video {
            let headers = video.scanner.headers
            guard isLast || headers.hasHeaders else { return nil }
            let size = headers.dimensions
            let format = VideoFormat(codec: video.scanner.codec, width: size?.width ?? 0, height: size?.height ?? 0)
            return Track(format: .video(format), timescale: 90_000, configuration: headers.configuration)
        }
        guard let audio = stream.audio, let header = audio.header else { return nil }
        let isOpus = header.codec == .opus
        let channels = isOpus && stream.info.channels > 0 ? stream.info.channels : header.channels
        return Track(
            format: .audio(header.codec, sampleRate: header.sampleRate, channels: channels), timescale: 90_000,
            configuration: isOpus ? OpusFrame.configuration(channels: channels) : header.configuration)
    }

    func next() throws(SourceFailure) -> Sample? {
        while true {
            if nextReady < ready.count {
                nextReady += 1
                return ready[nextReady - 1]
            }
            ready.removeAll(keepingCapacity: true)
            nextReady = 0
            if isOver { return nil }
            if let index = try demuxer.step() {
                if index >= 0 { collect(index, keepsLast: true) }
            } else {
                isOver = true
                demuxer.finish()
                for index in demuxer.streams.indices { collect(index, keepsLast: demuxer.packets.tail == nil) }
            }
        }
    }

    private func collect(_ index: Int, keepsLast: Bool) {
        while trackOfStream.count < demuxer.streams.count { trackOfStream.append(nil) }
        if trackOfStream[index] == nil {
            // A stream that a later map announced, or whose headers came late.
            guard let track = Self.track(demuxer.streams[index], isLast: false) else { return demuxer.streams[index].dropFrames() }
            trackOfStream[index] = tracks.count
            tracks.append(track)
        }
        guard let track = trackOfStream[index] else { return }
        let before = ready.count
        demuxer.streams[index].video?.takeFrames { add($0, track) }
        if !keepsLast, demuxer.streams[index].video?.endsWhole == false, ready.count > before { ready.removeLast() }
        if let audio = demuxer.streams[index].audio {
            audio.takeFrames { frame in
                if foreign.holds(frame.range.lowerBound) { return }
                ready.append(
                    Sample(
                        track: track, decodeTime: frame.pts, presentationTime: frame.pts, duration: frame.duration, isKeyframe: true,
                        sourceRange: frame.range, payload: frame.bytes))
            }
        }
    }

    private func add(_ frame: TSVideo.Frame, _ track: Int) {
        // Without a time of its own (several frames in one PES packet), a frame follows at the pace of those before.
        let last = lastTime[track]
        let dts = frame.dts ?? last.map { $0.dts &+ $0.step } ?? 0
        let step = last.map { dts &- $0.dts } ?? 0
        lastTime[track] = (dts, step > 0 ? step : last?.step ?? 0)
        guard frame.coded.isWhole, !foreign.holds(frame.coded.place.offset) else { return }
        let start = frame.coded.place.offset
        ready.append(
            Sample(
                track: track, decodeTime: dts, presentationTime: frame.pts ?? dts, duration: 0, isKeyframe: frame.coded.isKeyframe,
                sourceRange: start..<max(start, frame.end), payload: frame.bytes))
    }
}
