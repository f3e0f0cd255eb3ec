import Foundation
import Layouts
import LinuxSystem
import MediaContainers
import Recordings

public struct ExtractionResult: Sendable {
    public var clips: [Clip] = []
    /// What belongs to no clip.
    public var losses: [Clip.Loss] = []
    /// Relative paths of what was written besides clips.
    public var playlists: [String] = []

    public var hasLosses: Bool { !losses.isEmpty || clips.contains { !$0.losses.isEmpty } }
}

/// Performs a clip plan into a folder.
///
/// Each clip appears whole under its final name. Finished runs are noted in a journal, so that an interrupted extraction,
/// started again with the same request, goes on where it stopped; the manifest, written last, takes the journal's place.
public struct Extractor {
    let index: IndexReader
    let plan: ClipPlan
    public let output: String
    let record: ExportRecord
    let volumes: [Int64: IndexReader.Volume]
    private let cameraFolders: [String: String]
    /// Whether an extraction wrote that folder before: then its files may be written anew. Anybody else's are never replaced.
    private let isOurs: Bool

    /// `isNumbered`: where another extraction has that folder, the first of FOLDER-2, FOLDER-3, … is taken that none has.
    public init(index: IndexReader, plan: ClipPlan, output: String, isNumbered: Bool = false, record: ExportRecord) throws {
        self.index = index
        self.plan = plan
        let output = isNumbered ? try OutputFolder.first(output, for: Self.requestKey(index, plan, record)).path : output
        self.output = output
        self.record = record
        volumes = Dictionary(try index.volumes().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        isOurs = OutputFolder(output).isOurs
        cameraFolders = ClipNames.distinct(plan.runs.map(\.camera.key))
        try DestinationGuard.check(output, againstVolumesOf: index)
    }

    /// Volumes of the plan's segments whose folder is not there, or is the empty one that something is mounted on, and how many
    /// files are wanted from each.
    public func volumesGone() -> [(volume: IndexReader.Volume, files: Int)] {
        var wanted: [Int64: Int] = [:]
        for run in plan.runs { for segment in run.segments { wanted[segment.volumeID, default: 0] += 1 } }
        return volumes.values.sorted { $0.id < $1.id }.compactMap { volume in
            guard let files = wanted[volume.id] else { return nil }
            let isThere = (try? OpenFile.forReading(path: volume.sourcePath).status()).map { status in
                status.kind != .directory || (try? FileManager.default.contentsOfDirectory(atPath: volume.sourcePath))?.isEmpty == false
            }
            return isThere ?? false ? nil : (volume, files)
        }
    }

    /// Refuses a folder that cannot take these clips, before anything is written.
    public func checkOutput() throws(RecordingsError) { try OutputFolder(output).check(for: requestKey) }

    /// `progress` gets the number of source bytes read since the last call.
    public func run(progress: @escaping (UInt64) -> Void) throws -> ExtractionResult {
        try makeFolders(output)
        let lock = try WorkLock(output + "/manifest.json")
        defer { lock.release() }
        try checkOutput()
        var journal = try Journal(path: OutputFolder(output).journal, request: requestKey)
        var result = ExtractionResult()
        result.losses = plan.unplayable.map { .init(.nothingPlayable, path: $0.path.text, detail: $0.state.rawValue) }
        var used = journal.fileNames
        for run in plan.runs {
            if Interruption.requested { throw Interrupted() }
            let key = runKey(run)
            if let done = journal.finished(key, in: output) {
                result.clips += done.clips
                result.losses += done.losses
                progress(UInt64(clamping: run.sourceBytes))
                continue
            }
            let (clips, losses) = try write(run, used: &used, progress: progress)
            if plan.request.subtitles {
                for clip in clips where Subtitles.accompany(clip) {
                    try writeText(Subtitles.text(for: clip, zone: record.zone), to: sibling(of: clip.file, "srt"))
                }
            }
            try journal.append(key, clips: clips, losses: losses)
            result.clips += clips
            result.losses += losses
        }
        try finish(&result)
        journal.remove()
        return result
    }

    private func write(_ run: PlannedRun, used: inout Set<String>, progress: @escaping (UInt64) -> Void) throws -> ([Clip], [Clip.Loss]) {
        let folder = cameraFolders[run.camera.key] ?? ClipNames.legal(run.camera.key)
        var taken = used
        let name: (Int64?, Int64, String) -> String = { start, duration, suffix in
            let stem = (start.map { localName($0) } ?? "unknown-time_\(run.segments.first?.id ?? 0)") + "_" + ClipNames.duration(duration)
            let stream = run.stream.map { "_" + ClipNames.legal($0) } ?? ""
            var candidate = "\(folder)/\(stem)\(stream).\(suffix)"
            var number = 2
            while taken.contains(candidate.lowercased()) {
                candidate = "\(folder)/\(stem)\(stream)~\(number).\(suffix)"
                number += 1
            }
            return candidate
        }
        let open: (Segment) throws(SystemError) -> FileSource = { segment throws(SystemError) in
            guard let volume = volumes[segment.volumeID], let bytes = segment.path.bytes else {
                throw SystemError(call: "open", errno: 2, path: segment.path.text)
            }
            let root = try OpenFile.forReading(path: volume.sourcePath)
            let extents = (try? index.extents(of: segment.id)) ?? []
            if !extents.isEmpty {
                guard try root.rawMedium() != nil else { throw SystemError(call: "open", errno: 22, path: volume.sourcePath) }
                return FileSource(root, extents: extents)
            }
            let file = try root.beneath(bytes)
            let status = try file.status()
            guard status.kind == .regular else { throw SystemError(call: "open", errno: 22, path: segment.path.text) }
            return FileSource(file, byteCount: status.byteCount)
        }
        let written: ([Clip], [Clip.Loss])
        if plan.isCopied(run) {
            let copier = OriginalCopier(
                run: run, request: plan.request, output: output, replacing: isOurs, source: open, name: name, progress: progress)
            written = try copier.write()
        } else {
            var writer = RunWriter(
                run: run, request: plan.request, output: output, replacing: isOurs, source: open,
                footage: { segment, file throws(SourceFailure) in try footage(of: segment, in: file, open: open) },
                borrowedConfiguration: { borrowedConfiguration(for: $0, open: open) }, name: name, progress: progress)
            written = try writer.write()
        }
        for clip in written.0 { taken.insert(clip.file.lowercased()) }
        used = taken
        return written
    }

    /// Local time with its offset, so that the hour that happens twice has two names.
    private func localName(_ start: Int64) -> String {
        ISO8601.format(start, zone: record.zone).replacing(":", with: ".").replacing("T", with: "_")
    }

    /// An MP4 that lost its table is opened with the help of its nearest siblings.
    private func footage(
        of segment: Segment, in file: FileSource, open: (Segment) throws(SystemError) -> FileSource
    ) throws(SourceFailure) -> Footage? {
        if let footage = try Footage(file, pacedBy: segment) { return footage }
        var references: [SalvageReference] = []
        for sibling in siblings(of: segment, open: open) where references.count < SalvageReference.enough {
            if let reference = try? SalvageReference(SourceReader(sibling)) { references.append(reference) }
        }
        guard let salvage = try MP4Salvage(SourceReader(file), references: references) else { return nil }
        return try Footage(file, pacedBy: segment, salvage: salvage)
    }

    private func borrowedConfiguration(for segment: Segment, open: (Segment) throws(SystemError) -> FileSource) -> [UInt8]? {
        for sibling in siblings(of: segment, open: open) {
            guard let footage = try? Footage(sibling) else { continue }
            let configuration = footage.tracks[footage.videoTrack].configuration
            if !configuration.isEmpty { return configuration }
        }
        return nil
    }

    /// Segments of the same camera, stream and codec, nearest in time first.
    private func siblings(of segment: Segment, open: (Segment) throws(SystemError) -> FileSource) -> [FileSource] {
        ((try? index.siblings(of: segment)) ?? []).compactMap { try? open($0) }
    }

    /// Playlists, checksums and, last, the manifest.
    private func finish(_ result: inout ExtractionResult) throws {
        func entries(_ clips: [Clip], below folder: String?) -> [Playlists.Entry] {
            clips.map { clip in
                let path = folder.map { String(clip.file.dropFirst($0.count + 1)) } ?? clip.file
                let time = clip.start.map { ISO8601.format($0, zone: record.zone).replacing("T", with: " ") } ?? ""
                return .init(path: path, title: "\(clip.camera.name) \(time)", duration: clip.duration)
            }
        }
        var others: [String] = []
        for (folder, clips) in Dictionary(grouping: result.clips, by: { splitPath($0.file).folder }).sorted(by: { $0.key < $1.key }) {
            let title = clips.first?.camera.name ?? folder
            try writeText(Playlists.m3u8(entries(clips, below: folder)), to: folder + "/playlist.m3u8")
            try writeText(Playlists.xspf(entries(clips, below: folder), title: title), to: folder + "/playlist.xspf")
            others += [folder + "/playlist.m3u8", folder + "/playlist.xspf"]
        }
        let all = result.clips.sorted { ($0.start ?? .max, $0.file) < ($1.start ?? .max, $1.file) }
        try writeText(Playlists.m3u8(entries(all, below: nil)), to: "playlist.m3u8")
        try writeText(Playlists.xspf(entries(all, below: nil), title: "camtrace-rescue"), to: "playlist.xspf")
        others += ["playlist.m3u8", "playlist.xspf"]
        result.playlists = others

        let manifest = Manifest.json(result, plan: plan, record: record, requestKey: requestKey, volumes: volumes).text() + "\n"
        var sums = result.clips.map { ($0.file, $0.sha256) }
        if plan.request.subtitles { others += result.clips.filter(Subtitles.accompany).map { sibling(of: $0.file, "srt") } }
        for file in others { sums.append((file, try checksum(ofFile: file))) }
        sums.append(("manifest.json", Checksum.of(manifest)))
        try writeText(sums.sorted { $0.0 < $1.0 }.map { "\($0.1)  \($0.0)\n" }.joined(), to: "SHA256SUMS")
        try writeText(manifest, to: "manifest.json")
    }

    private func sibling(of file: String, _ suffix: String) -> String {
        // The last dot is that of the extension: names of clips have one always.
        (file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file) + "." + suffix
    }

    private func writeText(_ text: String, to relative: String) throws {
        let file = try AtomicFile(output + "/" + relative, replacing: isOurs)
        try file.write(text)
        try file.commit()
    }

    private func checksum(ofFile relative: String) throws -> String {
        let file = try OpenFile.forReading(path: output + "/" + relative)
        return Checksum.hexadecimal(try SegmentHash.of(FileSource(file, byteCount: try file.status().byteCount)))
    }

    private var requestKey: String { Self.requestKey(index, plan, record) }

    private static func requestKey(_ index: IndexReader, _ plan: ClipPlan, _ record: ExportRecord) -> String {
        let request = plan.request
        return Checksum.of(
            "\(index.path)|\(request.container)|\(request.join)|\(request.largestFile ?? 0)|\(request.subtitles)|\(request.selection)|\(record.zone.identifier)"
        )
    }

    private func runKey(_ run: PlannedRun) -> String {
        Checksum.of(
            run.segments.map { "\($0.volumeID)/\($0.path.text)/\($0.sizeBytes)/\($0.modified)/\($0.start ?? 0)" }.joined(separator: "\n"))
    }
}
