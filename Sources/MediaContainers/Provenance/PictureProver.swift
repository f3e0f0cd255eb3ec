/// Looks at every macroblock of pictures, where their coding can be followed.
struct PictureProver {
    let codec: VideoCodec
    private var h264SPS: [Int: H264SPS] = [:]
    private var h264PPS: [Int: H264PPS] = [:]

    init(codec: VideoCodec) {
        self.codec = codec
    }

    /// With the headers of a stream, each without its start code.
    init(codec: VideoCodec, headers: [[UInt8]]) {
        self.init(codec: codec)
        for header in headers { header.withUnsafeBytes { add($0) } }
    }

    static func follows(_ codec: VideoCodec) -> Bool { codec == .h264 }

    static func isHeader(_ unit: UnsafeRawBufferPointer, _ codec: VideoCodec) -> Bool {
        codec == .h264 && [H264.NALType.sps, H264.NALType.pps].contains(unit[0] & 0x1F)
    }

    /// Whether anything can be proven at all.
    var isAble: Bool { Self.follows(codec) && !h264SPS.isEmpty && !h264PPS.isEmpty }

    mutating func add(_ unit: UnsafeRawBufferPointer) {
        guard codec == .h264 else { return }
        if let set = H264SPS(unit) { h264SPS[set.id] = set }
        if let set = H264PPS(unit) { h264PPS[set.id] = set }
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

    /// `frame` is a picture with its start codes.
    func prove(_ frame: UnsafeRawBufferPointer) -> Outcome {
        guard isAble else { return .unknown }
        var next = 0
        var most = 0
        var isIncomplete = false
        for unit in NALUnits.AnnexB(frame) where H264.isPicture(header: unit[0]) {
            // Sets that were not met prove nothing. Fields, partitions and data in any order are not followed.
            guard let slice = H264Slice(unit, form: { _ in nil }), let pps = h264PPS[slice.ppsID], h264SPS[pps.spsID] != nil,
                unit[0] & 0x1F != H264.NALType.partitionA
            else { return .unknown }
            guard let header = H264SliceHeader(unit, sets: sets) else { return .contradicted }
            guard !header.slice.isField else { return .unknown }
            most = header.sps.frameSizeInMacroblocks
            if header.slice.firstMacroblock != next { isIncomplete = true }
            switch header.pps.isCABAC ? CABACIntraSlice.prove(header) : CAVLCSlice.prove(header) {
            case .complete(let end): next = end
            case .broken:
                if let left = CAVLCSlice.bytesBehindContradiction(header), left > Self.cutEnd { return .contradicted }
                isIncomplete = true
            case .unknown: return .unknown
            }
        }
        guard most > 0 else { return .unknown }
        return next == most && !isIncomplete ? .whole : .incomplete
    }

    private func sets(_ id: Int) -> (sps: H264SPS, pps: H264PPS)? {
        guard let pps = h264PPS[id], let sps = h264SPS[pps.spsID] else { return nil }
        return (sps, pps)
    }
}
