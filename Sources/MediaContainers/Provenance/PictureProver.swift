/// Looks at every macroblock or coding block of pictures, where their coding can be followed.
struct PictureProver {
    let codec: VideoCodec
    private var h264SPS: [Int: H264SPS] = [:]
    private var h264PPS: [Int: H264PPS] = [:]
    private var h265SPS: [Int: H265SPS] = [:]
    private var h265PPS: [Int: H265PPS] = [:]
    private var layer: MPEG4Layer?

    init(codec: VideoCodec) {
        self.codec = codec
    }

    /// With the headers of a stream, each without its start code.
    init(codec: VideoCodec, headers: [[UInt8]]) {
        self.init(codec: codec)
        for header in headers { header.withUnsafeBytes { add($0) } }
    }

    /// With the headers that a container keeps for its track (`Track.configuration`).
    init(codec: VideoCodec, configuration: [UInt8]) {
        self.init(codec: codec)
        configuration.withUnsafeBytes { bytes in
            let sets = codec == .h264 ? ParameterSets(avcC: bytes) : codec == .h265 ? ParameterSets(hvcC: bytes) : nil
            if let sets {
                for set in sets.sps + sets.pps { set.withUnsafeBytes { add($0) } }
            } else {
                for header in NALUnits.AnnexB(bytes) { add(header) }
            }
        }
    }

    static func follows(_ codec: VideoCodec) -> Bool { codec == .h264 || codec == .h265 || codec == .mpeg4 }

    static func isHeader(_ unit: UnsafeRawBufferPointer, _ codec: VideoCodec) -> Bool {
        switch codec {
        case .h264: [H264.NALType.sps, H264.NALType.pps].contains(unit[0] & 0x1F)
        case .h265: [H265.NALType.sps, H265.NALType.pps].contains(H265.type(unit[0]))
        default: MPEG4Visual.isLayer(code: unit[0])
        }
    }

    static func isPicture(_ unit: UnsafeRawBufferPointer, _ codec: VideoCodec) -> Bool {
        switch codec {
        case .h264: H264.isPicture(header: unit[0])
        case .h265: unit.count > 1 && H265.isPicture(H265.type(unit[0])) && H265.isBaseLayer(header: unit[0], unit[1])
        default: unit[0] == MPEG4Visual.vop
        }
    }

    /// Whether anything can be proven at all.
    var isAble: Bool {
        switch codec {
        case .h264: !h264SPS.isEmpty && !h264PPS.isEmpty
        case .h265: !h265SPS.isEmpty && !h265PPS.isEmpty
        default: layer != nil
        }
    }

    mutating func add(_ unit: UnsafeRawBufferPointer) {
        guard !unit.isEmpty, Self.isHeader(unit, codec) else { return }
        switch codec {
        case .h264:
            if let set = H264SPS(unit) { h264SPS[set.id] = set }
            if let set = H264PPS(unit) { h264PPS[set.id] = set }
        case .h265:
            if let set = H265SPS(unit) { h265SPS[set.id] = set }
            if let set = H265PPS(unit) { h265PPS[set.id] = set }
        default: layer = MPEG4Layer(unit) ?? layer
        }
    }

    enum Outcome: Equatable {
        case whole
        /// The end of a slice is missing, or slices are: what there is of it may be healthy.
        case incomplete
        /// Bytes in its middle are not of this picture.
        case contradicted
        /// A feature that is not followed.
        case unknown
    }

    /// A slice that was cut contradicts itself in its last bytes.
    private static let cutEnd = 16

    /// Macroblocks to a byte that are looked at; in pictures where nothing moves there are more, and nothing to be seen.
    private static let mostBlocks = 64

    /// `frame` is a picture with its start codes.
    func prove(_ frame: UnsafeRawBufferPointer) -> Outcome {
        guard isAble else { return .unknown }
        var next = 0
        var most = 0
        var isIncomplete = false
        for unit in NALUnits.AnnexB(frame) where Self.isPicture(unit, codec) {
            guard let slice = prove(slice: unit) else { return .unknown }
            most = slice.count
            if slice.first != next { isIncomplete = true }
            switch slice.proof {
            case .complete(let end): next = end
            case .broken(let left):
                if left > Self.cutEnd { return .contradicted }
                isIncomplete = true
            case .unknown: return .unknown
            }
        }
        guard most > 0 else { return .unknown }
        return next == most && !isIncomplete ? .whole : .incomplete
    }

    /// The address of its first block, and the number of them in a picture; nil where sets were not met, which proves nothing, and
    /// for fields, partitions and data in any order, which are not followed.
    private func prove(slice unit: UnsafeRawBufferPointer) -> (first: Int, proof: SliceProof, count: Int)? {
        switch codec {
        case .h264:
            guard let slice = H264Slice(unit, form: { _ in nil }), sets264(slice.ppsID) != nil, unit[0] & 0x1F != H264.NALType.partitionA
            else { return nil }
            guard let header = H264SliceHeader(unit, sets: sets264) else { return (0, .broken(bytesLeft: .max), 1) }
            guard !header.slice.isField, header.sps.frameSizeInMacroblocks <= Self.mostBlocks * unit.count else { return nil }
            let proof = header.pps.isCABAC ? CABACSlice.prove(header) : CAVLCSlice.prove(header)
            return (header.slice.firstMacroblock, proof, header.sps.frameSizeInMacroblocks)
        case .h265:
            guard let slice = H265Slice(unit, form: { _ in nil }), let sps = sets265(slice.ppsID)?.sps,
                sps.codedWidth * sps.codedHeight / 256 <= Self.mostBlocks * unit.count
            else { return nil }
            return H265SliceData.prove(unit, sets: sets265)
        default:
            return layer.map { (0, MPEG4Picture.prove(unit, layer: $0), $0.macroblockCount) }
        }
    }

    private func sets264(_ id: Int) -> (sps: H264SPS, pps: H264PPS)? {
        guard let pps = h264PPS[id], let sps = h264SPS[pps.spsID] else { return nil }
        return (sps, pps)
    }

    private func sets265(_ id: Int) -> (sps: H265SPS, pps: H265PPS)? {
        guard let pps = h265PPS[id], let sps = h265SPS[pps.spsID] else { return nil }
        return (sps, pps)
    }
}
