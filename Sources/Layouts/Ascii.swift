/// Classes of bytes. Everything above 0x7F counts as a letter: names are UTF-8, or bytes of a forgotten code page.
enum Ascii {
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 || byte >= 0x80 }

    @inline(__always)
    static func isSeparator(_ byte: UInt8) -> Bool { !isDigit(byte) && !isLetter(byte) }

    static let slash = UInt8(ascii: "/")

    static func lowercased(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.map { $0 &- 65 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

/// A number of at most 18 digits; nil for anything else, so that nothing overflows.
func decimal(_ bytes: some Collection<UInt8>) -> Int64? {
    guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
    var value: Int64 = 0
    for byte in bytes {
        guard Ascii.isDigit(byte) else { return nil }
        value = value * 10 + Int64(byte - 48)
    }
    return value
}

/// `+01:00`, `+0100`, `+01`, `-03.30`: offsets as they stand in paths and on command lines.
enum OffsetText {
    static func seconds(_ text: [UInt8]) -> Int? {
        text.withUnsafeBufferPointer { bytes in
            let length = length(bytes, at: 0)
            guard length > 0, length == bytes.count else { return nil }
            return value(bytes, at: 0, length: length)
        }
    }

    /// How many bytes from a position are an offset; 0 where none stands there. The longest form wins.
    static func length(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Int {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "+") || bytes[start] == UInt8(ascii: "-") else { return 0 }
        func digits(_ first: Int, _ count: Int) -> Bool {
            guard first + count <= bytes.count else { return false }
            for index in first..<first + count where !Ascii.isDigit(bytes[index]) { return false }
            return true
        }
        guard digits(start + 1, 2) else { return 0 }
        for (length, first) in [(6, start + 4), (5, start + 3)] where digits(first, 2) {
            if length == 6 {
                let separator = bytes[start + 3]
                guard separator == UInt8(ascii: ":") || separator == UInt8(ascii: ".") else { continue }
            }
            if start + length < bytes.count, Ascii.isDigit(bytes[start + length]) { continue }
            if value(bytes, at: start, length: length) != nil { return length }
        }
        if start + 3 < bytes.count, Ascii.isDigit(bytes[start + 3]) { return 0 }
        return value(bytes, at: start, length: 3) == nil ? 0 : 3
    }

    static func value(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, length: Int) -> Int? {
        guard length >= 3, start + length <= bytes.count else { return nil }
        let hours = Int(bytes[start + 1] &- 48) * 10 + Int(bytes[start + 2] &- 48)
        let minutes = length < 5 ? 0 : Int(bytes[start + length - 2] &- 48) * 10 + Int(bytes[start + length - 1] &- 48)
        // UTC-12:00 to UTC+14:00 are in use.
        guard hours <= 14, minutes < 60 else { return nil }
        return (bytes[start] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}
