import BlockDevices

/// Which Linux a system volume holds, as it says itself (os-release(5), lsb-release).
public struct Distribution: Sendable, Equatable {
    /// "ubuntu", "debian".
    public var id: String
    /// "14.04".
    public var version: String?
    /// "trusty".
    public var codename: String?
    /// For a person: "Ubuntu 14.04.6 LTS".
    public var name: String
    /// What lsb-release says where os-release says another: an upgrade replaces one before the other.
    public var otherVersion: String?

    public init(id: String, version: String? = nil, codename: String? = nil, name: String) {
        self.id = id
        self.version = version
        self.codename = codename
        self.name = name
    }

    public init?(_ root: VolumeRoot) {
        let lsb = root.text("etc/lsb-release", limit: 64 << 10).map(Self.assignments) ?? [:]
        let os =
            (root.text("etc/os-release", limit: 64 << 10) ?? root.text("usr/lib/os-release", limit: 64 << 10)).map(Self.assignments) ?? [:]
        guard let id = (os["ID"] ?? lsb["DISTRIB_ID"])?.lowercased() else { return nil }
        let version = os["VERSION_ID"] ?? lsb["DISTRIB_RELEASE"]
        self.init(
            id: id, version: version, codename: lsb["DISTRIB_CODENAME"] ?? os["VERSION_CODENAME"] ?? os["UBUNTU_CODENAME"],
            name: os["PRETTY_NAME"] ?? lsb["DISTRIB_DESCRIPTION"] ?? [id, version].compactMap { $0 }.joined(separator: " "))
        if let other = lsb["DISTRIB_RELEASE"], other != version { otherVersion = other }
    }

    /// `NAME=value` or `NAME="value"`, one a line: what both files are, and shell that merely assigns.
    static func assignments(_ text: String) -> [String: String] {
        var result: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals].filter { $0 != " " }
            var value = line[line.index(after: equals)...]
            while value.last == " " { value.removeLast() }
            if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
                value = value.dropFirst().dropLast()
            }
            result[String(key)] = String(value)
        }
        return result
    }
}
