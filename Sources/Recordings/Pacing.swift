import GRDB

/// Gives a length to streams that state no frame rate (raw H.264 without timing, MJPEG): frames are counted, and neighbours
/// of the same camera tell how long so many frames last.
struct Pacing {
    let understanding: Understanding
    let message: FindingMessage

    private struct Stream {
        var id: Int64
        var frames: Int64
        var start: Int64?
        var modified: Int64
        var fromPath: Bool
        var mtimeTrusted: Bool
    }
    /// Frames per second that a camera may have.
    private static let plausible = 0.2...150.0
    /// Where nothing tells: the rate of the field's cameras in Europe, and what players assume.
    private static let assumed = 25.0

    func run(_ database: IndexDatabase) throws {
        try translating {
            try database.queue.write { db in
                let lines = try Row.fetchAll(
                    db, sql: "SELECT DISTINCT camera_id, stream, container FROM segment WHERE duration_us IS NULL AND frame_count > 0")
                for line in lines {
                    let streams = try Row.fetchAll(
                        db,
                        sql: """
                            SELECT id, frame_count, start_us, mtime_ns, time_source, path, path_encoding FROM segment
                            WHERE camera_id IS ? AND stream IS ? AND container IS ? AND duration_us IS NULL AND frame_count > 0
                            ORDER BY start_us
                            """, arguments: [line[0] as Int64?, line[1] as String?, line[2] as String?]
                    ).map { row in
                        let path = StoredPath(text: row[5], encoding: row[6])
                        return Stream(
                            id: row[0], frames: row[1], start: row[2], modified: (row[3] as Int64) / 1000, fromPath: row[4] == "path",
                            mtimeTrusted: path.bytes.flatMap(understanding.match)?.trust.mtimes ?? true)
                    }
                    // What other files of the camera state is better than any conclusion.
                    let stated = try Row.fetchOne(
                        db,
                        sql: """
                            SELECT SUM(frame_count), SUM(duration_us) FROM segment
                            WHERE camera_id IS ? AND stream IS ? AND container IS ? AND duration_us > 0 AND frame_count > 0
                            """, arguments: [line[0] as Int64?, line[1] as String?, line[2] as String?]
                    ).flatMap { row -> Double? in
                        guard let frames = row[0] as Int64?, let duration = row[1] as Int64?, duration > 0 else { return nil }
                        return Double(frames) * 1_000_000 / Double(duration)
                    }
                    try set(streams, stated: stated.flatMap { Self.plausible.contains($0) ? $0 : nil }, db)
                }
            }
        }
    }

    private func set(_ streams: [Stream], stated: Double?, _ db: Database) throws {
        let neighbours = zip(streams, streams.dropFirst()).compactMap { stream, next -> (frames: Int64, gap: Int64)? in
            guard let start = stream.start, let end = next.start, end > start else { return nil }
            return (stream.frames, end - start)
        }
        let copies = streams.compactMap { stream -> (frames: Int64, gap: Int64)? in
            guard stream.fromPath, stream.mtimeTrusted, let start = stream.start, stream.modified > start else { return nil }
            return (stream.frames, stream.modified - start)
        }
        let (rate, ground) =
            stated.map { ($0, "siblings") } ?? Self.rate(neighbours).map { ($0, "neighbours") } ?? Self.rate(copies).map { ($0, "mtime") }
            ?? (Self.assumed, "assumed")
        let update = try db.makeStatement(sql: "UPDATE segment SET duration_us = ? WHERE id = ?")
        let moved = try db.makeStatement(sql: "UPDATE segment SET start_us = start_us - ? WHERE id = ? AND time_source = 'mtime'")
        let rows = try RowWriter(db)
        for stream in streams {
            let duration = Int64((Double(stream.frames) / rate * 1_000_000).rounded())
            try update.execute(arguments: [duration, stream.id])
            // A start concluded from the modification time knew no length yet.
            try moved.execute(arguments: [duration, stream.id])
            let shown = String((rate * 1000).rounded() / 1000)
            try rows.insert(
                StoredFinding(.rateConcluded, "\(stream.frames) frames, \(shown) fps, \(ground)"), of: stream.id, message: message)
        }
    }

    /// The rate that most agree on: the median, then the mean of those near it, because names in whole seconds are coarse.
    static func rate(_ pairs: [(frames: Int64, gap: Int64)]) -> Double? {
        func rate(_ pair: (frames: Int64, gap: Int64)) -> Double { Double(pair.frames) * 1_000_000 / Double(pair.gap) }
        let rates = pairs.map(rate).filter(plausible.contains).sorted()
        guard !rates.isEmpty else { return nil }
        // A gap in the recording makes a rate look slower, never faster.
        let likely = rates[rates.count * 2 / 3]
        let near = pairs.filter { abs(rate($0) - likely) <= likely * 0.15 }
        let frames = near.reduce(0) { $0 + $1.frames }
        let time = near.reduce(0) { $0 + $1.gap }
        return time > 0 ? Double(frames) * 1_000_000 / Double(time) : likely
    }
}
