import LinuxSystem
import Recordings

extension Profile {
    /// Throws `LearningError.profileWrong` with the line for what cannot be used.
    public init(reading path: String) throws {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try OpenFile.forReading(path: path).readAll(limit: 16 << 20)
        } catch {
            throw LearningError.profileMissing(path: path, error)
        }
        do throws(LinedJSON.Problem) {
            try self.init(parsing: bytes)
        } catch {
            throw LearningError.profileWrong(path: path, line: error.line, error.problem)
        }
    }

    /// Refuses a place on the recordings' disk, and a file that is no profile.
    public static func checkDestination(_ path: String, sources: [String], index: String?) throws {
        for source in sources {
            guard let status = try? FileStatus.of(path: source) else { continue }
            try DestinationGuard.check(path, against: [(path: resolvedPath(source) ?? source, device: status.device)])
        }
        if let index { try DestinationGuard.check(path, againstVolumesOf: IndexReader(path: index)) }
        guard let status = try? FileStatus.of(path: path) else { return }
        guard status.kind == .regular else { throw LearningError.destinationExists(path: path) }
        let head = String(decoding: ((try? OpenFile.forReading(path: path).readAll(limit: 1)) ?? []).prefix(80), as: UTF8.self)
        guard status.byteCount == 0 || head.contains("\"\(schema)\"") else { throw LearningError.destinationExists(path: path) }
    }
}
