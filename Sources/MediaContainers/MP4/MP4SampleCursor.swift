/// A sample as its table describes it; times are media times, before any edit list.
struct TableSample {
    var index: Int
    var range: Range<UInt64>
    var decodeTime: Int64
    var presentationTime: Int64
    var duration: Int64
    var isSync: Bool
}

/// Walks the samples of one track in table order with a few counters, never an array of samples.
struct SampleCursor {
    private let tables: SampleTables
    /// PCM: this many table samples are handed out as one, as far as they lie in one chunk.
    private let batch: Int
    private var index = 0
    private var chunkRun = 0
    private var chunk = -1
    private var leftInChunk = 0
    private var offset: UInt64 = 0
    private var timeRun = 0, timeLeft = 0, delta: Int64 = 0
    private var offsetRun = 0, offsetLeft = 0, compositionOffset: Int64 = 0
    private var sync = 0
    private var decodeTime: Int64 = 0

    init(_ tables: SampleTables, batch: Int = 1) {
        self.tables = tables
        self.batch = max(batch, 1)
    }

    /// Nil at the end of the table, or where its numbers stop making sense.
    mutating func next() -> TableSample? {
        guard index < tables.count else { return nil }
        while leftInChunk == 0 { guard advanceChunk() else { return nil } }
        let samples = batch == 1 ? 1 : min(batch, leftInChunk, tables.count - index)
        let start = offset
        var size = UInt64(tables.sizes.size(of: index))
        if samples > 1 { size &*= UInt64(samples) }  // batches exist for constant sizes only
        let (end, overflow) = start.addingReportingOverflow(size)
        guard !overflow else { return nil }

        let first = decodeTime
        let composition = stepComposition()
        stepTime()
        for _ in 1..<samples { stepTime() }
        let isSync = stepSync()
        defer {
            offset = end
            leftInChunk -= samples
            index += samples
        }
        return TableSample(
            index: index, range: start..<end, decodeTime: first, presentationTime: first &+ composition,
            duration: decodeTime &- first, isSync: isSync)
    }

    private mutating func advanceChunk() -> Bool {
        chunk += 1
        while chunkRun < tables.chunkRuns.count {
            let (chunks, perChunk) = tables.chunkRun(chunkRun)
            if chunk < chunks.upperBound, perChunk > 0 {
                chunk = max(chunk, chunks.lowerBound)
                leftInChunk = perChunk
                offset = tables.chunkOffset(chunk)
                return true
            }
            chunkRun += 1
        }
        return false
    }

    private mutating func stepTime() {
        while timeLeft == 0 {
            guard timeRun < tables.durations.count else {
                timeLeft = .max
                break
            }
            timeLeft = Int(tables.durations.u32(timeRun))
            delta = SampleTables.duration(tables.durations.u32(timeRun, field: 4))
            timeRun += 1
        }
        timeLeft -= 1
        decodeTime = decodeTime &+ delta
    }

    private mutating func stepComposition() -> Int64 {
        while offsetLeft == 0 {
            guard offsetRun < tables.compositionOffsets.count else {
                offsetLeft = .max
                compositionOffset = 0
                break
            }
            offsetLeft = Int(tables.compositionOffsets.u32(offsetRun))
            compositionOffset = Int64(Int32(bitPattern: tables.compositionOffsets.u32(offsetRun, field: 4)))
            offsetRun += 1
        }
        offsetLeft -= 1
        return compositionOffset
    }

    private mutating func stepSync() -> Bool {
        guard let syncSamples = tables.syncSamples else { return true }
        while sync < syncSamples.count, Int(syncSamples.u32(sync)) < index + 1 { sync += 1 }
        return sync < syncSamples.count && Int(syncSamples.u32(sync)) == index + 1
    }
}
