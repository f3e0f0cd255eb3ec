import Glibc
import LinuxSystem
import MediaContainers

/// What opening and describing one file gave. Made on any thread.
struct ProbedFile: Sendable {
    enum Content: Sendable {
        case media(MediaDescription)
        /// Known from an earlier build: size and modification time are the same.
        case known(Segment, [StoredFinding])
        case knownOther
        case empty
        case zeroes
        case notMedia
        /// Could not be opened or read.
        case unreadable(errno: Int32)
        /// It was there during the walk and is not any more.
        case vanished
    }
    var file: WalkedFile
    var sizeBytes: Int64 = 0
    var modified: Int64 = 0
    var content: Content
    var sha256: [UInt8]?
}

/// Opens and describes files. Nothing here writes, waits or trusts.
struct SegmentProbe: Sendable {
    var sources: [SourceTree]
    var hashing: Bool
    var calls: SystemCalls = .live

    /// `buffer` is that of the calling thread.
    func probe(_ file: WalkedFile, known: ProbeCache?, buffer: ReadBuffer = ReadBuffer()) -> ProbedFile {
        var result = ProbedFile(file: file, content: .vanished)
        do throws(SystemError) {
            if let known {
                let status = try sources[file.volume].root.status(of: file.path)
                result.sizeBytes = Int64(clamping: status.byteCount)
                result.modified = status.modified
                if let content = known.content(of: file, sizeBytes: result.sizeBytes, modified: result.modified, hashing: hashing) {
                    result.content = content
                    return result
                }
            }
            let handle = try OpenFile.forReading(file.path, in: sources[file.volume].root, calls: calls)
            let status = try handle.status()
            // Between the walk and now a file may have become something else.
            guard status.kind == .regular else { return result }
            result.sizeBytes = Int64(clamping: status.byteCount)
            result.modified = status.modified
            let source = FileSource(handle, byteCount: status.byteCount)
            do throws(SourceFailure) {
                let reader = SourceReader(source, buffer: buffer)
                switch try MediaProbe.describe(reader) {
                case .media(let description): result.content = .media(description)
                case .empty: result.content = .empty
                case .zeroes: result.content = .zeroes
                case .notMedia: result.content = .notMedia
                }
                result.noteUnreadable(source)
                if hashing, case .media = result.content { result.sha256 = try SegmentHash.of(source) }
            } catch {
                result.content = .unreadable(errno: error.errno)
            }
        } catch {
            result.content = error.errno == ENOENT || error.errno == ENOTDIR ? .vanished : .unreadable(errno: error.errno)
        }
        return result
    }
}

extension ProbedFile {
    /// Bad pages damage a recording; a file that is nothing else but them cannot be read.
    fileprivate mutating func noteUnreadable(_ source: FileSource) {
        guard let first = source.unreadablePages.min() else { return }
        if case .media(var media) = content {
            let count = source.unreadablePages.count
            media.findings.append(MediaFinding(.readError, at: first, "\(count) page\(count == 1 ? "" : "s") of 4096 bytes"))
            if media.state == .complete { media.state = .damaged }
            content = .media(media)
        } else {
            content = .unreadable(errno: EIO)
        }
    }
}
