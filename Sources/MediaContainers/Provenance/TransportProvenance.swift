/// Foreign footage in a transport stream. A healthy one is walked once and costs no more.
enum TransportProvenance {
    static func search(_ reader: SourceReader, _ geometry: TSGeometry) throws(SourceFailure) -> ForeignFootage {
        var survey = TraceSurvey()
        try walk(reader, geometry, keepsBytes: false) { survey.take(PictureTrace($0)) }
        guard survey.isSuspicious else { return ForeignFootage() }
        var traces: [PictureTrace] = []
        let codec = try walk(reader, geometry, keepsBytes: false) { frame in
            if traces.count < StreamProvenance.mostTraces { traces.append(PictureTrace(frame)) }
        }
        guard let codec, traces.count < StreamProvenance.mostTraces else { return ForeignFootage() }
        for index in traces.indices.dropLast() { traces[index].extend(to: traces[index + 1].range.lowerBound) }
        if let last = traces.indices.last { traces[last].extend(to: reader.byteCount) }
        if var pass = ProofPass(codec, traces) {
            var index = 0
            try walk(reader, geometry, keepsBytes: true) { frame in
                if index < traces.count, pass.wants(traces[index]) {
                    frame.bytes.withUnsafeBytes { pass.examine($0, &traces[index]) }
                }
                index += 1
            }
        }
        return Provenance.judge(traces)
    }

    /// Every frame of the stream that players choose, whole or not; returns its codec.
    @discardableResult private static func walk(
        _ reader: SourceReader, _ geometry: TSGeometry, keepsBytes: Bool, _ use: (TSVideo.Frame) -> Void
    ) throws(SourceFailure) -> VideoCodec? {
        var demuxer = TSDemuxer(reader, geometry, program: try TSProgram(reader, geometry), keepsBytes: keepsBytes)
        guard let chosen = demuxer.streams.firstIndex(where: { $0.video != nil }) else { return nil }
        while let index = try demuxer.step() {
            if index == chosen { demuxer.streams[index].video?.takeFrames(use) }
        }
        demuxer.finish()
        demuxer.streams[chosen].video?.takeFrames(use)
        return demuxer.streams[chosen].video?.scanner.codec
    }
}

extension PictureTrace {
    init(_ frame: TSVideo.Frame) {
        self.init(frame.coded)
        time = frame.dts
        isTorn = frame.isTorn
        isShifted = frame.isShifted
    }

    fileprivate mutating func extend(to end: UInt64) {
        range = range.lowerBound..<max(range.lowerBound, end)
    }
}
