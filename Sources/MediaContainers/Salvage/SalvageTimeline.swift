/// Makes a table of what a walk found: leaves out frames that damage may have reached, and gives the others their times.
struct SalvageTimeline {
    private(set) var table = SalvageTable()
    private(set) var findings = FindingList()
    private(set) var keyframes = 0
    private(set) var isDamaged = false
    /// Ticks from the first frame shown to the end of the last.
    private(set) var duration: Int64 = 0
    private(set) var end: UInt64 = 0

    /// `step`: ticks of a frame.
    init(_ walk: SalvageWalk, track: Track, step: UInt32) {
        table.tracks = [track]
        table.entries = walk.entries
        dropDoubtful(walk.gaps, walk.end)
        keyframes = table.entries.count { $0.isKeyframe }
        end = table.entries.last?.end ?? 0
        setTimes(step)
    }

    private mutating func dropDoubtful(_ gaps: [SalvageGap], _ dataEnd: UInt64) {
        for gap in gaps where gap.range.upperBound < dataEnd {
            isDamaged = true
            findings.add(.bytesSkipped, at: gap.range.lowerBound, "\(gap.range.upperBound - gap.range.lowerBound) bytes")
        }
    }

    /// Presentation from the order of display; decoding runs ahead of it by as much as any frame needs.
    private mutating func setTimes(_ step: UInt32) {
        var order = DisplayOrder<Int>()
        var displays: [Int32] = []
        displays.reserveCapacity(table.entries.count)
        var delay: Int32 = 0
        var last: Int32 = 0
        func place(_ popped: (item: Int, decode: Int, display: Int)) {
            let shift = Int32(truncatingIfNeeded: popped.display - popped.decode)
            displays.append(shift)
            delay = max(delay, -shift)
            last = max(last, Int32(truncatingIfNeeded: popped.display))
        }
        for (index, entry) in table.entries.enumerated() {
            order.push(index, order: entry.hasOrder ? Int(entry.order) : nil, restarts: entry.restartsOrder)
            while let popped = order.pop(isOver: false) { place(popped) }
        }
        while let popped = order.pop(isOver: true) { place(popped) }
        for index in table.entries.indices {
            table.entries[index].duration = step
            table.entries[index].order = (displays[index] &+ delay) &* Int32(truncatingIfNeeded: step)
        }
        if !table.entries.isEmpty { duration = (Int64(last) + 1) * Int64(step) }
    }
}
