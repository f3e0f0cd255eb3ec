/// Where something begins, in the file and in its stream.
struct StreamPlace: Equatable {
    /// In the file; in a transport stream, that of the packet.
    var offset: UInt64
    /// In the elementary stream.
    var position: UInt64
    /// The serial number of the PES packet; 0 where there are none.
    var packet: Int
}

/// What lies from one start code to the next.
struct CodedUnit {
    /// Of its start code, the zero_byte before it included.
    var place: StreamPlace
    /// Its first bytes behind the start code; all of them where they are few (`UnitScanner.headLimit`).
    var head: UnsafeRawBufferPointer
    /// Behind the start code, without the zeroes at its end.
    var byteCount: Int
    /// It holds bytes that no encoder writes: it was overwritten.
    var isBroken: Bool
}

/// Takes the units of a stream in their order.
protocol UnitSink {
    mutating func take(_ unit: CodedUnit)
}

/// Cuts a stream that arrives in chunks of any size into units, looking at each byte once and copying almost none.
struct UnitScanner {
    private let codec: VideoCodec
    /// False for H.264 and H.265, where three zeroes inside a unit prove damage.
    private let forgivesZeroes: Bool

    private var isOpen = false
    private var place = StreamPlace(offset: 0, position: 0, packet: 0)
    /// Stream position of the byte behind the start code.
    private var unitStart: UInt64 = 0
    private var isBroken = false
    /// What earlier chunks held of the open unit's head.
    private var carried = [UInt8](repeating: 0, count: longestHead)
    private var carriedCount = 0
    private var limit = 0

    /// Zero bytes that directly precede the next chunk, and where the last of the chunks before it lay.
    private var zeroes: UInt64 = 0
    private var previous = StreamPlace(offset: 0, position: 0, packet: 0)
    /// Bytes fed so far.
    private(set) var position: UInt64 = 0
    /// Zeroes at the end of what was fed.
    var trailingZeroes: UInt64 { zeroes }

    /// Zeroes in a row before a start code that no encoder writes, but a file system that lost a sector does.
    private static let hole: UInt64 = 512
    /// Bytes of a unit that are handed out: parameter sets and SEI are far below.
    private static let longestHead = 4096

    init(codec: VideoCodec) {
        self.codec = codec
        forgivesZeroes = codec != .h264 && codec != .h265
    }

    /// How much of a unit's head is handed out: pictures need their header, the others are wanted whole.
    private func headLimit(_ header: UInt8) -> Int {
        let isPicture =
            switch codec {
            case .h264: H264.isPicture(header: header)
            case .h265: H265.type(header) < 32
            default: header == MPEG4Visual.vop || header < 0x20
            }
        return isPicture ? 64 : Self.longestHead
    }

    /// `offset` is that of the chunk's first byte; with `isPacket`, all of the chunk is placed there.
    mutating func feed(
        _ chunk: UnsafeRawBufferPointer, offset: UInt64, packet: Int = 0, isPacket: Bool = false, to sink: inout some UnitSink
    ) {
        guard !chunk.isEmpty else { return }
        let here = StreamPlace(offset: offset, position: position, packet: packet)
        /// Where the open unit's bytes begin in this chunk.
        var bodyStart = 0
        var from = 0

        func placeOf(_ index: Int) -> StreamPlace {
            let at = UInt64(bitPattern: Int64(index))
            if isPacket {
                var place = index >= 0 ? here : previous
                place.position = position &+ at
                return place
            }
            return StreamPlace(offset: offset &+ at, position: position &+ at, packet: packet)
        }

        /// A run of zeroes ended at `end`, whose byte is not zero.
        func runEnded(_ run: UInt64, at end: Int) {
            if chunk[end] == 1 {
                let code = end - 2
                close(chunk, bodyStart, code, run, to: &sink)
                // A zero that the PES packet before ended with is stuffing of its own.
                let hasZeroByte = run >= 3 && !(code == 0 && packet != previous.packet)
                place = placeOf(hasZeroByte ? code - 1 : code)
                unitStart = position &+ UInt64(end + 1)
                bodyStart = end + 1
                isOpen = true
                isBroken = false
                carriedCount = 0
                limit = 0
            } else if run >= 3 ? !forgivesZeroes || run >= Self.hole : chunk[end] == 2 && !forgivesZeroes {
                isBroken = true
            }
        }

        if zeroes > 0 {
            let end = StartCodes.firstNonzero(in: chunk, from: 0)
            zeroes += UInt64(end)
            if end < chunk.count {
                if zeroes >= 2 { runEnded(zeroes, at: end) }
                zeroes = 0
            }
            from = end
        }
        while from < chunk.count, let pair = StartCodes.zeroPair(in: chunk, from: from) {
            let end = StartCodes.firstNonzero(in: chunk, from: pair + 2)
            if end == chunk.count {
                zeroes = UInt64(end - pair)
                from = end
                break
            }
            runEnded(UInt64(end - pair), at: end)
            from = end + 1
        }
        if zeroes == 0, chunk[chunk.count - 1] == 0 { zeroes = 1 }
        if isOpen { carry(chunk, bodyStart, chunk.count) }
        previous = here
        position &+= UInt64(chunk.count)
    }

    /// Whether a chunk without two zeroes in a row, and with none at its end, would change nothing but where the stream stands.
    @inline(__always)
    var isInside: Bool { zeroes == 0 && (!isOpen || (limit > 0 && carriedCount >= limit)) }

    /// What `feed` does with chunks of `count` bytes in all that are such; the last of them is `last` bytes long and lies at `offset`.
    @inline(__always)
    mutating func pass(_ count: Int, last: Int, offset: UInt64, packet: Int) {
        position &+= UInt64(count)
        previous = StreamPlace(offset: offset, position: position &- UInt64(last), packet: packet)
    }

    /// The stream is over: the last unit is handed out without its trailing zeroes.
    mutating func finish(to sink: inout some UnitSink) {
        close(UnsafeRawBufferPointer(start: nil, count: 0), 0, 0, zeroes, to: &sink)
        isOpen = false
    }

    /// Something was lost inside the open unit.
    mutating func breakUnit() {
        isBroken = true
        zeroes = 0
    }

    private mutating func carry(_ chunk: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
        guard start < end else { return }
        if limit == 0 { limit = headLimit(chunk[start]) }
        let count = min(end - start, limit - carriedCount)
        guard count > 0 else { return }
        let part = UnsafeRawBufferPointer(rebasing: chunk[start..<(start + count)])
        let at = carriedCount
        carried.withUnsafeMutableBytes { UnsafeMutableRawBufferPointer(rebasing: $0[at...]).copyMemory(from: part) }
        carriedCount += count
    }

    /// Hands out the open unit, which ends before the start code at `code` (an index in `chunk`, perhaps negative);
    /// `run` zeroes, those of the start code included, end two bytes behind `code`.
    private mutating func close(
        _ chunk: UnsafeRawBufferPointer, _ bodyStart: Int, _ code: Int, _ run: UInt64, to sink: inout some UnitSink
    ) {
        guard isOpen else { return }
        let codeEnd = chunk.isEmpty ? position : position &+ UInt64(bitPattern: Int64(code + 2))
        let length = codeEnd >= unitStart &+ run ? Int(codeEnd - unitStart - run) : 0
        guard length > 0 else { return }
        if run >= Self.hole, !forgivesZeroes { isBroken = true }
        if carriedCount == 0, bodyStart + length <= chunk.count {
            // The whole unit lies in this chunk.
            let count = min(length, headLimit(chunk[bodyStart]))
            let head = UnsafeRawBufferPointer(rebasing: chunk[bodyStart..<(bodyStart + count)])
            sink.take(CodedUnit(place: place, head: head, byteCount: length, isBroken: isBroken))
            return
        }
        carry(chunk, bodyStart, min(chunk.count, max(0, code)))
        let unit = (place, isBroken)
        let count = min(length, carriedCount)
        carried.withUnsafeBytes { bytes in
            let head = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            sink.take(CodedUnit(place: unit.0, head: head, byteCount: length, isBroken: unit.1))
        }
    }
}
