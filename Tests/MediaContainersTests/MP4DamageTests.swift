import Testing

@testable import MediaContainers

/// What is left of a recording is what its samples prove.
@Suite struct MP4DamageTests {
    /// The video's samples of a whole file, to judge damaged copies by.
    private func videoSamples(_ bytes: [UInt8]) throws -> [Sample] {
        let (tracks, samples) = try samplesOfMP4(bytes)
        return samples.filter { tracks[$0.track].isVideo }
    }

    private func codes(_ description: MediaDescription) -> [MediaFinding.Code] { description.findings.map(\.code) }

    @Test(arguments: [3, 10, 25, 50, 75, 90, 99]) func faststartCutShort(percent: Int) throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.faststart.get())
        let all = try videoSamples(whole)
        let cut = Array(whole.prefix(whole.count * percent / 100))
        let kept = all.filter { $0.sourceRange.upperBound <= UInt64(cut.count) }
        let (description, reads) = try describeMP4(cut)
        #expect(description.frameCount == kept.count)
        #expect(description.keyframeCount == kept.filter(\.isKeyframe).count)
        #expect(description.state == (kept.isEmpty ? .unreadable : .truncated))
        #expect(codes(description).contains(.cutShort))
        #expect(codes(description).contains(.headerOverstates))
        #expect(description.playableBytes == kept.last?.sourceRange.upperBound ?? 0)
        #expect(reads <= 4)
        #expect(try videoSamples(cut).map(\.sourceRange) == kept.map(\.sourceRange))
    }

    @Test(arguments: [20, 50, 80, 98]) func tailZeroed(percent: Int) throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.faststart.get())
        let all = try videoSamples(whole)
        let from = whole.count * percent / 100
        let zeroed = Array(whole.prefix(from)) + [UInt8](repeating: 0, count: whole.count - from)
        let kept = all.filter { $0.sourceRange.upperBound <= UInt64(from) }
        let (description, reads) = try describeMP4(zeroed)
        // The zeroes may begin so close to the end of a sample that nothing shows.
        #expect((kept.count...kept.count + 1).contains(description.frameCount ?? -1))
        #expect(description.state == .truncated)
        let finding = try #require(description.findings.first { $0.code == .tailZeroed })
        #expect(finding.byteOffset == description.playableBytes)
        #expect(codes(description).contains(.headerOverstates))
        // Logarithmic: strides and a bisection over a hundred samples.
        #expect(reads <= 3 + 2 * 7)
        #expect(try videoSamples(zeroed).count == description.frameCount)
    }

    @Test(arguments: [20, 50, 80, 98]) func tailForeign(percent: Int) throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.faststart.get())
        let all = try videoSamples(whole)
        let from = whole.count * percent / 100
        let stale = Array(whole.prefix(from)) + MP4Fixtures.noise(whole.count - from)
        let kept = all.filter { $0.sourceRange.upperBound <= UInt64(from) }
        let description = try describeMP4(stale).description
        // Of the sample where it begins the head is right, and nothing else can be known.
        #expect((kept.count...kept.count + 1).contains(description.frameCount ?? -1))
        #expect(description.state == .truncated)
        #expect(codes(description).contains(.tailForeign))
        #expect(try videoSamples(stale).count == description.frameCount)
    }

    @Test func nothingButZeroesLeft() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.faststart.get())
        let data = try #require(whole.mp4Box("mdat"))
        let zeroed = Array(whole.prefix(data + 8)) + [UInt8](repeating: 0, count: whole.count - data - 8)
        let description = try describeMP4(zeroed).description
        #expect(description.frameCount == 0)
        #expect(description.state == .unreadable)
        #expect(description.playableBytes == 0)
    }

    @Test func bytesAfterTheRecording() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.base.get())
        for tail in [[UInt8](repeating: 0, count: 4096), MP4Fixtures.noise(4096)] {
            let description = try describeMP4(whole + tail).description
            #expect(description.state == .complete)
            #expect(description.frameCount == 100)
            #expect(description.playableBytes == UInt64(whole.count))
            #expect(description.findings.map(\.code) == [.trailingBytes])
        }
    }

    @Test func withoutMoov() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.base.get())
        let movie = try #require(whole.mp4Box("moov"))
        var open = Array(whole.prefix(movie))
        let data = try #require(open.mp4Box("mdat"))
        open.putMP4(0, at: data)  // as a recorder leaves it: to the end of the file
        for bytes in [
            open, Array(whole.prefix(movie)), Array(whole.prefix(movie / 2)), Array(whole.prefix(movie + 40)),
            Array(whole.prefix(movie)) + [UInt8](repeating: 0, count: whole.count - movie),
        ] {
            let description = try describeMP4(bytes).description
            #expect(description.container == .mp4)
            #expect(description.video == nil)
            #expect(description.frameCount == nil)
            #expect(description.state == .truncated)
            #expect(description.playableBytes == 0)
            #expect(codes(description).contains(.moovMissing))
            #expect(try samplesOfMP4(bytes).samples.isEmpty)
        }
        #expect(try describeMP4(Array(whole.prefix(data))).description.state == .empty)
    }

    // MARK: Fragments

    @Test func fragmentedCutAnywhere() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.fragmented.get())
        let all = try videoSamples(whole)
        let fragments = try #require(whole.mp4Box("moof"))
        for cut in stride(from: fragments, to: whole.count, by: 997) {
            let bytes = Array(whole.prefix(cut))
            let (description, _) = try describeMP4(bytes)
            // A sample counts if its table is whole and it is.
            var known = 0
            var moof = whole.mp4Box("moof")
            while let start = moof, start + whole.sizeOfMP4Box(at: start) <= cut {
                known = start
                moof = whole.mp4Box("moof", after: start + 8)
            }
            let kept = all.filter { $0.sourceRange.upperBound <= UInt64(cut) }
            #expect(known == 0 || description.frameCount == kept.count)
            let ends = UInt64(cut) == description.playableBytes
            #expect(description.state == .truncated || description.frameCount == 0 || ends)
            #expect(try videoSamples(bytes).count == description.frameCount)
        }
    }

    @Test(arguments: [30, 60, 95], [true, false]) func fragmentedTail(percent: Int, zeroed: Bool) throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.fragmented.get())
        let all = try videoSamples(whole)
        let from = whole.count * percent / 100
        let tail = zeroed ? [UInt8](repeating: 0, count: whole.count - from) : MP4Fixtures.noise(whole.count - from)
        let bytes = Array(whole.prefix(from)) + tail
        let description = try describeMP4(bytes).description
        let kept = all.filter { $0.sourceRange.upperBound <= UInt64(from) }
        #expect((kept.count...kept.count + 1).contains(description.frameCount ?? -1))
        #expect(description.state == .truncated)
        #expect(codes(description) == [zeroed ? .tailZeroed : .tailForeign])
        #expect(try videoSamples(bytes).count == description.frameCount)
    }

    @Test(arguments: [true, false]) func soundInsideOfTheDamageIsLeftOut(zeroed: Bool) throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.faststart.get())
        let (tracks, samples) = try samplesOfMP4(whole)
        let video = samples.filter { tracks[$0.track].isVideo }.map(\.sourceRange)
        let sound = samples.filter { !tracks[$0.track].isVideo }.map(\.sourceRange)
        let first = video[30], last = video[45]
        let hole = Int(first.lowerBound + first.upperBound) / 2..<Int(last.lowerBound + last.upperBound) / 2
        let damaged =
            whole[..<hole.lowerBound] + (zeroed ? [UInt8](repeating: 0, count: hole.count) : MP4Fixtures.noise(hole.count))
            + whole[hole.upperBound...]
        let left = Set(try samplesOfMP4(Array(damaged)).1.map(\.sourceRange))
        let lost = sound.filter { $0.lowerBound >= first.upperBound && $0.upperBound <= last.lowerBound }
        #expect(!lost.isEmpty && left.isDisjoint(with: lost))
        #expect(left.isSuperset(of: sound.filter { $0.upperBound <= first.lowerBound || $0.lowerBound >= last.upperBound }))
    }

    @Test func goesOnAfterNonsense() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.fragmented.get())
        let all = try videoSamples(whole)
        let first = try #require(whole.mp4Box("moof"))
        let second = try #require(whole.mp4Box("moof", after: first + 8))
        let third = try #require(whole.mp4Box("moof", after: second + 8))
        let data = try #require(whole.mp4Box("mdat", after: second))
        let inSecond = all.filter { (UInt64(second)..<UInt64(third)).contains($0.sourceRange.lowerBound) }.count

        var header = whole
        for index in 0..<16 { header[second + index] = 0xFF }
        let lost = try describeMP4(header).description
        #expect(lost.state == .damaged)
        // They are found without it.
        #expect(inSecond > 0 && lost.frameCount == all.count)
        #expect(lost.findings.first?.code == .bytesSkipped)
        #expect(lost.findings.first?.byteOffset == UInt64(second))
        #expect(try videoSamples(header).map(\.sourceRange) == all.map(\.sourceRange))

        // A size that leads nowhere loses no sample: the runs still say where they are.
        for size: UInt32 in [9, 3000, 0x7FFF_FFFF, 0] {
            var bytes = whole
            bytes.putMP4(size, at: data)
            let description = try describeMP4(bytes).description
            #expect(description.frameCount == all.count)
            #expect(description.state == (size == 0 ? .complete : .damaged))
        }
    }

    @Test func fragmentsWithoutMoov() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.fragmented.get())
        let first = try #require(whole.mp4Box("moof"))
        let description = try describeMP4(Array(whole[first...])).description
        #expect(description.container == .fmp4)
        #expect(description.state == .unreadable)
        #expect(description.findings.map(\.code) == [.moovMissing])
        let empty = try describeMP4(Array(whole.prefix(first))).description
        #expect(empty.state == .empty)
        #expect(empty.frameCount == 0)
    }

    /// ffmpeg's hybrid MP4 whose final `moov` is lost: the header of the `mdat` stands before the first `moov`, or over its header.
    @Test func hybridWithoutItsFinalMoov() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.fragmented.get())
        let head = try #require(whole.mp4Box("moov"))
        let data: [UInt8] = [0, 0, 0, 1] + Array("mdat".utf8) + [0, 0, 0, 0, 0x7F, 0, 0, 0]
        for rest in [whole[head...], whole[(head + 8)...]] {
            let bytes = Array(whole.prefix(head)) + data + rest
            let description = try describeMP4(bytes).description
            #expect(description.container == .fmp4)
            #expect(description.state == .truncated)
            #expect(codes(description).contains(.moovMissing))
        }
    }

    @Test func hybridWithItsFinalMoov() throws {
        // A finished `mdat` that hides other boxes, and a `moov` that says all: the hidden ones are data.
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.base.get())
        let hidden = try MP4Fixtures.bytes(try MP4Fixtures.fragmented.get())
        let data = try #require(whole.mp4Box("mdat"))
        let movie = try #require(whole.mp4Box("moov"))
        // Appended to the data, so that no chunk offset changes.
        var bytes = Array(whole.prefix(movie)) + hidden + Array(whole[movie...])
        bytes.putMP4(UInt32(movie - data + hidden.count), at: data)
        let description = try describeMP4(bytes).description
        #expect(description.container == .mp4)
        #expect(description.frameCount == 100)
        #expect(description.state == .complete)
    }

    // MARK: Every byte

    @Test(arguments: [true, false]) func everyTruncation(fragmented: Bool) throws {
        let path = try (fragmented ? MP4Fixtures.tinyFragmented : MP4Fixtures.tiny).get()
        let whole = try MP4Fixtures.bytes(path)
        let frames = try MP4Fixtures.probe(path).frames
        var before = 0
        // A file that ends where a fragment ends does not show that there were more.
        var boundaries: Set<Int> = []
        var moof = fragmented ? whole.mp4Box("moof") : nil
        while let start = moof {
            boundaries.insert(start)
            moof = whole.mp4Box("moof", after: start + 8)
        }
        if let end = whole.mp4Box("mfra") { boundaries.formUnion(end..<whole.count) }
        for cut in 0..<whole.count {
            let bytes = Array(whole.prefix(cut))
            guard bytes.withUnsafeBytes({ MP4File.recognises($0, byteCount: UInt64(cut)) }) else { continue }
            let description = try describeMP4(bytes).description
            let count = description.frameCount ?? 0
            #expect(count >= before && count <= frames)
            #expect(count == frames || description.state != .complete || boundaries.contains(cut))
            #expect(description.playableBytes <= UInt64(cut))
            #expect(try samplesOfMP4(bytes).samples.count == count)
            before = count
        }
        #expect(try describeMP4(whole).description.frameCount == frames)
    }
}
