/// H.265 (ITU-T Rec. H.265 | ISO/IEC 23008-2) headers, as far as an index needs them.
enum H265 {
    /// NAL unit types (Table 7-1).
    enum NALType {
        static let idrWithRADL: UInt8 = 19, idrWithoutLeading: UInt8 = 20
        static let vps: UInt8 = 32, sps: UInt8 = 33, pps: UInt8 = 34, delimiter: UInt8 = 35
        static let endOfSequence: UInt8 = 36, endOfBitstream: UInt8 = 37, filler: UInt8 = 38
        static let prefixSEI: UInt8 = 39, suffixSEI: UInt8 = 40
    }

    static func type(_ header: UInt8) -> UInt8 { header >> 1 & 0x3F }

    /// The two header bytes of a unit that may stand in a stream (§7.4.2.2): forbidden_zero_bit 0, a temporal id,
    /// which is that of the base layer for parameter sets of the sequence and random access points.
    static func isLegal(header: UInt8, _ second: UInt8) -> Bool {
        guard header & 0x80 == 0, second & 7 != 0 else { return false }
        switch type(header) {
        case 16...21, vps, sps, NALType.endOfSequence, NALType.endOfBitstream: return second & 7 == 1
        case 0...9, NALType.pps...NALType.suffixSEI: return true
        // 41-47: reserved, never written; 48-63: unspecified, some cameras put private data there.
        case 48...63: return true
        default: return false
        }
    }

    private static let vps = NALType.vps, sps = NALType.sps

    static func isPicture(_ type: UInt8) -> Bool { type <= 9 || (16...21).contains(type) }
    /// Intra random access point: BLA, IDR, CRA.
    static func isRandomAccess(_ type: UInt8) -> Bool { (16...21).contains(type) }
    static func isIDR(_ type: UInt8) -> Bool { type == NALType.idrWithRADL || type == NALType.idrWithoutLeading }
    /// Leading pictures that refer to what lies before their random access point.
    static func isRASL(_ type: UInt8) -> Bool { type == 8 || type == 9 }
    /// Base layer: the pictures of other layers are no frames of their own.
    static func isBaseLayer(header: UInt8, _ second: UInt8) -> Bool { header & 1 == 0 && second >> 3 == 0 }
}

/// profile_tier_level (§7.3.3) as `hvcC` stores it.
struct H265Profile: Equatable {
    /// general_profile_space … general_level_idc: 12 bytes.
    var general: [UInt8] = []

    init() {}

    init?(_ bits: inout BitReader, subLayersLess1: Int) {
        for _ in 0..<12 {
            guard let byte = bits.bits(8) else { return nil }
            general.append(UInt8(truncatingIfNeeded: byte))
        }
        guard subLayersLess1 > 0 else { return }
        var lengths = 0
        for _ in 0..<subLayersLess1 {
            guard let profile = bits.flag(), let level = bits.flag() else { return nil }
            lengths += (profile ? 88 : 0) + (level ? 8 : 0)
        }
        guard bits.skip(2 * (8 - subLayersLess1)), bits.skip(lengths) else { return nil }
    }
}

/// video_parameter_set_rbsp (§7.3.2.1), for its timing.
struct H265VPS: Equatable {
    var id: Int
    var frameRate: FrameRate?

    /// `unit` begins with the two bytes of the NAL header.
    init?(_ unit: UnsafeRawBufferPointer) {
        guard unit.count >= 4, H265.type(unit[0]) == H265.NALType.vps, H265.isLegal(header: unit[0], unit[1]) else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[2...]))
        guard let id = bits.bits(4), bits.skip(2), bits.skip(6), let layers = bits.bits(3), layers < 7, bits.skip(1),
            bits.bits(16) == 0xFFFF, H265Profile(&bits, subLayersLess1: Int(layers)) != nil
        else { return nil }
        self.id = Int(id)
        frameRate = Self.readTiming(&bits, subLayersLess1: Int(layers))
    }

    private static func readTiming(_ bits: inout BitReader, subLayersLess1: Int) -> FrameRate? {
        guard let all = bits.flag() else { return nil }
        for _ in 0..<(3 * (all ? subLayersLess1 + 1 : 1)) where bits.ue() == nil { return nil }
        guard let lastLayer = bits.bits(6), let sets = bits.ue(atMost: 1023) else { return nil }
        guard bits.skip(sets * (Int(lastLayer) + 1)), bits.flag() == true, let units = bits.bits(32), let scale = bits.bits(32) else {
            return nil
        }
        return FrameRate(numerator: Int64(scale), denominator: Int64(units))
    }
}

/// pic_parameter_set_rbsp (§7.3.2.3).
struct H265PPS: Equatable {
    /// Behind the first elements: what the rest of a slice header and the slice data depend on.
    struct Coding: Equatable {
        var hidesSigns = false
        /// cabac_init_present_flag
        var choosesContexts = false
        /// Active pictures of both lists, where a slice does not say otherwise.
        var references = [1, 1]
        /// weighted_pred_flag and weighted_bipred_flag
        var isWeighted = false
        var isBiweighted = false
        var modifiesLists = false
        var initialQP = 26
        var skipsTransforms = false
        /// diff_cu_qp_delta_depth; nil where no QP is coded.
        var deltaDepth: Int?
        var hasSliceChromaOffsets = false
        var bypassesTransforms = false
        var isSynchronised = false
        var filtersAcrossSlices = false
        var overridesDeblocking = false
        var disablesDeblocking = false
        var hasSliceExtension = false
    }
    var id: Int
    var spsID: Int
    var hasDependentSlices: Bool
    var hasOutputFlag: Bool
    var extraSliceBits: Int
    /// Nil where it cannot be read, or where the picture has tiles or extensions.
    var coding: Coding?

    init?(_ unit: UnsafeRawBufferPointer) {
        guard unit.count >= 3, H265.type(unit[0]) == H265.NALType.pps, H265.isLegal(header: unit[0], unit[1]) else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[2...]))
        guard let id = bits.ue(atMost: 63), let spsID = bits.ue(atMost: 15), let dependent = bits.flag(),
            let output = bits.flag(), let extra = bits.bits(3)
        else { return nil }
        self.id = id
        self.spsID = spsID
        hasDependentSlices = dependent
        hasOutputFlag = output
        extraSliceBits = Int(extra)
        coding = Coding(&bits)
    }
}

extension H265PPS.Coding {
    /// From sign_data_hiding_enabled_flag on.
    init?(_ bits: inout BitReader) {
        guard let hides = bits.flag(), let chooses = bits.flag(), let first = bits.ue(atMost: 14), let second = bits.ue(atMost: 14),
            let qp = bits.se(), (-74...25).contains(qp), bits.skip(1), let skips = bits.flag(), let delta = bits.flag()
        else { return nil }
        hidesSigns = hides
        choosesContexts = chooses
        references = [first + 1, second + 1]
        initialQP = 26 + qp
        skipsTransforms = skips
        if delta {
            guard let depth = bits.ue(atMost: 3) else { return nil }
            deltaDepth = depth
        }
        guard bits.se() != nil, bits.se() != nil, let offsets = bits.flag(), let weighted = bits.flag(), let bipred = bits.flag(),
            let bypass = bits.flag(),
            bits.flag() == false, let sync = bits.flag(), let across = bits.flag(), let control = bits.flag()
        else { return nil }
        hasSliceChromaOffsets = offsets
        isWeighted = weighted
        isBiweighted = bipred
        bypassesTransforms = bypass
        isSynchronised = sync
        filtersAcrossSlices = across
        if control {
            guard let overrides = bits.flag(), let disables = bits.flag() else { return nil }
            overridesDeblocking = overrides
            disablesDeblocking = disables
            if !disables { guard bits.se() != nil, bits.se() != nil else { return nil } }
        }
        guard let lists = bits.flag() else { return nil }
        if lists, !H265SPS.skipScalingLists(&bits) { return nil }
        guard let modifies = bits.flag(), bits.ue(atMost: 4) != nil, let sliceExtension = bits.flag(), bits.flag() == false else {
            return nil
        }
        modifiesLists = modifies
        hasSliceExtension = sliceExtension
    }
}

/// What the form of a slice segment's header depends on: a small part of the parameter sets, because every slice takes a copy.
struct H265SliceForm {
    var separatePlanes: Bool
    var pocBits: Int
    var hasOutputFlag: Bool
    var extraSliceBits: Int
}

/// The start of slice_segment_header (§7.3.6.1).
struct H265Slice: Equatable {
    var type: UInt8
    var isFirst: Bool
    var ppsID: Int
    /// slice_pic_order_cnt_lsb, 0 for IDR; nil without parameter sets and in segments that are not the first.
    var pocLSB: UInt32?

    /// `unit` begins with the two bytes of the NAL header and may be cut after some 32 bytes.
    init?(_ unit: UnsafeRawBufferPointer, form: (Int) -> H265SliceForm?) {
        guard unit.count >= 3, H265.isLegal(header: unit[0], unit[1]) else { return nil }
        type = H265.type(unit[0])
        guard H265.isPicture(type) else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[2...]))
        guard let first = bits.flag() else { return nil }
        isFirst = first
        if H265.isRandomAccess(type), !bits.skip(1) { return nil }
        guard let ppsID = bits.ue(atMost: 63) else { return nil }
        self.ppsID = ppsID
        guard first, let form = form(ppsID) else { return }
        guard bits.skip(form.extraSliceBits), let sliceType = bits.ue(atMost: 2) else { return nil }
        // A random access point holds I slices only (§7.4.7.1), in a base layer.
        if H265.isRandomAccess(type), sliceType != 2 { return nil }
        if form.hasOutputFlag, !bits.skip(1) { return nil }
        if form.separatePlanes, !bits.skip(2) { return nil }
        if H265.isIDR(type) {
            pocLSB = 0
        } else {
            guard let lsb = bits.bits(form.pocBits) else { return nil }
            pocLSB = lsb
        }
    }
}
