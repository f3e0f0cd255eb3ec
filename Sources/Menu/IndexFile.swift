import LinuxSystem
import Mounting
import Recordings

/// The indexes at a destination: one for each recorder, `index.ctrx`, `index-2.ctrx`, …
struct IndexFile {
    var name: String
    /// Volumes that it describes; nil where it cannot be read as an index.
    var volumes: [IndexReader.Volume]?

    static let usual = "index.ctrx"

    static func name(_ number: Int) -> String { number == 1 ? usual : "index-\(number).ctrx" }

    /// More recorders than anybody rescues to one disk.
    private static let most = 200

    /// Those that are there, up to the first name that is free.
    static func all(in folder: String) -> [IndexFile] {
        var found: [IndexFile] = []
        for number in 1...most {
            let path = folder + "/" + name(number)
            guard (try? FileStatus.of(path: path)) != nil else { break }
            found.append(IndexFile(name: name(number), volumes: try? IndexReader(path: path).volumes()))
        }
        return found
    }

    /// What would no longer be in it, were it built anew from what is mounted now. A volume is known by its UUID; where one of the two
    /// bears none, by where it is mounted.
    func absent(_ sources: [Mounted]) -> [IndexReader.Volume] {
        (volumes ?? []).filter { volume in
            !sources.contains { source in
                if let uuid = volume.uuid, let other = source.uuid { return uuid == other }
                return volume.sourcePath == source.place || volume.sourcePath.hasPrefix(source.place + "/")
            }
        }
    }

    /// The first that loses nothing by being built anew, or else the next name.
    static func keepingAll(_ files: [IndexFile], _ sources: [Mounted]) -> String {
        files.first { $0.volumes != nil && $0.absent(sources).isEmpty }?.name ?? name(files.count + 1)
    }
}
