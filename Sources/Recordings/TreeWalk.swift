import LinuxSystem

/// What a walk met besides regular files.
public struct WalkCounts: Sendable, Equatable {
    public var files = 0
    public var folders = 0
    /// Symbolic links are counted, never followed: what they point to is found where it lies, and a loop cannot trap the walk.
    public var links = 0
    /// Devices, FIFOs, sockets: never opened.
    public var specials = 0
    /// Folders that could not be read, wholly or in part.
    public var unreadableFolders: [UnreadableFolder] = []

    public struct UnreadableFolder: Sendable, Equatable {
        public var volume: Int
        public var path: StoredPath
        public var errno: Int32
    }
}

/// Lists every regular file below the sources, folder by folder in name order.
struct TreeWalk {
    private(set) var counts = WalkCounts()
    /// Folders below the source that are left out.
    var skipped: Set<[UInt8]> = []
    /// Below this depth a tree is not a recorder's: the deepest known has 9 levels. What lies deeper is counted as unreadable.
    private static let deepest = 256

    mutating func walk(_ source: SourceTree, volume: Int, _ found: (WalkedFile) throws -> Void) throws {
        if let file = source.singleFile {
            counts.files += 1
            return try found(WalkedFile(volume: volume, path: file, inode: 0))
        }
        // A stack of folders still to read instead of recursion: depth is the disk's, not the program's.
        var pending: [[UInt8]] = [[]]
        while let folder = pending.popLast() {
            if Interruption.requested { throw Interrupted() }
            counts.folders += 1
            let handle: OpenFile
            do throws(SystemError) {
                handle = folder.isEmpty ? source.root : try OpenFile.forReading(folder, in: source.root)
            } catch {
                counts.unreadableFolders.append(.init(volume: volume, path: StoredPath(bytes: folder), errno: error.errno))
                continue
            }
            var (entries, failure) = handle.entries()
            if let failure {
                counts.unreadableFolders.append(.init(volume: volume, path: StoredPath(bytes: folder), errno: failure.errno))
            }
            entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
            var folders: [[UInt8]] = []
            for entry in entries {
                let path = folder.isEmpty ? entry.name : folder + [0x2F] + entry.name
                let kind = entry.kind ?? (try? handle.status(of: entry.name).kind) ?? .other
                switch kind {
                case .regular:
                    counts.files += 1
                    try found(WalkedFile(volume: volume, path: path, inode: entry.inode))
                case .directory:
                    if !skipped.contains(path) { folders.append(path) }
                case .link: counts.links += 1
                case .other: counts.specials += 1
                }
            }
            let depth = folder.isEmpty ? 0 : folder.count(where: { $0 == 0x2F }) + 1
            if depth < Self.deepest {
                pending.append(contentsOf: folders.reversed())
            } else {
                counts.unreadableFolders += folders.map { .init(volume: volume, path: StoredPath(bytes: $0), errno: 40 /* ELOOP */) }
            }
        }
    }
}

/// The user asked to stop; everything is resumable.
public struct Interrupted: Error, Sendable {
    public init() {}
}
