/// Access units of H.264 (§7.4.1.2.3, §7.4.1.2.4); two fields of one frame are one frame, as decoders count.
struct H264Frames: FrameGrouping {
    private var sets = ParameterSets(codec: .h264)
    private var spsByID = SetList<H264SliceForm>()
    private var ppsByID = SetList<(spsID: Int, hasOrderInFrame: Bool)>()
    /// `UnitHash` of each SPS.
    private var hashByID = SetList<UInt64>()
    /// As they were met last: they are repeated before every key frame, and what they say is known then.
    private var lastSPS: [UInt8] = []
    private var lastPPS: [UInt8] = []

    private var frame: CodedFrame?
    private var lastSlice: H264Slice?
    private var lastMacroblock = 0
    /// The open frame has one field so far.
    private var awaitsField = false
    /// The first unit before the next picture that belongs to it, and what SEI said.
    private var pendingPlace: StreamPlace?
    private var pendingSEI = SEI()

    /// Picture order count (§8.2.1.1).
    private var previousMSB = 0
    private var previousLSB = 0
    /// frame_num that a picture must have which follows (§7.4.3).
    private var nextNumber: Int?

    var dimensions: (width: Int, height: Int)? { sets.dimensions }
    var frameRate: FrameRate? { sets.frameRate }
    var configuration: [UInt8] { sets.configurationRecord() ?? [] }
    var hasHeaders: Bool { sets.isComplete }
    var openHeaders: StreamPlace? { pendingPlace }
    var currentHeaders: [[UInt8]] { sets.sps + sets.pps + [lastSPS, lastPPS] }

    /// By the id of the PPS.
    private func form(_ id: Int) -> H264SliceForm? {
        guard let pps = ppsByID[id], var form = spsByID[pps.spsID] else { return nil }
        form.hasOrderInFrame = pps.hasOrderInFrame
        return form
    }

    mutating func take(_ unit: CodedUnit, into frames: inout [CodedFrame]) -> Bool {
        guard let header = unit.head.first, H264.isLegal(header: header) else { return false }
        switch header & 0x1F {
        case H264.NALType.slice, H264.NALType.partitionA, H264.NALType.idr:
            return takeSlice(unit, into: &frames)
        case 3, 4, 19, 20, 21:
            // Further partitions, auxiliary pictures, other views: of the frame that is open.
            frame?.include(unit)
            return true
        case H264.NALType.endOfSequence, H264.NALType.endOfStream, H264.NALType.filler:
            return true
        case H264.NALType.sps where !lastSPS.elementsEqual(unit.head):
            lastSPS = Array(unit.head)
            sets.add(unit.head)
            if let sps = H264SPS(unit.head) {
                spsByID.put(H264SliceForm(sps, hasOrderInFrame: false), id: sps.id)
                hashByID.put(UnitHash.of(unit.head), id: sps.id)
            }
        case H264.NALType.pps where !lastPPS.elementsEqual(unit.head):
            lastPPS = Array(unit.head)
            sets.add(unit.head)
            if let pps = H264PPS(unit.head) { ppsByID.put((pps.spsID, pps.hasOrderInFrame), id: pps.id) }
        case H264.NALType.sei:
            let sei = SEI(unit.head, headerSize: 1)
            if sei.hasRecoveryPoint { pendingSEI.hasRecoveryPoint = true }
            if let clock = sei.clockMicroseconds { pendingSEI.clockMicroseconds = clock }
        case 24...31:
            return true
        default:
            break
        }
        if pendingPlace == nil { pendingPlace = unit.place }
        return true
    }

    private mutating func takeSlice(_ unit: CodedUnit, into frames: inout [CodedFrame]) -> Bool {
        guard let slice = H264Slice(unit.head, form: form) else { return false }
        // A stream that brought its sets refers to those.
        if !slice.hasSets, !ppsByID.isEmpty, !spsByID.isEmpty { return false }
        defer {
            lastSlice = slice
            lastMacroblock = slice.firstMacroblock
            pendingPlace = nil
            pendingSEI = SEI()
            frame?.include(unit)
        }
        guard frame != nil, let last = lastSlice, !slice.startsPicture(after: last, lastMacroblock: lastMacroblock) else {
            if frame != nil, let last = lastSlice, isSecondField(slice, of: last) {
                awaitsField = false
                return true
            }
            finish(into: &frames)
            begin(slice, unit)
            return true
        }
        frame?.pictureUnits += 1
        return true
    }

    /// The other parity of the same frame (§3.30, §7.4.1.2.4); only the first field of a frame may be IDR.
    private func isSecondField(_ slice: H264Slice, of last: H264Slice) -> Bool {
        awaitsField && slice.isField && slice.isBottom != last.isBottom && slice.frameNumber == last.frameNumber && !slice.isIDR
            && (slice.isReference == last.isReference || last.isReference)
    }

    private mutating func begin(_ slice: H264Slice, _ unit: CodedUnit) {
        var new = CodedFrame(place: pendingPlace ?? unit.place)
        new.isKeyframe = slice.isIDR || pendingSEI.hasRecoveryPoint
        new.restartsOrder = slice.isIDR
        // Its first slices were lost: only baseline streams may change their order, and no recorder's does.
        new.isWhole = slice.firstMacroblock == 0
        new.clock = pendingSEI.clockMicroseconds
        new.order = orderCount(slice)
        if let pps = ppsByID[slice.ppsID] {
            new.sets = hashByID[pps.spsID] ?? 0
            if let form = spsByID[pps.spsID] { new.isNext = follow(slice, modulo: 1 << form.frameNumberBits) }
        }
        awaitsField = slice.isField
        frame = new
    }

    /// Whether frame_num goes on; an IDR picture starts it over.
    private mutating func follow(_ slice: H264Slice, modulo: Int) -> Bool? {
        let number = Int(slice.frameNumber)
        let isNext = slice.isIDR ? nil : nextNumber.map { $0 == number }
        nextNumber = slice.isReference ? (number + 1) % modulo : number
        return isNext
    }

    /// TopFieldOrderCnt or that of the bottom field, whichever comes first.
    private mutating func orderCount(_ slice: H264Slice) -> Int? {
        guard let bits = slice.pocBits else { return nil }
        if slice.isIDR {
            previousMSB = 0
            previousLSB = 0
        }
        let range = 1 << bits
        let lsb = Int(slice.pocLSB)
        var msb = previousMSB
        if lsb < previousLSB, previousLSB - lsb >= range / 2 {
            msb = msb &+ range
        } else if lsb > previousLSB, lsb - previousLSB > range / 2 {
            msb = msb &- range
        }
        if slice.isReference {
            previousMSB = msb
            previousLSB = lsb
        }
        return msb &+ lsb &+ min(0, slice.deltaPOCBottom)
    }

    mutating func finish(into frames: inout [CodedFrame]) {
        if let frame { frames.append(frame) }
        frame = nil
        awaitsField = false
    }
}
