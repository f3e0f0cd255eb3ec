/// The order of display where B pictures follow, in the stream, the later of the two that they refer to.
struct BPictureOrder {
    private var references = 0
    private var between = 0

    /// B pictures in a row; encoders write 16 at most.
    private static let room = 1 << 16

    mutating func order(isB: Bool) -> Int {
        if isB {
            between += 1
            return (references - 1) &* Self.room &+ between
        }
        references += 1
        between = 0
        return references &* Self.room
    }

    /// A B picture needs two.
    var hasBothReferences: Bool { references >= 2 }
}

/// VOPs of MPEG-4 part 2.
struct MPEG4Frames: FrameGrouping {
    private var frame: CodedFrame?
    private var pendingPlace: StreamPlace?
    private var layer: MPEG4Layer?
    private var order = BPictureOrder()
    private var headers: [UInt8] = []
    private var sawVOP = false
    /// `UnitHash` of the layer's header.
    private var sets: UInt64 = 0
    private var layerUnit: [UInt8] = []
    private var lastTicks: Int?
    private var steadyStep = SteadyStep()

    var dimensions: (width: Int, height: Int)? {
        layer.flatMap { $0.width > 0 ? ($0.width, $0.height) : nil }
    }
    var frameRate: FrameRate? { layer?.frameRate }
    var configuration: [UInt8] { layer == nil ? [] : headers }
    var hasHeaders: Bool { layer != nil }
    var openHeaders: StreamPlace? { pendingPlace }
    var currentHeaders: [[UInt8]] { layerUnit.isEmpty ? [] : [layerUnit] }

    mutating func take(_ unit: CodedUnit, into frames: inout [CodedFrame]) -> Bool {
        guard let code = unit.head.first, MPEG4Visual.isLegal(code: code) else { return false }
        if code == MPEG4Visual.vop { return takeVOP(unit, into: &frames) }
        if code == MPEG4Visual.sequenceEnd { return true }
        if MPEG4Visual.isLayer(code: code), !layerUnit.elementsEqual(unit.head), let new = MPEG4Layer(unit.head) {
            layer = new
            layerUnit = Array(unit.head)
            sets = UnitHash.of(unit.head)
        }
        if pendingPlace == nil { pendingPlace = unit.place }
        // What stands before the first VOP is what a container stores (ISO/IEC 14496-14 §3.1.1); 4 KiB hold it all.
        if !sawVOP, code != MPEG4Visual.groupOfVOP, headers.count + unit.head.count < 4096 {
            headers += [0, 0, 1]
            headers += unit.head
        }
        return true
    }

    private mutating func takeVOP(_ unit: CodedUnit, into frames: inout [CodedFrame]) -> Bool {
        guard let vop = MPEG4VOP(unit.head, layer: layer) else { return false }
        finish(into: &frames)
        sawVOP = true
        var new = CodedFrame(place: pendingPlace ?? unit.place)
        new.isKeyframe = vop.type == .intra
        let isB = vop.type == .bidirectional
        new.order = order.order(isB: isB)
        new.isDisplayed = vop.isCoded && !(isB && !order.hasBothReferences)
        new.sets = sets
        new.isNext = follow(vop)
        new.include(unit)
        pendingPlace = nil
        frame = new
        return true
    }

    /// Whether the time within the second goes on as it did before.
    private mutating func follow(_ vop: MPEG4VOP) -> Bool? {
        guard let layer, let ticks = vop.increment else { return nil }
        defer { lastTicks = ticks }
        guard let last = lastTicks else { return nil }
        let step = (ticks - last) % layer.timeResolution
        return steadyStep.follows(step < 0 ? step + layer.timeResolution : step)
    }

    mutating func finish(into frames: inout [CodedFrame]) {
        if let frame { frames.append(frame) }
        frame = nil
    }
}

/// Pictures of MPEG-2 video; two field pictures of one frame are one frame.
struct MPEG2Frames: FrameGrouping {
    private var frame: CodedFrame?
    /// A picture header whose structure is not known yet.
    private var candidate: CodedFrame?
    private var candidateType: UInt8 = 0
    /// The field that the open frame begins with (1 top, 2 bottom), while it has no second.
    private var firstField: UInt8?
    private var pendingPlace: StreamPlace?
    private var order = BPictureOrder()
    private(set) var dimensions: (width: Int, height: Int)?
    var hasHeaders: Bool { dimensions != nil }
    var openHeaders: StreamPlace? { pendingPlace }

    mutating func take(_ unit: CodedUnit, into frames: inout [CodedFrame]) -> Bool {
        guard let code = unit.head.first, MPEG2Video.isLegal(code: code) else { return false }
        switch code {
        case MPEG2Video.picture:
            guard let type = MPEG2Video.pictureType(unit.head) else { return false }
            settle(structure: 3, into: &frames)
            var new = CodedFrame(place: pendingPlace ?? unit.place)
            new.isKeyframe = type == 1
            candidate = new
            candidateType = type
            pendingPlace = nil
        case MPEG2Video.ext:
            if let structure = MPEG2Video.pictureStructure(unit.head) { settle(structure: structure, into: &frames) }
        case MPEG2Video.sequence:
            if let size = MPEG2Video.dimensions(unit.head) { dimensions = size }
            if pendingPlace == nil { pendingPlace = unit.place }
        case MPEG2Video.group:
            if pendingPlace == nil { pendingPlace = unit.place }
        default:
            // MPEG-1 has no picture coding extension.
            if MPEG2Video.isSlice(code: code) { settle(structure: 3, into: &frames) }
            frame?.include(unit)
        }
        return true
    }

    private mutating func settle(structure: UInt8, into frames: inout [CodedFrame]) {
        guard var new = candidate else { return }
        candidate = nil
        if structure != 3, let first = firstField, first != structure {
            firstField = nil
            return
        }
        if let frame { frames.append(frame) }
        let isB = candidateType == 3
        new.order = order.order(isB: isB)
        new.isDisplayed = !(isB && !order.hasBothReferences)
        firstField = structure == 3 ? nil : structure
        frame = new
    }

    mutating func finish(into frames: inout [CodedFrame]) {
        settle(structure: 3, into: &frames)
        if let frame { frames.append(frame) }
        frame = nil
        firstField = nil
    }
}
