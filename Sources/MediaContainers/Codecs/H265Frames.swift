/// Access units of H.265 (§7.4.2.4.4): each begins with the first slice segment of a picture.
struct H265Frames: FrameGrouping {
    private var sets = ParameterSets(codec: .h265)
    private var spsByID = SetList<(separatePlanes: Bool, pocBits: Int)>()
    private var ppsByID = SetList<H265PPS>()
    /// `UnitHash` of each SPS.
    private var hashByID = SetList<UInt64>()
    /// As they were met last: they are repeated before every key frame, and what they say is known then.
    private var lastVPS: [UInt8] = []
    private var lastSPS: [UInt8] = []
    private var lastPPS: [UInt8] = []

    private var frame: CodedFrame?
    private var pendingPlace: StreamPlace?
    private var pendingClock: Int64?
    /// The next picture is the first of a sequence (§8.1): what its leading pictures refer to is not there.
    private var startsSequence = true
    private var dropsRASL = true

    /// Picture order count (§8.3.1).
    private var previousMSB = 0
    private var previousLSB = 0
    private var lastOrder: Int?
    private var steadyStep = SteadyStep()

    var dimensions: (width: Int, height: Int)? { sets.dimensions }
    var frameRate: FrameRate? { sets.frameRate }
    var configuration: [UInt8] { sets.configurationRecord() ?? [] }
    var hasHeaders: Bool { sets.isComplete }
    var openHeaders: StreamPlace? { pendingPlace }
    var currentHeaders: [[UInt8]] { sets.vps + sets.sps + sets.pps + [lastSPS, lastPPS] }

    /// By the id of the PPS.
    private func form(_ id: Int) -> H265SliceForm? {
        guard let pps = ppsByID[id], let sps = spsByID[pps.spsID] else { return nil }
        return H265SliceForm(
            separatePlanes: sps.separatePlanes, pocBits: sps.pocBits, hasOutputFlag: pps.hasOutputFlag, extraSliceBits: pps.extraSliceBits)
    }

    mutating func take(_ unit: CodedUnit, into frames: inout [CodedFrame]) -> Bool {
        let head = unit.head
        guard head.count >= 2, H265.isLegal(header: head[0], head[1]) else { return false }
        guard H265.isBaseLayer(header: head[0], head[1]) else { return true }
        let type = H265.type(head[0])
        switch type {
        case 0...31:
            return takeSlice(unit, into: &frames)
        case H265.NALType.sps where !lastSPS.elementsEqual(head):
            lastSPS = Array(head)
            sets.add(head)
            if let sps = H265SPS(head) {
                spsByID.put((sps.separatePlanes, sps.pocBits), id: sps.id)
                hashByID.put(UnitHash.of(head), id: sps.id)
            }
        case H265.NALType.pps where !lastPPS.elementsEqual(head):
            lastPPS = Array(head)
            sets.add(head)
            if let pps = H265PPS(head) { ppsByID.put(pps, id: pps.id) }
        case H265.NALType.vps where !lastVPS.elementsEqual(head):
            lastVPS = Array(head)
            sets.add(head)
        case H265.NALType.prefixSEI:
            if let clock = SEI(head, headerSize: 2).clockMicroseconds { pendingClock = clock }
        case H265.NALType.endOfSequence, H265.NALType.endOfBitstream:
            startsSequence = true
            return true
        case H265.NALType.sps, H265.NALType.pps, H265.NALType.vps, H265.NALType.delimiter:
            break
        default:
            return true  // filler, suffix SEI, private data: of the frame that is open
        }
        if pendingPlace == nil { pendingPlace = unit.place }
        return true
    }

    private mutating func takeSlice(_ unit: CodedUnit, into frames: inout [CodedFrame]) -> Bool {
        guard let slice = H265Slice(unit.head, form: form) else { return false }
        if !ppsByID.isEmpty, !spsByID.isEmpty, form(slice.ppsID) == nil { return false }
        if slice.isFirst || frame == nil {
            finish(into: &frames)
            begin(slice, unit)
        } else {
            frame?.pictureUnits += 1
        }
        frame?.include(unit)
        pendingPlace = nil
        pendingClock = nil
        return true
    }

    private mutating func begin(_ slice: H265Slice, _ unit: CodedUnit) {
        var new = CodedFrame(place: pendingPlace ?? unit.place)
        new.isKeyframe = H265.isRandomAccess(slice.type)
        new.isWhole = slice.isFirst
        new.clock = pendingClock
        // Types 16...18 are BLA (Table 7-1).
        let restarts = H265.isIDR(slice.type) || (16...18).contains(slice.type) || startsSequence
        if new.isKeyframe { dropsRASL = restarts }
        new.isDisplayed = !(H265.isRASL(slice.type) && dropsRASL)
        new.restartsOrder = restarts
        new.order = orderCount(slice, restarts: restarts, temporalID: unit.head[1] & 7)
        if let pps = ppsByID[slice.ppsID] { new.sets = hashByID[pps.spsID] ?? 0 }
        if let order = new.order {
            if let last = lastOrder, !restarts { new.isNext = steadyStep.follows(order &- last) }
            lastOrder = order
        }
        startsSequence = false
        frame = new
    }

    private mutating func orderCount(_ slice: H265Slice, restarts: Bool, temporalID: UInt8) -> Int? {
        guard let lsbBits = slice.pocLSB, let form = form(slice.ppsID) else { return nil }
        let range = 1 << form.pocBits
        let lsb = Int(lsbBits)
        var msb = restarts ? 0 : previousMSB
        if !restarts {
            if lsb < previousLSB, previousLSB - lsb >= range / 2 {
                msb = msb &+ range
            } else if lsb > previousLSB, lsb - previousLSB > range / 2 {
                msb = msb &- range
            }
        }
        // RADL, RASL (6...9) and sub-layer non-reference pictures (even, below 16) are no anchors.
        let isAnchor = temporalID == 1 && !(6...9).contains(slice.type) && !(slice.type < 16 && slice.type % 2 == 0)
        if isAnchor {
            previousMSB = msb
            previousLSB = lsb
        }
        return msb &+ lsb
    }

    mutating func finish(into frames: inout [CodedFrame]) {
        if let frame { frames.append(frame) }
        frame = nil
    }
}
