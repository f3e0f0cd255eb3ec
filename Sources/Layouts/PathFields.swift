/// A moment as a path tells it.
public struct PathTime: Sendable, Hashable {
    public enum Clock: Sendable, Hashable {
        /// Civil fields without a zone.
        case local
        case utc
    }

    /// Microseconds since 1970; for a local clock the civil fields counted as if they were UTC.
    public var microseconds: Int64
    public var clock: Clock
    /// The unit of the finest field: 1_000_000 for a path that ends with seconds, a day for a mere date.
    public var resolution: Int64

    public init(microseconds: Int64, clock: Clock, resolution: Int64) {
        self.microseconds = microseconds
        self.clock = clock
        self.resolution = resolution
    }

    /// Half-width in microseconds.
    public var uncertainty: Int64 { max(1, resolution / 2) }
}

/// What a template found in a path. Text that is no UTF-8 is percent-encoded, so that names stay distinct and printable.
public struct PathFields: Sendable, Hashable {
    public var camera: String?
    public var stream: String?
    public var kind: String?
    /// Nil where the path has no complete date.
    public var time: PathTime?
    /// Seconds east of UTC, where the path itself says so; `time` is then an instant.
    public var zoneOffsetSeconds: Int?
    public var durationUs: Int64?
    public var sequence: Int64?
    public var ext: String?

    public init() {}
}

enum PathText {
    static func string(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        for byte in bytes {
            if byte < 0x80, byte != UInt8(ascii: "%") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                text += "%" + (byte < 16 ? "0" + hex : hex)
            }
        }
        return text
    }
}
