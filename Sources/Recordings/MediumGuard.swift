import Glibc
import LinuxSystem

extension DestinationGuard {
    /// Refuses to write on a disk that is read as a whole: on any file system of it, of its partitions, of arrays and volumes
    /// made of it; and, for an image, inside the image where it is mounted.
    public static func check(_ destination: String, againstMedium source: String) throws {
        let absolute = absolutePath(destination)
        let medium = resolvedPath(source) ?? source
        guard absolute != medium else { throw RecordingsError.destinationInsideSource(path: destination, source: source) }
        guard let folder = nearestExistingFolder(absolute), let device = try? FileStatus.of(path: folder).device else { return }
        let mount = Mount.holding(device: device, path: folder, among: Mount.all())
        let target = Stack(of: device, mountedFrom: mount?.source)
        let isSource: Bool
        switch (try? OpenFile.forReading(path: medium).rawMedium())??.kind {
        case .blockDevice(let number):
            let origin = Stack(of: number, mountedFrom: nil)
            isSource = !target.disks.isDisjoint(with: origin.disks) || !target.images.isDisjoint(with: origin.images)
        default: isSource = target.images.contains(medium)
        }
        if isSource {
            throw RecordingsError.destinationOnSourceDisk(path: destination, source: source, mountPoint: mount?.mountPoint ?? folder)
        }
    }

    /// What a block device stands on, down to whole disks and image files, as sysfs tells.
    struct Stack {
        /// Folders of sysfs.
        private(set) var disks: Set<String> = []
        private(set) var images: Set<String> = []

        /// LVM on RAID on partitions has four levels; more than this is a loop of links.
        private static let most = 256

        init(of device: UInt64, mountedFrom source: String?) {
            var waiting = [Self.folder(of: device)].compactMap { $0 }
            // btrfs has a device number of its own.
            if waiting.isEmpty, let source, source.hasPrefix("/dev/"), let medium = try? OpenFile.forReading(path: source).rawMedium(),
                case .blockDevice(let number) = medium.kind
            {
                waiting = [Self.folder(of: number)].compactMap { $0 }
            }
            var seen: Set<String> = []
            while let folder = waiting.popLast(), seen.count < Self.most {
                guard seen.insert(folder).inserted else { continue }
                let below = Self.names(folder + "/slaves").compactMap { resolvedPath(folder + "/slaves/" + $0) }
                waiting += below
                if access(folder + "/partition", F_OK) == 0 {
                    waiting.append(splitPath(folder).folder)
                } else if below.isEmpty {
                    disks.insert(folder)
                }
                if let image = Self.backingFile(folder) {
                    images.insert(image)
                    disks.remove(folder)
                    if let status = try? FileStatus.of(path: image), let next = Self.folder(of: status.device) { waiting.append(next) }
                }
            }
        }

        private static func folder(of device: UInt64) -> String? {
            // glibc's major and minor.
            let major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
            let minor = (device & 0xFF) | (device >> 12 & ~0xFF)
            return major == 0 ? nil : resolvedPath("/sys/dev/block/\(major):\(minor)")
        }

        private static func names(_ folder: String) -> [String] {
            guard let directory = try? OpenFile.forReading(path: folder) else { return [] }
            return directory.entries().entries.map { String(decoding: $0.name, as: UTF8.self) }
        }

        private static func backingFile(_ folder: String) -> String? {
            guard let file = try? OpenFile.forReading(path: folder + "/loop/backing_file"), let bytes = try? file.readAll(limit: 8192)
            else { return nil }
            let text = String(decoding: bytes, as: UTF8.self)
            return text.split(separator: "\n").first.map { resolvedPath(String($0)) ?? String($0) }
        }
    }
}
