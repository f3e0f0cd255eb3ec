import ArgumentParser
import BlockDevices
import Carving
import LinuxSystem
import Recordings
import Recovery
import Reporting
import Wording

struct CarveCommand: RescueCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "carve", abstract: CarveHelp.carve.text(in: .ofProcess))
    }

    @Argument(help: help(.source)) var source: String
    @Option(help: help(.output)) var output: String
    @Option(help: help(.map)) var map: String?
    @Option(help: help(.from)) var from: UInt64 = 0
    @Option(help: help(.length)) var length: String?
    @Flag(help: help(.unallocated)) var unallocated = false
    @Option(help: help(.index)) var index: String?
    @Option(name: .customLong("time-zone"), help: help(.timeZone)) var timeZone: String?
    @Flag(name: .customLong("dry-run"), help: help(.dryRun)) var dryRun = false
    @OptionGroup var shared: SharedOptions

    private static func help(_ topic: CarveHelp) -> ArgumentHelp {
        ArgumentHelp(stringLiteral: topic.text(in: .ofProcess))
    }

    private var folder: String {
        var folder = output
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        return folder
    }

    func perform(_ console: Console) throws -> ExitStatus {
        let language = console.language
        let zone = try OptionValue.zone(timeZone, default: OptionValue.systemZone, language)
        var request = CarveRequest(
            source: source, output: folder, map: map, from: from, length: try OptionValue.size(length, language),
            unallocatedOnly: unallocated,
            dryRun: dryRun)
        if let part = try SourcePart(named: source) { try request.look(into: part, language) }
        let indexPath = index ?? folder + "/index.ctrx"
        let carver: Carver
        do { carver = try Carver(request) } catch CarveError.freeSpaceUnknown(let path, let detail) {
            throw Refusal(
                complaint: SourcePart.all(of: request.source).map { language.freeSpaceOfParts(source, $0.map(\.described)) }
                    ?? language.freeSpaceUnknown(path, feature: detail),
                status: .source)
        }
        defer { carver.close() }
        if !dryRun {
            for path in [folder, indexPath, map].compactMap({ $0 }) { try DestinationGuard.check(path, againstMedium: request.source) }
        }
        let finds = dryRun ? nil : try FindIndex(indexPath, message: { language.message(of: $0) })
        if !dryRun { try makeFolders(folder) }
        let lock = dryRun ? nil : try WorkLock(folder + "/carve.json")
        defer { lock?.release() }

        let meter = ProgressMeter(console)
        let result = try carver.run(shouldStop: { Interruption.requested }) { progress in
            meter.show(language.carving, done: progress.done >> 20, total: progress.total >> 20, bytes: progress.done)
        }
        meter.end()
        if result.wasInterrupted { throw Interrupted() }
        if let finds {
            try finds.write(source: resolvedPath(request.source) ?? source, toolVersion: Program.version, zone: zone) { add in
                try carver.journal.forEach { try add(CarveReport.segment($0)) }
            }
            try writeLists(carver, result, index: indexPath)
        }
        if console.json {
            try json(carver, result, index: indexPath, to: Console.write)
        } else {
            try Console.say(
                CarveReport.text(
                    result, finds: carver.journal.forEach, output: dryRun ? nil : folder, index: dryRun ? nil : indexPath, zone: zone,
                    language: language, width: Console.searchableColumns))
        }
        return result.hasLosses ? .losses : .done
    }

    private func json(_ carver: Carver, _ result: CarveResult, index: String, to write: @escaping (String) throws -> Void) throws {
        try CarveReport.json(
            result, finds: carver.journal.forEach, source: resolvedPath(source) ?? source, output: dryRun ? nil : folder,
            index: dryRun ? nil : index, map: carver.mapPath, to: write)
    }

    /// `SHA256SUMS` and, last, `carve.json`.
    private func writeLists(_ carver: Carver, _ result: CarveResult, index: String) throws {
        let sums = try AtomicFile(folder + "/SHA256SUMS", replacing: carver.isContinued)
        try carver.journal.forEach { find in
            if let file = find.file, let digest = find.sha256 { try sums.write("\(digest)  \(file)\n") }
        }
        try sums.commit()
        let list = try AtomicFile(folder + "/carve.json", replacing: carver.isContinued)
        try json(carver, result, index: index) { try list.write($0) }
        try list.commit()
    }
}

/// A partition, where a whole disk or an image was named: `disk.img#2`.
private struct SourcePart {
    var medium: String
    var volume: Volume

    /// Nil where the name is that of a disk or an image itself.
    ///
    /// Throws `RecoveryError.noSuchVolume` for an image without that partition.
    init?(named name: String) throws {
        guard (try? FileStatus.of(path: name)) == nil, let hash = name.lastIndex(of: "#"),
            let number = Int(name[name.index(after: hash)...])
        else { return nil }
        let medium = String(name[..<hash])
        let parts: [Volume]
        do throws(SystemError) { parts = try Inventory.image(medium).partitions } catch {
            throw CarveError.sourceMissing(path: medium, error)
        }
        guard let found = parts.first(where: { $0.number == number }) else { throw RecoveryError.noSuchVolume(name) }
        self.init(medium: medium, volume: found)
    }

    private init(medium: String, volume: Volume) {
        (self.medium, self.volume) = (medium, volume)
    }

    /// Nil where the disk or image has no partition table.
    static func all(of medium: String) -> [SourcePart]? {
        let path = resolvedPath(medium) ?? medium
        let disk =
            (try? FileStatus.of(path: path))?.kind == .regular
            ? try? Inventory.image(medium) : Inventory.machine().disks.first { $0.path == path }
        guard let disk, disk.table != .none, !disk.partitions.isEmpty else { return nil }
        return disk.partitions.map { SourcePart(medium: medium, volume: $0) }
    }

    var described: (path: String, type: String?, byteCount: UInt64, offset: UInt64) {
        (volume.path, volume.content.kind == .filesystem ? volume.content.type : nil, volume.byteCount, volume.offset)
    }
}

extension CarveRequest {
    /// Places are counted on the whole medium, as its map counts them; `--from` from the partition's first byte.
    fileprivate mutating func look(into part: SourcePart, _ language: Language) throws {
        guard from < part.volume.byteCount else {
            throw Refusal.usage(language.outsideSource(source, size: part.volume.byteCount))
        }
        length = min(length ?? .max, part.volume.byteCount - from)
        from += part.volume.offset
        fileSystemAt = part.volume.offset
        source = part.medium
    }
}
