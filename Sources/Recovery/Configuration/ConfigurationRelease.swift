import Crypto
import LinuxSystem
import Mounting
import Recordings

extension Session {
    /// Where this session reads only: nothing is restored there. A volume that was mounted for writing by name is meant to be written.
    public var sources: [String] { liveMounts().filter { $0.mode != .readWrite }.map(\.place) }
}

/// A vendor's backup is not ours to unpack: its layout is not public. It is kept sealed in the session until the data volumes
/// are mounted, and then handed over as a file for the server's own reload page.
extension Session {
    /// A copy that nobody needs to write to, under a name that says which one it is.
    public func seal(_ archive: ConfigurationArchive, calls: SystemCalls = .live) throws -> String {
        let folder = ledger.folder + "/sealed"
        let path = folder + "/" + archive.sha256.prefix(16) + "-" + splitPath(archive.path).name
        do throws(SystemError) {
            try makeFolders(folder, calls: calls)
            if let there = try? OpenFile.forReading(path: path), try ConfigurationArchive.hash(there).0 == archive.sha256 { return path }
        } catch { throw RecoveryError.sessionFailed(error) }
        try ConfigurationRestore.copy(archive.file, as: archive, to: path, replacing: true, calls: calls)
        return path
    }
}

extension ConfigurationRestore {
    /// Hands the sealed copy over: to `output`, or into the target's `root` folder. Returns where it is.
    public func release(
        _ proof: borrowing MountedDataVolumes, sealed: String, output: String?, besides places: [String] = []
    ) throws -> String {
        let sources = places + proof.volumes.map(\.place)
        let file: OpenFile
        do throws(SystemError) { file = try OpenFile.forReading(path: sealed) } catch { throw RecoveryError.sessionFailed(error) }
        if let output {
            for place in sources {
                guard let status = try? FileStatus.of(path: place) else { continue }
                try DestinationGuard.check(output, against: [(path: place, device: status.device)])
            }
            try Self.copy(file, as: archive, to: output, replacing: false, calls: calls)
            return output
        }
        try Self.check(tree, against: sources)
        let name = splitPath(archive.path).name
        let path = "root/" + name
        let there = try tree.state(path)
        if there.kind == .file, try ConfigurationArchive.hash(tree.file(path)).0 == archive.sha256 { return root + "/" + path }
        guard there.kind == .absent else { throw SystemError(call: "create", errno: 17, path: root + "/" + path) }
        let temporary = "." + name + ".camtrace-rescue.partial"
        try tree.remove("root/" + temporary)
        try tree.write(path, .ownersFile(), temporary: temporary) { try Self.copy(file, as: archive, to: $0) }
        return root + "/" + path
    }

    fileprivate static func copy(
        _ file: OpenFile, as archive: ConfigurationArchive, to path: String, replacing: Bool, calls: SystemCalls
    ) throws {
        var ownersOnly = calls
        ownersOnly.open = { calls.open($0, $1, $2, $3 & 0o600) }
        let target = try AtomicFile(path, replacing: replacing, calls: ownersOnly)
        try copy(file, as: archive) { try target.write($0) }
        try target.commit()
    }

    /// What is copied is what was verified, or nothing is.
    private static func copy(_ file: OpenFile, as archive: ConfigurationArchive, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var hasher = SHA256()
        try file.copy { bytes in
            hasher.update(bufferPointer: bytes)
            try sink(bytes)
        }
        guard hasher.finalize().hexadecimal == archive.sha256 else { throw RestoreError.archiveChanged(path: archive.path) }
    }
}
