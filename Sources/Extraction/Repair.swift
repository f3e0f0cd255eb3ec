import LinuxSystem
import MediaContainers
import Recordings

/// What became of one file.
public struct RepairResult: Sendable {
    public enum Reason: String, Sendable {
        case notVideo = "not-video"
        case sourceMissing = "source-missing"
        case sourceUnreadable = "source-unreadable"
        /// The MP4 lost its table of samples.
        case tableMissing = "moov-missing"
        case nothingPlayable = "nothing-playable"
        case parameterSetsMissing = "parameter-sets-missing"
        case codecNotCarried = "codec-not-carried"
    }
    public var input: String
    /// Nil where nothing could be written.
    public var output: String?
    public var reason: Reason?
    public var state: MediaState?
    public var container: Container?
    public var frames = 0
    /// Microseconds.
    public var duration: Int64 = 0
    public var playableBytes: UInt64 = 0
    public var sizeBytes: UInt64 = 0
    public var lostBytes: UInt64 { sizeBytes - min(sizeBytes, playableBytes) }
    public var findings: [MediaFinding] = []
    public var losses: [Clip.Loss] = []

    public var hasLosses: Bool { output == nil || state != .complete || !losses.isEmpty }
}

/// Writes what can be played of a broken file into a new, whole one. Never touches the file itself, never re-encodes.
public struct Repair {
    private let files: [String]
    private let output: String
    private let reference: String?

    /// `reference`: a healthy file of the same camera, for parameter sets that the broken one lacks.
    public init(files: [String], output: String, reference: String?) throws {
        self.files = files
        self.output = output
        self.reference = reference
    }

    public func run(progress: @escaping (UInt64) -> Void) throws -> [RepairResult] {
        if let folder = try? FileStatus.of(path: output), folder.kind != .directory {
            throw SystemError(call: "mkdir", errno: 20, path: output)
        }
        // A broken file usually still lies on its disk: the repaired one belongs on another.
        for file in files {
            guard let status = try? FileStatus.of(path: file) else { continue }
            try DestinationGuard.checkDisk(output, source: file, device: status.device)
        }
        try makeFolders(output)
        var results: [RepairResult] = []
        var names: Set<String> = []
        for file in files {
            if Interruption.requested { throw Interrupted() }
            results.append(try repair(file, &names, progress))
        }
        return results
    }

    private func repair(_ path: String, _ names: inout Set<String>, _ progress: @escaping (UInt64) -> Void) throws -> RepairResult {
        var result = RepairResult(input: path)
        let source: FileSource
        do throws(SystemError) {
            source = try open(path)
        } catch {
            result.reason = error.errno == 2 ? .sourceMissing : .sourceUnreadable
            return result
        }
        result.sizeBytes = source.byteCount
        do {
            guard case .media(let media) = try MediaProbe.describe(SourceReader(source)) else {
                result.reason = .notVideo
                return result
            }
            result.state = media.state
            result.container = media.container
            result.findings = media.findings
            result.playableBytes = media.playableBytes
            guard media.video != nil else {
                result.reason = media.findings.contains { $0.code == .moovMissing } ? .tableMissing : .notVideo
                return result
            }
            try write(media, from: path, source, &names, &result, progress)
        } catch is SourceFailure {
            result.reason = .sourceUnreadable
        }
        return result
    }

    /// One run of one segment: the extraction's own way, without an index.
    private func write(
        _ media: MediaDescription, from path: String, _ source: FileSource, _ names: inout Set<String>, _ result: inout RepairResult,
        _ progress: @escaping (UInt64) -> Void
    ) throws {
        var segment = Segment(
            volumeID: 0, path: StoredPath(bytes: Array(path.utf8)), sizeBytes: Int64(clamping: source.byteCount), modified: 0,
            state: media.state)
        segment.describe(media)
        // What is lost is told by the description; the writer need not repeat it.
        segment.state = .complete
        let matroska = media.container == .matroska || media.container == .webm
        let stem = ClipNames.legal(splitPath(path).name.split(separator: ".").dropLast().joined(separator: "."))
        var name = stem == "_" ? ClipNames.legal(splitPath(path).name) : stem
        var number = 2
        while !names.insert(name.lowercased()).inserted {
            name = "\(stem)~\(number)"
            number += 1
        }
        let base = name
        var writer = RunWriter(
            run: PlannedRun(camera: .init(id: 0, key: base, name: base), stream: nil, segments: [segment]),
            request: ClipRequest(selection: .init(), container: matroska ? .mkv : .mp4, join: false, largestFile: nil, subtitles: false),
            output: output, replacing: false, source: { (_: Segment) throws(SystemError) in source },
            borrowedConfiguration: { _ in borrowed() },
            name: { _, duration, suffix in duration == 0 ? ".\(base).\(suffix)" : "\(base).\(suffix)" }, progress: progress)
        let (clips, losses) = try writer.write()
        result.losses = losses + clips.flatMap(\.losses)
        guard let clip = clips.first else {
            result.reason =
                losses.contains { $0.code == .parameterSetsMissing }
                ? .parameterSetsMissing
                : losses.contains { $0.code == .codecNotCarried } ? .codecNotCarried : .nothingPlayable
            return
        }
        result.output = output + "/" + clip.file
        result.frames = clip.frameCount ?? 0
        result.duration = clip.duration
    }

    private func borrowed() -> [UInt8]? {
        guard let reference, let source = try? open(reference), let footage = try? Footage(source) else { return nil }
        let configuration = footage.tracks[footage.videoTrack].configuration
        return configuration.isEmpty ? nil : configuration
    }

    private func open(_ path: String) throws(SystemError) -> FileSource {
        let file = try OpenFile.forReading(path: path)
        let status = try file.status()
        guard status.kind == .regular else { throw SystemError(call: "open", errno: 21, path: path) }
        return FileSource(file, byteCount: status.byteCount)
    }
}
