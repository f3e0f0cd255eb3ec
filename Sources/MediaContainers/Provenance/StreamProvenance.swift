/// Foreign footage in a stream of units. A healthy one is walked once and costs no more.
enum StreamProvenance {
    /// Twenty hours of 25 frames a second, in 200 MiB of memory; what is longer is not looked at.
    static let mostTraces = 2 << 20

    static func search(_ reader: SourceReader, _ codec: VideoCodec) throws(SourceFailure) -> ForeignFootage {
        guard let first = StreamWalk(reader, codec: codec) else { return ForeignFootage() }
        while try first.nextOfAny() != nil {}
        guard first.survey.isSuspicious, let walk = StreamWalk(reader, codec: codec) else { return ForeignFootage() }
        var traces: [PictureTrace] = []
        while traces.count < mostTraces, let (frame, end) = try walk.nextOfAny() { traces.append(PictureTrace(frame, end: end)) }
        guard traces.count < mostTraces else { return ForeignFootage() }
        if var pass = ProofPass(codec, traces) {
            // A reader of its own, because pictures are small and the walks' window is not.
            let pictures = SourceReader(reader.source)
            for index in traces.indices where pass.wants(traces[index]) {
                let range = traces[index].range
                guard let bytes = try pictures.exactly(Int(clamping: range.upperBound - range.lowerBound), at: range.lowerBound) else {
                    continue
                }
                pass.examine(bytes, &traces[index])
            }
        }
        return Provenance.judge(traces)
    }
}
