import BlockDevices
import Foundation
import Glibc
import LinuxSystem
import Recordings
import Recovery

/// The precautions of the migration note, as far as a disk tells: what to mend before a server is migrated.
public struct MigrationCheck: Sendable {
    public enum Verdict: String, Sendable {
        case good, warning, bad, unknown
    }

    /// Each is one precaution, in the order in which they would be mended.
    public enum Finding: Sendable, Equatable {
        case version(String?, wanted: [String], isConfirmed: Bool)
        case release(String?, wanted: String)
        case state(InstalledSystem.State)
        case packages(unfinished: [String], pendingUpdates: Int)
        case noPackages
        case foreignPackages([String])
        case heldPackages([String])
        case freeSpace(UInt64?, wanted: UInt64)
        /// The system's volume holds recordings too: a reinstallation would lose their index.
        case layout(isShared: Bool, dataPlaces: [String])
        /// The newest configuration backup and its age in days.
        case backup(path: String?, days: Int)
        case protected(count: Int, exported: Int)
        case protectedUnknown
        case health(disk: String, Health)
    }

    public var findings: [(finding: Finding, verdict: Verdict)] = []

    public var isReady: Bool { findings.allSatisfy { $0.verdict == .good } }

    /// `root`: the server's system, mounted or running. `index`: of its recordings, if there is one; `exported`: folders that
    /// `extract` filled, whose manifests tell which protected recordings are safe elsewhere.
    ///
    /// Throws `RecoveryError.noSystem` where `root` holds none, and what the index's reader throws.
    public init(root path: String, profile: ProductProfile, index: String?, exported: [String], backup: String?, now: Date = Date()) throws
    {
        let root: VolumeRoot
        do throws(SystemError) { root = try VolumeRoot(path: path) } catch { throw RecoveryError.sourceMissing(path: path, cause: error) }
        guard let system = InstalledSystem(root, profiles: [profile]) else { throw RecoveryError.noSystem(root: path) }
        let version = system.product?.version
        let wanted = profile.migratesFrom ?? []
        add(
            .version(version, wanted: wanted, isConfirmed: system.product?.isConfirmed ?? false),
            version.map { wanted.contains($0) ? .good : .bad } ?? .unknown)
        if let path = profile.upgradePath {
            let isBefore = path.before.matches(codename: system.distribution?.codename, version: system.distribution?.version)
            add(
                .release(
                    system.distribution.map { $0.name + ($0.otherVersion.map { ", lsb-release \($0)" } ?? "") }, wanted: path.before.version
                ),
                system.distribution == nil ? .unknown : isBefore && system.distribution?.otherVersion == nil ? .good : .bad)
        }
        add(.state(system.state), system.state == .intact ? .good : system.state == .unknown ? .unknown : .bad)
        checkPackages(root, system, profile)
        checkSpace(path, profile)
        try checkLayout(root)
        checkBackup(root, path, profile, given: backup, now)
        try checkProtected(index, exported)
        checkHealth(path)
    }

    private mutating func add(_ finding: Finding, _ verdict: Verdict) { findings.append((finding, verdict)) }

    private mutating func checkPackages(_ root: VolumeRoot, _ system: InstalledSystem, _ profile: ProductProfile) {
        guard let packages = system.packages else { return add(.noPackages, .unknown) }
        add(
            .packages(unfinished: packages.unfinished.map(\.name), pendingUpdates: packages.pendingUpdates), packages.isClean ? .good : .bad
        )
        let origins = packageOrigins(root, profile)
        add(.foreignPackages(origins.foreign), origins.foreign.isEmpty ? .good : .warning)
        if !origins.held.isEmpty { add(.heldPackages(origins.held), .warning) }
    }

    private func packageOrigins(_ root: VolumeRoot, _ profile: ProductProfile) -> PackageOrigins {
        profile.origins(ofPackagesIn: root.text("var/lib/dpkg/status", limit: 64 << 20) ?? "")
    }

    private mutating func checkSpace(_ path: String, _ profile: ProductProfile) {
        var space = statvfs()
        let free = statvfs(path, &space) == 0 ? UInt64(space.f_bavail) &* UInt64(space.f_frsize) : nil
        let wanted = profile.freeBytesWanted ?? 0
        add(.freeSpace(free, wanted: wanted), free.map { $0 >= wanted ? .good : .bad } ?? .unknown)
    }

    private mutating func checkLayout(_ root: VolumeRoot) throws {
        let sample = try RecordingSample.take(below: root.folder, skippingSystem: true)
        let places = root.text("etc/fstab").map { text in
            text.split(separator: "\n").compactMap { line -> String? in
                let fields = line.split(whereSeparator: \.isWhitespace)
                guard fields.count >= 3, !fields[0].hasPrefix("#"), !["/", "/boot", "/boot/efi", "none", "swap"].contains(fields[1]) else {
                    return nil
                }
                return ["proc", "tmpfs", "swap", "sysfs", "devpts", "nfs", "cifs"].contains(fields[2]) ? nil : String(fields[1])
            }
        }
        let isShared = sample.videos >= 3
        add(.layout(isShared: isShared, dataPlaces: places ?? []), isShared ? .warning : places?.isEmpty ?? true ? .unknown : .good)
    }

    private mutating func checkBackup(_ root: VolumeRoot, _ path: String, _ profile: ProductProfile, given: String?, _ now: Date) {
        var newest: (path: String, modified: Int64)?
        func consider(_ name: String, _ status: FileStatus?) {
            guard let status, status.kind == .regular, status.byteCount > 0, status.modified > newest?.modified ?? 0 else { return }
            newest = (name, status.modified)
        }
        if let given {
            consider(given, try? FileStatus.of(path: given))
        } else {
            for file in PathGlob.files(profile.backups ?? [], in: root, limit: 256) {
                consider(file, try? root.folder.inRoot(file).status())
            }
        }
        guard let newest else { return add(.backup(path: nil, days: 0), .bad) }
        let days = max(0, Int((now.timeIntervalSince1970 - Double(newest.modified) / 1e9) / 86_400))
        add(.backup(path: newest.path, days: days), days <= Self.freshDays ? .good : .warning)
    }

    /// The note asks for a backup before the migration; one of last week may lack a camera, and is worth a word.
    private static let freshDays = 7

    private mutating func checkProtected(_ index: String?, _ exported: [String]) throws {
        guard let index else { return add(.protectedUnknown, .unknown) }
        let reader = try IndexReader(path: index)
        var safe: Set<String> = []
        for folder in exported {
            guard let bytes = try? OpenFile.forReading(path: folder + "/manifest.json").readAll(limit: 256 << 20),
                let manifest = try? JSONDecoder().decode(ExportManifest.self, from: Data(bytes))
            else { throw RecoveryError.noExport(path: folder) }
            safe.formUnion(manifest.clips.flatMap(\.sources).map(\.path))
        }
        var count = 0
        var done = 0
        try reader.forEachSegment(.init(protectedOnly: true)) { segment in
            count += 1
            if safe.contains(segment.path.text) { done += 1 }
        }
        // Where no name shows what is protected, an index that holds nothing protected proves nothing.
        add(.protected(count: count, exported: done), count == 0 ? .unknown : count == done ? .good : .bad)
    }

    /// The part of `manifest.json` that tells what was taken out.
    private struct ExportManifest: Decodable {
        struct Clip: Decodable { var sources: [Source] }
        struct Source: Decodable { var path: String }
        var clips: [Clip]
    }

    /// Of the disks below the system's volume, where it is a mounted one.
    private mutating func checkHealth(_ path: String) {
        guard let device = try? FileStatus.of(path: path).device,
            let mount = Mount.holding(device: device, path: resolvedPath(path) ?? path, among: Mount.all())
        else { return }
        let machine = Inventory.machine()
        guard let volume = machine.allVolumes.first(where: { $0.mountPoints.contains(mount.mountPoint) }) else { return }
        for disk in machine.disks(below: volume) where disk.bus != "virtio" && disk.bus != "loop" {
            let health = SmartHealth.ask(disk.path)
            let verdict: Verdict =
                switch health.state {
                case .good: .good
                case .worn: .warning
                case .failing: .bad
                case .unknown: .unknown
                }
            add(.health(disk: disk.path, health), verdict)
        }
    }
}
