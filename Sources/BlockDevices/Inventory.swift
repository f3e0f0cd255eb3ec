import Glibc
import LinuxSystem

/// What block devices there are. Nothing is written, mounted or assembled; disks are opened for reading only.
public enum Inventory {
    /// `root`: "" for this machine, else a dumped one: then only what the dump says is known, unless it holds `dev` nodes or images.
    public static func machine(root: String = "", calls: DiskCalls = .live) -> Machine {
        let sysfs = Sysfs(root: root)
        let udev = UdevDatabase(root: root)
        let mounts = Mount.all(mountinfo: root + (root.isEmpty ? "/proc/self/mountinfo" : "/proc/1/mountinfo"))
        let reader = Reader(sysfs: sysfs, udev: udev, mounts: mounts, calls: calls)
        var machine = Machine()
        var overlays: [Volume] = []
        for name in sysfs.names {
            let folder = sysfs.folder(of: name)
            if sysfs.text(folder + "/dm/uuid")?.hasPrefix(overlayMark) == true {
                overlays += reader.stacked(name, folder)
            } else if name.hasPrefix("md") || name.hasPrefix("dm-") {
                machine.volumes += reader.stacked(name, folder)
            } else if reader.isDisk(name, folder) {
                machine.disks.append(reader.disk(name, folder))
            }
        }
        machine.mergeOverlays(overlays)
        machine.mergeLoops()
        return machine
    }

    /// What the identity of an overlay begins with in device mapper.
    public static let overlayMark = "CAMTRACE-RESCUE-OVERLAY-"

    /// `/dev/dm-3` for a name in device mapper; nil where there is none.
    public static func mapped(_ name: String) -> String? {
        let sysfs = Sysfs(root: "")
        return sysfs.names.first { $0.hasPrefix("dm-") && sysfs.text(sysfs.folder(of: $0) + "/dm/name") == name }.map(Sysfs.kernelNode)
    }

    /// How many members an array has and how many it wants; nil where it does not run.
    public static func arrayMembers(_ path: String) -> (present: Int, wanted: Int)? {
        let sysfs = Sysfs(root: "")
        let folder = sysfs.folder(of: splitPath(path).name)
        guard let wanted = sysfs.number(folder + "/md/raid_disks"), let state = sysfs.text(folder + "/md/array_state"),
            state != "inactive", state != "clear"
        else { return nil }
        let missing = sysfs.number(folder + "/md/degraded") ?? 0
        return (Int(clamping: wanted) - Int(clamping: min(missing, wanted)), Int(clamping: wanted))
    }

    /// Whether an array stands on loops over these devices and on nothing else.
    public static func isArray(_ path: String, over members: [String]) -> Bool {
        let sysfs = Sysfs(root: "")
        let slaves = sysfs.entries(sysfs.folder(of: splitPath(path).name) + "/slaves")
        return slaves.allSatisfy { slave in
            sysfs.line(sysfs.folder(of: slave) + "/loop/backing_file").map { members.contains($0) } ?? false
        }
    }

    /// The read-only loops over whole devices.
    public static func readOnlyLoops(over paths: [String]) -> [String] {
        let sysfs = Sysfs(root: "")
        return sysfs.names.filter { name in
            let folder = sysfs.folder(of: name)
            guard name.hasPrefix("loop"), sysfs.number(folder + "/ro") == 1, let backing = sysfs.line(folder + "/loop/backing_file")
            else { return false }
            return paths.contains { $0 == backing || resolvedPath($0) == backing }
        }.map(sysfs.node)
    }

    /// The loops in use, their content not looked at.
    public static func loops() -> [Disk] {
        let sysfs = Sysfs(root: "")
        let mounts = Mount.all()
        return sysfs.names.filter { $0.hasPrefix("loop") }.compactMap { name in
            let folder = sysfs.folder(of: name)
            guard let path = sysfs.line(folder + "/loop/backing_file") else { return nil }
            let number = sysfs.text(folder + "/dev")
            var whole = Volume(path: sysfs.node(name), form: .disk, byteCount: 0, content: Content(kind: .unknown))
            // An overlay is mounted in its place.
            let overlays = sysfs.entries(folder + "/holders").map(sysfs.folder).filter {
                sysfs.text($0 + "/dm/uuid")?.hasPrefix(overlayMark) == true
            }
            let numbers = [number] + overlays.map { sysfs.text($0 + "/dev") }
            whole.mountPoints = mounts.filter { numbers.contains($0.deviceText) }.map(\.mountPoint)
            var disk = Disk(
                path: sysfs.node(name), byteCount: 0, logicalSectorBytes: 512, isRotational: nil, isRemovable: false, isReadOnly: true,
                isImage: false, table: .none, partitions: [], whole: whole)
            disk.backing = Disk.Backing(path: path, offset: sysfs.number(folder + "/loop/offset") ?? 0)
            return disk
        }
    }

    /// An image file as a disk of its own.
    public static func image(_ path: String) throws(SystemError) -> Disk {
        let file = try OpenFile.forReading(path: path)
        guard let medium = try file.rawMedium() else { throw SystemError(call: "open", errno: ENOTBLK, path: path) }
        let look = SignatureProbe.look(at: file, byteCount: medium.byteCount)
        var whole = Volume(path: path, form: .image, byteCount: medium.byteCount, content: look.content)
        whole.image = path
        whole.isReadOnly = true
        var disk = Disk(
            path: path, byteCount: medium.byteCount, logicalSectorBytes: 512, isRotational: nil, isRemovable: false, isReadOnly: true,
            isImage: true, table: look.table, tableUUID: look.tableUUID, partitions: [], whole: whole)
        disk.bus = "image"
        for entry in look.partitions where entry.offset < medium.byteCount && entry.byteCount > 0 {
            let length = min(entry.byteCount, medium.byteCount - entry.offset)
            let inside = SignatureProbe.look(at: file, offset: entry.offset, length: length, byteCount: medium.byteCount)
            var volume = Volume(path: "\(path)#\(entry.number)", form: .partition, byteCount: length, content: inside.content)
            volume.image = path
            volume.number = entry.number
            volume.offset = entry.offset
            volume.partitionUUID = entry.uuid
            volume.partitionName = entry.name
            volume.isReadOnly = true
            volume.content.missingBytes = max(inside.content.missingBytes, entry.byteCount - length)
            disk.partitions.append(volume)
        }
        return disk
    }

    private struct Reader {
        let sysfs: Sysfs
        let udev: UdevDatabase
        let mounts: [Mount]
        let calls: DiskCalls

        /// RAM disks and empty loops and drives hold nothing of anybody; nor do the loops of a distribution's own packages.
        func isDisk(_ name: String, _ folder: String) -> Bool {
            if name.hasPrefix("ram") || name.hasPrefix("zram") || name.hasPrefix("fd") || name.hasPrefix("sr") { return false }
            // One path of several to an NVMe namespace, without a node of its own.
            if sysfs.number(folder + "/hidden") == 1 { return false }
            if name.hasPrefix("loop") {
                guard let file = sysfs.line(folder + "/loop/backing_file") else { return false }
                return !file.hasSuffix(".snap") && !file.hasSuffix(".squashfs")
            }
            return (sysfs.number(folder + "/size") ?? 0) > 0
        }

        func disk(_ name: String, _ folder: String) -> Disk {
            let device = folder + "/device"
            var whole = volume(name, folder, form: .disk)
            let image = sysfs.line(folder + "/loop/backing_file")
            if let image { whole.standsOn = [image] }
            let look = probe(name)
            whole.content = look.content
            whole.trustMount(mounts)
            var disk = Disk(
                path: whole.path, byteCount: whole.byteCount,
                logicalSectorBytes: Int(sysfs.number(folder + "/queue/logical_block_size") ?? 512),
                isRotational: sysfs.number(folder + "/queue/rotational").map { $0 != 0 },
                isRemovable: sysfs.number(folder + "/removable") == 1, isReadOnly: whole.isReadOnly, isImage: false, table: look.table,
                tableUUID: look.tableUUID, partitions: [], whole: whole)
            disk.serial =
                udev.value(name, "ID_SCSI_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL") ?? sysfs.text(device + "/serial")
                ?? sysfs.text(folder + "/serial") ?? sysfs.pageSerial(device)
            disk.worldWideName =
                udev.value(name, "ID_WWN_WITH_EXTENSION", "ID_WWN") ?? sysfs.text(folder + "/wwid") ?? sysfs.text(device + "/wwid")
            disk.model = model(name, device)
            disk.backing = image.map { Disk.Backing(path: $0, offset: sysfs.number(folder + "/loop/offset") ?? 0) }
            disk.bus = bus(name, folder)
            // USB cases that hold a disk do not call it removable.
            disk.isRemovable = disk.isRemovable || disk.bus == "usb"
            disk.partitions = partitions(folder, look.partitions)
            // The kernel read a table that the bytes no longer show, or was not asked to read one.
            if disk.table == .none, !disk.partitions.isEmpty { disk.table = udev.value(name, "ID_PART_TABLE_TYPE") == "gpt" ? .gpt : .dos }
            return disk
        }

        private func partitions(_ folder: String, _ entries: [PartitionEntry]) -> [Volume] {
            var found: [Volume] = []
            for part in sysfs.entries(folder) {
                let place = folder + "/" + part
                guard let number = sysfs.number(place + "/partition").flatMap({ Int(exactly: $0) }) else { continue }
                var partition = volume(part, place, form: .partition)
                partition.number = number
                partition.offset = (sysfs.number(place + "/start") ?? 0) &* 512
                let entry = entries.first { $0.number == number }
                partition.partitionUUID = entry?.uuid ?? udev.value(part, "ID_PART_ENTRY_UUID")
                partition.partitionName = entry?.name ?? udev.text(part, "ID_PART_ENTRY_NAME")
                // An extended partition is two sectors that hold the others.
                if partition.byteCount <= 1024 { continue }
                partition.content = probe(part).content
                partition.trustMount(mounts)
                found.append(partition)
            }
            return found.sorted { ($0.number ?? 0) < ($1.number ?? 0) }
        }

        /// An array or a logical volume, and the partitions of an array: controllers of the board make their arrays so.
        func stacked(_ name: String, _ folder: String) -> [Volume] {
            var volume = volume(name, folder, form: name.hasPrefix("md") ? .array : .logical)
            volume.missingMembers = missingMembers(folder, present: volume.standsOn.count)
            guard volume.byteCount > 0 else {
                volume.isStopped = true
                return [volume]
            }
            let look = probe(name)
            volume.content = look.content
            volume.trustMount(mounts)
            let parts = partitions(folder, look.partitions).map { part in
                var part = part
                part.standsOn = [volume.path]
                return part
            }
            volume.holders += parts.map(\.path)
            return [volume] + parts
        }

        /// The kernel counts them where there is redundancy; members that stand by are among the devices too.
        private func missingMembers(_ folder: String, present: Int) -> Int {
            if let degraded = sysfs.number(folder + "/md/degraded") { return Int(clamping: degraded) }
            return max(0, Int(clamping: sysfs.number(folder + "/md/raid_disks") ?? 0) - present)
        }

        private func volume(_ name: String, _ folder: String, form: Volume.Form) -> Volume {
            var volume = Volume(
                path: sysfs.node(name), form: form, byteCount: (sysfs.number(folder + "/size") ?? 0) &* 512,
                content: Content(kind: .unknown))
            volume.standsOn = sysfs.entries(folder + "/slaves").map(sysfs.node)
            volume.holders = sysfs.entries(folder + "/holders").map(sysfs.node)
            volume.isReadOnly = sysfs.number(folder + "/ro") == 1
            volume.mountPoints = mountPoints(number: sysfs.text(folder + "/dev"), node: volume.path)
            return volume
        }

        /// Whole file systems before parts of them that are bound elsewhere. Those over several devices have a number that is
        /// no device's, and name the device they were mounted from.
        private func mountPoints(number: String?, node: String) -> [String] {
            let ours = mounts.filter { $0.deviceText == number || $0.deviceText.hasPrefix("0:") && $0.source == node }
            return (ours.filter { $0.root == "/" } + ours.filter { $0.root != "/" }).map(\.mountPoint)
        }

        /// Reads the device itself; where it cannot be opened, what udev remembers of it.
        private func probe(_ name: String) -> SignatureProbe.Outcome {
            do throws(SystemError) {
                let file = try OpenFile.forReading(path: sysfs.root + Sysfs.kernelNode(name))
                let size: UInt64
                switch calls.byteCount(file.descriptor) {
                case .success(let count): size = count
                case .failure: size = try file.rawMedium()?.byteCount ?? 0  // a dumped machine's disk as an image
                }
                return SignatureProbe.look(at: file, byteCount: size)
            } catch {
                return remembered(name, errno: error.errno)
            }
        }

        private func remembered(_ name: String, errno: Int32) -> SignatureProbe.Outcome {
            let type = udev.value(name, "ID_FS_TYPE")
            let kind: Content.Kind =
                switch (udev.value(name, "ID_FS_USAGE"), type) {
                case (_, "LVM2_member"): .physicalVolume
                case (_, "crypto_LUKS"): .luks
                case (_, "swap"): .swap
                case ("raid", _): .raidMember
                case ("filesystem", _): .filesystem
                default: .unknown
                }
            var outcome = SignatureProbe.Outcome(
                content: Content(
                    kind: kind, type: type, uuid: udev.value(name, "ID_FS_UUID"),
                    label: udev.text(name, "ID_FS_LABEL_ENC") ?? udev.value(name, "ID_FS_LABEL")))
            if udev.value(name, "ID_FS_AMBIVALENT") != nil { outcome.content.kind = .ambiguous }
            if outcome.content.kind == .unknown { outcome.content.failure = errno }
            outcome.table = PartitionTable(rawValue: udev.value(name, "ID_PART_TABLE_TYPE") ?? "") ?? .none
            outcome.tableUUID = udev.value(name, "ID_PART_TABLE_UUID")
            return outcome
        }

        private func model(_ name: String, _ device: String) -> String? {
            if let told = udev.text(name, "ID_MODEL_ENC") { return told }
            if let told = udev.value(name, "ID_MODEL") { return told.split(separator: "_").joined(separator: " ") }
            let parts = [sysfs.text(device + "/vendor"), sysfs.text(device + "/model")].compactMap { $0 }
            // A PCI number instead of a name, and the layer that speaks for ATA disks.
            let words = parts.filter { !$0.hasPrefix("0x") && $0 != "ATA" }
            return words.isEmpty ? nil : words.joined(separator: " ")
        }

        private func bus(_ name: String, _ folder: String) -> String? {
            if name.hasPrefix("loop") { return "loop" }
            if name.hasPrefix("nvme") { return "nvme" }
            if name.hasPrefix("mmcblk") { return "mmc" }
            let place = sysfs.place(folder)
            for (part, bus) in [("/usb", "usb"), ("/ata", "ata"), ("/virtio", "virtio"), ("/nvme", "nvme"), ("/mmc", "mmc")]
            where place.contains(part) { return bus }
            return udev.value(name, "ID_BUS") ?? (place.contains("/host") ? "scsi" : nil)
        }
    }
}

extension Volume {
    /// A disk that we may not open but that is mounted holds what it is mounted as. The log of one that is mounted for writing is
    /// in use, not left behind.
    fileprivate mutating func trustMount(_ mounts: [Mount]) {
        if content.needsRecovery == true, mounts.contains(where: { !$0.isReadOnly && mountPoints.contains($0.mountPoint) }) {
            content.needsRecovery = false
        }
        guard content.kind == .unknown, content.failure != nil, let place = mountPoints.first,
            let filesystem = mounts.first(where: { $0.mountPoint == place })?.filesystem
        else { return }
        content = Content(kind: .filesystem, type: filesystem)
    }
}
