/// What the header of a slice says of its picture.
struct PictureHead {
    /// It holds the first macroblock or coding tree unit.
    var startsPicture: Bool
    var isIDR: Bool
    var isReference: Bool
    var isField = false
    /// frame_num (H.264) or the lowest bits of the picture order count (H.265), and what it is counted modulo; nil without
    /// parameter sets.
    var number: (value: Int, modulo: Int)?
    /// How far the number may be from that of the reference before, either way.
    var steps = 1...1
}

/// A NAL unit whose beginning is legal.
struct UnitHead {
    /// Header first, all of it where it is no slice.
    var bytes: [UInt8]
    var byteCount: Int
    /// The first byte after it, which may lie past the end of the source.
    var end: UInt64
    var picture: PictureHead?
}

/// Reads and judges NAL units behind their lengths.
struct UnitHeads {
    let codec: VideoCodec
    let lengthSize: Int
    private var h264SPS: [Int: H264SPS] = [:]
    private var h264PPS: [Int: H264PPS] = [:]
    private var h265SPS: [Int: H265SPS] = [:]
    private var h265PPS: [Int: H265PPS] = [:]
    /// Of the slices that were whole.
    private var sliceCount = 0
    private var largestSlice = 0
    /// One for each first header byte that a sample may begin with.
    private var firstBytes: [Bool]

    /// Weight tables make the longest slice headers, of some 300 bytes.
    private static let sliceHead = 512
    /// Parameter sets take up to some 200 bytes, messages more.
    private static let largestOther = 64 << 10
    /// The largest key frame seen from a 4K camera is under 4 MiB.
    private static let mostBytes = 16 << 20
    /// So many slices show how large they get.
    private static let enoughSlices = 64
    private var plausibleBytes: Int { sliceCount < Self.enoughSlices ? 4 << 20 : min(Self.mostBytes, 8 * largestSlice + 4096) }

    /// As many frames as a decoded picture buffer holds (H.265 §A.4.2), before or after.
    private static let orderSteps = -16...16

    init(codec: VideoCodec, lengthSize: Int) {
        self.codec = codec
        self.lengthSize = lengthSize
        firstBytes = (0..<256).map { value in
            let header = UInt8(value)
            if codec == .h265 {
                let type = H265.type(header)
                return header & 0x81 == 0 && (H265.isPicture(type) || (32...35).contains(type) || type == H265.NALType.prefixSEI)
            }
            return H264.isLegal(header: header) && [1, 5, 6, 7, 8, 9].contains(header & 0x1F)
        }
    }

    private func h264Sets(_ id: Int) -> (sps: H264SPS, pps: H264PPS)? {
        guard let pps = h264PPS[id], let sps = h264SPS[pps.spsID] else { return nil }
        return (sps, pps)
    }

    private func h265Form(_ id: Int) -> H265SliceForm? {
        guard let pps = h265PPS[id], let sps = h265SPS[pps.spsID] else { return nil }
        return H265SliceForm(
            separatePlanes: sps.separatePlanes, pocBits: sps.pocBits, hasOutputFlag: pps.hasOutputFlag, extraSliceBits: pps.extraSliceBits)
    }

    private func h265Sets(_ id: Int) -> (sps: H265SPS, pps: H265PPS)? {
        guard let pps = h265PPS[id], let sps = h265SPS[pps.spsID] else { return nil }
        return (sps, pps)
    }

    /// Takes a parameter set; anything else is ignored.
    mutating func add(_ unit: [UInt8]) {
        unit.withUnsafeBytes { bytes in
            if codec == .h264 {
                if let set = H264SPS(bytes) { h264SPS[set.id] = set }
                if let set = H264PPS(bytes) { h264PPS[set.id] = set }
            } else if bytes.count >= 2, H265.isBaseLayer(header: bytes[0], bytes[1]) {
                if let set = H265SPS(bytes) { h265SPS[set.id] = set }
                if let set = H265PPS(bytes) { h265PPS[set.id] = set }
            }
        }
    }

    private var hasSets: Bool { codec == .h264 ? !h264SPS.isEmpty && !h264PPS.isEmpty : !h265SPS.isEmpty && !h265PPS.isEmpty }

    // MARK: - Reading

    /// The unit whose length stands at `offset`; nil where none can.
    func read(at offset: UInt64, in reader: SourceReader) throws(SourceFailure) -> UnitHead? {
        let view = try reader.upTo(lengthSize + Self.sliceHead, at: offset)
        guard view.count > lengthSize else { return nil }
        var length = 0
        for index in 0..<lengthSize { length = length << 8 | Int(view[index]) }
        guard length > 0, length <= Self.mostBytes else { return nil }
        let isSlice: Bool
        let header = view[lengthSize]
        if codec == .h265 {
            guard length >= 2, view.count > lengthSize + 1, H265.isLegal(header: header, view[lengthSize + 1]) else { return nil }
            isSlice = H265.isPicture(H265.type(header)) && H265.isBaseLayer(header: header, view[lengthSize + 1])
        } else {
            guard H264.isLegal(header: header) else { return nil }
            isSlice = H264.isPicture(header: header)
        }
        guard isSlice || length <= Self.largestOther else { return nil }
        let wanted = isSlice ? min(length, Self.sliceHead) : length
        let bytes = try reader.upTo(lengthSize + wanted, at: offset).dropFirst(lengthSize)
        let end = offset &+ UInt64(lengthSize) &+ UInt64(length)
        var unit = UnitHead(bytes: [UInt8](copying: UnsafeRawBufferPointer(rebasing: bytes)), byteCount: length, end: end)
        if isSlice {
            guard let picture = unit.bytes.withUnsafeBytes({ codec == .h265 ? h265Picture($0) : h264Picture($0) }) else { return nil }
            unit.picture = picture
        } else if bytes.count == length {
            guard unit.bytes.withUnsafeBytes({ codec == .h265 ? isH265Unit($0) : isH264Unit($0) }) else { return nil }
        }
        return unit
    }

    private func h264Picture(_ bytes: UnsafeRawBufferPointer) -> PictureHead? {
        guard hasSets else {
            return H264Slice(bytes, form: { _ in nil }).map {
                PictureHead(startsPicture: $0.firstMacroblock == 0, isIDR: $0.isIDR, isReference: $0.isReference)
            }
        }
        guard let header = H264SliceHeader(bytes, sets: h264Sets) else { return nil }
        let slice = header.slice
        return PictureHead(
            startsPicture: slice.firstMacroblock == 0, isIDR: slice.isIDR, isReference: slice.isReference, isField: slice.isField,
            number: (Int(slice.frameNumber), 1 << header.sps.frameNumberBits), steps: slice.isField ? 0...1 : 1...1)
    }

    private func h265Picture(_ bytes: UnsafeRawBufferPointer) -> PictureHead? {
        guard let slice = H265Slice(bytes, form: h265Form) else { return nil }
        if hasSets, h265Form(slice.ppsID) == nil { return nil }
        var picture = PictureHead(startsPicture: slice.isFirst, isIDR: H265.isIDR(slice.type), isReference: true)
        if let lsb = slice.pocLSB, let form = h265Form(slice.ppsID) {
            picture.number = (Int(lsb), 1 << form.pocBits)
            picture.steps = Self.orderSteps
        }
        return picture
    }

    /// Whole units that are no slices.
    private func isH264Unit(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch bytes[0] & 0x1F {
        case H264.NALType.sps: H264SPS(bytes) != nil
        case H264.NALType.pps: H264PPS(bytes) != nil
        case H264.NALType.sei: SEI.isWhole(bytes, headerSize: 1)
        case H264.NALType.delimiter: bytes.count == 2 && bytes[1] & 0x1F == 0x10
        case H264.NALType.endOfSequence, H264.NALType.endOfStream: bytes.count == 1
        case H264.NALType.filler: bytes.dropFirst().dropLast().allSatisfy { $0 == 0xFF }
        default: bytes.count > 1
        }
    }

    private func isH265Unit(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch H265.type(bytes[0]) {
        case H265.NALType.vps: H265VPS(bytes) != nil
        case H265.NALType.sps: H265SPS(bytes) != nil || !H265.isBaseLayer(header: bytes[0], bytes[1])
        case H265.NALType.pps: H265PPS(bytes) != nil
        case H265.NALType.prefixSEI, H265.NALType.suffixSEI: SEI.isWhole(bytes, headerSize: 2)
        case H265.NALType.delimiter: bytes.count == 3 && bytes[2] & 0x1F == 0x10
        case H265.NALType.endOfSequence, H265.NALType.endOfBitstream: bytes.count == 2
        case H265.NALType.filler: bytes.dropFirst(2).dropLast().allSatisfy { $0 == 0xFF }
        default: bytes.count > 2
        }
    }

    /// No byte of the unit contradicts emulation prevention (H.264 §7.4.1, H.265 §7.4.2), and its last is not of a hole.
    mutating func isClean(_ unit: UnitHead, at offset: UInt64, in reader: SourceReader) throws(SourceFailure) -> Bool {
        guard let bytes = try reader.exactly(unit.byteCount, at: offset &+ UInt64(lengthSize)) else { return false }
        var from = 0
        while let pair = StartCodes.zeroPair(in: bytes, from: from) {
            let end = StartCodes.firstNonzero(in: bytes, from: pair + 2)
            // Muxers that cut Annex B carelessly leave zeroes of the next start code.
            guard end < bytes.count else { return bytes.count - pair <= 3 }
            if end - pair > 2 || bytes[end] < 3 { return false }
            from = end + 1
        }
        if unit.picture != nil {
            // Messages may well be text.
            if Sectors.holdsForeign(bytes, at: offset &+ UInt64(lengthSize)) { return false }
            sliceCount += 1
            largestSlice = max(largestSlice, unit.byteCount)
        }
        return true
    }

    // MARK: - Proof

    /// Whether the slices of a frame are a whole picture, macroblock by macroblock.
    func prove(_ frame: UnsafeRawBufferPointer) -> PictureProof {
        guard hasSets else { return .unknown }
        var next = 0
        var most = 0
        for unit in NALUnits.LengthPrefixed(frame, lengthSize: lengthSize) where !unit.isEmpty && isSlice(unit) {
            let bytes = UnsafeRawBufferPointer(rebasing: unit[..<StartCodes.countWithoutTrailingZeroes(unit)])
            let slice = codec == .h265 ? H265SliceData.prove(bytes, sets: h265Sets) : proveH264(bytes)
            switch slice.proof {
            case .complete(let end):
                guard slice.first == next else { return .broken }
                next = end
                most = slice.count
            case .broken: return .broken
            case .unknown: return .unknown
            }
        }
        return most > 0 && next == most ? .whole : .broken
    }

    private func isSlice(_ unit: UnsafeRawBufferPointer) -> Bool {
        guard codec == .h265 else { return H264.isPicture(header: unit[0]) }
        return unit.count > 1 && H265.isPicture(H265.type(unit[0])) && H265.isBaseLayer(header: unit[0], unit[1])
    }

    private func proveH264(_ unit: UnsafeRawBufferPointer) -> (first: Int, proof: SliceProof, count: Int) {
        guard let header = H264SliceHeader(unit, sets: h264Sets) else { return (0, .broken(bytesLeft: unit.count), 0) }
        let proof = header.pps.isCABAC ? CABACSlice.prove(header) : CAVLCSlice.prove(header)
        return (header.slice.firstMacroblock, proof, header.sps.frameSizeInMacroblocks)
    }

    // MARK: - Searching

    func candidate(in view: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let last = view.count - lengthSize - 2
        guard last >= start, let base = view.baseAddress else { return nil }
        let most = UInt32(plausibleBytes)
        return firstBytes.withUnsafeBufferPointer { firstBytes in
            var index = start
            if lengthSize == 4 {
                while index <= last {
                    let length = UInt32(bigEndian: base.loadUnaligned(fromByteOffset: index, as: UInt32.self))
                    if length >= 2, length <= most, firstBytes[Int(view[index + 4])] { return index }
                    index += 1
                }
            } else {
                while index <= last {
                    if firstBytes[Int(view[index + lengthSize])] { return index }
                    index += 1
                }
            }
            return nil
        }
    }
}

/// Whether pictures follow each other as they were coded.
struct PictureCount {
    private var previous: Int?
    private(set) var isContinuous = false

    mutating func begin(_ picture: PictureHead) {
        guard let (value, modulo) = picture.number else {
            isContinuous = false
            return
        }
        if picture.isIDR {
            isContinuous = value == 0
        } else if let previous {
            let ahead = (value - previous + modulo) % modulo
            isContinuous = picture.steps.contains(ahead) || picture.steps.contains(ahead - modulo)
        } else {
            isContinuous = false
        }
        if picture.isReference || picture.isIDR {
            previous = value
        } else if !isContinuous {
            // After a loss: the number of a picture that is no reference is one above that of the last reference.
            previous = (value - 1 + modulo) % modulo
        }
    }
}

extension SEI {
    /// Messages that fill the unit to its trailing bits (H.264 §7.3.2.3.1).
    static func isWhole(_ unit: UnsafeRawBufferPointer, headerSize: Int) -> Bool {
        guard unit.count > headerSize + 2 else { return false }
        var bits = BitReader(
            UnsafeRawBufferPointer(rebasing: unit[headerSize..<max(headerSize, StartCodes.countWithoutTrailingZeroes(unit))]))
        var count = 0
        while bits.hasMoreData() {
            guard let _ = readVarying(&bits), let size = readVarying(&bits), bits.skip(8 * size) else { return false }
            count += 1
        }
        return count > 0
    }
}
