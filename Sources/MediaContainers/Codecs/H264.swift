/// H.264 (ITU-T Rec. H.264 | ISO/IEC 14496-10) headers, as far as an index needs them.
enum H264 {
    /// NAL unit types (Table 7-1).
    enum NALType {
        static let slice: UInt8 = 1, partitionA: UInt8 = 2, idr: UInt8 = 5
        static let sei: UInt8 = 6, sps: UInt8 = 7, pps: UInt8 = 8, delimiter: UInt8 = 9
        static let endOfSequence: UInt8 = 10, endOfStream: UInt8 = 11, filler: UInt8 = 12
    }

    /// The header byte of a unit that may stand in a stream: forbidden_zero_bit 0, a type that exists, and
    /// nal_ref_idc as §7.4.1 wants it (not 0 for IDR and parameter sets, 0 for SEI, delimiter, ends and filler).
    static func isLegal(header: UInt8) -> Bool {
        guard header & 0x80 == 0 else { return false }
        let reference = header & 0x60 != 0
        switch header & 0x1F {
        case NALType.idr, NALType.sps, NALType.pps: return reference
        case NALType.sei, 9, 10, 11, 12: return !reference
        // 14, 15, 20, 21: scalable and multiview; 24-31: unspecified, some cameras put private data there.
        case 1, 2, 3, 4, 13, 14, 15, 19, 20, 21, 24...31: return true
        default: return false
        }
    }

    static func isPicture(header: UInt8) -> Bool {
        let type = header & 0x1F
        return type == NALType.slice || type == NALType.partitionA || type == NALType.idr
    }
}

/// seq_parameter_set_data (§7.3.2.1.1).
struct H264SPS: Equatable {
    var id = 0
    var profile: UInt8 = 0
    var compatibility: UInt8 = 0
    var level: UInt8 = 0
    var chromaFormat = 1
    var separatePlanes = false
    var bitDepthLuma = 8
    var bitDepthChroma = 8
    var frameNumberBits = 4
    var pocType = 0
    var pocBits = 4
    var deltaAlwaysZero = false
    var referenceFrames = 0
    var frameMacroblocksOnly = true
    /// mb_adaptive_frame_field_flag
    var isAdaptive = false
    /// direct_8x8_inference_flag
    var infersDirect8x8 = true
    var widthInMacroblocks = 0
    var heightInMapUnits = 0
    var width = 0
    var height = 0
    /// Frames per second as numerator and denominator; nil where the VUI states none.
    var frameRate: FrameRate?

    /// PicSizeInMbs of a frame (§7.4.2.1.1).
    var frameSizeInMacroblocks: Int { widthInMacroblocks * heightInMapUnits * (frameMacroblocksOnly ? 1 : 2) }

    static let highProfiles: Set<UInt8> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 134, 135, 138, 139]

    /// `unit` begins with the NAL header.
    init?(_ unit: UnsafeRawBufferPointer) {
        guard unit.count >= 5, unit[0] & 0x9F == H264.NALType.sps else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[1...]))
        guard let profile = bits.bits(8), let compatibility = bits.bits(8), let level = bits.bits(8),
            let id = bits.ue(atMost: 31)
        else { return nil }
        self.profile = UInt8(truncatingIfNeeded: profile)
        self.compatibility = UInt8(truncatingIfNeeded: compatibility)
        self.level = UInt8(truncatingIfNeeded: level)
        self.id = id
        if Self.highProfiles.contains(self.profile) {
            guard readChroma(&bits) else { return nil }
        }
        guard readOrderCount(&bits), readSize(&bits), let vui = bits.flag() else { return nil }
        if vui { frameRate = Self.readTiming(&bits) }
    }

    private mutating func readChroma(_ bits: inout BitReader) -> Bool {
        guard let format = bits.ue(atMost: 3) else { return false }
        chromaFormat = format
        if format == 3 {
            guard let separate = bits.flag() else { return false }
            separatePlanes = separate
        }
        guard let luma = bits.ue(atMost: 6), let chroma = bits.ue(atMost: 6), bits.skip(1), let scaling = bits.flag() else {
            return false
        }
        bitDepthLuma = 8 + luma
        bitDepthChroma = 8 + chroma
        guard scaling else { return true }
        for list in 0..<(format == 3 ? 12 : 8) {
            guard let present = bits.flag() else { return false }
            if present, !Self.skipScalingList(&bits, size: list < 6 ? 16 : 64) { return false }
        }
        return true
    }

    /// §7.3.2.1.1.1
    private static func skipScalingList(_ bits: inout BitReader, size: Int) -> Bool {
        var last = 8
        var next = 8
        for _ in 0..<size {
            if next != 0 {
                guard let delta = bits.se() else { return false }
                next = (last + delta) & 0xFF
            }
            if next != 0 { last = next }
        }
        return true
    }

    private mutating func readOrderCount(_ bits: inout BitReader) -> Bool {
        guard let frameBits = bits.ue(atMost: 12), let type = bits.ue(atMost: 2) else { return false }
        frameNumberBits = frameBits + 4
        pocType = type
        if type == 0 {
            guard let size = bits.ue(atMost: 12) else { return false }
            pocBits = size + 4
        } else if type == 1 {
            guard let zero = bits.flag(), bits.se() != nil, bits.se() != nil, let cycle = bits.ue(atMost: 255) else { return false }
            deltaAlwaysZero = zero
            for _ in 0..<cycle where bits.se() == nil { return false }
        }
        guard let references = bits.ue(atMost: 16), bits.skip(1) else { return false }
        referenceFrames = references
        return true
    }

    private mutating func readSize(_ bits: inout BitReader) -> Bool {
        // 1024 macroblocks are 16384 pixels, above level 6.2's 139264 macroblocks per frame in any sane shape.
        guard let widthLess1 = bits.ue(atMost: 1023), let heightLess1 = bits.ue(atMost: 1023), let framesOnly = bits.flag() else {
            return false
        }
        frameMacroblocksOnly = framesOnly
        if !framesOnly {
            guard let adaptive = bits.flag() else { return false }
            isAdaptive = adaptive
        }
        widthInMacroblocks = widthLess1 + 1
        heightInMapUnits = heightLess1 + 1
        width = widthInMacroblocks * 16
        height = heightInMapUnits * 16 * (framesOnly ? 1 : 2)
        guard let direct = bits.flag(), let cropped = bits.flag() else { return false }
        infersDirect8x8 = direct
        guard cropped else { return true }
        guard let left = bits.ue(atMost: 16384), let right = bits.ue(atMost: 16384),
            let top = bits.ue(atMost: 16384), let bottom = bits.ue(atMost: 16384)
        else { return false }
        // CropUnitX, CropUnitY: equations 7-19 to 7-22.
        let subsampled = chromaFormat != 0 && !separatePlanes
        let unitX = subsampled && chromaFormat < 3 ? 2 : 1
        let unitY = (subsampled && chromaFormat == 1 ? 2 : 1) * (framesOnly ? 1 : 2)
        width -= unitX * (left + right)
        height -= unitY * (top + bottom)
        return width > 0 && height > 0
    }

    /// The VUI down to its timing (§E.1.1). A frame lasts two ticks.
    private static func readTiming(_ bits: inout BitReader) -> FrameRate? {
        guard VUI.skipToTiming(&bits, hevc: false), bits.flag() == true, let units = bits.bits(32), let scale = bits.bits(32) else {
            return nil
        }
        return FrameRate(numerator: Int64(scale), denominator: 2 * Int64(units))
    }
}

/// What the form of a slice's header depends on: a small part of the parameter sets, because every slice takes a copy.
struct H264SliceForm {
    var separatePlanes: Bool
    var frameMacroblocksOnly: Bool
    var deltaAlwaysZero: Bool
    /// bottom_field_pic_order_in_frame_present_flag, of the PPS.
    var hasOrderInFrame: Bool
    var frameSizeInMacroblocks: Int
    var frameNumberBits: Int
    var pocType: Int
    var pocBits: Int

    init(_ sps: H264SPS, hasOrderInFrame: Bool) {
        separatePlanes = sps.separatePlanes
        frameMacroblocksOnly = sps.frameMacroblocksOnly
        deltaAlwaysZero = sps.deltaAlwaysZero
        self.hasOrderInFrame = hasOrderInFrame
        frameSizeInMacroblocks = sps.frameSizeInMacroblocks
        frameNumberBits = sps.frameNumberBits
        pocType = sps.pocType
        pocBits = sps.pocBits
    }
}

/// pic_parameter_set_rbsp (§7.3.2.2).
struct H264PPS: Equatable {
    /// Behind the first elements: what the rest of a slice header and the slice data depend on.
    struct Coding: Equatable {
        var sliceGroups = 1
        /// num_ref_idx_l0_default_active_minus1 + 1 and that of l1.
        var references = [1, 1]
        var isWeighted = false
        var weightedBipred: UInt32 = 0
        var initialQP = 26
        var hasDeblockingControl = false
        var hasRedundantPictures = false
        var transform8x8 = false
    }
    var id: Int
    var spsID: Int
    var isCABAC: Bool
    var hasOrderInFrame: Bool
    /// Nil where it cannot be read.
    var coding: Coding?

    init?(_ unit: UnsafeRawBufferPointer) {
        guard unit.count >= 2, unit[0] & 0x9F == H264.NALType.pps else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[1...]))
        guard let id = bits.ue(atMost: 255), let spsID = bits.ue(atMost: 31), let cabac = bits.flag(), let order = bits.flag()
        else { return nil }
        self.id = id
        self.spsID = spsID
        isCABAC = cabac
        hasOrderInFrame = order
        coding = Coding(&bits)
    }
}

extension H264PPS.Coding {
    /// From num_slice_groups_minus1 on; pictures in several slice groups (which no camera writes) are not followed further.
    init?(_ bits: inout BitReader) {
        guard let groups = bits.ue(atMost: 7) else { return nil }
        sliceGroups = groups + 1
        guard groups == 0 else { return }
        guard let first = bits.ue(atMost: 31), let second = bits.ue(atMost: 31), let weighted = bits.flag(), let bipred = bits.bits(2),
            bipred < 3, let qp = bits.se(), (-62...25).contains(qp), bits.se() != nil, bits.se() != nil, let deblocking = bits.flag(),
            bits.skip(1), let redundant = bits.flag()
        else { return nil }
        references = [first + 1, second + 1]
        isWeighted = weighted
        weightedBipred = bipred
        initialQP = 26 + qp
        hasDeblockingControl = deblocking
        hasRedundantPictures = redundant
        if bits.hasMoreData() {
            guard let large = bits.flag() else { return nil }
            transform8x8 = large
        }
    }
}

/// The start of slice_header (§7.3.3): what tells one picture from the next.
struct H264Slice: Equatable {
    var firstMacroblock: Int
    /// 0...4: P, B, I, SP, SI.
    var type: Int
    var ppsID: Int
    var isIDR: Bool
    var isReference: Bool
    /// Everything below is known only with the parameter sets.
    var hasSets = false
    var frameNumber: UInt32 = 0
    var isField = false
    var isBottom = false
    var idrID = 0
    var pocLSB: UInt32 = 0
    /// Bits of `pocLSB`; nil where the order of display is not told by it (pic_order_cnt_type 1 and 2).
    var pocBits: Int?
    var deltaPOCBottom = 0
    var deltaPOC0 = 0
    var deltaPOC1 = 0

    var isIntra: Bool { type == 2 || type == 4 }

    /// `unit` begins with the NAL header and may be cut after some 32 bytes.
    init?(_ unit: UnsafeRawBufferPointer, form: (Int) -> H264SliceForm?) {
        guard unit.count >= 2 else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[1...]))
        self.init(&bits, header: unit[0], form: form)
    }

    /// `bits` begins behind the NAL header and is left before redundant_pic_cnt. `form` is that of a PPS id.
    init?(_ bits: inout BitReader, header: UInt8, form: (Int) -> H264SliceForm?) {
        guard H264.isPicture(header: header), H264.isLegal(header: header) else { return nil }
        // 139264 is MaxFS of level 6.2 (Table A-1).
        guard let first = bits.ue(atMost: 139_264), let type = bits.ue(atMost: 9), let ppsID = bits.ue(atMost: 255) else { return nil }
        firstMacroblock = first
        self.type = type % 5
        self.ppsID = ppsID
        isIDR = header & 0x1F == H264.NALType.idr
        isReference = header & 0x60 != 0
        // An IDR picture holds I and SI slices only (§7.4.1.2.4).
        if isIDR, !isIntra { return nil }
        guard let form = form(ppsID) else { return }
        guard readOrder(&bits, form) else { return nil }
        hasSets = true
    }

    private mutating func readOrder(_ bits: inout BitReader, _ form: H264SliceForm) -> Bool {
        if form.separatePlanes, !bits.skip(2) { return false }
        guard firstMacroblock < form.frameSizeInMacroblocks, let number = bits.bits(form.frameNumberBits) else { return false }
        frameNumber = number
        if !form.frameMacroblocksOnly {
            guard let field = bits.flag() else { return false }
            isField = field
            if field {
                guard let bottom = bits.flag() else { return false }
                isBottom = bottom
            }
        }
        if isIDR {
            guard let id = bits.ue(atMost: 65535) else { return false }
            idrID = id
        }
        if form.pocType == 0 {
            guard let lsb = bits.bits(form.pocBits) else { return false }
            pocLSB = lsb
            pocBits = form.pocBits
            if form.hasOrderInFrame, !isField {
                guard let delta = bits.se() else { return false }
                deltaPOCBottom = delta
            }
        } else if form.pocType == 1, !form.deltaAlwaysZero {
            guard let delta = bits.se() else { return false }
            deltaPOC0 = delta
            if form.hasOrderInFrame, !isField {
                guard let delta = bits.se() else { return false }
                deltaPOC1 = delta
            }
        }
        return true
    }

    /// Whether `self` is of another picture than `previous` (§7.4.1.2.4, and a macroblock address that starts over,
    /// which tells pictures apart where the parameter sets are lost).
    func startsPicture(after previous: H264Slice, lastMacroblock: Int) -> Bool {
        firstMacroblock <= lastMacroblock || isIDR != previous.isIDR || isReference != previous.isReference
            || ppsID != previous.ppsID
            || frameNumber != previous.frameNumber || isField != previous.isField || isBottom != previous.isBottom
            || idrID != previous.idrID || pocLSB != previous.pocLSB || deltaPOCBottom != previous.deltaPOCBottom
            || deltaPOC0 != previous.deltaPOC0 || deltaPOC1 != previous.deltaPOC1
    }
}
