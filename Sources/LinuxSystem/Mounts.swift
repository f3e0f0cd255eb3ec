import Glibc

/// One line of `/proc/self/mountinfo` (proc(5)).
public struct Mount: Sendable, Equatable {
    public var device: UInt64
    /// "8:1", as sysfs writes it.
    public var deviceText: String
    /// The part of the file system that is mounted: "/" unless it is a bind mount.
    public var root: String
    public var mountPoint: String
    public var filesystem: String
    /// The mount, or the file system below it, takes no writes.
    public var isReadOnly: Bool
    public var source: String

    /// The mounts of this process; empty where `/proc` is not mounted.
    public static func all(mountinfo path: String = "/proc/self/mountinfo") -> [Mount] {
        guard let file = try? OpenFile.forReading(path: path), let bytes = try? file.readAll() else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { parse(String($0)) }
    }

    /// Nil for a line of another form.
    public static func parse(_ line: String) -> Mount? {
        let fields = line.split(separator: " ").map(String.init)
        guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 2 else { return nil }
        let numbers = fields[2].split(separator: ":").compactMap { UInt32($0) }
        guard numbers.count == 2 else { return nil }
        return Mount(
            device: deviceNumber(numbers[0], numbers[1]), deviceText: fields[2], root: unescaped(fields[3]),
            mountPoint: unescaped(fields[4]), filesystem: fields[dash + 1],
            isReadOnly: fields[5].split(separator: ",").contains("ro")
                || fields.count > dash + 3 && fields[dash + 3].split(separator: ",").contains("ro"),
            source: unescaped(fields[dash + 2]))
    }

    /// glibc's `makedev`, a macro that Swift cannot see.
    private static func deviceNumber(_ major: UInt32, _ minor: UInt32) -> UInt64 {
        let (major, minor) = (UInt64(major), UInt64(minor))
        return (major & 0xFFF) << 8 | (major & ~0xFFF) << 32 | minor & 0xFF | (minor & ~0xFF) << 12
    }

    /// The kernel writes space, tab, newline and backslash as `\040`.
    private static func unescaped(_ text: String) -> String {
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x5C, index + 3 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
            {
                result.append(value)
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The mount that holds a path's device; the longest mount point where several show the same device.
    public static func holding(device: UInt64, path: String, among mounts: [Mount]) -> Mount? {
        let candidates = mounts.filter { $0.device == device }
        let containing = candidates.filter { path == $0.mountPoint || path.hasPrefix($0.mountPoint == "/" ? "/" : $0.mountPoint + "/") }
        return (containing.isEmpty ? candidates : containing).max { $0.mountPoint.utf8.count < $1.mountPoint.utf8.count }
    }
}

/// The absolute path with every link resolved; nil where something on it is missing.
public func resolvedPath(_ path: String) -> String? {
    guard let raw = realpath(path, nil) else { return nil }
    defer { free(raw) }
    return String(cString: raw)
}
