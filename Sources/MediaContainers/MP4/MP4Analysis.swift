/// Everything that is known about a file once its tables were read and its last samples looked at.
struct MovieAnalysis {
    var description = MediaDescription(container: .mp4)
    /// With the tables of the video cut to their valid samples; nil without a `moov`.
    var movie: Movie?
    /// Where fragments begin.
    var firstFragment: UInt64?
    /// No valid sample ends after this byte.
    var sampleLimit: UInt64 = 0

    private var findings = FindingList()
    private var corrections: [StartCorrection] = []
    private var reference: ReferenceTime?
    /// Of the video, on its media line, before any edit list.
    private var tally = SampleTally()
    /// What the structure promises, valid or not.
    private var promised = 0

    /// Small files are read whole: one read instead of one per fragment.
    private static let smallFile: UInt64 = 1 << 20

    /// Tables are not cut to their valid samples.
    private let isAsStated: Bool

    init(_ reader: SourceReader, asStated: Bool = false) throws(SourceFailure) {
        isAsStated = asStated
        let window = reader.window
        defer { reader.window = window }
        let outline = try Outline.read(reader)
        sampleLimit = reader.byteCount
        for finding in outline.findings.items { findings.add(finding) }
        corrections = outline.corrections
        firstFragment = outline.firstFragment
        description.playableBytes = reader.byteCount
        if firstFragment != nil { description.container = .fmp4 }
        if let bytes = outline.movieBytes {
            let (movie, broken) = MovieParser.parse(bytes, base: outline.movieBase)
            for finding in broken.items { findings.add(finding) }
            self.movie = movie
            try analyse(reader, outline)
        } else {
            try describeWithoutMovie(reader, outline)
        }
        description.findings = findings.items
    }

    // MARK: With a moov

    private mutating func analyse(_ reader: SourceReader, _ outline: Outline) throws(SourceFailure) {
        guard let movie else { return }
        description.video = movie.video?.entry.video
        description.audio = movie.audio?.entry.audio
        noteParameterSets(movie)
        if outline.isHidden {
            description.state = .truncated
            findings.add(.moovMissing, at: reader.byteCount, "the first moov and its fragments are hidden in mdat")
        }
        try analyseTables(reader, outline)
        if let firstFragment { try analyseFragments(reader, from: firstFragment) }
        finish()
    }

    private mutating func noteParameterSets(_ movie: Movie) {
        guard let video = movie.video, let codec = video.entry.video?.codec, codec == .h264 || codec == .h265 else { return }
        // `avcC` with no SPS (byte 5), `hvcC` with no array (byte 22): fine for avc3 and hev1, which carry them in the samples.
        let configuration = video.entry.configuration
        let sets = codec == .h264 ? (configuration.dropFirst(5).first ?? 0) & 0x1F : configuration.dropFirst(22).first ?? 0
        let inSamples = video.entry.type == 0x6176_6333 || video.entry.type == 0x6865_7631
        if sets == 0, !inSamples { findings.add(.parameterSetsMissing, at: movie.base, "ISO/IEC 14496-15 §5.3.3, §8.3.3") }
    }

    private mutating func finish() {
        guard let movie, let video = movie.video else {
            description.frameCount = 0
            description.keyframeCount = 0
            return
        }
        description.frameCount = tally.count
        description.keyframeCount = tally.keyframes
        if tally.count > 0 {
            let ticks = tally.presentationEnd.subtractingReportingOverflow(tally.firstPresentation)
            description.durationMicroseconds = ticks.overflow ? nil : Time.microseconds(ticks.partialValue, of: video.timescale)
            var clocks = MovieClocks(movie, firstDecode: tally.firstDecode, firstPresentation: tally.firstPresentation)
            clocks.collect(corrections: corrections, reference: reference)
            description.clocks = clocks.clocks
            for finding in clocks.findings.items { findings.add(finding) }
        } else {
            description.state = promised > 0 ? .unreadable : .empty
            description.playableBytes = 0
        }
    }

    // MARK: Sample tables

    private mutating func analyseTables(_ reader: SourceReader, _ outline: Outline) throws(SourceFailure) {
        guard var tracks = movie?.tracks, let timescale = movie?.timescale else { return }
        let deciding = tracks.firstIndex { $0.kind == .video } ?? tracks.firstIndex { $0.kind == .audio }
        let stated = tracks.map(\.tables.count)
        for index in tracks.indices where stated[index] > 0 { try cutTables(reader, &tracks[index].tables) }
        // With fragments the last sample is theirs, and checked there.
        if firstFragment == nil, let deciding { try checkTails(reader, &tracks, deciding) }
        if let deciding {
            promised = stated[deciding]
            let valid = tracks[deciding].tables.count
            if valid < promised { findings.add(.headerOverstates, at: movie?.base, "moov lists \(promised) samples, \(valid) are valid") }
        }
        movie?.tracks = tracks
        if tracks.map(\.tables.count) != stated {
            description.state = .truncated
            description.playableBytes = deciding.flatMap { tracks[$0].tables.end } ?? 0
        } else if firstFragment == nil {
            noteEnding(outline)
        }
        guard let deciding, tracks[deciding].kind == .video else { return }
        tally.add(tracks[deciding], movieTimescale: timescale)
        if tally.count == 0, tracks[deciding].tables.count > 0 {
            findings.add(.ruleBroken, at: movie?.base, "the edit list shows no sample, ISO/IEC 14496-12 §8.6.6")
            movie?.tracks[deciding].edits = []
            tracks[deciding].edits = []
            tally.add(tracks[deciding], movieTimescale: timescale)
        }
    }

    /// Lowers the count of a track to the last sample that ends inside the file.
    private mutating func cutTables(_ reader: SourceReader, _ tables: inout SampleTables) throws(SourceFailure) {
        let whole = tables
        let inside = try TailCheck.validCount(of: whole.count) { index throws(SourceFailure) in
            (whole.location(of: index)?.upperBound ?? .max) <= reader.byteCount
        }
        if inside < whole.count, !findings.contains(.cutShort) { findings.add(.cutShort, at: reader.byteCount) }
        tables.count = inside
    }

    /// Lowers the counts to the last samples that are what they should be: of the video, and of sound that lies close to its end.
    private mutating func checkTails(_ reader: SourceReader, _ tracks: inout [MovieTrack], _ deciding: Int) throws(SourceFailure) {
        guard let last = tracks[deciding].tables.location(of: tracks[deciding].tables.count - 1) else { return }
        var span = last
        var checked = [deciding]
        for index in tracks.indices where index != deciding && tracks[index].kind == .audio && tracks[index].entry.pcmFrameSize == 0 {
            guard let range = tracks[index].tables.location(of: tracks[index].tables.count - 1) else { continue }
            let joined = min(span.lowerBound, range.lowerBound)..<max(span.upperBound, range.upperBound)
            guard joined.upperBound - joined.lowerBound <= Self.jointTail else { continue }
            span = joined
            checked.append(index)
        }
        if span.upperBound - span.lowerBound <= Self.jointTail { try reader.prefetch(span) }
        for index in checked where tracks[index].kind == .video || tracks[index].entry.pcmFrameSize == 0 {
            try checkTail(reader, &tracks[index])
        }
    }

    /// The last samples are looked at in one read if they are not further apart.
    private static let jointTail: UInt64 = 1 << 20

    private mutating func checkTail(_ reader: SourceReader, _ track: inout MovieTrack) throws(SourceFailure) {
        let tables = track.tables
        guard tables.count > 0 else { return }
        var check = TailCheck(reader, track.entry)
        var valid = try Self.validSamples(check, tables)
        if valid == 0, let first = tables.location(of: 0), try check.acceptsStartCodes(first) {
            findings.add(.ruleBroken, at: first.lowerBound, "start codes instead of lengths, ISO/IEC 14496-15 §5.3.2")
            track.entry.nalLengthSize = nil
            valid = try Self.validSamples(check, tables)
        }
        guard !isAsStated, valid < tables.count, let last = tables.location(of: tables.count - 1) else { return }
        // Whatever overwrote the beginning of the first lost sample may have begun inside the one before.
        if valid > 0, let lost = tables.location(of: valid), try check.isForeign(lost) { valid -= 1 }
        track.tables.count = valid
        let end = track.tables.end ?? tables.location(of: 0)?.lowerBound ?? 0
        if track.kind == .video { sampleLimit = end }
        let code = try check.finding(at: last)
        if !findings.contains(code) { findings.add(code, at: end) }
    }

    private static func validSamples(_ check: TailCheck, _ tables: SampleTables) throws(SourceFailure) -> Int {
        try TailCheck.validCount(of: tables.count) { index throws(SourceFailure) in
            guard let range = tables.location(of: index) else { return false }
            return try check.isValid(range)
        }
    }

    /// The end of a file whose samples are all there.
    private mutating func noteEnding(_ outline: Outline) {
        switch outline.ending {
        case .whole, .fragment: break
        case .cut(let offset):
            findings.add(.cutShort, at: offset, "a box runs past the end, and no sample with it")
        case .nonsense(let offset):
            findings.add(.trailingBytes, at: offset)
            description.playableBytes = offset
        }
    }

    // MARK: Fragments

    private mutating func analyseFragments(_ reader: SourceReader, from start: UInt64) throws(SourceFailure) {
        guard let movie else { return }
        if reader.byteCount <= Self.smallFile { try reader.prefetch(0..<reader.byteCount) }
        let decodeTimes = movie.tracks.map { $0.tables.count > 0 ? $0.tables.times(inside: .min ..< .max).decodeEnd : 0 }
        var walk = FragmentWalk(reader, movie, from: start, decodeTimes: decodeTimes, readsHeadersOnly: true)
        var count = FragmentCount(reader, movie, tally)
        while let fragment = try walk.next() {
            count.add(fragment)
        }
        try count.checkTail()
        tally = count.tally
        promised += count.promised
        corrections += walk.corrections
        reference = walk.reference
        for finding in walk.findings.items { findings.add(finding) }
        for finding in count.findings.items { findings.add(finding) }
        if count.startsWithCodes, let index = movie.tracks.firstIndex(where: { $0.kind == .video }) {
            self.movie?.tracks[index].entry.nalLengthSize = nil
        }
        try noteEnding(walk, count, reader)
    }

    private mutating func noteEnding(_ walk: FragmentWalk, _ count: FragmentCount, _ reader: SourceReader) throws(SourceFailure) {
        defer { if walk.isDamaged { description.state = .damaged } }
        if count.lostTail { sampleLimit = count.lastEnd }
        switch walk.ending {
        case .whole:
            if count.isCut { findings.add(.cutShort, at: reader.byteCount) }
        case .cut(let offset):
            findings.add(.cutShort, at: offset)
        case .nonsense(let offset):
            let view = try reader.upTo(64 << 10, at: offset)
            if walk.isFinished {
                findings.add(.trailingBytes, at: offset)
                description.playableBytes = offset
                return
            }
            if !count.lostTail { findings.add(TailCheck.isZero(view) ? .tailZeroed : .tailForeign, at: offset) }
        }
        if count.lostTail || count.isCut || (walk.ending != .whole && !walk.isFinished) {
            description.state = .truncated
            description.playableBytes = count.lastEnd
        }
    }

    // MARK: Without a moov

    /// The samples may all be there: finding them without their table is another matter than reading a file.
    private mutating func describeWithoutMovie(_ reader: SourceReader, _ outline: Outline) throws(SourceFailure) {
        description.playableBytes = 0
        sampleLimit = 0
        var end = reader.byteCount
        switch outline.ending {
        case .whole: break
        case .fragment:
            description.state = .unreadable
            findings.add(.moovMissing, at: 0, "fragments without their moov, ISO/IEC 14496-12 §8.8")
            return
        case .cut(let offset):
            end = offset
            findings.add(.cutShort, at: reader.byteCount)
        case .nonsense(let offset):
            end = offset
            let view = try reader.upTo(64 << 10, at: offset)
            findings.add(TailCheck.isZero(view) ? .tailZeroed : .tailForeign, at: offset)
        }
        if findings.contains(.capReached) {
            description.state = .unreadable
            return
        }
        description.state = outline.hasMediaData ? .truncated : .empty
        findings.add(.moovMissing, at: end, "ISO/IEC 14496-12 §8.2.1")
    }
}

extension FindingList {
    mutating func add(_ finding: MediaFinding) {
        add(finding.code, at: finding.byteOffset, finding.detail)
    }
}
