/// Writes Matroska (RFC 9559): Cues, SeekHead and every size in place once finished, and a file that
/// every player reads up to its last Cluster if it never is.
///
/// Times are in milliseconds. A finer scale would cost: a block's time is 16 bits relative to its Cluster, which at 100 µs
/// is 3.2 s, and some players take 1 ms for granted. Each time is rounded from the clip's start, so the error stays below
/// half a millisecond; the exact frame rate goes into DefaultDuration.
public final class MatroskaWriter: Muxer {
    private static let application = "camtrace-rescue"
    /// A Cluster is what a player may have to read before it can show anything, and what is lost if the writer dies.
    private static let longestCluster: Int64 = 5000
    private static let largestCluster = 5 << 20
    /// Below, the headers of Clusters would begin to count, and the Cues to grow.
    private static let shortestCluster: Int64 = 1000

    private let sink: any ByteSink
    private var tracks: [TrackState]
    private var written: UInt64 = 0
    /// The position that all others count from: the first byte of the Segment's content.
    private var segmentStart: UInt64 = 0
    private var durationPosition: UInt64 = 0
    private var cuesSeekPosition: UInt64 = 0
    /// Identifier and size of the open Cluster, to be filled in, and its content.
    private var cluster = EBMLBuilder()
    private var clusterTime: Int64?
    private var cues: [Cue] = []

    private struct Cue {
        var time: Int64
        var track: Int
        var cluster: UInt64
        /// From the first byte of the Cluster's content.
        var block: Int
    }

    /// What the headers want to know of a track in the end.
    private struct TrackState {
        var track: Track
        var codecDelay: UInt64
        var defaultDurationPosition: UInt64 = 0
        var count: Int64 = 0
        var firstDecode: Int64 = 0
        var lastDecode: Int64 = 0
        var shortestStep = Int64.max
        var longestStep: Int64 = 0
        /// Milliseconds.
        var end: Int64 = 0
    }

    public static func canCarry(_ track: Track) -> Bool {
        MatroskaTrackFormat(track) != nil && track.timescale > 0
    }

    /// `tracks` are those that `canCarry` accepts. `creation` is the instant of time 0, in microseconds since 1970 UTC.
    public init(sink: any ByteSink, tracks: [Track], creation: Int64? = nil) throws {
        self.sink = sink
        self.tracks = tracks.map { TrackState(track: $0, codecDelay: MatroskaTrackFormat($0)?.codecDelay ?? 0) }
        cluster.reserve(Self.largestCluster + (1 << 20))
        try writeHead(creation)
    }

    // MARK: Before the samples

    private func writeHead(_ creation: Int64?) throws {
        var head = EBMLBuilder()
        head.master(EBMLID.ebml) {
            $0.unsigned(0x4286, 1)  // EBMLVersion
            $0.unsigned(0x42F7, 1)  // EBMLReadVersion
            $0.unsigned(0x42F2, 4)  // EBMLMaxIDLength
            $0.unsigned(0x42F3, 8)  // EBMLMaxSizeLength
            $0.text(EBMLID.docType, "matroska")
            $0.unsigned(0x4287, 4)  // DocTypeVersion
            $0.unsigned(0x4285, 2)  // DocTypeReadVersion
        }
        head.id(EBMLID.segment)
        head.append(EBMLBuilder.unknownSize)
        let start = head.bytes.count
        segmentStart = UInt64(start)

        let info = self.info(creation)
        let seekHeadLength = seekHead(info: 0, tracks: 0).bytes.count
        let tracksPosition = seekHeadLength + info.builder.bytes.count
        let seekHead = self.seekHead(info: UInt64(seekHeadLength), tracks: UInt64(tracksPosition))
        cuesSeekPosition = UInt64(start + seekHeadLength - Self.seekLength)
        durationPosition = UInt64(start + seekHeadLength + info.duration)
        head.append(seekHead.bytes)
        head.append(info.builder.bytes)
        appendTracks(&head)
        try write(head.bytes)
    }

    /// A Seek of fixed length, so that one can take the place of room left for it.
    private static let seekLength = 21

    private static func seek(_ id: UInt32, _ position: UInt64) -> [UInt8] {
        var builder = EBMLBuilder()
        builder.master(EBMLID.seek) {
            var name = EBMLBuilder()
            name.id(id)
            $0.binary(EBMLID.seekID, name.bytes)
            $0.binary(EBMLID.seekPosition, EBMLBuilder.bigEndian(position))
        }
        return builder.bytes
    }

    private func seekHead(info: UInt64, tracks: UInt64) -> EBMLBuilder {
        var builder = EBMLBuilder()
        builder.master(EBMLID.seekHead) {
            $0.append(Self.seek(EBMLID.info, info))
            $0.append(Self.seek(EBMLID.tracks, tracks))
            $0.void(Self.seekLength)  // the Cues, once they are written
        }
        return builder
    }

    /// The element, and where in it there is room for the Duration.
    private func info(_ creation: Int64?) -> (builder: EBMLBuilder, duration: Int) {
        var builder = EBMLBuilder()
        builder.master(EBMLID.info) {
            $0.void(11)
            $0.unsigned(EBMLID.timestampScale, 1_000_000)
            if let creation {
                let (nanoseconds, overflow) = (creation &- MatroskaInfo.dateEpoch).multipliedReportingOverflow(by: 1000)
                if !overflow { $0.binary(EBMLID.dateUTC, EBMLBuilder.bigEndian(UInt64(bitPattern: nanoseconds))) }
            }
            $0.text(EBMLID.muxingApp, Self.application)
            $0.text(EBMLID.writingApp, Self.application)
        }
        return (builder, 5)  // behind the identifier and a size of one byte
    }

    private func appendTracks(_ head: inout EBMLBuilder) {
        var content = EBMLBuilder()
        var positions: [Int] = []
        for (index, state) in tracks.enumerated() {
            let entry = self.entry(number: index + 1, state.track)
            content.id(EBMLID.trackEntry)
            content.size(entry.bytes.count)
            positions.append(content.bytes.count)
            content.append(entry.bytes)
        }
        head.id(EBMLID.tracks)
        head.size(content.bytes.count)
        for (index, position) in positions.enumerated() {
            tracks[index].defaultDurationPosition = UInt64(head.bytes.count + position)
        }
        head.append(content.bytes)
    }

    /// The content of a TrackEntry; it begins with the room for DefaultDuration.
    private func entry(number: Int, _ track: Track) -> EBMLBuilder {
        var builder = EBMLBuilder()
        guard let format = MatroskaTrackFormat(track) else { return builder }
        builder.void(8)
        builder.unsigned(EBMLID.trackNumber, UInt64(number))
        builder.unsigned(EBMLID.trackUID, UInt64(number))
        builder.unsigned(EBMLID.trackType, track.isVideo ? 1 : 2)
        builder.unsigned(EBMLID.flagLacing, 0)
        builder.text(EBMLID.language, "und")
        builder.text(EBMLID.codecID, format.codecID)
        if !format.codecPrivate.isEmpty { builder.binary(EBMLID.codecPrivate, format.codecPrivate) }
        if format.codecDelay > 0 {
            builder.unsigned(EBMLID.codecDelay, format.codecDelay)
            builder.unsigned(EBMLID.seekPreRoll, 80_000_000)  // RFC 7845 §4.6
        }
        switch track.format {
        case .video(let video):
            builder.master(EBMLID.video) {
                $0.unsigned(EBMLID.pixelWidth, UInt64(clamping: video.width))
                $0.unsigned(EBMLID.pixelHeight, UInt64(clamping: video.height))
            }
        case .audio(_, let sampleRate, let channels):
            builder.master(EBMLID.audio) {
                $0.float(EBMLID.samplingFrequency, Double(sampleRate))
                $0.unsigned(EBMLID.channels, UInt64(clamping: channels))
                if format.bitDepth > 0 { $0.unsigned(EBMLID.bitDepth, UInt64(format.bitDepth)) }
            }
        }
        return builder
    }

    // MARK: Samples

    public func add(_ sample: Sample, payload: UnsafeRawBufferPointer) throws {
        guard tracks.indices.contains(sample.track) else { return }
        note(sample)
        let track = tracks[sample.track].track
        let delay = Int64(clamping: tracks[sample.track].codecDelay / 1_000_000)
        let time = max(0, Self.milliseconds(sample.presentationTime, track.timescale) &+ delay)
        let isVideoKeyframe = track.isVideo && sample.isKeyframe
        if needsCluster(time, isVideoKeyframe) {
            try flushCluster()
            openCluster(time)
        }
        let relative = time &- (clusterTime ?? time)
        if isVideoKeyframe {
            let block = cluster.bytes.count - Self.clusterHeader
            cues.append(Cue(time: time, track: sample.track + 1, cluster: written - segmentStart, block: block))
        }
        var number = EBMLBuilder()
        number.size(sample.track + 1)
        cluster.id(EBMLID.simpleBlock)
        cluster.size(number.bytes.count + 3 + payload.count)
        cluster.append(number.bytes)
        cluster.append([UInt8(truncatingIfNeeded: relative >> 8), UInt8(truncatingIfNeeded: relative), sample.isKeyframe ? 0x80 : 0])
        cluster.append(payload)
    }

    private func needsCluster(_ time: Int64, _ isVideoKeyframe: Bool) -> Bool {
        guard let clusterTime else { return true }
        let age = time &- clusterTime
        if age > Int64(Int16.max) || age < Int64(Int16.min) || cluster.bytes.count >= Self.largestCluster { return true }
        return age >= Self.longestCluster || isVideoKeyframe && age >= Self.shortestCluster
    }

    /// Identifier and a size of 8 bytes.
    private static let clusterHeader = 12

    private func openCluster(_ time: Int64) {
        clusterTime = time
        cluster.id(EBMLID.cluster)
        cluster.append(EBMLBuilder.unknownSize)
        cluster.unsigned(EBMLID.timestamp, UInt64(time))
    }

    private func flushCluster() throws {
        guard clusterTime != nil else { return }
        cluster.replace(at: 4, EBMLBuilder.longSize(UInt64(cluster.bytes.count - Self.clusterHeader)))
        try write(cluster.bytes)
        cluster.removeAll()
        clusterTime = nil
    }

    private func note(_ sample: Sample) {
        var state = tracks[sample.track]
        let step = sample.decodeTime &- state.lastDecode
        if state.count == 0 {
            state.firstDecode = sample.decodeTime
        } else {
            state.shortestStep = min(state.shortestStep, step)
            state.longestStep = max(state.longestStep, step)
        }
        state.lastDecode = sample.decodeTime
        state.count += 1
        let lasts = sample.duration > 0 ? sample.duration : state.count > 1 ? max(step, 0) : 0
        state.end = max(state.end, Self.milliseconds(sample.presentationTime &+ lasts, state.track.timescale))
        tracks[sample.track] = state
    }

    /// Rounded to the nearest.
    private static func milliseconds(_ ticks: Int64, _ timescale: Int64) -> Int64 {
        let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: max(timescale, 1))
        let half = rest < 0 ? -timescale / 2 : timescale / 2
        return seconds &* 1000 &+ (rest &* 1000 &+ half) / max(timescale, 1)
    }

    // MARK: The end

    public var estimatedByteCount: UInt64 {
        // No cue takes more than 34 bytes, their header 12.
        written + UInt64(cluster.bytes.count) + UInt64(cues.count) * 34 + 12
    }

    public func finish() throws {
        try flushCluster()
        if !cues.isEmpty {
            try sink.overwrite(Self.seek(EBMLID.cues, written - segmentStart), at: cuesSeekPosition)
            try writeCues()
        }
        var duration = EBMLBuilder()
        duration.float(EBMLID.duration, Double(tracks.map(\.end).max() ?? 0))
        try sink.overwrite(duration.bytes, at: durationPosition)
        for state in tracks {
            guard let nanoseconds = frameDuration(state) else { continue }
            var element = EBMLBuilder()
            element.binary(EBMLID.defaultDuration, Array(EBMLBuilder.bigEndian(UInt64(nanoseconds)).suffix(4)))
            try sink.overwrite(element.bytes, at: state.defaultDurationPosition)
        }
        try sink.overwrite(EBMLBuilder.longSize(written - segmentStart), at: segmentStart - 8)
    }

    /// Nanoseconds, where all frames of a video last the same but for the rounding of their times.
    private func frameDuration(_ state: TrackState) -> UInt32? {
        guard state.track.isVideo, state.count > 1, state.shortestStep > 0 else { return nil }
        // Two roundings to a millisecond may add up.
        let spread = state.longestStep &- state.shortestStep
        guard spread <= 1 || Double(spread) <= 0.002 * Double(state.track.timescale) else { return nil }
        let seconds = Double(state.lastDecode &- state.firstDecode) / Double(state.count - 1) / Double(state.track.timescale)
        return UInt32(exactly: (seconds * 1_000_000_000).rounded())
    }

    private func writeCues() throws {
        var builder = EBMLBuilder()
        builder.master(EBMLID.cues) {
            for cue in cues {
                $0.master(EBMLID.cuePoint) {
                    $0.unsigned(EBMLID.cueTime, UInt64(cue.time))
                    $0.master(EBMLID.cueTrackPositions) {
                        $0.unsigned(EBMLID.cueTrack, UInt64(cue.track))
                        $0.unsigned(EBMLID.cueClusterPosition, cue.cluster)
                        $0.unsigned(EBMLID.cueRelativePosition, UInt64(cue.block))
                    }
                }
            }
        }
        try write(builder.bytes)
    }

    private func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try sink.write($0) }
        written += UInt64(bytes.count)
    }
}
