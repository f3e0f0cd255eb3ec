/// The parameter sets of an H.264 or H.265 stream, as the stream carries them and as containers store them.
public struct ParameterSets: Sendable, Equatable {
    public var codec: VideoCodec
    /// NAL units without start code or length; `vps` is empty for H.264.
    public var vps: [[UInt8]] = []
    public var sps: [[UInt8]] = []
    public var pps: [[UInt8]] = []

    /// No stream needs more: H.264 has 32 SPS and 256 PPS ids, and a record counts 31 and 255 of them (§5.3.3.1.2).
    private static let mostSets = 31

    public init(codec: VideoCodec) {
        self.codec = codec
    }

    /// Nothing can be decoded without at least one SPS and one PPS (and one VPS in H.265).
    public var isComplete: Bool {
        !sps.isEmpty && !pps.isEmpty && (codec == .h264 || !vps.isEmpty)
    }

    /// Pixels of the first SPS, cropping applied; nil where none can be read.
    public var dimensions: (width: Int, height: Int)? {
        for set in sps {
            let size: (Int, Int)? = set.withUnsafeBytes { bytes in
                codec == .h265
                    ? H265SPS(bytes).map { ($0.width, $0.height) } : H264SPS(bytes).map { ($0.width, $0.height) }
            }
            if let size { return size }
        }
        return nil
    }

    /// What the VUI of the SPS, or else the VPS, states.
    var frameRate: FrameRate? {
        for set in sps {
            if let rate = set.withUnsafeBytes({ codec == .h265 ? H265SPS($0)?.frameRate : H264SPS($0)?.frameRate }) { return rate }
        }
        for set in vps {
            if let rate = set.withUnsafeBytes({ H265VPS($0)?.frameRate }) { return rate }
        }
        return nil
    }

    /// Takes the sets that a sample carries; `lengthSize` as in `Track.nalLengthSize`, nil for Annex B.
    /// The first set of an id stays: it is the one that the samples from here on were coded with.
    public mutating func collect(from sample: UnsafeRawBufferPointer, lengthSize: Int?) {
        if let lengthSize {
            for unit in NALUnits.LengthPrefixed(sample, lengthSize: lengthSize) { add(unit) }
        } else {
            for unit in NALUnits.AnnexB(sample) { add(unit) }
        }
    }

    /// Takes one NAL unit if it is a parameter set of this codec that can be read and whose id is new.
    mutating func add(_ unit: UnsafeRawBufferPointer) {
        guard unit.count >= 4, unit.count <= Int(UInt16.max) else { return }
        switch codec {
        case .h264:
            if let id = H264SPS(unit)?.id {
                Self.keep(unit, id, in: &sps) { H264SPS($0)?.id }
            } else if let id = H264PPS(unit)?.id {
                Self.keep(unit, id, in: &pps) { H264PPS($0)?.id }
            }
        case .h265:
            // The sets of further layers reuse the ids of the base layer.
            guard H265.isBaseLayer(header: unit[0], unit[1]) else { return }
            if let id = H265SPS(unit)?.id {
                Self.keep(unit, id, in: &sps) { H265SPS($0)?.id }
            } else if let id = H265PPS(unit)?.id {
                Self.keep(unit, id, in: &pps) { H265PPS($0)?.id }
            } else if let id = H265VPS(unit)?.id {
                Self.keep(unit, id, in: &vps) { H265VPS($0)?.id }
            }
        default:
            return
        }
    }

    private static func keep(
        _ unit: UnsafeRawBufferPointer, _ id: Int, in sets: inout [[UInt8]], idOf: (UnsafeRawBufferPointer) -> Int?
    ) {
        guard sets.count < mostSets, !sets.contains(where: { $0.withUnsafeBytes(idOf) == id }) else { return }
        sets.append(Array(unit))
    }

    /// Every set behind a 4-byte start code: VPS, SPS, PPS.
    public func annexB() -> [UInt8] {
        var out: [UInt8] = []
        for set in vps + sps + pps {
            out.append(contentsOf: [0, 0, 0, 1])
            out.append(contentsOf: set)
        }
        return out
    }
}
