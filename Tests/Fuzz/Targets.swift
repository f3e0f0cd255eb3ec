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
    case "salvage": salvage
    case "extents": extents
    case "layouts": layouts
    case "learn": learn
    case "infer": infer
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
        // A key frame may be one that is not shown (a VOP that is not coded): ffprobe counts it too.
        let keyframes = media.keyframeCount ?? 0
        demand((0...mostSamples(source)).contains(keyframes), "\(keyframes) key frames in \(source.byteCount) bytes")
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

/// An MP4 that lost its table, beside healthy recordings.
@Sendable private func salvage(_ input: UnsafeBufferPointer<UInt8>) {
    let source = CheckedSource(input)
    let reader = SourceReader(source)
    guard let found = try? MP4Salvage(reader, references: references) else { return }
    let frames = found.description.frameCount ?? 0
    demand((0...mostSamples(source)).contains(frames), "\(frames) frames in \(source.byteCount) bytes")
    demand(found.description.playableBytes <= source.byteCount, "\(found.description.playableBytes) playable bytes of \(source.byteCount)")
    guard let walk = try? found.samples(reader) else { return }
    var count = 0
    while let sample = try? walk.next() {
        check(sample, of: walk.tracks, in: source)
        count += 1
        demand(count <= mostSamples(source), "\(count) samples in \(source.byteCount) bytes")
    }
}

/// The healthy recordings that FUZZ_REFERENCES names, separated by colons.
private let references: [SalvageReference] = environment("FUZZ_REFERENCES").split(separator: ":").compactMap { path in
    guard let file = fopen(String(path), "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    return try? SalvageReference(SourceReader(MemorySource(bytes)))
}

/// A disk without a file system: each signature, and how far its recording goes.
@Sendable private func extents(_ input: UnsafeBufferPointer<UInt8>) {
    var from = 0
    while let (offset, signature) = MediaSignature.first(in: UnsafeRawBufferPointer(input), from: from) {
        demand(offset >= from, "a signature before the start of the search")
        from = offset + MediaSignature.sector
        let rest = CheckedSource(UnsafeBufferPointer(rebasing: input[offset...]))
        guard let extent = try? MediaExtent.measure(SourceReader(rest), signature) else { continue }
        demand(extent.byteCount <= rest.byteCount, "\(extent.byteCount) bytes of \(rest.byteCount)")
        _ = try? extent.shortened(SourceReader(rest), proven: extent.byteCount / 2)
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
