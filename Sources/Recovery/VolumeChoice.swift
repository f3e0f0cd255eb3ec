import BlockDevices
import LinuxSystem

extension MachineSurvey {
    /// The volumes that a person names: by the path of a device, a disk (all file systems on it), an image, a part of an
    /// image (`disk.img#2`), or by a UUID.
    ///
    /// Throws `RecoveryError.noSuchVolume`.
    public func volumes(named names: [String]) throws(RecoveryError) -> [Volume] {
        var chosen: [Volume] = []
        for name in names {
            let path = resolvedPath(name) ?? Self.resolvedPart(name) ?? name
            var found = machine.allVolumes.filter { $0.path == path || $0.uuid?.lowercased() == name.lowercased() }
            if found.isEmpty, let disk = machine.disks.first(where: { $0.path == path }) {
                found = disk.partitions.filter { $0.content.kind == .filesystem }
            }
            // A member stands for what was made of it.
            found = found.flatMap { volume in
                let above = volume.content.kind == .filesystem ? [] : machine.filesystems(above: volume.path)
                return above.isEmpty ? [volume] : above
            }
            guard !found.isEmpty else { throw RecoveryError.noSuchVolume(name) }
            for volume in found where !chosen.contains(volume) { chosen.append(volume) }
        }
        return chosen
    }

    /// What `--all` means: every volume that holds recordings or a system, and those whose content only a replayed log would show.
    /// What the running system itself lives on is not touched.
    public var volumesToRescue: [Volume] {
        facts { facts in
            switch facts.role {
            case .data, .system, .systemAndData: true
            case .unknown: facts.volume.content.kind == .filesystem
            default: false
            }
        }.map(\.volume).filter { volume in !volume.mountPoints.contains { ["/", "/usr", "/boot"].contains($0) } }
    }

    private static func resolvedPart(_ name: String) -> String? {
        guard let hash = name.lastIndex(of: "#"), let image = resolvedPath(String(name[..<hash])) else { return nil }
        return image + name[hash...]
    }
}
