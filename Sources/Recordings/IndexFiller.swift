import GRDB
import Layouts
import LinuxSystem
import MediaContainers

/// Writes probed files as rows. Used from one queue; `failure` is looked at from another, after the gate between both.
final class IndexFiller: @unchecked Sendable {
    private let database: IndexDatabase
    private let understanding: Understanding
    private let treeNames: [String]
    private let message: FindingMessage
    private var cameras: [String: Int64] = [:]
    private(set) var segments = 0
    private(set) var census: LayoutCensus
    private(set) var otherFiles = 0
    private(set) var vanished = 0
    private(set) var reused = 0
    private(set) var failure: (any Error)?

    init(database: IndexDatabase, understanding: Understanding, sources: [SourceTree], message: @escaping FindingMessage) {
        self.database = database
        self.understanding = understanding
        self.message = message
        census = LayoutCensus(understanding.layouts)
        treeNames = sources.map { source in
            let name = splitPath(source.path).name
            return source.volume.label ?? (name.isEmpty ? "/" : name)
        }
    }

    /// One transaction: a build that is killed has all of the batch or none of it.
    func fill(_ files: [ProbedFile]) {
        guard failure == nil else { return }
        do {
            try translating {
                try database.queue.write { db in
                    let rows = try RowWriter(db)
                    for file in files { try add(file, rows, db) }
                }
            }
        } catch {
            failure = error
        }
    }

    private func add(_ file: ProbedFile, _ rows: RowWriter, _ db: Database) throws {
        var segment = Segment(
            volumeID: Int64(file.file.volume + 1), path: StoredPath(bytes: file.file.path), sizeBytes: file.sizeBytes,
            modified: file.modified, state: .complete)
        var findings: [StoredFinding] = []
        let match = understanding.match(file.file.path)
        // A file that holds nothing is a segment only where segments lie.
        let amongSegments = match?.endsAsRecordingsDo ?? false

        switch file.content {
        case .vanished:
            vanished += 1
            return
        case .known(let known, let earlier):
            reused += 1
            segment.describe(known)
            // A length that was concluded from neighbours is concluded anew: there may be other neighbours now.
            if earlier.contains(where: { $0.code == IndexFinding.rateConcluded.rawValue }) { segment.duration = nil }
            findings = earlier.filter { MediaFinding.Code(rawValue: $0.code) != nil }
        case .media(let media) where media.isVideo:
            segment.describe(media)
            findings = media.findings.map(StoredFinding.init)
        case .empty where amongSegments:
            segment.state = .empty
        case .zeroes where amongSegments:
            segment.state = .unreadable
            findings = [StoredFinding(.onlyZeroes)]
        case .notMedia where amongSegments:
            segment.state = .unreadable
            findings = [StoredFinding(.contentUnknown)]
        case .unreadable(let errno) where amongSegments || match == nil:
            segment.state = .unreadable
            findings = [StoredFinding(.fileUnreadable, SystemError(call: "read", errno: errno, path: "").reason)]
        case .knownOther:
            reused += 1
            try addOther(file, rows)
            return
        default:
            try addOther(file, rows)
            return
        }
        segment.sha256 = file.sha256 ?? segment.sha256
        place(&segment, file: file, fields: match?.fields)
        segment.cameraID = try camera(cameraKey(of: file, fields: match?.fields), db)
        try rows.insert(segment, findings, into: db, message: message)
        segments += 1
        if let match { census.add(match) }
    }

    private func addOther(_ file: ProbedFile, _ rows: RowWriter) throws {
        otherFiles += 1
        try rows.insert(
            OtherFile(
                volumeID: Int64(file.file.volume + 1), path: StoredPath(bytes: file.file.path), sizeBytes: file.sizeBytes,
                modified: file.modified))
    }

    /// Kind, stream and a provisional time: enough to sort by. `Dating` decides.
    private func place(_ segment: inout Segment, file: ProbedFile, fields: PathFields?) {
        segment.stream = fields?.stream
        if let kind = fields?.kind {
            segment.kind = Segment.Kind(rawValue: RecordingKind(word: kind).rawValue) ?? .unknown
            segment.isProtected = RecordingKind.isProtected(word: kind)
        }
        if segment.kind == .unknown, segment.container == .jpeg { segment.kind = .snapshot }
        if let time = fields?.time {
            segment.start = time.microseconds
            segment.timeSource = .path
        } else if let clock = segment.embeddedClock {
            segment.start = clock.microseconds
            segment.timeSource = .embedded
        } else {
            segment.start = file.modified / 1000 - (segment.duration ?? 0)
            segment.timeSource = .mtime
        }
    }

    /// The camera the path names; without one the folder the file lies in, or the tree's own name.
    private func cameraKey(of file: ProbedFile, fields: PathFields?) -> String {
        if let camera = fields?.camera { return camera }
        if fields == nil, let slash = file.file.path.lastIndex(of: 0x2F) { return StoredPath(bytes: Array(file.file.path[..<slash])).text }
        return treeNames[file.file.volume]
    }

    private func camera(_ key: String, _ db: Database) throws -> Int64 {
        if let id = cameras[key] { return id }
        try db.execute(sql: "INSERT INTO camera(key, name) VALUES (?, ?)", arguments: [key, key])
        let id = db.lastInsertedRowID
        cameras[key] = id
        return id
    }
}

extension Segment {
    fileprivate mutating func describe(_ known: Segment) {
        container = known.container
        video = known.video
        audio = known.audio
        duration = known.duration
        frameCount = known.frameCount
        keyframeCount = known.keyframeCount
        state = known.state
        playableBytes = known.playableBytes
        embeddedClock = known.embeddedClock
        sha256 = known.sha256
    }
}
