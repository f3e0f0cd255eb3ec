import Glibc
import Layouts
import MediaContainers

/// What libFuzzer runs: the target that FUZZ_TARGET names, on one input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    target(UnsafeBufferPointer(start: data, count: size))
    return 0
}

private let target: @Sendable (UnsafeBufferPointer<UInt8>) -> Void = {
    switch environment("FUZZ_TARGET") {
    case "describe": describe
    case "samples": samples
    case "mux": mux
    case "layouts": layouts
    case let name: fatalError("FUZZ_TARGET names no target: \(name)")
    }
}()

/// What the index says of a file.
@Sendable private func describe(_ input: UnsafeBufferPointer<UInt8>) {
    let source = CheckedSource(input)
    guard case .media(let media)? = try? MediaProbe.describe(SourceReader(source)) else { return }
    demand(media.playableBytes <= source.byteCount, "\(media.playableBytes) playable bytes of \(source.byteCount)")
    if let frames = media.frameCount {
        demand((0...mostSamples(source)).contains(frames), "\(frames) frames in \(source.byteCount) bytes")
        demand(media.keyframeCount.map { (0...frames).contains($0) } ?? true, "\(media.keyframeCount ?? 0) key frames of \(frames)")
    }
    demand(media.durationMicroseconds ?? 0 >= 0, "a duration below zero")
    demand(media.findings.count <= 4096, "\(media.findings.count) findings")
    for finding in media.findings {
        demand(finding.byteOffset ?? 0 <= source.byteCount, "a finding behind the end: \(finding)")
    }
}

/// Every sample, its payload read as an extraction reads it.
@Sendable private func samples(_ input: UnsafeBufferPointer<UInt8>) {
    let source = CheckedSource(input)
    guard let walk = try? MediaProbe.samples(SourceReader(source)) else { return }
    var count = 0
    while let sample = try? walk.next() {
        check(sample, of: walk.tracks, in: source)
        count += 1
        demand(count <= mostSamples(source), "\(count) samples in \(source.byteCount) bytes")
    }
    demand(walk.findings.count <= 4096, "\(walk.findings.count) findings")
}

/// Every sample into an MP4 and a Matroska file, both in memory.
@Sendable private func mux(_ input: UnsafeBufferPointer<UInt8>) {
    let source = CheckedSource(input)
    let payloads = SourceReader(MemorySource(Array(input)))
    guard let walk = try? MediaProbe.samples(SourceReader(source)) else { return }
    let tracks = walk.tracks.map { track in
        var track = track
        if case .video(let format) = track.format, format.codec == .h264 || format.codec == .h265 {
            track.nalLengthSize = track.nalLengthSize ?? 4
        }
        return track
    }
    let sinks = [MemorySink(), MemorySink()]
    var muxers: [any Muxer] = []
    if tracks.allSatisfy(MP4Writer.canCarry) { muxers.append(MP4Writer(sink: sinks[0], tracks: tracks)) }
    if tracks.allSatisfy(MatroskaWriter.canCarry), let writer = try? MatroskaWriter(sink: sinks[1], tracks: tracks) {
        muxers.append(writer)
    }
    var written = 0, count = 0
    // Tables may name the same bytes many times; what is muxed of them is bounded here, as a disk bounds it.
    while written < 4 << 20, let sample = try? walk.next() {
        guard tracks.indices.contains(sample.track) else { continue }
        let range = sample.sourceRange
        guard let bytes = try? sample.payload ?? payloads.exactly(range.count, at: range.lowerBound).map(Array.init) else { continue }
        let isAnnexB = tracks[sample.track].nalLengthSize != nil && walk.tracks[sample.track].nalLengthSize == nil
        let payload = isAnnexB ? bytes.withUnsafeBytes(NALUnits.lengthPrefixed) : bytes
        written += payload.count + 64
        count += 1
        for muxer in muxers { payload.withUnsafeBytes { try? muxer.add(sample, payload: $0) } }
    }
    for muxer in muxers { try? muxer.finish() }
    for sink in sinks {
        demand(sink.bytes.count <= 2 * written + 256 * tracks.count * 64 + (64 << 10), "\(sink.bytes.count) bytes written of \(written)")
    }
}

/// The first line is a template, the others are paths.
@Sendable private func layouts(_ input: UnsafeBufferPointer<UInt8>) {
    let lines = input.split(separator: 0x0A).prefix(64).map { Array($0) }
    guard let first = lines.first else { return }
    let text = String(decoding: first, as: UTF8.self)
    _ = ISO8601.parse(text)
    var templates: [PathTemplate] = []
    if let template = try? PathTemplate(text) {
        // What is printed can be given to `--layout` and means the same.
        demand((try? PathTemplate(template.description)) == template, "\(template) is not read as it is written")
        templates = [template]
    }
    let matcher = LayoutMatcher(templates: templates)
    let observations = lines.dropFirst().enumerated().map { number, path in
        PathObservation(path: path, durationUs: 10_000_000, mtimeUs: 1_741_600_000_000_000 + Int64(number) * 10_000_000, sizeBytes: 1000)
    }
    for observation in observations { _ = matcher.match(observation.path) }
    _ = LayoutInference.infer(observations)
    _ = LayoutInference.judge(templates, observations)
}

private func environment(_ name: String) -> String {
    getenv(name).map { String(cString: $0) } ?? ""
}
