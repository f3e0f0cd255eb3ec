import BlockDevices
import Mounting
import Recordings

/// One line of a session's ledger.
public struct LedgerEntry: Sendable, Equatable, Codable {
    public enum Step: String, Sendable, Codable {
        /// The session's beginning, or the same session on another boot.
        case begin
        case detect, assemble, disassemble, mount, unmount, waive, capture, release, restore, rollback
        /// A command that reads recordings or writes clips.
        case command
    }
    public enum State: String, Sendable, Codable {
        /// Written, and on the disk, before the act.
        case intended
        case done, failed, refused
        case interrupted
    }

    public var number: Int
    /// ISO 8601, UTC.
    public var at: String
    public var step: Step
    public var state: State
    /// The machine's boot: mounts and read-only settings do not outlive it.
    public var boot: String
    public var mount: Mounted?
    public var assembly: Assembled?
    /// What `detect` saw that holds recordings.
    public var volumes: [SeenVolume]?
    /// In English, whoever works: a ledger is compared and searched.
    public var text: String?
    /// What went wrong in the words that the person read, where those are not the text.
    public var told: String?
    /// SHA-256 of the line before, its end of line left out; 64 zeroes in the first.
    public var previous: String

    /// As one line of JSON, without the end of line.
    var line: String { json.line }

    public var json: JSON {
        var members: [(String, JSON)] = [
            ("number", .optional(number)), ("at", .string(at)), ("step", .string(step.rawValue)), ("state", .string(state.rawValue)),
            ("boot", .string(boot)),
        ]
        if let mount { members.append(("mount", mount.json)) }
        if let assembly { members.append(("assembly", assembly.json)) }
        if let volumes { members.append(("volumes", .array(volumes.map(\.json)))) }
        if let text { members.append(("text", .string(text))) }
        if let told { members.append(("told", .string(told))) }
        members.append(("previous", .string(previous)))
        return .object(members)
    }
}

/// A volume that holds recordings, as it must be found again.
public struct SeenVolume: Sendable, Equatable, Codable {
    public var path: String
    public var uuid: String?
    public var serials: [String]
    public var byteCount: UInt64
    public var role: String

    init(path: String, uuid: String?, serials: [String], byteCount: UInt64, role: String) {
        self.path = path
        self.uuid = uuid
        self.serials = serials
        self.byteCount = byteCount
        self.role = role
    }

    init(_ facts: VolumeFacts, of machine: Machine) {
        path = facts.volume.path
        uuid = facts.volume.uuid
        serials = machine.disks(below: facts.volume).compactMap(\.identity).sorted()
        byteCount = facts.volume.byteCount
        role = facts.role.rawValue
    }

    /// The same volume, whatever it is called now.
    public func isSame(as other: SeenVolume) -> Bool {
        uuid == other.uuid && byteCount == other.byteCount && serials == other.serials && (uuid != nil || path == other.path)
    }

    var json: JSON {
        .object([
            ("path", .string(path)), ("uuid", .optional(uuid)), ("serials", .array(serials.map(JSON.string))),
            ("byteCount", .optional(byteCount)), ("role", .string(role)),
        ])
    }
}

extension Mounted {
    var json: JSON {
        .object([
            ("volume", .string(volume)), ("place", .string(place)), ("mode", .string(mode.rawValue)), ("type", .string(type)),
            ("uuid", .optional(uuid)), ("byteCount", .optional(byteCount)), ("serials", .array(serials.map(JSON.string))),
            ("walls", .array(walls.map(JSON.string))), ("opened", opened.map { .array($0.map(JSON.string)) } ?? .null),
            ("devices", .array(devices.map(JSON.string))), ("image", .optional(image)),
            ("offset", .optional(offset)),
            (
                "layer",
                layer.map {
                    .object([
                        ("name", .string($0.name)), ("folder", .optional($0.folder)), ("room", .optional($0.room)),
                        ("used", .optional($0.used)),
                    ])
                } ?? .null
            ),
        ])
    }
}

extension Assembled {
    var json: JSON {
        .object([
            ("kind", .string(kind.rawValue)), ("name", .string(name)), ("groups", .array(groups.map(JSON.string))),
            ("uuid", .optional(uuid)), ("members", .array(members.map(JSON.string))), ("devices", .array(devices.map(JSON.string))),
            ("walls", .array(walls.map(JSON.string))), ("isDegraded", .bool(isDegraded)),
        ])
    }
}
