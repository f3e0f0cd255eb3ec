/// Walks the frames of a stream of units, once, and judges its end.
final class StreamWalk {
    /// One read; a chunk of this size keeps the disk streaming and fits the cache of the processor.
    static let window = 1 << 20

    private let reader: SourceReader
    private var scanner: FrameScanner
    private var offset: UInt64 = 0
    private var frames: [CodedFrame] = []
    private var nextFrame = 0
    private var isOver = false
    /// Where the last frame ends, once the stream is over.
    private var end: UInt64 = 0
    private var steadyUnits: Int?
    private let foreign: ForeignFootage
    private(set) var survey = TraceSurvey()

    private var damage = DamageList()
    private var tail: MediaFinding?
    /// What was met so far.
    var findings: [MediaFinding] { damage.findings + foreign.findings + (tail.map { [$0] } ?? []) }
    var state: MediaState {
        if !damage.isEmpty || foreign.stretches.contains(where: { !$0.isTail }) { return .damaged }
        return tail != nil || !foreign.isEmpty ? .truncated : .complete
    }
    /// Where the last frame that was handed out ends.
    private(set) var playableBytes: UInt64 = 0

    /// Frames that lie in `foreign` are left out.
    init?(_ reader: SourceReader, codec: VideoCodec, without foreign: ForeignFootage = ForeignFootage()) {
        guard let scanner = FrameScanner(codec: codec) else { return nil }
        self.foreign = foreign
        self.reader = reader
        self.scanner = scanner
        reader.window = max(reader.window, Self.window)
    }

    var headers: any FrameGrouping { scanner.headers }

    /// The next frame that is whole, and where it ends.
    func next() throws(SourceFailure) -> (frame: CodedFrame, end: UInt64)? {
        while let (frame, frameEnd) = try nextOfAny() {
            guard frame.isWhole else {
                damage.note(.bytesSkipped, at: frame.place.offset, "an overwritten frame of \(frameEnd - frame.place.offset) bytes")
                continue
            }
            if foreign.holds(frame.place.offset) { continue }
            playableBytes = frameEnd
            return (frame, frameEnd)
        }
        return nil
    }

    /// The next frame, whole or not, of whatever recording.
    func nextOfAny() throws(SourceFailure) -> (frame: CodedFrame, end: UInt64)? {
        while frames.count - nextFrame < 2, !isOver { try readOn() }
        guard nextFrame < frames.count else { return nil }
        let frame = frames[nextFrame]
        nextFrame += 1
        return (frame, nextFrame < frames.count ? frames[nextFrame].place.offset : end)
    }

    private func readOn() throws(SourceFailure) {
        // Some stay, to bear witness at the end.
        let spent = max(0, nextFrame - Self.witnesses)
        frames.removeFirst(spent)
        nextFrame -= spent
        let chunk = try reader.upTo(Self.window, at: offset)
        guard !chunk.isEmpty else {
            try judgeEnd()
            isOver = true
            return
        }
        scanner.feed(chunk, offset: offset)
        offset += UInt64(chunk.count)
        takeFrames()
    }

    private func takeFrames() {
        while let frame = scanner.takeFrame() {
            if frames.isEmpty, steadyUnits == nil {
                if frame.place.offset > 0 { damage.note(.bytesSkipped, at: 0, "\(frame.place.offset) bytes before the first unit") }
                steadyUnits = frame.pictureUnits
            } else if steadyUnits != frame.pictureUnits {
                steadyUnits = 0
            }
            survey.take(PictureTrace(frame))
            frames.append(frame)
        }
    }

    // MARK: - The end

    /// Nothing in a stream says where it ends. What proves that the last frame is not whole: zeroes or foreign bytes
    /// where its unit should end, a unit of impossible size, slices that are missing.
    private func judgeEnd() throws(SourceFailure) {
        let zeroes = scanner.trailingZeroes
        // The steady number of units is that of the frames before the last, so the order matters here.
        let steady = steadyUnits
        scanner.finish()
        takeFrames()
        let dataEnd = offset - min(zeroes, offset)
        end = dataEnd
        guard let last = frames.last else { return }
        let strays = scanner.strays
        if strays.count > 0, let first = strays.first, first < last.place.offset {
            damage.note(.bytesSkipped, at: first, "\(strays.count) units that are not of this stream")
        }
        if let reason = try tailReason(last, zeroes: zeroes, dataEnd: dataEnd, steady: steady) {
            frames.removeLast()
            cut(reason, at: last.place.offset, foreignAt: reason.code == .tailZeroed ? dataEnd : nil)
        } else if let stray = scanner.lastUnit, stray.isStray {
            cut((stray.byteCount < 64 ? .cutShort : .tailForeign, ""), at: stray.place.offset, foreignAt: nil)
        } else if let open = scanner.headers.openHeaders {
            cut((.cutShort, "headers of a frame that does not follow"), at: open.offset, foreignAt: nil)
        } else if offset % 4096 == 0 {
            // One healthy file in 4096 ends so, but nearly every one whose recorder died: buffers are written whole.
            cut((.cutShort, "the file ends where a buffer or block ended"), at: dataEnd, foreignAt: nil)
        }
    }

    private func cut(_ reason: (code: MediaFinding.Code, detail: String), at frameEnd: UInt64, foreignAt: UInt64?) {
        end = frameEnd
        tail = MediaFinding(reason.code, at: foreignAt ?? frameEnd, reason.detail)
    }

    private func tailReason(
        _ last: CodedFrame, zeroes: UInt64, dataEnd: UInt64, steady: Int?
    ) throws(SourceFailure) -> (code: MediaFinding.Code, detail: String)? {
        // A file system zeroes whole sectors; no encoder pads as much.
        if zeroes >= 512 { return (.tailZeroed, "\(zeroes) zero bytes") }
        if !last.isWhole { return (.tailForeign, "bytes that the codec forbids") }
        if let unit = scanner.lastUnit, !unit.isStray {
            if unit.byteCount > 64 << 10, scanner.largestUnit > 0, unit.byteCount / 4 > scanner.largestUnit {
                return (.tailForeign, "a unit of \(unit.byteCount) bytes where the largest has \(scanner.largestUnit)")
            }
            if unit.byteCount > 512, try isUniform(endingAt: dataEnd) { return (.tailForeign, "text or a fill pattern") }
        }
        if try isCut(last, dataEnd: dataEnd) { return (.cutShort, "a picture whose last macroblocks are missing") }
        if let steady, steady > 1, last.pictureUnits < steady {
            return (.cutShort, "\(last.pictureUnits) of \(steady) slices")
        }
        return nil
    }

    /// Whether the last picture lacks macroblocks where those before it are whole. A file that was closed ends with a whole one.
    private func isCut(_ last: CodedFrame, dataEnd: UInt64) throws(SourceFailure) -> Bool {
        let prover = PictureProver(codec: scanner.codec, headers: scanner.headers.currentHeaders)
        guard prover.isAble, frames.count > Self.witnesses else { return false }
        guard [.incomplete, .contradicted].contains(try prove(last.place.offset..<dataEnd, prover)) else { return false }
        var end = last.place.offset
        for before in frames.dropLast().suffix(Self.witnesses).reversed() {
            guard try prove(before.place.offset..<end, prover) == .whole else { return false }
            end = before.place.offset
        }
        return true
    }

    /// Pictures that must be whole before the last one is found not to be.
    private static let witnesses = 2

    private func prove(_ range: Range<UInt64>, _ prover: PictureProver) throws(SourceFailure) -> PictureProver.Outcome {
        guard let bytes = try reader.exactly(Int(clamping: range.upperBound - range.lowerBound), at: range.lowerBound) else {
            return .unknown
        }
        return prover.prove(bytes)
    }

    /// Text, or one byte over and over (erased flash): nothing that a coder writes for 512 bytes.
    private func isUniform(endingAt end: UInt64) throws(SourceFailure) -> Bool {
        guard end >= 512, let bytes = try reader.exactly(512, at: end - 512) else { return false }
        return bytes.allSatisfy(ElementaryKind.isText) || bytes.allSatisfy { $0 == bytes[0] }
    }
}
