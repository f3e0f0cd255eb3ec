import BlockDevices

/// What dpkg's own files say about the packages of a system (dpkg(1), "PACKAGE STATES").
public struct PackageState: Sendable, Equatable {
    public var installed = 0
    /// Packages that an installation left half-way, with dpkg's word for it.
    public var unfinished: [Unfinished] = []
    /// dpkg was stopped in the middle: its journal still holds so many entries.
    public var pendingUpdates = 0
    /// Versions of the packages that somebody asked for, by name.
    public var versions: [String: String] = [:]

    public struct Unfinished: Sendable, Equatable {
        public var name: String
        public var state: String
    }

    public var isClean: Bool { unfinished.isEmpty && pendingUpdates == 0 }

    /// Nil where the volume holds no dpkg database. `wanted`: whose versions are kept.
    public init?(_ root: VolumeRoot, wanted: (String) -> Bool) {
        guard let text = root.text("var/lib/dpkg/status", limit: 64 << 20) else { return nil }
        // Updates are files named by four digits, carried out on the next run.
        pendingUpdates = root.entries("var/lib/dpkg/updates").count { $0.name.allSatisfy { (0x30...0x39).contains($0) } }
        read(text, wanted)
    }

    init(status text: String, wanted: (String) -> Bool = { _ in true }) {
        read(text, wanted)
    }

    private mutating func read(_ text: String, _ wanted: (String) -> Bool) {
        var name: Substring = ""
        var status: Substring = ""
        var version: Substring = ""
        func finish(_ result: inout PackageState) {
            defer { (name, status, version) = ("", "", "") }
            guard !name.isEmpty, let state = status.split(separator: " ").last else { return }
            switch state {
            case "installed":
                result.installed += 1
                if wanted(String(name)) { result.versions[String(name)] = String(version) }
            case "not-installed", "config-files": break
            default:
                result.unfinished.append(Unfinished(name: String(name), state: String(state)))
                if wanted(String(name)) { result.versions[String(name)] = String(version) }
            }
        }
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.isEmpty {
                finish(&self)
            } else if line.hasPrefix("Package: ") {
                name = line.dropFirst(9)
            } else if line.hasPrefix("Status: ") {
                status = line.dropFirst(8)
            } else if line.hasPrefix("Version: ") {
                version = line.dropFirst(9)
            }
        }
        finish(&self)
    }
}
