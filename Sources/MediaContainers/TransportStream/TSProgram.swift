/// The streams of a file, from its tables, or guessed from the payload where it has none.
struct TSProgram {
    var tables = TSTables()
    var streams: [TSStreamInfo] = []

    /// Tables come at least every half second, which is 16 MiB at 256 Mbit/s.
    private static let searched: UInt64 = 16 << 20

    init(_ reader: SourceReader, _ geometry: TSGeometry) throws(SourceFailure) {
        var packets = TSPackets(reader, geometry)
        var unannounced = TSTables()
        var guesses = TSGuesses()
        while let (bytes, offset) = try packets.next(), offset < Self.searched {
            guard let packet = TSPacket(bytes), packet.hasPayload else { continue }
            let payload = UnsafeRawBufferPointer(start: bytes + packet.payloadStart, count: TSPacket.byteCount - packet.payloadStart)
            if tables.isTable(pid: packet.pid) {
                _ = tables.take(payload, pid: packet.pid, isStart: packet.isStart)
                if tables.isComplete { break }
            } else if packet.isStart, payload.count > 2, payload[0] == 0, payload[1] == 0, payload[2] == 1 {
                guesses.begin(packet.pid, payload)
            } else if packet.isStart {
                _ = unannounced.takeUnannounced(payload, pid: packet.pid)
            } else {
                guesses.add(packet.pid, payload)
            }
        }
        if tables.streams.isEmpty, !unannounced.streams.isEmpty { tables = unannounced }
        streams = tables.streams.isEmpty ? guesses.streams : tables.streams
        try settle(reader, geometry)
    }

    /// Asks the first PES packet of each stream that the tables leave open. What stays open is neither video nor audio.
    private mutating func settle(_ reader: SourceReader, _ geometry: TSGeometry) throws(SourceFailure) {
        var open = Set(streams.filter { $0.kind == .unsettled }.map(\.pid))
        guard !open.isEmpty else { return }
        var packets = TSPackets(reader, geometry)
        while !open.isEmpty, let (bytes, offset) = try packets.next(), offset < Self.searched {
            guard let packet = TSPacket(bytes), packet.hasPayload, packet.isStart, open.contains(packet.pid) else { continue }
            let payload = UnsafeRawBufferPointer(start: bytes + packet.payloadStart, count: TSPacket.byteCount - packet.payloadStart)
            guard case .header(let header) = PESHeader.parse(payload) else { continue }
            let data = UnsafeRawBufferPointer(rebasing: payload[header.byteCount...])
            open.remove(packet.pid)
            guard let codec = AudioFrameHeader.guess(data) else { continue }
            for index in streams.indices where streams[index].pid == packet.pid { streams[index].kind = .audio(codec) }
        }
        streams.removeAll { $0.kind == .unsettled }
    }
}

/// What the streams of a file without tables can be, from the start of their PES packets.
struct TSGuesses {
    private var heads: [Int: [UInt8]] = [:]
    private var order: [Int] = []

    /// Streams of one file that are looked at, and bytes of each: parameter sets and the first picture's start.
    private static let mostStreams = 16
    private static let headBytes = 16 << 10

    mutating func begin(_ pid: Int, _ payload: UnsafeRawBufferPointer) {
        guard case .header(let header) = PESHeader.parse(payload) else { return }
        if heads[pid] == nil {
            guard order.count < Self.mostStreams else { return }
            heads[pid] = []
            order.append(pid)
        }
        add(pid, UnsafeRawBufferPointer(rebasing: payload[header.byteCount...]))
    }

    mutating func add(_ pid: Int, _ payload: UnsafeRawBufferPointer) {
        guard let count = heads[pid]?.count, count < Self.headBytes else { return }
        heads[pid]?.append(contentsOf: payload)
    }

    /// Video first, as programs list it.
    var streams: [TSStreamInfo] {
        var video: [TSStreamInfo] = []
        var audio: [TSStreamInfo] = []
        for pid in order {
            (heads[pid] ?? []).withUnsafeBytes { bytes in
                if case .units(let codec)? = ElementaryKind(bytes) {
                    video.append(TSStreamInfo(pid: pid, kind: .video(codec)))
                } else if let codec = AudioFrameHeader.guess(bytes) {
                    audio.append(TSStreamInfo(pid: pid, kind: .audio(codec)))
                } else if bytes.count > 12, bytes.starts(with: [0, 0, 1, MPEG2Video.sequence]) {
                    video.append(TSStreamInfo(pid: pid, kind: .video(.mpeg2)))
                }
            }
        }
        return video + audio
    }
}
