/// Walks the packets of a file, finds the sync again where it is lost, and says what the end looks like.
struct TSPackets {
    static let blockBytes = 1 << 20

    let geometry: TSGeometry
    private let reader: SourceReader
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    private var blockOffset: UInt64
    /// Where the next packet's sync byte should be in the block.
    private var index = 0
    private var isOver = false

    private var damage = DamageList()
    var findings: [MediaFinding] { damage.findings }
    /// What is wrong with the end, if anything.
    private(set) var tail: MediaFinding?
    /// Packets were lost before the one that was handed out last.
    private(set) var lostSync = false
    /// They were not followed by as many bytes as packets have: nobody who wrote the packets before wrote these.
    private(set) var isShifted = false
    /// Where the last packet ends.
    private(set) var end: UInt64 = 0

    init(_ reader: SourceReader, _ geometry: TSGeometry) {
        self.reader = reader
        self.geometry = geometry
        blockOffset = UInt64(geometry.firstSync)
        reader.window = max(reader.window, Self.blockBytes)
        if geometry.firstSync > geometry.prefix {
            note(.bytesSkipped, at: 0, "\(geometry.firstSync - geometry.prefix) bytes before the first packet")
        }
    }

    /// The next packet's 188 bytes, valid until the next call, and where it begins in the file (its prefix included).
    @inline(__always)
    mutating func next() throws(SourceFailure) -> (bytes: UnsafeRawPointer, offset: UInt64)? {
        lostSync = false
        isShifted = false
        while !isOver {
            if index + TSPacket.byteCount > block.count {
                guard try readBlock() else { return nil }
            }
            if block[index] == TSPacket.sync, let base = block.baseAddress {
                let at = blockOffset + UInt64(index)
                let bytes = base + index
                index += geometry.stride
                end = at + UInt64(TSPacket.byteCount)
                return (bytes, at - min(at, UInt64(geometry.prefix)))
            }
            guard try findSync() else { return nil }
            lostSync = true
        }
        return nil
    }

    /// Whether the next packet is at hand and has this header, an adaptation field apart.
    @inline(__always)
    func nextHas(_ header: UInt32) -> Bool {
        guard index + TSPacket.byteCount <= block.count, let base = block.baseAddress else { return false }
        return UInt32(bigEndian: base.loadUnaligned(fromByteOffset: index, as: UInt32.self)) & ~TSPacket.adaptationFlag == header
    }

    /// What `passAlike` passed over.
    struct Run {
        /// Of payload.
        var byteCount = 0
        /// The last packet: what it carries, whether it is stuffed, and where it begins in the file (its prefix included).
        var lastByteCount = 0
        var isStuffed = false
        var lastOffset: UInt64 = 0
        /// That of a packet which would go on with it.
        var nextHeader: UInt32
    }

    /// Passes over the packets that have `header`, its counter going up by one each, and carry nothing that could be part of
    /// a start code. The last of a picture are among them, which have an adaptation field because they are stuffed.
    ///
    /// This is where the time goes: nine of ten packets of a camera's stream are of this kind. One comparison proves
    /// the sync byte, the PID and the counter.
    @inline(__always)
    mutating func passAlike(_ header: UInt32) -> Run? {
        guard let base = block.baseAddress else { return nil }
        let last = block.count - TSPacket.byteCount
        let stride = geometry.stride
        var at = index
        var run = Run(nextHeader: header)
        while at <= last {
            let packet = base + at
            let found = UInt32(bigEndian: packet.loadUnaligned(as: UInt32.self))
            // An adaptation field may hold what looks like a start code: then the packet is looked at slowly, in vain.
            guard found & ~TSPacket.adaptationFlag == run.nextHeader,
                packet.load(fromByteOffset: TSPacket.byteCount - 1, as: UInt8.self) != 0, !StartCodes.isPair(in184: packet + 4)
            else { break }
            if found == run.nextHeader {
                run.lastByteCount = TSPacket.fullPayload
                run.isStuffed = false
            } else {
                guard let stuffed = TSPacket(packet), !stuffed.isDiscontinuous else { break }
                run.lastByteCount = TSPacket.byteCount - stuffed.payloadStart
                run.isStuffed = stuffed.isStuffed
            }
            run.byteCount += run.lastByteCount
            run.nextHeader = TSPacket.headerOfNext(after: found)
            at += stride
        }
        guard at > index else { return nil }
        index = at
        let offset = blockOffset + UInt64(at - stride)
        end = offset + UInt64(TSPacket.byteCount)
        run.lastOffset = offset - min(offset, UInt64(geometry.prefix))
        return run
    }

    private mutating func load() throws(SourceFailure) {
        let at = blockOffset + UInt64(index)
        block = try reader.upTo(Self.blockBytes, at: at)
        blockOffset = at
        index = 0
    }

    private mutating func readBlock() throws(SourceFailure) -> Bool {
        try load()
        if block.count >= TSPacket.byteCount { return true }
        isOver = true
        if !block.isEmpty {
            judge(rest: block, at: blockOffset)
        } else {
            // A checksum may stand behind the last packet; a time stamp before one that does not follow is a cut.
            let behind = end + UInt64(geometry.stride == 204 ? 16 : 0)
            if reader.byteCount > behind { tail = MediaFinding(.cutShort, at: end, "\(reader.byteCount - end) bytes of the last packet") }
        }
        return false
    }

    /// Searches for packets from the one that has no sync byte on. False at the end of the file.
    private mutating func findSync() throws(SourceFailure) -> Bool {
        let lost = blockOffset + UInt64(index)
        // As many bytes as tell whether a sync byte is one.
        let needed = (TSGeometry.proof - 1) * geometry.stride + 4
        var candidate = index
        while true {
            let isLast = blockOffset + UInt64(block.count) >= reader.byteCount
            var beyond = block.count
            while let found = TSGeometry.nextSync(block, from: candidate) {
                if found + needed > block.count, !isLast {
                    beyond = found
                    break
                }
                if isProven(block, at: found) {
                    index = found
                    let skipped = blockOffset + UInt64(found) - lost
                    note(.bytesSkipped, at: lost, "\(skipped) bytes without sync")
                    if skipped % UInt64(geometry.stride) != 0 { isShifted = true }
                    return true
                }
                candidate = found + 1
            }
            if isLast {
                isOver = true
                block = UnsafeRawBufferPointer(start: nil, count: 0)
                try judgeTail(from: lost)
                return false
            }
            index = beyond
            try load()
            candidate = 0
        }
    }

    private func isProven(_ view: UnsafeRawBufferPointer, at start: Int) -> Bool {
        var run = 0
        var index = start
        while run < TSGeometry.proof, index + 4 <= view.count {
            guard TSPacket.isHeader(view, at: index) else { return false }
            run += 1
            index += geometry.stride
        }
        // At the end of the file, two packets and no contradiction.
        return run >= 2
    }

    private mutating func judgeTail(from lost: UInt64) throws(SourceFailure) {
        let zeroes = try reader.zeroesAtEnd()
        if reader.byteCount - lost <= UInt64(TSPacket.byteCount), zeroes < reader.byteCount - lost {
            tail = MediaFinding(.tailForeign, at: lost, "\(reader.byteCount - lost) bytes without sync")
        } else if zeroes >= (reader.byteCount - lost) / 2 {
            tail = MediaFinding(.tailZeroed, at: reader.byteCount - zeroes, "\(zeroes) zero bytes")
        } else {
            tail = MediaFinding(.tailForeign, at: lost, "\(reader.byteCount - lost) bytes without sync")
        }
    }

    /// Less than a packet is left: the checksum of 204-byte packets, or the start of one more.
    private mutating func judge(rest: UnsafeRawBufferPointer, at offset: UInt64) {
        if rest.allSatisfy({ $0 == 0 }) {
            tail = MediaFinding(.tailZeroed, at: offset, "\(rest.count) zero bytes")
        } else if rest[0] == TSPacket.sync {
            tail = MediaFinding(.cutShort, at: offset, "\(rest.count) of \(geometry.stride) bytes of the last packet")
        } else {
            tail = MediaFinding(.tailForeign, at: offset, "\(rest.count) bytes without sync")
        }
    }

    mutating func note(_ code: MediaFinding.Code, at offset: UInt64, _ detail: @autoclosure () -> String) {
        damage.note(code, at: offset, detail())
    }
}
