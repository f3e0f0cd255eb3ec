/// One stream of the tables, and the state of its packets.
struct TSStream {
    let info: TSStreamInfo
    var video: TSVideo?
    let audio: TSAudio?
    /// Video whose bytes nobody wants: packets in the middle of a frame can be passed over.
    let canPass: Bool
    /// The tables' own counter started over: two files were joined, and nothing was lost.
    var isJoined = false

    private var continuity: UInt8?
    /// The sync was lost since the last packet; whether the packets were found elsewhere then.
    private var lostSync: Bool?
    /// A PES packet has begun.
    private var isRunning = false
    /// The start of a PES header that did not fit into its packet.
    private var headerCarry: [UInt8] = []
    /// The header of a packet that does no more than go on with what the last one brought; nil where none can be passed over.
    private var headerToPass: UInt32?

    /// The longest PES header (§2.4.3.6).
    private static let longestHeader = 9 + 255

    init(_ info: TSStreamInfo, keepsBytes: Bool) {
        self.info = info
        canPass = info.isVideo && !keepsBytes
        switch info.kind {
        case .video(let codec):
            video = TSVideo(codec: codec, keepsBytes: keepsBytes)
            audio = nil
        case .audio(let codec):
            video = nil
            audio = keepsBytes ? TSAudio(codec: codec) : nil
        case .unsettled:
            video = nil
            audio = nil
        }
    }

    /// Takes a packet of this stream that has a payload, watching the continuity counter.
    mutating func take(_ packet: TSPacket, _ payload: UnsafeRawBufferPointer, at offset: UInt64, of packets: inout TSPackets) {
        if let last = continuity, packet.continuity != (last &+ 1) & 15, !packet.isDiscontinuous {
            // A packet may be sent twice (§2.4.3.3).
            if packet.continuity == last { return }
            if !packets.lostSync, !(isJoined && packet.isStart) {
                let lost = (packet.continuity &- last &- 1) & 15
                packets.note(.bytesSkipped, at: offset, "\(lost) or more packets of PID \(packet.pid) are missing")
                interrupt()
                audio?.interrupt()
                video?.noteLoss(inside: !packet.isStart, isShifted: false)
            }
        }
        if let isShifted = lostSync {
            video?.noteLoss(inside: !packet.isStart, isShifted: isShifted)
            lostSync = nil
        }
        isJoined = false
        continuity = packet.continuity
        let end = offset + UInt64(packets.geometry.prefix + TSPacket.byteCount)
        if packet.isStart {
            begin(payload, offset, end, packet, &packets)
        } else if isRunning {
            feed(payload, offset, end, packet)
        } else if !headerCarry.isEmpty {
            let carry = headerCarry + payload
            carry.withUnsafeBytes { begin($0, offset, end, packet, &packets) }
        }
        headerToPass = isRunning && canPass ? packet.headerOfNext : nil
    }

    private mutating func begin(
        _ payload: UnsafeRawBufferPointer, _ offset: UInt64, _ end: UInt64, _ packet: TSPacket, _ packets: inout TSPackets
    ) {
        headerCarry = []
        isRunning = false
        switch PESHeader.parse(payload) {
        case .header(let header):
            isRunning = true
            video?.begin(header)
            audio?.begin(header)
            feed(UnsafeRawBufferPointer(rebasing: payload[header.byteCount...]), offset, end, packet)
        case .needsMore where payload.count < Self.longestHeader:
            headerCarry = Array(payload)
        case .needsMore, .broken:
            packets.note(.bytesSkipped, at: offset, "a PES packet without header (ISO/IEC 13818-1 §2.4.3.6)")
        }
    }

    @inline(__always)
    private mutating func feed(_ payload: UnsafeRawBufferPointer, _ offset: UInt64, _ end: UInt64, _ packet: TSPacket) {
        video?.feed(payload, offset: offset, end: end, isStuffed: packet.isStuffed)
        audio?.feed(payload, offset: offset, end: end)
    }

    /// Passes over packets that only go on with the open frame: they bring nothing that a caller waits for.
    @inline(__always)
    mutating func passAlike(of packets: inout TSPackets) {
        guard let header = headerToPass, packets.nextHas(header), video?.isInsideUnit() == true else { return }
        guard let run = packets.passAlike(header) else { return }
        continuity = UInt8(truncatingIfNeeded: (run.nextHeader &- 1) & 0x0F)
        headerToPass = run.nextHeader
        isJoined = false
        video?.pass(run)
    }

    /// Packets were lost.
    mutating func interrupt() {
        video?.interrupt()
    }

    /// Packets of any stream were lost, because the sync was.
    mutating func interrupt(isShifted: Bool) {
        lostSync = isShifted || lostSync == true
        headerToPass = nil
        interrupt()
    }

    /// Nobody wants the frames that are complete since the last call.
    mutating func dropFrames() {
        video?.takeFrames { _ in }
        audio?.takeFrames { _ in }
    }
}
