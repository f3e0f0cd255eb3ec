/// One SimpleBlock or BlockGroup (RFC 9559 §10): a frame, or several of them laced.
struct MatroskaBlock {
    enum Lacing: UInt8 {
        case none = 0, xiph = 1, fixed = 2, ebml = 3
    }

    /// Where in the walker's list; nil where no entry has the block's number.
    var track: Int?
    /// Presentation in ticks of the file.
    var time: Int64
    /// Ticks; nil where only the track's default tells.
    var duration: Int64?
    var isKeyframe: Bool
    /// False for VP8's hidden reference frames: decoded, never displayed.
    var isShown = true
    var lacing: Lacing
    /// Behind the block's own header; the sizes of laced frames are still in it.
    var payload: Range<UInt64>
    /// Where the element begins.
    var start: UInt64
    /// Frames were lost, or the clock jumped, between the block before and this one.
    var followsBreak = false

    /// `bytes` begin at `offset` with the content of a SimpleBlock or Block that ends at `end`.
    /// Nil where they are no block. `start` and `isKeyframe` are of a SimpleBlock; a BlockGroup sets its own.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: UInt64, end: UInt64, clusterTime: Int64, tracks: [MatroskaTrack]) {
        guard let number = EBMLHeader.variableLength(bytes), number.value != 0 else { return nil }
        var cursor = ByteCursor(bytes, base: offset)
        guard cursor.skip(number.length), let relative = cursor.u16(), let flags = cursor.u8(), cursor.offset <= end else { return nil }
        track = tracks.firstIndex { $0.number == number.value }
        time = clusterTime &+ Int64(Int16(bitPattern: relative))
        isKeyframe = flags & 0x80 != 0
        lacing = Lacing(rawValue: flags >> 1 & 3) ?? .none
        payload = cursor.offset..<end
        start = offset
        // Hidden frames count in no player; show_frame is bit 4 of the frame tag (RFC 6386 §9.1).
        if let track, tracks[track].videoCodec == .vp8, cursor.offset < end, let tag = cursor.u8() {
            isShown = tag & 0x10 != 0
        }
    }

    /// The SimpleBlock at `index` of `view`, whose first byte is that at `base` of the file; nil where there is none of a track in
    /// `numbers`. `MatroskaWalker.look` bytes must be left there. Its payload may end anywhere.
    @inline(__always)
    init?(plain view: UnsafeRawBufferPointer, at index: Int, base: UInt64, clusterTime: Int64, numbers: [UInt64]) {
        guard UInt32(view[index]) == EBMLID.simpleBlock,
            let size = EBMLHeader.variableLength(UnsafeRawBufferPointer(rebasing: view[(index + 1)...])),
            size.value != (1 << (7 * UInt64(size.length))) - 1  // unknown
        else { return nil }
        let content = index + 1 + size.length
        guard let number = EBMLHeader.variableLength(UnsafeRawBufferPointer(rebasing: view[content...])), number.value != 0 else {
            return nil
        }
        let fields = content + number.length
        guard size.value >= UInt64(number.length + 3), let track = numbers.firstIndex(of: number.value) else { return nil }
        self.track = track
        let relative = UInt16(bigEndian: view.loadUnaligned(fromByteOffset: fields, as: UInt16.self))
        time = clusterTime &+ Int64(Int16(bitPattern: relative))
        let flags = view[fields + 2]
        isKeyframe = flags & 0x80 != 0
        lacing = Lacing(rawValue: flags >> 1 & 3) ?? .none
        payload = (base + UInt64(fields + 3))..<(base + UInt64(content) + size.value)
        start = base + UInt64(index)
    }

    /// The frames inside, by `content` = the bytes of `payload`; at most 256 (RFC 9559 §10.3).
    /// Sizes that lie give no frame.
    func frames(_ content: UnsafeRawBufferPointer) -> [Range<UInt64>] {
        var cursor = ByteCursor(content, base: payload.lowerBound)
        guard lacing != .none else { return [payload] }
        guard let last = cursor.u8() else { return [] }
        var sizes: [Int]
        switch lacing {
        case .none: return [payload]
        case .xiph: sizes = Self.xiphSizes(&cursor, count: Int(last)) ?? []
        case .ebml: sizes = Self.ebmlSizes(&cursor, count: Int(last)) ?? []
        case .fixed:
            guard cursor.remaining % (Int(last) + 1) == 0 else { return [] }
            sizes = Array(repeating: cursor.remaining / (Int(last) + 1), count: Int(last))
        }
        guard sizes.count == Int(last) else { return [] }
        sizes.append(cursor.remaining - sizes.reduce(0, +))  // the last takes what is left
        var ranges: [Range<UInt64>] = []
        for size in sizes {
            let start = cursor.offset
            guard cursor.skip(size) else { return [] }
            ranges.append(start..<cursor.offset)
        }
        return ranges
    }

    /// Each size is a run of 255s and a last byte (§10.3.2). Every byte adds at most 255: the sums stay small.
    private static func xiphSizes(_ cursor: inout ByteCursor, count: Int) -> [Int]? {
        var sizes: [Int] = []
        for _ in 0..<count {
            var size = 0
            while true {
                guard let byte = cursor.u8() else { return nil }
                size += Int(byte)
                if byte != 255 { break }
            }
            sizes.append(size)
        }
        return sizes
    }

    /// The first size, then differences (§10.3.3).
    private static func ebmlSizes(_ cursor: inout ByteCursor, count: Int) -> [Int]? {
        var sizes: [Int] = []
        for index in 0..<count {
            guard let number = EBMLHeader.variableLength(UnsafeRawBufferPointer(rebasing: cursor.bytes[cursor.position...])),
                cursor.skip(number.length)
            else { return nil }
            var size = Int(clamping: number.value)
            if index > 0 {
                size = sizes[index - 1] &+ size &- ((1 << (7 * number.length - 1)) - 1)
            }
            guard (0...cursor.bytes.count).contains(size) else { return nil }
            sizes.append(size)
        }
        return sizes
    }
}
