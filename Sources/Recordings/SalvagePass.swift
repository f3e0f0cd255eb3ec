import GRDB
import LinuxSystem
import MediaContainers

extension SalvageReference {
    /// How many healthy files are tried: a camera whose settings were changed is found among as many.
    public static let enough = 6
}

/// Looks once more at recordings that lost their table of samples, with healthy segments of the same camera at hand.
///
/// Runs when all segments are known and before they are dated: the length of a segment is part of what tells its time.
struct SalvagePass {
    /// Nil where it cannot be opened any more.
    let open: (Segment) -> FileSource?
    let message: FindingMessage

    func run(_ database: IndexDatabase, progress: (Int) -> Void = { _ in }) throws {
        let broken = try translating {
            try database.queue.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT * FROM segment WHERE video_codec IS NULL AND size_bytes > 0
                            AND id IN (SELECT segment_id FROM finding WHERE code IN ('moov-missing', 'head-missing', 'content-unknown'))
                        ORDER BY camera_id, stream, start_us, path
                        """
                ).map(Segment.init)
            }
        }
        for (number, segment) in broken.enumerated() {
            if Interruption.requested { throw Interrupted() }
            progress(number)
            try salvage(segment, database)
        }
    }

    private func salvage(_ segment: Segment, _ database: IndexDatabase) throws {
        guard let source = open(segment) else { return }
        let siblings = try translating { try database.queue.read { db in try Self.siblings(of: segment, db) } }
        var references: [(reference: SalvageReference, sibling: Segment)] = []
        for sibling in siblings where references.count < SalvageReference.enough {
            guard let file = open(sibling), let reference = try? SalvageReference(SourceReader(file)) else { continue }
            references.append((reference, sibling))
        }
        guard let salvage = try? MP4Salvage(SourceReader(source), references: references.map(\.reference)) else { return }
        // Frames that no decoder can show are none.
        guard !salvage.description.findings.contains(where: { $0.code == .parameterSetsMissing }) else { return }
        var found = segment
        found.describe(salvage.description)
        var findings = salvage.description.findings.map(StoredFinding.init)
        if let chosen = salvage.chosenReference { findings.append(StoredFinding(.salvagedWith, references[chosen].sibling.path.text)) }
        try store(found, findings, database)
    }

    /// Nearest first; of the whole camera where its streams are not told apart in healthy files.
    private static func siblings(of segment: Segment, _ db: Database) throws -> [Segment] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM segment WHERE camera_id IS ? AND stream IS ? AND id <> ? AND state = 'complete'
                    AND container IN ('mp4', 'fmp4', 'matroska') ORDER BY ABS(IFNULL(start_us, 0) - ?), ABS(id - ?) LIMIT 32
                """, arguments: [segment.cameraID, segment.stream, segment.id, segment.start ?? 0, segment.id]
        ).map(Segment.init)
    }

    private func store(_ segment: Segment, _ findings: [StoredFinding], _ database: IndexDatabase) throws {
        try translating {
            try database.queue.write { db in
                try db.execute(
                    sql: """
                        UPDATE segment SET container = ?, video_codec = ?, width = ?, height = ?, audio_codec = ?, duration_us = ?,
                            frame_count = ?, keyframe_count = ?, state = ?, playable_bytes = ? WHERE id = ?
                        """,
                    arguments: [
                        segment.container?.rawValue, segment.video?.codec.rawValue, segment.video?.width, segment.video?.height,
                        segment.audio?.rawValue, segment.duration, segment.frameCount, segment.keyframeCount, segment.state.rawValue,
                        segment.playableBytes, segment.id,
                    ])
                try db.execute(sql: "DELETE FROM finding WHERE segment_id = ?", arguments: [segment.id])
                let rows = try RowWriter(db)
                for finding in findings { try rows.insert(finding, of: segment.id, message: message) }
            }
        }
    }
}
