import Testing

@testable import MediaContainers

/// What comes back of an MP4 that lost its table, against what ffprobe said of it before.
@Suite(.serialized) struct SalvageTests {
    struct Camera: CustomTestStringConvertible, Sendable {
        var name: String
        var options: String
        var sound = false
        var testDescription: String { name }
    }

    static let cameras = [
        Camera(name: "h264", options: "-c:v libx264 -preset veryfast -g 25"),
        Camera(name: "h264-cavlc", options: "-c:v libx264 -preset ultrafast -g 25"),
        Camera(name: "h264-slices", options: "-c:v libx264 -preset veryfast -bf 0 -g 25 -slices 4"),
        Camera(name: "h265", options: "-c:v libx265 -preset ultrafast -g 25 -x265-params log-level=none:pools=none:frame-threads=1"),
        Camera(name: "mpeg4", options: "-c:v mpeg4 -q:v 5 -g 25"),
        Camera(name: "mjpeg", options: "-c:v mjpeg -q:v 8 -pix_fmt yuvj420p"),
        Camera(name: "h264-aac", options: "-c:v libx264 -preset veryfast -g 25 -c:a aac", sound: true),
        Camera(name: "h264-alaw", options: "-c:v libx264 -preset veryfast -bf 0 -g 25 -c:a pcm_alaw", sound: true),
        Camera(
            name: "fragments", options: "-c:v libx264 -preset veryfast -g 25 -c:a aac -movflags frag_keyframe+empty_moov+default_base_moof",
            sound: true),
    ]

    enum Damage: String, CaseIterable, Sendable {
        case none, cut, tailZeroed, tailForeign, tailStale, middleZeroed, middleForeign, sectors, head
    }

    /// The victim after an accident, and which of its bytes are no longer its own.
    static func damaged(_ camera: Camera, _ damage: Damage) throws -> (bytes: [UInt8], lost: [Range<Int>]) {
        let whole = try SalvageFixtures.record(camera.name, camera.options, sound: camera.sound)
        let isFragmented = camera.name == "fragments"
        var (bytes, media) = SalvageFixtures.withoutTable(whole)
        if isFragmented {
            // Its `moov` stands first.
            bytes = whole
            let movie = try #require(boxes(bytes).first { $0.type == BoxType.moov })
            bytes.replaceSubrange(Int(movie.start)..<Int(movie.end), with: [UInt8](repeating: 0, count: Int(movie.end - movie.start)))
            media = Int(movie.end)..<bytes.count
        }
        var lost: [Range<Int>] = []
        func overwrite(_ range: Range<Int>, _ filling: (Int) -> UInt8) {
            for index in range { bytes[index] = filling(index) }
            lost.append(range)
        }
        var noise = CodecFixture.Noise(state: 88_172_645_463_325_252)
        let tail = (media.lowerBound + media.count * 7 / 10) / 4096 * 4096
        let middle = (media.lowerBound + media.count * 4 / 10) / 4096 * 4096
        switch damage {
        case .none: break
        case .cut: bytes.removeSubrange((media.lowerBound + media.count * 9 / 10 + 5)...)
        case .tailZeroed: overwrite(tail..<bytes.count) { _ in 0 }
        case .tailForeign: overwrite(tail..<bytes.count) { _ in noise.bytes(1)[0] }
        case .tailStale, .middleForeign:
            let stranger = try SalvageFixtures.record(camera.name, camera.options, content: 2, size: "128x96", sound: camera.sound)
            let end = damage == .tailStale ? bytes.count : min(bytes.count, middle + 65_536)
            overwrite((damage == .tailStale ? tail : middle)..<end) { stranger[$0 % stranger.count] }
        case .middleZeroed: overwrite(middle..<min(bytes.count, middle + 16_384)) { _ in 0 }
        case .sectors:
            for part in 1...5 {
                let start = (media.lowerBound + media.count * part / 6) / 512 * 512
                overwrite(start..<start + 512) { _ in 0 }
            }
        case .head: overwrite(0..<8192) { _ in 0 }
        }
        return (bytes, lost)
    }

    private static func boxes(_ bytes: [UInt8]) -> [(type: UInt32, start: UInt64, end: UInt64)] {
        var result: [(UInt32, UInt64, UInt64)] = []
        var position: UInt64 = 0
        bytes.withUnsafeBytes { all in
            while position < UInt64(all.count),
                let header = BoxHeader(
                    UnsafeRawBufferPointer(rebasing: all[Int(position)...]), at: position, limit: UInt64(all.count)), header.end > position
            {
                result.append((header.type, header.start, header.end))
                position = header.end
            }
        }
        return result
    }

    private static let pairs = cameras.flatMap { camera in Damage.allCases.map { (camera, $0) } }

    @Test(arguments: pairs)
    func bringsBackWhatIsThere(_ camera: Camera, _ damage: Damage) throws {
        let (bytes, lost) = try Self.damaged(camera, damage)
        let truth = try SalvageFixtures.truth(SalvageFixtures.record(camera.name, camera.options, sound: camera.sound))
        let sibling = try SalvageFixtures.record(camera.name, camera.options, content: 1, sound: camera.sound)
        let reference = try #require(try SalvageFixtures.reference(sibling))
        let found = try #require(try SalvageFixtures.salvage(bytes, [reference]))
        let survives = { (packet: SalvageFixtures.Packet) in
            Int(packet.offset + packet.size) <= bytes.count
                && !lost.contains { $0.overlaps(Int(packet.offset)..<Int(packet.offset + packet.size)) }
        }
        let alive = truth.video.filter(survives)
        let wrong = found.video.filter { !Set(alive).contains($0) }
        #expect(wrong.isEmpty, "no frame of the recording, or one that was overwritten")
        // A frame that damage may have reached is left out: one for each place.
        let least = alive.count - (damage == .sectors ? 1 : 2)
        #expect(found.video.count >= least, "\(found.video.count) of \(alive.count)")
        #expect(found.keyframes.isSubset(of: truth.keyframes))
        #expect(found.description.frameCount == found.video.count)
        #expect(found.reference == 0)
        if damage == .none || damage == .cut || damage == .sectors {
            // One constant between our times and theirs.
            let shifts = found.video.compactMap { packet in
                truth.seconds[packet].flatMap { other in found.seconds[packet].map { $0 - other } }
            }
            let spread = (shifts.max() ?? 0) - (shifts.min() ?? 0)
            // How many frames a hole took is concluded from its bytes: each may be one off.
            #expect(spread < (damage == .sectors ? 0.25 : 0.05), "times differ by up to \(spread) s")
        }
        if camera.name == "fragments" {
            #expect(Set(found.sound).isSubset(of: Set(truth.sound)))
            if damage == .none { #expect(found.sound.count == truth.sound.count) }
        }
    }

    static let fragmented = [
        Camera(name: "fragmented-h264", options: "-c:v libx264 -preset ultrafast -g 25"),
        Camera(name: "fragmented-h264-aac", options: "-c:v libx264 -preset ultrafast -g 25 -c:a aac", sound: true),
        Camera(name: "fragmented-mpeg4", options: "-c:v mpeg4 -q:v 5 -g 25"),
        Camera(name: "fragmented-mjpeg", options: "-c:v mjpeg -q:v 8 -pix_fmt yuvj420p -g 25 -frag_duration 1000000"),
    ]

    /// What blocks held before is an older recording of the same camera: its fragments are whole, and do not continue ours.
    @Test(arguments: fragmented) func believesFragmentsThatContinue(_ camera: Camera) throws {
        let options = camera.options + " -movflags frag_keyframe+empty_moov+default_base_moof"
        let whole = try SalvageFixtures.record(camera.name, options, sound: camera.sound)
        let older = try SalvageFixtures.record(camera.name, options, content: 1, sound: camera.sound)
        let truth = try SalvageFixtures.truth(whole)
        for range in [whole.count / 2..<whole.count, whole.count / 4..<whole.count * 3 / 5] {
            let lost = range.lowerBound / 4096 * 4096..<range.upperBound
            var bytes = whole
            // The fragments before the half stand here again, with numbers and times that were already there.
            for (index, old) in zip(lost, older.dropFirst(1000)) { bytes[index] = old }
            let reader = SourceReader(MemorySource(bytes))
            let samples = try #require(try MediaProbe.samples(reader))
            var found: [SalvageFixtures.Packet: Double] = [:]
            while let sample = try samples.next() {
                guard samples.tracks[sample.track].isVideo else { continue }
                let packet = SalvageFixtures.Packet(offset: sample.sourceRange.lowerBound, size: UInt64(sample.sourceRange.count))
                found[packet] = Double(sample.presentationTime) / Double(samples.tracks[sample.track].timescale)
            }
            let alive = truth.video.filter { !lost.overlaps(Int($0.offset)..<Int($0.offset + $0.size)) }
            let wrong = found.keys.filter { !alive.contains($0) }.map(\.offset).sorted()
            #expect(wrong.isEmpty, "no frame of the older recording, or one that was overwritten; lost \(lost)")
            #expect(found.count >= alive.count - 2, "\(found.count) of \(alive.count)")
            for (packet, seconds) in found where packet.offset < UInt64(lost.lowerBound) {
                #expect(abs(seconds - (truth.seconds[packet] ?? 0)) < 0.1)
            }
        }
    }

    @Test func refusesOtherCameras() throws {
        let camera = Self.cameras[0]
        let (bytes, _) = try Self.damaged(camera, .cut)
        let truth = try SalvageFixtures.truth(SalvageFixtures.record(camera.name, camera.options))
        func reference(_ name: String, _ options: String, size: String = "160x128") throws -> SalvageReference {
            try #require(try SalvageFixtures.reference(SalvageFixtures.record(name, options, content: 1, size: size)))
        }
        let strangers = [
            try reference(camera.name, camera.options, size: "128x96"),
            try reference(camera.name, camera.options, size: "176x144"),
            try reference("h264-cavlc", Self.cameras[1].options),
            try reference("h265", Self.cameras[3].options),
            try reference("mjpeg", Self.cameras[5].options),
        ]
        let found = try #require(try SalvageFixtures.salvage(bytes, strangers))
        #expect(found.reference == nil)
        #expect(found.description.findings.contains { $0.code == .parameterSetsMissing })
        let right = try #require(try SalvageFixtures.salvage(bytes, strangers + [reference(camera.name, camera.options)]))
        #expect(right.reference == strangers.count)
        #expect(Set(right.video).isSubset(of: Set(truth.video)))
    }

    @Test func findsNothingWhereNothingIs() throws {
        var noise = CodecFixture.Noise(state: 42)
        let reference = try #require(try SalvageFixtures.reference(SalvageFixtures.record("h264", Self.cameras[0].options, content: 1)))
        for bytes in [[], [UInt8](repeating: 0, count: 300_000), noise.bytes(300_000), [UInt8](repeating: 0x41, count: 300_000)] {
            #expect(try SalvageFixtures.salvage(bytes, [reference]) == nil)
            #expect(try SalvageFixtures.salvage(bytes, []) == nil)
        }
    }

    /// Every picture of a healthy recording is whole, and none that was overwritten inside.
    @Test(arguments: cameras.filter { !$0.sound && $0.name != "mjpeg" })
    func provesPictures(_ camera: Camera) throws {
        let bytes = try SalvageFixtures.record(camera.name, camera.options)
        let finder = try #require(try SalvageFixtures.reference(bytes)?.finder)
        let truth = try SalvageFixtures.truth(bytes)
        var noise = CodecFixture.Noise(state: 7)
        var proven = 0
        for packet in truth.video {
            var frame = Array(bytes[Int(packet.offset)..<Int(packet.offset + packet.size)])
            let verdict = frame.withUnsafeBytes { finder.prove($0) }
            #expect(verdict != .broken)
            if truth.keyframes.contains(packet) { #expect(verdict == .whole) }
            guard verdict == .whole, frame.count > 600 else { continue }
            proven += 1
            let start = frame.count / 2
            for index in start..<start + 200 { frame[index] = noise.bytes(1)[0] | 8 }
            #expect(frame.withUnsafeBytes { finder.prove($0) } == .broken)
        }
        #expect(proven >= 4)
    }
}
