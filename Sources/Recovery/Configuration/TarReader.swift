/// The members of a tar archive one after the other: ustar, pax and GNU's long names, v7. Nothing in a header is believed: numbers
/// are checked, names and lists have caps, and what is skipped is read.
final class TarReader {
    /// A server with two thousand cameras keeps some ten files for each.
    static let mostMembers = 100_000
    /// PATH_MAX is 4096; a header may carry a few such names and attributes that we skip.
    private static let largestExtension: UInt64 = 1 << 20

    private let stream: ArchiveStream
    private(set) var count = 0
    /// Of the current member: bytes not yet read, and the zeroes behind them.
    private var left: UInt64 = 0
    private var padding: UInt64 = 0
    private var global: [String: String] = [:]
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    /// Bytes after the end mark that are not zero: something that other tars might read and this one does not.
    private(set) var hiddenBytes: UInt64 = 0

    init(_ stream: ArchiveStream) {
        self.stream = stream
    }

    /// Nil at the end mark; the stream is then read to its end, so that its checksum is seen.
    func next() throws -> TarMember? {
        try skipRest()
        var local: [String: String] = [:]
        var longPath: String?
        var longTarget: String?
        while true {
            let at = stream.given
            guard let block = try block() else { throw ConfigurationError.damaged(.endsEarly, at: at) }
            if block.allSatisfy({ $0 == 0 }) {
                try drain()
                return nil
            }
            guard TarHeader.isSound(block[...]) else { throw ConfigurationError.damaged(.headerSum, at: at) }
            guard var member = TarHeader.member(block[...]) else { throw ConfigurationError.damaged(.number, at: at) }
            switch member.kind {
            case .other(0x78): local.merge(try records(member, at: at)) { _, new in new }
            case .other(0x67): global.merge(try records(member, at: at)) { _, new in new }
            case .other(0x4C): longPath = try longName(member, at: at)
            case .other(0x4B): longTarget = try longName(member, at: at)
            default:
                if let longPath { member.path = longPath }
                if let longTarget { member.target = longTarget }
                try apply(global.merging(local) { _, new in new }, to: &member, at: at)
                try begin(member, block: block)
                return member
            }
        }
    }

    /// Content of the current member; empty at its end.
    func read() throws -> ArraySlice<UInt8> {
        guard left > 0 else { return [] }
        let wanted = Int(min(left, UInt64(buffer.count)))
        let got = try buffer.withUnsafeMutableBytes { try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted])) }
        guard got == wanted else { throw ConfigurationError.damaged(.endsEarly, at: stream.given) }
        left -= UInt64(got)
        return buffer[..<got]
    }

    private func begin(_ member: TarMember, block: [UInt8]) throws {
        count += 1
        guard count <= Self.mostMembers else { throw ConfigurationError.tooManyMembers(count) }
        switch member.kind {
        case .file, .other: left = member.byteCount
        // Links and folders may state a size and carry nothing.
        default: left = 0
        }
        guard left <= ArchiveStream.mostBytes else { throw ConfigurationError.tooLarge(bytes: left) }
        padding = (512 - left % 512) % 512
        // GNU's sparse files: more of the map before the content.
        if member.kind == .other(0x53), block[482] != 0 {
            while let more = try self.block(), more[504] != 0 {}
        }
    }

    private func block() throws -> [UInt8]? {
        var block = [UInt8](repeating: 0, count: TarHeader.size)
        let got = try block.withUnsafeMutableBytes { try stream.read(into: $0) }
        return got == TarHeader.size ? block : nil
    }

    private func skipRest() throws {
        while left > 0 { _ = try read() }
        var rest = Int(padding)
        padding = 0
        while rest > 0 {
            let got = try buffer.withUnsafeMutableBytes { try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<rest])) }
            guard got > 0 else { throw ConfigurationError.damaged(.endsEarly, at: stream.given) }
            rest -= got
        }
    }

    /// Tapes are padded to some 10 KiB.
    private static let mostPadding: UInt64 = 64 << 20

    private func drain() throws {
        let start = stream.given
        while true {
            let got = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
            if got == 0 { return }
            if stream.given - start > Self.mostPadding { throw ConfigurationError.tooLarge(bytes: stream.given) }
            hiddenBytes += UInt64(buffer[..<got].count { $0 != 0 })
        }
    }

    /// The content of an extended header or of a long name.
    private func extension_(_ member: TarMember, at offset: UInt64) throws -> [UInt8] {
        guard member.byteCount <= Self.largestExtension else { throw ConfigurationError.damaged(.extendedHeader, at: offset) }
        left = member.byteCount
        padding = (512 - left % 512) % 512
        var content: [UInt8] = []
        while left > 0 { content += try read() }
        try skipRest()
        return content
    }

    private func longName(_ member: TarMember, at offset: UInt64) throws -> String {
        String(decoding: try extension_(member, at: offset).prefix { $0 != 0 }, as: UTF8.self)
    }

    /// "LENGTH KEY=VALUE\n", where LENGTH counts all of it.
    private func records(_ member: TarMember, at offset: UInt64) throws -> [String: String] {
        let broken = ConfigurationError.damaged(.extendedHeader, at: offset)
        var rest = try extension_(member, at: offset)[...]
        var result: [String: String] = [:]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != 0x20 }
            guard digits.count <= 9, let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 2,
                length <= rest.count, rest[rest.startIndex + length - 1] == 0x0A
            else { throw broken }
            let record = rest[(digits.endIndex + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: 0x3D) else { throw broken }
            let value = record[record.index(after: equals)...]
            guard !value.contains(0) else { throw broken }
            result[String(decoding: record[..<equals], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
            rest = rest[(rest.startIndex + length)...]
        }
        return result
    }

    private func apply(_ records: [String: String], to member: inout TarMember, at offset: UInt64) throws {
        func number(_ key: String) throws -> UInt64? {
            guard let text = records[key], !text.isEmpty else { return nil }
            guard let value = UInt64(text), value <= UInt64(Int64.max) else { throw ConfigurationError.damaged(.number, at: offset) }
            return value
        }
        if let path = records["path"] { member.path = path }
        if let target = records["linkpath"] { member.target = target }
        if let size = try number("size") { member.byteCount = size }
        if let owner = try number("uid") { member.owner = UInt32(clamping: owner) }
        if let group = try number("gid") { member.group = UInt32(clamping: group) }
        if let time = records["mtime"], !time.isEmpty {
            let parts = time.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count <= 2, let seconds = Int64(parts[0] == "-" ? "-0" : parts[0]) else {
                throw ConfigurationError.damaged(.number, at: offset)
            }
            let digits = parts.count == 2 ? String(parts[1].prefix(9)) : ""
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw ConfigurationError.damaged(.number, at: offset) }
            let fraction = Int64(digits + String(repeating: "0", count: 9 - digits.utf8.count)) ?? 0
            let isNegative = time.hasPrefix("-") && fraction > 0
            (member.modified, member.nanoseconds) = isNegative ? (seconds &- 1, 1_000_000_000 - fraction) : (seconds, fraction)
        }
        // A sparse file in pax's clothes: its content is a map and pieces, not the file.
        if records.keys.contains(where: { $0.hasPrefix("GNU.sparse.") }) { member.kind = .other(0x53) }
    }
}
