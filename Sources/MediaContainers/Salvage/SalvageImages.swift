/// Finds the images of MJPEG in MP4, each from SOI to EOI.
struct SalvageImages: SalvageFinder {
    /// That of the reference, else that of the first image.
    private var size: (width: Int, height: Int)?

    private static let firstView = 64 << 10

    init(size: (width: Int, height: Int)?) {
        self.size = size
    }

    var format: VideoFormat { VideoFormat(codec: .mjpeg, width: size?.width ?? 0, height: size?.height ?? 0) }
    var configuration: [UInt8] { [] }
    var nalLengthSize: Int? { nil }
    var frameRate: FrameRate? { nil }
    var hasHeaders: Bool { true }
    var lookAhead: Int { 3 }

    func prove(_ frame: UnsafeRawBufferPointer) -> PictureProof {
        switch JPEGScan.isWhole(frame) {
        case true?: .whole
        case false?: .broken
        case nil: .unknown
        }
    }

    func candidate(in view: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index + 2 < view.count {
            if view[index] == 0xFF, view[index + 1] == 0xD8, view[index + 2] == 0xFF { return index }
            index += 1
        }
        return nil
    }

    mutating func take(
        at offset: UInt64, in reader: SourceReader, end: UInt64, isStated: Bool
    ) throws(SourceFailure) -> SalvageOutcome {
        var length = Self.firstView
        while true {
            let bytes = try reader.upTo(Int(min(UInt64(length), end - min(offset, end))), at: offset)
            guard candidate(in: bytes.prefix(4), from: 0) == 0 else { return .nothing }
            switch JPEGImage.parse(bytes) {
            case .image(let image):
                let range = offset..<(offset + UInt64(image.byteCount))
                let isKnown = size.map { $0.width == image.width && $0.height == image.height }
                // An image of another size is another camera's.
                if isKnown == false { return .nothing }
                // What stands before the scan may well be text.
                let scan = UnsafeRawBufferPointer(rebasing: bytes[min(image.scanStart, image.byteCount)..<image.byteCount])
                if Sectors.holdsForeign(scan, at: offset + UInt64(image.scanStart)) {
                    return .broken(until: range.upperBound, isSure: isKnown ?? false)
                }
                size = (image.width, image.height)
                return .frame(
                    SalvageFrame(range: range, isKeyframe: true, isWhole: true, order: nil, restartsOrder: true, isSure: isKnown ?? false))
            case .broken(let index):
                return index < Self.headers ? .nothing : .broken(until: offset + UInt64(index), isSure: false)
            case .needsMore(let image):
                guard bytes.count == length, length < SourceReader.largestView else {
                    let isOurs = image.width > 0 && size.map { $0.width == image.width && $0.height == image.height } == true
                    return .broken(until: .max, isSure: isOurs)
                }
                length = min(length * 4, SourceReader.largestView)
            }
        }
    }

    /// SOI, APP0, quantisation and Huffman tables take some 600 bytes; what breaks earlier is no image.
    private static let headers = 128
}

extension UnsafeRawBufferPointer {
    fileprivate func prefix(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[..<Swift.min(count, self.count)])
    }
}
