import Testing

@testable import MediaContainers

/// Files built by hand: layouts that ffmpeg does not write, and tables that lie.
@Suite struct MP4HostileTests {
    /// A movie of one MJPEG track; every part can be replaced.
    struct Movie {
        var samples: [[UInt8]] = (0..<6).map {
            [0xFF, 0xD8, 0xFF, 0xE0 + UInt8($0)] + [UInt8](repeating: 0x55, count: 20 + $0) + [0xFF, 0xD9]
        }
        var timescale: UInt32 = 1000
        var creation: UInt32 = 0
        /// Where the samples lie in the file.
        var offsets: [UInt64] = []
        var sizes: ((inout BoxBuilder) -> Void)?
        var times: ((inout BoxBuilder) -> Void)?
        var chunks: ((inout BoxBuilder) -> Void)?
        var isLong = false
        var extraTracks = 0
        var extra: ((inout BoxBuilder) -> Void)?

        func build() -> [UInt8] {
            var builder = BoxBuilder()
            builder.box("moov") {
                $0.fullBox("mvhd") { header(&$0, timescale: 1000, tail: 80) }
                for track in 0...extraTracks {
                    $0.box("trak") { trak in
                        trak.fullBox("tkhd", flags: 3) {
                            $0.zeroes(8)
                            $0.u32(UInt32(track + 1))
                            $0.zeroes(64)
                            $0.u32(64 << 16)
                            $0.u32(48 << 16)
                        }
                        trak.box("mdia") { media(&$0) }
                    }
                }
                extra?(&$0)
            }
            return builder.bytes
        }

        private func header(_ builder: inout BoxBuilder, timescale: UInt32, tail: Int) {
            builder.u32(creation)
            builder.u32(creation)
            builder.u32(timescale)
            builder.u32(240)
            builder.zeroes(tail)
        }

        private func media(_ builder: inout BoxBuilder) {
            builder.fullBox("mdhd") { header(&$0, timescale: timescale, tail: 4) }
            builder.fullBox("hdlr") {
                $0.u32(0)
                $0.fourCC("vide")
                $0.zeroes(13)
            }
            builder.box("minf") {
                $0.box("stbl") { table(&$0) }
            }
        }

        private func table(_ builder: inout BoxBuilder) {
            builder.fullBox("stsd") {
                $0.u32(1)
                $0.box("jpeg") {
                    $0.zeroes(24)
                    $0.u16(64)
                    $0.u16(48)
                    $0.zeroes(50)
                }
            }
            if let times {
                times(&builder)
            } else {
                builder.fullBox("stts") { for value in [1, UInt32(samples.count), 40] { $0.u32(value) } }
            }
            if let sizes {
                sizes(&builder)
            } else {
                builder.fullBox("stsz") {
                    $0.u32(0)
                    $0.u32(UInt32(samples.count))
                    for sample in samples { $0.u32(UInt32(sample.count)) }
                }
            }
            if let chunks {
                chunks(&builder)
            } else {
                builder.fullBox("stsc") { for value: UInt32 in [1, 1, 1, 1] { $0.u32(value) } }
                builder.fullBox(isLong ? "co64" : "stco") {
                    $0.u32(UInt32(offsets.count))
                    for offset in offsets { $0.time(offset, isLong: isLong) }
                }
            }
        }

        /// The offsets of samples that lie one after the other from `start`.
        mutating func place(from start: Int) {
            var position = UInt64(start)
            offsets = samples.map { sample in
                defer { position += UInt64(sample.count) }
                return position
            }
        }
    }

    private func box(_ type: FourCC, _ content: [UInt8]) -> [UInt8] {
        var builder = BoxBuilder()
        builder.box(type) { $0.raw(content) }
        return builder.bytes
    }

    private func longBox(_ type: FourCC, _ content: [UInt8]) -> [UInt8] {
        var builder = BoxBuilder()
        builder.u32(1)
        builder.fourCC(type)
        builder.u64(UInt64(content.count + 16))
        return builder.bytes + content
    }

    private func expectAll(_ bytes: [UInt8], _ movie: Movie, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(bytes.withUnsafeBytes { MP4File.recognises($0, byteCount: UInt64(bytes.count)) }, sourceLocation: sourceLocation)
        let description = try describeMP4(bytes).description
        #expect(description.frameCount == movie.samples.count, sourceLocation: sourceLocation)
        #expect(description.video == VideoFormat(codec: .mjpeg, width: 64, height: 48), sourceLocation: sourceLocation)
        #expect(description.state == .complete, sourceLocation: sourceLocation)
        #expect(description.durationMicroseconds == Int64(movie.samples.count) * 40_000, sourceLocation: sourceLocation)
        let found = try samplesOfMP4(bytes).samples.map { Array(bytes[Int($0.sourceRange.lowerBound)..<Int($0.sourceRange.upperBound)]) }
        #expect(found == movie.samples, sourceLocation: sourceLocation)
    }

    // MARK: Layouts

    @Test func layoutsWithoutFileType() throws {
        var movie = Movie()
        let data = Array(movie.samples.joined())
        movie.place(from: 8)
        try expectAll(box("mdat", data) + movie.build(), movie)
        movie.place(from: 16)
        try expectAll(longBox("mdat", data) + movie.build(), movie)
        try expectAll(box("wide", []) + box("mdat", data) + movie.build(), movie)
        movie.place(from: 8 + 100 + 8)
        try expectAll(box("free", [UInt8](repeating: 0, count: 100)) + box("mdat", data) + movie.build(), movie)
        movie.place(from: movie.build().count + 0)
        movie.place(from: movie.build().count + 8)
        try expectAll(movie.build() + box("mdat", data), movie)
        var toTheEnd = movie.build() + box("mdat", data)
        toTheEnd.putMP4(0, at: movie.build().count)
        try expectAll(toTheEnd, movie)
        movie.isLong = true
        movie.place(from: movie.build().count + 8)
        try expectAll(movie.build() + box("mdat", data) + box("uuid", [UInt8](repeating: 7, count: 16)) + box("skip", []), movie)
    }

    @Test func severalDataBoxes() throws {
        var movie = Movie()
        let all = movie.samples
        var bytes: [UInt8] = box("ftyp", Array("qt  ".utf8) + [0, 0, 0, 0])
        for pair in stride(from: 0, to: all.count, by: 2) {
            movie.offsets += [UInt64(bytes.count + 8), UInt64(bytes.count + 8 + all[pair].count)]
            bytes += box("mdat", all[pair] + all[pair + 1])
        }
        try expectAll(bytes + movie.build(), movie)
    }

    @Test(arguments: [4, 8, 16]) func compactSizes(bits: Int) throws {
        var movie = Movie()
        if bits == 4 { movie.samples = (0..<5).map { [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 1, count: 2 + $0) + [0xFF, 0xD9] } }
        let samples = movie.samples
        movie.sizes = { builder in
            builder.fullBox("stz2") {
                $0.u32(UInt32(bits))
                $0.u32(UInt32(samples.count))
                switch bits {
                case 16: for sample in samples { $0.u16(UInt16(sample.count)) }
                case 8: for sample in samples { $0.u8(UInt8(sample.count)) }
                default:
                    for index in stride(from: 0, to: samples.count, by: 2) {
                        let second = index + 1 < samples.count ? samples[index + 1].count : 0
                        $0.u8(UInt8(samples[index].count << 4 | second))
                    }
                }
            }
        }
        movie.place(from: 8)
        try expectAll(box("mdat", Array(samples.joined())) + movie.build(), movie)
    }

    @Test func startCodesWhereLengthsArePromised() throws {
        // Some recorders store Annex B under `avc1`; the picture is there all the same.
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.tiny.get())
        var bytes = whole
        for sample in try samplesOfMP4(whole).samples {
            var position = Int(sample.sourceRange.lowerBound)
            while position + 4 <= Int(sample.sourceRange.upperBound) {
                let length = whole.sizeOfMP4Box(at: position)
                bytes.putMP4(1, at: position)
                position += 4 + length
            }
        }
        let description = try describeMP4(bytes).description
        #expect(description.state == .complete)
        #expect(description.frameCount == (try describeMP4(whole).description.frameCount))
        #expect(description.findings.map(\.code) == [.ruleBroken])
        #expect(try samplesOfMP4(bytes).tracks.first?.nalLengthSize == nil)
    }

    // MARK: Lies

    /// Whatever the bytes are: an answer, no more frames than bytes, and an end to the walk.
    @discardableResult
    private func survives(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> MediaDescription {
        let description = try describeMP4(bytes).description
        #expect(description.frameCount ?? 0 <= bytes.count, sourceLocation: sourceLocation)
        #expect(description.playableBytes <= UInt64(bytes.count), sourceLocation: sourceLocation)
        let samples = try samplesOfMP4(bytes).samples
        #expect(samples.count < 1 << 20, sourceLocation: sourceLocation)
        #expect(samples.allSatisfy { $0.sourceRange.upperBound <= UInt64(bytes.count) }, sourceLocation: sourceLocation)
        return description
    }

    @Test func tablesThatClaimTerabytes() throws {
        func file(_ change: (inout Movie) -> Void) -> [UInt8] {
            var movie = Movie()
            movie.place(from: 8)
            change(&movie)
            return box("mdat", Array(movie.samples.joined())) + movie.build()
        }
        func full(_ type: FourCC, _ values: [UInt32]) -> (inout BoxBuilder) -> Void {
            { builder in builder.fullBox(type) { for value in values { $0.u32(value) } } }
        }
        let claims: [[UInt8]] = [
            file { $0.sizes = full("stsz", [0, .max, 30]) },
            file { $0.sizes = full("stsz", [1, .max]) },
            file { $0.sizes = full("stsz", [.max, .max]) },
            file { $0.sizes = full("stz2", [7, .max]) },
            file { $0.sizes = full("stz2", [4, .max]) },
            file { $0.times = full("stts", [.max, .max, .max]) },
            file { $0.times = full("stts", [1, .max, 0x7FFF_FFFF]) },
            file { $0.times = full("stts", [0]) },
            file { movie in
                let count = movie.samples.count
                movie.times = { builder in
                    full("stts", [1, UInt32(count), 40])(&builder)
                    full("ctts", [3, .max, 0x8000_0000, 1, 0x7FFF_FFFF])(&builder)
                }
            },
            file { $0.chunks = full("stsc", [1, 1, .max, 1]) },
            file { movie in
                movie.sizes = full("stsz", [1, .max])
                movie.chunks = { builder in
                    full("stsc", [3, 1, .max, 1, 1, .max, 1, 0, 0, 0])(&builder)
                    full("stco", [4, 8, 8, 8, 8])(&builder)
                }
            },
            file { movie in
                movie.chunks = { builder in
                    full("stsc", [1, 1, 1, 1])(&builder)
                    full("co64", [2, .max, .max, .max, .max])(&builder)
                }
            },
            file { movie in
                movie.chunks = { builder in
                    full("stsc", [1, 0, 0, 0])(&builder)
                    full("stco", [.max])(&builder)
                }
            },
        ]
        for bytes in claims { try survives(bytes) }
        let unruly = try describeMP4(claims[0]).description
        #expect(unruly.findings.contains { $0.code == .ruleBroken && $0.byteOffset != nil && $0.detail.contains("§8.7.3") })
        let stopped = file { $0.timescale = 0 }
        #expect(try survives(stopped).findings.contains { $0.detail.contains("timescale 0") })
        #expect(try survives(stopped).frameCount == 6)
    }

    @Test func sizesThatMakeNoSense() throws {
        var movie = Movie()
        movie.place(from: 8)
        let whole = box("mdat", Array(movie.samples.joined())) + movie.build()
        // Every size in the file, replaced by what hurts most.
        let names = [
            "mdat", "moov", "mvhd", "trak", "tkhd", "mdia", "mdhd", "hdlr", "minf", "stbl", "stsd", "jpeg", "stts",
            "stsz", "stsc", "stco",
        ]
        for name in names {
            let offset = try #require(whole.mp4Box(name))
            for size: UInt32 in [0, 1, 7, 8, 9, 15, 0x7FFF_FFFF, .max] {
                var bytes = whole
                bytes.putMP4(size, at: offset)
                try survives(bytes)
            }
        }
        let huge: [UInt8] = [0, 0, 0, 1] + Array("mdat".utf8) + [UInt8](repeating: 0xFF, count: 8)
        try survives(huge)
        try survives(huge + movie.build())
        try survives([0, 0, 0, 1] + Array("moov".utf8) + [0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func everyByteOfATinyFileChanged() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.tinyFragmented.get())
        for position in stride(from: 0, to: whole.count, by: 3) {
            var bytes = whole
            bytes[position] ^= 0xFF
            try survives(bytes)
        }
    }

    @Test func deepAndWide() throws {
        var deep = box("free", [])
        for _ in 0..<10_000 {
            var header = BoxBuilder()
            header.u32(UInt32(deep.count + 8))
            header.fourCC("moov")
            deep = header.bytes + deep
            if deep.count > 20_000 { break }
        }
        try survives(deep)
        var nested: [UInt8] = []
        for level in 0..<10_000 {
            var header = BoxBuilder()
            header.u32(UInt32((10_000 - level) * 8))
            header.fourCC(level == 0 ? "moov" : level == 1 ? "trak" : "mdia")
            nested += header.bytes
        }
        try survives(nested)

        let empty = box("free", [])
        let million = [UInt8]((0..<(1 << 20)).map { _ in empty }.joined())
        #expect(try survives(box("ftyp", Array("isom0000".utf8)) + million).state == .empty)
        try survives(box("moov", million))
        let track = box("trak", [])
        let tracks = try survives(box("moov", [UInt8]((0..<100_000).map { _ in track }.joined())))
        #expect(tracks.findings.contains { $0.code == .capReached })
        #expect(tracks.findings.count <= FindingList.cap + 1)
    }

    @Test func twins() throws {
        var movie = Movie()
        movie.extraTracks = 1
        movie.place(from: 8)
        let twice = box("mdat", Array(movie.samples.joined())) + movie.build() + movie.build()
        let description = try survives(twice)
        #expect(description.frameCount == 6)
        #expect(description.findings.contains { $0.detail.contains("second moov") })
    }

    @Test func runsThatClaimTheWholeFileAgainAndAgain() throws {
        // Each run takes no table and points at the start of the file.
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.tinyFragmented.get())
        let first = try #require(whole.mp4Box("moof"))
        var builder = BoxBuilder()
        builder.box("moof") {
            $0.fullBox("mfhd") { $0.u32(1) }
            $0.box("traf") { traf in
                traf.fullBox("tfhd", flags: 0x02_0030) {
                    $0.u32(1)
                    $0.u32(1)
                    $0.u32(0)
                }
                for _ in 0..<20_000 {
                    traf.fullBox("trun", flags: 1) {
                        $0.u32(.max)
                        $0.u32(UInt32(bitPattern: Int32(-first)))
                    }
                }
            }
        }
        let description = try survives(Array(whole.prefix(first)) + builder.bytes)
        #expect(description.frameCount ?? 0 < 2_000_000)
    }

    @Test func otherFilesAreNotRecognised() {
        let others: [[UInt8]] = [
            Array("RIFF".utf8) + [0, 0, 0, 0] + Array("AVI LIST".utf8), [0x1A, 0x45, 0xDF, 0xA3] + [UInt8](repeating: 0, count: 20),
            [UInt8](repeating: 0, count: 64), [0x47] + [UInt8](repeating: 0, count: 187), [0, 0, 0, 1, 0x67, 0x42, 0, 0x1E],
            [0xFF, 0xD8, 0xFF, 0xE0], [],
            Array("free text that happens to begin so".utf8), [0, 0, 0, 24] + Array("ftypheic".utf8) + [UInt8](repeating: 0, count: 12),
        ]
        for bytes in others {
            #expect(!bytes.withUnsafeBytes { MP4File.recognises($0, byteCount: UInt64(bytes.count)) })
        }
    }
}
