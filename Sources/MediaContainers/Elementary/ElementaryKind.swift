/// Which elementary stream the head of a file is; by content, since nothing else tells.
enum ElementaryKind: Equatable {
    /// Units behind start codes: H.264, H.265, MPEG-4 part 2.
    case units(VideoCodec)
    /// JPEG images one after the other, or a single one; `start` is where the first begins.
    case images(start: Int)

    init?(_ head: UnsafeRawBufferPointer) {
        if let start = Self.firstImage(head) {
            self = .images(start: start)
        } else if let codec = Self.codecOfUnits(head) {
            self = .units(codec)
        } else {
            return nil
        }
    }

    // MARK: - Images

    /// An image at once, behind zeroes or what was lost, or behind the text that HTTP servers put before each (multipart/x-mixed-replace).
    private static func firstImage(_ head: UnsafeRawBufferPointer) -> Int? {
        if isImage(head, at: 0) { return 0 }
        let start = StartCodes.firstNonzero(in: head, from: 0)
        if start > 0, isImage(head, at: start) { return start }
        return LostHead.isLost(head) ? imageBehindLoss(head, from: start) : multipartImage(head)
    }

    /// Two whole images of one size, hardly anything between them, behind the one that lost its beginning.
    private static func imageBehindLoss(_ head: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var position = start
        var previous: (start: Int, image: JPEGImage)?
        while position + 4 <= head.count {
            guard head[position] == 0xFF, head[position + 1] == 0xD8, head[position + 2] == 0xFF else {
                position += 1
                continue
            }
            switch JPEGImage.parse(UnsafeRawBufferPointer(rebasing: head[position...])) {
            case .image(let image):
                if let (first, before) = previous, position - (first + before.byteCount) <= JPEGWalk.longestGap,
                    before.width == image.width, before.height == image.height
                {
                    return first
                }
                previous = (position, image)
                position += image.byteCount
            case .broken(let index):
                position += max(index, 2)
            case .needsMore:
                return nil
            }
        }
        return nil
    }

    private static func isImage(_ head: UnsafeRawBufferPointer, at start: Int) -> Bool {
        guard head.count - start >= 20, head[start] == 0xFF, head[start + 1] == 0xD8, head[start + 2] == 0xFF else { return false }
        // A quantisation or Huffman table, a frame header, a restart interval, an application segment or a comment.
        switch head[start + 3] {
        case 0xDB, 0xC4, 0xC0...0xC2, 0xDD, 0xE0...0xEF, 0xFE: break
        default: return false
        }
        switch JPEGImage.parse(UnsafeRawBufferPointer(rebasing: head[start...])) {
        case .image, .needsMore: return true
        // Damage further behind is for `describe` to report.
        case .broken(let index): return index > 64
        }
    }

    /// Headers are a few hundred bytes of text with `Content-Type: image/jpeg`.
    private static func multipartImage(_ head: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        let end = min(head.count, 2048)
        while index < end, isText(head[index]) { index += 1 }
        guard index >= 16, index < end, isImage(head, at: index) else { return nil }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: head[..<index]), as: UTF8.self).lowercased()
        return text.contains("image/jpeg") || text.contains("image/jpg") ? index : nil
    }

    static func isText(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    // MARK: - Units

    private struct Tally {
        var pictures = 0
        var firstPictures = 0
        var strays = 0
        var hasHeaders = false
        /// The last unit is cut by the end of the head, or of the file, and says nothing.
        var endsAstray = false

        mutating func takeStray() {
            strays += 1
            endsAstray = true
        }

        func forgivingLast() -> Tally {
            var tally = self
            if endsAstray { tally.strays -= 1 }
            return tally
        }
    }

    private static func codecOfUnits(_ head: UnsafeRawBufferPointer) -> VideoCodec? {
        guard let first = StartCodes.first(in: head, from: 0), first + 3 < head.count else { return nil }
        // A program stream is a container of its own (pack header, ISO/IEC 13818-1 §2.5.3.3).
        if head[first + 3] == 0xBA { return nil }
        let tallies: [(VideoCodec, Tally)] = [
            (.h265, tallyH265(head).forgivingLast()), (.h264, tallyH264(head).forgivingLast()), (.mpeg4, tallyMPEG4(head).forgivingLast()),
        ]
        // Parameter sets that can be read, a picture that refers to them, and hardly anything that is illegal.
        let known = tallies.filter { $0.1.hasHeaders && $0.1.pictures > 0 && $0.1.strays * 8 <= $0.1.pictures }
        if let best = known.min(by: { $0.1.strays < $1.1.strays }) { return best.0 }
        // VOPs behind a head that was lost, without layer headers among them, are as likely an MP4: those keep theirs in the table.
        return tallies.first { isConvincing($0.1, $0.0, head, first) && !($0.0 == .mpeg4 && LostHead.isLost(head)) }?.0
    }

    /// A stream without its headers: nothing illegal, and pictures that begin at their first block.
    private static func isConvincing(_ tally: Tally, _ codec: VideoCodec, _ head: UnsafeRawBufferPointer, _ first: Int) -> Bool {
        guard tally.strays == 0, tally.firstPictures > 0 else { return false }
        let isDense = head.count / (tally.pictures + 1) >= 16
        if tally.firstPictures >= 4 { return isDense }
        // One or two pictures larger than the head: they begin at once and are as varied as coded pictures are.
        return first <= 1 && isVaried(head)
    }

    /// Coded pictures use nearly all byte values; text and tables do not.
    private static func isVaried(_ head: UnsafeRawBufferPointer) -> Bool {
        guard head.count >= 4096 else { return false }
        var seen = [Bool](repeating: false, count: 256)
        for byte in head[(head.count - 4096)...] { seen[Int(byte)] = true }
        return seen.count { $0 } >= 200
    }

    private static func tallyH264(_ head: UnsafeRawBufferPointer) -> Tally {
        var tally = Tally()
        var sets = ParameterSets(codec: .h264)
        for unit in NALUnits.AnnexB(head) {
            tally.endsAstray = false
            // Data partitions (2...4) are what H.265 looks like; no camera writes them.
            guard H264.isLegal(header: unit[0]), !(2...4).contains(unit[0] & 0x1F) else {
                tally.takeStray()
                continue
            }
            sets.add(unit)
            guard H264.isPicture(header: unit[0]) else { continue }
            if let slice = H264Slice(unit, form: { _ in nil }) {
                tally.pictures += 1
                if slice.firstMacroblock == 0 { tally.firstPictures += 1 }
            } else {
                tally.takeStray()
            }
        }
        tally.hasHeaders = sets.isComplete
        return tally
    }

    private static func tallyH265(_ head: UnsafeRawBufferPointer) -> Tally {
        var tally = Tally()
        var sets = ParameterSets(codec: .h265)
        for unit in NALUnits.AnnexB(head) {
            tally.endsAstray = false
            guard unit.count >= 2, H265.isLegal(header: unit[0], unit[1]) else {
                tally.takeStray()
                continue
            }
            sets.add(unit)
            guard H265.isPicture(H265.type(unit[0])), H265.isBaseLayer(header: unit[0], unit[1]) else { continue }
            if let slice = H265Slice(unit, form: { _ in nil }) {
                tally.pictures += 1
                if slice.isFirst { tally.firstPictures += 1 }
            } else {
                tally.takeStray()
            }
        }
        tally.hasHeaders = sets.isComplete
        return tally
    }

    private static func tallyMPEG4(_ head: UnsafeRawBufferPointer) -> Tally {
        var tally = Tally()
        var layer: MPEG4Layer?
        var from = 0
        while let code = StartCodes.first(in: head, from: from), code + 3 < head.count {
            let unit = UnsafeRawBufferPointer(rebasing: head[(code + 3)...])
            from = code + 3
            tally.endsAstray = false
            if MPEG4Visual.isLayer(code: unit[0]), let new = MPEG4Layer(unit) { layer = new }
            if unit[0] == MPEG4Visual.vop, MPEG4VOP(unit, layer: layer) != nil {
                tally.pictures += 1
                tally.firstPictures += 1
            } else if !MPEG4Visual.isLegal(code: unit[0]) || unit[0] == MPEG4Visual.vop {
                tally.takeStray()
            }
        }
        tally.hasHeaders = layer.map { $0.width > 0 } ?? false
        return tally
    }
}
