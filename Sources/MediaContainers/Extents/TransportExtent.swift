/// Follows the packets of a transport stream in step (ISO/IEC 13818-1 §2.4.3.2).
struct TransportExtent {
    private let reader: SourceReader
    private let stride: Int
    private let prefix: Int
    private let counters = ContinuityCounters()

    private static let window = 1 << 20
    /// Packets that must follow each other, as in `TSGeometry`; a stream shorter than that is no recording.
    private static let proof = 5
    /// Zeroes that a packet does not end with: stuffing is FF, and coded video has none.
    private static let torn = 8
    /// A new file shows in its first packets: tables and the beginning of each stream.
    private static let looked = 16

    static func measure(_ reader: SourceReader, stride: Int) throws(SourceFailure) -> MediaExtent? {
        reader.window = window
        return try TransportExtent(reader: reader, stride: stride).walk()
    }

    private init(reader: SourceReader, stride: Int) {
        self.reader = reader
        self.stride = stride
        prefix = stride == 192 ? 4 : 0
    }

    private func walk() throws(SourceFailure) -> MediaExtent? {
        var offset: UInt64 = 0
        var packets = 0
        while true {
            let view = try reader.upTo(Self.window, at: offset)
            guard let base = view.baseAddress else { break }
            var index = 0
            while index + stride <= view.count, TSPacket.isHeader(view, at: index + prefix) {
                if (offset + UInt64(index)) % UInt64(MediaSignature.sector) == 0, packets > 0,
                    isAnotherFile(UnsafeRawBufferPointer(rebasing: view[index...]))
                {
                    return MediaExtent(offset + UInt64(index), .seen)
                }
                counters.note(base + index + prefix)
                index += stride
                packets += 1
            }
            offset += UInt64(index)
            // Less than a packet is left of the view: the next one begins with it.
            if index + stride <= view.count || index == 0 { break }
        }
        guard packets >= Self.proof else { return nil }
        return try conclude(at: offset)
    }

    /// The packet at `offset` is none, and the one before may have been cut.
    private func conclude(at offset: UInt64) throws(SourceFailure) -> MediaExtent {
        let sector = UInt64(MediaSignature.sector)
        // A recorder that died wrote a part of a packet; the file system filled the block with zeroes.
        let last = offset - UInt64(stride)
        let boundary = last.roundedUp(to: sector)
        if try OpenEnd.isPadded(reader, from: offset), let view = try reader.exactly(stride, at: last) {
            let kept = StartCodes.countWithoutTrailingZeroes(view)
            guard stride - kept >= Self.torn else { return MediaExtent(offset, .seen) }
            let end = last + UInt64(max(kept, prefix + 4))
            // Torn at a sector: what follows there may be another's, and the rest elsewhere.
            let isAtSector = boundary < offset && end <= boundary && boundary - end < UInt64(Self.torn)
            return MediaExtent(end, .lost, joint: isAtSector ? .packet(at: offset, counters: counters.values) : nil)
        }
        // Out of step in the middle of a sector: the packet before it was torn at the last sector, or a part of one follows.
        if offset % sector != 0, boundary < offset {
            return MediaExtent(boundary, .lost, joint: .packet(at: offset, counters: counters.values))
        }
        return try partial(at: offset)
    }

    /// With the piece of a packet that may stand at `offset`, before the padding.
    private func partial(at offset: UInt64) throws(SourceFailure) -> MediaExtent {
        let rest = Int(offset.roundedUp(to: UInt64(MediaSignature.sector)) - offset)
        let view = try reader.upTo(min(rest, stride), at: offset)
        guard TSPacket.isHeader(view, at: prefix) else { return MediaExtent(offset, .seen) }
        let kept = StartCodes.countWithoutTrailingZeroes(view)
        return MediaExtent(offset + UInt64(kept), .lost, joint: .packet(at: offset + UInt64(stride), counters: counters.values))
    }

    /// Whether counters begin anew in the first packets of `view`: most streams of it, so that a lost packet is no new file.
    private func isAnotherFile(_ view: UnsafeRawBufferPointer) -> Bool {
        guard let base = view.baseAddress else { return false }
        var fits = 0
        var breaks = 0
        var seen: [UInt16] = []
        for number in 0..<Self.looked {
            let index = number * stride
            guard index + stride <= view.count, TSPacket.isHeader(view, at: index + prefix) else { break }
            guard let verdict = counters.continues(base + index + prefix), !seen.contains(verdict.pid) else { continue }
            seen.append(verdict.pid)
            if verdict.fits { fits += 1 } else { breaks += 1 }
        }
        return breaks > fits
    }
}

/// The continuity counter that each PID had last (§2.4.3.3).
final class ContinuityCounters {
    /// 0x80 is set where the PID was seen.
    private let last: UnsafeMutablePointer<UInt8>

    init() {
        last = .allocate(capacity: 0x2000)
        last.initialize(repeating: 0, count: 0x2000)
    }

    deinit {
        last.deallocate()
    }

    @inline(__always)
    func note(_ packet: UnsafeRawPointer) {
        let header = UInt32(bigEndian: packet.loadUnaligned(as: UInt32.self))
        last[Int(header >> 8 & 0x1FFF)] = 0x80 | UInt8(truncatingIfNeeded: header & 0x0F)
    }

    /// Whether a packet goes on from the last of its PID; nil where nothing was seen of it, or where it says that it does not.
    func continues(_ packet: UnsafeRawPointer) -> (pid: UInt16, fits: Bool)? {
        guard let header = TSPacket(packet), header.pid != TSPacket.nullPID, !header.isDiscontinuous else { return nil }
        let before = last[header.pid]
        guard before & 0x80 != 0 else { return nil }
        // The counter counts packets with payload, and a packet may be sent twice.
        let next = header.hasPayload ? (before &+ 1) & 0x0F : before & 0x0F
        return (UInt16(header.pid), header.continuity == next || header.continuity == before & 0x0F)
    }

    var values: [UInt16: UInt8] {
        var result: [UInt16: UInt8] = [:]
        for pid in 0..<0x2000 where last[pid] != 0 { result[UInt16(pid)] = last[pid] & 0x0F }
        return result
    }
}
