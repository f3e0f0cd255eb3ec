/// One `trun` (ISO/IEC 14496-12 §8.8.8): samples that lie one after the other.
struct FragmentRun {
    /// Index in `Movie.tracks`.
    var track: Int
    /// The per-sample fields; empty where every sample takes the defaults.
    var fields: ByteTable
    /// The number of samples.
    var count: Int
    var flags: UInt32
    var firstSampleFlags: UInt32?
    var defaults: FragmentDefaults
    /// Where the first sample lies in the file.
    var dataOffset: UInt64
    /// The media time of the first sample, before any edit list.
    var decodeTime: Int64

    static let hasDataOffset: UInt32 = 0x001
    static let hasFirstSampleFlags: UInt32 = 0x004
    static let hasDuration: UInt32 = 0x100
    static let hasSize: UInt32 = 0x200
    static let hasFlags: UInt32 = 0x400
    static let hasCompositionOffset: UInt32 = 0x800
}

/// Walks the samples of one run.
struct FragmentRunCursor {
    private let run: FragmentRun
    private var index = 0
    private(set) var offset: UInt64
    private(set) var decodeTime: Int64
    private let durationField: Int, sizeField: Int, flagsField: Int, compositionField: Int

    init(_ run: FragmentRun) {
        self.run = run
        offset = run.dataOffset
        decodeTime = run.decodeTime
        var position = 0
        func field(_ flag: UInt32) -> Int {
            guard run.flags & flag != 0 else { return -1 }
            defer { position += 4 }
            return position
        }
        durationField = field(FragmentRun.hasDuration)
        sizeField = field(FragmentRun.hasSize)
        flagsField = field(FragmentRun.hasFlags)
        compositionField = field(FragmentRun.hasCompositionOffset)
    }

    mutating func next() -> TableSample? {
        guard index < run.count else { return nil }
        let size = sizeField < 0 ? run.defaults.size : run.fields.u32(index, field: sizeField)
        let duration = durationField < 0 ? run.defaults.duration : run.fields.u32(index, field: durationField)
        var flags = flagsField < 0 ? run.defaults.flags : run.fields.u32(index, field: flagsField)
        if index == 0, let first = run.firstSampleFlags { flags = first }
        // Version 0 is unsigned, but writers put negative offsets there too; ffmpeg reads both as signed.
        let composition = compositionField < 0 ? 0 : Int64(Int32(bitPattern: run.fields.u32(index, field: compositionField)))
        let (end, overflow) = offset.addingReportingOverflow(UInt64(size))
        guard !overflow else { return nil }
        let ticks = SampleTables.duration(duration)
        let sample = TableSample(
            index: index, range: offset..<end, decodeTime: decodeTime, presentationTime: decodeTime &+ composition,
            duration: ticks, isSync: flags & Self.notSync == 0)
        offset = end
        decodeTime = decodeTime &+ ticks
        index += 1
        return sample
    }

    /// sample_is_non_sync_sample, or sample_depends_on others (§8.6.4.3, §8.8.3.1).
    private static let notSync: UInt32 = 0x0101_0000
}

/// One `moof` (§8.8.4), resolved into runs.
struct Fragment {
    var start: UInt64
    var end: UInt64
    var runs: [FragmentRun] = []
    /// The first byte after its last sample, as the runs say.
    var dataEnd: UInt64

    /// `decodeTimes` says where each track of the movie stands, and is moved on.
    static func parse(
        _ bytes: [UInt8], header: BoxHeader, movie: Movie, decodeTimes: inout [Int64], findings: inout FindingList
    ) -> Fragment {
        var parser = FragmentParser(bytes: bytes, header: header, movie: movie)
        parser.parse(&decodeTimes, &findings)
        return parser.fragment
    }
}

private struct FragmentParser {
    let bytes: [UInt8]
    let header: BoxHeader
    let movie: Movie
    var fragment: Fragment

    init(bytes: [UInt8], header: BoxHeader, movie: Movie) {
        self.bytes = bytes
        self.header = header
        self.movie = movie
        fragment = Fragment(start: header.start, end: header.end, dataEnd: header.end)
    }

    private func offset(_ position: Int) -> UInt64 { header.payload + UInt64(position) }

    mutating func parse(_ decodeTimes: inout [Int64], _ findings: inout FindingList) {
        // Where the data of the track fragment before ended: the base of the next one that states none (§8.8.7.1).
        var base = header.start
        var boxes = BoxList(bytes, in: 0..<bytes.count)
        while let box = boxes.next() {
            if box.type == BoxType.traf { parseTrack(box, &base, &decodeTimes, &findings) }
        }
        if let broken = boxes.brokenAt {
            findings.add(.ruleBroken, at: offset(broken), "box size in moof, ISO/IEC 14496-12 §4.2")
        }
    }

    private mutating func parseTrack(
        _ traf: Box, _ base: inout UInt64, _ decodeTimes: inout [Int64], _ findings: inout FindingList
    ) {
        var track: Int?
        var defaults = FragmentDefaults()
        var dataEnd: UInt64 = 0
        var boxes = BoxList(bytes, in: traf.payload)
        while let box = boxes.next() {
            switch box.type {
            case BoxType.tfhd:
                guard let (index, origin) = parseHeader(box, base, &defaults) else {
                    findings.add(.ruleBroken, at: offset(box.start), "tfhd of no track, ISO/IEC 14496-12 §8.8.7")
                    return
                }
                track = index
                base = origin
                dataEnd = origin
            case BoxType.tfdt:
                guard let track, let time = parseDecodeTime(box) else { break }
                decodeTimes[track] = time
            case BoxType.trun:
                guard let track else { break }
                let start = FragmentRunStart(base: base, next: dataEnd, decodeTime: decodeTimes[track])
                guard let run = parseRun(box, track, defaults, start, &findings) else { break }
                (dataEnd, decodeTimes[track]) = end(of: run)
                fragment.dataEnd = max(fragment.dataEnd, dataEnd)
                fragment.runs.append(run)
            default: break
            }
        }
        if let broken = boxes.brokenAt {
            findings.add(.ruleBroken, at: offset(broken), "box size in traf, ISO/IEC 14496-12 §4.2")
        }
        base = dataEnd
    }

    /// `tfhd`, §8.8.7: the track, and what the data offsets of its runs count from.
    private func parseHeader(_ box: Box, _ base: UInt64, _ defaults: inout FragmentDefaults) -> (Int, UInt64)? {
        bytes.withCursor(in: box.payload) { cursor in
            guard let flags = cursor.u32(), let id = cursor.u32(), let track = movie.tracks.firstIndex(where: { $0.id == id })
            else { return nil }
            defaults = movie.tracks[track].defaults
            var origin = flags & 0x02_0000 != 0 ? header.start : base
            if flags & 0x01 != 0, let stated = cursor.u64() { origin = stated }
            if flags & 0x02 != 0, !cursor.skip(4) { return nil }
            if flags & 0x08 != 0, let duration = cursor.u32() { defaults.duration = duration }
            if flags & 0x10 != 0, let size = cursor.u32() { defaults.size = size }
            if flags & 0x20 != 0, let sampleFlags = cursor.u32() { defaults.flags = sampleFlags }
            return (track, origin)
        }
    }

    /// `tfdt`, §8.8.12.
    private func parseDecodeTime(_ box: Box) -> Int64? {
        bytes.withCursor(in: box.payload) { cursor in
            guard let version = cursor.u32().map({ $0 >> 24 }) else { return nil }
            return (version == 1 ? cursor.u64() : cursor.u32().map(UInt64.init)).map { Int64(clamping: $0) }
        }
    }

    private func parseRun(
        _ box: Box, _ track: Int, _ defaults: FragmentDefaults, _ start: FragmentRunStart, _ findings: inout FindingList
    ) -> FragmentRun? {
        var run = FragmentRun(
            track: track, fields: .none, count: 0, flags: 0, defaults: defaults, dataOffset: start.next, decodeTime: start.decodeTime)
        var claimed: UInt32 = 0
        let fieldsAt = bytes.withCursor(in: box.payload) { cursor -> Int? in
            guard let flags = cursor.u32(), let count = cursor.u32() else { return nil }
            run.flags = flags & 0xFF_FFFF
            claimed = count
            if flags & FragmentRun.hasDataOffset != 0 {
                guard let relative = cursor.u32() else { return nil }
                let (sum, overflow) = Int64(clamping: start.base).addingReportingOverflow(Int64(Int32(bitPattern: relative)))
                guard !overflow, sum >= 0 else { return nil }
                run.dataOffset = UInt64(sum)
            }
            if flags & FragmentRun.hasFirstSampleFlags != 0 {
                guard let first = cursor.u32() else { return nil }
                run.firstSampleFlags = first
            }
            return box.payload.lowerBound + cursor.position
        }
        guard let fieldsAt else {
            findings.add(.ruleBroken, at: offset(box.start), "trun cut short, ISO/IEC 14496-12 §8.8.8")
            return nil
        }
        let stride = 4 * ((run.flags >> 8) & 0x0F).nonzeroBitCount
        if stride > 0 {
            run.fields = ByteTable(bytes, in: fieldsAt..<max(fieldsAt, box.payload.upperBound), stride: stride, claimed: claimed)
            run.count = run.fields.count
        } else if defaults.size > 0 {
            run.count = Int(claimed)
        }
        if run.count < Int(claimed) {
            findings.add(
                .ruleBroken, at: offset(box.start),
                "trun claims \(claimed) samples and has \(run.count), ISO/IEC 14496-12 §8.8.8")
        }
        return run
    }

    /// Where the data and the time of a run end.
    private func end(of run: FragmentRun) -> (UInt64, Int64) {
        if run.fields.count == 0 {
            // Both factors are below 2^32.
            let (end, overflow) = run.dataOffset.addingReportingOverflow(UInt64(run.count) &* UInt64(run.defaults.size))
            let ticks = SampleTables.duration(run.defaults.duration) &* Int64(run.count)
            return (overflow ? .max : end, run.decodeTime &+ ticks)
        }
        var cursor = FragmentRunCursor(run)
        while cursor.next() != nil {}
        return (cursor.offset, cursor.decodeTime)
    }
}

/// Where the next run of a track begins unless it says otherwise.
private struct FragmentRunStart {
    var base: UInt64
    var next: UInt64
    var decodeTime: Int64
}
