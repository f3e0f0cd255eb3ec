import Glibc
import LinuxSystem

/// The kernel's own view of block devices, of this machine or of one that was dumped into a folder.
struct Sysfs {
    /// "" for this machine; else the folder that holds the dumped `sys`, `dev`, `proc`, `run`.
    let root: String

    /// Names below `/sys/block`, in the order a person counts: sda, sdb, … sdaa.
    var names: [String] {
        guard let folder = try? OpenFile.forReading(path: root + "/sys/block") else { return [] }
        return folder.entries().entries.map { String(decoding: $0.name, as: UTF8.self) }.sorted {
            ($0.utf8.count, $0) < ($1.utf8.count, $1)
        }
    }

    func folder(of name: String) -> String { root + "/sys/block/" + name }

    /// One attribute, its blanks folded; nil where the driver has none.
    func text(_ path: String) -> String? {
        guard let file = try? OpenFile.forReading(path: path), let bytes = try? file.readAll(limit: 4096) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return text.isEmpty ? nil : text
    }

    /// The first line as it stands: a path may hold blanks.
    func line(_ path: String) -> String? {
        guard let file = try? OpenFile.forReading(path: path), let bytes = try? file.readAll(limit: 8192) else { return nil }
        let line = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        return line.isEmpty ? nil : line
    }

    func number(_ path: String) -> UInt64? { text(path).flatMap { UInt64($0) } }

    func entries(_ path: String) -> [String] {
        guard let folder = try? OpenFile.forReading(path: path) else { return [] }
        return folder.entries().entries.map { String(decoding: $0.name, as: UTF8.self) }.sorted {
            ($0.utf8.count, $0) < ($1.utf8.count, $1)
        }
    }

    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The kernel writes a slash in a device's name as an exclamation mark.
    static func kernelNode(_ name: String) -> String { "/dev/" + String(name.map { $0 == "!" ? "/" : $0 }) }

    /// The node that people know: `/dev/mapper/recorder-data` for dm-3.
    func node(_ name: String) -> String {
        guard name.hasPrefix("dm-"), let mapped = text(folder(of: name) + "/dm/name") else { return Self.kernelNode(name) }
        return "/dev/mapper/" + mapped
    }

    /// The serial number in the SCSI page that devices answer with: four bytes of head, then text (SPC-5 §7.7.11).
    func pageSerial(_ device: String) -> String? {
        guard let file = try? OpenFile.forReading(path: device + "/vpd_pg80"), let bytes = try? file.readAll(limit: 256), bytes.count > 4
        else { return nil }
        let text = String(decoding: bytes[4...].filter { $0 >= 0x20 && $0 < 0x7F }, as: UTF8.self)
        let folded = text.split(separator: " ").joined(separator: " ")
        return folded.isEmpty ? nil : folded
    }

    /// Where in the machine it hangs, links resolved: tells the bus. The folder of a dump tells nothing.
    func place(_ path: String) -> String {
        let place = resolvedPath(path) ?? path
        guard !root.isEmpty, let top = resolvedPath(root), place.hasPrefix(top) else { return place }
        return String(place.dropFirst(top.count))
    }
}
