import Foundation
import LinuxSystem
import Recordings

/// The folder of an extraction: whose it is, and whether another one may have it.
struct OutputFolder {
    let path: String

    init(_ path: String) { self.path = path }

    /// What is done, while it is not finished.
    var journal: String { path + "/.camtrace-rescue-extract.jsonl" }
    /// Written last: an extraction with one is finished.
    private var manifest: String { path + "/manifest.json" }

    /// Whether an extraction wrote here: then its files may be written anew. Anybody else's are never replaced.
    var isOurs: Bool { FileManager.default.fileExists(atPath: journal) || finished != nil }

    /// As much of a finished extraction's manifest as tells which request it answers.
    private var finished: String? {
        guard let file = try? OpenFile.forReading(path: manifest), let head = try? file.readAll(limit: 1) else { return nil }
        let text = String(decoding: head.prefix(400), as: UTF8.self)
        return text.contains("\"schema\": \"camtrace-rescue/manifest/1\"") ? text : nil
    }

    /// A finished export is a record: another one belongs into another folder. So does one beside somebody else's files.
    func check(for request: String) throws(RecordingsError) {
        if let finished {
            if !finished.contains(request) { throw .destinationExists(path: manifest) }
        } else if !isOurs {
            for name in ["manifest.json", "SHA256SUMS", "playlist.m3u8", "playlist.xspf"]
            where FileManager.default.fileExists(atPath: path + "/" + name) { throw .destinationExists(path: path + "/" + name) }
        }
    }

    /// Nothing but what a kill may leave: locks, and files under temporary names.
    private var isEmpty: Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            return !FileManager.default.fileExists(atPath: path)
        }
        return names.allSatisfy { $0.hasPrefix(".") }
    }

    /// More than anybody takes from one index.
    private static let mostFolders = 1000

    /// The first of FOLDER, FOLDER-2, FOLDER-3, … that is free, or where this very request was interrupted.
    static func first(_ path: String, for request: String) throws(RecordingsError) -> OutputFolder {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        for number in 1...mostFolders {
            let folder = OutputFolder(number == 1 ? path : "\(path)-\(number)")
            let begun = Journal.requests(folder.journal)
            if begun.isEmpty ? folder.isEmpty : begun.contains(request) && folder.finished?.contains(request) ?? true { return folder }
        }
        throw .destinationExists(path: path)
    }
}
