import BlockDevices

/// A Linux system found on a volume, and which recorder it is, as far as its files tell.
public struct InstalledSystem: Sendable, Equatable {
    public enum State: String, Sendable {
        /// As it was before any migration.
        case intact
        case migrationInterrupted = "migration-interrupted"
        case migrated
        case unknown
    }

    public var distribution: Distribution?
    public var packages: PackageState?
    /// Names that apt's sources give to releases: two of them are a migration under way.
    public var aptReleases: [String] = []
    /// Versions of kernels in `/boot`, and of those the ones that have no modules.
    public var kernels: [String] = []
    public var kernelsWithoutModules: [String] = []
    /// `/var/log/dist-upgrade` holds the logs of a release upgrade.
    public var hasUpgradeLog = false
    /// What the profile of a product found; nil where none fits.
    public var product: ProductFinding?
    public var state = State.unknown
    public var evidence: [SystemEvidence] = []

    public init() {}

    /// It says what it is, and that is no release of the recorder's: a technician's own system, say.
    public var isForeign: Bool {
        product == nil && distribution != nil && evidence.contains { if case .releaseNotInProfile = $0 { true } else { false } }
    }

    /// Nil where the volume holds no Linux system: a system has users and a package database or an init.
    public init?(_ root: VolumeRoot, profiles: [ProductProfile]) {
        guard root.exists("etc/passwd"),
            root.exists("var/lib/dpkg/status") || root.exists("sbin/init") || root.exists("usr/lib/systemd/systemd")
        else { return nil }
        distribution = Distribution(root)
        packages = PackageState(root) { name in profiles.contains { $0.watches(package: name) } }
        aptReleases = Self.releases(root)
        let inBoot = root.entries("boot").map { String(decoding: $0.name, as: UTF8.self) }
        kernels = inBoot.filter { $0.hasPrefix("vmlinuz-") }.map { String($0.dropFirst(8)) }.sorted()
        let modules = Set((root.entries("lib/modules") + root.entries("usr/lib/modules")).map { String(decoding: $0.name, as: UTF8.self) })
        kernelsWithoutModules = kernels.filter { !modules.contains($0) }
        hasUpgradeLog = !root.entries("var/log/dist-upgrade").isEmpty
        for profile in profiles where product == nil { product = profile.find(in: root, distribution: distribution, packages: packages) }
        judge(profiles)
    }

    /// The release names in apt's one-line sources: `deb URI trusty-updates main`.
    static func releases(_ root: VolumeRoot) -> [String] {
        let folder = "etc/apt/sources.list.d"
        let files =
            ["etc/apt/sources.list"]
            + root.entries(folder).map { folder + "/" + String(decoding: $0.name, as: UTF8.self) }.filter { $0.hasSuffix(".list") }.sorted()
        var found: [String] = []
        for file in files {
            for line in (root.text(file, limit: 1 << 20) ?? "").split(whereSeparator: \.isNewline) {
                var words = line.split(whereSeparator: \.isWhitespace)
                guard words.first == "deb" || words.first == "deb-src" else { continue }
                words.removeFirst()
                while let word = words.first, !word.contains(":/"), !word.hasPrefix("cdrom:") { words.removeFirst() }
                // A disc's name has blanks: cdrom:[Ubuntu 14.04 LTS]/
                if words.first?.hasPrefix("cdrom:[") == true { while let word = words.first, !word.contains("]") { words.removeFirst() } }
                guard words.count > 1 else { continue }
                let name = String(words[1].prefix { $0 != "-" && $0 != "/" })
                if !name.isEmpty, name != ".", !found.contains(name) { found.append(name) }
            }
        }
        return found
    }

    /// What the files say together. A profile says which release comes before and which after.
    private mutating func judge(_ profiles: [ProductProfile]) {
        guard
            let path = profiles.lazy.compactMap({ $0.upgradePath }).first(where: { path in
                path.contains(codename: distribution?.codename, version: distribution?.version)
            })
        else {
            evidence.append(.releaseNotInProfile(distribution?.name))
            if let packages, !packages.isClean { note(packages) }
            return
        }
        var signs = 0
        let isAfter = path.after.matches(codename: distribution?.codename, version: distribution?.version)
        evidence.append(.release(distribution?.name ?? "?"))
        if let other = distribution?.otherVersion {
            evidence.append(.releaseFilesDisagree(distribution?.version ?? "?", other))
            signs += 1
        }
        if let packages, !packages.isClean {
            note(packages)
            signs += 1
        }
        let sources = aptReleases.filter { [path.before.codename, path.after.codename].contains($0) }
        if sources.contains(path.before.codename), sources.contains(path.after.codename) {
            evidence.append(.mixedSources(sources))
            signs += 1
        } else if let only = sources.first, only != (isAfter ? path.after : path.before).codename {
            evidence.append(.sourcesOfAnother(only))
            signs += 1
        }
        if let library = packages?.versions["libc6"] {
            let told = [path.before, path.after].first { library.hasPrefix($0.library + "-") || library.hasPrefix($0.library + "~") }
            if let told, told != (isAfter ? path.after : path.before) {
                evidence.append(.libraryOfAnother(library, told.codename))
                signs += 1
            }
        }
        // The system below was upgraded, and the power went before the product was: or the other way round.
        let release = isAfter ? path.after : path.before
        let isHalfway = product?.version.map { $0.prefix { $0 != "." } != release.generation } ?? false
        if isHalfway, let version = product?.version {
            evidence.append(.productOfAnother(version, distribution?.name ?? release.codename))
            signs += 1
        }
        if !kernels.isEmpty, kernelsWithoutModules.count == kernels.count {
            evidence.append(.kernelsWithoutModules(kernelsWithoutModules))
            signs += 1
        }
        if hasUpgradeLog, !isAfter {
            evidence.append(.upgradeLog)
            signs += 1
        }
        if let product, !product.leftovers.isEmpty { evidence.append(.leftovers(product.leftovers)) }
        // A package that somebody left half-configured is no migration; with any other sign it is.
        let otherSigns =
            signs > 1
            || !(packages?.isClean ?? true) && (hasUpgradeLog || packages?.pendingUpdates ?? 0 > 0 || !(product?.leftovers.isEmpty ?? true))
        if signs == 0 {
            state = isAfter ? .migrated : .intact
        } else if otherSigns || isHalfway || sources.count > 1 {
            state = .migrationInterrupted
        } else {
            state = .unknown
        }
        if packages == nil {
            state = .unknown
            evidence.append(.noPackageDatabase)
        }
    }

    private mutating func note(_ packages: PackageState) {
        if !packages.unfinished.isEmpty {
            evidence.append(
                .unfinishedPackages(packages.unfinished.count, example: packages.unfinished[0].name, state: packages.unfinished[0].state))
        }
        if packages.pendingUpdates > 0 { evidence.append(.pendingUpdates(packages.pendingUpdates)) }
    }
}

/// Why a system is thought to be what it is.
public enum SystemEvidence: Sendable, Equatable {
    case release(String)
    case releaseNotInProfile(String?)
    case releaseFilesDisagree(String, String)
    case unfinishedPackages(Int, example: String, state: String)
    case pendingUpdates(Int)
    case mixedSources([String])
    case sourcesOfAnother(String)
    case libraryOfAnother(String, String)
    case productOfAnother(String, String)
    case kernelsWithoutModules([String])
    case upgradeLog
    case leftovers([String])
    case noPackageDatabase
}
