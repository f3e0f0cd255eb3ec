import LinuxSystem
import MediaContainers
import Recordings

/// What became of one file.
public struct RepairResult: Sendable {
    public enum Reason: String, Sendable {
        case notVideo = "not-video"
        case sourceMissing = "source-missing"
        case sourceUnreadable = "source-unreadable"
        /// A folder, a disk, a pipe.
        case notAFile = "not-a-file"
        case empty
        case onlyZeroes = "only-zeroes"
        /// The MP4 lost its table of samples, and nothing was found without it.
        case tableMissing = "moov-missing"
        case nothingPlayable = "nothing-playable"
        case parameterSetsMissing = "parameter-sets-missing"
        case codecNotCarried = "codec-not-carried"
    }
    public var input: String
    /// Nil where nothing could be written.
    public var output: String?
    public var reason: Reason?
    /// Why the system did not open the file.
    public var errno: Int32?
    public var state: MediaState?
    public var container: Container?
    public var frames = 0
    /// Microseconds.
    public var duration: Int64 = 0
    public var playableBytes: UInt64 = 0
    public var sizeBytes: UInt64 = 0
    public var lostBytes: UInt64 { sizeBytes - min(sizeBytes, playableBytes) }
    /// Payload of the frames and the sound that were taken over.
    public var usedBytes: UInt64 = 0
    /// What the bytes that nothing was read from would have held at the usual size and length of a frame; nil where no frame was
    /// recovered, 0 where nothing is lost. A table that is gone leaves no better number.
    public var framesLost: Int? {
        guard frames > 0, usedBytes > 0 else { return nil }
        guard state != .complete else { return 0 }
        // Without a table every byte before the end is payload; what is not used is damage, or sound that was left out.
        let countsInside = isSalvaged && !findings.contains { $0.code == .soundLeftOut }
        let inside = countsInside ? playableBytes - min(playableBytes, usedBytes) : 0
        return Int((Double(lostBytes + inside) / (Double(usedBytes) / Double(frames))).rounded())
    }
    /// Microseconds, for as many frames.
    public var durationLost: Int64? { framesLost.map { Int64(Double($0) * Double(duration) / Double(max(frames, 1))) } }
    /// Found without a table: all bytes that count are payload.
    var isSalvaged = false
    public var findings: [MediaFinding] = []
    public var losses: [Clip.Loss] = []
    /// Where what the file lacks was taken from.
    public var reference: Reference?
    /// Healthy files that were tried and do not fit.
    public var referencesRefused = 0

    public struct Reference: Sendable, Equatable {
        public var path: String
        /// The user named it; else the program found it.
        public var isGiven: Bool
    }

    public var hasLosses: Bool { output == nil || state != .complete || !losses.isEmpty }

    /// Nothing that could be repaired: not for what became of it, but for what it is.
    public var isNoSource: Bool {
        switch reason {
        case .notVideo, .sourceMissing, .notAFile, .empty, .onlyZeroes: true
        case .sourceUnreadable: errno != nil
        default: false
        }
    }
}

extension MediaDescription {
    fileprivate var lostItsTable: Bool { findings.contains { $0.code == .moovMissing || $0.code == .headMissing } }
}

/// Writes what can be played of a broken file into a new, whole one. Never touches the file itself, never re-encodes.
public struct Repair {
    private let files: [StoredPath]
    private let output: String
    private let reference: StoredPath?

    /// `reference`: a healthy file of the same camera, for parameter sets that the broken one lacks.
    public init(files: [StoredPath], output: String, reference: StoredPath?) {
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
            guard let bytes = file.bytes, let status = try? FileStatus.of(path: bytes) else { continue }
            try DestinationGuard.checkDisk(output, source: file.text, device: status.device)
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

    private func repair(_ path: StoredPath, _ names: inout Set<String>, _ progress: @escaping (UInt64) -> Void) throws -> RepairResult {
        var result = RepairResult(input: path.text)
        let source: FileSource
        do throws(SystemError) {
            source = try open(path)
        } catch {
            result.reason = error.errno == 2 ? .sourceMissing : error.errno == Self.isNoFile ? .notAFile : .sourceUnreadable
            result.errno = error.errno
            return result
        }
        result.sizeBytes = source.byteCount
        do {
            let outcome = try MediaProbe.describe(SourceReader(source))
            if case .media(let media) = outcome, media.video != nil {
                try write(Opened(media: media, salvage: nil), from: path, source, &names, &result, progress)
                return result
            }
            guard case .media(let media) = outcome, !media.lostItsTable else {
                try salvage(path, source, outcome, &names, &result, progress)
                return result
            }
            result.reason = .notVideo
        } catch is SourceFailure {
            result.reason = .sourceUnreadable
        }
        return result
    }

    /// The table of samples, or the whole head of the file, is lost: the samples themselves say where they are.
    private func salvage(
        _ path: StoredPath, _ source: FileSource, _ outcome: MediaProbe.Outcome, _ names: inout Set<String>, _ result: inout RepairResult,
        _ progress: @escaping (UInt64) -> Void
    ) throws {
        guard outcome != .empty, outcome != .zeroes else {
            result.reason = outcome == .empty ? .empty : .onlyZeroes
            return
        }
        let (references, paths) = references(for: path)
        guard let salvage = try MP4Salvage(SourceReader(source), references: references) else {
            result.reason = outcome == .notMedia ? .notVideo : .tableMissing
            result.referencesRefused = references.count
            return
        }
        // Frames that no decoder can show are none.
        guard !salvage.description.findings.contains(where: { $0.code == .parameterSetsMissing }) else {
            result.reason = .parameterSetsMissing
            result.referencesRefused = references.count
            return
        }
        if let chosen = salvage.chosenReference { result.reference = .init(path: paths[chosen].text, isGiven: reference != nil) }
        result.referencesRefused = salvage.chosenReference == nil ? references.count : 0
        try write(Opened(media: salvage.description, salvage: salvage), from: path, source, &names, &result, progress)
    }

    /// The file that the user named and no other, or healthy ones near the broken one.
    private func references(for path: StoredPath) -> ([SalvageReference], [StoredPath]) {
        var references: [SalvageReference] = []
        var paths: [StoredPath] = []
        let near = reference.map { [$0] } ?? SiblingSearch.paths(near: path.text).map { StoredPath(bytes: Array($0.utf8)) }
        for candidate in near where references.count < SalvageReference.enough {
            guard let source = try? open(candidate), let found = try? SalvageReference(SourceReader(source)) else { continue }
            references.append(found)
            paths.append(candidate)
        }
        return (references, paths)
    }

    /// A file and the way into it.
    private struct Opened {
        var media: MediaDescription
        var salvage: MP4Salvage?
    }

    /// One run of one segment: the extraction's own way, without an index.
    private func write(
        _ opened: Opened, from path: StoredPath, _ source: FileSource, _ names: inout Set<String>, _ result: inout RepairResult,
        _ progress: @escaping (UInt64) -> Void
    ) throws {
        let media = opened.media
        result.isSalvaged = opened.salvage != nil
        var used: UInt64 = 0
        result.state = media.state
        result.container = media.container
        result.findings = media.findings
        result.playableBytes = media.playableBytes
        var segment = Segment(
            volumeID: 0, path: path, sizeBytes: Int64(clamping: source.byteCount), modified: 0,
            state: media.state)
        segment.describe(media)
        // What is lost is told by the description; the writer need not repeat it.
        segment.state = .complete
        let matroska = media.container == .matroska || media.container == .webm
        let stem = ClipNames.legal(splitPath(path.text).name.split(separator: ".").dropLast().joined(separator: "."))
        var name = stem == "_" ? ClipNames.legal(splitPath(path.text).name) : stem
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
            footage: { (_: Segment, file: FileSource) throws(SourceFailure) in try Footage(file, salvage: opened.salvage) },
            borrowedConfiguration: { _ in borrowed() },
            name: { _, duration, suffix in duration == 0 ? ".\(base).\(suffix)" : "\(base).\(suffix)" },
            progress: { bytes in
                used += bytes
                progress(bytes)
            })
        let (clips, losses) = try writer.write()
        result.losses = losses + clips.flatMap(\.losses)
        if media.state != .complete { result.losses.removeAll { $0.code == .framesOverwritten } }
        guard let clip = clips.first else {
            result.reason =
                losses.contains { $0.code == .parameterSetsMissing }
                ? .parameterSetsMissing
                : losses.contains { $0.code == .codecNotCarried } ? .codecNotCarried : .nothingPlayable
            return
        }
        result.output = output + "/" + clip.file
        result.usedBytes = used
        result.frames = clip.frameCount ?? 0
        result.duration = clip.duration
    }

    private func borrowed() -> [UInt8]? {
        guard let reference, let source = try? open(reference), let footage = try? Footage(source) else { return nil }
        let configuration = footage.tracks[footage.videoTrack].configuration
        return configuration.isEmpty ? nil : configuration
    }

    /// Whether a file holds anything that a broken one may lack.
    public static func canLend(_ path: StoredPath) throws(SystemError) -> Bool {
        let source = try open(path)
        return (try? SalvageReference(SourceReader(source))) != nil || (try? Footage(source)) != nil
    }

    private static func open(_ path: StoredPath) throws(SystemError) -> FileSource {
        let file = try OpenFile.forReading(path.bytes ?? Array(path.text.utf8), followingLinks: true)
        let status = try file.status()
        guard status.kind == .regular else { throw SystemError(call: "open", errno: isNoFile, path: path.text) }
        return FileSource(file, byteCount: status.byteCount)
    }

    private func open(_ path: StoredPath) throws(SystemError) -> FileSource { try Self.open(path) }

    /// EISDIR
    private static let isNoFile: Int32 = 21
}
