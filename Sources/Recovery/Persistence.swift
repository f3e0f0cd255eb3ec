import BlockDevices
import Foundation
import LinuxSystem
import Mounting

/// Writes the data volumes into the `fstab` of a reinstalled system, so that they are there when it starts.
public enum Persistence {
    public struct Result: Sendable, Equatable {
        public var path: String
        /// The old file; nil where nothing had to change.
        public var kept: String?
        /// Each volume and its place; false: it stood there already.
        public var volumes: [Row]
        /// What is added to the file.
        public var lines: [String] = []

        public struct Row: Sendable, Equatable {
            public var volume: String
            public var place: String
            public var isNew: Bool
        }
    }

    /// `root`: the reinstalled system's root folder. Places are those that a surviving old system gave the same volumes,
    /// else `/mnt/NAME`. With `isDry` nothing is written.
    ///
    /// Throws `RecoveryError.noFstab` where `root` is no system, and the system's error where it cannot be written.
    public static func write(
        _ volumes: [Volume], into root: String, asIn old: [Fstab], isDry: Bool = false, now: Date = Date(), calls: SystemCalls = .live
    ) throws -> Result {
        let path = root + "/etc/fstab"
        guard let file = try? OpenFile.forReading(path: path), let bytes = try? file.readAll() else {
            throw RecoveryError.noFstab(root: root)
        }
        let before = Fstab(text: String(decoding: bytes, as: UTF8.self))
        var after = before
        var result = Result(path: path, volumes: [])
        for volume in volumes where volume.uuid != nil {
            let place = old.lazy.compactMap { $0.place(of: volume) }.first ?? "/mnt/" + MountPlan.name(of: volume)
            if let there = before.place(of: volume) {
                result.volumes.append(.init(volume: volume.path, place: there, isNew: false))
            } else if after.add(volume, at: place) {
                result.volumes.append(.init(volume: volume.path, place: place, isNew: true))
            }
        }
        result.lines = after.text.dropFirst(before.text.count).split(separator: "\n").map(String.init)
        guard after != before, !isDry else { return result }
        let stamp = Ledger.stamp(now).prefix(19).filter { $0 != ":" && $0 != "-" }
        let kept = path + ".before-camtrace-rescue-" + stamp
        let copy = try AtomicFile(kept, replacing: false, calls: calls)
        try copy.write(bytes)
        try copy.commit()
        for row in result.volumes where row.isNew { try makeFolders(root + row.place, calls: calls) }
        let new = try AtomicFile(path, calls: calls)
        try new.write(after.text)
        try new.commit()
        result.kept = kept
        return result
    }
}
