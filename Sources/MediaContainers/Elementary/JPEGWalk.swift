/// Walks the images of an MJPEG stream, stepping over what stands between them.
final class JPEGWalk {
    struct Image: Equatable {
        var range: Range<UInt64>
        var width: Int
        var height: Int
    }

    private static let firstView = 64 << 10
    /// Text or padding between two images; more is damage.
    static let longestGap = 4096

    private let reader: SourceReader
    private var offset: UInt64
    /// The end of the last image handed out.
    private(set) var playableBytes: UInt64 = 0
    private var damage = DamageList()
    private var tail: MediaFinding?
    var findings: [MediaFinding] { damage.findings + (tail.map { [$0] } ?? []) }
    var state: MediaState { !damage.isEmpty ? .damaged : tail != nil ? .truncated : .complete }
    private var imageCount = 0

    /// What follows an image tells whether it has to be doubted: it is handed out when the next one is known.
    private var held: Image?
    private var isHeldInDoubt = false
    /// Something that is no image of this recording was met since `held`.
    private var metDamage = false
    /// Pixels of the recording's images.
    private var size: (width: Int, height: Int)?
    /// Where an image begins that the file ends in.
    private var cutImage: UInt64?
    private var isOver = false

    init(_ reader: SourceReader, start: Int) {
        self.reader = reader
        offset = UInt64(start)
        reader.window = max(reader.window, StreamWalk.window)
    }

    func next() throws(SourceFailure) -> Image? {
        while !isOver {
            guard let image = try nextWhole() else {
                isOver = true
                let last = try release(isInDoubt: (held?.range.upperBound ?? 0) < reader.byteCount)
                if let cutImage { try endInside(imageAt: cutImage) } else { try endBehindLast() }
                return last
            }
            if let held, image.range.lowerBound - held.range.upperBound > UInt64(Self.longestGap) { metDamage = true }
            if let size, size != (image.width, image.height), try !isSetAnew(image) {
                // Another camera's blocks.
                metDamage = true
                continue
            }
            let released = try release(isInDoubt: metDamage)
            held = image
            isHeldInDoubt = metDamage
            metDamage = false
            size = (image.width, image.height)
            if let released { return released }
        }
        return nil
    }

    /// Whether both the image of another size and the one before are whole: then it is the camera that changed, not the disk.
    private func isSetAnew(_ image: Image) throws(SourceFailure) -> Bool {
        guard !metDamage, let held else { return false }
        guard try isIntact(held) else { return false }
        return try isIntact(image)
    }

    /// The image that was held, unless a doubt is confirmed.
    private func release(isInDoubt: Bool) throws(SourceFailure) -> Image? {
        guard let image = held else { return nil }
        held = nil
        if isInDoubt || isHeldInDoubt, try !isIntact(image) {
            damage.note(.bytesSkipped, at: image.range.lowerBound, "an image that was overwritten in part")
            return nil
        }
        if image.range.lowerBound > playableBytes + UInt64(Self.longestGap), imageCount > 0 {
            damage.note(
                .bytesSkipped, at: playableBytes, "\(image.range.lowerBound - playableBytes) bytes that are no image of this recording")
        }
        playableBytes = image.range.upperBound
        imageCount += 1
        return image
    }

    private func isIntact(_ image: Image) throws(SourceFailure) -> Bool {
        JPEGScan.isWhole(try reader.upTo(image.range.count, at: image.range.lowerBound)) != false
    }

    /// The next image from SOI to EOI whose segments and markers are as they should be.
    private func nextWhole() throws(SourceFailure) -> Image? {
        while let start = try nextStart() {
            var view = Self.firstView
            parsing: while true {
                let bytes = try reader.upTo(view, at: start)
                switch JPEGImage.parse(bytes) {
                case .image(let image):
                    offset = start + UInt64(image.byteCount)
                    if SampleCheck.isHollow(UnsafeRawBufferPointer(rebasing: bytes[..<image.byteCount])) {
                        damage.note(.bytesSkipped, at: start, "an image that was zeroed in part")
                        break parsing
                    }
                    return Image(range: start..<offset, width: image.width, height: image.height)
                case .broken(let index):
                    // What breaks an image is usually the start of the next one.
                    offset = start + UInt64(max(index, 2))
                    metDamage = true
                    break parsing
                case .needsMore:
                    if bytes.count < view {
                        cutImage = start
                        return nil
                    }
                    if view >= SourceReader.largestView {
                        offset = start + UInt64(view)
                        metDamage = true
                        break parsing
                    }
                    view = min(view * 4, SourceReader.largestView)
                }
            }
        }
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

    private func endInside(imageAt start: UInt64) throws(SourceFailure) {
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
            if rest > UInt64(Self.longestGap) { tail = MediaFinding(.tailZeroed, at: playableBytes, "\(rest) zero bytes") }
        } else if rest > UInt64(Self.longestGap) {
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
