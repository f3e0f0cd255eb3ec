/// Makes a table of what a walk found: leaves out frames that damage may have reached, and gives the others their times.
struct SalvageTimeline {
    private(set) var table = SalvageTable()
    private(set) var findings = FindingList()
    private(set) var frames = 0
    private(set) var keyframes = 0
    private(set) var isDamaged = false
    /// There are bytes between the frames that were taken for sound.
    private(set) var holdsSound = false
    /// Ticks from the first frame shown to the end of the last.
    private(set) var duration: Int64 = 0
    private(set) var end: UInt64 = 0

    /// What fragments say of entries.
    private var times: [(index: Int, time: SalvageTime)] = []
    /// Before which entries bytes were lost, and how many.
    private var losses: [(index: Int, bytes: UInt64)] = []

    /// `step`: ticks of a frame. `soundLimit`: bytes of sound that may lie between two frames, nil where that is to be found out.
    ///
    /// `sound`: the track of what fragments state to be sound; nil where it is of a codec that nothing here can carry.
    init(_ walk: SalvageWalk, track: Track, sound: Track?, step: UInt32, soundLimit: UInt64?) throws(SourceFailure) {
        table.tracks = [track]
        if let sound, walk.entries.contains(where: { $0.track == 1 }) { table.tracks.append(sound) }
        try takeWhole(walk, soundLimit: soundLimit ?? Self.soundLimit(walk))
        if sound == nil { leaveOutSound() }
        frames = table.entries.count { $0.track == 0 }
        keyframes = table.entries.count { $0.track == 0 && $0.isKeyframe }
        end = table.entries.last?.end ?? 0
        if times.isEmpty { setTimes(step) } else { setStatedTimes(step) }
    }

    // MARK: - Damage

    /// Bytes between frames that are short and come again and again are sound; what is rare is damage.
    private static func soundLimit(_ walk: SalvageWalk) -> UInt64 {
        let sizes = walk.gaps.lazy.filter { !$0.vouches && !$0.startsWithZeroes && $0.range.upperBound < walk.end && $0.index > 0 }
            .map { $0.range.upperBound - $0.range.lowerBound }.sorted()
        // Sound comes at least once a second; a disk with as many holes is not one that anybody reads.
        guard sizes.count >= max(3, walk.entries.count / 60) else { return 0 }
        return 4 * sizes[sizes.count * 9 / 10]
    }

    private mutating func takeWhole(_ walk: SalvageWalk, soundLimit: UInt64) throws(SourceFailure) {
        var next = 0
        var stated = walk.times[...]
        func take(upTo end: Int) {
            let moved = table.entries.count - next
            table.entries += walk.entries[next..<end]
            while let first = stated.first, first.index < end {
                times.append((first.index + moved, first.time))
                stated.removeFirst()
            }
            next = end
        }
        func drop() {
            table.entries.removeLast()
            if times.last?.index == table.entries.count { times.removeLast() }
        }
        for gap in walk.gaps where !gap.range.isEmpty {
            take(upTo: gap.index)
            let length = gap.range.upperBound - gap.range.lowerBound
            let isTail = gap.range.upperBound >= walk.end
            if gap.startsWithZeroes, let last = table.entries.last, last.end == gap.range.lowerBound,
                try walk.reader.upTo(1, at: last.end - 1).first == 0
            {
                // The zeroes began before it ended.
                drop()
            } else if !gap.vouches, !gap.startsWithZeroes {
                // A head that is still there vouches for what begins right behind it.
                if gap.index > 0 || (walk.start > 0 && gap.range.lowerBound == walk.start), length <= soundLimit {
                    holdsSound = true
                    continue
                }
                // Whatever overwrote these bytes may have begun inside the frame before them, or in sound, of which nothing tells.
                var start = gap.range.lowerBound
                let isRest = isTail && length < Self.rest
                while !isRest, let last = table.entries.last, last.end == start {
                    if last.track == 0, try walk.proof(of: last.start..<last.end) == .whole { break }
                    drop()
                    start = last.track == 0 ? .max : last.start
                }
            }
            if isTail {
                try noteTail(gap, walk)
            } else {
                isDamaged = true
                findings.add(.bytesSkipped, at: gap.range.lowerBound, "\(length) bytes")
                losses.append((table.entries.count, length))
            }
        }
        take(upTo: walk.entries.count)
        if let last = table.entries.last, try endsInside(last, walk) {
            drop()
            if !findings.contains(.cutShort) { findings.add(.cutShort, at: last.start) }
        }
    }

    /// It was needed to find the frames beside it.
    private mutating func leaveOutSound() {
        guard table.entries.contains(where: { $0.track == 1 }) else { return }
        holdsSound = true
        var kept = 0
        var (time, timesKept, loss) = (0, 0, 0)
        for index in table.entries.indices {
            while loss < losses.count, losses[loss].index <= index {
                losses[loss].index = kept
                loss += 1
            }
            let isStated = time < times.count && times[time].index == index
            if table.entries[index].track == 0 {
                table.entries[kept] = table.entries[index]
                if isStated {
                    times[timesKept] = (kept, times[time].time)
                    timesKept += 1
                }
                kept += 1
            }
            if isStated { time += 1 }
        }
        for rest in loss..<losses.count { losses[rest].index = kept }
        table.entries.removeSubrange(kept...)
        times.removeSubrange(timesKept...)
    }

    /// Whether slices of the last picture are missing where the file ends, those of the one before being all there.
    private func endsInside(_ last: SalvageEntry, _ walk: SalvageWalk) throws(SourceFailure) -> Bool {
        guard last.track == 0, last.end <= walk.end, walk.end - last.end < Self.rest,
            let before = table.entries.dropLast().last(where: { $0.track == 0 })
        else { return false }
        guard try walk.proof(of: last.start..<last.end) == .broken else { return false }
        return try walk.proof(of: before.start..<before.end) == .whole
    }

    /// Fewer bytes are no frame, whatever they are.
    private static let rest: UInt64 = 8

    private mutating func noteTail(_ gap: SalvageGap, _ walk: SalvageWalk) throws(SourceFailure) {
        let zeroes = try walk.reader.zeroesAtEnd()
        if zeroes >= UInt64(Sectors.size) {
            findings.add(.tailZeroed, at: walk.reader.byteCount - zeroes)
        } else if gap.vouches || gap.range.upperBound - gap.range.lowerBound < UInt64(Sectors.size) {
            // Foreign bytes come in whole sectors; what is shorter is the header of a frame that the end of the file cuts.
            findings.add(.cutShort, at: gap.range.lowerBound)
        } else {
            findings.add(.tailForeign, at: gap.range.lowerBound)
        }
    }

    // MARK: - Times

    /// From one frame at which the order of display starts over to the next.
    private struct Period {
        var range: Range<Int>
        /// Bytes that were lost before it, and inside it.
        var lostBefore: UInt64 = 0
        var lostInside: UInt64 = 0
        var isDamaged = false
    }

    /// Decode times are the presentation times in their order, early enough for every frame.
    private mutating func setTimes(_ step: UInt32) {
        let averageBytes = max(1, table.entries.reduce(0) { $0 + UInt64($1.size) } / UInt64(max(1, table.entries.count)))
        let unit = orderUnit()
        /// In frames, from the first one shown.
        var base: Int64 = 0
        var expected: Int64 = 0
        var delay: Int64 = 0
        for period in periods() {
            // Frames lost before a restart are only known by the room that they took.
            base += Int64(clamping: (period.lostBefore + averageBytes / 2) / averageBytes)
            let places = self.places(period, unit: unit, averageBytes: averageBytes)
            for (index, (display, decode)) in zip(period.range, zip(places, places.sorted())) {
                delay = max(delay, decode - display)
                if base + decode != expected {
                    table.jumps.append(SalvageJump(index: index, track: 0, decodeTime: (base + decode) &* Int64(step)))
                }
                expected = base + decode + 1
                table.entries[index].duration = step
                table.entries[index].order = Int32(clamping: display - decode)
            }
            base += (places.max() ?? -1) + 1
        }
        for index in table.entries.indices {
            table.entries[index].order = Int32(clamping: (Int64(table.entries[index].order) + delay) &* Int64(step))
        }
        duration = base &* Int64(step)
    }

    /// Fragments state times; what is not of one goes on from what is.
    private mutating func setStatedTimes(_ step: UInt32) {
        var stated = times[...]
        var ends = [Int64?](repeating: nil, count: 2)
        var earliest: Int64 = 0
        var shown: (first: Int64, end: Int64)?
        for index in table.entries.indices {
            let track = Int(table.entries[index].track)
            var time = SalvageTime(decode: ends[track] ?? 0, presentation: ends[track] ?? 0, duration: Int64(step))
            if let first = stated.first, first.index == index {
                time = first.time
                stated.removeFirst()
            }
            if ends[track] != time.decode {
                table.jumps.append(SalvageJump(index: index, track: UInt8(track), decodeTime: time.decode))
            }
            let duration = UInt32(clamping: time.duration)
            table.entries[index].duration = duration
            let offset = time.presentation.subtractingReportingOverflow(time.decode)
            table.entries[index].order = offset.overflow ? 0 : Int32(clamping: offset.partialValue)
            ends[track] = time.decode &+ Int64(duration)
            guard track == 0 else { continue }
            earliest = min(earliest, Int64(table.entries[index].order))
            let presented = time.decode &+ Int64(table.entries[index].order)
            let end = presented &+ Int64(duration)
            shown = (min(shown?.first ?? presented, presented), max(shown?.end ?? end, end))
        }
        // No frame is decoded after it is shown.
        if earliest < 0 {
            for index in table.jumps.indices where table.jumps[index].track == 0 {
                table.jumps[index].decodeTime = table.jumps[index].decodeTime &+ earliest
            }
            for index in table.entries.indices where table.entries[index].track == 0 {
                table.entries[index].order = Int32(clamping: Int64(table.entries[index].order) - earliest)
            }
        }
        if let shown {
            let length = shown.end.subtractingReportingOverflow(shown.first)
            duration = length.overflow ? 0 : length.partialValue
        }
    }

    private func periods() -> [Period] {
        var result: [Period] = []
        var loss = losses.startIndex
        var lostRestart = LostRestart()
        for index in table.entries.indices {
            var lost: UInt64 = 0
            while loss < losses.count, losses[loss].index <= index {
                if index > 0 { lost += losses[loss].bytes }
                loss += 1
            }
            let entry = table.entries[index]
            let falls = lostRestart.take(
                entry.hasOrder ? Int(entry.order) : nil, restarts: entry.restartsOrder, isBehindLoss: lost > 0)
            if result.isEmpty || entry.restartsOrder || !entry.hasOrder || falls {
                result.append(Period(range: index..<(index + 1), lostBefore: lost))
            } else {
                let last = result.count - 1
                result[last].range = result[last].range.lowerBound..<(index + 1)
                result[last].lostInside += lost
            }
        }
        // Of the last frames, some that are shown earlier may be cut off.
        for index in result.indices { result[index].isDamaged = result[index].lostInside > 0 || index == result.count - 1 }
        return result
    }

    /// What the order count grows by from one frame to the next: 1, or 2 where it counts fields.
    private func orderUnit() -> Int32 {
        var unit: Int32 = 0
        for entry in table.entries.prefix(4096) where entry.hasOrder {
            var (a, b) = (unit, entry.order == .min ? 0 : abs(entry.order))
            while b != 0 { (a, b) = (b, a % b) }
            unit = a
        }
        return max(unit, 1)
    }

    /// The place of each frame of a period in the order of display, from 0.
    private func places(_ period: Period, unit: Int32, averageBytes: UInt64) -> [Int64] {
        let entries = table.entries[period.range]
        guard entries.first?.hasOrder == true else { return entries.indices.map { Int64($0 - period.range.lowerBound) } }
        if period.isDamaged, let lowest = entries.map(\.order).min(), let highest = entries.map(\.order).max() {
            // The count itself says where frames are missing, unless it says more than the bytes that are.
            let missing = Int64(highest / unit) - Int64(lowest / unit) + 1 - Int64(entries.count)
            let expected = Int64(clamping: period.lostInside / averageBytes)
            if missing >= 0, missing <= 2 * expected + Int64(DisplayOrder<Void>.depth) {
                return entries.map { Int64($0.order / unit) - Int64(lowest / unit) }
            }
        }
        var order = DisplayOrder<Void>()
        var places: [Int64] = []
        for entry in entries {
            order.push((), order: Int(entry.order), restarts: false)
            while let popped = order.pop(isOver: false) { places.append(Int64(popped.display)) }
        }
        while let popped = order.pop(isOver: true) { places.append(Int64(popped.display)) }
        return places
    }
}
