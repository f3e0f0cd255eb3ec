/// Writes a tar archive: ustar where a header says all, a pax header before it where it does not. Numeric owners only.
struct TarWriter {
    let sink: ([UInt8]) throws -> Void

    /// The header; exactly `member.byteCount` bytes must follow, and then `pad`.
    func begin(_ member: TarMember) throws {
        let records = TarHeader.paxRecords(member)
        if !records.isEmpty {
            let header = TarMember(
                path: "pax", kind: .other(0x78), mode: 0o644, owner: 0, group: 0, modified: 0, byteCount: UInt64(records.count))
            try sink(TarHeader.block(header, flag: 0x78) + records)
            try pad(header.byteCount)
        }
        let flag: UInt8 =
            switch member.kind {
            case .folder: 0x35
            case .link: 0x32
            default: 0x30
            }
        try sink(TarHeader.block(member, flag: flag))
    }

    func pad(_ byteCount: UInt64) throws {
        let rest = Int(byteCount % 512)
        if rest > 0 { try sink([UInt8](repeating: 0, count: 512 - rest)) }
    }

    /// The end mark: two blocks of zeroes.
    func finish() throws { try sink([UInt8](repeating: 0, count: 1024)) }
}
