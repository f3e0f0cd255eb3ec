/// Looks at the macroblocks of pictures near places that raise a doubt, in the order of the stream.
struct ProofPass {
    private struct Camera {
        var sets: UInt64
        var headers: [[UInt8]]
        var prover: PictureProver
    }

    private let codec: VideoCodec
    /// As the stream brought their headers; the last that succeeded stands first.
    private var cameras: [Camera] = []
    private let places: [Range<UInt64>]
    private var nextPlace = 0

    /// What a disk writes wrongly lies together. Looking costs a second for each 9 MB, and a network may lose packets everywhere.
    private static let reach: UInt64 = 4 << 20
    private static let mostBytes: UInt64 = 16 << 20
    /// More settings than a recording has; a hostile file may state others in each picture.
    private static let mostCameras = 8

    /// Nil where nothing can be proven of this codec.
    init?(_ codec: VideoCodec, _ traces: [PictureTrace]) {
        guard PictureProver.follows(codec) else { return nil }
        self.codec = codec
        var places: [Range<UInt64>] = []
        var left = Self.mostBytes
        let trustsNumbers = Provenance.trustsNumbers(traces)
        for index in traces.indices.dropFirst() {
            guard Self.isDoubtful(traces[index], after: traces[index - 1], trustsNumbers) else { continue }
            let at = traces[index].range.lowerBound
            var start = at - min(at, Self.reach)
            let end = at + Self.reach
            if let last = places.last, start <= last.upperBound {
                start = last.upperBound
                places[places.count - 1] = last.lowerBound..<max(start, end)
            } else {
                places.append(start..<end)
            }
            guard end > start else { continue }
            left -= min(left, end - start)
            if left == 0 { break }
        }
        self.places = places
    }

    private static func isDoubtful(_ trace: PictureTrace, after before: PictureTrace, _ trustsNumbers: Bool) -> Bool {
        if (trustsNumbers && trace.isNext == false) || trace.isTorn || trace.isShifted || !trace.isWhole || trace.sets != before.sets {
            return true
        }
        guard let now = trace.time, let last = before.time else { return false }
        return now <= last
    }

    /// Whether the bytes of a picture are worth having: for its headers, or to be looked at.
    mutating func wants(_ trace: PictureTrace) -> Bool { trace.isKeyframe || isNear(trace) }

    private mutating func isNear(_ trace: PictureTrace) -> Bool {
        while nextPlace < places.count, places[nextPlace].upperBound <= trace.range.lowerBound { nextPlace += 1 }
        return nextPlace < places.count && places[nextPlace].contains(trace.range.lowerBound)
    }

    /// `frame` is the picture with its start codes.
    mutating func examine(_ frame: UnsafeRawBufferPointer, _ trace: inout PictureTrace) {
        takeHeaders(frame, trace.sets)
        guard isNear(trace), trace.isWhole else { return }
        guard !cameras.isEmpty else { return }
        var proof = PictureTrace.Proof.broken
        for index in cameras.indices {
            switch cameras[index].prover.prove(frame) {
            case .whole:
                trace.proof = .whole(cameras[index].sets)
                if index > 0 { cameras.swapAt(0, index) }
                return
            case .contradicted: continue
            case .incomplete: if proof == .broken { proof = .incomplete }
            case .unknown: proof = .none
            }
        }
        trace.proof = proof
    }

    private mutating func takeHeaders(_ frame: UnsafeRawBufferPointer, _ sets: UInt64) {
        var headers: [[UInt8]] = []
        for unit in NALUnits.AnnexB(frame) {
            if PictureProver.isHeader(unit, codec) {
                headers.append(Array(unit))
            } else if PictureProver.isPicture(unit, codec) {
                break
            }
        }
        guard !headers.isEmpty, sets != 0, cameras.count < Self.mostCameras, !cameras.contains(where: { $0.headers == headers }) else {
            return
        }
        let prover = PictureProver(codec: codec, headers: headers)
        if prover.isAble { cameras.append(Camera(sets: sets, headers: headers, prover: prover)) }
    }
}
