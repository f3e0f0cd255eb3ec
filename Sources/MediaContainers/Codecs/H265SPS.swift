/// seq_parameter_set_rbsp of H.265 (§7.3.2.2).
struct H265SPS: Equatable {
    var id = 0
    var subLayers = 1
    var isNested = false
    var profile = H265Profile()
    var chromaFormat = 1
    var separatePlanes = false
    var bitDepthLuma = 8
    var bitDepthChroma = 8
    var pocBits = 4
    var width = 0
    var height = 0
    var frameRate: FrameRate?
    /// Nil where it cannot be read.
    var coding: Coding?

    /// What the slice data depend on.
    struct Coding: Equatable {
        /// Logarithms of the smallest and largest block sizes.
        var smallestBlock = 3
        var largestBlock = 3
        var smallestTransform = 2
        var largestTransform = 2
        var intraDepth = 0
        var interDepth = 0
        /// Blocks may be divided into parts of unequal sizes.
        var hasUnequalParts = false
        var hasOffsets = false
        /// Bits of luma and chroma samples, and the logarithms of the sizes of blocks that may hold samples as they are.
        var pcm: (bits: Int, chromaBits: Int, smallest: Int, largest: Int)?
        /// Pictures in each short-term reference picture set.
        var referenceSets: [Int] = []
        /// num_long_term_ref_pics_sps; nil where there are no long-term reference pictures.
        var longTermCount: Int?
        var predictsVectors = false

        /// What §7.4.3.2.1 demands of block sizes: no table of blocks is ever addressed outside.
        fileprivate func isLegal(width: Int, height: Int) -> Bool {
            let side = 1 << smallestBlock
            guard width % side == 0, height % side == 0, (4...6).contains(largestBlock), smallestTransform < smallestBlock,
                largestTransform <= min(largestBlock, 5), max(intraDepth, interDepth) <= largestBlock - smallestTransform
            else { return false }
            return pcm.map { $0.largest <= min(largestBlock, 5) } ?? true
        }

        static func == (a: Coding, b: Coding) -> Bool {
            a.smallestBlock == b.smallestBlock && a.largestBlock == b.largestBlock && a.smallestTransform == b.smallestTransform
                && a.largestTransform == b.largestTransform && a.intraDepth == b.intraDepth && a.interDepth == b.interDepth
                && a.hasUnequalParts == b.hasUnequalParts && a.hasOffsets == b.hasOffsets
                && a.referenceSets == b.referenceSets && a.longTermCount == b.longTermCount && a.predictsVectors == b.predictsVectors
        }
    }
    /// Luma samples, before cropping.
    var codedWidth = 0
    var codedHeight = 0

    /// `unit` begins with the two bytes of the NAL header.
    init?(_ unit: UnsafeRawBufferPointer) {
        guard unit.count >= 4, H265.type(unit[0]) == H265.NALType.sps, H265.isLegal(header: unit[0], unit[1]) else { return nil }
        var bits = BitReader(UnsafeRawBufferPointer(rebasing: unit[2...]))
        guard bits.skip(4), let layers = bits.bits(3), layers < 7, let nested = bits.flag(),
            let profile = H265Profile(&bits, subLayersLess1: Int(layers)), let id = bits.ue(atMost: 15)
        else { return nil }
        subLayers = Int(layers) + 1
        isNested = nested
        self.profile = profile
        self.id = id
        guard readSize(&bits), let luma = bits.ue(atMost: 8), let chroma = bits.ue(atMost: 8), let order = bits.ue(atMost: 12) else {
            return nil
        }
        bitDepthLuma = 8 + luma
        bitDepthChroma = 8 + chroma
        pocBits = 4 + order
        // Only the timing lies behind these; where they cannot be followed, the rest still holds.
        if skipToVUI(&bits), bits.flag() == true { frameRate = Self.readTiming(&bits) }
    }

    private mutating func readSize(_ bits: inout BitReader) -> Bool {
        guard let format = bits.ue(atMost: 3) else { return false }
        chromaFormat = format
        if format == 3 {
            guard let separate = bits.flag() else { return false }
            separatePlanes = separate
        }
        // 16888 is the greatest side that level 6.2 allows (§A.4.1).
        guard let w = bits.ue(atMost: 16888), let h = bits.ue(atMost: 16888), w > 0, h > 0, let window = bits.flag() else { return false }
        width = w
        height = h
        codedWidth = w
        codedHeight = h
        guard window else { return true }
        guard let left = bits.ue(atMost: 16888), let right = bits.ue(atMost: 16888),
            let top = bits.ue(atMost: 16888), let bottom = bits.ue(atMost: 16888)
        else { return false }
        // SubWidthC, SubHeightC: Table 6-1.
        let unitX = (format == 1 || format == 2) && !separatePlanes ? 2 : 1
        let unitY = format == 1 && !separatePlanes ? 2 : 1
        width -= unitX * (left + right)
        height -= unitY * (top + bottom)
        return width > 0 && height > 0
    }

    private mutating func skipToVUI(_ bits: inout BitReader) -> Bool {
        var coding = Coding()
        guard let all = bits.flag() else { return false }
        for _ in 0..<(3 * (all ? subLayers : 1)) where bits.ue() == nil { return false }
        guard let block = bits.ue(atMost: 3), let blocks = bits.ue(atMost: 3), let transform = bits.ue(atMost: 3),
            let transforms = bits.ue(atMost: 3), let interDepth = bits.ue(atMost: 4), let depth = bits.ue(atMost: 4),
            let scaling = bits.flag()
        else { return false }
        coding.smallestBlock = 3 + block
        coding.largestBlock = 3 + block + blocks
        coding.smallestTransform = 2 + transform
        coding.largestTransform = 2 + transform + transforms
        coding.intraDepth = depth
        coding.interDepth = interDepth
        if scaling {
            guard let data = bits.flag() else { return false }
            if data, !Self.skipScalingLists(&bits) { return false }
        }
        guard let unequal = bits.flag(), let offsets = bits.flag(), let pcm = bits.flag() else { return false }
        coding.hasUnequalParts = unequal
        coding.hasOffsets = offsets
        if pcm {
            guard let luma = bits.bits(4), let chroma = bits.bits(4), let first = bits.ue(atMost: 2), let more = bits.ue(atMost: 2),
                bits.skip(1)
            else { return false }
            coding.pcm = (Int(luma) + 1, Int(chroma) + 1, 3 + first, 3 + first + more)
        }
        guard let sets = Self.readReferenceSets(&bits), let longTerm = bits.flag() else { return false }
        coding.referenceSets = sets
        if longTerm {
            guard let count = bits.ue(atMost: 32), bits.skip(count * (pocBits + 1)) else { return false }
            coding.longTermCount = count
        }
        guard let predicts = bits.flag(), bits.skip(1) else { return false }
        coding.predictsVectors = predicts
        if coding.isLegal(width: codedWidth, height: codedHeight) { self.coding = coding }
        return true
    }

    /// scaling_list_data (§7.3.4)
    static func skipScalingLists(_ bits: inout BitReader) -> Bool {
        for size in 0..<4 {
            for _ in stride(from: 0, to: 6, by: size == 3 ? 3 : 1) {
                guard let explicit = bits.flag() else { return false }
                if !explicit {
                    if bits.ue() == nil { return false }
                    continue
                }
                if size > 1, bits.se() == nil { return false }
                for _ in 0..<min(64, 1 << (4 + size << 1)) where bits.se() == nil { return false }
            }
        }
        return true
    }

    /// The number of pictures in each set.
    private static func readReferenceSets(_ bits: inout BitReader) -> [Int]? {
        guard let count = bits.ue(atMost: 64) else { return nil }
        var sets: [Int] = []
        for _ in 0..<count {
            guard let pictures = readReferenceSet(&bits, after: sets, isInSlice: false) else { return nil }
            sets.append(pictures)
        }
        return sets
    }

    /// st_ref_pic_set (§7.3.7), of which only the number of pictures matters to what follows.
    static func readReferenceSet(_ bits: inout BitReader, after sets: [Int], isInSlice: Bool) -> Int? {
        var predicted = false
        if !sets.isEmpty {
            guard let flag = bits.flag() else { return nil }
            predicted = flag
        }
        guard predicted else {
            guard let negative = bits.ue(atMost: 16), let positive = bits.ue(atMost: 16) else { return nil }
            for _ in 0..<(negative + positive) { guard bits.ue() != nil, bits.skip(1) else { return nil } }
            return negative + positive
        }
        var distance = 1
        if isInSlice {
            guard let less1 = bits.ue(atMost: UInt32(sets.count - 1)) else { return nil }
            distance = less1 + 1
        }
        guard bits.skip(1), bits.ue() != nil else { return nil }
        var pictures = 0
        for _ in 0...sets[sets.count - distance] {
            guard let used = bits.flag() else { return nil }
            if used {
                pictures += 1
            } else {
                guard let delta = bits.flag() else { return nil }
                if delta { pictures += 1 }
            }
        }
        return pictures
    }

    private static func readTiming(_ bits: inout BitReader) -> FrameRate? {
        guard VUI.skipToTiming(&bits, hevc: true), bits.flag() == true, let units = bits.bits(32), let scale = bits.bits(32) else {
            return nil
        }
        return FrameRate(numerator: Int64(scale), denominator: Int64(units))
    }
}
