/// Disk blocks that were never written read as zeroes; no coded frame ends in many of them.
enum ZeroTail {
    /// More than any codec ends a frame with.
    static let length = 8

    /// Whether zeroes run over the end of a payload: its last byte and its neighbours on both sides, `length` together.
    /// `bytes` hold the payload and as much as there is of the `length` bytes behind it.
    static func tears(_ bytes: UnsafeRawBufferPointer, payloadCount: Int) -> Bool {
        guard payloadCount > 0, payloadCount <= bytes.count, bytes[payloadCount - 1] == 0 else { return false }
        let before = bytes[..<payloadCount].suffix(length).reversed().prefix { $0 == 0 }.count
        let after = bytes[payloadCount...].prefix(length).prefix { $0 == 0 }.count
        return before + after >= length
    }
}
