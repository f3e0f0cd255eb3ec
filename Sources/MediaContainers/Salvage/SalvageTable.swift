/// A sample as the table keeps it, in as few bytes as an hour of frames and sound deserves.
struct SalvageEntry {
    var start: UInt64
    var size: UInt32
    /// In ticks of its track.
    var duration: UInt32
    /// Video: the place in the order of display, first as the codec counts it, then presentation minus decode time in ticks.
    var order: Int32
    var track: UInt8
    var isKeyframe: Bool
    var hasOrder = false
    var restartsOrder = false

    var end: UInt64 { start + UInt64(size) }
}

/// Bytes between two frames that no frame accounts for.
struct SalvageGap {
    var range: Range<UInt64>
    /// How many entries stand before it.
    var index: Int
    /// It begins with zeroes.
    var startsWithZeroes: Bool
    /// Something in it vouches for the frame before: sound that was read, or the whole header of the next frame.
    var vouches: Bool
}

/// What a fragment says of a sample, in ticks of its track.
struct SalvageTime {
    var decode: Int64
    var presentation: Int64
    var duration: Int64
}

/// Where the decode times of a track do not follow from the durations.
struct SalvageJump {
    var index: Int
    var track: UInt8
    var decodeTime: Int64
}

/// Every sample that was found. 24 bytes for each, so that an hour of video and sound takes some 7 MB.
struct SalvageTable: Sendable {
    /// 24 h of 30 frames a second with sound of 47 packets a second are 6.6 million.
    static let mostEntries = 8 << 20

    var tracks: [Track] = []
    var entries: [SalvageEntry] = []
    var jumps: [SalvageJump] = []
}

/// Hands out what a table lists.
final class SalvageSamples: SampleReader {
    private let table: SalvageTable
    let findings: [MediaFinding]
    private var index = 0
    private var jump = 0
    private var decodeTimes: [Int64]

    var tracks: [Track] { table.tracks }

    init(_ table: SalvageTable, findings: [MediaFinding]) {
        self.table = table
        self.findings = findings
        decodeTimes = table.tracks.map { _ in 0 }
    }

    func next() -> Sample? {
        guard index < table.entries.count else { return nil }
        while jump < table.jumps.count, table.jumps[jump].index <= index {
            decodeTimes[Int(table.jumps[jump].track)] = table.jumps[jump].decodeTime
            jump += 1
        }
        let entry = table.entries[index]
        let track = Int(entry.track)
        let time = decodeTimes[track]
        index += 1
        decodeTimes[track] = time &+ Int64(entry.duration)
        return Sample(
            track: track, decodeTime: time, presentationTime: time &+ Int64(entry.order), duration: Int64(entry.duration),
            isKeyframe: entry.isKeyframe, sourceRange: entry.start..<entry.end)
    }
}
