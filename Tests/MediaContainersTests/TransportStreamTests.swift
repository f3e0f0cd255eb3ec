import Foundation
import Testing

@testable import MediaContainers

@Suite struct TransportStreamTests {
    private static let plain = "-c:v libx264 -g 12 -bf 2 -c:a aac"

    // MARK: - Healthy streams against ffprobe

    @Test(arguments: [
        ("a.ts", "-c:v libx264 -g 12 -bf 3 -c:a aac", AudioCodec.aac),
        ("b.ts", "-c:v libx264 -g 12 -x264opts slices=4:aud=0 -c:a mp2", .mp2),
        ("c.ts", "-c:v libx265 -x265-params log-level=none:keyint=12 -c:a ac3", .ac3),
        ("d.ts", "-c:v mpeg4 -bf 2 -g 12 -c:a libmp3lame", .mp3),
        ("e.ts", "-c:v mpeg2video -bf 2 -g 12 -c:a libopus", .opus),
        ("f.ts", "-c:v mpeg2video -flags +ildct+ilme -g 12 -c:a aac", .aac),
        ("g.ts", "-c:v libx264 -flags +ildct+ilme -x264opts tff=1 -c:a aac", .aac),
        ("h.m2ts", "-c:v libx264 -g 12 -bf 3 -c:a aac -mpegts_m2ts_mode 1", .aac),
        ("i.ts", "-c:v libx264 -g 12 -bf 0 -c:a aac -pes_payload_size 40000 -mpegts_flags resend_headers+latm", .unknown),
    ])
    func countsAndSamplesAreThoseOfFFprobe(_ name: String, _ arguments: String, _ audio: AudioCodec) throws {
        let file = try CodecFixture.make(name, arguments, audio: true)
        defer { try? FileManager.default.removeItem(at: file) }
        let (frames, keyframes) = try CodecFixture.probe(file)
        let bytes = [UInt8](try Data(contentsOf: file))
        let description = try CodecFixture.media(bytes)
        #expect(description.container == .mpegts)
        #expect(description.frameCount == frames)
        #expect(description.keyframeCount == keyframes)
        #expect(description.audio == audio)
        #expect(description.durationMicroseconds == 2_000_000)
        #expect(description.state == .complete)
        #expect(description.findings.isEmpty)
        #expect(description.playableBytes == UInt64(bytes.count))

        let (tracks, samples) = try CodecFixture.samples(bytes)
        let base = ["-v", "error", "-of", "csv=p=0"]
        for (index, track) in tracks.enumerated() {
            let stream = track.isVideo ? "v:0" : "a:0"
            let entries = ["-select_streams", stream, "-show_entries", "packet=pts,dts,flags"]
            let listed = try CodecFixture.run("ffprobe", base + entries + [file.path]).split(whereSeparator: \.isNewline)
            let theirs = listed.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
            let ours = samples.filter { $0.track == index }
            try #require(ours.count == theirs.count, "\(name) \(stream)")
            for (our, their) in zip(ours, theirs) {
                // ffprobe rounds the times of audio frames inside a PES packet its own way.
                #expect(abs(our.presentationTime - (Int64(their[0]) ?? -1)) <= 2)
                #expect(abs(our.decodeTime - (Int64(their[1]) ?? -1)) <= 2)
                #expect(our.isKeyframe == their[2].contains("K"))
            }
        }
    }

    @Test func payloadsAreTheElementaryStream() throws {
        let file = try CodecFixture.make("a.ts", Self.plain, audio: true)
        defer { try? FileManager.default.removeItem(at: file) }
        let (tracks, all) = try CodecFixture.samples([UInt8](try Data(contentsOf: file)))
        for (stream, format, isVideo) in [("0:v", "h264", true), ("0:a", "adts", false)] {
            let raw = file.appendingPathExtension(format)
            defer { try? FileManager.default.removeItem(at: raw) }
            let copy = ["-map", stream, "-c", "copy", "-f", format, raw.path]
            _ = try CodecFixture.run("ffmpeg", ["-loglevel", "error", "-i", file.path] + copy)
            let theirs = [UInt8](try Data(contentsOf: raw))
            let track = try #require(tracks.firstIndex { $0.isVideo == isVideo })
            let ours = all.filter { $0.track == track }.compactMap(\.payload)
            if isVideo {
                #expect(Array(ours.joined()) == theirs)
                #expect(tracks[track].configuration.first == 1)
            } else {
                // ADTS headers are 7 bytes, which the payloads go without.
                #expect(ours.reduce(0) { $0 + $1.count + 7 } == theirs.count)
                #expect(theirs[7...].starts(with: ours[0]))
                #expect(tracks[track].configuration.count == 2)
            }
        }
        for sample in all {
            #expect(sample.sourceRange.lowerBound % 188 == 0 && sample.sourceRange.upperBound % 188 == 0)
            #expect(sample.sourceRange.count >= sample.payload?.count ?? .max)
        }
    }

    @Test func checksumsBehindEachPacket() throws {
        let bytes = try CodecFixture.bytes("a.ts", Self.plain, audio: true)
        var longer: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 188) {
            longer += bytes[start..<(start + 188)] + [UInt8](repeating: 0x5A, count: 16)
        }
        var one = try CodecFixture.media(bytes)
        let other = try CodecFixture.media(longer)
        one.playableBytes = UInt64(longer.count)
        #expect(other == one)
        let cut = try CodecFixture.media(Array(longer.dropLast(100)))
        #expect(cut.state == .truncated)
    }

    @Test func garbageInFrontAndTablesThatAreMissing() throws {
        let bytes = try CodecFixture.bytes("a.ts", Self.plain, audio: true)
        var noise = CodecFixture.Noise(state: 7)
        let late = try CodecFixture.media(noise.bytes(40_001) + bytes)
        #expect(late.frameCount == 50)
        #expect(late.findings.map(\.code) == [.bytesSkipped])
        #expect(late.state == .damaged)
        // No PAT; then neither PAT nor PMT.
        for dropped in [[0], [0, 0x1000, 0x11]] {
            var bare: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: 188) {
                let packet = bytes[start..<(start + 188)]
                if !dropped.contains(Int(packet[start + 1] & 0x1F) << 8 | Int(packet[start + 2])) { bare += packet }
            }
            let description = try CodecFixture.media(bare)
            #expect(description.frameCount == 50)
            #expect(description.keyframeCount == 5)
            #expect(description.audio == .aac)
            #expect(description.video == VideoFormat(codec: .h264, width: 160, height: 128))
        }
    }

    @Test func timesThatWrapAndFilesThatWereJoined() throws {
        // 2^33 ticks are 95443.717 s.
        let wrapping = try CodecFixture.bytes("a.ts", "-c:v libx264 -bf 2 -output_ts_offset 95441.3", audio: false)
        let description = try CodecFixture.media(wrapping)
        #expect(description.durationMicroseconds == 2_000_000)
        #expect(description.findings.isEmpty)
        let (_, samples) = try CodecFixture.samples(wrapping)
        for (one, next) in zip(samples, samples.dropFirst()) { #expect(next.decodeTime - one.decodeTime == 3600) }
        #expect(samples.contains { $0.decodeTime >= 1 << 33 } && samples.contains { $0.decodeTime < 1 << 33 })

        let bytes = try CodecFixture.bytes("a.ts", Self.plain, audio: true)
        let joined = try CodecFixture.media(bytes + bytes)
        #expect(joined.frameCount == 100)
        #expect(joined.state == .complete)
        #expect(joined.findings.map(\.code) == [.timeJump])
        #expect(joined.durationMicroseconds == 4_000_000)
    }

    /// PES packets that begin and end anywhere, as encoders without a parser write them.
    @Test(arguments: [700, 3001, 60_000]) func framesThatDoNotKeepToPackets(_ size: Int) throws {
        let raw = try CodecFixture.bytes("a.h264", "-c:v libx264 -g 12 -bf 2")
        var bytes: [UInt8] = []
        var counter: UInt8 = 0
        for (number, start) in stride(from: 0, to: raw.count, by: size).enumerated() {
            let data = raw[start..<min(raw.count, start + size)]
            let time = 90_000 * number
            let high = [0x21 | UInt8(time >> 29 & 0xE), UInt8(time >> 22 & 0xFF), UInt8(time >> 14 & 0xFE) | 1]
            let stamp = high + [UInt8(time >> 7 & 0xFF), UInt8(time << 1 & 0xFE) | 1]
            let length = data.count + 8
            var rest = [0, 0, 1, 0xE0, UInt8(length >> 8), UInt8(length & 0xFF), 0x80, 0x80, 5] + stamp + data
            var isFirst = true
            while !rest.isEmpty {
                let taken = Array(rest.prefix(184))
                rest.removeFirst(taken.count)
                let stuffing = 184 - taken.count
                bytes += [0x47, isFirst ? 0x41 : 0x01, 0, (stuffing > 0 ? 0x30 : 0x10) | counter]
                if stuffing > 0 { bytes.append(UInt8(stuffing - 1)) }
                if stuffing > 1 { bytes += [0] + [UInt8](repeating: 0xFF, count: stuffing - 2) }
                bytes += taken
                counter = (counter + 1) & 15
                isFirst = false
            }
        }
        let description = try CodecFixture.media(bytes)
        #expect(description.frameCount == 50)
        #expect(description.keyframeCount == 5)
        #expect(description.state == .complete)
        let (_, all) = try CodecFixture.samples(bytes)
        #expect(Array(all.compactMap(\.payload).joined()) == raw)
    }

    // MARK: - Damage

    @Test func cutAtEveryByte() throws {
        let bytes = try CodecFixture.bytes("a.ts", "-c:v libx264 -bf 0 -g 3 -b:v 100k -vf scale=48:48", frames: 6)
        let whole = try CodecFixture.samples(bytes).samples
        try #require(whole.count == 6)
        var last = 0
        for end in 0...bytes.count {
            guard case .media(let description) = try CodecFixture.description(Array(bytes[..<end])) else {
                #expect(last == 0)
                continue
            }
            let count = description.frameCount ?? 0
            let before = whole.count { $0.sourceRange.upperBound <= UInt64(end) }
            if end % 188 == 0 {
                // Nothing tells an end between packets from the end of the recording.
                #expect(count == before || count == before + 1)
            } else {
                #expect(count == before)
                #expect(description.state == .truncated)
                #expect(description.findings.last?.code == .cutShort)
                let reader = try MediaProbe.samples(SourceReader(MemorySource(Array(bytes[..<end]))))
                var found = 0
                while try reader?.next() != nil { found += 1 }
                #expect(found == before)
            }
            #expect(description.playableBytes <= UInt64(end))
            last = count
        }
        #expect(last == 6)
    }

    @Test func aTailThatIsNotOfTheRecording() throws {
        let bytes = try CodecFixture.bytes("a.ts", "-c:v libx264 -g 12 -bf 0")
        let whole = try CodecFixture.samples(bytes).samples
        var noise = CodecFixture.Noise(state: 11)
        for keep in [bytes.count / 3, bytes.count / 2, bytes.count - 3000] {
            let count = bytes.count - keep
            let before = whole.count { $0.sourceRange.upperBound <= UInt64(keep) }
            for (code, tail) in [
                (MediaFinding.Code.tailZeroed, [UInt8](repeating: 0, count: count)), (.tailForeign, noise.bytes(count)),
                (.tailForeign, [UInt8](repeating: 0xFF, count: count)),
            ] {
                let description = try CodecFixture.media(Array(bytes[..<keep]) + tail)
                #expect((before - 1...before).contains(description.frameCount ?? -1))
                #expect(description.state == .truncated)
                #expect(description.findings.map(\.code) == [code])
                #expect(description.playableBytes <= UInt64(keep))
                #expect(description.playableBytes >= whole[before - 2].sourceRange.upperBound)
            }
        }
    }

    @Test func aHoleInTheMiddle() throws {
        let bytes = try CodecFixture.bytes("a.ts", "-c:v libx264 -g 12 -bf 0 -b:v 2M")
        let whole = try CodecFixture.samples(bytes).samples
        var noise = CodecFixture.Noise(state: 5)
        // Neither of them aligned to packets.
        let range = bytes.count / 2..<(bytes.count / 2 + 5000)
        let hit = whole.count { $0.sourceRange.overlaps(UInt64(range.lowerBound)..<UInt64(range.upperBound)) }
        for filler in [[UInt8](repeating: 0, count: 5000), noise.bytes(5000)] {
            var damaged = bytes
            damaged.replaceSubrange(range, with: filler)
            let description = try CodecFixture.media(damaged)
            #expect(description.state == .damaged)
            #expect((50 - hit - 1...50 - hit).contains(description.frameCount ?? -1))
            #expect(description.findings.contains { $0.code == .bytesSkipped })
            #expect(description.durationMicroseconds == 2_000_000)
        }
        // Packets that were never written: the counters tell.
        var missing = bytes
        let packet = bytes.count / 2 / 188 * 188
        missing.removeSubrange(packet..<(packet + 188 * 3))
        let description = try CodecFixture.media(missing)
        #expect(description.state == .damaged)
        #expect((47...49).contains(description.frameCount ?? -1))
    }

    @Test func noSingleByteTraps() throws {
        let bytes = try CodecFixture.bytes("a.ts", "-c:v libx264 -bf 0 -g 3 -vf scale=48:48 -c:a aac", audio: true, frames: 6)
        for index in stride(from: 0, to: bytes.count, by: 5) {
            var damaged = bytes
            damaged[index] ^= index % 2 == 0 ? 0xFF : 0x20
            let reader = SourceReader(MemorySource(damaged))
            if case .media(let description) = try MediaProbe.describe(reader) { #expect((description.frameCount ?? 0) <= 8) }
            let samples = try MediaProbe.samples(reader)
            while let sample = try samples?.next() { #expect(sample.sourceRange.upperBound <= UInt64(damaged.count)) }
        }
    }

    @Test func hostilePackets() throws {
        // Every second packet out of sync, adaptation fields of every length, sections and PES headers that promise too much.
        var noise = CodecFixture.Noise(state: 3)
        for round in 0..<20 {
            var bytes: [UInt8] = []
            for index in 0..<300 {
                var packet = noise.bytes(188)
                packet[0] = 0x47
                packet[1] = index % 3 == 0 ? 0x40 : index % 3 == 1 ? 0x50 : 0x41
                packet[2] = UInt8(index % 4 == 0 ? 0 : round)
                packet[3] = UInt8(0x10 | index & 15 | (index % 5 == 0 ? 0x20 : 0))
                if index % 2 == 0 { packet.replaceSubrange(4..<8, with: [0, 0, 1, 0xE0]) }
                if index > 10, index % 7 == 0 { packet[0] = 0 }
                bytes += packet
            }
            let reader = SourceReader(MemorySource(bytes))
            guard case .media = try MediaProbe.describe(reader) else { continue }
            let samples = try MediaProbe.samples(reader)
            while try samples?.next() != nil {}
        }
        // Nothing but sync bytes.
        #expect(try CodecFixture.description([UInt8](repeating: 0x47, count: 200_000)) == .notMedia)
    }

    @Test func theWholeFileIsReadOnceInLargePieces() throws {
        let rate = "-b:v 20M -minrate 20M -maxrate 20M -bufsize 5M"
        let bytes = try CodecFixture.bytes("a.ts", "-c:v libx264 -g 12 \(rate) -x264opts nal-hrd=cbr")
        let reader = SourceReader(MemorySource(bytes))
        _ = try MediaProbe.describe(reader)
        // The head, the search for the tables, and once through.
        #expect(reader.readCount <= bytes.count / (1 << 20) + 5)
    }
}
