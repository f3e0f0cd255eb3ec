import LinuxSystem
import MediaContainers
import Recordings

/// Turns one planned run into clips: opens each segment, cuts at key frames, and starts a new file where the format changes,
/// a limit is reached or time has a hole.
struct RunWriter {
    let run: PlannedRun
    let request: ClipRequest
    let source: (Segment) throws(SystemError) -> FileSource
    /// Nil where nothing of the file can be walked.
    let footage: (Segment, FileSource) throws(SourceFailure) -> Footage?
    /// Parameter sets for a segment that lacks them.
    let borrowedConfiguration: (Segment) -> [UInt8]?
    /// The final path, relative to the output, of a clip with this start, length and extension.
    let name: (_ start: Int64?, _ duration: Int64, _ extension: String) -> String
    let output: String
    /// Whether clips of an earlier extraction may give way.
    let replacing: Bool
    let progress: (_ bytes: UInt64) -> Void

    private var current: ClipWriter?
    private var clips: [Clip] = []
    private var losses: [Clip.Loss] = []
    /// Of the clip being written: its temporary name.
    private var number = 0

    init(
        run: PlannedRun, request: ClipRequest, output: String, replacing: Bool,
        source: @escaping (Segment) throws(SystemError) -> FileSource,
        footage: @escaping (Segment, FileSource) throws(SourceFailure) -> Footage?,
        borrowedConfiguration: @escaping (Segment) -> [UInt8]?, name: @escaping (Int64?, Int64, String) -> String,
        progress: @escaping (UInt64) -> Void
    ) {
        self.run = run
        self.request = request
        self.output = output
        self.replacing = replacing
        self.source = source
        self.footage = footage
        self.borrowedConfiguration = borrowedConfiguration
        self.name = name
        self.progress = progress
    }

    /// Clips in order of time, and what was lost on the way that belongs to none of them.
    mutating func write() throws -> (clips: [Clip], losses: [Clip.Loss]) {
        for segment in run.segments {
            do {
                try write(segment)
            } catch let failure as SourceFailure {
                losses.append(.init(.sourceUnreadable, path: segment.path.text, detail: "byte \(failure.offset), error \(failure.errno)"))
            }
        }
        try close()
        return (clips, losses)
    }

    private mutating func write(_ segment: Segment) throws {
        let path = segment.path.text
        let file: FileSource
        do throws(SystemError) {
            file = try source(segment)
        } catch {
            losses.append(.init(error.errno == 2 ? .sourceMissing : .sourceUnreadable, path: path, detail: error.reason))
            return
        }
        if Int64(clamping: file.byteCount) != segment.sizeBytes {
            losses.append(.init(.sourceChanged, path: path, detail: "\(segment.sizeBytes) -> \(file.byteCount)"))
        }
        guard let footage = try footage(segment, file), let first = try footage.nextGroup() else {
            losses.append(.init(.nothingPlayable, path: path))
            return
        }
        guard let prepared = try Prepared(footage, first: first, segment: segment, request: request, borrowed: borrowedConfiguration) else {
            losses.append(.init(.parameterSetsMissing, path: path))
            return
        }
        if prepared.audioLeftOut { losses.append(.init(.audioLeftOut, path: path)) }
        guard let kind = prepared.kind else {
            losses.append(.init(.codecNotCarried, path: path))
            return
        }
        // The clip goes on only in the same format.
        if let open = current, open.tracks != prepared.tracks || open.kind != kind { try close() }

        let clock = FootageClock(segment: segment, track: footage.tracks[footage.videoTrack], first: first, video: footage.videoTrack)
        var piece: Piece?
        var group: SampleGroup? = first
        var usedAny = false
        while let this = group {
            if Interruption.requested { throw Interrupted() }
            let next = try footage.nextGroup()
            group = next
            progress(this.payloadBytes)
            if let from = request.selection.from, let next, next.startsWithKeyframe, let begin = clock.utc(ofFirstVideoIn: next),
                begin <= from
            {
                continue
            }
            if let to = request.selection.to, let begin = clock.utc(ofFirstVideoIn: this), begin >= to { break }
            if !this.startsWithKeyframe, piece == nil, current == nil {
                if this.samples.contains(where: { $0.track == footage.videoTrack }) {
                    losses.append(
                        .init(.framesBeforeKeyframe, path: path, detail: "\(this.samples.count(where: { $0.track == footage.videoTrack }))")
                    )
                }
                continue
            }
            let samples = clock.cut(this, before: request.selection.to)
            guard let firstVideo = samples.first(where: { $0.track == footage.videoTrack }) else { continue }
            if let limit = request.largestFile {
                // A table entry per sample and the tables' own heads, generously: measured 24 bytes per sample and 1 KiB.
                let need = this.payloadBytes + UInt64(this.samples.count) * 32 + 4_096
                guard need <= limit else {
                    losses.append(.init(.tooLarge, path: path, detail: "\(need) > \(limit)"))
                    continue
                }
                if let open = current, open.videoFrames > 0, open.estimatedByteCount + need > limit {
                    try close()
                    piece = nil
                    guard this.startsWithKeyframe else { continue }
                }
            }
            if current == nil {
                number += 1
                let temporary = output + "/" + name(clock.utc(firstVideo), 0, "\(number)")
                try makeFolders(splitPath(temporary).folder)
                current = try ClipWriter(
                    temporary: temporary, replacing: replacing, kind: kind, tracks: prepared.tracks, start: clock.utc(firstVideo))
            }
            guard let open = current else { return }
            if piece == nil {
                let begin = Piece(of: prepared, firstVideo: firstVideo, clipTicks: placement(of: firstVideo, clock: clock, in: open))
                piece = begin
                open.begin(
                    .init(
                        segment: segment, bytes: 0..<0,
                        clipTime: Ticks.rescale(begin.clipTicks, from: open.tracks[0].timescale, to: 1_000_000),
                        start: clock.utc(firstVideo), duration: 0))
            }
            guard let piece else { return }
            for sample in samples {
                guard let placed = piece.placed(sample) else { continue }
                guard try footage.withPayload(of: sample, { try open.add(placed, payload: $0) }) != nil else {
                    losses.append(.init(.tailLost, path: path, detail: "byte \(sample.sourceRange.lowerBound)"))
                    group = nil
                    break
                }
                open.use(sample.sourceRange, frames: placed.track == 0 ? 1 : 0)
                usedAny = true
            }
        }
        let overwritten = footage.findings.count { $0.code == .bytesSkipped || $0.code == .otherRecording }
        if overwritten > 0 { losses.append(.init(.framesOverwritten, path: path, detail: "\(overwritten)")) }
        if !usedAny, request.selection.from == nil, request.selection.to == nil { losses.append(.init(.nothingPlayable, path: path)) }
        if segment.state == .truncated || segment.state == .damaged, segment.playableBytes < segment.sizeBytes {
            losses.append(.init(.tailLost, path: path, detail: "\(segment.sizeBytes - segment.playableBytes) bytes"))
        }
        if !file.unreadablePages.isEmpty {
            losses.append(.init(.sourceUnreadable, path: path, detail: "\(file.unreadablePages.count) x 4096 bytes"))
        }
        // A source that gave less than the index promised leaves a hole: the next piece must not close it.
        if let open = current, let start = open.start, let end = segment.end, end - (start &+ open.duration) > ClipPlan.contiguity {
            try close()
        }
        if !request.join { try close() }
    }

    /// Where a further piece begins in the clip: right behind the piece before it, or later where precise clocks say that time passed.
    private func placement(of sample: Sample, clock: FootageClock, in clip: ClipWriter) -> Int64 {
        guard !clip.sources.isEmpty else { return 0 }
        guard let clipStart = clip.start, let utc = clock.utc(sample), clock.isPrecise else { return clip.videoEnd }
        return max(clip.videoEnd, Ticks.rescale(utc - clipStart, from: 1_000_000, to: clip.tracks[0].timescale))
    }

    private mutating func close() throws {
        guard let open = current else { return }
        current = nil
        guard open.videoFrames > 0, let first = open.sources.first else { return }
        let duration = open.duration
        let suffix = open.kind.rawValue
        var file = name(open.start, duration, suffix)
        // Parts without a time may be equally long.
        while clips.contains(where: { $0.file == file }) { file = String(file.dropLast(suffix.count + 1)) + "~\(number)." + suffix }
        let (size, hash) = try open.finish(as: output + "/" + file)
        var video: VideoFormat?
        var audio: AudioCodec?
        for track in open.tracks {
            switch track.format {
            case .video(let format): video = format
            case .audio(let codec, _, _): audio = codec
            }
        }
        clips.append(
            Clip(
                file: file, camera: run.camera, stream: run.stream, container: open.kind.rawValue, video: video, audio: audio,
                start: open.start,
                duration: duration, frameCount: open.videoFrames, timeSource: first.segment.timeSource,
                timeUncertainty: first.segment.timeUncertainty, sizeBytes: size, sha256: hash, sources: open.sources, losses: losses))
        losses = []
    }
}

/// The tracks of a segment as the output has them.
private struct Prepared {
    var tracks: [Track]
    var kind: ClipWriter.Kind?
    var audioLeftOut = false
    let footage: Footage

    init?(_ footage: Footage, first: SampleGroup, segment: Segment, request: ClipRequest, borrowed: (Segment) -> [UInt8]?) throws {
        self.footage = footage
        var video = footage.tracks[footage.videoTrack]
        if case .video(let format) = video.format, format.codec == .h264 || format.codec == .h265, video.configuration.isEmpty {
            guard let configuration = try footage.configuration(in: first) ?? borrowed(segment) else { return nil }
            video.configuration = configuration
        }
        // What the writer gets is length-prefixed in any case: 4 bytes where it was Annex B.
        if case .video(let format) = video.format, format.codec == .h264 || format.codec == .h265 {
            video.nalLengthSize = video.nalLengthSize ?? 4
        }
        let wanted: ClipWriter.Kind = request.container == .mkv ? .mkv : .mp4
        kind = [wanted, .mkv].first { $0.canCarry(video) }
        tracks = [video]
        if let audio = footage.audioTrack {
            if kind?.canCarry(footage.tracks[audio]) == true {
                tracks.append(footage.tracks[audio])
            } else {
                audioLeftOut = true
            }
        }
    }
}

/// Moves the times of a segment's samples onto the clip's.
private struct Piece {
    let clipTicks: Int64
    private let prepared: Prepared
    private let origin: Int64
    private let videoScale: Int64

    init(of prepared: Prepared, firstVideo: Sample, clipTicks: Int64) {
        self.prepared = prepared
        self.clipTicks = clipTicks
        // The first frame shown is at 0; what must be decoded before it, because frames are reordered, has a time below.
        origin = firstVideo.presentationTime
        videoScale = prepared.tracks[0].timescale
    }

    /// Nil for audio that has no place in the clip: left out, or before its first frame.
    func placed(_ sample: Sample) -> Sample? {
        var result = sample
        if sample.track == prepared.footage.videoTrack {
            result.track = 0
            result.decodeTime = sample.decodeTime &- origin &+ clipTicks
            result.presentationTime = sample.presentationTime &- origin &+ clipTicks
        } else {
            guard prepared.tracks.count > 1 else { return nil }
            let scale = prepared.tracks[1].timescale
            let shift = Ticks.rescale(clipTicks &- origin, from: videoScale, to: scale)
            result.track = 1
            result.decodeTime = sample.decodeTime &+ shift
            result.presentationTime = sample.presentationTime &+ shift
            guard result.presentationTime >= Ticks.rescale(clipTicks, from: videoScale, to: scale) else { return nil }
        }
        result.payload = nil
        return result
    }
}

/// Wall-clock time of the samples of one segment.
struct FootageClock {
    private let start: Int64?
    private let origin: Int64
    private let scale: Int64
    private let video: Int
    /// Good enough to show a pause of a tenth of a second.
    let isPrecise: Bool

    init(segment: Segment, track: Track, first: SampleGroup, video: Int) {
        start = segment.start
        scale = track.timescale
        self.video = video
        origin = first.samples.lazy.filter { $0.track == video }.map(\.presentationTime).min() ?? 0
        isPrecise = (segment.timeUncertainty ?? .max) <= 100_000
    }

    func utc(_ sample: Sample) -> Int64? {
        start.map { $0 &+ Ticks.rescale(sample.presentationTime &- origin, from: scale, to: 1_000_000) }
    }

    func utc(ofFirstVideoIn group: SampleGroup) -> Int64? {
        group.samples.first { $0.track == video }.flatMap(utc)
    }

    /// The samples up to the last frame shown before `end`. Frames that it may need stand before it in decode order and are kept.
    func cut(_ group: SampleGroup, before end: Int64?) -> ArraySlice<Sample> {
        guard let end, start != nil else { return group.samples[...] }
        guard let last = group.samples.lastIndex(where: { sample in sample.track == video && (utc(sample) ?? end) < end }) else {
            return []
        }
        return group.samples[...last]
    }
}
