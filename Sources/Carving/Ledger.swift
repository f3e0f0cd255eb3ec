import LinuxSystem
import MediaContainers

/// What a run has done so far: finds in the journal, and ground covered in the map. The journal is always written first, so
/// that the map never says more than the journal knows.
struct Ledger {
    let journal: CarveJournal
    private(set) var map: RescueMap
    /// Nil in a dry run.
    let mapPath: String?
    /// Looked at, but not in the map yet: finds that begin there may still be on their way to the disk. Ascending.
    private var covered: [Range<UInt64>] = []
    private var lastCheckpoint = ContinuousClock.now

    private static let interval = Duration.seconds(2)

    init(journal: CarveJournal, map: RescueMap, mapPath: String?) {
        self.journal = journal
        self.map = map
        self.mapPath = mapPath
    }

    var isDue: Bool { ContinuousClock.now - lastCheckpoint > Self.interval }

    mutating func cover(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        if let last = covered.last, last.upperBound == range.lowerBound {
            covered[covered.count - 1] = last.lowerBound..<range.upperBound
        } else {
            covered.append(range)
        }
    }

    /// The journal knows of a find that the map does not: everything before it was looked at. The next one begins on a sector.
    mutating func adopt(_ find: Find) {
        guard let area = map.areas.first(where: { $0.status == .nonTried && $0.range.contains(find.offset) }) else { return }
        // Of a joined one, a part may lie before that.
        for extent in find.extents where extent.range.upperBound > area.range.lowerBound {
            map.set(area.range.lowerBound..<min(extent.range.upperBound, map.end).roundedUpToSector, .finished)
        }
    }

    /// `safe`: every find that begins before this offset is on the disk.
    mutating func checkpoint(_ finds: [Find], safe: UInt64, source: CarveSource) throws {
        defer { lastCheckpoint = .now }
        for find in finds { try journal.append(find) }
        try journal.sync()
        for range in covered {
            let done = range.clamped(to: range.lowerBound..<max(range.lowerBound, min(range.upperBound, safe)))
            guard !done.isEmpty else { continue }
            map.set(done, .finished)
            for hole in source.missing.ranges { map.set(hole.clamped(to: done), .nonTried) }
            map.position = done.upperBound
        }
        covered = covered.compactMap { $0.upperBound <= safe ? nil : max($0.lowerBound, safe)..<$0.upperBound }
        for range in source.bad.ranges { map.set(range, .bad) }
        if let mapPath { try MapFile.write(map, mapPath) }
    }
}
