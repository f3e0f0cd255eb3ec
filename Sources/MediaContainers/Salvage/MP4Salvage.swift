/// The samples of an MP4 whose `moov` is lost, or of a file whose head is, found in the media data itself.
public final class MP4Salvage {
    public private(set) var description: MediaDescription
    /// Index of the reference that was believed; nil where the stream itself carried everything.
    public private(set) var chosenReference: Int?
    private let table: SalvageTable
    /// Clusters are still there: their blocks are better than any search.
    private let matroska: MatroskaSalvage?

    /// Tries each reference, scores it against the data and believes the best or none; nil where nothing can be found.
    public convenience init?(_ reader: SourceReader, references: [SalvageReference]) throws(SourceFailure) {
        if let matroska = try MatroskaSalvage(reader, references: references) {
            self.init(matroska)
            return
        }
        let window = reader.window
        reader.window = Self.window
        defer { reader.window = window }
        let start = try Self.mediaStart(reader)
        guard let choice = try SalvageChoice(reader, from: start, references: references) else { return nil }
        try self.init(reader, choice, from: start)
        var findings = FindingList()
        findings.add(.moovMissing, at: reader.byteCount, "ISO/IEC 14496-12 §8.2.1")
        for finding in description.findings { findings.add(finding) }
        description.findings = findings.items
    }

    /// A fragmented file whose `moov` is there and whose fragments are broken.
    convenience init?(_ reader: SourceReader, _ analysis: MovieAnalysis) throws(SourceFailure) {
        guard let movie = analysis.movie, let start = analysis.firstFragment, let reference = SalvageReference(movie) else { return nil }
        let window = reader.window
        reader.window = Self.window
        defer { reader.window = window }
        guard let choice = try SalvageChoice(reader, from: start, references: [reference]), choice.reference != nil else { return nil }
        try self.init(reader, choice, from: start)
        let found = description
        description = analysis.description
        description.frameCount = found.frameCount
        description.keyframeCount = found.keyframeCount
        description.durationMicroseconds = found.durationMicroseconds
        description.playableBytes = found.playableBytes
        var findings = FindingList()
        // What was skipped is known better now, if anything still is.
        let skipsBytes = found.findings.contains { $0.code == .bytesSkipped }
        for finding in analysis.description.findings where !skipsBytes || finding.code != .bytesSkipped { findings.add(finding) }
        for finding in found.findings where !findings.contains(finding.code) || finding.code == .bytesSkipped { findings.add(finding) }
        description.findings = findings.items
    }

    private init(_ matroska: MatroskaSalvage) {
        self.matroska = matroska
        description = matroska.description
        chosenReference = matroska.reference
        table = SalvageTable()
    }

    /// One read: keeps the disk streaming.
    private static let window = 1 << 20

    private init?(_ reader: SourceReader, _ choice: SalvageChoice, from start: UInt64) throws(SourceFailure) {
        matroska = nil
        chosenReference = choice.reference
        var walk = SalvageWalk(
            reader, choice.finder, end: reader.byteCount, soundLimit: choice.soundLimit, fragments: choice.fragments)
        try walk.run(from: start)
        guard !walk.entries.isEmpty else { return nil }
        let pace = choice.pace(walk.finder)
        let format = walk.finder.format
        let track = Track(
            format: .video(format), timescale: pace.timescale, configuration: walk.finder.configuration,
            nalLengthSize: walk.finder.nalLengthSize)
        let timeline = try SalvageTimeline(walk, track: track, sound: choice.sound, step: pace.step, soundLimit: choice.soundLimit)
        table = timeline.table
        guard timeline.frames > 0 else { return nil }
        description = MediaDescription(container: walk.times.isEmpty ? .mp4 : .fmp4)
        description.video = format
        if table.tracks.count > 1, case .audio(let codec, _, _) = table.tracks[1].format { description.audio = codec }
        description.frameCount = timeline.frames
        description.keyframeCount = timeline.keyframes
        description.durationMicroseconds = Time.microseconds(timeline.duration, of: pace.timescale)
        description.playableBytes = timeline.end
        description.state = timeline.isDamaged ? .damaged : .truncated
        var findings = FindingList()
        if !pace.isStated, walk.times.isEmpty { findings.add(.rateConcluded, at: nil, "25 frames a second") }
        if !walk.finder.hasHeaders { findings.add(.parameterSetsMissing, at: nil, "no reference fits") }
        if timeline.holdsSound { findings.add(.soundLeftOut) }
        for finding in timeline.findings.items { findings.add(finding) }
        if walk.isCapped { findings.add(.capReached, at: timeline.end) }
        description.findings = findings.items
    }

    /// A walk over what was found.
    public func samples(_ reader: SourceReader) throws(SourceFailure) -> any SampleReader {
        if let matroska { return try matroska.samples(reader) }
        return SalvageSamples(table, findings: description.findings)
    }

    /// Where the first fragment begins, or the first byte inside the first `mdat`; the start of the file where neither is seen.
    private static func mediaStart(_ reader: SourceReader) throws(SourceFailure) -> UInt64 {
        var position: UInt64 = 0
        for _ in 0..<64 {
            let view = try reader.upTo(BoxHeader.largest, at: position)
            guard let header = BoxHeader(view, at: position, limit: reader.byteCount), header.hasPlausibleType else { break }
            if header.type == BoxType.mdat { return header.payload }
            if header.type == BoxType.moof { return position }
            guard header.end < reader.byteCount else { break }
            position = header.end
        }
        return 0
    }
}
