/// A table of equally long big-endian entries inside bytes that are in memory.
struct ByteTable {
    let bytes: [UInt8]
    private let offset: Int
    let stride: Int
    let count: Int

    static let none = ByteTable([], in: 0..<0, stride: 1, claimed: 0)

    /// Never more entries than there are bytes for, whatever is claimed.
    init(_ bytes: [UInt8], in range: Range<Int>, stride: Int, claimed: UInt32) {
        self.bytes = bytes
        self.stride = stride
        let inside = range.clamped(to: 0..<bytes.count)
        offset = inside.lowerBound
        count = min(Int(claimed), inside.count / stride)
    }

    /// The number at `field` bytes into an entry; 0 past the end.
    @inline(__always)
    func u32(_ index: Int, field: Int = 0) -> UInt32 {
        guard index >= 0, index < count, field + 4 <= stride else { return 0 }
        return bytes.withUnsafeBytes {
            UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: offset + index * stride + field, as: UInt32.self))
        }
    }

    /// Of 32-bit numbers; nothing past the end.
    func sum(of range: Range<Int>) -> UInt64 {
        guard stride == 4 else { return 0 }
        let inside = range.clamped(to: 0..<count)
        return bytes.withUnsafeBytes { all in
            var sum: UInt64 = 0
            for index in inside {
                sum = sum &+ UInt64(UInt32(bigEndian: all.loadUnaligned(fromByteOffset: offset + index * 4, as: UInt32.self)))
            }
            return sum
        }
    }

    @inline(__always)
    func u64(_ index: Int) -> UInt64 {
        guard index >= 0, index < count, stride >= 8 else { return 0 }
        return bytes.withUnsafeBytes {
            UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: offset + index * stride, as: UInt64.self))
        }
    }

    @inline(__always)
    func u16(_ index: Int) -> UInt16 {
        guard index >= 0, index < count, stride >= 2 else { return 0 }
        return bytes.withUnsafeBytes {
            UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: offset + index * stride, as: UInt16.self))
        }
    }

    @inline(__always)
    func u8(_ index: Int) -> UInt8 {
        guard index >= 0, index < count, stride == 1 else { return 0 }
        return bytes[offset + index]
    }
}

/// The sizes of the samples: `stsz` or `stz2` (ISO/IEC 14496-12 §8.7.3).
struct SampleSizes {
    /// Not 0: every sample has it, and no table stands behind the count.
    var constant: UInt32 = 0
    /// 4, 8, 16 or 32 bits an entry.
    var bits = 32
    var table = ByteTable.none
    var count = 0

    @inline(__always)
    func size(of index: Int) -> Int {
        if constant != 0 { return Int(constant) }
        switch bits {
        case 32: return Int(table.u32(index))
        case 16: return Int(table.u16(index))
        case 8: return Int(table.u8(index))
        default: return Int(index % 2 == 0 ? table.u8(index / 2) >> 4 : table.u8(index / 2) & 0x0F)
        }
    }

    /// Of several samples together: a chunk may hold all of a file.
    func total(of range: Range<Int>) -> UInt64 {
        guard constant == 0, bits == 32 else { return range.reduce(0) { $0 &+ UInt64(size(of: $1)) } }
        return table.sum(of: range)
    }
}

/// The sample table of one track (`stbl`), left in the bytes of the `moov` and read from there.
struct SampleTables {
    var sizes = SampleSizes()
    /// `stts`: (count, duration), ISO/IEC 14496-12 §8.6.1.2.
    var durations = ByteTable.none
    /// `ctts`: (count, offset), §8.6.1.3.
    var compositionOffsets = ByteTable.none
    /// `stsc`: (first chunk, samples per chunk, description), §8.7.4.
    var chunkRuns = ByteTable.none
    /// `stco` (stride 4) or `co64` (stride 8), §8.7.5.
    var chunkOffsets = ByteTable.none
    /// `stss`, §8.6.2; nil where there is none and every sample is a sync sample.
    var syncSamples: ByteTable?
    /// How many samples sizes and chunks agree on; lowered to the last valid one.
    var count = 0

    func chunkOffset(_ chunk: Int) -> UInt64 {
        chunkOffsets.stride == 8 ? chunkOffsets.u64(chunk) : UInt64(chunkOffsets.u32(chunk))
    }

    /// The chunks (from 0) that entry `run` of `stsc` speaks of, and the samples in each.
    @inline(__always)
    func chunkRun(_ run: Int) -> (chunks: Range<Int>, samplesPerChunk: Int) {
        let first = min(max(Int(chunkRuns.u32(run)) - 1, 0), chunkOffsets.count)
        let next = run + 1 < chunkRuns.count ? Int(chunkRuns.u32(run + 1)) - 1 : chunkOffsets.count
        return (first..<max(first, min(next, chunkOffsets.count)), Int(chunkRuns.u32(run, field: 4)))
    }

    /// How many samples the chunks hold; saturates.
    var chunkCapacity: Int {
        var total = 0
        for run in 0..<chunkRuns.count {
            let (chunks, perChunk) = chunkRun(run)
            let (samples, overflow) = chunks.count.multipliedReportingOverflow(by: perChunk)
            let (sum, overflow2) = total.addingReportingOverflow(samples)
            if overflow || overflow2 { return .max }
            total = sum
        }
        return total
    }

    /// Where a sample lies. Linear in the entries of `stsc` and in the samples of one chunk.
    func location(of index: Int) -> Range<UInt64>? {
        guard index >= 0, index < count else { return nil }
        var before = 0
        for run in 0..<chunkRuns.count {
            let (chunks, perChunk) = chunkRun(run)
            guard perChunk > 0 else { continue }
            let (samples, overflow) = chunks.count.multipliedReportingOverflow(by: perChunk)
            if overflow || index - before < samples {
                let chunk = chunks.lowerBound + (index - before) / perChunk
                let first = index - (index - before) % perChunk
                var start = chunkOffset(chunk)
                if sizes.constant != 0 {
                    // Both factors are below 2^32.
                    start = start &+ UInt64(index - first) &* UInt64(sizes.constant)
                } else {
                    start = start &+ sizes.total(of: first..<index)
                }
                let (end, overflow) = start.addingReportingOverflow(UInt64(sizes.size(of: index)))
                return overflow ? nil : start..<end
            }
            before += samples
        }
        return nil
    }

    /// The first byte after the last sample; nil where there is none.
    var end: UInt64? { location(of: count - 1)?.upperBound }

    /// The most that a sample is presented before its decode time, as a negative number (`ctts` of version 1).
    var earliestOffset: Int64 {
        var earliest: Int32 = 0
        for run in 0..<compositionOffsets.count {
            earliest = min(earliest, Int32(bitPattern: compositionOffsets.u32(run, field: 4)))
        }
        return Int64(earliest)
    }

    /// How many of the first `limit` samples are sync samples.
    func syncCount(upTo limit: Int) -> Int {
        guard let syncSamples else { return limit }
        var count = 0
        for entry in 0..<syncSamples.count {
            let number = Int(syncSamples.u32(entry))
            if number >= 1, number <= limit { count += 1 }
        }
        return count
    }
}

/// What the times of a track add up to, in its ticks.
struct TrackTimes {
    var firstPresentation = Int64.max
    var lastPresentationEnd = Int64.min
    /// Samples presented inside the window asked for.
    var samplesInside = 0
    /// Where the next sample would be decoded.
    var decodeEnd: Int64 = 0
}

extension SampleTables {
    /// `stts` says how long a sample lasts; ffmpeg reads a negative one as 1, and so do we.
    @inline(__always)
    static func duration(_ raw: UInt32) -> Int64 {
        raw > UInt32(Int32.max) ? 1 : Int64(raw)
    }

    /// One pass over the runs of `stts` and `ctts`, not over the samples.
    func times(inside window: Range<Int64>) -> TrackTimes {
        var result = TrackTimes()
        var timeRun = 0, timeLeft = 0, delta: Int64 = 0
        var offsetRun = 0, offsetLeft = 0, offset: Int64 = 0
        var decodeTime: Int64 = 0
        var left = count
        while left > 0 {
            if timeLeft == 0 {
                if timeRun < durations.count {
                    timeLeft = Int(durations.u32(timeRun))
                    delta = Self.duration(durations.u32(timeRun, field: 4))
                    timeRun += 1
                } else {
                    timeLeft = left  // a table that is too short goes on with its last duration
                }
                continue
            }
            if offsetLeft == 0 {
                if offsetRun < compositionOffsets.count {
                    offsetLeft = Int(compositionOffsets.u32(offsetRun))
                    offset = Int64(Int32(bitPattern: compositionOffsets.u32(offsetRun, field: 4)))
                    offsetRun += 1
                } else {
                    offsetLeft = left
                    offset = 0
                }
                continue
            }
            let samples = min(timeLeft, offsetLeft, left)
            let first = decodeTime &+ offset
            // Below 2^32 samples of below 2^31 ticks each.
            let last = first &+ Int64(samples - 1) &* delta
            result.firstPresentation = min(result.firstPresentation, first)
            result.lastPresentationEnd = max(result.lastPresentationEnd, last &+ delta)
            if window.lowerBound <= first, last < window.upperBound {
                result.samplesInside += samples
            } else if delta > 0 {
                // The samples k with lower <= first + k * delta < upper.
                let from = first >= window.lowerBound ? 0 : Self.steps(from: first, to: window.lowerBound, of: delta)
                let to = first >= window.upperBound ? 0 : Self.steps(from: first, to: window.upperBound, of: delta)
                result.samplesInside += Int(clamping: max(0, min(to, Int64(samples)) - from))
            }
            let (next, overflow) = decodeTime.addingReportingOverflow(delta &* Int64(samples))
            guard !overflow else { return result }
            decodeTime = next
            result.decodeEnd = next
            timeLeft -= samples
            offsetLeft -= samples
            left -= samples
        }
        return result
    }

    /// The smallest k with `from + k * delta >= to`; saturates.
    private static func steps(from: Int64, to: Int64, of delta: Int64) -> Int64 {
        let (distance, overflow) = to.subtractingReportingOverflow(from)
        guard !overflow else { return .max }
        return distance / delta + (distance % delta == 0 ? 0 : 1)
    }
}
