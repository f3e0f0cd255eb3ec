import LinuxSystem
import MediaContainers

/// Whether a volume holds recordings, told from a sample of its files by content, never by name.
public struct RecordingSample: Sendable, Equatable {
    /// Files whose beginning is that of a video.
    public var videos = 0
    public var videoBytes: UInt64 = 0
    /// Files that were opened.
    public var looked = 0
    /// The first of the videos, for a person to recognise.
    public var example: String?
    /// The walk ended before the tree did: there may be more.
    public var isPartial = false

    public init() {}

    /// A recorder writes video as its main business: the first files of a tree tell. Bounds for a disk with millions of them.
    private static let mostLooked = 400
    private static let mostListed = 100_000
    /// So many videos leave no doubt.
    private static let enough = 40
    /// Where Linux keeps its own files (Filesystem Hierarchy Standard 3.0 §3): a sample video of the desktop is no recording.
    private static let systemFolders: Set<String> = [
        "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "lost+found", "proc", "run", "sbin", "snap", "sys", "tmp", "usr",
    ]

    /// Where the menu keeps the results of a rescue.
    public static let rescueFolder = "camtrace-rescue"

    private struct Enough: Error {}

    /// `skippingSystem`: the volume holds a Linux system whose own folders are left out. `skipping`: folders below `root` that
    /// belong to other volumes.
    public static func take(below root: OpenFile, skippingSystem: Bool, skipping others: [String] = []) throws -> RecordingSample {
        var sample = RecordingSample()
        var listed = 0
        var looks = Looks(root: root)
        var beside: [(path: [UInt8], size: UInt64)] = []
        let tree = SourceTree(root: root)
        var walk = TreeWalk()
        walk.skipped = Set(others.map { Array($0.utf8) })
        // Clips that an earlier rescue brought back: no recorder wrote them.
        if (try? root.status(of: Array((rescueFolder + "/index.ctrx").utf8))) != nil { walk.skipped.insert(Array(rescueFolder.utf8)) }
        if skippingSystem { walk.skipped.formUnion(systemFolders.map { Array($0.utf8) }) }
        do {
            try walk.walk(tree, volume: 0) { file in
                listed += 1
                guard listed <= mostListed else { throw Enough() }
                if skippingSystem {
                    beside.append((file.path, (try? root.status(of: file.path).byteCount) ?? 0))
                } else {
                    try looks.look(at: file.path, &sample)
                }
            }
            // Settings and logs by the thousand would use up the looks before a recording's turn: the longest files first.
            for file in beside.sorted(by: { $0.size > $1.size }) { try looks.look(at: file.path, &sample) }
        } catch is Enough {
            sample.isPartial = true
        }
        return sample
    }

    /// One folder with 10,000 texts must not use up the looks that the next one needs.
    private struct Looks {
        let root: OpenFile
        var inFolder: [ArraySlice<UInt8>: Int] = [:]

        init(root: OpenFile) {
            self.root = root
        }

        /// Throws `Enough` when there have been enough looks, or videos.
        mutating func look(at path: [UInt8], _ sample: inout RecordingSample) throws {
            guard sample.looked < mostLooked, sample.videos < enough else { throw Enough() }
            let folder = path[..<(path.lastIndex(of: 0x2F) ?? 0)]
            guard inFolder[folder, default: 0] < 20 else { return }
            inFolder[folder, default: 0] += 1
            sample.look(at: path, in: root)
        }
    }

    /// A single picture is no recording; what begins like one and is this long is a stream of them.
    private static func isVideo(_ source: FileSource) -> Bool {
        let reader = SourceReader(source)
        guard (try? MediaProbe.recognises(reader)) == true else { return false }
        guard let head = try? reader.upTo(2, at: 0), head.elementsEqual([0xFF, 0xD8]), source.byteCount < 8 << 20 else { return true }
        guard case .media(let media)? = try? MediaProbe.describe(reader) else { return false }
        return media.container != .jpeg
    }

    fileprivate mutating func look(at path: [UInt8], in root: OpenFile) {
        guard let file = try? OpenFile.forReading(path, in: root), let status = try? file.status(), status.kind == .regular,
            status.byteCount > 0
        else { return }
        looked += 1
        let source = FileSource(file, byteCount: status.byteCount)
        guard Self.isVideo(source) else { return }
        videos += 1
        videoBytes &+= status.byteCount
        if example == nil { example = StoredPath(bytes: path).text }
    }
}
