import Foundation
import LinuxSystem

/// Reading and writing of map files.
enum MapFile {
    /// A map of a million bad sectors has 40 MB.
    private static let largest = 64 << 20

    /// Nil where there is none yet.
    static func read(_ path: String) throws -> RescueMap? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard try FileStatus.of(path: path).kind == .regular else { throw CarveError.notAMap(path: path, line: 1) }
        let bytes = try OpenFile.forReading(path: path).readAll(limit: largest)
        switch RescueMap.parse(String(decoding: bytes, as: UTF8.self)) {
        case .success(let map): return map
        case .failure(let bad): throw CarveError.notAMap(path: path, line: bad.number)
        }
    }

    static func write(_ map: RescueMap, _ path: String) throws {
        let file = try AtomicFile(path)
        try file.write(map.text())
        try file.commit()
    }
}
