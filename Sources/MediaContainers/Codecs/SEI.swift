/// Supplemental enhancement information (H.264 §7.3.2.3, §D; H.265 §7.3.2.4, §D): what an index can use of it.
struct SEI: Equatable {
    /// A decoder can begin here although it is no IDR picture.
    var hasRecoveryPoint = false
    /// Microseconds since 1970, from the recorder's clock (MISB ST 0604 precision time stamp).
    var clockMicroseconds: Int64?

    init() {}

    /// `unit` begins with the NAL header, which is `headerSize` bytes long (1 in H.264, 2 in H.265).
    init(_ unit: UnsafeRawBufferPointer, headerSize: Int) {
        guard unit.count > headerSize else { return }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[headerSize...]))
        while let type = Self.readVarying(&bits), let size = Self.readVarying(&bits) {
            switch type {
            case 6:
                hasRecoveryPoint = true
                guard bits.skip(8 * size) else { return }
            case 5 where size >= 28:
                readUserData(&bits)
                guard bits.skip(8 * (size - 28)) else { return }
            default:
                guard bits.skip(8 * size) else { return }
            }
        }
    }

    /// payload_type and payload_size: 255 for every FF, then the rest.
    static func readVarying(_ bits: inout BitReader) -> Int? {
        var value = 0
        while let byte = bits.bits(8) {
            value += Int(byte)
            if byte != 255 { return value }
        }
        return nil
    }

    /// user_data_unregistered: 16 bytes of UUID, a status byte, eight bytes of time with FF after the 2nd, 4th and 6th.
    private mutating func readUserData(_ bits: inout BitReader) {
        var id: [UInt8] = []
        for _ in 0..<16 { id.append(UInt8(truncatingIfNeeded: bits.bits(8) ?? 0)) }
        guard bits.skip(8) else { return }
        var time: UInt64 = 0
        var isTime = true
        for index in 0..<11 {
            guard let byte = bits.bits(8) else { return }
            if index % 3 == 2 {
                if byte != 0xFF { isTime = false }
            } else {
                time = time << 8 | UInt64(byte)
            }
        }
        guard isTime, let divisor = Self.clockDivisor(id) else { return }
        let microseconds = Int64(clamping: time / divisor)
        // A recorder without a clock counts from its start: before 1990 nothing was recorded digitally.
        if microseconds > 631_152_000_000_000, microseconds < 4_102_444_800_000_000 { clockMicroseconds = microseconds }
    }

    /// How many units of the time stamp are a microsecond (MISB ST 0604 §7.1, §7.2, §8.1).
    private static func clockDivisor(_ id: [UInt8]) -> UInt64? {
        switch id {
        case Array("MISPmicrosectime".utf8): 1
        case [0xA8, 0x68, 0x7D, 0xD4, 0xD7, 0x59, 0x37, 0x58, 0xA5, 0xCE, 0xF0, 0x33, 0x8B, 0x65, 0x45, 0xF1]: 1
        case [0xCF, 0x84, 0x82, 0x78, 0xEE, 0x23, 0x30, 0x6C, 0x92, 0x65, 0xE8, 0xFE, 0xF2, 0x2F, 0xB8, 0xB8]: 1000
        default: nil
        }
    }
}
