/// One JPEG, or the images of an MJPEG stream that follow each other without a gap, or with the text that HTTP servers put
/// between them.
struct ImageExtent {
    private let reader: SourceReader

    /// Headers of a part are a few lines.
    private static let longestText = 1024
    private static let firstView = 64 << 10

    static func measure(_ reader: SourceReader) throws(SourceFailure) -> MediaExtent? {
        try ImageExtent(reader: reader).walk()
    }

    private func walk() throws(SourceFailure) -> MediaExtent? {
        guard var start = try imageStart(at: 0) else { return nil }
        var end: UInt64?
        /// An image followed another in the middle of a sector: this is a stream.
        var isStream = false
        while true {
            switch try image(at: start) {
            case .whole(let next): end = next
            case .cut where end == nil: return try cutImage(at: start)
            case .cut, .none:
                // The joint was an accident, or the stream was cut here.
                guard let end else { return nil }
                return isStream
                    ? MediaExtent(try OpenEnd.find(reader, from: start, limit: start + Self.largestCut), .lost) : MediaExtent(end, .seen)
            }
            guard let reached = end, let next = try imageStart(at: reached) else { break }
            // Two images that meet on a sector are two files, unless others met elsewhere.
            if reached % UInt64(MediaSignature.sector) == 0, !isStream { return MediaExtent(reached, .stated) }
            isStream = true
            start = next
        }
        guard let end else { return nil }
        return MediaExtent(end, isStream ? .seen : .stated)
    }

    /// The rest of a torn image is not looked for beyond this: a 4K picture.
    private static let largestCut: UInt64 = 4 << 20

    private enum Image {
        case whole(UInt64), cut, none
    }

    private func image(at start: UInt64) throws(SourceFailure) -> Image {
        var size = Self.firstView
        while true {
            let view = try reader.upTo(size, at: start)
            switch JPEGImage.parse(view) {
            case .image(let image): return .whole(start + UInt64(image.byteCount))
            // The head of an image and its tables: what broke it came later.
            case .broken(let index): return index > 600 ? .cut : .none
            case .needsMore:
                if view.count < size || size >= Int(Self.largestImage) { return .cut }
                size = min(size * 4, Int(Self.largestImage))
            }
        }
    }

    /// Photographs of 100 megapixels have 50 MiB.
    private static let largestImage: UInt64 = 64 << 20

    /// A picture without its end: up to where its data stop being such.
    private func cutImage(at start: UInt64) throws(SourceFailure) -> MediaExtent? {
        guard StrictHeader.isImage(try reader.upTo(StrictHeader.look, at: start)) else { return nil }
        let view = try reader.upTo(Int(Self.largestCut), at: start)
        var limit = view.count
        if case .broken(let index) = JPEGImage.parse(view) { limit = index }
        return MediaExtent(try OpenEnd.find(reader, from: start + 512, limit: start + UInt64(limit)), .lost)
    }

    /// Where an image begins at `offset`, or behind the text of a part there.
    private func imageStart(at offset: UInt64) throws(SourceFailure) -> UInt64? {
        let view = try reader.upTo(Self.longestText, at: offset)
        guard view.count > 4 else { return nil }
        if view[0] == 0xFF, view[1] == 0xD8, view[2] == 0xFF { return offset }
        var index = 0
        while index < view.count, ElementaryKind.isText(view[index]) { index += 1 }
        guard index > 16, index + 2 < view.count, view[index] == 0xFF, view[index + 1] == 0xD8, view[index + 2] == 0xFF else { return nil }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: view[..<index]), as: UTF8.self).lowercased()
        return text.contains("image/jp") ? offset + UInt64(index) : nil
    }
}
