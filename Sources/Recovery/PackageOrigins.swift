import BlockDevices

/// Packages that the release did not bring: what makes an upgrade's scripts meet a state they do not expect.
public struct PackageOrigins: Sendable, Equatable {
    /// By name; those that a profile's product brought are not foreign.
    public var foreign: [String] = []
    /// Held back by somebody: an upgrade leaves them as they are.
    public var held: [String] = []

    /// `known`: what stands in the `Maintainer` field of the release's own packages.
    init(status text: String, known: [String], isProducts: (String) -> Bool) {
        var name: Substring = ""
        var status: Substring = ""
        var maintainer: Substring = ""
        // An empty line ends each paragraph, the last one too.
        for line in (text + "\n\n").split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("Package: ") {
                name = line.dropFirst(9)
            } else if line.hasPrefix("Status: ") {
                status = line.dropFirst(8)
            } else if line.hasPrefix("Maintainer: ") {
                maintainer = line.dropFirst(12)
            } else if line.isEmpty, !name.isEmpty {
                if status.hasPrefix("hold ") { held.append(String(name)) }
                if status.hasSuffix(" installed"), !isProducts(String(name)), !known.contains(where: { maintainer.contains($0) }) {
                    foreign.append(String(name))
                }
                (name, status, maintainer) = ("", "", "")
            }
        }
    }
}
