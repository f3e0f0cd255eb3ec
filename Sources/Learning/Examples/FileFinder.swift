import LinuxSystem
import Recordings

/// The regular files below a folder, links not followed.
enum FileFinder {
    private static let deepest = 64

    static func files(below path: String) throws -> [String] {
        var found: [String] = []
        var pending: [(path: [UInt8], depth: Int)] = [([], 0)]
        let root = try OpenFile.forReading(path: path)
        while let (folder, depth) = pending.popLast() {
            if Interruption.requested { throw Interrupted() }
            guard let handle = folder.isEmpty ? root : try? OpenFile.forReading(folder, in: root) else { continue }
            for entry in handle.entries().entries {
                let name = folder.isEmpty ? entry.name : folder + [0x2F] + entry.name
                switch entry.kind ?? (try? handle.status(of: entry.name).kind) ?? .other {
                case .regular: if let text = String(validating: name, as: UTF8.self) { found.append(text) }
                case .directory: if depth < deepest { pending.append((name, depth + 1)) }
                default: break
                }
            }
        }
        return found
    }
}
