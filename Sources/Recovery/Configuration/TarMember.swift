/// One member of a tar archive, as its header tells it (POSIX.1-2017 pax, "ustar Interchange Format"; GNU's and pax's extensions
/// already applied).
public struct TarMember: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case file, folder, link, hardLink, device, fifo
        /// A type flag that is none of ours: GNU's sparse files, continued volumes.
        case other(UInt8)
    }
    public var path: String
    public var kind: Kind
    /// The bits of chmod(2): 0o7777.
    public var mode: UInt32
    public var owner: UInt32
    public var group: UInt32
    /// Seconds since 1970, and the nanoseconds of pax.
    public var modified: Int64
    public var nanoseconds: Int64 = 0
    public var byteCount: UInt64
    public var target = ""

    /// Without `./` before it and `/` behind it.
    public var plainPath: String {
        var rest = path[...]
        while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
        while rest.count > 1, rest.last == "/" { rest.removeLast() }
        return rest.isEmpty ? "." : String(rest)
    }
}

/// 512 bytes:
/// ```
///   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 sum 8 | 156 type 1
/// 157 link 100 | 257 magic 6, version 2 | 265 owner's name 32 | 297 group's name 32 | 329 devices 16 | 345 prefix 155
/// ```
enum TarHeader {
    static let size = 512

    static func isSound(_ block: ArraySlice<UInt8>) -> Bool {
        guard let stated = number(block, 148, 8) else { return false }
        var unsigned: Int64 = 0
        var signed: Int64 = 0
        for (index, byte) in block.enumerated() {
            let byte = (148..<156).contains(index) ? 0x20 : byte
            unsigned += Int64(byte)
            // Old tars summed what their `char` was.
            signed += Int64(Int8(bitPattern: byte))
        }
        return stated == unsigned || stated == signed
    }

    /// Octal digits between blanks and zeroes, or GNU's base 256 for what they do not hold; nil where it is neither, or negative.
    static func number(_ block: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> Int64? {
        let start = block.startIndex + offset
        let field = block[start..<start + count]
        guard let first = field.first else { return nil }
        var value: Int64 = 0
        if first & 0x80 != 0 {
            guard first == 0x80 else { return nil }
            for byte in field.dropFirst() {
                guard value <= Int64.max >> 8 else { return nil }
                value = value << 8 | Int64(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 || $0 == 0 }.prefix { $0 != 0x20 && $0 != 0 }
        for byte in digits {
            guard (0x30...0x37).contains(byte), value <= Int64.max >> 3 else { return nil }
            value = value << 3 | Int64(byte - 0x30)
        }
        return value
    }

    static func text(_ block: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> String {
        let start = block.startIndex + offset
        return String(decoding: block[start..<start + count].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Nil where a number is none.
    static func member(_ block: ArraySlice<UInt8>) -> TarMember? {
        guard let mode = number(block, 100, 8), let owner = number(block, 108, 8), let group = number(block, 116, 8),
            let size = number(block, 124, 12), let modified = number(block, 136, 12)
        else { return nil }
        var path = text(block, 0, 100)
        // GNU's older magic has other fields where the prefix is.
        let start = block.startIndex
        if Array(block[start + 257..<start + 263]) == Array("ustar\0".utf8) {
            let prefix = text(block, 345, 155)
            if !prefix.isEmpty { path = prefix + "/" + path }
        }
        let flag = block[start + 156]
        let kind: TarMember.Kind =
            switch flag {
            // The oldest tars had no folders: a name that ends in a slash is one.
            case 0, 0x30, 0x37: path.hasSuffix("/") && flag != 0x37 ? .folder : .file
            case 0x31: .hardLink
            case 0x32: .link
            case 0x33, 0x34: .device
            case 0x35: .folder
            case 0x36: .fifo
            default: .other(flag)
            }
        return TarMember(
            path: path, kind: kind, mode: UInt32(truncatingIfNeeded: mode & 0o7777), owner: UInt32(clamping: owner),
            group: UInt32(clamping: group), modified: modified, byteCount: UInt64(size), target: text(block, 157, 100))
    }

    /// A header block for what fits into one; `pax` says what does not.
    static func block(_ member: TarMember, flag: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: size)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int, room: Int) {
            for (index, byte) in bytes.prefix(room).enumerated() { block[offset + index] = byte }
        }
        func octal(_ value: UInt64, at offset: Int, digits: Int) {
            let text = String(value, radix: 8)
            let fits = text.utf8.count <= digits ? text : "0"
            put((String(repeating: "0", count: digits - fits.utf8.count) + fits).utf8, at: offset, room: digits)
        }
        put(member.path.utf8, at: 0, room: 100)
        octal(UInt64(member.mode), at: 100, digits: 7)
        octal(UInt64(member.owner), at: 108, digits: 7)
        octal(UInt64(member.group), at: 116, digits: 7)
        octal(member.byteCount, at: 124, digits: 11)
        octal(UInt64(clamping: member.modified), at: 136, digits: 11)
        block[156] = flag
        put(member.target.utf8, at: 157, room: 100)
        put("ustar\u{0}00".utf8, at: 257, room: 8)
        put("        ".utf8, at: 148, room: 8)
        octal(block.reduce(0) { $0 + UInt64($1) }, at: 148, digits: 6)
        block[154] = 0
        return block
    }

    /// What one block cannot say, in pax records: "LENGTH KEY=VALUE\n".
    static func paxRecords(_ member: TarMember) -> [UInt8] {
        var records: [(String, String)] = []
        if member.path.utf8.count > 100 || !member.path.utf8.allSatisfy({ $0 < 0x80 }) { records.append(("path", member.path)) }
        if member.target.utf8.count > 100 || !member.target.utf8.allSatisfy({ $0 < 0x80 }) { records.append(("linkpath", member.target)) }
        if member.byteCount >= 1 << 33 { records.append(("size", String(member.byteCount))) }
        if member.owner >= 1 << 21 { records.append(("uid", String(member.owner))) }
        if member.group >= 1 << 21 { records.append(("gid", String(member.group))) }
        if member.nanoseconds != 0 || member.modified < 0 || member.modified >= 1 << 33 {
            records.append(("mtime", paxTime(member.modified, member.nanoseconds)))
        }
        return records.flatMap { key, value in
            let body = " \(key)=\(value)\n".utf8.count
            var length = body + String(body).utf8.count
            if body + String(length).utf8.count != length { length = body + String(length).utf8.count }
            return Array("\(length) \(key)=\(value)\n".utf8)
        }
    }

    static func paxTime(_ seconds: Int64, _ nanoseconds: Int64) -> String {
        guard nanoseconds > 0 else { return String(seconds) }
        // -1.25 s is -2 s and 0.75 s in a timespec.
        let (whole, part) = seconds < 0 ? (seconds + 1, 1_000_000_000 - nanoseconds) : (seconds, nanoseconds)
        let digits = String(part)
        let padded = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
        return (seconds < 0 && whole == 0 ? "-" : "") + "\(whole).\(padded)"
    }
}
