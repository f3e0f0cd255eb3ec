import BlockDevices
import Crypto
import Foundation
import LinuxSystem
import Recordings

/// Saves what is left of a server's configuration into one archive. Every file is read once: the disk may be dying.
public struct ConfigurationCapture {
    public struct Result: Sendable {
        public var path: String
        public var byteCount: UInt64 = 0
        public var manifest: ArchiveManifest
        /// The profile's groups in its order, with the number of files of each.
        public var groups: [ConfigurationArchive.Group] = []
        public var losses: [Loss] = []

        public var missingGroups: [String] { groups.filter { $0.files == 0 }.map(\.name) }
    }

    public enum Loss: Sendable, Equatable {
        case unreadable(String, errno: Int32)
        /// Only its first bytes could be read.
        case cut(String, at: UInt64, errno: Int32)
        /// Reached through a link that may lead anywhere.
        case behindLink(String)
        /// A device, a socket, a FIFO.
        case noFile(String)
        /// It would run with its owner's rights: saved without that bit.
        case privileged(String)
        /// There is no room for it below what an archive may hold.
        case tooLarge(String, bytes: UInt64)
        /// Its name is no UTF-8, which an archive's manifest needs; in percent form.
        case strangeName(String)
    }

    /// Files saved, of how many, and bytes.
    public typealias Progress = (_ done: Int, _ total: Int, _ bytes: UInt64) -> Void

    private let root: VolumeRoot
    private let profile: ProductProfile
    private let output: String
    private let calls: SystemCalls
    private let progress: Progress
    private var bytesRead: UInt64 = 0
    private var result: Result
    private var left = ArchiveStream.mostBytes - (ArchiveManifest.largest + 1 << 20)

    /// `root`: the root folder of the old system, mounted read-only. The archive holds passwords: its owner alone may read it.
    ///
    /// Throws `RecoveryError.sourceMissing`, `RecordingsError` where the output lies on the source, `ConfigurationError.nothingToCapture`,
    /// `Interrupted`, and the system's error where the archive cannot be written.
    public static func write(
        _ path: String, to output: String, profile: ProductProfile, toolVersion: String, now: Date = Date(), calls: SystemCalls = .live,
        progress: @escaping Progress = { _, _, _ in }
    ) throws -> Result {
        let root: VolumeRoot
        let status: FileStatus
        do throws(SystemError) {
            root = try VolumeRoot(path: path)
            status = try root.folder.status()
            guard status.kind == .directory else { throw SystemError(call: "open", errno: 20, path: path) }
        } catch { throw RecoveryError.sourceMissing(path: path, cause: error) }
        try DestinationGuard.check(output, against: [(path: resolvedPath(path) ?? path, device: status.device)])
        let system = InstalledSystem(root, profiles: [profile])
        let manifest = ArchiveManifest(
            product: profile.product, version: system?.product?.version,
            versionSources: (system?.product?.sources ?? []).map(\.place), distribution: system?.distribution?.name,
            hostName: root.text("etc/hostname", limit: 4096)?.split(whereSeparator: \.isWhitespace).first.map(String.init),
            capturedAt: Ledger.stamp(now), toolVersion: toolVersion, members: [])
        var ownersOnly = calls
        ownersOnly.open = { calls.open($0, $1, $2, $3 & 0o600) }
        var capture = ConfigurationCapture(
            root: root, profile: profile, output: output, calls: ownersOnly, progress: progress,
            result: Result(path: output, manifest: manifest))
        try capture.run(root: path)
        return capture.result
    }

    private mutating func run(root path: String) throws {
        var groups: [String: String] = [:]
        var unnamed: Set<String> = []
        for part in profile.configuration {
            let files = PathGlob.files(part.globs, in: root, limit: TarReader.mostMembers / 2) { unnamed.insert($0) }
            for file in files where groups[file] == nil { groups[file] = part.group }
        }
        result.losses = unnamed.sorted().map(Loss.strangeName)
        guard !groups.isEmpty else { throw ConfigurationError.nothingToCapture(root: path) }
        var folders: Set<String> = []
        for file in groups.keys {
            var folder = splitPath(file).folder
            while folder != ".", folders.insert(folder).inserted { folder = splitPath(folder).folder }
        }
        // The members first, packed once; the manifest knows their hashes only then, and stands before them. Both are gzip members
        // of one file, which gzip reads as one stream (RFC 1952, 2.2).
        let packed = try AtomicFile(output + ".members", calls: calls)
        let gzip = GzipWriter { try packed.write($0) }
        let tar = TarWriter { try gzip.write($0) }
        let paths = (Array(groups.keys) + folders).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for (done, path) in paths.enumerated() {
            if Interruption.requested { throw Interrupted() }
            progress(done, paths.count, bytesRead)
            try save(path, group: groups[path], isFolder: folders.contains(path), tar)
        }
        try tar.finish()
        try gzip.finish()
        try packed.flush()
        let saved = result.manifest.members
        guard saved.contains(where: { $0.kind != .folder }) else { throw ConfigurationError.nothingToCapture(root: path) }
        result.groups = profile.configuration.map { part in
            let members = saved.filter { $0.group == part.group }
            return .init(name: part.group, files: members.count, byteCount: members.reduce(0) { $0 &+ $1.sizeBytes })
        }
        try assemble(packed)
    }

    private mutating func assemble(_ packed: AtomicFile) throws {
        let file = try AtomicFile(output, replacing: false, calls: calls)
        let text = Array(result.manifest.text.utf8)
        let gzip = GzipWriter { try file.write($0) }
        let tar = TarWriter { try gzip.write($0) }
        // Like the others it has no time of its own but that of the capture, which is inside.
        let member = TarMember(
            path: ArchiveManifest.name, kind: .file, mode: 0o644, owner: 0, group: 0, modified: 0, byteCount: UInt64(text.count))
        try tar.begin(member)
        try gzip.write(text)
        try tar.pad(member.byteCount)
        try gzip.finish()
        try Self.copy(packed) { try file.write($0) }
        result.byteCount = file.byteCount
        try file.commit()
    }

    private static func copy(_ file: AtomicFile, to sink: ([UInt8]) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var offset: UInt64 = 0
        while true {
            let got = try buffer.withUnsafeMutableBytes { try file.read(at: offset, into: $0) }
            if got == 0 { return }
            try sink(Array(buffer[..<got]))
            offset += UInt64(got)
        }
    }

    /// One member; what cannot be read is a loss and not the end.
    private mutating func save(_ path: String, group: String?, isFolder: Bool, _ tar: TarWriter) throws {
        let found: Found
        do throws(SystemError) {
            found = try look(path)
        } catch {
            // What lies behind a link is told file by file; ELOOP and ENOTDIR come from a link in the path.
            if isFolder, group == nil { return }
            return result.losses.append(
                error.errno == 40 || error.errno == 20 ? .behindLink(path) : .unreadable(path, errno: error.errno))
        }
        switch found {
        case .folder(let status): if isFolder { try add(path, group: nil, .folder, status, tar) }
        // Of a link that stands for a folder only the link is saved; what lies behind it is told as lost.
        case .link(let status, let target): if group != nil { try add(path, group: group, .link, status, tar, target: target) }
        case .file(let status, let file):
            if status.byteCount > left { return result.losses.append(.tooLarge(path, bytes: status.byteCount)) }
            try saveFile(file, path, group, status, tar)
        case .other: result.losses.append(.noFile(path))
        }
    }

    private enum Found {
        case folder(FileStatus), link(FileStatus, String), file(FileStatus, OpenFile), other
    }

    /// No link is followed, so that nothing outside of the root is read.
    private func look(_ path: String) throws(SystemError) -> Found {
        let (folder, name) = splitPath(path)
        let parent = folder == "." ? root.folder : try root.folder.beneath(Array(folder.utf8))
        let status = try parent.status(of: Array(name.utf8))
        switch status.kind {
        case .directory: return .folder(status)
        case .link: return .link(status, String(decoding: try parent.linkTarget(of: Array(name.utf8)), as: UTF8.self))
        case .regular:
            let file = try OpenFile.forReading(Array(name.utf8), in: parent)
            return .file(try file.status(), file)
        case .other: return .other
        }
    }

    /// Read once into a file beside the archive, so that its length is known before it is announced.
    private mutating func saveFile(_ file: OpenFile, _ path: String, _ group: String?, _ status: FileStatus, _ tar: TarWriter) throws {
        let spool = try AtomicFile(output + ".file", calls: calls)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var hasher = SHA256()
        var failure: SystemError?
        // A file that grows while it is read (a log) is saved as long as it was.
        while spool.byteCount < status.byteCount {
            let wanted = Int(min(UInt64(buffer.count), status.byteCount - spool.byteCount))
            var got = 0
            do {
                got = try buffer.withUnsafeMutableBytes {
                    try file.read(at: spool.byteCount, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]))
                }
            } catch let error as SystemError {
                failure = error
            }
            if got == 0 { break }
            bytesRead &+= UInt64(got)
            buffer[..<got].withUnsafeBytes { hasher.update(bufferPointer: $0) }
            try spool.write(Array(buffer[..<got]))
        }
        if let failure, spool.byteCount == 0 { return result.losses.append(.unreadable(path, errno: failure.errno)) }
        let isCut = spool.byteCount < status.byteCount
        if isCut { result.losses.append(.cut(path, at: spool.byteCount, errno: failure?.errno ?? 0)) }
        if status.mode & 0o6000 != 0 { result.losses.append(.privileged(path)) }
        left -= min(left, spool.byteCount + 2048)
        try spool.flush()
        var member = status
        member.byteCount = spool.byteCount
        member.mode &= 0o1777
        try add(path, group: group, .file, member, tar, sha256: hasher.finalize().hexadecimal, lostFrom: isCut ? spool.byteCount : nil)
        try Self.copy(spool, to: tar.sink)
        try tar.pad(spool.byteCount)
    }

    private mutating func add(
        _ path: String, group: String?, _ kind: ArchiveManifest.Member.Kind, _ status: FileStatus, _ tar: TarWriter, target: String = "",
        sha256: String? = nil, lostFrom: UInt64? = nil
    ) throws {
        let second: Int64 = 1_000_000_000
        let seconds = status.modified / second - (status.modified % second < 0 ? 1 : 0)
        let member = TarMember(
            path: kind == .folder ? path + "/" : path, kind: kind == .folder ? .folder : kind == .link ? .link : .file, mode: status.mode,
            owner: status.owner, group: status.group, modified: seconds, nanoseconds: status.modified - seconds * second,
            byteCount: kind == .file ? status.byteCount : 0, target: target)
        result.manifest.members.append(
            .init(
                path: path, group: group, kind: kind, sizeBytes: member.byteCount, mode: member.mode, uid: member.owner, gid: member.group,
                mtimeSeconds: member.modified, mtimeNanoseconds: member.nanoseconds, sha256: sha256,
                target: kind == .link ? target : nil, lostFromByte: lostFrom))
        try tar.begin(member)
    }
}
