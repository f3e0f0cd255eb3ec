/// What a PMT says of one elementary stream.
struct TSStreamInfo: Equatable {
    enum Kind: Equatable {
        case video(VideoCodec)
        case audio(AudioCodec)
        /// The tables do not say: the payload must.
        case unsettled
    }
    var pid: Int
    var kind: Kind
    /// Opus only: from its descriptor.
    var channels = 0

    var isVideo: Bool { if case .video = kind { true } else { false } }
}

/// Program association and program maps (ISO/IEC 13818-1 §2.4.4).
struct TSTables {
    private(set) var streams: [TSStreamInfo] = []
    private var programs: [Int: [TSStreamInfo]] = [:]
    private var programOrder: [Int] = []

    /// What was met of one PID.
    private struct Table {
        /// The PAT names it as a program's map.
        var isMap = false
        /// The start of a section that did not fit into its packet.
        var pending: [UInt8]?
        /// Of the last section that was taken: tables repeat ten times a second.
        var checksum: UInt32?
    }
    private var tables: [Table] = []
    /// Where in `tables`, by PID; 0 where nothing was met. Looked up for every packet, so it does not hash.
    private var numberOfPID: [UInt16] = []

    /// A section of these tables is at most 1024 bytes long (§2.4.4.5, §2.4.4.9).
    private static let longestSection = 1024

    @inline(__always)
    func isTable(pid: Int) -> Bool {
        guard pid != 0, pid < numberOfPID.count else { return pid == 0 }
        return tables[Int(numberOfPID[pid])].isMap
    }

    /// Whether `take` has taken the section that this payload begins with, and would do nothing about it.
    @inline(__always)
    func isRepeated(_ payload: UnsafeRawBufferPointer, pid: Int, isStart: Bool) -> Bool {
        guard isStart, pid < numberOfPID.count, payload.count >= 16, payload[0] == 0 else { return false }
        let length = 3 + (Int(payload[2] & 0x0F) << 8 | Int(payload[3]))
        guard length >= 12, 1 + length <= payload.count, let checksum = tables[Int(numberOfPID[pid])].checksum else { return false }
        return UInt32(bigEndian: payload.loadUnaligned(fromByteOffset: length - 3, as: UInt32.self)) == checksum
    }

    /// Whether every program that the PAT names has its map.
    var isComplete: Bool {
        var isNamed = false
        for table in tables where table.isMap {
            if table.checksum == nil { return false }
            isNamed = true
        }
        return isNamed
    }

    /// Its place in `tables`; a place of its own is made for it if need be. `pid` has 13 bits.
    private mutating func number(of pid: Int) -> Int {
        if numberOfPID.isEmpty {
            numberOfPID = Array(repeating: 0, count: 8192)
            tables = [Table()]  // stands for all that was not met
        }
        if numberOfPID[pid] == 0 {
            numberOfPID[pid] = UInt16(truncatingIfNeeded: tables.count)
            tables.append(Table())
        }
        return Int(numberOfPID[pid])
    }

    /// Takes the payload of a packet of a table's PID. True where the streams changed.
    mutating func take(_ payload: UnsafeRawBufferPointer, pid: Int, isStart: Bool) -> Bool {
        guard !payload.isEmpty else { return false }
        let number = number(of: pid)
        var body = payload
        if isStart {
            let pointer = Int(payload[0])
            guard 1 + pointer < payload.count else { return false }
            body = UnsafeRawBufferPointer(rebasing: payload[(1 + pointer)...])
            // Most sections fit into their packet and repeat: nothing is copied for those.
            if let length = Self.sectionLength(body), length <= body.count {
                return takeSection(UnsafeRawBufferPointer(rebasing: body[..<length]), pid: pid, number)
            }
            tables[number].pending = Array(body)
            return false
        }
        guard var section = tables[number].pending, section.count < Self.longestSection else { return false }
        section.append(contentsOf: body)
        tables[number].pending = section
        return section.withUnsafeBytes { bytes in
            guard let length = Self.sectionLength(bytes), length <= bytes.count else { return false }
            tables[number].pending = nil
            return takeSection(UnsafeRawBufferPointer(rebasing: bytes[..<length]), pid: pid, number)
        }
    }

    /// A program map that no PAT announced: the PAT was cut off.
    mutating func takeUnannounced(_ payload: UnsafeRawBufferPointer, pid: Int) -> Bool {
        guard payload.count > 4, 1 + Int(payload[0]) < payload.count, payload[1 + Int(payload[0])] == 2 else { return false }
        return take(payload, pid: pid, isStart: true)
    }

    private static func sectionLength(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 3 else { return nil }
        let length = 3 + (Int(bytes[1] & 0x0F) << 8 | Int(bytes[2]))
        return length <= longestSection ? length : nil
    }

    private mutating func takeSection(_ section: UnsafeRawBufferPointer, pid: Int, _ number: Int) -> Bool {
        guard section.count >= 12 else { return false }
        let checksum = UInt32(bigEndian: section.loadUnaligned(fromByteOffset: section.count - 4, as: UInt32.self))
        // current_next_indicator: a table that is not valid yet.
        guard tables[number].checksum != checksum, section[5] & 1 == 1, Self.checksum(section) == 0 else { return false }
        let body = UnsafeRawBufferPointer(rebasing: section[8..<(section.count - 4)])
        switch section[0] {
        case 0 where pid == 0: takePrograms(body)
        case 2: takeMap(body, pid: pid)
        default: return false
        }
        tables[number].checksum = checksum
        return true
    }

    private mutating func takePrograms(_ body: UnsafeRawBufferPointer) {
        var cursor = ByteCursor(body)
        while let number = cursor.u16(), let pid = cursor.u16() {
            let pid = Int(pid & 0x1FFF)
            if number != 0, pid != 0 { tables[self.number(of: pid)].isMap = true }
        }
    }

    private mutating func takeMap(_ body: UnsafeRawBufferPointer, pid: Int) {
        var cursor = ByteCursor(body)
        guard cursor.skip(2), let infoLength = cursor.u16(), cursor.skip(Int(infoLength & 0x0FFF)) else { return }
        var found: [TSStreamInfo] = []
        while let type = cursor.u8(), let streamPID = cursor.u16(), let length = cursor.u16(),
            let descriptors = cursor.take(Int(length & 0x0FFF))
        {
            if let info = Self.stream(type, Int(streamPID & 0x1FFF), descriptors) { found.append(info) }
        }
        if programs[pid] == nil { programOrder.append(pid) }
        programs[pid] = found
        // Programs in the order of their maps; one stream may belong to several.
        streams = []
        for program in programOrder {
            for info in programs[program] ?? [] where !streams.contains(where: { $0.pid == info.pid }) { streams.append(info) }
        }
    }

    /// stream_type (Table 2-34 and those that cameras and broadcasters use).
    private static func stream(_ type: UInt8, _ pid: Int, _ descriptors: UnsafeRawBufferPointer) -> TSStreamInfo? {
        switch type {
        case 0x01, 0x02: return TSStreamInfo(pid: pid, kind: .video(.mpeg2))
        case 0x10: return TSStreamInfo(pid: pid, kind: .video(.mpeg4))
        case 0x1B: return TSStreamInfo(pid: pid, kind: .video(.h264))
        case 0x24: return TSStreamInfo(pid: pid, kind: .video(.h265))
        case 0x03, 0x04: return TSStreamInfo(pid: pid, kind: .unsettled)  // layer II or III
        case 0x0F: return TSStreamInfo(pid: pid, kind: .audio(.aac))
        case 0x11: return TSStreamInfo(pid: pid, kind: .audio(.unknown))  // LATM: no frame can be cut out simply
        case 0x81: return TSStreamInfo(pid: pid, kind: .audio(.ac3))
        case 0x06: return privateStream(pid, descriptors)
        default: return nil
        }
    }

    private static func privateStream(_ pid: Int, _ descriptors: UnsafeRawBufferPointer) -> TSStreamInfo {
        var cursor = ByteCursor(descriptors)
        var info = TSStreamInfo(pid: pid, kind: .unsettled)
        while let tag = cursor.u8(), let length = cursor.u8(), let body = cursor.take(Int(length)) {
            if tag == 0x05, body.count >= 4 {
                switch Array(body[0..<4]) {
                case Array("Opus".utf8): info = TSStreamInfo(pid: pid, kind: .audio(.opus), channels: 2)
                case Array("HEVC".utf8): info = TSStreamInfo(pid: pid, kind: .video(.h265))
                case Array("AC-3".utf8): info = TSStreamInfo(pid: pid, kind: .audio(.ac3))
                default: break
                }
            } else if tag == 0x6A {
                info = TSStreamInfo(pid: pid, kind: .audio(.ac3))
            } else if tag == 0x7F, body.count >= 2, body[0] == 0x80, (1...8).contains(body[1]) {
                // Opus: channel_config_code (ETSI TS 103 491).
                info.channels = Int(body[1])
            }
        }
        return info
    }

    /// CRC-32 of Annex A; 0 over a whole section.
    private static func checksum(_ section: UnsafeRawBufferPointer) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in section {
            crc ^= UInt32(byte) << 24
            for _ in 0..<8 { crc = crc & 0x8000_0000 != 0 ? crc << 1 ^ 0x04C1_1DB7 : crc << 1 }
        }
        return crc
    }
}
