import Testing

@testable import MediaContainers

/// Healthy stretches are passed over quickly. What is found must not depend on it, whatever the bytes are: the same walk with
/// every packet and every block looked at slowly is the oracle.
struct FastWalkTests {
    private static let fewFrames = "-g 10 -bf 2 -vf scale=320:240"
    private static let streams = Result {
        try [
            ("a.ts", "-c:v libx264 -x264opts aud=1 -c:a aac"), ("b.m2ts", "-c:v libx264 -c:a aac -mpegts_m2ts_mode 1"),
            ("c.ts", "-c:v libx265 -x265-params log-level=none -c:a ac3"), ("d.ts", "-c:v mpeg2video -c:a mp2"),
        ].map { try CodecFixture.bytes($0.0, "\($0.1) \(fewFrames)", audio: true) }
    }

    private struct Found: Equatable {
        var frames: [CodedFrame] = []
        var times: [Int64?] = []
        var findings: [MediaFinding] = []
        var endsWhole: [Bool] = []
        var end: UInt64 = 0
    }

    /// With the bytes kept, no packet is passed over.
    private func frames(_ bytes: [UInt8], slowly: Bool) throws -> Found? {
        let reader = SourceReader(MemorySource(bytes))
        guard let geometry = try TransportStreamFile.geometry(reader) else { return nil }
        var demuxer = TSDemuxer(reader, geometry, program: try TSProgram(reader, geometry), keepsBytes: slowly)
        var found = Found()
        func collect(_ index: Int) {
            demuxer.streams[index].video?.takeFrames { frame in
                found.frames.append(frame.coded)
                found.times += [frame.pts, frame.dts]
            }
        }
        while let index = try demuxer.step() { if index >= 0 { collect(index) } }
        demuxer.finish()
        demuxer.streams.indices.forEach(collect)
        found.findings = demuxer.packets.findings + (demuxer.packets.tail.map { [$0] } ?? [])
        found.endsWhole = demuxer.streams.compactMap { $0.video?.endsWhole }
        found.end = demuxer.packets.end
        return found
    }

    /// Single bytes, zeroes, start codes, lost, doubled and cut packets.
    private func damaged(_ bytes: [UInt8], _ noise: inout CodecFixture.Noise, _ kind: Int) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<(1 + Int(noise.next() % 12)) where bytes.count > 1_000 {
            let at = Int(noise.next() % UInt64(bytes.count - 500))
            switch kind % 6 {
            case 0: bytes[at] ^= UInt8(truncatingIfNeeded: noise.next() | 1)
            case 1: bytes.replaceSubrange(at..<(at + 6), with: [0, 0, 1, UInt8(truncatingIfNeeded: noise.next()), 0, 0])
            case 2: for index in at..<(at + Int(noise.next() % 40)) { bytes[index] = 0 }
            case 3: bytes.removeSubrange((at / 188 * 188)..<(at / 188 * 188 + 188))
            case 4: bytes.insert(contentsOf: bytes[(at / 188 * 188)..<(at / 188 * 188 + 188)], at: at / 188 * 188)
            default: bytes.removeSubrange(at..<(at + Int(noise.next() % 300)))
            }
        }
        return bytes
    }

    @Test func packetsThatArePassedOverChangeNothing() throws {
        var noise = CodecFixture.Noise(state: 11)
        for bytes in try Self.streams.get() {
            let whole = try #require(try frames(bytes, slowly: false))
            #expect(whole.frames.count == 50)
            #expect(whole == (try frames(bytes, slowly: true)))
            for round in 0..<120 {
                let broken = damaged(bytes, &noise, round)
                #expect(try frames(broken, slowly: false) == frames(broken, slowly: true), "round \(round)")
            }
        }
    }

    @Test func mostPacketsArePassedOver() throws {
        let bytes = try CodecFixture.bytes("a.ts", "-c:v libx264 -b:v 8M -g 25 -vf scale=1280:720")
        let reader = SourceReader(MemorySource(bytes))
        let geometry = try #require(try TransportStreamFile.geometry(reader))
        var demuxer = TSDemuxer(reader, geometry, program: try TSProgram(reader, geometry), keepsBytes: false)
        var steps = 0
        while try demuxer.step() != nil { steps += 1 }
        #expect(steps < bytes.count / 188 / 5)
    }

    // MARK: Matroska

    private func blocks(_ bytes: [UInt8], slowly: Bool) throws -> [String] {
        let walker = try MatroskaWalker(SourceReader(MemorySource(bytes)))
        var found: [String] = []
        func take(_ block: MatroskaBlock) { found.append("\(block)") }
        while let block = try walker.next() {
            take(block)
            if !slowly { walker.passBlocks(take) }
        }
        return found + ["\(walker.soundEnd) \(walker.offset) \(walker.pace)"] + walker.log.findings.map { "\($0)" }
    }

    @Test func blocksThatArePassedOverChangeNothing() throws {
        var noise = CodecFixture.Noise(state: 12)
        for bytes in [try MatroskaDamageTests.tiny.get(), try MatroskaDamageTests.normal.get()] {
            #expect(try blocks(bytes, slowly: false) == blocks(bytes, slowly: true))
            for round in 0..<120 {
                let broken = damaged(bytes, &noise, round)
                #expect(try blocks(broken, slowly: false) == blocks(broken, slowly: true), "round \(round)")
                let cut = Array(bytes[..<Int(noise.next() % UInt64(bytes.count))])
                #expect(try blocks(cut, slowly: false) == blocks(cut, slowly: true))
            }
        }
    }

    // MARK: Reading

    @Test func aBufferServesOneReaderAfterTheOther() throws {
        let buffer = ReadBuffer()
        var noise = CodecFixture.Noise(state: 13)
        for size in [100_000, 10, 3_000_000, 70_000, 6_000_000, 1] {
            let bytes = noise.bytes(size)
            let reader = SourceReader(MemorySource(bytes), buffer: buffer)
            for _ in 0..<50 {
                let at = Int(noise.next() % UInt64(size))
                let length = 1 + Int(noise.next() % 200_000)
                let view = try reader.upTo(length, at: UInt64(at))
                #expect(view.elementsEqual(bytes[at..<min(size, at + length)]))
                let rest = reader.atHand(from: UInt64(at))
                #expect(rest.count >= view.count && rest.elementsEqual(bytes[at..<(at + rest.count)]))
            }
            #expect(reader.atHand(from: UInt64(size)).isEmpty)
        }
    }

    /// A look at 16 KiB may decide only what a look at 64 KiB would decide.
    @Test func aShortHeadDecidesAsALongOne() throws {
        let files =
            try Self.streams.get() + [
                MatroskaDamageTests.normal.get(), CodecFixture.bytes("a.mp4", "-c:v libx264"),
                CodecFixture.bytes("b.avi", "-c:v mpeg4"), CodecFixture.bytes("c.h264", "-c:v libx264"),
            ]
        let formats: [any ContainerFormat.Type] = [
            MP4File.self, MatroskaFile.self, AVIFile.self, TransportStreamFile.self, ElementaryFile.self,
        ]
        var noise = CodecFixture.Noise(state: 14)
        var decided = 0
        for file in files {
            for round in 0..<60 {
                var bytes = round == 0 ? file : damaged(Array(file.prefix(80_000)), &noise, round)
                if round % 4 == 3 { bytes.insert(contentsOf: noise.bytes(Int(noise.next() % 40_000)), at: 0) }
                let (short, long) = bytes.withUnsafeBytes { all in
                    let short = UnsafeRawBufferPointer(rebasing: all.prefix(16 << 10))
                    let long = UnsafeRawBufferPointer(rebasing: all.prefix(SourceReader.defaultWindow))
                    let size = UInt64(all.count)
                    return (
                        formats.firstIndex { $0.isCertain(short, byteCount: size) },
                        formats.firstIndex { $0.recognises(long, byteCount: size) }
                    )
                }
                guard let short else { continue }
                decided += 1
                #expect(short == long)
            }
        }
        #expect(decided > 100)
    }

    /// Every length, every place: a pair is seen where it stands and nowhere else.
    @Test func pairsOfZeroes() {
        for count in 0..<200 {
            var bytes = [UInt8](repeating: 0x80, count: count)
            for index in bytes.indices where index % 3 == 0 { bytes[index] = UInt8(truncatingIfNeeded: index | 1) }
            #expect(bytes.withUnsafeBytes { StartCodes.zeroPair(in: $0, from: 0) } == nil)
            for at in stride(from: 0, to: count - 1, by: 1) {
                let kept = (bytes[at], bytes[at + 1])
                bytes[at] = 0
                #expect(bytes.withUnsafeBytes { StartCodes.zeroPair(in: $0, from: 0) } == nil)
                bytes[at + 1] = 0
                #expect(bytes.withUnsafeBytes { StartCodes.zeroPair(in: $0, from: 0) } == at)
                #expect(bytes.withUnsafeBytes { StartCodes.zeroPair(in: $0, from: at + 1) } == nil)
                if count == 184 { #expect(bytes.withUnsafeBytes { $0.baseAddress.map(StartCodes.isPair(in184:)) } == true) }
                (bytes[at], bytes[at + 1]) = kept
            }
            if count == 184 { #expect(bytes.withUnsafeBytes { $0.baseAddress.map(StartCodes.isPair(in184:)) } == false) }
        }
    }
}
