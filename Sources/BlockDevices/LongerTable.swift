import LinuxSystem

/// A GPT that libblkid does not accept: of a disk that is longer than what is here, an image that was cut short, or of a disk
/// whose sectors are of 4096 bytes, in an image that does not tell so (UEFI 2.10 §5.3.2, §5.3.3).
enum LongerTable {
    struct Found: Equatable {
        var uuid: String
        var partitions: [PartitionEntry]
        /// The disk's length as the table has it.
        var byteCount: UInt64
    }

    /// Tables have 128 entries; the specification sets no bound.
    private static let mostEntries = 1024

    /// Nil where there is no header with a sound checksum.
    static func read(_ medium: OpenFile) -> Found? {
        for sector in [UInt64(512), 4096] { if let found = read(medium, sector: sector) { return found } }
        return nil
    }

    private static func read(_ medium: OpenFile, sector: UInt64) -> Found? {
        guard var head = try? SignatureProbe.read(medium, at: sector, count: 92), head.count == 92, head.starts(with: "EFI PART".utf8)
        else {
            return nil
        }
        let fields = DiskBytes(head)
        for index in 16..<20 { head[index] = 0 }
        guard fields.little32(12) == 92, fields.little32(16) == checksum(head) else { return nil }
        let (count, size) = (Int(fields.little32(80)), UInt64(fields.little32(84)))
        let (table, overflow) = fields.little64(72).multipliedReportingOverflow(by: sector)
        let (last, tooLong) = fields.little64(32).multipliedReportingOverflow(by: sector)
        guard count <= mostEntries, size >= 128, size <= 4096, !overflow, !tooLong, last < .max - sector,
            let bytes = try? SignatureProbe.read(medium, at: table, count: count * Int(size))
        else { return nil }
        let entries = DiskBytes(bytes)
        var partitions: [PartitionEntry] = []
        for index in 0..<bytes.count / Int(size) {
            let at = index * Int(size)
            let (start, end) = (entries.little64(at + 32), entries.little64(at + 40))
            // An entry without a type is free.
            guard bytes[at..<at + 16].contains(where: { $0 != 0 }), start <= end, end < UInt64(Int64.max) / sector else { continue }
            let units = (0..<36).map { entries.little16(at + 56 + 2 * $0) }.prefix { $0 != 0 }
            partitions.append(
                PartitionEntry(
                    number: index + 1, offset: start * sector, byteCount: (end - start + 1) * sector,
                    uuid: uuid(bytes[(at + 16)..<(at + 32)]),
                    name: units.isEmpty ? nil : String(decoding: units, as: UTF16.self)))
        }
        return Found(uuid: uuid(head[56..<72]), partitions: partitions, byteCount: last + sector)
    }

    /// The first three groups are stored with their low byte first.
    private static func uuid(_ bytes: ArraySlice<UInt8>) -> String {
        let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
        var text = ""
        for (place, index) in order.enumerated() {
            if [4, 6, 8, 10].contains(place) { text += "-" }
            let digits = String(bytes[bytes.startIndex + index], radix: 16)
            text += digits.count == 1 ? "0" + digits : digits
        }
        return text
    }

    /// CRC-32 of ISO 3309, as §5.3.2 asks.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }
}
