import CUdev
import Glibc
import LinuxSystem

/// What udev's rules found out about each block device: serial numbers, buses, names. Empty where no udev runs.
struct UdevDatabase {
    /// By the device's name below `/sys/class/block`.
    private(set) var properties: [String: [String: String]] = [:]

    /// Of this machine, through libudev where the program has it; of a dumped one, from the files that udev left.
    init(root: String) {
        if root.isEmpty, cudev_is_linked() { readLive() }
        // The portable flavour reads the same database where it lies (systemd's src/libsystemd/sd-device: "E:KEY=value").
        if properties.isEmpty { readFiles(root) }
    }

    private mutating func readLive() {
        let collected = Collected()
        _ = cudev_each_block_device(
            { context, path, key, value in
                guard let context, let path, let key, let value else { return }
                let collected = Unmanaged<Collected>.fromOpaque(context).takeUnretainedValue()
                collected.properties[splitPath(String(cString: path)).name, default: [:]][String(cString: key)] = String(cString: value)
            }, Unmanaged.passUnretained(collected).toOpaque())
        // Kernel attributes alone are no database: without rules only DEVNAME and its like are there.
        properties = collected.properties
    }

    private final class Collected {
        var properties: [String: [String: String]] = [:]
    }

    private mutating func readFiles(_ root: String) {
        let folder = root + "/run/udev/data"
        guard let directory = try? OpenFile.forReading(path: folder) else { return }
        let sysfs = Sysfs(root: root)
        var names: [String: String] = [:]
        for disk in sysfs.names {
            let place = sysfs.folder(of: disk)
            if let number = sysfs.text(place + "/dev") { names[number] = disk }
            for part in sysfs.entries(place) { if let number = sysfs.text(place + "/" + part + "/dev") { names[number] = part } }
        }
        for entry in directory.entries().entries {
            let file = String(decoding: entry.name, as: UTF8.self)
            guard file.hasPrefix("b"), let name = names[String(file.dropFirst())],
                let bytes = try? OpenFile.forReading(path: folder + "/" + file).readAll(limit: 1 << 20)
            else { continue }
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("E:") {
                guard let equals = line.firstIndex(of: "=") else { continue }
                properties[name, default: [:]][String(line[line.index(line.startIndex, offsetBy: 2)..<equals])] =
                    String(line[line.index(after: equals)...])
            }
        }
    }

    /// Text as the device or the disk holds it: udev writes what is not plain as `\x20`.
    func text(_ name: String, _ key: String) -> String? {
        guard let coded = value(name, key) else { return nil }
        var bytes: [UInt8] = []
        var rest = Array(coded.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x5C, rest.first == 0x78, let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self).split(separator: " ").joined(separator: " ")
        return text.isEmpty ? nil : text
    }

    func value(_ name: String, _ keys: String...) -> String? {
        guard let values = properties[name] else { return nil }
        return keys.lazy.compactMap { values[$0] }.first { !$0.isEmpty }
    }
}
