import BlockDevices
import Foundation
import Glibc
import LinuxSystem
import Mounting

/// The work on one machine, from the first look to the last step: its ledger, and what that says must be undone.
public final class Session {
    public let ledger: Ledger

    /// Where a session is kept unless `--session` says otherwise: the stick's own partition, else the user's state folder.
    public static func defaultFolder(environment: [String: String] = ProcessInfo.processInfo.environment, mounts: [Mount] = Mount.all())
        -> String
    {
        if let stick = mounts.last(where: { $0.mountPoint == stickMountPoint }) { return stick.mountPoint + "/session" }
        let state =
            environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? (environment["HOME"] ?? "/root") + "/.local/state"
        return state + "/camtrace-rescue"
    }

    /// The usual folder, if a session has begun there and this user may go on with it.
    public static var begun: String? {
        let folder = defaultFolder()
        return access(folder + "/ledger.jsonl", W_OK) == 0 ? folder : nil
    }

    /// Where the stick mounts the partition that keeps sessions.
    public static let stickMountPoint = "/run/camtrace-rescue/stick"

    /// Opens the session or begins one, and undoes what a killed run left half-way.
    ///
    /// Throws `RecoveryError` before anything else happens where the ledger cannot be written or trusted.
    public init(_ folder: String? = nil, calls: SystemCalls = .live) throws {
        ledger = try Ledger(folder ?? Self.defaultFolder(), calls: calls)
        if ledger.entries.last?.boot != Ledger.boot { try ledger.append(.begin, .done) { $0.text = Self.machineName } }
        try undoKilled()
    }

    /// A session as it stands, to ask it what it would say; nothing is written.
    public init(reading folder: String?) throws {
        ledger = try Ledger(reading: folder ?? Self.defaultFolder())
    }

    /// The recorder's own name for itself tells a person whose session this is.
    private static var machineName: String {
        for path in ["/sys/class/dmi/id/product_uuid", "/etc/machine-id", "/proc/sys/kernel/hostname"] {
            if let bytes = try? OpenFile.forReading(path: path).readAll(limit: 256) {
                let text = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
                if !text.isEmpty { return text }
            }
        }
        return "?"
    }

    // MARK: what was seen

    public func record(_ survey: MachineSurvey) throws {
        let seen = survey.facts(where: \.mayHoldRecordings).map { SeenVolume($0, of: survey.machine) }
        // The same look twice is one line.
        if let last = ledger.entries.last(where: { $0.step == .detect }), last.volumes == seen { return }
        try ledger.append(.detect, .done) { $0.volumes = seen }
    }

    // MARK: mounts

    /// Mounts of this session that are still there, by their places.
    public func liveMounts(_ mounts: [Mount] = Mount.all()) -> [Mounted] {
        history.mounts(in: Ledger.boot).filter { $0.isLive(among: mounts) }
    }

    public func mount(_ plan: consuming MountPlan, calls: DiskCalls = .live) throws -> [MountOutcome] {
        try plan.perform(calls: calls) { event in
            switch event {
            case .intended(let mounted): try ledger.append(.mount, .intended) { $0.mount = mounted }
            case .mounted(let mounted): try ledger.append(.mount, .done) { $0.mount = mounted }
            case .failed(let mounted, let error):
                try ledger.append(.mount, .failed) {
                    $0.mount = mounted
                    $0.text = error.description
                }
            }
        }
    }

    /// Throws the system's error where somebody still works in it.
    public func unmount(_ mounted: Mounted, calls: DiskCalls = .live) throws {
        try ledger.append(.unmount, .intended) { $0.mount = mounted }
        do throws(SystemError) {
            try mounted.unmount(calls: calls)
        } catch {
            try ledger.append(.unmount, .failed) {
                $0.mount = mounted
                $0.text = error.description
            }
            throw error
        }
        try ledger.append(.unmount, .done) { $0.mount = mounted }
        try? lowerWalls(calls)
    }

    /// Disks on which nothing of ours is mounted or assembled any more become as they were found.
    func lowerWalls(_ calls: DiskCalls) throws(SystemError) {
        let inUse = Set(liveMounts().flatMap(\.devices) + assemblies.flatMap(\.devices))
        var walls: [String] = []
        for entry in ledger.entries where entry.boot == Ledger.boot {
            for wall in (entry.mount?.walls ?? []) + (entry.assembly?.walls ?? [])
            where !inUse.contains(wall) && !walls.contains(wall) && access(wall, F_OK) == 0 {
                walls.append(wall)
            }
        }
        try ReadOnlyWall.lower(walls.map(ReadOnlyWall.Change.init), calls: calls)
    }

    /// An act that was announced and never reported: the run was killed in between.
    private func undoKilled() throws {
        var open: [String: LedgerEntry] = [:]
        for entry in ledger.entries where entry.boot == Ledger.boot {
            guard let mounted = entry.mount, entry.step == .mount || entry.step == .unmount else { continue }
            open[mounted.place] = entry.state == .intended ? entry : nil
        }
        for entry in open.values.sorted(by: { $0.number < $1.number }) {
            guard let mounted = entry.mount else { continue }
            try? mounted.unmount()
            try ledger.append(entry.step, entry.step == .mount ? .failed : .done) {
                $0.mount = mounted
                $0.text = "interrupted; undone"
            }
        }
        let assemblies = try undoKilledAssemblies()
        if !open.isEmpty || assemblies { try? lowerWalls(.live) }
    }
}
