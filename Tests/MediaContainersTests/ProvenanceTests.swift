import Testing

@testable import MediaContainers

/// What the pieces of a stream tell of whose they are; each picture is 1000 bytes and 3600 ticks long.
@Suite struct ProvenanceTests {
    private static let ours: UInt64 = 7
    private static let other: UInt64 = 8

    /// `count` pictures in groups of ten, from picture `phase` of a group on.
    private func pictures(_ count: Int, sets: UInt64 = ours, phase: Int = 0, time: Int64? = nil) -> [PictureTrace] {
        (0..<count).map { number in
            var trace = PictureTrace(range: 0..<0)
            trace.isKeyframe = (phase + number) % 10 == 0
            trace.sets = sets
            trace.isNext = trace.isKeyframe || number == 0 ? nil : true
            trace.time = time.map { $0 + 3600 * Int64(number) }
            return trace
        }
    }

    /// One behind the other.
    private func file(_ parts: [PictureTrace]...) -> [PictureTrace] {
        var all = parts.flatMap { $0 }
        for index in all.indices { all[index].range = UInt64(1000 * index)..<UInt64(1000 * index + 1000) }
        return all
    }

    private func torn(_ part: [PictureTrace], isShifted: Bool = false) -> [PictureTrace] {
        var part = part
        part[0].isTorn = true
        part[0].isShifted = isShifted
        part[0].isNext = false
        return part
    }

    private func leftOut(_ traces: [PictureTrace]) -> [Range<UInt64>] {
        Provenance.judge(traces).stretches.map { $0.range.lowerBound / 1000..<$0.range.upperBound / 1000 }
    }

    // MARK: - Healthy

    @Test func timesThatJumpAtAKeyFrame() {
        #expect(leftOut(file(pictures(20, time: 900_000), pictures(20, time: 0), pictures(20, time: 90_000_000))).isEmpty)
        #expect(leftOut(file(pictures(20, time: 0), pictures(20, phase: 5, time: 50_000_000))).isEmpty)
    }

    @Test func anEncoderThatWasSetAnew() {
        #expect(leftOut(file(pictures(25, time: 900_000), pictures(40, sets: Self.other, time: 0))).isEmpty)
        #expect(leftOut(file(pictures(25), pictures(40, sets: Self.other), pictures(13))).isEmpty)
    }

    /// The first was cut, and the second begins at its beginning.
    @Test func recordingsThatWereJoinedBehindACut() {
        var first = pictures(25)
        first[24].isWhole = false
        #expect(leftOut(file(first, pictures(40, sets: Self.other))).isEmpty)
    }

    @Test func picturesThatANetworkLost() {
        let parts = [pictures(13, time: 0), torn(pictures(17, phase: 3, time: 100_000)), torn(pictures(34, phase: 6, time: 4_000_000))]
        #expect(leftOut(file(parts[0], parts[1], parts[2])).isEmpty)
        #expect(
            leftOut(file(pictures(13), torn(pictures(17, phase: 3)), torn(pictures(3, phase: 5)), torn(pictures(30, phase: 9)))).isEmpty)
    }

    /// Sectors that were zeroed: the packets go on where they should, or elsewhere, and the time is that of the lost bytes.
    @Test func aHole() {
        var all = file(pictures(13, time: 0), torn(pictures(37, phase: 3, time: 32 * 3600), isShifted: true))
        for index in 13..<50 { all[index].range = all[index].range.lowerBound + 19_000..<all[index].range.upperBound + 19_000 }
        #expect(leftOut(all).isEmpty)
    }

    /// A camera whose numbers mean nothing.
    @Test func numbersThatNeverGoOn() {
        var all = file(pictures(30), pictures(30, sets: Self.other))
        for index in all.indices where !all[index].isKeyframe { all[index].isNext = false }
        #expect(leftOut(all).isEmpty)
    }

    /// A feature that the proof follows wrongly would fail everywhere.
    @Test func aProofThatNeverSucceeds() {
        var all = file(pictures(40))
        for index in 5..<40 { all[index].proof = .broken }
        #expect(leftOut(all).isEmpty)
    }

    // MARK: - Foreign

    @Test func aTailOfAnotherCamera() {
        let all = file(pictures(23, time: 0), torn(pictures(30, sets: Self.other, phase: 6, time: 23 * 3600)))
        #expect(leftOut(all) == [22..<53])
        #expect(Provenance.judge(all).tailStart == 22_000)
        // A stream without a clock; its numbers alone tell the place.
        #expect(leftOut(file(pictures(23), torn(pictures(30, sets: Self.other, phase: 6)))) == [22..<53])
        // The foreign piece begins with a key frame, but the picture before ends with bytes that are not its own.
        #expect(leftOut(file(pictures(23, time: 0), torn(pictures(30, sets: Self.other, time: 0)))) == [22..<53])
    }

    @Test func aMiddleOfAnotherCamera() {
        let foreign = torn(pictures(12, sets: Self.other, phase: 6, time: 20 * 3600))
        let all = file(pictures(23, time: 0), foreign, torn(pictures(26, phase: 4, time: 35 * 3600)))
        #expect(leftOut(all) == [22..<35])
        #expect(Provenance.judge(all).tailStart == nil)
    }

    /// No key frame in it: what stands before and behind go on from one another.
    @Test func aMiddleThatContradictsBothSides() {
        let foreign = torn(pictures(4, phase: 5, time: 10 * 3600))
        #expect(leftOut(file(pictures(23, time: 0), foreign, torn(pictures(26, phase: 8, time: 28 * 3600)))) == [22..<27])
    }

    /// An older recording of the same camera: only where its packets lie, and its times, tell.
    @Test func aTailOfTheSameCamera() {
        let parts = (pictures(23, time: 9_000_000), torn(pictures(30, phase: 6, time: 4000), isShifted: true))
        #expect(leftOut(file(parts.0, parts.1)) == [22..<53])
        #expect(leftOut(file(pictures(23, time: 0), torn(pictures(30, phase: 6, time: 90_000_000), isShifted: true))) == [22..<53])
    }

    @Test func picturesWhoseMacroblocksAreNotTheirs() {
        var all = file(pictures(40))
        for index in all.indices { all[index].proof = 22..<27 ~= index ? .broken : .whole(Self.ours) }
        #expect(leftOut(all) == [22..<27])
        // Behind them a key frame of the other camera, and then ours again.
        for index in 27..<30 { all[index].proof = .whole(Self.other) }
        #expect(leftOut(all) == [22..<30])
    }

    /// The foreign piece begins inside of our key frame; its pictures are whole by sets that none of ours named.
    @Test func picturesThatAreWholeByOtherSets() {
        var all = file(pictures(40))
        for index in all.indices { all[index].proof = .whole(22..<27 ~= index ? Self.other : Self.ours) }
        all[21].proof = .incomplete
        #expect(leftOut(all) == [21..<27])
    }

    @Test func stretchesAreFound() {
        let footage = ForeignFootage(stretches: [
            .init(range: 10..<20, frameCount: 3, isTail: false), .init(range: 40..<50, frameCount: 2, isTail: true),
        ])
        #expect((0..<60).filter { footage.holds($0) } == [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49])
        #expect(footage.findings.map(\.byteOffset) == [10, 40])
        #expect(footage.findings.allSatisfy { $0.code == .otherRecording })
    }
}
