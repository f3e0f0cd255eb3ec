import Dispatch
import Foundation
import GRDB
import Layouts
import LinuxSystem
import MediaContainers

/// What the user asked for.
public struct BuildRequest: Sendable {
    public var sources: [String]
    public var indexPath: String
    /// Given templates are used as they are; without any, layouts are inferred.
    public var templates: [PathTemplate]
    /// For paths whose zone nothing tells.
    public var zone: ZoneRules
    /// True where the user named the zone: it then overrides what was inferred for local times.
    public var zoneIsCertain: Bool
    public var jobs: Int
    public var hashing: Bool
    public var toolVersion: String

    public init(
        sources: [String], indexPath: String, templates: [PathTemplate], zone: ZoneRules, zoneIsCertain: Bool, jobs: Int, hashing: Bool,
        toolVersion: String
    ) {
        self.sources = sources
        self.indexPath = indexPath
        self.templates = templates
        self.zone = zone
        self.zoneIsCertain = zoneIsCertain
        self.jobs = jobs
        self.hashing = hashing
        self.toolVersion = toolVersion
    }
}

/// How far a build has come.
public struct BuildProgress: Sendable {
    public enum Phase: Sendable {
        case walking, understanding, reading, dating
    }
    public var phase: Phase
    public var done: Int
    /// Nil while it is not known.
    public var total: Int?
    /// Bytes of the segments looked at, not bytes read.
    public var bytes: UInt64
}

/// What a build found and lost.
public struct BuildResult: Sendable {
    public var walk = WalkCounts()
    public var layouts: [InferredLayout] = []
    public var segments = 0
    public var cameras = 0
    public var otherFiles = 0
    public var duplicates = 0
    public var vanished = 0
    /// Sources in which no recording was found, as they were given: a disk that was mounted without its log shows none.
    public var sourcesWithoutRecordings: [String] = []
    /// Files taken over from an earlier build without opening them.
    public var reused = 0
    public var byState: [MediaState: Int] = [:]
    /// UTC microseconds; nil where no segment has a time.
    public var firstStart: Int64?
    public var lastEnd: Int64?
    public var zone = ZoneRules.utc

    public var hasLosses: Bool {
        byState.contains { $0.key != .complete && $0.value > 0 } || !walk.unreadableFolders.isEmpty
    }
}

/// Builds an index from source trees: walk, understand the layout from a sample, read every file once, date the segments,
/// and put the finished file under its name.
public struct IndexBuilder {
    private let request: BuildRequest
    private let message: FindingMessage
    private let progress: (BuildProgress) -> Void
    private let sources: [SourceTree]
    private let work: WorkFiles
    /// One for each worker.
    private let buffers: [ReadBuffer]
    /// Enough that every core has something to read while rows are written, little enough to stop quickly and to lose little.
    private static let batchSize = 256

    /// Opens the sources and checks the destination; nothing is written yet.
    public init(_ request: BuildRequest, message: @escaping FindingMessage, progress: @escaping (BuildProgress) -> Void) throws {
        self.request = request
        self.message = message
        self.progress = progress
        sources = try Self.open(request.sources)
        work = WorkFiles(final: request.indexPath)
        buffers = (0..<request.jobs).map { _ in ReadBuffer() }
        try DestinationGuard.check(
            request.indexPath, against: sources.filter { $0.singleFile == nil }.map { (path: $0.path, device: $0.device) })
        try DestinationGuard.checkIndexName(request.indexPath)
    }

    /// For a survey: sources only, nothing will be written.
    init(surveying request: BuildRequest, progress: @escaping (BuildProgress) -> Void) throws {
        self.request = request
        self.progress = progress
        message = { $0.code }
        sources = try Self.open(request.sources)
        work = WorkFiles(final: request.indexPath)
        buffers = (0..<request.jobs).map { _ in ReadBuffer() }
    }

    private static func open(_ paths: [String]) throws -> [SourceTree] {
        try paths.map { path in
            do throws(SystemError) { return try SourceTree(path) } catch { throw RecordingsError.sourceMissing(path: path, error) }
        }
    }

    func survey() throws -> [InferredLayout] {
        var seen = 0
        var sample = PathSample()
        var walk = TreeWalk()
        for (number, source) in sources.enumerated() {
            try walk.walk(source, volume: number) { file in
                sample.offer(file)
                seen += 1
                if seen % 4_096 == 0 { progress(.init(phase: .walking, done: seen, total: nil, bytes: 0)) }
            }
        }
        let files = sample.files()
        progress(.init(phase: .understanding, done: 0, total: files.count, bytes: 0))
        let sampled = probeAll(files, probe: SegmentProbe(sources: sources, hashing: false), cache: nil)
        if Interruption.requested { throw Interrupted() }
        guard sampled.contains(where: { $0.description != nil }) else {
            throw RecordingsError.nothingToIndex(
                paths: request.sources, filesSeen: walk.counts.files, unreadable: walk.counts.unreadableFolders.count)
        }
        return try count(Understanding(sampled, request: request))
    }

    /// The sample said which layouts there are; all names say how many files follow each, and which cameras.
    private func count(_ understanding: Understanding) throws -> [InferredLayout] {
        var census = LayoutCensus(understanding.layouts)
        var walk = TreeWalk()
        for (number, source) in sources.enumerated() {
            try walk.walk(source, volume: number) { file in
                if let match = understanding.match(file.path), match.endsAsRecordingsDo { census.add(match) }
            }
        }
        return census.layouts
    }

    public func run() throws -> BuildResult {
        let lock = try WorkLock(request.indexPath)
        defer { lock.release() }
        var result = BuildResult()
        let (spool, sample) = try walk(&result)
        try work.prepareResume()
        let cache = ProbeCache([work.partial, work.resume, work.final], sources: sources, toolVersion: request.toolVersion)
        let probe = SegmentProbe(sources: sources, hashing: request.hashing)

        progress(.init(phase: .understanding, done: 0, total: sample.count, bytes: 0))
        let sampled = probeAll(sample, probe: probe, cache: cache)
        if Interruption.requested { throw Interrupted() }
        let understanding = Understanding(sampled, request: request)
        result.layouts = understanding.layouts
        result.zone = understanding.zone

        let database = try openDatabase()
        try read(spool, sampled: sampled, probe: probe, cache: cache, understanding: understanding, into: database, &result)
        cache?.close()
        guard result.segments > 0 else {
            try? database.queue.close()
            work.remove(work.partial)
            throw RecordingsError.nothingToIndex(
                paths: request.sources, filesSeen: result.walk.files, unreadable: result.walk.unreadableFolders.count)
        }
        try SalvagePass(open: open, message: message).run(database) { done in
            progress(.init(phase: .dating, done: done, total: nil, bytes: 0))
        }
        progress(.init(phase: .dating, done: 0, total: result.segments, bytes: 0))
        try Dating(understanding: understanding, message: message).run(database) { done in
            progress(.init(phase: .dating, done: done, total: result.segments, bytes: 0))
        }
        try Pacing(understanding: understanding, message: message).run(database)
        result.duplicates = try Duplicates(sources: sources, message: message).fold(database)
        try SharedCameraNames(message: message).split(database)
        try summarise(database, &result)
        try publish(database)
        return result
    }

    // MARK: The steps

    private func walk(_ result: inout BuildResult) throws -> (PathSpool, [WalkedFile]) {
        let spool = PathSpool(folder: splitPath(request.indexPath).folder)
        var sample = PathSample()
        var walk = TreeWalk()
        for (number, source) in sources.enumerated() {
            try walk.walk(source, volume: number) { file in
                try spool.append(file)
                sample.offer(file)
                if spool.count % 4_096 == 0 { progress(.init(phase: .walking, done: spool.count, total: nil, bytes: 0)) }
            }
        }
        result.walk = walk.counts
        return (spool, sample.files())
    }

    private func openDatabase() throws -> IndexDatabase {
        work.remove(work.partial)
        let database = try translating { try IndexDatabase(path: work.partial, bulk: true) }
        try translating {
            try database.createTables()
            try database.queue.write { db in
                // Also in a work file, so that another version does not go on with it.
                try db.execute(sql: "INSERT INTO meta(key, value) VALUES ('toolVersion', ?)", arguments: [request.toolVersion])
                for (number, source) in sources.enumerated() {
                    try db.execute(
                        sql:
                            "INSERT INTO volume(id, uuid, label, filesystem, device_serial, source_path, scanned_at) VALUES (?,?,?,?,?,?,?)",
                        arguments: [
                            number + 1, source.volume.uuid, source.volume.label, source.volume.filesystem, source.volume.serial,
                            source.path,
                            ISO8601.format(Int64(Date().timeIntervalSince1970 * 1_000_000)),
                        ])
                }
            }
        }
        return database
    }

    /// Every file is probed on all cores, a batch ahead of the rows that are written.
    private func read(
        _ spool: PathSpool, sampled: [ProbedFile], probe: SegmentProbe, cache: ProbeCache?, understanding: Understanding,
        into database: IndexDatabase, _ result: inout BuildResult
    ) throws {
        // What the sample already read is not read again.
        var ready: [[UInt8]: ProbedFile] = [:]
        for file in sampled { ready[Self.key(file.file)] = file }
        let filler = IndexFiller(database: database, understanding: understanding, sources: sources, message: message)
        let writer = DispatchQueue(label: "index rows")
        let gate = DispatchSemaphore(value: 2)
        let total = spool.count
        var done = 0
        var bytes: UInt64 = 0
        do {
            try spool.forEachBatch(of: Self.batchSize) { batch in
                if Interruption.requested { throw Interrupted() }
                let known = batch.map { ready.removeValue(forKey: Self.key($0)) }
                let fresh = probeAll(batch.enumerated().filter { known[$0.offset] == nil }.map(\.element), probe: probe, cache: cache)
                var next = fresh.makeIterator()
                let probed = known.compactMap { $0 ?? next.next() }
                gate.wait()
                writer.async {
                    filler.fill(probed)
                    gate.signal()
                }
                if let failure = filler.failure { throw failure }
                done += batch.count
                bytes += probed.reduce(0) { $0 + UInt64(clamping: $1.sizeBytes) }
                progress(.init(phase: .reading, done: done, total: total, bytes: bytes))
            }
        } catch {
            writer.sync {}
            throw error
        }
        writer.sync {}
        if let failure = filler.failure { throw failure }
        result.segments = filler.segments
        result.layouts = filler.census.layouts
        result.otherFiles = filler.otherFiles
        result.vanished = filler.vanished
        result.reused = filler.reused
    }

    private static func key(_ file: WalkedFile) -> [UInt8] {
        withUnsafeBytes(of: UInt32(file.volume)) { Array($0) } + file.path
    }

    /// In the order of the files given; read in the order of their inodes, which on ext4 and XFS is about that of the disk.
    private func probeAll(_ files: [WalkedFile], probe: SegmentProbe, cache: ProbeCache?) -> [ProbedFile] {
        guard !files.isEmpty else { return [] }
        let order = files.indices.sorted { files[$0].inode < files[$1].inode }
        let chunk = max(1, min(16, files.count / (request.jobs * 4)))
        let chunks = (files.count + chunk - 1) / chunk
        let results = UnsafeMutableBufferPointer<ProbedFile>.allocate(capacity: files.count)
        for (index, file) in files.enumerated() { results.initializeElement(at: index, to: ProbedFile(file: file, content: .vanished)) }
        defer {
            results.deinitialize()
            results.deallocate()
        }
        // Each slot is written by the one thread that drew its chunk.
        nonisolated(unsafe) let slots = results
        let pull = ChunkCounter(count: chunks)
        nonisolated(unsafe) let buffers = buffers
        DispatchQueue.concurrentPerform(iterations: min(request.jobs, chunks)) { worker in
            while let number = pull.next() {
                for position in (number * chunk)..<min((number + 1) * chunk, order.count) {
                    if Interruption.requested { return }
                    slots[order[position]] = probe.probe(files[order[position]], known: cache, buffer: buffers[worker])
                }
            }
        }
        return Array(results)
    }

    private func open(_ segment: Segment) -> FileSource? {
        guard let bytes = segment.path.bytes, let file = try? OpenFile.forReading(bytes, in: sources[Int(segment.volumeID) - 1].root),
            let status = try? file.status(), status.kind == .regular
        else { return nil }
        return FileSource(file, byteCount: status.byteCount)
    }

    private func summarise(_ database: IndexDatabase, _ result: inout BuildResult) throws {
        try translating {
            try database.queue.write { db in
                for row in try Row.fetchAll(db, sql: "SELECT state, COUNT(*) FROM segment GROUP BY state") {
                    if let state = row.text(at: 0).flatMap(MediaState.init(rawValue:)) {
                        result.byState[state] = Int(row.integer(at: 1) ?? 0)
                    }
                }
                result.segments = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM segment") ?? 0
                for (number, source) in sources.enumerated() {
                    // A second copy of what another source holds is no segment of its own.
                    let found = try Bool.fetchOne(
                        db,
                        sql: """
                            SELECT EXISTS(SELECT 1 FROM segment WHERE volume_id = ?1) OR EXISTS(SELECT 1 FROM duplicate WHERE volume_id = ?1)
                            """, arguments: [number + 1])
                    if found == false { result.sourcesWithoutRecordings.append(source.path) }
                }
                result.cameras = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM camera") ?? 0
                if let row = try Row.fetchOne(db, sql: "SELECT MIN(start_us), MAX(start_us + IFNULL(duration_us, 0)) FROM segment") {
                    result.firstStart = row.integer(at: 0)
                    result.lastEnd = row.integer(at: 1)
                }
                let meta: [(String, String)] = [
                    ("toolVersion", request.toolVersion),
                    ("builtAt", ISO8601.format(Int64(Date().timeIntervalSince1970 * 1_000_000))),
                    ("timeZone", result.zone.identifier),
                    ("layouts", JSON.array(result.layouts.map(LayoutDescription.json)).line),
                    ("sources", JSON.array(sources.map { .string($0.path) }).line),
                    ("filesSeen", String(result.walk.files)),
                    ("nonVideoFiles", String(result.otherFiles)),
                    ("duplicateFiles", String(result.duplicates)),
                    ("vanishedFiles", String(result.vanished)),
                    ("symbolicLinks", String(result.walk.links)),
                    ("specialFiles", String(result.walk.specials)),
                    ("unreadableFolders", String(result.walk.unreadableFolders.count)),
                ]
                for (key, value) in meta {
                    try db.execute(sql: "INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", arguments: [key, value])
                }
                try db.execute(sql: IndexSchema.indexes)
            }
        }
    }

    /// The finished file takes its name; a reader sees the old index or the new one.
    private func publish(_ database: IndexDatabase) throws {
        try translating { try database.settle() }
        try publishFile(from: work.partial, to: request.indexPath)
        work.remove(work.resume)
    }
}

/// Syncs a finished work file and renames it.
public func publishFile(from partial: String, to final: String, calls: SystemCalls = .live) throws(SystemError) {
    let file = try OpenFile.forReading(path: partial, calls: calls)
    try file.sync()
    switch calls.rename(partial, final) {
    case .success: break
    case .failure(let error): throw SystemError(call: "rename", errno: error.value, path: final)
    }
    try syncFolder(of: final, calls: calls)
}

/// SQLite's own words for a destination that failed become ours.
func translating<T>(_ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error as DatabaseError {
        let number: Int32? =
            switch error.resultCode {
            case .SQLITE_FULL: ENOSPC
            case .SQLITE_READONLY: EROFS
            case .SQLITE_IOERR: EIO
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: EACCES
            default: nil
            }
        guard let number else { throw error }
        throw RecordingsError.destinationFailed(SystemError(call: "write", errno: number, path: "index"))
    } catch let error as SystemError {
        throw RecordingsError.destinationFailed(error)
    }
}
