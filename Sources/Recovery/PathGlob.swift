import BlockDevices
import LinuxSystem
import Recordings

/// Files of a volume by patterns: `*` is any run of characters but `/`; a last component `**` is everything below.
public enum PathGlob {
    /// At most `limit` regular files, in name order; each once. Patterns come from profiles, names from the disk.
    ///
    /// `unnamed` gets the path, in percent form, of each file or folder that the patterns mean and whose name is no UTF-8.
    public static func files(_ patterns: [String], in root: VolumeRoot, limit: Int, unnamed: (String) -> Void = { _ in }) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        for pattern in patterns {
            let parts = pattern.split(separator: "/").map(String.init)
            var folders = [""]
            for (index, part) in parts.enumerated() {
                let isLast = index == parts.count - 1
                if part == "**" {
                    for folder in folders {
                        below(folder, root, limit: limit, unnamed) { if seen.insert($0).inserted { found.append($0) } }
                    }
                    break
                }
                var next: [String] = []
                for folder in folders where next.count < limit {
                    let entries = part.contains("*") || isLast ? root.entries(folder.isEmpty ? "." : folder) : []
                    if !part.contains("*"), !isLast {
                        next.append(folder.isEmpty ? part : folder + "/" + part)
                        continue
                    }
                    for entry in entries.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
                        guard matches(entry.name, Array(part.utf8)) else { continue }
                        guard let name = String(validating: entry.name, as: UTF8.self) else {
                            unnamed(percentForm(entry.name, in: folder))
                            continue
                        }
                        let path = folder.isEmpty ? name : folder + "/" + name
                        if !isLast {
                            next.append(path)
                        } else if kind(entry, path, root) != .directory, seen.insert(path).inserted {
                            found.append(path)
                        }
                    }
                }
                folders = next
                if found.count >= limit { return Array(found.prefix(limit)) }
            }
        }
        return Array(found.prefix(limit))
    }

    private static func percentForm(_ name: [UInt8], in folder: String) -> String {
        (folder.isEmpty ? "" : folder + "/") + StoredPath(bytes: name).text
    }

    private static func below(
        _ folder: String, _ root: VolumeRoot, limit: Int, _ unnamed: (String) -> Void, _ found: (String) -> Void
    ) {
        var waiting = [folder]
        var count = 0
        var folders = 0
        while let next = waiting.popLast(), count < limit, folders < mostFolders {
            folders += 1
            for entry in root.entries(next.isEmpty ? "." : next).sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
                guard let name = String(validating: entry.name, as: UTF8.self) else {
                    unnamed(percentForm(entry.name, in: next))
                    continue
                }
                let path = next.isEmpty ? name : next + "/" + name
                switch kind(entry, path, root) {
                case .directory: waiting.append(path)
                case .regular:
                    found(path)
                    count += 1
                default: break
                }
            }
        }
    }

    /// A tree of configurations has some hundred folders; a hostile one of empty folders has no end.
    private static let mostFolders = 20_000

    /// XFS of before 2013 (`ftype=0`) does not tell it in the folder.
    private static func kind(_ entry: DirectoryEntry, _ path: String, _ root: VolumeRoot) -> FileStatus.Kind? {
        entry.kind ?? (try? root.folder.inRoot(path).status())?.kind
    }

    /// Whether a pattern names this path; `anywhere`: or its last components, because what lies below a folder of an archive is
    /// still `etc/fstab`.
    static func covers(_ path: String, _ pattern: String, anywhere: Bool = true) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        let wanted = pattern.split(separator: "/").map(String.init)
        // No configuration lies deeper; paths come from archives.
        guard parts.count <= 64 else { return false }
        let isOpen = wanted.last == "**"
        let fixed = isOpen ? wanted.dropLast() : wanted[...]
        return parts.indices.prefix(anywhere ? 64 : 1).contains { start in
            let count = parts.count - start
            guard isOpen ? count > fixed.count : count == fixed.count else { return false }
            return zip(parts[start...], fixed).allSatisfy { matches($0, $1) }
        }
    }

    /// Two pointers instead of recursion: a pattern of many stars costs the product of the lengths, never more.
    static func matches(_ name: String, _ pattern: String) -> Bool { matches(Array(name.utf8), Array(pattern.utf8)) }

    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, in_) = (0, 0)
        var (star, resume) = (-1, 0)
        while at < name.count {
            if in_ < pattern.count, pattern[in_] == 0x2A {
                (star, resume) = (in_, at)
                in_ += 1
            } else if in_ < pattern.count, pattern[in_] == name[at] {
                at += 1
                in_ += 1
            } else if star >= 0 {
                resume += 1
                (at, in_) = (resume, star + 1)
            } else {
                return false
            }
        }
        return pattern[in_...].allSatisfy { $0 == 0x2A }
    }
}
