/// The header of a PES packet (ISO/IEC 13818-1 §2.4.3.6).
struct PESHeader: Equatable {
    var streamID: UInt8
    /// Bytes of stream data that follow the header; nil where PES_packet_length is 0, as video's often is.
    var dataBytes: Int?
    /// Bytes of the header itself.
    var byteCount: Int
    /// 33-bit ticks of 90 kHz.
    var pts: UInt64?
    var dts: UInt64?

    enum Outcome: Equatable {
        case header(PESHeader)
        case needsMore
        case broken
    }

    static func parse(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard bytes.count >= 9 else { return .needsMore }
        guard bytes[0] == 0, bytes[1] == 0, bytes[2] == 1 else { return .broken }
        let id = bytes[3]
        // Streams whose packets have no such header carry neither video nor audio.
        switch id {
        case 0xBD, 0xC0...0xEF, 0xFA...0xFE: break
        default: return .broken
        }
        guard bytes[6] & 0xC0 == 0x80 else { return .broken }
        let length = Int(bytes[4]) << 8 | Int(bytes[5])
        let size = 9 + Int(bytes[8])
        guard bytes.count >= size else { return .needsMore }
        var header = PESHeader(streamID: id, dataBytes: length == 0 ? nil : max(0, length + 6 - size), byteCount: size)
        if bytes[7] & 0x80 != 0, size >= 14 { header.pts = time(bytes, at: 9) }
        if bytes[7] & 0xC0 == 0xC0, size >= 19 { header.dts = time(bytes, at: 14) }
        return .header(header)
    }

    private static func time(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt64? {
        // The marker bits are always 1.
        guard bytes[index] & 1 == 1, bytes[index + 2] & 1 == 1, bytes[index + 4] & 1 == 1 else { return nil }
        return UInt64(bytes[index] >> 1 & 7) << 30 | UInt64(bytes[index + 1]) << 22 | UInt64(bytes[index + 2] >> 1) << 15
            | UInt64(bytes[index + 3]) << 7 | UInt64(bytes[index + 4] >> 1)
    }
}

/// Unrolls 33-bit times, which wrap every 26.5 hours.
struct TSTimeline {
    private var last: Int64?

    /// The time nearest to the one before.
    mutating func unroll(_ ticks: UInt64) -> Int64 {
        guard let last else {
            self.last = Int64(ticks)
            return Int64(ticks)
        }
        let time = last &+ Self.difference(Int64(ticks), last)
        self.last = time
        return time
    }

    /// `a - b` on the circle of 33 bits, between -2^32 and 2^32.
    static func difference(_ a: Int64, _ b: Int64) -> Int64 {
        let wrap: Int64 = 1 << 33
        let rest = (a &- b) & (wrap - 1)
        return rest >= wrap / 2 ? rest - wrap : rest
    }
}
