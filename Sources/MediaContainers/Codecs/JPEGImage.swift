/// JPEG (ISO/IEC 10918-1 Annex B): where one image ends, and its size.
struct JPEGImage: Equatable {
    /// Bytes from SOI to EOI, both included.
    var byteCount: Int
    var width: Int
    var height: Int
    /// Where the entropy-coded data of the first scan begin.
    var scanStart = 0

    enum Outcome: Equatable {
        case image(JPEGImage)
        /// It may be whole if more bytes are seen. With the size, where its frame header was met.
        case needsMore(JPEGImage)
        /// Broken at this index.
        case broken(Int)
    }

    /// Walks the markers from the SOI at index 0. Segments are stepped over by their lengths, so that the EOI of a
    /// thumbnail inside APPn is not taken for the end.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        var image = JPEGImage(byteCount: 0, width: 0, height: 0)
        guard bytes.count >= 4 else { return .needsMore(image) }
        guard bytes[0] == 0xFF, bytes[1] == 0xD8 else { return .broken(0) }
        var position = 2
        /// Of a picture that is coded in one go; 0 where several scans may follow one another.
        var components: UInt8 = 0
        while true {
            guard position + 1 < bytes.count else { return .needsMore(image) }
            guard bytes[position] == 0xFF else { return .broken(position) }
            let marker = bytes[position + 1]
            if marker == 0xFF {  // fill bytes (B.1.1.2)
                position += 1
                continue
            }
            position += 2
            switch marker {
            case 0xD9:
                guard image.width > 0 else { return .broken(position - 2) }
                image.byteCount = position
                return .image(image)
            case 0x01, 0xD0...0xD7:
                continue
            case 0x00, 0x02...0xBF, 0xD8:
                return .broken(position - 2)
            default:
                guard position + 2 <= bytes.count else { return .needsMore(image) }
                let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
                guard length >= 2 else { return .broken(position) }
                // SOFn: every C0...CF but DHT, JPG and DAC (Table B.1).
                if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xC8, marker != 0xCC {
                    guard position + 8 <= bytes.count else { return .needsMore(image) }
                    // An image has one frame header (B.2.1); a second one is of the next image, whose start was lost.
                    guard image.width == 0 else { return .broken(position - 2) }
                    image.height = Int(bytes[position + 3]) << 8 | Int(bytes[position + 4])
                    image.width = Int(bytes[position + 5]) << 8 | Int(bytes[position + 6])
                    guard image.width > 0, length >= 11 else { return .broken(position) }
                    components = marker <= 0xC1 ? bytes[position + 7] : 0
                }
                let start = position
                position += length
                if marker == 0xDA {
                    if image.scanStart == 0 { image.scanStart = position }
                    switch endOfScan(bytes, from: position) {
                    case .marker(let index):
                        // A scan of all components is the last (A.2): its image ends, perhaps after its number of lines.
                        let isLast = components > 0 && bytes[start + 2] == components
                        guard !isLast || bytes[index + 1] == 0xD9 || bytes[index + 1] == 0xDC else { return .broken(index) }
                        position = index
                    case .broken(let index): return .broken(index)
                    case .needsMore: return .needsMore(image)
                    }
                }
            }
        }
    }

    private enum ScanEnd {
        case marker(Int), broken(Int), needsMore
    }

    /// The first marker after entropy-coded data: FF followed by neither 00 nor a restart marker (B.1.1.5).
    private static func endOfScan(_ bytes: UnsafeRawBufferPointer, from start: Int) -> ScanEnd {
        var position = start
        while position < bytes.count, let found = firstFF(bytes, from: position) {
            guard found + 1 < bytes.count else { return .needsMore }
            let next = bytes[found + 1]
            if next != 0, !(0xD0...0xD7).contains(next), next != 0xFF {
                // A scan is followed by another header or the end, not by a reserved marker or a new image.
                let isLegal = next >= 0xC0 && next != 0xD8
                return isLegal ? .marker(found) : .broken(found)
            }
            position = next == 0xFF ? found + 1 : found + 2
        }
        return .needsMore
    }

    private static func firstFF(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var index = start
        while index + 8 <= bytes.count {
            let word = ~UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let found = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count {
            if bytes[index] == 0xFF { return index }
            index += 1
        }
        return nil
    }
}
