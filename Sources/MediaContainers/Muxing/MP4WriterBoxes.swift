/// Builds boxes in memory: big-endian numbers, and sizes that are filled in when a box is complete.
struct BoxBuilder {
    private(set) var bytes: [UInt8] = []

    mutating func u8(_ value: UInt8) { bytes.append(value) }
    mutating func u16(_ value: UInt16) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
    mutating func u32(_ value: UInt32) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
    mutating func u64(_ value: UInt64) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
    mutating func fourCC(_ code: FourCC) { u32(code.value) }
    mutating func zeroes(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }
    mutating func raw(_ content: some Sequence<UInt8>) { bytes.append(contentsOf: content) }

    mutating func box(_ type: FourCC, _ content: (inout BoxBuilder) -> Void) {
        let start = bytes.count
        u32(0)
        fourCC(type)
        content(&self)
        let size = UInt32(clamping: bytes.count - start)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: size >> (24 - 8 * UInt32(index))) }
    }

    mutating func fullBox(_ type: FourCC, version: UInt8 = 0, flags: UInt32 = 0, _ content: (inout BoxBuilder) -> Void) {
        box(type) {
            $0.u32(UInt32(version) << 24 | flags)
            content(&$0)
        }
    }

    /// A number of 32 bits, or of 64 in version 1 of a box.
    mutating func time(_ value: UInt64, isLong: Bool) {
        if isLong { u64(value) } else { u32(UInt32(clamping: value)) }
    }

    /// A descriptor with a length of four bytes (ISO/IEC 14496-1 §8.3.3).
    mutating func descriptor(_ tag: UInt8, _ content: (inout BoxBuilder) -> Void) {
        var inner = BoxBuilder()
        content(&inner)
        let length = UInt32(clamping: inner.bytes.count)
        u8(tag)
        for shift: UInt32 in [21, 14, 7, 0] { u8(UInt8(length >> shift & 0x7F) | (shift > 0 ? 0x80 : 0)) }
        raw(inner.bytes)
    }
}

/// Builds the `moov` once all samples are written.
struct MP4MovieBuilder {
    let tracks: [Track]
    let tables: [MP4TrackTable]
    /// Seconds since 1904, 0 where not known.
    private let creation: UInt64
    private let timescale: Int64

    init(tracks: [Track], tables: [MP4TrackTable], creation: Int64?) {
        self.tracks = tracks
        self.tables = tables
        self.creation = creation.map { UInt64(max(0, ($0 >= 0 ? $0 : $0 - 999_999) / 1_000_000 + 2_082_844_800)) } ?? 0
        timescale = Self.movieTimescale(tracks, tables)
    }

    /// Milliseconds, unless a track begins at an instant that they cannot say.
    private static func movieTimescale(_ tracks: [Track], _ tables: [MP4TrackTable]) -> Int64 {
        let starts = zip(tracks, tables).filter { $1.edit.empty > 0 }
        let video = tracks.first { $0.isVideo }?.timescale ?? 90_000
        return [1000, 90_000, video].first { scale in
            starts.allSatisfy { $1.edit.empty.multipliedFullWidth(by: scale).low % UInt64($0.timescale) == 0 }
        } ?? 90_000
    }

    func build() -> [UInt8] {
        var builder = BoxBuilder()
        let duration = tables.indices.map(presentedDuration).max() ?? 0
        builder.box("moov") {
            let isLong = creation > UInt32.max || duration > UInt32.max
            $0.fullBox("mvhd", version: isLong ? 1 : 0) {
                $0.time(creation, isLong: isLong)
                $0.time(creation, isLong: isLong)
                $0.u32(UInt32(clamping: timescale))
                $0.time(duration, isLong: isLong)
                $0.u32(0x1_0000)
                $0.u16(0x100)
                $0.zeroes(10)
                Self.matrix(&$0)
                $0.zeroes(24)
                $0.u32(UInt32(tracks.count + 1))
            }
            for index in tables.indices where tables[index].sampleCount > 0 { track(index, &$0) }
        }
        return builder.bytes
    }

    /// From the clip's time 0 to the end of the track, in movie ticks; rounded up, so that no frame falls off the end.
    private func presentedDuration(_ index: Int) -> UInt64 {
        let end = max(tables[index].presentationEnd, 0)
        let (high, low) = UInt64(end).multipliedFullWidth(by: UInt64(timescale))
        let divisor = UInt64(max(tracks[index].timescale, 1))
        guard high < divisor else { return .max }
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        return quotient + (remainder > 0 ? 1 : 0)
    }

    private static func matrix(_ builder: inout BoxBuilder) {
        for value: UInt32 in [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000] { builder.u32(value) }
    }

    // MARK: Tracks

    private func track(_ index: Int, _ builder: inout BoxBuilder) {
        let track = tracks[index]
        let table = tables[index]
        let duration = presentedDuration(index)
        builder.box("trak") {
            let isLong = creation > UInt32.max || duration > UInt32.max
            $0.fullBox("tkhd", version: isLong ? 1 : 0, flags: 3) {
                $0.time(creation, isLong: isLong)
                $0.time(creation, isLong: isLong)
                $0.u32(UInt32(index + 1))
                $0.u32(0)
                $0.time(duration, isLong: isLong)
                $0.zeroes(8 + 4)
                $0.u16(track.isVideo ? 0 : 0x100)
                $0.u16(0)
                Self.matrix(&$0)
                if case .video(let format) = track.format {
                    $0.u32(UInt32(UInt16(clamping: format.width)) << 16)
                    $0.u32(UInt32(UInt16(clamping: format.height)) << 16)
                } else {
                    $0.zeroes(8)
                }
            }
            edits(table, track, duration, &$0)
            $0.box("mdia") { media(track, table, &$0) }
        }
    }

    /// Puts the clip's time 0 where it belongs on the track's line: behind an empty edit, or inside the media.
    private func edits(_ table: MP4TrackTable, _ track: Track, _ duration: UInt64, _ builder: inout BoxBuilder) {
        let edit = table.edit
        let empty = UInt64(max(0, Time.scale(edit.empty, from: track.timescale, to: timescale)))
        let mediaTime = UInt64(edit.mediaTime)
        let isLong = duration > UInt32.max || mediaTime > UInt64(Int32.max)
        builder.box("edts") {
            $0.fullBox("elst", version: isLong ? 1 : 0) {
                $0.u32(empty > 0 ? 2 : 1)
                if empty > 0 {
                    $0.time(empty, isLong: isLong)
                    $0.time(isLong ? .max : UInt64(UInt32.max), isLong: isLong)
                    $0.u32(0x1_0000)
                }
                $0.time(duration - min(empty, duration), isLong: isLong)
                $0.time(mediaTime, isLong: isLong)
                $0.u32(0x1_0000)
            }
        }
    }

    private func media(_ track: Track, _ table: MP4TrackTable, _ builder: inout BoxBuilder) {
        let isLong = creation > UInt32.max || table.mediaDuration > UInt32.max
        builder.fullBox("mdhd", version: isLong ? 1 : 0) {
            $0.time(creation, isLong: isLong)
            $0.time(creation, isLong: isLong)
            $0.u32(UInt32(clamping: track.timescale))
            $0.time(UInt64(max(table.mediaDuration, 0)), isLong: isLong)
            $0.u16(0x55C4)  // the language "und"
            $0.u16(0)
        }
        builder.fullBox("hdlr") {
            $0.u32(0)
            $0.fourCC(track.isVideo ? "vide" : "soun")
            $0.zeroes(12)
            $0.raw(track.isVideo ? "VideoHandler".utf8 : "SoundHandler".utf8)
            $0.u8(0)
        }
        builder.box("minf") {
            if track.isVideo {
                $0.fullBox("vmhd", flags: 1) { $0.zeroes(8) }
            } else {
                $0.fullBox("smhd") { $0.zeroes(4) }
            }
            $0.box("dinf") {
                $0.fullBox("dref") {
                    $0.u32(1)
                    $0.fullBox("url ", flags: 1) { _ in }
                }
            }
            $0.box("stbl") { sampleTable(track, table, &$0) }
        }
    }

    private func sampleTable(_ track: Track, _ table: MP4TrackTable, _ builder: inout BoxBuilder) {
        builder.fullBox("stsd") {
            $0.u32(1)
            MP4SampleEntry(track)?.write(firstBytes: table.firstBytes, into: &$0)
        }
        builder.fullBox("stts") { Self.runs(table.durations, &$0) }
        if !table.compositionOffsets.isEmpty {
            let isSigned = table.compositionOffsets.contains { $0.value < 0 }
            builder.fullBox("ctts", version: isSigned ? 1 : 0) { Self.runs(table.compositionOffsets, &$0) }
        }
        if !table.isAllSync {
            builder.fullBox("stss") {
                $0.u32(UInt32(table.syncSamples.count))
                for number in table.syncSamples { $0.u32(number) }
            }
        }
        chunks(table, &builder)
        builder.fullBox("stsz") {
            $0.u32(UInt32(table.pcmFrameSize))
            $0.u32(table.sampleCount)
            for size in table.sizes { $0.u32(size) }
        }
    }

    private static func runs(_ runs: [MP4TrackTable.Run], _ builder: inout BoxBuilder) {
        builder.u32(UInt32(runs.count))
        for run in runs {
            builder.u32(run.count)
            builder.u32(UInt32(bitPattern: Int32(clamping: run.value)))
        }
    }

    private func chunks(_ table: MP4TrackTable, _ builder: inout BoxBuilder) {
        var runs: [(first: UInt32, samples: UInt32)] = []
        for (index, chunk) in table.chunks.enumerated() where runs.last?.samples != chunk.samples {
            runs.append((UInt32(index + 1), chunk.samples))
        }
        builder.fullBox("stsc") {
            $0.u32(UInt32(runs.count))
            for run in runs {
                $0.u32(run.first)
                $0.u32(run.samples)
                $0.u32(1)
            }
        }
        let isLong = (table.chunks.last?.offset ?? 0) > UInt32.max
        builder.fullBox(isLong ? "co64" : "stco") {
            $0.u32(UInt32(table.chunks.count))
            for chunk in table.chunks { $0.time(chunk.offset, isLong: isLong) }
        }
    }
}
