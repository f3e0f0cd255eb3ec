import LinuxSystem
import MediaContainers
import Recordings

/// The samples from one key frame to the next, with the audio that lies between them.
struct SampleGroup {
    var samples: [Sample] = []
    /// False for what precedes the first key frame, and for the rest of a group that was too long.
    var startsWithKeyframe: Bool
    var payloadBytes: UInt64 = 0
}

/// One segment opened for its samples.
final class Footage {
    private(set) var tracks: [Track]
    let videoTrack: Int
    let audioTrack: Int?
    private let demuxer: any SampleReader
    private let payloads: SourceReader
    private var pending: Sample?
    private var ended = false
    /// For streams that state no rate: ticks of the stream, and the ticks of `pacedScale` that they last.
    private var pace: (from: Int64, to: Int64)?
    private static let pacedScale: Int64 = 90_000
    /// A stream whose key frames were lost must not be held in memory whole. Two minutes at 30 frames; 10 s of 50 Mbit/s.
    private static let longestGroup = 4_096
    private static let largestGroup: UInt64 = 64 << 20

    /// Nil where nothing of the file can be walked.
    ///
    /// Two windows over the file: the demuxer's runs ahead to the next key frame, the payloads' follows behind it.
    ///
    /// `segment`: what the index knows; where an elementary stream's own rate is missing or wrong, its length there counts.
    /// `salvage`: stands in for the table of samples that an MP4 lost.
    init?(_ source: any RandomAccessSource, pacedBy segment: Segment? = nil, salvage: MP4Salvage? = nil) throws(SourceFailure) {
        let reader = SourceReader(source)
        let found = if let salvage { try salvage.samples(reader) } else { try MediaProbe.samples(reader) }
        guard let demuxer = found else { return nil }
        reader.window = 1 << 20
        self.demuxer = demuxer
        payloads = SourceReader(source, window: 1 << 20)
        // A track may show only with its first sample.
        pending = try demuxer.next()
        tracks = demuxer.tracks
        guard let video = tracks.firstIndex(where: \.isVideo) else { return nil }
        videoTrack = video
        audioTrack = tracks.firstIndex { !$0.isVideo }
        if let segment { setPace(segment) }
    }

    private func setPace(_ segment: Segment) {
        switch segment.container {
        case .h264, .h265, .mpeg4, .mjpeg: break
        default: return
        }
        guard let duration = segment.duration, duration > 0, let frames = segment.frameCount, frames > 0, let first = pending else {
            return
        }
        let ticks = Int64(frames) * max(1, first.duration)
        let stated = Ticks.rescale(ticks, from: tracks[videoTrack].timescale, to: 1_000_000)
        guard abs(stated - duration) > duration / 100 else { return }
        pace = (ticks, Ticks.rescale(duration, from: 1_000_000, to: Self.pacedScale))
        tracks[videoTrack].timescale = Self.pacedScale
    }

    private func paced(_ sample: Sample) -> Sample {
        guard let pace, sample.track == videoTrack else { return sample }
        var result = sample
        result.decodeTime = Ticks.rescale(sample.decodeTime, from: pace.from, to: pace.to)
        result.presentationTime = Ticks.rescale(sample.presentationTime, from: pace.from, to: pace.to)
        result.duration = Ticks.rescale(sample.duration, from: pace.from, to: pace.to)
        return result
    }

    /// The configuration record of the parameter sets that a group carries inside; nil where it carries none.
    func configuration(in group: SampleGroup) throws -> [UInt8]? {
        guard case .video(let format) = tracks[videoTrack].format else { return nil }
        var sets = ParameterSets(codec: format.codec)
        for sample in group.samples.prefix(64) where sample.track == videoTrack && !sets.isComplete {
            _ = try withPayload(of: sample) { sets.collect(from: $0, lengthSize: tracks[videoTrack].nalLengthSize ?? 4) }
        }
        return sets.isComplete ? sets.configurationRecord() : nil
    }

    var findings: [MediaFinding] { demuxer.findings }

    /// The next group; nil at the end of what can be played.
    func nextGroup() throws(SourceFailure) -> SampleGroup? {
        guard !ended, let first = pending else { return nil }
        var group = SampleGroup(startsWithKeyframe: false)
        var sample = first
        while true {
            if sample.track == videoTrack {
                if sample.isKeyframe {
                    if group.samples.contains(where: { $0.track == videoTrack }) { break }
                    group.startsWithKeyframe = true
                }
                append(sample, to: &group)
            } else if sample.track == audioTrack {
                append(sample, to: &group)
            }
            guard let next = try demuxer.next() else {
                ended = true
                pending = nil
                return group
            }
            sample = next
            if group.samples.count >= Self.longestGroup || group.payloadBytes >= Self.largestGroup { break }
        }
        pending = sample
        return group
    }

    private func append(_ sample: Sample, to group: inout SampleGroup) {
        group.samples.append(paced(sample))
        group.payloadBytes += UInt64(sample.payload?.count ?? Int(clamping: sample.sourceRange.count))
    }

    /// The payload of a sample as MP4 and Matroska want it; nil where the source turned out shorter.
    ///
    /// Length-prefixed NAL units stay as recorded, whatever their length size: the track's configuration says it.
    func withPayload<R>(of sample: Sample, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R? {
        let track = tracks[sample.track]
        if let payload = sample.payload {
            return try payload.withUnsafeBytes { try convert($0, track, body) }
        }
        guard let bytes = try payloads.exactly(Int(clamping: sample.sourceRange.count), at: sample.sourceRange.lowerBound) else {
            return nil
        }
        return try convert(bytes, track, body)
    }

    private func convert<R>(_ bytes: UnsafeRawBufferPointer, _ track: Track, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        if case .video(let format) = track.format, format.codec == .h264 || format.codec == .h265, track.nalLengthSize == nil {
            return try NALUnits.lengthPrefixed(annexB: bytes).withUnsafeBytes(body)
        }
        return try body(bytes)
    }
}
