import LinuxSystem

/// Finds files that probably are of the same camera as a broken one, nearest first: what lies beside it, then in the folders that
/// correspond to its own under another hour, day or camera. Whether a file is of the same camera is for its content to show.
struct SiblingSearch {
    /// As many as are worth opening.
    private static let mostFiles = 48
    /// Folders that are looked into for each level.
    private static let mostFolders = 8
    /// Camera, year, month, day and hour are five.
    private static let mostLevels = 5

    /// Paths of at most 48 regular files.
    static func paths(near path: String) -> [String] {
        let (folder, name) = splitPath(path)
        var found = files(in: folder, near: name)
        var parent = folder
        /// The folders from the one that is exchanged down to the file's own.
        var below: [String] = []
        for _ in 0..<mostLevels where found.count < mostFiles {
            let (upper, own) = splitPath(parent)
            guard upper != parent, !own.isEmpty, own != ".", own != ".." else { break }
            for other in nearest(to: own, among: names(in: upper, of: .directory)).prefix(mostFolders) {
                found += files(in: descend(from: upper + "/" + other, along: below), near: name).prefix(mostFiles / mostFolders)
            }
            below.insert(own, at: 0)
            parent = upper
        }
        return Array(found.prefix(mostFiles))
    }

    /// The folder of the same names, or of the nearest ones.
    private static func descend(from folder: String, along names: [String]) -> String {
        var place = folder
        for name in names {
            let folders = Self.names(in: place, of: .directory)
            guard let next = folders.contains(name) ? name : nearest(to: name, among: folders).first else { break }
            place += "/" + next
        }
        return place
    }

    private static func files(in folder: String, near name: String) -> [String] {
        nearest(to: name, among: names(in: folder, of: .regular)).prefix(mostFiles).map { folder + "/" + $0 }
    }

    private static func names(in folder: String, of kind: FileStatus.Kind) -> [String] {
        guard let directory = try? OpenFile.forReading(path: folder) else { return [] }
        return directory.entries().entries.compactMap { entry in
            guard entry.name.first != 0x2E, entry.kind == kind || entry.kind == nil else { return nil }
            return String(validating: entry.name, as: UTF8.self)
        }
    }

    /// Recorders number or date what they write: neighbours in the order of names are neighbours in time.
    private static func nearest(to name: String, among names: [String]) -> [String] {
        let sorted = names.filter { $0 != name }.sorted()
        let place = sorted.firstIndex { $0 > name } ?? sorted.count
        // The one before is as near as the one behind.
        func distance(_ index: Int) -> Int { index < place ? place - index - 1 : index - place }
        return sorted.indices.sorted { (distance($0), $0) < (distance($1), $1) }.map { sorted[$0] }
    }
}
