/// A part of a binary record: where it begins, and how its bytes are a value.
struct RecordField: Equatable, Sendable {
    enum Form: Equatable, Sendable {
        /// Whole number of so many bytes.
        case integer(bytes: Int, isBig: Bool)
        /// IEEE 754.
        case real(bytes: Int, isBig: Bool)
        /// Filled up with zeroes.
        case text(bytes: Int)
    }
    var offset: Int
    var form: Form

    var length: Int {
        switch form {
        case .integer(let bytes, _), .real(let bytes, _), .text(let bytes): bytes
        }
    }

    /// `4:u32le`, `12:f64be`, `20:text32`: the name of its column.
    var name: String {
        switch form {
        case .integer(let bytes, let isBig): "\(offset):u\(bytes * 8)" + (bytes == 1 ? "" : isBig ? "be" : "le")
        case .real(let bytes, let isBig): "\(offset):f\(bytes * 8)" + (isBig ? "be" : "le")
        case .text(let bytes): "\(offset):text\(bytes)"
        }
    }

    init(offset: Int, form: Form) { (self.offset, self.form) = (offset, form) }

    init?(name: String) {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let offset = Int(parts[0]), (0..<65536).contains(offset) else { return nil }
        self.offset = offset
        var word = parts[1]
        if word.hasPrefix("text") {
            guard let bytes = Int(word.dropFirst(4)), (1...65536).contains(bytes) else { return nil }
            form = .text(bytes: bytes)
            return
        }
        let isBig = word.hasSuffix("be")
        if isBig || word.hasSuffix("le") { word = word.dropLast(2) }
        guard let bits = Int(word.dropFirst()), [8, 16, 32, 64].contains(bits) else { return nil }
        switch word.first {
        case "u": form = .integer(bytes: bits / 8, isBig: isBig)
        case "f" where bits >= 32: form = .real(bytes: bits / 8, isBig: isBig)
        default: return nil
        }
    }

    enum Number {
        case whole(Int64)
        case real(Double)
    }

    private static func raw(_ bytes: ArraySlice<UInt8>, isBig: Bool) -> UInt64 {
        var value: UInt64 = 0
        if isBig {
            for byte in bytes { value = value << 8 | UInt64(byte) }
        } else {
            for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        }
        return value
    }

    private func bytes(_ record: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        record[(record.startIndex + offset)..<(record.startIndex + offset + length)]
    }

    /// Nil where it is none, or larger than 2^63.
    func number(_ record: ArraySlice<UInt8>) -> Number? {
        switch form {
        case .integer(_, let isBig): return Int64(exactly: Self.raw(bytes(record), isBig: isBig)).map { .whole($0) }
        case .real(let count, let isBig):
            let raw = Self.raw(bytes(record), isBig: isBig)
            let value = count == 8 ? Double(bitPattern: raw) : Double(Float(bitPattern: UInt32(truncatingIfNeeded: raw)))
            return value.isFinite ? .real(value) : nil
        case .text: return nil
        }
    }

    /// The value in a record as text; nil where it has none.
    func read(_ record: ArraySlice<UInt8>) -> String? {
        if case .text = form { return String(decoding: bytes(record).prefix { $0 != 0 }, as: UTF8.self) }
        return switch number(record) {
        case .whole(let value)?: String(value)
        case .real(let value)?: String(value)
        case nil: nil
        }
    }

    /// Puts a value into a record; false where it does not fit.
    func write(_ value: String, into record: inout [UInt8]) -> Bool {
        var raw: UInt64
        let isBig: Bool
        switch form {
        case .text(let count):
            guard value.utf8.count <= count, !value.utf8.contains(0) else { return false }
            record.replaceSubrange(
                offset..<offset + count, with: Array(value.utf8) + [UInt8](repeating: 0, count: count - value.utf8.count))
            return true
        case .integer(let count, let big):
            guard let number = UInt64(value), count == 8 || number >> UInt64(count * 8) == 0 else { return false }
            (raw, isBig) = (number, big)
        case .real(let count, let big):
            guard let number = Double(value) else { return false }
            (raw, isBig) = (count == 8 ? number.bitPattern : UInt64(Float(number).bitPattern), big)
        }
        for index in 0..<length {
            record[offset + (isBig ? length - 1 - index : index)] = UInt8(truncatingIfNeeded: raw)
            raw >>= 8
        }
        return true
    }
}
