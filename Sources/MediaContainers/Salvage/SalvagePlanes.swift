/// Finds the VOPs of MPEG-4 part 2 in MP4: each from its start code, or those of the headers before it, to the next.
///
/// The headers of the stream are lost with the `esds` unless the camera repeats them, so they come from a reference.
struct SalvagePlanes: SalvageFinder {
    private var layer: MPEG4Layer?
    private var headers: [UInt8]
    /// Ticks within the second at which the last VOP is shown, and how far it was from the one before.
    private var time: (ticks: Int, step: Int?)?
    private var order = BPictureOrder()

    private static let firstView = 256 << 10
    private static let largestFrame = 4 << 20

    /// `configuration`: as in `Track`.
    init(configuration: [UInt8]) {
        headers = configuration
        configuration.withUnsafeBytes { readHeaders($0) }
    }

    private mutating func readHeaders(_ bytes: UnsafeRawBufferPointer) {
        var from = 0
        while let code = StartCodes.first(in: bytes, from: from), code + 3 < bytes.count {
            if MPEG4Visual.isLayer(code: bytes[code + 3]) {
                layer = MPEG4Layer(UnsafeRawBufferPointer(rebasing: bytes[(code + 3)...])) ?? layer
            }
            from = code + 3
        }
    }

    var format: VideoFormat { VideoFormat(codec: .mpeg4, width: layer?.width ?? 0, height: layer?.height ?? 0) }
    var configuration: [UInt8] { headers }
    var nalLengthSize: Int? { nil }
    var frameRate: FrameRate? { layer?.frameRate }
    var hasHeaders: Bool { layer != nil }
    var lookAhead: Int { 4 }

    func prove(_ frame: UnsafeRawBufferPointer) -> PictureProof {
        guard let layer else { return .unknown }
        var from = 0
        while let code = StartCodes.first(in: frame, from: from), code + 3 < frame.count {
            if frame[code + 3] == MPEG4Visual.vop {
                switch MPEG4Picture.prove(UnsafeRawBufferPointer(rebasing: frame[(code + 3)...]), layer: layer) {
                case .complete: return .whole
                case .broken: return .broken
                case .unknown: return .unknown
                }
            }
            from = code + 3
        }
        return .broken
    }

    func candidate(in view: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var from = start
        while let code = StartCodes.first(in: view, from: from), code + 3 < view.count {
            if Self.mayBegin(view[code + 3]) { return code }
            from = code + 3
        }
        return nil
    }

    /// VOS, VO, VOL, GOV or VOP.
    private static func mayBegin(_ code: UInt8) -> Bool {
        code <= 0x2F || code == MPEG4Visual.sequenceStart || code == MPEG4Visual.groupOfVOP || code == MPEG4Visual.visualObject
            || code == MPEG4Visual.vop
    }

    mutating func take(
        at offset: UInt64, in reader: SourceReader, end: UInt64, isStated: Bool
    ) throws(SourceFailure) -> SalvageOutcome {
        var length = Self.firstView
        while true {
            let room = end - min(offset, end)
            let bytes = try reader.upTo(Int(min(UInt64(length), room)), at: offset)
            guard bytes.count > 4, bytes[0] == 0, bytes[1] == 0, bytes[2] == 1, Self.mayBegin(bytes[3]) else { return .nothing }
            // Whether more could be seen.
            let isAll = bytes.count < length || UInt64(bytes.count) == room
            if let outcome = read(bytes, at: offset, isAll: isAll, isStated: isStated) { return outcome }
            guard length < Self.largestFrame else { return .broken(until: .max, isSure: false) }
            length *= 4
        }
    }

    /// Nil where the frame does not end in `bytes`.
    private mutating func read(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, isAll: Bool, isStated: Bool
    ) -> SalvageOutcome? {
        var from = 0
        while let code = StartCodes.first(in: bytes, from: from), code + 3 < bytes.count {
            guard MPEG4Visual.isLegal(code: bytes[code + 3]) else { return .nothing }
            guard bytes[code + 3] != MPEG4Visual.vop else {
                return readVOP(bytes, from: code + 3, at: offset, isAll: isAll, isStated: isStated)
            }
            from = code + 3
        }
        return isAll || bytes.count > 4096 ? .nothing : nil
    }

    private mutating func readVOP(
        _ bytes: UnsafeRawBufferPointer, from start: Int, at offset: UInt64, isAll: Bool, isStated: Bool
    ) -> SalvageOutcome? {
        let unit = UnsafeRawBufferPointer(rebasing: bytes[start...])
        guard let vop = MPEG4VOP(unit, layer: layer) else { return .nothing }
        var next = StartCodes.first(in: bytes, from: start)
        var isLegal = true
        if let code = next {
            guard code + 3 < bytes.count || isAll else { return nil }
            if code + 3 < bytes.count { isLegal = MPEG4Visual.isLegal(code: bytes[code + 3]) }
        } else {
            guard isAll else { return nil }
            next = bytes.count
        }
        guard var next else { return nil }
        if let box = movieBox(in: bytes, from: start, before: next) {
            next = box
            isLegal = true
        }
        let range = offset..<(offset + UInt64(next))
        let isSure = count(vop)
        let frame = UnsafeRawBufferPointer(rebasing: bytes[..<next])
        // Stuffing is zeroes and ones up to the byte; 23 zero bits in a row are forbidden (ISO/IEC 14496-2 Annex E).
        guard isLegal, !holdsZeroes(frame, from: start),
            !Sectors.holdsForeign(UnsafeRawBufferPointer(rebasing: frame[start...]), at: offset + UInt64(start))
        else {
            return .broken(until: range.upperBound, isSure: isSure)
        }
        // Where nothing follows, nothing tells whether the end is there.
        if next == bytes.count, !isStated, prove(frame) != .whole { return .broken(until: .max, isSure: isSure) }
        if vop.type == .intra { readHeaders(UnsafeRawBufferPointer(rebasing: bytes[..<start])) }
        let isB = vop.type == .bidirectional
        return .frame(
            SalvageFrame(
                range: range, isKeyframe: vop.type == .intra, isWhole: true, order: order.order(isB: isB), restartsOrder: false,
                isSure: isSure))
    }

    /// Where the header of a `moof` or `moov` stands in front of a start code: nothing else tells that the frame ends there.
    private func movieBox(in bytes: UnsafeRawBufferPointer, from start: Int, before end: Int) -> Int? {
        var index = start
        // A box of 00 00 01 xx bytes looks like a start code.
        while index <= end, index + 16 <= bytes.count {
            if bytes[index + 4] == 0x6D {
                let type = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
                let child = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: index + 12, as: UInt32.self))
                if (type, child) == (BoxType.moof, BoxType.mfhd) || (type, child) == (BoxType.moov, BoxType.mvhd) { return index }
            }
            index += 1
        }
        return nil
    }

    private func holdsZeroes(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var from = start
        while let pair = StartCodes.zeroPair(in: bytes, from: from) {
            let end = StartCodes.firstNonzero(in: bytes, from: pair + 2)
            if end - pair >= 16 { return true }
            from = end + 1
        }
        return false
    }

    /// Whether the time of the VOP is as far from the one before as that was from its own.
    private mutating func count(_ vop: MPEG4VOP) -> Bool {
        guard let layer, let ticks = vop.increment, ticks < layer.timeResolution else { return false }
        let step = time.map { (ticks - $0.ticks + layer.timeResolution) % layer.timeResolution }
        let isSure = step != nil && (step == time?.step || step == layer.fixedIncrement)
        time = (ticks, step)
        return isSure
    }
}
