/// Routes the packets of a file to its streams, watching the continuity counters.
final class TSDemuxer {
    /// One stream of the tables, and the state of its packets.
    final class Stream {
        let info: TSStreamInfo
        let video: TSVideo?
        let audio: TSAudio?
        var continuity: UInt8?
        /// A PES packet has begun.
        var isRunning = false
        /// The start of a PES header that did not fit into its packet.
        var headerCarry: [UInt8] = []
        /// The tables' own counter started over: two files were joined, and nothing was lost.
        var isJoined = false

        init(_ info: TSStreamInfo, keepsBytes: Bool) {
            self.info = info
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
    }

    let packets: TSPackets
    private(set) var streams: [Stream] = []
    private var tables: TSTables
    private var indexOfPID = [Int16](repeating: -1, count: 8192)
    private var tableContinuity: UInt8?
    private let keepsBytes: Bool

    /// The longest PES header (§2.4.3.6).
    private static let longestHeader = 9 + 255

    init(_ reader: SourceReader, _ geometry: TSGeometry, program: TSProgram, keepsBytes: Bool) {
        packets = TSPackets(reader, geometry)
        tables = program.tables
        self.keepsBytes = keepsBytes
        for info in program.streams { add(info) }
    }

    private func add(_ info: TSStreamInfo) {
        guard (0..<8191).contains(info.pid), indexOfPID[info.pid] < 0 else { return }
        indexOfPID[info.pid] = Int16(streams.count)
        streams.append(Stream(info, keepsBytes: keepsBytes))
    }

    /// Handles the next packet. Returns the index of the stream that it belongs to, -1 for any other, nil at the end.
    @inline(__always)
    func step() throws(SourceFailure) -> Int? {
        guard let (bytes, offset) = try packets.next() else { return nil }
        if packets.lostSync { for stream in streams { stream.video?.interrupt() } }
        guard let packet = TSPacket(bytes) else {
            packets.note(.bytesSkipped, at: offset, "a packet with an illegal header (ISO/IEC 13818-1 §2.4.3.2)")
            return -1
        }
        let index = Int(indexOfPID[packet.pid])
        guard packet.hasPayload else { return -1 }
        let payload = UnsafeRawBufferPointer(start: bytes + packet.payloadStart, count: TSPacket.byteCount - packet.payloadStart)
        if index >= 0 {
            route(packet, payload, offset, streams[index])
            return index
        }
        if tables.isTable(pid: packet.pid) { takeTable(packet, payload) }
        return -1
    }

    private func takeTable(_ packet: TSPacket, _ payload: UnsafeRawBufferPointer) {
        if packet.pid == 0 {
            if let last = tableContinuity, packet.continuity != (last + 1) & 15 {
                for stream in streams { stream.isJoined = true }
            }
            tableContinuity = packet.continuity
        }
        if tables.take(payload, pid: packet.pid, isStart: packet.isStart) {
            for info in tables.streams { add(info) }
        }
    }

    private func route(_ packet: TSPacket, _ payload: UnsafeRawBufferPointer, _ offset: UInt64, _ stream: Stream) {
        if let last = stream.continuity, packet.continuity != (last &+ 1) & 15, !packet.isDiscontinuous {
            // A packet may be sent twice (§2.4.3.3).
            if packet.continuity == last { return }
            if !packets.lostSync, !(stream.isJoined && packet.isStart) {
                let lost = (packet.continuity &- last &- 1) & 15
                packets.note(.bytesSkipped, at: offset, "\(lost) or more packets of PID \(packet.pid) are missing")
                stream.video?.interrupt()
                stream.audio?.interrupt()
            }
        }
        stream.isJoined = false
        stream.continuity = packet.continuity
        let end = offset + UInt64(packets.geometry.prefix + TSPacket.byteCount)
        if packet.isStart {
            begin(payload, offset, end, packet, stream)
        } else if stream.isRunning {
            stream.video?.feed(payload, offset: offset, end: end, isStuffed: packet.isStuffed)
            stream.audio?.feed(payload, offset: offset, end: end)
        } else if !stream.headerCarry.isEmpty {
            stream.headerCarry.append(contentsOf: payload)
            let carry = stream.headerCarry
            carry.withUnsafeBytes { begin($0, offset, end, packet, stream) }
        }
    }

    private func begin(_ payload: UnsafeRawBufferPointer, _ offset: UInt64, _ end: UInt64, _ packet: TSPacket, _ stream: Stream) {
        stream.headerCarry.removeAll()
        switch PESHeader.parse(payload) {
        case .header(let header):
            stream.isRunning = true
            let data = UnsafeRawBufferPointer(rebasing: payload[header.byteCount...])
            stream.video?.begin(header)
            stream.video?.feed(data, offset: offset, end: end, isStuffed: packet.isStuffed)
            stream.audio?.begin(header)
            stream.audio?.feed(data, offset: offset, end: end)
        case .needsMore where payload.count < Self.longestHeader:
            stream.isRunning = false
            stream.headerCarry = Array(payload)
        case .needsMore, .broken:
            stream.isRunning = false
            packets.note(.bytesSkipped, at: offset, "a PES packet without header (ISO/IEC 13818-1 §2.4.3.6)")
        }
    }

    /// The file is over. (Audio that is not whole is not handed out.)
    func finish() {
        for stream in streams { stream.video?.finish() }
    }
}
