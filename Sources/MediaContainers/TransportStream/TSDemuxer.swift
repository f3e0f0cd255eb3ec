/// Routes the packets of a file to its streams, watching the continuity counters.
final class TSDemuxer {
    /// One stream of the tables, and the state of its packets.
    struct Stream {
        var info: TSStreamInfo
        var video: TSVideo?
        var audio: TSAudio?
        var continuity: UInt8?
        /// A PES packet has begun.
        var isRunning = false
        /// The start of a PES header that did not fit into its packet.
        var headerCarry: [UInt8] = []
        /// The tables' own counter started over: two files were joined, and nothing was lost.
        var isJoined = false
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
        var stream = Stream(info: info)
        switch info.kind {
        case .video(let codec): stream.video = TSVideo(codec: codec, keepsBytes: keepsBytes)
        case .audio(let codec): if keepsBytes { stream.audio = TSAudio(codec: codec) }
        }
        streams.append(stream)
    }

    /// Handles the next packet. Returns the index of the stream that it belongs to, -1 for any other, nil at the end.
    @inline(__always)
    func step() throws(SourceFailure) -> Int? {
        guard let (bytes, offset) = try packets.next() else { return nil }
        if packets.lostSync { for index in streams.indices { streams[index].video?.interrupt() } }
        guard let packet = TSPacket(bytes) else {
            packets.note(.bytesSkipped, at: offset, "a packet with an illegal header (ISO/IEC 13818-1 §2.4.3.2)")
            return -1
        }
        let index = Int(indexOfPID[packet.pid])
        guard packet.hasPayload else { return -1 }
        let payload = UnsafeRawBufferPointer(start: bytes + packet.payloadStart, count: TSPacket.byteCount - packet.payloadStart)
        if index >= 0 {
            route(packet, payload, offset, index)
            return index
        }
        if tables.isTable(pid: packet.pid) { takeTable(packet, payload) }
        return -1
    }

    private func takeTable(_ packet: TSPacket, _ payload: UnsafeRawBufferPointer) {
        if packet.pid == 0 {
            if let last = tableContinuity, packet.continuity != (last + 1) & 15 {
                for index in streams.indices { streams[index].isJoined = true }
            }
            tableContinuity = packet.continuity
        }
        if tables.take(payload, pid: packet.pid, isStart: packet.isStart) {
            for info in tables.streams { add(info) }
        }
    }

    private func route(_ packet: TSPacket, _ payload: UnsafeRawBufferPointer, _ offset: UInt64, _ index: Int) {
        if let last = streams[index].continuity {
            // A packet may be sent twice (§2.4.3.3).
            if packet.continuity == last, !packet.isDiscontinuous { return }
            if packet.continuity != (last + 1) & 15, !packet.isDiscontinuous, !packets.lostSync {
                if !(streams[index].isJoined && packet.isStart) {
                    let lost = (packet.continuity &- last &- 1) & 15
                    packets.note(.bytesSkipped, at: offset, "\(lost) or more packets of PID \(packet.pid) are missing")
                    streams[index].video?.interrupt()
                    streams[index].audio?.interrupt()
                }
            }
        }
        streams[index].isJoined = false
        streams[index].continuity = packet.continuity
        let end = offset + UInt64(packets.geometry.prefix + TSPacket.byteCount)
        if packet.isStart {
            begin(payload, offset, end, packet.isStuffed && payload.count < 150, index)
        } else if !streams[index].headerCarry.isEmpty {
            streams[index].headerCarry.append(contentsOf: payload)
            let carry = streams[index].headerCarry
            carry.withUnsafeBytes { begin($0, offset, end, packet.isStuffed, index) }
        } else if streams[index].isRunning {
            streams[index].video?.feed(payload, offset: offset, end: end, isStuffed: packet.isStuffed)
            streams[index].audio?.feed(payload, offset: offset, end: end)
        }
    }

    private func begin(_ payload: UnsafeRawBufferPointer, _ offset: UInt64, _ end: UInt64, _ isStuffed: Bool, _ index: Int) {
        streams[index].headerCarry.removeAll()
        switch PESHeader.parse(payload) {
        case .header(let header):
            streams[index].isRunning = true
            let data = UnsafeRawBufferPointer(rebasing: payload[header.byteCount...])
            streams[index].video?.begin(header)
            streams[index].video?.feed(data, offset: offset, end: end, isStuffed: isStuffed)
            streams[index].audio?.begin(header)
            streams[index].audio?.feed(data, offset: offset, end: end)
        case .needsMore where payload.count < Self.longestHeader:
            streams[index].headerCarry = Array(payload)
        case .needsMore, .broken:
            streams[index].isRunning = false
            packets.note(.bytesSkipped, at: offset, "a PES packet without header (ISO/IEC 13818-1 §2.4.3.6)")
        }
    }

    /// The file is over.
    func finish() {
        for stream in streams {
            stream.video?.finish()
            stream.audio?.finish()
        }
    }
}
