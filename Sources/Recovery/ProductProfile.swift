import BlockDevices
import Foundation
import LinuxSystem

/// What is known of a product's traces on a disk: data, not code. A site with a server at hand corrects the file.
public struct ProductProfile: Sendable, Codable, Equatable {
    public var product: String
    /// Whether somebody compared this profile with a real server.
    public var isConfirmed: Bool
    /// Installed packages of such names give the version.
    public var packagePrefixes: [String]
    /// Files that may state the version: `*` stands for any run of characters but `/`.
    public var versionFiles: [String]
    /// Folders and name prefixes of archives that an update leaves.
    public var leftoverFolders: [String]
    public var leftoverPrefixes: [String]
    /// The releases of the system below, in order: a product's version begins with the generation.
    public var releases: [Release]
    /// Versions from which the product may be migrated.
    public var migratesFrom: [String]?
    /// What stands in the `Maintainer` field of the release's own packages.
    public var maintainers: [String]?
    /// Free space that an upgrade of the system needs, in bytes.
    public var freeBytesWanted: UInt64?
    /// Where backups of the configuration may lie.
    public var backups: [String]?
    /// Where the configuration may lie; for `config capture`.
    public var configuration: [ConfigurationPart]

    public struct Release: Sendable, Codable, Equatable {
        public var generation: String
        public var distribution: String
        public var version: String
        public var codename: String
        /// The C library's version in it: libc6's packages tell what a system really runs.
        public var library: String

        public func matches(codename: String?, version: String?) -> Bool { codename == self.codename || version == self.version }
    }

    public struct ConfigurationPart: Sendable, Codable, Equatable {
        /// Applied in this order: identity, storage, index, cameras, services.
        public var group: String
        public var globs: [String]
    }

    public struct UpgradePath: Sendable, Equatable {
        public var before: Release
        public var after: Release

        public func contains(codename: String?, version: String?) -> Bool {
            before.matches(codename: codename, version: version) || after.matches(codename: codename, version: version)
        }
    }

    public var upgradePath: UpgradePath? {
        guard releases.count >= 2 else { return nil }
        return UpgradePath(before: releases[releases.count - 2], after: releases[releases.count - 1])
    }

    /// Throws what the decoder says.
    public init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(ProductProfile.self, from: Data(json))
    }

    public func watches(package name: String) -> Bool { name == "libc6" || packagePrefixes.contains { name.hasPrefix($0) } }

    public func origins(ofPackagesIn status: String) -> PackageOrigins {
        PackageOrigins(status: status, known: maintainers ?? []) { name in packagePrefixes.contains { name.hasPrefix($0) } }
    }

    /// Nil where no trace of the product is found.
    public func find(in root: VolumeRoot, distribution: Distribution?, packages: PackageState?) -> ProductFinding? {
        var finding = ProductFinding(product: product, isConfirmed: isConfirmed)
        let generation = releases.first { $0.matches(codename: distribution?.codename, version: distribution?.version) }?.generation
        for (name, version) in (packages?.versions ?? [:]).sorted(by: { $0.key < $1.key })
        where packagePrefixes.contains(where: { name.hasPrefix($0) }) {
            finding.add(version: full(version, generation), from: "dpkg, \(name)")
        }
        for file in PathGlob.files(versionFiles, in: root, limit: 64) {
            guard let text = root.text(file, limit: 64 << 10) else { continue }
            finding.traces.append(file)
            finding.add(version: full(text, generation), from: file)
        }
        for folder in leftoverFolders {
            for file in PathGlob.files(leftoverPrefixes.map { folder + "/" + $0 + "*" }, in: root, limit: 64) {
                finding.leftovers.append(file)
            }
        }
        return finding.version == nil && finding.traces.isEmpty && finding.leftovers.isEmpty ? nil : finding
    }

    /// The first run of three or four dotted numbers; three are the product's part, which the release completes.
    func full(_ text: String, _ generation: String?) -> String? {
        let lines = text.split(whereSeparator: \.isNewline)
        for line in lines where lines.count == 1 || states(version: line) {
            for numbers in Self.dottedNumbers(String(line)) {
                let parts = numbers.split(separator: ".")
                if parts.count == 4, releases.contains(where: { $0.generation == parts[0] }) { return numbers }
                if parts.count == 3, let generation { return generation + "." + numbers }
            }
        }
        return nil
    }

    /// Settings hold addresses too, and 8.8.8.8 is no version: among other lines one must say what it is.
    private func states(version line: Substring) -> Bool {
        let line = line.lowercased()
        return line.contains("version") || line.contains("release") || line.contains(product.lowercased())
    }

    static func dottedNumbers(_ text: String) -> [String] {
        text.split { !$0.isASCII || !($0.isNumber || $0 == ".") }.map { String($0).trimmingCharacters(in: CharacterSet(charactersIn: ".")) }
            .filter { run in run.contains(".") && !run.contains("..") && run.utf8.count <= 32 }
    }
}

/// What a profile found on a volume.
public struct ProductFinding: Sendable, Equatable {
    public var product: String
    public var isConfirmed: Bool
    /// "7.14.0.3"; nil where no file says it, or two contradict each other.
    public var version: String?
    /// Where each version was read.
    public var sources: [(version: String, place: String)] = []
    public var traces: [String] = []
    /// Archives of an update, below the volume's root.
    public var leftovers: [String] = []

    init(product: String, isConfirmed: Bool) {
        self.product = product
        self.isConfirmed = isConfirmed
    }

    mutating func add(version: String?, from place: String) {
        guard let version else { return }
        sources.append((version, place))
        self.version = Set(sources.map(\.version)).count == 1 ? version : nil
    }

    public static func == (left: ProductFinding, right: ProductFinding) -> Bool {
        left.product == right.product && left.version == right.version && left.sources.map(\.place) == right.sources.map(\.place)
            && left.traces == right.traces && left.leftovers == right.leftovers
    }
}
