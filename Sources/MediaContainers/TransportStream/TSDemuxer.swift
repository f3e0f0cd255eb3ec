/// Routes the packets of a file to its streams, watching the continuity counters.
///
/// A value, as are the packets and the video streams in it: what the loop over the packets changes lies in one piece of memory
/// that nobody else can change meanwhile, so that nothing is counted or checked on the way.
struct TSDemuxer {
    private(set) var packets: TSPackets
    var streams: [TSStream] = []
    private var tables: TSTables
    private var indexOfPID = [Int16](repeating: -1, count: 8192)
    private var tableContinuity: UInt8?
    private let keepsBytes: Bool
    /// The stream that the last packet was of, of those whose packets can be passed over; -1 at the start.
    private var current = -1

    init(_ reader: SourceReader, _ geometry: TSGeometry, program: TSProgram, keepsBytes: Bool) {
        packets = TSPackets(reader, geometry)
        tables = program.tables
        self.keepsBytes = keepsBytes
        for info in program.streams { add(info) }
    }

    private mutating func add(_ info: TSStreamInfo) {
        guard (0..<8191).contains(info.pid), indexOfPID[info.pid] < 0 else { return }
        indexOfPID[info.pid] = Int16(streams.count)
        streams.append(TSStream(info, keepsBytes: keepsBytes))
    }

    /// Handles the next packet. Returns the index of the stream that it belongs to, -1 for any other, nil at the end.
    @inline(__always)
    mutating func step() throws(SourceFailure) -> Int? {
        if current >= 0 { streams[current].passAlike(of: &packets) }
        guard let (bytes, offset) = try packets.next() else { return nil }
        if packets.lostSync { for index in streams.indices { streams[index].interrupt(isShifted: packets.isShifted) } }
        guard let packet = TSPacket(bytes) else {
            packets.note(.bytesSkipped, at: offset, "a packet with an illegal header (ISO/IEC 13818-1 §2.4.3.2)")
            return -1
        }
        let index = Int(indexOfPID[packet.pid])
        guard packet.hasPayload else { return -1 }
        let payload = UnsafeRawBufferPointer(start: bytes + packet.payloadStart, count: TSPacket.byteCount - packet.payloadStart)
        if index >= 0 {
            streams[index].take(packet, payload, at: offset, of: &packets)
            if streams[index].canPass { current = index }
            return index
        }
        if tables.isTable(pid: packet.pid) { takeTable(packet, payload) }
        return -1
    }

    @inline(__always)
    private mutating func takeTable(_ packet: TSPacket, _ payload: UnsafeRawBufferPointer) {
        if packet.pid == 0 {
            if let last = tableContinuity, packet.continuity != (last + 1) & 15 {
                for index in streams.indices { streams[index].isJoined = true }
            }
            tableContinuity = packet.continuity
        }
        if tables.isRepeated(payload, pid: packet.pid, isStart: packet.isStart) { return }
        if tables.take(payload, pid: packet.pid, isStart: packet.isStart) {
            for info in tables.streams { add(info) }
        }
    }

    /// The file is over. (Audio that is not whole is not handed out.)
    mutating func finish() {
        for index in streams.indices { streams[index].video?.finish() }
    }
}
