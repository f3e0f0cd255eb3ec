/// A whole slice_header (H.264 §7.3.3). Read to its last bit with the wrong parameter sets it breaks a rule in nearly every picture.
struct H264SliceHeader {
    var slice: H264Slice
    var sps: H264SPS
    var pps: H264PPS
    /// SliceQPY.
    var qp = 26
    /// Active reference pictures of both lists.
    var references = [0, 0]
    /// cabac_init_idc; nil in I slices and without CABAC.
    private(set) var contextSet: Int?
    /// Stands at the first bit of slice_data.
    private(set) var data: BitReader

    /// `unit` begins with the NAL header. Nil where the sets do not exist or a rule is broken.
    init?(_ unit: UnsafeRawBufferPointer, sets: (Int) -> (sps: H264SPS, pps: H264PPS)?) {
        guard unit.count >= 2 else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[1...]))
        let form = { (id: Int) in sets(id).map { H264SliceForm($0.sps, hasOrderInFrame: $0.pps.hasOrderInFrame) } }
        guard let slice = H264Slice(&bits, header: unit[0], form: form), slice.hasSets, let (sps, pps) = sets(slice.ppsID) else {
            return nil
        }
        self.slice = slice
        self.sps = sps
        self.pps = pps
        data = bits
        // Partitions and switching slices end otherwise; no camera writes them.
        guard slice.type < 3, unit[0] & 0x1F != H264.NALType.partitionA, let coding = pps.coding, coding.sliceGroups == 1 else { return }
        guard readReferences(&bits, coding), readMarking(&bits), readQuantisation(&bits, coding) else { return nil }
        if pps.isCABAC {
            // cabac_alignment_one_bit (§7.3.4)
            let count = bits.bitsToAlignment
            guard let ones = bits.bits(count), ones == (UInt32(1) << UInt32(count)) - 1 else { return nil }
        }
        // A slice of no macroblocks does not exist.
        guard bits.hasMoreData() else { return nil }
        data = bits
    }

    private var isB: Bool { slice.type == 1 }
    /// Up to twice as many fields as frames (§7.4.3).
    private var mostReferences: UInt32 { slice.isField ? 32 : 16 }

    private mutating func readReferences(_ bits: inout BitReader, _ coding: H264PPS.Coding) -> Bool {
        if coding.hasRedundantPictures, bits.ue(atMost: 127) == nil { return false }
        guard !slice.isIntra else { return true }
        if isB, !bits.skip(1) { return false }
        guard let override = bits.flag() else { return false }
        var counts = coding.references
        if override {
            for list in 0...(isB ? 1 : 0) {
                guard let count = bits.ue(atMost: mostReferences - 1) else { return false }
                counts[list] = count + 1
            }
        }
        references = counts
        for _ in 0...(isB ? 1 : 0) { guard readModification(&bits) else { return false } }
        if isB ? coding.weightedBipred == 1 : coding.isWeighted {
            return readWeights(&bits, counts.prefix(isB ? 2 : 1))
        }
        return true
    }

    /// ref_pic_list_modification (§7.3.3.1)
    private func readModification(_ bits: inout BitReader) -> Bool {
        guard let present = bits.flag() else { return false }
        guard present else { return true }
        for step in 0...Int(mostReferences) {
            guard let operation = bits.ue(atMost: 3) else { return false }
            // The first one may not be the end (§7.4.3.1).
            if operation == 3 { return step > 0 }
            let limit: UInt32 = operation == 2 ? 31 : UInt32(2) << UInt32(sps.frameNumberBits)
            guard bits.ue(atMost: limit) != nil else { return false }
        }
        return false
    }

    /// pred_weight_table (§7.3.3.2)
    private func readWeights(_ bits: inout BitReader, _ counts: ArraySlice<Int>) -> Bool {
        let hasChroma = sps.chromaFormat != 0 && !sps.separatePlanes
        guard bits.ue(atMost: 7) != nil else { return false }
        if hasChroma, bits.ue(atMost: 7) == nil { return false }
        for count in counts {
            for _ in 0..<count {
                for values in hasChroma ? [2, 4] : [2] {
                    guard let present = bits.flag() else { return false }
                    guard present else { continue }
                    for _ in 0..<values { guard let value = bits.se(), (-128...127).contains(value) else { return false } }
                }
            }
        }
        return true
    }

    /// dec_ref_pic_marking (§7.3.3.3)
    private func readMarking(_ bits: inout BitReader) -> Bool {
        guard slice.isReference else { return true }
        if slice.isIDR { return bits.skip(2) }
        guard let adaptive = bits.flag() else { return false }
        guard adaptive else { return true }
        for _ in 0...(2 * Int(mostReferences)) {
            guard let operation = bits.ue(atMost: 6) else { return false }
            if operation == 0 { return true }
            if operation == 1 || operation == 3, bits.ue(atMost: UInt32(2) << UInt32(sps.frameNumberBits)) == nil { return false }
            if operation == 2 || operation == 3 || operation == 4 || operation == 6, bits.ue(atMost: 32) == nil { return false }
        }
        return false
    }

    private mutating func readQuantisation(_ bits: inout BitReader, _ coding: H264PPS.Coding) -> Bool {
        if pps.isCABAC, !slice.isIntra {
            guard let set = bits.ue(atMost: 2) else { return false }
            contextSet = set
        }
        guard let delta = bits.se() else { return false }
        qp = coding.initialQP &+ delta
        guard (-6 * (sps.bitDepthLuma - 8)...51).contains(qp) else { return false }
        guard coding.hasDeblockingControl else { return true }
        guard let filter = bits.ue(atMost: 2) else { return false }
        guard filter != 1 else { return true }
        for _ in 0..<2 { guard let offset = bits.se(), (-6...6).contains(offset) else { return false } }
        return true
    }
}
