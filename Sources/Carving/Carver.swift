import Foundation
import LinuxSystem
import MediaContainers

/// Reads a disk once from its beginning to its end and writes every recording that begins on it.
///
/// What belongs to a find is copied and stepped over; the rest is looked at sector by sector. A checkpoint every few seconds
/// puts the finds into the journal and then the progress into the map, so that a run that is killed goes on from there.
public final class Carver {
    public let source: CarveSource
    public let journal: CarveJournal
    let request: CarveRequest
    var ledger: Ledger
    let scope: Range<UInt64>
    private let identity: String
    /// Whether the folder holds what an earlier run of the same disk found.
    public let isContinued: Bool
    var writer: FindWriter?
    var result = CarveResult()
    /// Broken recordings since the last checkpoint, and where the rest of such may begin.
    private var pieces: [Find] = []
    private var anchors = AnchorSearch()
    private var freeSpace: FreeSpace?

    private static let window = 1 << 20
    public static let mapName = "carve.map"

    /// Opens and checks; nothing is written yet.
    public convenience init(_ request: CarveRequest) throws {
        let (file, medium) = try Self.open(request.source)
        try self.init(request, opened: file, size: medium.byteCount)
    }

    init(_ request: CarveRequest, opened file: OpenFile, size: UInt64) throws {
        self.request = request
        guard request.from < size else { throw CarveError.outside(path: request.source, byteCount: size) }
        let sector = UInt64(MediaSignature.sector)
        let start = request.from / sector * sector
        let (end, overflow) = request.from.addingReportingOverflow(request.length ?? .max)
        scope = start..<(overflow ? size : min(end, size))

        let plain = CarveSource(file, path: request.source, byteCount: size)
        identity = try DiskIdentity.of(plain) + (request.unallocatedOnly ? ", free blocks only" : "")
        let ownMap = request.output + "/" + Self.mapName
        let mapPath: String?
        let given = try request.map.flatMap { try MapFile.read($0) }
        if let given, given.identity == nil {
            // A map of ddrescue's says what of the image was ever read. It is not ours to write.
            guard given.end == size else { throw CarveError.mapOfAnother(path: request.map ?? "") }
            source = CarveSource(file, path: request.source, byteCount: size, missing: given.ranges { $0 != .finished })
            mapPath = request.dryRun ? nil : ownMap
        } else {
            source = plain
            mapPath = request.dryRun ? nil : request.map ?? ownMap
        }
        let own = given?.identity != nil ? given : try mapPath.flatMap { try MapFile.read($0) }
        if let own, own.identity != identity || own.end != size { throw CarveError.mapOfAnother(path: mapPath ?? request.map ?? "") }
        var map = own ?? RescueMap(byteCount: size, identity: identity)
        if own == nil, let given { for area in given.areas where area.status != .finished { map.set(area.range, area.status) } }

        let folder = request.dryRun ? NSTemporaryDirectory() + "/camtrace-rescue-\(getpid())" : request.output
        journal = CarveJournal(path: request.dryRun ? folder + ".jsonl" : folder + "/" + CarveJournal.name)
        switch request.dryRun ? .none : try journal.standing(source: identity) {
        case .none:
            isContinued = false
            // A map without the finds it led to: they would be missing from every list. One that is given by name may go on in
            // another folder, because the first was full.
            if own != nil, request.map == nil { map = RescueMap(byteCount: size, identity: identity) }
        case .ours: isContinued = true
        case .another: throw CarveError.destinationOfAnother(path: request.output)
        }
        ledger = Ledger(journal: journal, map: map, mapPath: mapPath)
        if request.unallocatedOnly {
            do { freeSpace = try FreeSpace(source, at: request.fileSystemAt) } catch let refused as FreeSpace.Refused {
                throw CarveError.freeSpaceUnknown(path: request.source, detail: refused.detail)
            }
        }
        result.byteCount = size
        result.missing = source.missing
    }

    private static func open(_ path: String) throws -> (OpenFile, RawMedium) {
        do {
            // A FIFO or a terminal must not be opened, let alone read.
            guard try FileStatus.of(path: path).kind != .directory else { throw CarveError.notADisk(path: path) }
            let file = try OpenFile.forReading(path: path)
            guard let medium = try file.rawMedium() else { throw CarveError.notADisk(path: path) }
            guard medium.byteCount > 0 else { throw CarveError.sourceEmpty(path: path) }
            return (file, medium)
        } catch let error as SystemError {
            throw CarveError.sourceMissing(path: path, error)
        }
    }

    /// Where the progress is kept; nil in a dry run.
    public var mapPath: String? { ledger.mapPath }

    public func run(shouldStop: () -> Bool, progress: (CarveProgress) -> Void) throws -> CarveResult {
        if request.dryRun {
            try journal.begin(source: identity)
        } else {
            try makeFolders(request.output)
            if !isContinued { try journal.begin(source: identity) }
            writer = FindWriter(folder: request.output, replacing: isContinued)
            if isContinued {
                try journal.forEach(adopt)
                for piece in try journal.unsettled().pieces { adopt(piece) }
            }
        }
        do {
            try scan(shouldStop: shouldStop, progress: progress)
            writer?.wait()
            try checkpoint()
            try join(shouldStop: shouldStop)
        } catch is Stopped {
            result.wasInterrupted = true
        } catch {
            // What is complete stays, and is known to the next run.
            writer?.wait()
            try? checkpoint()
            if let failure = error as? SourceFailure {
                throw CarveError.sourceGone(path: request.source, offset: failure.offset, errno: failure.errno)
            }
            throw error
        }
        writer?.wait()
        try checkpoint()
        result.scannedBytes = ledger.map.ranges { $0 == .finished }.byteCount
        result.unreadable = ledger.map.ranges { $0 == .bad }
        result.earlyEnd = source.earlyEnd
        result.isBlank = anchors.isBlank && !isContinued && result.finds == 0 && result.unreadable.isEmpty && result.missing.isEmpty
        return result
    }

    /// Removes what a dry run spooled.
    public func close() {
        if request.dryRun { journal.remove() }
    }

    /// A find of an earlier run. The ground up to its end was covered, even if the map was not written any more.
    private func adopt(_ find: Find) {
        if find.pending == nil { result.count(find) }
        ledger.adopt(find)
    }

    // MARK: Scanning

    var position: UInt64 = 0

    private func scan(shouldStop: () -> Bool, progress: (CarveProgress) -> Void) throws {
        let open = ledger.map.ranges { $0 == .nonTried }.ranges.map { $0.clamped(to: scope) }.filter { !$0.isEmpty }
        guard let first = open.first, let last = open.last else { return }
        let total = freeSpace == nil ? open.reduce(UInt64(0)) { $0 + ($1.upperBound - $1.lowerBound) } : last.upperBound - first.lowerBound
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.window, alignment: 4096)
        defer { buffer.deallocate() }
        position = first.lowerBound
        var before: UInt64 = 0
        for area in open {
            let base = freeSpace == nil ? before &- area.lowerBound : 0 &- first.lowerBound
            func report(_ extra: UInt64) throws {
                if shouldStop() { throw Stopped() }
                progress(CarveProgress(done: min(base &+ position &+ extra, total), total: total, finds: result.finds))
            }
            if freeSpace == nil {
                try scan(area, buffer, report)
            } else {
                try scanFree(in: area, buffer, report)
            }
            before += area.upperBound - area.lowerBound
        }
    }

    /// The free blocks of an area. Those in use count as covered: the map is of a run that looks at free ones only.
    private func scanFree(in area: Range<UInt64>, _ buffer: UnsafeMutableRawBufferPointer, _ report: (UInt64) throws -> Void) throws {
        var covered = area.lowerBound
        while var range = try pendingFree ?? freeSpace?.next() {
            pendingFree = nil
            guard range.lowerBound < area.upperBound else {
                pendingFree = range
                break
            }
            range = range.clamped(to: area)
            guard !range.isEmpty else { continue }
            ledger.cover(covered..<range.lowerBound)
            try scan(range, buffer, report)
            covered = range.upperBound
        }
        ledger.cover(covered..<area.upperBound)
        position = area.upperBound
    }

    /// Taken from the free space, but of an area further on.
    private var pendingFree: Range<UInt64>?

    private func scan(_ area: Range<UInt64>, _ buffer: UnsafeMutableRawBufferPointer, _ report: (UInt64) throws -> Void) throws {
        position = area.lowerBound
        while position < area.upperBound {
            let start = position
            let length = Int(min(UInt64(buffer.count), area.upperBound - position))
            let got = try source.read(at: position, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]))
            guard got > 0 else { break }
            do {
                // Also when it is cut short: what was found until then is noted, and must not be met again.
                defer { ledger.cover(start..<position) }
                try look(at: UnsafeRawBufferPointer(rebasing: buffer[..<got]), limit: area.upperBound, report)
            }
            try report(0)
            if ledger.isDue { try checkpoint() }
        }
        if position < area.upperBound {
            ledger.cover(position..<area.upperBound)
            position = area.upperBound
        }
    }

    /// Looks at a window of the disk and moves on behind it, or behind the last find that begins in it.
    private func look(at bytes: UnsafeRawBufferPointer, limit: UInt64, _ report: (UInt64) throws -> Void) throws {
        let start = position
        var index = 0
        /// Where what belongs to nothing begins.
        var unclaimed = 0
        while let hit = MediaSignature.first(in: bytes, from: index) {
            index = hit.offset + MediaSignature.sector
            position = start + UInt64(hit.offset)
            guard let claim = try claim(at: position, hit.signature, limit: limit) else { continue }
            search(bytes, unclaimed..<hit.offset, at: start)
            if let find = claim.find { try take(find, report) }
            let sector = UInt64(MediaSignature.sector)
            let next = (claim.end + sector - 1) / sector * sector
            guard next < start + UInt64(bytes.count) else {
                position = min(next, limit)
                return
            }
            index = max(index, Int(next - start))
            unclaimed = index
        }
        search(bytes, unclaimed..<bytes.count, at: start)
        // The piece of a sector at the end of an odd image holds nothing.
        position = start + UInt64(bytes.count)
    }

    private func search(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, at start: UInt64) {
        guard !range.isEmpty else { return }
        anchors.look(UnsafeRawBufferPointer(rebasing: bytes[range]), at: start + UInt64(range.lowerBound))
    }

    /// What lies at an offset, and how much of the disk it covers. Nil where the signature was an accident.
    private func claim(at offset: UInt64, _ signature: MediaSignature, limit: UInt64) throws(SourceFailure) -> (find: Find?, end: UInt64)? {
        let ahead = SourceReader(ExtentSource(source, [offset..<limit]), window: 16 << 10)
        guard var extent = try MediaExtent.measure(ahead, signature), extent.byteCount > 0, var media = try describe(offset, extent) else {
            return nil
        }
        // The samples say that what the structure claims is not of this file: another begins there, or nothing.
        if media.state == .truncated, media.playableBytes > 0, media.playableBytes < extent.byteCount {
            let shorter = try extent.shortened(ahead, proven: media.playableBytes)
            if shorter.byteCount < extent.byteCount {
                guard let again = try describe(offset, shorter) else { return nil }
                (extent, media) = (shorter, again)
            }
        }
        // Where a table vouches for the samples, they were not looked at yet.
        var audit: SampleAudit?
        if extent.ending != .lost, [.mp4, .fmp4, .avi, .matroska, .webm].contains(media.container) {
            audit = try SampleAudit.run(SourceReader(ExtentSource(source, [offset..<(offset + extent.byteCount)])))
        }
        let range = offset..<(offset + extent.byteCount)
        var find = Find([range], media, ending: extent.ending)
        // Sound alone is no recording of a camera, but its bytes are not anybody else's either.
        guard media.video != nil || media.findings.contains(where: { $0.code == .moovMissing }) else {
            return extent.ending == .lost ? nil : (nil, range.upperBound)
        }
        if let audit, !audit.isSound { find.note(audit) }
        note(damageOf: &find)
        if try isInTheMiddle(offset, signature) {
            // First it may be the rest of another; if it is not, it stays as it is.
            find.pending = Find.Pending(signature: signature.rawValue, joint: nil)
        } else if extent.ending == .lost, let joint = extent.joint {
            find.pending = Find.Pending(signature: signature.rawValue, joint: joint)
        }
        return (find, range.upperBound)
    }

    /// Whether what begins at an offset may be the middle of something: a packet behind another, an image right behind other bytes.
    private func isInTheMiddle(_ offset: UInt64, _ signature: MediaSignature) throws(SourceFailure) -> Bool {
        guard offset >= scope.lowerBound + 512 else { return false }
        var before = [UInt8](repeating: 0, count: 512)
        var failure: SourceFailure?
        before.withUnsafeMutableBytes { buffer in
            do throws(SourceFailure) { _ = try source.read(at: offset - 512, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        switch signature {
        case .transport188: return before[512 - 188] == 0x47 && before[512 - 376] == 0x47
        case .transport192: return before[512 - 188] == 0x47 && before[512 - 380] == 0x47
        case .images: return offset % 4096 != 0 && (before[510] != 0 || before[511] != 0)
        // Frames of MPEG-4 part 2 have start codes inside of containers too.
        case .units: return before[510] != 0 || before[511] != 0
        default: return false
        }
    }

    private func describe(_ offset: UInt64, _ extent: MediaExtent) throws(SourceFailure) -> MediaDescription? {
        let reader = SourceReader(ExtentSource(source, [offset..<(offset + extent.byteCount)]))
        guard case .media(let media) = try MediaProbe.describe(reader) else { return nil }
        return media
    }

    /// Sectors of a find that could not be read.
    func note(damageOf find: inout Find) {
        for extent in find.extents {
            guard let hole = source.bad.first(overlapping: extent.range) ?? source.missing.first(overlapping: extent.range) else {
                continue
            }
            if find.state == .complete { find.state = .damaged }
            let inside = hole.clamped(to: extent.range)
            find.findings.append(
                Find.Finding(
                    code: MediaFinding.Code.readError.rawValue, byteOffset: inside.lowerBound - extent.offset,
                    detail: "\(inside.upperBound - inside.lowerBound) bytes"))
        }
    }

    func take(_ find: Find, _ report: (UInt64) throws -> Void) throws {
        if find.pending != nil {
            // Its rest may lie further on.
            pieces.append(find)
        } else if let writer {
            var done: UInt64 = 0
            try writer.write(find, from: source) { bytes in
                done += bytes
                try report(done)
            }
        } else {
            try journal.append(find)
            result.count(find)
        }
    }

    func checkpoint() throws {
        try journal.append(anchors.take())
        var (finds, safe) = writer?.harvest(reached: position) ?? ([], position)
        for find in finds { result.count(find) }
        // In order with the others: the journal's last find says how far the run had come.
        finds += pieces.filter { $0.offset < safe }
        finds.sort { $0.offset < $1.offset }
        pieces.removeAll { $0.offset < safe }
        try ledger.checkpoint(finds, safe: safe, source: source)
        if let failure = writer?.failure, !(failure is Stopped) { throw failure }
    }
}

/// The user wants no more.
struct Stopped: Error {}
