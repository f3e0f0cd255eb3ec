/// A path as the index stores it: UTF-8 as it is, anything else with its bytes in percent form, so that no name is lost.
public struct StoredPath: Sendable, Equatable, Codable {
    public var text: String
    /// `utf-8` or `percent`: the column `path_encoding`.
    public var encoding: String

    public init(text: String, encoding: String) {
        self.text = text
        self.encoding = encoding
    }

    public init(bytes: [UInt8]) {
        // NUL cannot stand in a path; a String made from valid UTF-8 keeps every byte.
        if let text = String(validating: bytes, as: UTF8.self) {
            self.init(text: text, encoding: "utf-8")
        } else {
            self.init(text: Self.percentForm(bytes), encoding: "percent")
        }
    }

    /// The bytes to open; nil where a `percent` form is broken.
    public var bytes: [UInt8]? {
        let utf8 = Array(text.utf8)
        guard encoding == "percent" else { return utf8 }
        var result: [UInt8] = []
        var index = 0
        while index < utf8.count {
            if utf8[index] == UInt8(ascii: "%") {
                guard index + 2 < utf8.count, let value = UInt8(String(decoding: utf8[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
                else { return nil }
                result.append(value)
                index += 3
            } else {
                result.append(utf8[index])
                index += 1
            }
        }
        return result
    }

    private static func percentForm(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in bytes {
            if byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "%") {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
