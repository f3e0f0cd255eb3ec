/// Walks the images of an MJPEG stream, stepping over what stands between them.
final class JPEGWalk {
    struct Image: Equatable {
        var range: Range<UInt64>
        var width: Int
        var height: Int
    }

    private static let firstView = 64 << 10
    /// Text or padding between two images; more is damage.
    private static let longestGap: UInt64 = 4096

    private let reader: SourceReader
    private var offset: UInt64
    /// The end of the last whole image.
    private(set) var playableBytes: UInt64 = 0
    private var damage = DamageList()
    private var tail: MediaFinding?
    var findings: [MediaFinding] { damage.findings + (tail.map { [$0] } ?? []) }
    var state: MediaState { !damage.isEmpty ? .damaged : tail != nil ? .truncated : .complete }
    private var imageCount = 0

    init(_ reader: SourceReader, start: Int) {
        self.reader = reader
        offset = UInt64(start)
        reader.window = max(reader.window, StreamWalk.window)
    }

    func next() throws(SourceFailure) -> Image? {
        while let start = try nextStart() {
            var view = Self.firstView
            parsing: while true {
                let bytes = try reader.upTo(view, at: start)
                switch JPEGImage.parse(bytes) {
                case .image(let image):
                    noteGap(until: start)
                    offset = start + UInt64(image.byteCount)
                    playableBytes = offset
                    imageCount += 1
                    return Image(range: start..<offset, width: image.width, height: image.height)
                case .broken(let index):
                    // What breaks an image is usually the start of the next one.
                    offset = start + UInt64(max(index, 2))
                    break parsing
                case .needsMore:
                    if bytes.count < view {
                        try endInside(imageAt: start)
                        return nil
                    }
                    if view >= SourceReader.largestView {
                        offset = start + UInt64(view)
                        break parsing
                    }
                    view = min(view * 4, SourceReader.largestView)
                }
            }
        }
        try endBehindLast()
        return nil
    }

    /// The next SOI followed by a marker.
    private func nextStart() throws(SourceFailure) -> UInt64? {
        while true {
            let bytes = try reader.upTo(Self.firstView, at: offset)
            guard bytes.count >= 4 else { return nil }
            for index in 0..<(bytes.count - 2) where bytes[index] == 0xFF {
                if bytes[index + 1] == 0xD8, bytes[index + 2] == 0xFF { return offset + UInt64(index) }
            }
            offset += UInt64(bytes.count - 2)
        }
    }

    private func noteGap(until start: UInt64) {
        guard start > playableBytes + Self.longestGap, imageCount > 0 else { return }
        damage.note(.bytesSkipped, at: playableBytes, "\(start - playableBytes) bytes that are no image")
    }

    private func endInside(imageAt start: UInt64) throws(SourceFailure) {
        noteGap(until: start)
        let zeroes = try reader.zeroesAtEnd()
        if zeroes >= 512 {
            tail = MediaFinding(.tailZeroed, at: reader.byteCount - zeroes, "\(zeroes) zero bytes")
        } else {
            tail = MediaFinding(.cutShort, at: start, "an image without EOI (ISO/IEC 10918-1 §B.2.1)")
        }
    }

    private func endBehindLast() throws(SourceFailure) {
        let rest = reader.byteCount - min(playableBytes, reader.byteCount)
        guard rest > 0 else { return }
        if imageCount == 0 {
            tail = MediaFinding(.tailForeign, at: 0, "no whole image")
            return
        }
        let zeroes = try reader.zeroesAtEnd()
        if zeroes >= rest {
            // Padding to a block or a preallocated file: every image before it is whole.
            if rest > Self.longestGap { tail = MediaFinding(.tailZeroed, at: playableBytes, "\(rest) zero bytes") }
        } else if rest > Self.longestGap {
            tail = MediaFinding(.tailForeign, at: playableBytes, "\(rest) bytes that are no image")
        }
    }
}

extension SourceReader {
    /// How many zero bytes the source ends with.
    func zeroesAtEnd() throws(SourceFailure) -> UInt64 {
        var end = byteCount
        while end > 0 {
            let size = Int(min(end, UInt64(Self.defaultWindow)))
            let view = try upTo(size, at: end - UInt64(size))
            let kept = StartCodes.countWithoutTrailingZeroes(view)
            if kept > 0 || view.isEmpty { return byteCount - (end - UInt64(size) + UInt64(kept)) }
            end -= UInt64(size)
        }
        return byteCount
    }
}
