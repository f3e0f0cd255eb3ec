/// slice_segment_header (H.265 §7.3.6.1), to its last bit.
struct H265SliceHeader {
    let sps: H265SPS
    let pps: H265PPS
    let blocks: H265SPS.Coding
    let coding: H265PPS.Coding
    /// Of its first coding tree block.
    private(set) var address = 0
    private(set) var type = Kind.intra
    private(set) var hasLumaOffsets = false
    private(set) var hasChromaOffsets = false
    /// SliceQpY
    private(set) var qp = 0
    /// Active reference pictures of both lists.
    private(set) var references = [0, 0]
    /// mvd_l1_zero_flag
    private(set) var lacksSecondDifference = false
    private(set) var mergeCandidates = 0
    /// cabac_init_flag: P slices begin with the contexts of B slices, and they with those of P slices.
    private(set) var swapsContexts = false
    /// Stands at the first bit of slice_segment_data.
    private(set) var data: BitReader

    enum Kind: Int {
        case bidirectional, predicted, intra
    }

    enum Failure: Error {
        case broken
        /// A feature that is not followed.
        case unknown
    }

    /// Coding tree blocks in a row, and in all.
    var width: Int { (sps.codedWidth + size - 1) / size }
    var count: Int { width * ((sps.codedHeight + size - 1) / size) }
    private var size: Int { 1 << blocks.largestBlock }

    /// `unit` begins with the two bytes of the NAL header.
    init(_ unit: UnsafeRawBufferPointer, sets: (Int) -> (sps: H265SPS, pps: H265PPS)?) throws(Failure) {
        guard unit.count > 3 else { throw .broken }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[2...]))
        let type = H265.type(unit[0])
        guard let first = bits.flag() else { throw .broken }
        if H265.isRandomAccess(type), !bits.skip(1) { throw .broken }
        guard let id = bits.ue(atMost: 63), let (sps, pps) = sets(id) else { throw .broken }
        guard let blocks = sps.coding, let coding = pps.coding, sps.chromaFormat == 1, sps.bitDepthLuma == 8, sps.bitDepthChroma == 8,
            // Main and Main 10 know no extensions that change the syntax.
            (1...3).contains((sps.profile.general.first ?? 0) & 0x1F)
        else { throw .unknown }
        self.sps = sps
        self.pps = pps
        self.blocks = blocks
        self.coding = coding
        data = bits
        if !first {
            if pps.hasDependentSlices {
                guard let dependent = bits.flag() else { throw .broken }
                if dependent { throw .unknown }
            }
            guard let place = bits.bits(Self.length(count)), place > 0, place < count else { throw .broken }
            address = Int(place)
        }
        guard bits.skip(pps.extraSliceBits), let sliceType = bits.ue(atMost: 2).flatMap(Kind.init) else { throw .broken }
        self.type = sliceType
        if H265.isRandomAccess(type), sliceType != .intra { throw .broken }
        if sliceType != .intra, coding.modifiesLists { throw .unknown }
        if pps.hasOutputFlag, !bits.skip(1) { throw .broken }
        var predictsVectors = false
        if !H265.isIDR(type) {
            guard readReferences(&bits) else { throw .broken }
            if blocks.predictsVectors {
                guard let flag = bits.flag() else { throw .broken }
                predictsVectors = flag
            }
        }
        guard readOffsets(&bits) else { throw .broken }
        if sliceType != .intra, !readPrediction(&bits, predictsVectors) { throw .broken }
        guard readFilters(&bits) else { throw .broken }
        data = bits
    }

    /// Ceil(Log2(count))
    private static func length(_ count: Int) -> Int { count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount }

    private func readReferences(_ bits: inout BitReader) -> Bool {
        guard bits.skip(sps.pocBits), let listed = bits.flag() else { return false }
        if listed {
            if !bits.skip(Self.length(blocks.referenceSets.count)) { return false }
        } else if H265SPS.readReferenceSet(&bits, after: blocks.referenceSets, isInSlice: true) == nil {
            return false
        }
        if let known = blocks.longTermCount {
            var fromSPS = 0
            if known > 0 {
                guard let count = bits.ue(atMost: 32) else { return false }
                fromSPS = count
            }
            guard let own = bits.ue(atMost: 32) else { return false }
            for index in 0..<(fromSPS + own) {
                if index < fromSPS {
                    if !bits.skip(Self.length(known)) { return false }
                } else if !bits.skip(sps.pocBits + 1) {
                    return false
                }
                guard let present = bits.flag() else { return false }
                if present, bits.ue() == nil { return false }
            }
        }
        return true
    }

    private mutating func readOffsets(_ bits: inout BitReader) -> Bool {
        guard blocks.hasOffsets else { return true }
        guard let luma = bits.flag(), let chroma = bits.flag() else { return false }
        hasLumaOffsets = luma
        hasChromaOffsets = chroma
        return true
    }

    private mutating func readPrediction(_ bits: inout BitReader, _ predictsVectors: Bool) -> Bool {
        let isB = type == .bidirectional
        guard let overrides = bits.flag() else { return false }
        references = coding.references
        if overrides {
            for list in 0...(isB ? 1 : 0) {
                guard let count = bits.ue(atMost: 14) else { return false }
                references[list] = count + 1
            }
        }
        if isB {
            guard let flag = bits.flag() else { return false }
            lacksSecondDifference = flag
        }
        if coding.choosesContexts {
            guard let flag = bits.flag() else { return false }
            swapsContexts = flag
        }
        if predictsVectors {
            var list = 0
            if isB {
                guard let isFirst = bits.flag() else { return false }
                list = isFirst ? 0 : 1
            }
            if references[list] > 1, bits.ue(atMost: UInt32(references[list] - 1)) == nil { return false }
        }
        if isB ? coding.isBiweighted : coding.isWeighted {
            guard readWeights(&bits, references.prefix(isB ? 2 : 1)) else { return false }
        }
        guard let less = bits.ue(atMost: 4) else { return false }
        mergeCandidates = 5 - less
        return true
    }

    /// pred_weight_table (§7.3.6.3) of 8-bit video.
    private func readWeights(_ bits: inout BitReader, _ counts: ArraySlice<Int>) -> Bool {
        guard bits.ue(atMost: 7) != nil, let delta = bits.se(), (-7...7).contains(delta) else { return false }
        for count in counts {
            guard let luma = bits.bits(count), let chroma = bits.bits(count) else { return false }
            for index in (0..<count).reversed() {
                if luma >> UInt32(index) & 1 == 1 {
                    for _ in 0..<2 { guard let value = bits.se(), (-128...127).contains(value) else { return false } }
                }
                if chroma >> UInt32(index) & 1 == 1 {
                    for _ in 0..<2 {
                        guard let weight = bits.se(), (-128...127).contains(weight), let offset = bits.se(), (-512...511).contains(offset)
                        else { return false }
                    }
                }
            }
        }
        return true
    }

    private mutating func readFilters(_ bits: inout BitReader) -> Bool {
        guard let delta = bits.se() else { return false }
        qp = coding.initialQP &+ delta
        guard (0...51).contains(qp) else { return false }
        if coding.hasSliceChromaOffsets {
            for _ in 0..<2 { guard let offset = bits.se(), (-12...12).contains(offset) else { return false } }
        }
        var overrides = false
        var disables = coding.disablesDeblocking
        if coding.overridesDeblocking {
            guard let flag = bits.flag() else { return false }
            overrides = flag
        }
        if overrides {
            guard let flag = bits.flag() else { return false }
            disables = flag
            if !disables { for _ in 0..<2 { guard let offset = bits.se(), (-6...6).contains(offset) else { return false } } }
        }
        if coding.filtersAcrossSlices, hasLumaOffsets || hasChromaOffsets || !disables, !bits.skip(1) { return false }
        if coding.isSynchronised, !readEntryPoints(&bits) { return false }
        if coding.hasSliceExtension {
            guard let length = bits.ue(atMost: 256), bits.skip(8 * length) else { return false }
        }
        // byte_alignment (§7.3.2.11)
        guard bits.flag() == true else { return false }
        return bits.bits(bits.bitsToAlignment) == 0
    }

    /// One for each row of blocks behind the first (§7.4.7.1).
    private func readEntryPoints(_ bits: inout BitReader) -> Bool {
        guard let points = bits.ue(atMost: UInt32(count / width)) else { return false }
        guard points > 0 else { return true }
        guard points < count / width, let length = bits.ue(atMost: 31) else { return false }
        return bits.skip(points * (length + 1))
    }
}
