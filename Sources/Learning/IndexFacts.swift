import Recordings

extension FactStore {
    convenience init(_ index: IndexReader) throws {
        self.init()
        reserve(try index.segmentCount())
        try index.forEachFact(append)
    }
}

extension IndexReader {
    /// Every segment as a fact.
    func forEachFact(_ body: (Fact) throws -> Void) throws {
        let cameras = Dictionary(try cameras().map { ($0.id, $0.key) }, uniquingKeysWith: { first, _ in first })
        let volumes = Dictionary(
            try volumes().map { ($0.id, $0.sourcePath) }, uniquingKeysWith: { first, _ in first })
        try scanSegments { segment in
            var fact = Fact()
            fact.path = segment.path.text
            fact.volume = volumes[segment.volume] ?? ""
            fact.camera = segment.camera.flatMap { cameras[$0] } ?? ""
            fact.stream = segment.stream ?? ""
            fact.kind = segment.kind
            fact.isProtected = segment.isProtected
            fact.container = segment.container ?? ""
            fact.codec = segment.videoCodec ?? ""
            fact.audio = segment.audioCodec ?? ""
            fact.width = segment.width
            fact.height = segment.height
            fact.size = segment.sizeBytes
            // 36,000 years: beyond, sums could overflow.
            fact.start = segment.start.flatMap { abs($0 / 2) < 1 << 59 ? $0 : nil }
            fact.duration = segment.duration.flatMap { $0 >= 0 && $0 < 1 << 59 ? $0 : nil }
            fact.frames = segment.frames
            fact.keyframes = segment.keyframes
            try body(fact)
        }
    }
}
