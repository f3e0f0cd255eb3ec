/// One audio stream of a transport stream: cuts its PES packets into frames.
final class TSAudio {
    struct Frame {
        /// Without the header that other containers do not store (ADTS, Opus control header).
        var bytes: [UInt8]
        /// Ticks of 90 kHz, unrolled.
        var pts: Int64
        var duration: Int64
        /// The packets that carry it.
        var range: Range<UInt64>
    }

    /// What the first frame told; a track is known from here on.
    private(set) var header: AudioFrameHeader?
    private let codec: AudioCodec
    private var timeline = TSTimeline()
    private var bytes: [UInt8] = []
    private var position: UInt64 = 0
    private var carriers: [(position: UInt64, offset: UInt64, end: UInt64)] = []
    private var stamp: (position: UInt64, pts: Int64)?
    private var nextPTS: Int64 = 0
    private var remainder: Int64 = 0

    init?(codec: AudioCodec) {
        guard [.aac, .mp2, .mp3, .ac3, .opus].contains(codec) else { return nil }
        self.codec = codec
    }

    func begin(_ header: PESHeader) {
        guard let pts = header.pts else { return }
        stamp = (position + UInt64(bytes.count), timeline.unroll(pts))
    }

    func feed(_ payload: UnsafeRawBufferPointer, offset: UInt64, end: UInt64) {
        guard !payload.isEmpty else { return }
        carriers.append((position + UInt64(bytes.count), offset, end))
        bytes.append(contentsOf: payload)
    }

    /// Packets were lost: what came of the open frame is of no use.
    func interrupt() {
        drop(bytes.count)
    }

    /// The frames that are whole since the last call.
    func takeFrames(_ use: (Frame) -> Void) {
        var done = 0
        bytes.withUnsafeBytes { all in
            while done < all.count {
                let rest = UnsafeRawBufferPointer(rebasing: all[done...])
                guard let frame = parse(rest) else {
                    // Not the start of a frame: one byte on, unless the header is not all there yet.
                    if rest.count < AudioFrameHeader.longest { break }
                    done += 1
                    continue
                }
                guard frame.byteCount <= rest.count else { break }
                if header == nil { header = frame }
                use(place(frame, rest, position + UInt64(done)))
                done += frame.byteCount
            }
        }
        drop(done)
    }

    private func parse(_ bytes: UnsafeRawBufferPointer) -> AudioFrameHeader? {
        codec == .opus ? OpusFrame.parse(bytes) : AudioFrameHeader.parse(bytes, codec: codec)
    }

    private func place(_ header: AudioFrameHeader, _ rest: UnsafeRawBufferPointer, _ at: UInt64) -> Frame {
        if let known = stamp, at >= known.position {
            nextPTS = known.pts
            remainder = 0
            stamp = nil
        }
        let ticks = Int64(header.samples) * 90_000 + remainder
        let duration = ticks / Int64(header.sampleRate)
        remainder = ticks % Int64(header.sampleRate)
        let end = at + UInt64(header.byteCount)
        let first = carriers.last { $0.position <= at }
        let last = carriers.last { $0.position < end }
        let from = first?.offset ?? 0
        let frame = Frame(
            bytes: Array(rest[header.headerBytes..<header.byteCount]), pts: nextPTS, duration: duration,
            range: from..<max(from, last?.end ?? from))
        nextPTS = nextPTS &+ duration
        return frame
    }

    private func drop(_ count: Int) {
        guard count > 0 else { return }
        bytes.removeFirst(count)
        position += UInt64(count)
        var used = 0
        while used + 1 < carriers.count, carriers[used + 1].position <= position { used += 1 }
        carriers.removeFirst(used)
    }
}

/// Opus access units in a transport stream (ETSI TS 103 491 §5): each behind a control header.
enum OpusFrame {
    static func parse(_ bytes: UnsafeRawBufferPointer) -> AudioFrameHeader? {
        guard bytes.count >= 4, bytes[0] == 0x7F, bytes[1] & 0xE0 == 0xE0 else { return nil }
        var cursor = ByteCursor(bytes)
        guard cursor.skip(2) else { return nil }
        var size = 0
        while let byte = cursor.u8() {
            size += Int(byte)
            // 48 frames of 1275 bytes (RFC 6716 §3.2).
            if size > 61_200 { return nil }
            if byte != 255 { break }
        }
        if bytes[1] & 0x10 != 0, !cursor.skip(2) { return nil }
        if bytes[1] & 0x08 != 0, !cursor.skip(2) { return nil }
        if bytes[1] & 0x04 != 0 { guard let more = cursor.u8(), cursor.skip(Int(more)) else { return nil } }
        guard size > 0 else { return nil }
        let start = cursor.position
        let samples = start + 1 < bytes.count ? sampleCount(bytes[start], bytes[start + 1]) : 960
        return AudioFrameHeader(
            codec: .opus, sampleRate: 48_000, channels: 2, byteCount: start + size, headerBytes: start, samples: samples)
    }

    /// From the table of contents byte, at 48 kHz (RFC 6716 §3.1, §3.2.5).
    private static func sampleCount(_ toc: UInt8, _ second: UInt8) -> Int {
        let config = toc >> 3
        let frame =
            if config < 12 {
                [480, 960, 1920, 2880][Int(config & 3)]
            } else if config < 16 {
                [480, 960][Int(config & 1)]
            } else {
                [120, 240, 480, 960][Int(config & 3)]
            }
        switch toc & 3 {
        case 0: return frame
        case 1, 2: return 2 * frame
        default: return frame * max(1, Int(second & 0x3F))
        }
    }

    /// Identification header (RFC 7845 §5.1), with no samples to skip at the start: the stream states none.
    static func configuration(channels: Int) -> [UInt8] {
        Array("OpusHead".utf8) + [1, UInt8(clamping: channels), 0, 0, 0x80, 0xBB, 0, 0, 0, 0, 0]
    }
}
