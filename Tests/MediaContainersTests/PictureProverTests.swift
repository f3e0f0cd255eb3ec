import Testing

@testable import MediaContainers

/// What every block of a picture proves of it: nothing healthy is ever contradicted.
@Suite struct PictureProverTests {
    private static func codec(_ name: String) -> VideoCodec { name == "a.m4v" ? .mpeg4 : name == "a.hevc" ? .h265 : .h264 }

    private func pictures(_ bytes: [UInt8], _ codec: VideoCodec) throws -> [[UInt8]] {
        let walk = try #require(StreamWalk(SourceReader(MemorySource(bytes)), codec: codec))
        var all: [[UInt8]] = []
        while let (frame, end) = try walk.nextOfAny() { all.append(Array(bytes[Int(frame.place.offset)..<Int(end)])) }
        return all
    }

    private func prover(_ pictures: [[UInt8]], _ codec: VideoCodec) -> PictureProver {
        var prover = PictureProver(codec: codec)
        for picture in pictures { picture.withUnsafeBytes { for unit in NALUnits.AnnexB($0) { prover.add(unit) } } }
        return prover
    }

    private func outcomes(_ pictures: [[UInt8]], _ codec: VideoCodec) -> [PictureProver.Outcome] {
        let prover = prover(pictures, codec)
        return pictures.map { $0.withUnsafeBytes(prover.prove) }
    }

    private static func x265(_ parameters: String, _ others: String = "-preset medium") -> String {
        "-vf noise=alls=10:allf=t -c:v libx265 \(others) -x265-params log-level=none:pools=2:keyint=10:\(parameters)"
    }

    @Test(arguments: [
        x265("bframes=0", "-preset ultrafast"), x265("b-adapt=0:bframes=4", "-preset slow"), x265("ctu=16"),
        x265("ctu=32:min-cu-size=16:slices=2"), x265("ctu=64:no-wpp=1"), x265("rect=1:amp=1:tu-inter-depth=3:tu-intra-depth=3"),
        x265("open-gop=1:min-keyint=10"), x265("tskip=1:cu-lossless=1", "-preset medium -qp 8"), x265("lossless=1"),
        x265("scaling-list=default:max-merge=1:no-temporal-mvp=1"), x265("weightb=1:weightp=1:ref=6"),
        x265("no-sao=1:no-deblock=1:no-signhide=1:aq-mode=0"), x265("intra-refresh=1:constrained-intra=1", "-preset medium -qp 40"),
    ])
    func healthyH265IsWhole(_ settings: String) throws {
        let outcomes = outcomes(try pictures(try CodecFixture.bytes("a.hevc", settings, frames: 25), .h265), .h265)
        #expect(outcomes == Array(repeating: .whole, count: 25))
    }

    private static func x264(_ parameters: String, _ others: String = "-preset medium") -> String {
        "-vf noise=alls=10:allf=t -c:v libx264 -pix_fmt yuv420p \(others) -x264-params threads=2:keyint=15:\(parameters)"
    }

    @Test(arguments: [
        x264("bframes=2", "-preset veryfast"), x264("bframes=5:b-pyramid=normal:ref=5", "-preset slower"),
        x264("direct=spatial:b-adapt=0:bframes=4"), x264("direct=temporal:b-adapt=0:bframes=4"), x264("slices=3"),
        x264("slice-max-size=600"),
        x264("8x8dct=0:partitions=all"), x264("partitions=all:me=umh:subme=9"), x264("qp=48"), x264("qp=1"), x264("qp=0"),
        x264("open-gop=1"), x264("intra-refresh=1:constrained-intra=1"), x264("weightp=2:weightb=1:cqm=jvt"), x264("cabac=0:bframes=3"),
    ])
    func healthyH264IsWhole(_ settings: String) throws {
        let outcomes = outcomes(try pictures(try CodecFixture.bytes("a.h264", settings, frames: 25), .h264), .h264)
        #expect(outcomes == Array(repeating: .whole, count: 25))
    }

    @Test(arguments: ["-q:v 1", "-q:v 31", "-b:v 200k", "-flags +mv4+aic -g 30 -q:v 6", "-mpeg_quant 1 -q:v 4", "-flags +qpel -q:v 4"])
    func healthyMPEG4IsWhole(_ settings: String) throws {
        let bytes = try CodecFixture.bytes("a.m4v", "-f m4v -vf noise=alls=10:allf=t -c:v mpeg4 -threads 1 " + settings, frames: 25)
        let outcomes = outcomes(try pictures(bytes, .mpeg4), .mpeg4)
        #expect(outcomes == Array(repeating: .whole, count: 25))
    }

    @Test(arguments: [
        ("a.m4v", "-f m4v -c:v mpeg4 -threads 1 -flags +ildct+ilme"), ("a.m4v", "-f m4v -c:v mpeg4 -threads 1 -data_partitioning 1"),
        ("a.m4v", "-f m4v -c:v mpeg4 -threads 1 -slices 4"), ("a.hevc", "-pix_fmt yuv420p10le -c:v libx265 -x265-params log-level=none"),
        ("a.hevc", "-pix_fmt yuv444p -c:v libx265 -x265-params log-level=none"), ("a.h264", "-c:v libx264 -flags +ilme+ildct"),
    ])
    func whatIsNotFollowedIsUnknown(_ name: String, _ settings: String) throws {
        let codec = Self.codec(name)
        let outcomes = outcomes(try pictures(try CodecFixture.bytes(name, settings, frames: 12), codec), codec)
        #expect(outcomes == Array(repeating: .unknown, count: 12))
    }

    /// What a network or a power cut leaves of a picture ends early, and does not contradict itself.
    @Test(arguments: [
        ("a.hevc", x265("bframes=2")), ("a.m4v", "-f m4v -c:v mpeg4 -threads 1 -q:v 4"), ("a.h264", x264("bframes=2")),
    ])
    func aPictureThatWasCutIsIncomplete(_ name: String, _ settings: String) throws {
        let codec = Self.codec(name)
        let pictures = try pictures(try CodecFixture.bytes(name, settings, frames: 12), codec)
        let prover = prover(pictures, codec)
        var cuts = 0
        var contradictions = 0
        for picture in pictures[1...] {
            for length in stride(from: 40, to: picture.count - 2, by: 7) {
                let outcome = picture[..<length].withUnsafeBytes(prover.prove)
                #expect(outcome != .whole)
                cuts += 1
                if outcome == .contradicted { contradictions += 1 }
            }
        }
        // The last bits of a cut picture of MPEG-4 may by accident be those of a stuffing.
        #expect(cuts > 400 && contradictions * 50 <= cuts)
    }

    /// Blocks of another camera's stream that runs in step, where no header of it is among them.
    @Test(arguments: [
        ("a.hevc", "-c:v libx265 -preset ultrafast -b:v 1M -x265-params log-level=none:keyint=10:min-keyint=10:bframes=0:scenecut=0"),
        ("a.m4v", "-f m4v -c:v mpeg4 -threads 1 -b:v 1M -g 10"),
        ("a.h264", "-c:v libx264 -preset veryfast -b:v 1M -g 10 -bf 2 -sc_threshold 0"),
    ])
    func aForeignMiddle(_ name: String, _ settings: String) throws {
        let codec = Self.codec(name)
        let noise = "noise=alls=12:allf=t"
        let ours = try CodecFixture.bytes(name, "-vf \(noise) " + settings, frames: 75)
        let other = try CodecFixture.bytes(name, "-vf hflip,scale=144:112,\(noise) " + settings, frames: 75)
        let known = try pictures(ours, codec)
        let start = ours.count * 6 / 10 / 4096 * 4096
        let length = min(6 * 4096, other.count - start)
        try #require(length >= 4 * 4096)
        var damaged = ours
        damaged.replaceSubrange(start..<(start + length), with: other[start..<(start + length)])
        let reader = try #require(try MediaProbe.samples(SourceReader(MemorySource(damaged))))
        var got: [[UInt8]] = []
        while let sample = try reader.next() {
            got.append(Array(damaged[Int(sample.sourceRange.lowerBound)..<Int(sample.sourceRange.upperBound)]))
        }
        #expect(got.allSatisfy(known.contains))
        let lost = known.count { !damaged.contains($0) }
        #expect(got.count >= known.count - lost - 1 && got.count < known.count)
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        firstRange(of: part) != nil
    }
}
