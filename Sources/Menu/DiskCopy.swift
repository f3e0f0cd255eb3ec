import BlockDevices
import Glibc
import LinuxSystem
import Mounting

/// The copy of a failing disk: an image, and ddrescue's map of what of it was read. With the map of another disk ddrescue would mix two
/// disks in one image, or find nothing left to do and copy nothing: so they bear the disk's own name, never the kernel's, and are
/// gone on with only where nothing in them speaks against it.
struct DiskCopy: Equatable {
    var path: String
    var image: String { path + ".img" }
    var map: String { path + ".map" }

    /// What of it is there; 0 where nothing was begun.
    var byteCount: UInt64 {
        var raw = stat()
        return stat(image, &raw) == 0 ? UInt64(clamping: raw.st_blocks) * 512 : 0
    }

    /// Copies of one disk at one destination.
    private static let mostCopies = 100

    /// `others`: of the machine's disks; docks and bridges give all theirs the same serial number.
    static func choose(_ disk: Disk, among others: [Disk], in folder: String) throws -> DiskCopy {
        let known = [disk.serial, disk.worldWideName].compactMap { $0 }.map(legal).first { $0.contains { $0 != "_" && $0 != "0" } }
        let isUnique = !others.contains { $0.path != disk.path && $0.identity == disk.identity && $0.byteCount == disk.byteCount }
        let stem = "\(folder)/\(known ?? "disk")-\(disk.byteCount)"
        for number in 1...mostCopies {
            let copy = DiskCopy(path: number == 1 ? stem : "\(stem)~\(number)")
            let (hasImage, hasMap) = (exists(copy.image), exists(copy.map))
            guard hasImage || hasMap else { return copy }
            // A map alone says that everything was read into an image that is not there.
            guard hasImage else { continue }
            switch try compare(disk.path, copy.image) {
            case .same: return copy
            case .unknown where known != nil && isUnique: return copy
            case .unknown, .another: continue
            }
        }
        throw SystemError(call: "create", errno: EEXIST, path: stem + ".img")
    }

    private static func exists(_ path: String) -> Bool { (try? FileStatus.of(path: path)) != nil }

    /// FAT takes these.
    fileprivate static func legal(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" }.prefix(64))
    }

    enum Comparison { case same, another, unknown }

    /// Where tables, file systems and arrays write who they are: the first 16 KiB and the last 128 KiB, as far as the disk can be read
    /// and the copy holds anything.
    static func compare(_ disk: String, _ image: String) throws -> Comparison {
        let source = try OpenFile.forReading(path: disk)
        let copy = try OpenFile.forReading(path: image)
        guard let length = try source.rawMedium()?.byteCount, try copy.status().byteCount <= length else { return .another }
        var result = Comparison.unknown
        for place in [0..<min(16 << 10, length), (length > 144 << 10 ? length - (128 << 10) : length)..<length] {
            var offset = place.lowerBound
            while offset < place.upperBound {
                // What cannot be read is not asked for again and again: each time it costs such a disk half a minute.
                guard let there = read(source, offset), let here = read(copy, offset) else { break }
                for sector in stride(from: 0, to: min(there.count, here.count), by: 512) {
                    let range = sector..<min(sector + 512, there.count, here.count)
                    // Not copied yet, or empty: says nothing.
                    guard here[range].contains(where: { $0 != 0 }) else { continue }
                    guard here[range] == there[range] else { return .another }
                    result = .same
                }
                offset += step
            }
        }
        return result
    }

    private static let step: UInt64 = 4096

    /// Nil where it cannot be read, or ends.
    private static func read(_ file: OpenFile, _ offset: UInt64) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Int(step))
        guard let count = try? bytes.withUnsafeMutableBytes({ try file.read(at: offset, into: $0) }), count > 0 else { return nil }
        return Array(bytes.prefix(count))
    }
}

extension Destination {
    /// For a folder of what is found on a volume. Recorders of one make give theirs the same label, and wiped ones have none.
    static func name(of volume: Volume, _ machine: Machine) -> String {
        let disk = machine.disks(below: volume).first?.identity.map { "\($0)-\(volume.number ?? 0)" }
        let parts = [volume.label, volume.uuid.map { String($0.prefix(13)) } ?? disk].compactMap { $0 }.filter { !$0.isEmpty }
        return DiskCopy.legal(parts.isEmpty ? splitPath(volume.path).name : parts.joined(separator: "-"))
    }
}
