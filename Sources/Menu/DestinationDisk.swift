import BlockDevices
import LinuxSystem
import Mounting
import Recovery

/// A technician's own disk, made writable and mounted; and given back.
enum DestinationDisk {
    enum Failure: Error {
        /// At the moment of use it was another volume than the one that was chosen.
        case changed(expected: String?, found: String?)
        case refused(String)
        /// It can be read and not written to; what the tool said of it.
        case readOnly(String)
    }

    static func mount(
        _ candidate: Destination.Candidate, calls: DiskCalls = .live, mounts: () -> [Mount] = { Mount.all() },
        note: (String, LedgerEntry.State) throws -> Void
    ) throws -> Destination {
        let volume = candidate.volume
        let found = try identity(volume)
        guard found == volume.uuid else { throw Failure.changed(expected: volume.uuid, found: found) }
        let destination = Destination(
            kind: .disk, name: [volume.path, volume.label].compactMap { $0 }.joined(separator: "  "), uuid: volume.uuid,
            plugIn: Mount.plugIn(of: volume.path), folder: Destination.diskPlace)
        let act = "destination \(volume.path) (\(volume.uuid ?? "?"), \(candidate.disk.identity ?? "?")) on \(destination.folder)"
        try note(act, .intended)
        do {
            try setWritable(candidate, calls)
            try makeFolders(destination.folder)
            try clear(destination.folder, calls, mounts())
            let said: String
            switch attempt(volume, at: destination.folder, calls) {
            case .success(let answer):
                said = answer.complaint.isEmpty ? answer.output : answer.complaint
                guard answer.status == 0 else { throw said.contains("write-protected") ? Failure.readOnly(said) : .refused(said) }
            case .failure(let error): throw SystemError(call: "mount", errno: error.value, path: volume.path)
            }
            // A protected card, a hibernated Windows: mounted all the same, for reading, and no error.
            guard destination.mount(among: mounts())?.isReadOnly == false else {
                _ = calls.runTool("umount", [destination.folder])
                throw Failure.readOnly(said)
            }
        } catch {
            try? note(act, .failed)
            throw error
        }
        try note(act, .done)
        return destination
    }

    /// What is left there: of a disk that was pulled out, or of a menu that ended. Nothing can be written out to a dead one.
    static func clear(_ place: String, _ calls: DiskCalls = .live, _ mounts: [Mount] = Mount.all()) throws {
        for mount in mounts.reversed() where mount.mountPoint == place {
            switch calls.runTool("umount", mount.hasItsDisk(nil) ? [place] : ["-l", place]) {
            case .success(let answer) where answer.status == 0: break
            case .success(let answer): throw Failure.refused(answer.complaint)
            case .failure(let error): throw SystemError(call: "umount", errno: error.value, path: place)
            }
        }
    }

    /// NTFS has no driver in Debian's kernel that writes; its program does.
    private static func attempt(_ volume: Volume, at place: String, _ calls: DiskCalls) -> Result<DiskTool.Answer, Errno> {
        volume.content.type == "ntfs"
            ? calls.runTool("ntfs-3g", ["-o", "noatime", volume.path, place])
            : calls.runTool("mount", ["-w", "-t", volume.content.type ?? "auto", "-o", "noatime,nosuid,nodev", volume.path, place])
    }

    private static func identity(_ volume: Volume) throws -> String? {
        let file = try OpenFile.forReading(path: volume.path)
        return SignatureProbe.look(at: file, byteCount: try file.rawMedium()?.byteCount ?? 0).content.uuid
    }

    /// The stick's rules set every disk read-only, again and again; its script keeps those that were let off.
    private static func setWritable(_ candidate: Destination.Candidate, _ calls: DiskCalls) throws {
        if StickTool.isThere {
            let answer = DiskTool.run(at: StickTool.path, ["allow", candidate.disk.path], seconds: 30)
            guard case .success(let said) = answer, said.status == 0 else {
                throw Failure.refused((try? answer.get().complaint) ?? "allow")
            }
            return
        }
        for path in [candidate.disk.path, candidate.volume.path] {
            let device = try OpenFile.forReading(path: path)
            guard case .success(true) = calls.isReadOnly(device.descriptor) else { continue }
            if case .failure(let error) = calls.setReadOnly(device.descriptor, false) {
                throw SystemError(call: "ioctl", errno: error.value, path: path)
            }
        }
    }
}
