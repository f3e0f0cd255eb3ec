import Foundation
import Recordings

/// The first member of a capture: what it is, from where, and what every other member must be.
public struct ArchiveManifest: Sendable, Codable, Equatable {
    public static let name = "manifest.json"
    static let currentSchema = "camtrace-rescue/configuration/1"
    /// Four hundred bytes for each of the most members.
    static let largest: UInt64 = 64 << 20

    public var schema = Self.currentSchema
    public var product: String
    /// "7.14.0.3"; nil where the system did not say, or contradicted itself.
    public var version: String?
    /// Where it was read: "dpkg: camtrace 7.14.0.3".
    public var versionSources: [String]
    public var distribution: String?
    public var hostName: String?
    /// ISO 8601, UTC.
    public var capturedAt: String
    public var toolVersion: String
    public var members: [Member]

    public struct Member: Sendable, Codable, Equatable {
        public enum Kind: String, Sendable, Codable {
            case file, folder, link
        }
        public var path: String
        /// The profile's; nil for the folders above the files.
        public var group: String?
        public var kind: Kind
        public var sizeBytes: UInt64
        public var mode: UInt32
        public var uid: UInt32
        public var gid: UInt32
        public var mtimeSeconds: Int64
        public var mtimeNanoseconds: Int64
        public var sha256: String?
        public var target: String?
        /// The disk could not be read from here on: zeroes stand for the rest, and the file is never put back.
        public var lostFromByte: UInt64?

        var json: JSON {
            var members: [(String, JSON)] = [
                ("path", .string(path)), ("group", .optional(group)), ("kind", .string(kind.rawValue)), ("sizeBytes", .optional(sizeBytes)),
                ("mode", .optional(mode)), ("uid", .optional(uid)), ("gid", .optional(gid)), ("mtimeSeconds", .integer(mtimeSeconds)),
                ("mtimeNanoseconds", .integer(mtimeNanoseconds)),
            ]
            if let sha256 { members.append(("sha256", .string(sha256))) }
            if let target { members.append(("target", .string(target))) }
            if let lostFromByte { members.append(("lostFromByte", .optional(lostFromByte))) }
            return .object(members)
        }
    }

    /// One line for each member.
    var text: String {
        let head: [(String, JSON)] = [
            ("schema", .string(schema)), ("product", .string(product)), ("version", .optional(version)),
            ("versionSources", .array(versionSources.map(JSON.string))), ("distribution", .optional(distribution)),
            ("hostName", .optional(hostName)), ("capturedAt", .string(capturedAt)), ("toolVersion", .string(toolVersion)),
        ]
        return "{\n" + head.map { JSON.string($0).line + ": " + $1.line + ",\n" }.joined() + "\"members\": [\n"
            + members.map(\.json.line).joined(separator: ",\n") + "\n]}\n"
    }

    /// Nil where the bytes are no manifest of ours: some other program's archive may begin with a file of that name.
    static func read(_ bytes: [UInt8]) -> ArchiveManifest? {
        guard let manifest = try? JSONDecoder().decode(ArchiveManifest.self, from: Data(bytes)), manifest.schema == currentSchema else {
            return nil
        }
        return manifest
    }
}
