/// The parameter sets of an H.264 or H.265 stream, as the stream carries them and as containers store them.
public struct ParameterSets: Sendable, Equatable {
    public var codec: VideoCodec
    /// NAL units without start code or length; `vps` is empty for H.264.
    public var vps: [[UInt8]] = []
    public var sps: [[UInt8]] = []
    public var pps: [[UInt8]] = []

    public init(codec: VideoCodec) {
        self.codec = codec
    }

    /// Nothing can be decoded without at least one SPS and one PPS (and one VPS in H.265).
    public var isComplete: Bool {
        !sps.isEmpty && !pps.isEmpty && (codec == .h264 || !vps.isEmpty)
    }
}
