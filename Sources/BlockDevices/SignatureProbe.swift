import CBlkid
import Glibc
import LinuxSystem

/// libblkid's low-level probing. The cached interface is never used: it answers from a file, not from the disk.
public enum SignatureProbe {
    public struct Outcome: Sendable, Equatable {
        public var content: Content
        public var table: PartitionTable = .none
        /// The table's identity: `PTUUID`.
        public var tableUUID: String?
        public var partitions: [PartitionEntry] = []
    }

    /// What stands on a range of a device or image (`length` 0: to its end).
    public static func look(at medium: OpenFile, offset: UInt64 = 0, length: UInt64 = 0, byteCount: UInt64) -> Outcome {
        let size = length > 0 ? length : byteCount &- min(offset, byteCount)
        guard size > 0 else { return Outcome(content: Content(kind: .empty)) }
        if let errno = firstError(medium, offset: offset, size: size) {
            var content = Content(kind: .unknown)
            content.failure = errno
            return Outcome(content: content)
        }
        guard let probe = blkid_new_probe() else { return Outcome(content: Content(kind: .unknown)) }
        defer { blkid_free_probe(probe) }
        guard blkid_probe_set_device(probe, medium.descriptor, blkid_loff_t(clamping: offset), blkid_loff_t(clamping: length)) == 0 else {
            return Outcome(content: Content(kind: .unknown))
        }
        blkid_probe_enable_superblocks(probe, 1)
        let wanted =
            BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_VERSION | BLKID_SUBLKS_MAGIC
        blkid_probe_set_superblocks_flags(probe, Int32(wanted))
        blkid_probe_enable_partitions(probe, 1)
        blkid_probe_set_partitions_flags(probe, Int32(BLKID_PARTS_ENTRY_DETAILS))

        let answer = blkid_do_safeprobe(probe)
        var outcome = Outcome(content: Content(kind: .unknown))
        if answer == 0 {
            outcome.content = content(of: probe)
            outcome.table = PartitionTable(rawValue: value("PTTYPE", probe) ?? "") ?? .none
            outcome.tableUUID = value("PTUUID", probe)
        }
        let signatures = allSignatures(probe)
        let systems = Set(signatures.filter { $0.usage != "raid" }.map(\.type))
        // 0: one; 1: nothing; -2 ambivalent up to 2.38.1; -1 an error before 2.39, and ambivalent since (util-linux c2c5d4a):
        // what the signatures themselves say decides which.
        if answer < 0 {
            outcome.content = Content(kind: answer == -2 || signatures.count > 1 || systems.count > 1 ? .ambiguous : .unknown)
            outcome.content.signatures = signatures
        } else if signatures.count > 1 {
            outcome.content.signatures = signatures
        }
        if outcome.table == .none, answer < 0 { outcome.table = tableAlone(probe) }
        if outcome.table != .none { outcome.partitions = partitions(medium, offset: offset, length: length) }
        if outcome.table == .none, outcome.content.kind == .unknown, offset == 0, length == 0, let longer = LongerTable.read(medium) {
            outcome.table = .gpt
            outcome.tableUUID = longer.uuid
            outcome.partitions = longer.partitions
            outcome.content.missingBytes = longer.byteCount > size ? longer.byteCount - size : 0
        }
        if outcome.content.kind == .unknown, outcome.table == .none, answer == 1, isBlank(medium, offset: offset, size: size) {
            outcome.content.kind = .empty
        }
        if outcome.content.kind == .filesystem {
            let type = outcome.content.type ?? ""
            outcome.content.needsRecovery = DirtyLog.needsRecovery(medium, type: type, offset: offset, byteCount: size)
            let declared = DeclaredSize.bytes(medium, type: type, offset: offset) ?? 0
            outcome.content.missingBytes = declared > size ? declared - size : 0
        }
        return outcome
    }

    private static func content(of probe: blkid_probe) -> Content {
        let type = value("TYPE", probe)
        let kind: Content.Kind =
            switch (value("USAGE", probe), type) {
            case (_, "LVM2_member"), (_, "LVM1_member"): .physicalVolume
            case (_, "crypto_LUKS"): .luks
            case (_, "swap"), (_, "swsuspend"): .swap
            case ("raid", _): .raidMember
            case ("filesystem", _): .filesystem
            default: .unknown
            }
        var content = Content(kind: kind, type: type, uuid: value("UUID", probe), label: value("LABEL", probe))
        // An array's members share its UUID and have one each.
        content.groupUUID = value("UUID_SUB", probe) != nil ? content.uuid : nil
        return content
    }

    /// Each signature, one after the other: `blkid_do_probe` goes on where it stopped.
    private static func allSignatures(_ probe: blkid_probe) -> [Content.Signature] {
        blkid_reset_probe(probe)
        blkid_probe_enable_partitions(probe, 0)
        defer {
            blkid_reset_probe(probe)
            blkid_probe_enable_partitions(probe, 1)
        }
        var found: [Content.Signature] = []
        // Far more than libblkid has drivers for on one disk.
        while found.count < 64, blkid_do_probe(probe) == 0 {
            guard let type = value("TYPE", probe) else { continue }
            let signature = Content.Signature(
                type: type, usage: value("USAGE", probe) ?? "", offset: value("SBMAGIC_OFFSET", probe).flatMap { UInt64($0) })
            if !found.contains(signature) { found.append(signature) }
        }
        return found
    }

    private static func tableAlone(_ probe: blkid_probe) -> PartitionTable {
        blkid_reset_probe(probe)
        blkid_probe_enable_superblocks(probe, 0)
        defer { blkid_probe_enable_superblocks(probe, 1) }
        guard blkid_do_safeprobe(probe) == 0 else { return .none }
        return PartitionTable(rawValue: value("PTTYPE", probe) ?? "") ?? .none
    }

    private static func partitions(_ medium: OpenFile, offset: UInt64, length: UInt64) -> [PartitionEntry] {
        guard let probe = blkid_new_probe() else { return [] }
        defer { blkid_free_probe(probe) }
        guard blkid_probe_set_device(probe, medium.descriptor, blkid_loff_t(clamping: offset), blkid_loff_t(clamping: length)) == 0,
            let list = blkid_probe_get_partitions(probe)
        else { return [] }
        return (0..<max(0, blkid_partlist_numof_partitions(list))).compactMap { index in
            guard let partition = blkid_partlist_get_partition(list, index) else { return nil }
            let start = blkid_partition_get_start(partition)
            let size = blkid_partition_get_size(partition)
            // An extended partition of a DOS table only holds others.
            guard start >= 0, size > 0, blkid_partition_is_extended(partition) == 0 else { return nil }
            return PartitionEntry(
                number: Int(blkid_partition_get_partno(partition)), offset: UInt64(start) &* 512, byteCount: UInt64(size) &* 512,
                uuid: blkid_partition_get_uuid(partition).map { String(cString: $0) },
                name: blkid_partition_get_name(partition).map { String(cString: $0) })
        }
    }

    private static func value(_ name: String, _ probe: blkid_probe) -> String? {
        var data: UnsafePointer<CChar>?
        var length = 0
        guard blkid_probe_lookup_value(probe, name, &data, &length) == 0, let data, length > 0 else { return nil }
        // Labels come from the disk: bytes of any encoding, to the first NUL.
        let bytes = UnsafeRawBufferPointer(start: data, count: length).prefix { $0 != 0 }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// A disk that answers no read says nothing about its content.
    private static func firstError(_ medium: OpenFile, offset: UInt64, size: UInt64) -> Int32? {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 4096) { buffer in
            do throws(SystemError) {
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(4096, size))])
                _ = try medium.read(at: offset, into: part)
                return nil
            } catch { return error.errno }
        }
    }

    /// Whether its first MiB and its last 64 KiB hold zeroes only, where every file system and every array keeps its head, and so
    /// many places between, where a disk that was only begun to be wiped holds something.
    private static func isBlank(_ medium: OpenFile, offset: UInt64, size: UInt64) -> Bool {
        let head = min(size, 1 << 20)
        let tail = min(size, 64 << 10)
        var places = [(offset, head), (offset + size - tail, tail)]
        for place in 1..<placesBetween where size > 2 << 20 {
            let start = size / placesBetween * place & ~4095
            places.append((offset + start, min(4096, size - start)))
        }
        return places.allSatisfy { start, count in
            (try? read(medium, at: start, count: Int(count)))?.allSatisfy { $0 == 0 } ?? false
        }
    }

    /// A second or so on a disk that turns.
    private static let placesBetween: UInt64 = 128

    static func read(_ medium: OpenFile, at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            var got = 0
            do {
                got = try bytes.withUnsafeMutableBytes { buffer in
                    try medium.read(at: offset + UInt64(done), into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
                }
            } catch let error as SystemError { throw error } catch { break }
            if got == 0 { break }
            done += got
        }
        bytes.removeLast(count - done)
        return bytes
    }
}
