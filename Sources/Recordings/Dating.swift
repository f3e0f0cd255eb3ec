import GRDB
import Layouts
import LinuxSystem

/// Gives every segment its start: camera by camera and stream by stream, in the order of the path's time, so that neighbours
/// can decide what a segment alone cannot.
struct Dating {
    let understanding: Understanding
    let message: FindingMessage

    func run(_ database: IndexDatabase, progress: (Int) -> Void) throws {
        try translating {
            try database.queue.write { db in
                let update = try RowStatement(
                    db, sql: "UPDATE segment SET start_us = ?, time_source = ?, time_uncertainty_us = ? WHERE id = ?")
                let rows = try RowWriter(db)
                // The provisional start is that of the path or of another clock: enough to sort by. SQLite sorts on disk.
                let cursor = try Row.fetchCursor(
                    db,
                    sql: """
                        SELECT id, path, path_encoding, mtime_ns, duration_us, camera_id, stream, embedded_us, embedded_uncertainty_us
                        FROM segment ORDER BY camera_id, stream, start_us, path
                        """)
                var line = Line()
                var done = 0
                func settle(_ times: [ResolvedTime]) throws {
                    for time in times {
                        guard let id = line.waiting.popFirst() else { return }
                        try update.execute { row in
                            row.put(time.startUs)
                            row.put(time.source.rawValue)
                            row.put(time.startUs == nil ? nil : time.uncertaintyUs)
                            row.put(id)
                        }
                        for finding in findings(of: time) { try rows.insert(finding, of: id, message: message) }
                    }
                }
                while let row = try cursor.next() {
                    if done % 4_096 == 0 {
                        if Interruption.requested { throw Interrupted() }
                        progress(done)
                    }
                    done += 1
                    let path = StoredPath(text: row[1], encoding: row[2])
                    let match = path.bytes.flatMap(understanding.match)
                    let key = Line.Key(camera: row[5], stream: row[6], zone: match?.trust.zone ?? understanding.zone)
                    if line.key != key {
                        try settle(line.reconciler?.finish() ?? [])
                        line = Line(key: key, assumed: match?.trust.zoneIsAssumed ?? true)
                    }
                    line.waiting.append(row[0])
                    try settle(
                        line.reconciler?.push(
                            SegmentClocks(
                                pathTime: match?.fields.time, embeddedUs: row[7], embeddedUncertaintyUs: row[8] ?? 500_000,
                                mtimeUs: (row[3] as Int64) / 1000, mtimeTrusted: match?.trust.mtimes ?? true, durationUs: row[4],
                                sequence: match?.fields.sequence)) ?? [])
                }
                try settle(line.reconciler?.finish() ?? [])
            }
        }
    }

    /// The segments of one camera and stream whose paths tell time in one zone.
    private struct Line {
        struct Key: Equatable {
            var camera: Int64?
            var stream: String?
            var zone: ZoneRules
        }
        var key: Key?
        var reconciler: ClockReconciler?
        /// Ids whose time is not decided yet, in the order they were given.
        var waiting = ArraySlice<Int64>()

        init() {}

        init(key: Key, assumed: Bool) {
            self.key = key
            reconciler = ClockReconciler(zone: key.zone, zoneIsAssumed: assumed)
        }
    }

    private func findings(of time: ResolvedTime) -> [StoredFinding] {
        var result = time.disagreements.map { disagreement in
            switch disagreement {
            case .zone(let offset): StoredFinding(.clocksDisagree, "zone \(offset) s")
            case .embeddedOff(let off): StoredFinding(.clocksDisagree, "path - embedded = \(Self.seconds(off)) s")
            case .embeddedAbsurd: StoredFinding(.clocksDisagree, "embedded clock was never set")
            case .embeddedAtEnd: StoredFinding(.clocksDisagree, "embedded clock tells the end")
            case .mtimeOff(let off): StoredFinding(.clocksDisagree, "path - mtime = \(Self.seconds(off)) s")
            case .repeatedHour(let decision): StoredFinding(.localTimeTwice, "decided by \(decision)")
            case .skippedHour: StoredFinding(.localTimeSkipped)
            }
        }
        if time.source == .neighbour { result.append(StoredFinding(.timeFromNeighbour)) }
        return result
    }

    private static func seconds(_ microseconds: Int64) -> String {
        String(Double(microseconds / 1000) / 1000)
    }
}
