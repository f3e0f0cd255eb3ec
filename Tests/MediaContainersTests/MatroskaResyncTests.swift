import Testing
@testable import MediaContainers

/// What goes on behind damage, and what only seems to. Files built block by block, so that every place is known.
struct MatroskaResyncTests {
    private typealias Made = MatroskaHandmadeTests

    /// A recording of 25 frames a second, ten to a Cluster, each of more than a sector.
    struct Film {
        var bytes: [UInt8] = []
        /// Where each Cluster begins; where each block's element does, its payload and its time.
        var clusters: [Int] = []
        var blocks: [(start: Int, payload: Range<UInt64>, time: Int64)] = []

        enum Form {
            /// Sizes, SeekHead and Cues, as a recorder leaves them that closed the file.
            case finished
            /// None of these but the Clusters' sizes: its recorder was killed.
            case killed
            /// Not even those.
            case live
            /// As `live`, each Cluster with the size of the one before.
            case linked
        }

        /// `fill`: what its images are made of. `times`: of the Clusters.
        init(_ form: Form, fill: UInt8, times: [UInt64] = (0..<12).map { $0 * 400 }, perCluster: Int = 10) {
            var content =
                Made.info() + Made.element(EBMLID.tracks, Made.videoTrack("V_MJPEG", Made.number(EBMLID.defaultDuration, 40_000_000)))
            if form == .finished { content = Array(repeating: 0, count: Self.seekHead(0).count) + content }
            var noise = MatroskaNoise(seed: UInt64(fill))
            var places: [Int] = []
            var last = 0
            for time in times {
                var blocks = Made.number(EBMLID.timestamp, time)
                if form == .linked, !places.isEmpty { blocks += Made.number(EBMLID.prevSize, UInt64(content.count - last)) }
                var inside: [(Int, Int, Int64)] = []
                for index in 0..<perCluster {
                    let count = Int.random(in: 600..<1400, using: &noise)
                    let image = [0xFF, 0xD8, 0xFF, 0xE0] + (0..<count).map { UInt8(truncatingIfNeeded: $0 % 90) &+ fill } + [0xFF, 0xD9]
                    let block = Made.block(40 * index, flags: index == 0 ? 0x80 : 0, image)
                    inside.append((blocks.count, block.count - image.count, Int64(time) + Int64(40 * index)))
                    blocks += block
                }
                last = content.count
                places.append(content.count)
                let cluster =
                    form == .live || form == .linked ? Made.unknownSize(EBMLID.cluster) + blocks : Made.element(EBMLID.cluster, blocks)
                let start = content.count + cluster.count - blocks.count
                for (offset, (position, header, time)) in inside.enumerated() {
                    let end = offset + 1 < inside.count ? inside[offset + 1].0 : blocks.count
                    self.blocks.append((start + position, UInt64(start + position + header)..<UInt64(start + end), time))
                }
                content += cluster
            }
            if form == .finished {
                content.replaceSubrange(0..<Self.seekHead(0).count, with: Self.seekHead(content.count))
                var cues: [UInt8] = []
                for (place, time) in zip(places, times) {
                    let position = Made.number(EBMLID.cueTrack, 1) + Made.number(EBMLID.cueClusterPosition, UInt64(place))
                    cues += Made.element(
                        EBMLID.cuePoint, Made.number(EBMLID.cueTime, time) + Made.element(EBMLID.cueTrackPositions, position))
                }
                content += Made.element(EBMLID.cues, cues)
            }
            let segment = form == .finished ? Made.element(EBMLID.segment, content) : Made.unknownSize(EBMLID.segment) + content
            bytes = Made.document() + segment
            let base = bytes.count - content.count
            clusters = places.map { $0 + base }
            blocks = blocks.map { ($0.start + base, $0.payload.lowerBound + UInt64(base)..<$0.payload.upperBound + UInt64(base), $0.time) }
        }

        private static func seekHead(_ cues: Int) -> [UInt8] {
            let place = (0..<8).map { UInt8(truncatingIfNeeded: cues >> (8 * (7 - $0))) }
            return Made.element(
                EBMLID.seekHead,
                Made.element(EBMLID.seek, Made.element(EBMLID.seekID, [0x1C, 0x53, 0xBB, 0x6B]) + Made.element(EBMLID.seekPosition, place)))
        }

        /// With other bytes in `range`: zeroes, or those of `other` at the same place.
        func damaged(_ range: Range<Int>, _ other: Film? = nil) -> [UInt8] {
            var result = bytes
            for place in range { result[place] = other.map { $0.bytes[place % $0.bytes.count] } ?? 0 }
            return result
        }

        func whole(outside range: Range<Int>) -> [Range<UInt64>] {
            blocks.filter { !$0.payload.overlaps(UInt64(range.lowerBound)..<UInt64(range.upperBound)) && !range.contains($0.start) }
                .map(\.payload)
        }
    }

    private static func sector(_ place: Int) -> Int { place / 512 * 512 }

    /// The frames are those of the film, each at its own time.
    private func expectOwn(_ bytes: [UInt8], _ film: Film, _ expected: [Range<UInt64>], _ location: SourceLocation = #_sourceLocation)
        throws
    {
        let samples = try MatroskaOracle.samples(bytes).samples
        #expect(samples.map(\.sourceRange) == expected, sourceLocation: location)
        for sample in samples {
            let time = film.blocks.first { $0.payload == sample.sourceRange }?.time
            #expect(sample.presentationTime == time, sourceLocation: location)
        }
    }

    @Test(arguments: [Film.Form.finished, .killed, .live, .linked])
    func aHoleInsideAClusterCostsWhatItTouches(_ form: Film.Form) throws {
        let film = Film(form, fill: 1)
        for block in film.blocks.dropFirst().dropLast() {
            let start = Self.sector(block.start)
            let range = start..<start + 512
            let expected = film.whole(outside: range)
            // A Cluster's head may be in it. Behind the last one nothing tells the time, unless there are Cues.
            if form != .finished, range.contains(film.clusters[11]) { continue }
            try expectOwn(film.damaged(range), film, expected)
        }
    }

    @Test func whatLiesBetweenTwoHolesIsFound() throws {
        let film = Film(.killed, fill: 1)
        let first = Self.sector(film.blocks[22].start), second = Self.sector(film.blocks[27].start)
        var bytes = film.damaged(first..<first + 512)
        for place in second..<second + 512 { bytes[place] = 0 }
        let left = film.whole(outside: first..<first + 512).filter { film.whole(outside: second..<second + 512).contains($0) }
        #expect(left.count >= 114)
        try expectOwn(bytes, film, left)
    }

    /// Blocks whose Cluster lost its head have no time of their own.
    @Test(arguments: [Film.Form.finished, .killed])
    func timesOfAClusterWithoutItsHeadAreConcluded(_ form: Film.Form) throws {
        let film = Film(form, fill: 1)
        let range = Self.sector(film.clusters[4])..<Self.sector(film.clusters[4]) + 512
        let bytes = film.damaged(range)
        try expectOwn(bytes, film, film.whole(outside: range))
        #expect(try MatroskaOracle.describe(bytes).findings.contains { $0.code == .bytesSkipped && $0.detail.contains("concluded") })
    }

    @Test func theLastClusterWithoutItsHeadLeadsToTheCues() throws {
        let film = Film(.finished, fill: 1)
        let start = Self.sector(film.clusters[11] - 300)
        try expectOwn(film.damaged(start..<start + 1024), film, film.whole(outside: start..<start + 1024))
    }

    /// An older recording of the same camera on some blocks: same times, nearly the same sizes, whole Clusters.
    @Test func foreignClustersInTheMiddleAreLeftOut() throws {
        let film = Film(.finished, fill: 1), other = Film(.finished, fill: 120)
        for start in stride(from: 8192, to: film.bytes.count - 40_000, by: 1536) {
            let range = start..<start + 30_208
            let samples = try MatroskaOracle.samples(film.damaged(range, other)).samples.map(\.sourceRange)
            let left = film.whole(outside: range)
            #expect(Set(samples).isSubset(of: Set(left)), "from \(start)")
            #expect(samples.count >= left.count - 1, "from \(start)")
        }
    }

    @Test(arguments: [Film.Form.finished, .killed, .live, .linked])
    func foreignClustersAtTheEndAreLeftOut(_ form: Film.Form) throws {
        let film = Film(form, fill: 1), other = Film(form, fill: 120)
        for start in stride(from: 8192, to: film.bytes.count - 10_000, by: 1024) {
            let bytes = film.damaged(start..<film.bytes.count, other)
            let samples = try MatroskaOracle.samples(bytes).samples.map(\.sourceRange)
            let left = film.whole(outside: start..<film.bytes.count)
            #expect(samples == left, "from \(start)")
            let description = try MatroskaOracle.describe(bytes)
            #expect(description.has(.tailForeign) || description.has(.cutShort), "from \(start)")
        }
    }

    /// Zeroes before the foreign blocks make them none of ours.
    @Test func zeroesDoNotVouchForWhatLeadsElsewhere() throws {
        let film = Film(.finished, fill: 1), other = Film(.finished, fill: 120)
        let start = Self.sector(film.blocks[52].start)
        var bytes = film.damaged(start..<film.bytes.count, other)
        for place in start..<start + 4096 { bytes[place] = 0 }
        try expectOwn(bytes, film, film.whole(outside: start..<film.bytes.count))
    }

    /// What is sound and odd stays: jumps of the clock behind damage are ours where the file's own structure leads there.
    @Test func aJumpOfTheClockBehindDamageIsOurs() throws {
        let film = Film(.finished, fill: 1, times: [50_000, 50_400, 50_800, 0, 400, 90_000_000, 90_000_400])
        let start = Self.sector(film.blocks[25].start)
        let range = start..<start + 4096
        var noise = MatroskaNoise(seed: 11)
        var bytes = film.bytes
        for place in range { bytes[place] = UInt8.random(in: 0...255, using: &noise) }
        let samples = try MatroskaOracle.samples(bytes).samples.map(\.sourceRange)
        #expect(samples == film.whole(outside: range))
    }

    /// The size of the Cluster before leads back over foreign bytes.
    @Test func theSizeOfTheClusterBeforeVouches() throws {
        let film = Film(.linked, fill: 1)
        let start = Self.sector(film.blocks[25].start)
        var bytes = film.bytes
        var noise = MatroskaNoise(seed: 5)
        for place in start..<start + 1024 { bytes[place] = UInt8.random(in: 0...255, using: &noise) }
        let left = film.whole(outside: start..<start + 1024)
        try expectOwn(bytes, film, left)
        // Without it nothing says whose they are.
        let live = Film(.live, fill: 1)
        let place = Self.sector(live.blocks[25].start)
        bytes = live.bytes
        for index in place..<place + 1024 { bytes[index] = UInt8.random(in: 0...255, using: &noise) }
        let description = try MatroskaOracle.describe(bytes)
        #expect(description.frameCount ?? 0 <= 25)
        #expect(description.has(.tailForeign))
    }

    @Test func blankHoles() throws {
        func hole(_ bytes: [UInt8], from start: UInt64, torn: UInt64 = 2000) throws -> BlankHole {
            try BlankHole(SourceReader(MemorySource(bytes)), from: start, torn: torn)
        }
        let filled = (0..<20_480).map { UInt8(truncatingIfNeeded: $0 / 3) }
        #expect(try hole(filled, from: 100).reach == nil)
        var bytes = filled
        for index in 1024..<2048 { bytes[index] = 0xFF }
        for index in 3584..<4096 { bytes[index] = 0 }
        for index in 10_240..<12_288 { bytes[index] = 0 }
        let found = try hole(bytes, from: 100)
        #expect(found.reach == 1536...4096)
        #expect(!found.leads(to: 1200) && found.leads(to: 1536) && found.leads(to: 6096) && !found.leads(to: 6097))
        // Half a sector is none.
        #expect(try hole(bytes, from: 3700).reach == nil)
        #expect(try hole([], from: 0).reach == nil)
    }
}
