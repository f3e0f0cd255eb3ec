/// Routes the packets of a file to its streams, watching the continuity counters.
///
/// A value, as are the packets and the video streams in it: what the loop over the packets changes lies in one piece of memory
/// that nobody else can change meanwhile, so that nothing is counted or checked on the way.
struct TSDemuxer {
    /// One stream of the tables, and the state of its packets.
    struct Stream {
        let info: TSStreamInfo
        var video: TSVideo?
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

        /// Nobody wants the frames that are complete since the last call.
        mutating func dropFrames() {
            video?.takeFrames { _ in }
            audio?.takeFrames { _ in }
        }
    }

    private(set) var packets: TSPackets
    var streams: [Stream] = []
    private var tables: TSTables
    private var indexOfPID = [Int16](repeating: -1, count: 8192)
    private var tableContinuity: UInt8?
    private let keepsBytes: Bool
    /// The stream that the last packet brought more of and the header of the packet that goes on with it.
    private var current: (stream: Int, header: UInt32)?

    /// The longest PES header (§2.4.3.6).
    private static let longestHeader = 9 + 255

    init(_ reader: SourceReader, _ geometry: TSGeometry, program: TSProgram, keepsBytes: Bool) {
        packets = TSPackets(reader, geometry)
        tables = program.tables
        self.keepsBytes = keepsBytes
        for info in program.streams { add(info) }
    }

    private mutating func add(_ info: TSStreamInfo) {
        guard (0..<8191).contains(info.pid), indexOfPID[info.pid] < 0 else { return }
        indexOfPID[info.pid] = Int16(streams.count)
        current = nil
        streams.append(Stream(info, keepsBytes: keepsBytes))
    }

    /// Handles the next packet. Returns the index of the stream that it belongs to, -1 for any other, nil at the end.
    @inline(__always)
    mutating func step() throws(SourceFailure) -> Int? {
        if let current, streams[current.stream].video?.canPass == true { passAlike(current.stream, current.header) }
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
            let header = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
            current = streams[index].isRunning ? (index, TSPacket.headerOfNext(after: header)) : nil
            return index
        }
        if tables.isTable(pid: packet.pid) { takeTable(packet, payload) }
        return -1
    }

    /// The packets that only go on with the open frame bring nothing that a caller waits for.
    @inline(__always)
    private mutating func passAlike(_ index: Int, _ header: UInt32) {
        let (count, lastOffset) = packets.passAlike(header)
        guard count > 0 else { return }
        let counter = UInt8(truncatingIfNeeded: (header &+ UInt32(truncatingIfNeeded: count &- 1)) & 0x0F)
        streams[index].continuity = counter
        streams[index].isJoined = false
        streams[index].video?.pass(packets: count, lastOffset: lastOffset)
        current = (index, header & ~0x0F | UInt32(counter &+ 1) & 0x0F)
    }

    private mutating func takeTable(_ packet: TSPacket, _ payload: UnsafeRawBufferPointer) {
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

    private mutating func route(_ packet: TSPacket, _ payload: UnsafeRawBufferPointer, _ offset: UInt64, _ index: Int) {
        if let last = streams[index].continuity, packet.continuity != (last &+ 1) & 15, !packet.isDiscontinuous {
            // A packet may be sent twice (§2.4.3.3).
            if packet.continuity == last { return }
            if !packets.lostSync, !(streams[index].isJoined && packet.isStart) {
                let lost = (packet.continuity &- last &- 1) & 15
                packets.note(.bytesSkipped, at: offset, "\(lost) or more packets of PID \(packet.pid) are missing")
                streams[index].video?.interrupt()
                streams[index].audio?.interrupt()
            }
        }
        streams[index].isJoined = false
        streams[index].continuity = packet.continuity
        let end = offset + UInt64(packets.geometry.prefix + TSPacket.byteCount)
        if packet.isStart {
            begin(payload, offset, end, packet, index)
        } else if streams[index].isRunning {
            streams[index].video?.feed(payload, offset: offset, end: end, isStuffed: packet.isStuffed)
            streams[index].audio?.feed(payload, offset: offset, end: end)
        } else if !streams[index].headerCarry.isEmpty {
            let carry = streams[index].headerCarry + payload
            carry.withUnsafeBytes { begin($0, offset, end, packet, index) }
        }
    }

    private mutating func begin(
        _ payload: UnsafeRawBufferPointer, _ offset: UInt64, _ end: UInt64, _ packet: TSPacket, _ index: Int
    ) {
        streams[index].headerCarry = []
        switch PESHeader.parse(payload) {
        case .header(let header):
            streams[index].isRunning = true
            let data = UnsafeRawBufferPointer(rebasing: payload[header.byteCount...])
            streams[index].video?.begin(header)
            streams[index].video?.feed(data, offset: offset, end: end, isStuffed: packet.isStuffed)
            streams[index].audio?.begin(header)
            streams[index].audio?.feed(data, offset: offset, end: end)
        case .needsMore where payload.count < Self.longestHeader:
            streams[index].isRunning = false
            streams[index].headerCarry = Array(payload)
        case .needsMore, .broken:
            streams[index].isRunning = false
            packets.note(.bytesSkipped, at: offset, "a PES packet without header (ISO/IEC 13818-1 §2.4.3.6)")
        }
    }

    /// The file is over. (Audio that is not whole is not handed out.)
    mutating func finish() {
        for index in streams.indices { streams[index].video?.finish() }
    }
}
