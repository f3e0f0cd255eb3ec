/// What can be said of a file whose first sectors were lost: `movi` is still there, and its chunks tell what they hold.
extension AVIHeader {
    /// Chunks that are looked at for the first of each stream.
    private static let mostChunks = 256

    /// Where `LIST movi` begins.
    static func findMovi(_ head: UnsafeRawBufferPointer) -> Int? {
        var from = StartCodes.firstNonzero(in: head, from: 0)
        while from + 20 <= head.count {
            var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: head[from...]))
            if head[from] == 0x4C, cursor.u32() == FourCC("LIST").value, cursor.skip(4), cursor.u32() == FourCC("movi").value {
                let id = FourCC(cursor.u32() ?? 0)
                if chunkStream(id) != nil || id == "LIST" || id == "JUNK" || id.value >> 16 == 0x6978 { return from }
            }
            from += 1
        }
        return nil
    }

    /// The stream that a chunk of samples names, and whether it is sound: `##dc`, `##db`, `##wb`.
    static func chunkStream(_ id: FourCC) -> (stream: Int, isSound: Bool)? {
        let high = Int(id.value >> 24) - 0x30, low = Int(id.value >> 16 & 0xFF) - 0x30
        guard (0...9).contains(high), (0...9).contains(low) else { return nil }
        switch id.value & 0xFFFF {
        case 0x6463, 0x6462: return (high * 10 + low, false)
        case 0x7762: return (high * 10 + low, true)
        default: return nil
        }
    }

    /// Streams as their first chunks show them. Sound stays unknown: nothing in its bytes says which it is.
    mutating func readLost(_ head: UnsafeRawBufferPointer) {
        guard let movi = Self.findMovi(head) else { return }
        isLost = true
        rateIsKnown = false
        var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: head[movi...]))
        guard cursor.skip(4), let size = cursor.u32LE(), cursor.skip(4) else { return }
        moviStart = UInt64(movi) + 12
        moviEnd = size == 0 || size == .max ? nil : UInt64(movi) + 8 + UInt64(size)
        var chunks = 0
        while chunks < Self.mostChunks, let id = cursor.u32().map(FourCC.init), let size = cursor.u32LE() {
            chunks += 1
            if id == "LIST" {
                guard cursor.skip(4) else { return }
                continue
            }
            guard AVIWalker.isText(id), let payload = cursor.take(Int(size)) else { return }
            if let (stream, isSound) = Self.chunkStream(id), !isSound, !payload.isEmpty { noteFirst(payload, of: stream) }
            if size % 2 == 1 { _ = cursor.skip(1) }
        }
    }

    private mutating func noteFirst(_ payload: UnsafeRawBufferPointer, of stream: Int) {
        while streams.count <= stream { streams.append(AVIStream()) }
        guard streams[stream].track == nil, let kind = ElementaryKind(payload) else { return }
        let codec: VideoCodec =
            switch kind {
            case .units(let codec): codec
            case .images: .mjpeg
            }
        let size = PictureSize.of(payload, codec: codec, lengthSize: nil)
        let format = VideoFormat(codec: codec, width: size?.width ?? 0, height: size?.height ?? 0)
        streams[stream].track = Track(format: .video(format), timescale: 25)
    }
}
