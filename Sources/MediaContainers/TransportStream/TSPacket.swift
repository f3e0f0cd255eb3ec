/// One transport packet (ISO/IEC 13818-1 §2.4.3.2).
struct TSPacket {
    static let byteCount = 188
    /// What a packet without adaptation field carries.
    static let fullPayload = byteCount - 4
    static let sync: UInt8 = 0x47
    static let nullPID = 0x1FFF
    /// In the header: an adaptation field stands before the payload.
    static let adaptationFlag: UInt32 = 0x20

    /// The first four bytes.
    var header: UInt32
    var pid: Int
    /// payload_unit_start_indicator: a PES packet or a section begins.
    var isStart: Bool
    var continuity: UInt8
    var hasPayload: Bool
    /// discontinuity_indicator: the counter may jump here.
    var isDiscontinuous = false
    /// The adaptation field holds stuffing, as it does in the last packet of a PES packet.
    var isStuffed = false
    /// Where the payload begins in the packet.
    var payloadStart = 4

    /// `base` points to 188 bytes that begin with the sync byte; nil where the header is none.
    @inline(__always)
    init?(_ base: UnsafeRawPointer) {
        header = UInt32(bigEndian: base.loadUnaligned(as: UInt32.self))
        // transport_error_indicator: the demodulator gave the packet up.
        guard header >> 24 == UInt32(Self.sync), header & 0x80_0000 == 0 else { return nil }
        let adaptation = header >> 4 & 3
        guard adaptation != 0 else { return nil }
        pid = Int(header >> 8 & 0x1FFF)
        isStart = header & 0x40_0000 != 0
        continuity = UInt8(truncatingIfNeeded: header & 0x0F)
        hasPayload = adaptation & 1 != 0
        guard adaptation & 2 != 0 else { return }
        let length = Int(base.load(fromByteOffset: 4, as: UInt8.self))
        guard length <= (hasPayload ? 182 : 183) else { return nil }
        payloadStart = 5 + length
        guard length > 0 else {
            isStuffed = true
            return
        }
        let flags = base.load(fromByteOffset: 5, as: UInt8.self)
        isDiscontinuous = flags & 0x80 != 0
        // What the flags promise at least; anything above is stuffing (or private data, which cameras do not write).
        let used = 1 + (flags & 0x10 != 0 ? 6 : 0) + (flags & 0x08 != 0 ? 6 : 0) + (flags & 0x04 != 0 ? 1 : 0)
        isStuffed = length > used
    }

    /// The header of a packet that goes on with this one's payload.
    var headerOfNext: UInt32 { Self.headerOfNext(after: header) }

    /// The same PID, no adaptation field, no start of anything, the counter one up.
    static func headerOfNext(after header: UInt32) -> UInt32 {
        header & ~0x40_003F | 0x10 | (header &+ 1) & 0x0F
    }

    /// Whether four bytes can be a packet's header.
    static func isHeader(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
        guard index >= 0, index + 4 <= bytes.count else { return false }
        return bytes[index] == sync && bytes[index + 1] & 0x80 == 0 && bytes[index + 3] & 0x30 != 0
    }
}

/// How packets lie in a file.
struct TSGeometry: Equatable {
    /// From one sync byte to the next: 188; 192 with a time stamp before each (M2TS); 204 with a checksum behind each.
    var stride: Int
    /// Of the first sync byte.
    var firstSync: Int

    /// Bytes that a packet has before its sync byte.
    var prefix: Int { stride == 192 ? 4 : 0 }

    static let strides = [188, 192, 204]
    /// In a row, so that chance is ruled out.
    static let proof = 5
    /// In a row, so that what follows does not matter.
    private static let certain = 24

    init(stride: Int, firstSync: Int) {
        self.stride = stride
        self.firstSync = firstSync
    }

    /// Whether packets of 188 bytes begin with the first byte, as many as rule out everything else.
    static func isCertain(_ head: UnsafeRawBufferPointer) -> Bool {
        (0..<certain).allSatisfy { TSPacket.isHeader(head, at: $0 * strides[0]) }
    }

    /// Nil where the head is no transport stream; garbage before the first packet is forgiven.
    init?(_ head: UnsafeRawBufferPointer, byteCount: UInt64) {
        var index = 0
        while let found = Self.nextSync(head, from: index) {
            for stride in Self.strides where Self.isProven(head, at: found, stride, byteCount) {
                self.stride = stride
                firstSync = found
                return
            }
            index = found + 1
        }
        return nil
    }

    static func nextSync(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == TSPacket.sync { return index }
            index += 1
        }
        return nil
    }

    private static func isProven(_ head: UnsafeRawBufferPointer, at start: Int, _ stride: Int, _ byteCount: UInt64) -> Bool {
        var run = 0
        var textual = 0
        while run < proof, TSPacket.isHeader(head, at: start + run * stride) {
            if (1...3).allSatisfy({ ElementaryKind.isText(head[start + run * stride + $0]) }) { textual += 1 }
            run += 1
        }
        // `GGGG…` is a header, and then another.
        if textual > 1, textual == run { return false }
        if run < proof {
            // A file that is shorter: all of it, from its table of programs on.
            guard run > 0, start == 0 || start == 4, byteCount < UInt64(proof * stride + start) else { return false }
            let isTable = head[start + 1] & 0x5F == 0x40 && head[start + 2] == 0
            return isTable && start + run * stride + stride > head.count
        }
        // Sync bytes by chance, as in text of few letters, do not go on for long; and most of the head has none.
        while run < certain, TSPacket.isHeader(head, at: start + run * stride) { run += 1 }
        if run == certain { return true }
        var synced = 0
        var other = 0
        var index = start
        while index + 4 <= head.count {
            if TSPacket.isHeader(head, at: index) {
                synced += 1
            } else if head[index] != 0 {
                other += 1
            }
            index += stride
        }
        return synced > other
    }
}
