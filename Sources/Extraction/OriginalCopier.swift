import Glibc
import LinuxSystem
import MediaContainers
import Recordings

/// Copies segments byte for byte, as they were recorded. Nothing is cut: a segment that is partly wanted is copied whole.
struct OriginalCopier {
    let run: PlannedRun
    let request: ClipRequest
    let output: String
    let replacing: Bool
    let source: (Segment) throws(SystemError) -> FileSource
    let name: (_ start: Int64?, _ duration: Int64, _ extension: String) -> String
    let progress: (_ bytes: UInt64) -> Void

    func write() throws -> (clips: [Clip], losses: [Clip.Loss]) {
        var losses: [Clip.Loss] = []
        guard let first = run.segments.first else { return ([], []) }
        let total = run.segments.reduce(UInt64(0)) { $0 + UInt64(clamping: $1.sizeBytes) }
        if let limit = request.largestFile, total > limit {
            if run.segments.count > 1 { return try writeApart() }
            // Cutting bytes would leave a second part that no player opens.
            return ([], [.init(.tooLarge, path: first.path.text, detail: "\(total) > \(limit)")])
        }
        let duration = run.segments.reduce(Int64(0)) { $0 + ($1.duration ?? 0) }
        let final = name(first.start, duration, fileExtension(of: first))
        try makeFolders(splitPath(output + "/" + final).folder)
        let file = try HashedFile(output + "/" + final, replacing: replacing)
        var sources: [Clip.Source] = []
        var clipTime: Int64 = 0
        for segment in run.segments {
            let path = segment.path.text
            var offset: UInt64 = 0
            do {
                let input = try source(segment)
                defer {
                    if !input.unreadablePages.isEmpty {
                        losses.append(.init(.sourceUnreadable, path: path, detail: "\(input.unreadablePages.count) x 4096 bytes"))
                    }
                }
                if Int64(clamping: input.byteCount) != segment.sizeBytes {
                    losses.append(.init(.sourceChanged, path: path, detail: "\(segment.sizeBytes) -> \(input.byteCount)"))
                }
                while true {
                    if Interruption.requested { throw Interrupted() }
                    let got = try file.fill { try input.read(at: offset, into: $0) }
                    if got == 0 { break }
                    offset += UInt64(got)
                    progress(UInt64(got))
                }
            } catch let failure as SourceFailure {
                losses.append(.init(.sourceUnreadable, path: path, detail: "byte \(failure.offset), error \(failure.errno)"))
            } catch let error as SystemError where error.call == "open" || error.call == "fstat" {
                losses.append(.init(error.errno == ENOENT ? .sourceMissing : .sourceUnreadable, path: path, detail: error.reason))
                continue
            }
            if segment.state != .complete, segment.playableBytes < segment.sizeBytes {
                losses.append(.init(.tailLost, path: path, detail: "\(segment.sizeBytes - segment.playableBytes) bytes"))
            }
            sources.append(
                .init(
                    segment: segment, bytes: 0..<offset, clipTime: clipTime, start: segment.start, duration: segment.duration ?? 0,
                    frames: segment.frameCount))
            clipTime += segment.duration ?? 0
        }
        guard file.byteCount > 0 else { return ([], losses) }
        let (size, hash) = try file.commit()
        let clip = Clip(
            file: final, camera: run.camera, stream: run.stream, container: first.container?.rawValue ?? "unknown", video: first.video,
            audio: first.audio, start: first.start, duration: duration,
            frameCount: sources.allSatisfy { $0.frames != nil } ? sources.reduce(0) { $0 + ($1.frames ?? 0) } : nil,
            timeSource: first.timeSource, timeUncertainty: first.timeUncertainty, sizeBytes: size,
            sha256: hash, sources: sources, losses: losses)
        return ([clip], [])
    }

    /// The joined run is over the limit: each segment becomes a file of its own.
    private func writeApart() throws -> (clips: [Clip], losses: [Clip.Loss]) {
        var result: (clips: [Clip], losses: [Clip.Loss]) = ([], [])
        for segment in run.segments {
            let alone = PlannedRun(camera: run.camera, stream: run.stream, segments: [segment])
            let (clips, losses) = try OriginalCopier(
                run: alone, request: request, output: output, replacing: replacing, source: source, name: name, progress: progress
            ).write()
            result.clips += clips
            result.losses += losses
        }
        return result
    }

    /// That of the file as recorded, where it can stand on FAT; players go by it.
    private func fileExtension(of segment: Segment) -> String {
        let file = segment.path.text.split(separator: "/").last ?? ""
        if segment.path.encoding == "utf-8", let dot = file.lastIndex(of: "."), dot != file.startIndex {
            let suffix = file[file.index(after: dot)...]
            if (1...5).contains(suffix.utf8.count),
                suffix.utf8.allSatisfy({ $0 < 0x80 && ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 >= 0x30 && $0 <= 0x39) })
            {
                return String(suffix)
            }
        }
        return segment.container?.fileExtension ?? "bin"
    }
}
