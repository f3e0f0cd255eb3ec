import Foundation
import Testing

@testable import MediaContainers

@Suite struct CodecTests {
    private func sets(_ bytes: [UInt8], _ codec: VideoCodec) -> ParameterSets {
        var sets = ParameterSets(codec: codec)
        bytes.withUnsafeBytes { sets.collect(from: $0, lengthSize: nil) }
        return sets
    }

    @Test func startCodesAreFoundAtEveryAlignment() {
        for length in 3..<80 {
            for at in 0...(length - 3) {
                var bytes = [UInt8](repeating: 0xAA, count: length)
                bytes.replaceSubrange(at..<(at + 3), with: [0, 0, 1])
                bytes.withUnsafeBytes {
                    #expect(StartCodes.first(in: $0, from: 0) == at)
                    #expect(StartCodes.first(in: $0, from: at + 1) == nil)
                    #expect(StartCodes.zeroPair(in: $0, from: 0) == at)
                }
            }
        }
        var long = [UInt8](repeating: 0, count: 1000)
        long.withUnsafeBytes { #expect(StartCodes.first(in: $0, from: 0) == nil) }
        long.append(1)
        long.withUnsafeBytes { #expect(StartCodes.first(in: $0, from: 0) == 998) }
    }

    @Test func unitsSurviveTheWayToLengthsAndBack() {
        let stream: [UInt8] = [9, 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 4, 0, 0, 3, 5, 0, 0]
        stream.withUnsafeBytes { bytes in
            #expect(NALUnits.AnnexB(bytes).map { Array($0) } == [[0x67, 1, 2], [0x68, 3], [0x65, 4, 0, 0, 3, 5]])
            let prefixed = NALUnits.lengthPrefixed(annexB: bytes)
            #expect(prefixed == [0, 0, 0, 3, 0x67, 1, 2, 0, 0, 0, 2, 0x68, 3, 0, 0, 0, 6, 0x65, 4, 0, 0, 3, 5])
            prefixed.withUnsafeBytes {
                let back: [UInt8] = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 4, 0, 0, 3, 5]
                #expect(NALUnits.annexB(lengthPrefixed: $0, lengthSize: 4) == back)
            }
        }
        let short: [UInt8] = [0, 2, 0x67, 9, 0, 1, 0x68, 0, 200, 1]
        short.withUnsafeBytes { #expect(NALUnits.relength($0, from: 2) == [0, 0, 0, 2, 0x67, 9, 0, 0, 0, 1, 0x68]) }
        short.withUnsafeBytes { #expect(NALUnits.relength($0, from: 7).isEmpty) }
    }

    @Test func bitsEndInNil() {
        let bytes: [UInt8] = [0, 0, 3, 1, 0b1010_0110]
        bytes.withUnsafeBytes { raw in
            var bits = BitReader(raw)
            #expect(bits.bits(24) == 1)
            #expect(bits.ue() == 0)
            #expect(bits.ue() == 1)
            #expect(bits.bits(4) == 6)
            #expect(bits.bits(1) == nil)
            #expect(bits.ue() == nil)
            #expect(bits.bits(33) == nil)
        }
        [UInt8](repeating: 0, count: 40).withUnsafeBytes { raw in
            var bits = BitReader(raw, removesEmulation: false)
            #expect(bits.ue() == nil)
        }
        [UInt8]([0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE]).withUnsafeBytes { raw in
            var bits = BitReader(raw, removesEmulation: false)
            #expect(bits.ue() == 0xFFFF_FFFE)
        }
    }

    @Test(arguments: [
        ("a.h264", "-c:v libx264 -preset ultrafast -vf scale=1920:1080", VideoCodec.h264, 1920, 1080),
        ("b.h264", "-c:v libx264 -profile:v high444 -pix_fmt yuv444p -vf scale=162:130", .h264, 162, 130),
        ("c.h264", "-c:v libx264 -flags +ildct+ilme -x264opts tff=1:cqm=jvt -vf scale=160:120", .h264, 160, 120),
        ("a.h265", "-c:v libx265 -preset ultrafast -x265-params log-level=none -vf scale=1920:1080", .h265, 1920, 1080),
        ("b.h265", "-c:v libx265 -x265-params log-level=none:scaling-list=default -pix_fmt yuv422p10 -vf scale=162:130", .h265, 162, 130),
    ])
    func parameterSetsOfRealEncoders(_ name: String, _ arguments: String, _ codec: VideoCodec, _ width: Int, _ height: Int) throws {
        let bytes = try CodecFixture.bytes(name, arguments, frames: 3)
        let sets = sets(bytes, codec)
        #expect(sets.isComplete)
        #expect(sets.dimensions.map { [$0.width, $0.height] } == [width, height])
        #expect(sets.frameRate == FrameRate(numerator: 25, denominator: 1))
        // The record reads back as the same sets.
        let record = try #require(sets.configurationRecord())
        let back = record.withUnsafeBytes { codec == .h264 ? ParameterSets(avcC: $0) : ParameterSets(hvcC: $0) }
        #expect(back == sets)
        #expect(record.withUnsafeBytes { ParameterSets.nalLengthSize(configuration: $0, codec: codec) } == 4)
        #expect(self.sets(sets.annexB(), codec) == sets)
        // A record cut anywhere never traps, and never holds more.
        for end in record.indices {
            Array(record[..<end]).withUnsafeBytes {
                let part = codec == .h264 ? ParameterSets(avcC: $0) : ParameterSets(hvcC: $0)
                #expect((part?.sps.count ?? 0) <= sets.sps.count)
            }
        }
    }

    @Test(arguments: [("a.mp4", "-c:v libx264", VideoCodec.h264), ("b.mp4", "-c:v libx265 -x265-params log-level=none -tag:v hvc1", .h265)])
    func theRecordIsFFmpegs(_ name: String, _ arguments: String, _ codec: VideoCodec) throws {
        let mp4 = try CodecFixture.bytes(name, arguments, frames: 3)
        let mark = Array((codec == .h264 ? "avcC" : "hvcC").utf8)
        let at = try #require((0..<(mp4.count - 4)).first { Array(mp4[$0..<($0 + 4)]) == mark })
        let size = mp4[(at - 4)..<at].reduce(0) { $0 << 8 | Int($1) } - 8
        let theirs = Array(mp4[(at + 4)..<(at + 4 + size)])
        let sets = try #require(theirs.withUnsafeBytes { codec == .h264 ? ParameterSets(avcC: $0) : ParameterSets(hvcC: $0) })
        var ours = try #require(sets.configurationRecord())
        if codec == .h264 {
            #expect(ours == theirs)
        } else {
            // ffmpeg adds an SEI array and the segmentation that the VUI states; the profile and the sets are the same.
            #expect(ours[..<13] == theirs[..<13])
            #expect(ours[16..<22] == theirs[16..<22])
            ours.removeFirst(23)
            #expect(theirs[23...].starts(with: ours))
        }
    }

    @Test func theClockOfAPrecisionTimeStamp() {
        var time: [UInt8] = [6, 5, 28] + Array("MISPmicrosectime".utf8) + [0x1F]
        // 2024-03-31T01:30:00.123456Z
        let microseconds: UInt64 = 1_711_848_600_123_456
        let clock = (0..<8).map { UInt8(truncatingIfNeeded: microseconds >> (56 - 8 * UInt64($0))) }
        time += [clock[0], clock[1], 0xFF, clock[2], clock[3], 0xFF, clock[4], clock[5], 0xFF, clock[6], clock[7], 0x80]
        time.withUnsafeBytes { #expect(SEI($0, headerSize: 1).clockMicroseconds == Int64(microseconds)) }
        for end in time.indices.dropLast(2) {
            Array(time[..<end]).withUnsafeBytes { #expect(SEI($0, headerSize: 1).clockMicroseconds == nil) }
        }
        var wrong = time
        wrong[22] = 0xFE
        wrong.withUnsafeBytes { #expect(SEI($0, headerSize: 1).clockMicroseconds == nil) }
    }

    // MARK: - Single samples

    @Test(arguments: [
        ("a.h264", "-c:v libx264 -g 12", VideoCodec.h264), ("a.h265", "-c:v libx265 -x265-params log-level=none", .h265),
        ("a.m4v", "-c:v mpeg4 -bf 2 -f m4v", .mpeg4), ("a.mjpeg", "-c:v mjpeg -f mjpeg", .mjpeg),
    ])
    func samplesAreToldFromWhateverElseADiskHolds(_ name: String, _ arguments: String, _ codec: VideoCodec) throws {
        let bytes = try CodecFixture.bytes(name, arguments)
        let reader = try #require(try MediaProbe.samples(SourceReader(MemorySource(bytes))))
        let lengthSize = codec == .h264 || codec == .h265 ? 4 : nil
        var noise = CodecFixture.Noise(state: 1)
        var passed = 0
        func check(_ sample: [UInt8]) -> Bool {
            sample.withUnsafeBytes { SampleCheck.isPlausible($0, codec: codec, lengthSize: lengthSize) }
        }
        while let sample = try reader.next() {
            let raw = Array(bytes[Int(sample.sourceRange.lowerBound)..<Int(sample.sourceRange.upperBound)])
            let stored = lengthSize == nil ? raw : raw.withUnsafeBytes { NALUnits.lengthPrefixed(annexB: $0) }
            #expect(check(stored))
            #expect(stored.withUnsafeBytes { KeyframeCheck.isKeyframe($0, codec: codec, lengthSize: lengthSize) } == sample.isKeyframe)
            let size = stored.count
            #expect(!check([UInt8](repeating: 0, count: size)))
            #expect(!check([UInt8](repeating: 0xFF, count: size)))
            // The second half was never written.
            #expect(!check(stored[..<(size / 2)] + [UInt8](repeating: 0, count: size - size / 2)))
            // Another recording's bytes, at the same place.
            if check(Array(bytes[(bytes.count / 3)..<min(bytes.count, bytes.count / 3 + size)])) { passed += 1 }
            if check(noise.bytes(size)) { passed += 1 }
        }
        #expect(passed <= 1)
        #expect(!check([]))
    }
}
