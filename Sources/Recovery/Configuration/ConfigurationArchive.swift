import Crypto
import Foundation
import LinuxSystem

/// A configuration archive as it was read from its first byte to its last: a capture of ours, or a backup of the vendor's whose
/// inner layout is unknown. Nothing of it was unpacked to a disk.
public struct ConfigurationArchive: Sendable {
    public struct Member: Sendable, Equatable {
        public var path: String
        public var tar: TarMember
        public var group: String?
        /// Of files.
        public var sha256: String?
        /// The archive holds only a part of it.
        public var isIncomplete = false
    }

    public var path: String
    /// What was read, and is read again when it is put back.
    let file: OpenFile
    public var byteCount: UInt64
    /// Of the archive as a file.
    public var sha256: String
    public var isGzip: Bool
    /// Nil: not a capture of ours.
    public var manifest: ArchiveManifest?
    public var product: String?
    /// Nil where nothing says it, or two places contradict each other.
    public var version: String?
    public var versionSources: [(version: String, place: String)] = []
    public var hostName: String?
    /// ISO 8601, UTC: when it was captured; of others the newest time of a member.
    public var date: String?
    public var members: [Member] = []
    public var dangers: [ArchiveDanger] = []
    public var lies: [ManifestLie] = []
    public var damage: (what: ArchiveDamage, at: UInt64)?
    /// The profile's groups in its order, with what each has.
    public var groups: [Group] = []

    public struct Group: Sendable, Equatable {
        public var name: String
        public var files = 0
        public var byteCount: UInt64 = 0
    }

    public var isCapture: Bool { manifest != nil }
    public var missingGroups: [String] { groups.filter { $0.files == 0 }.map(\.name) }
    public var incomplete: [Member] { members.filter(\.isIncomplete) }
    /// How many reasons there are not to unpack it.
    public var problems: Int { dangers.count + lies.count + (damage == nil ? 0 : 1) }

    /// Reads all of it.
    ///
    /// Throws `ConfigurationError.notAnArchive` and those of what is too large, `RecoveryError.sourceMissing`. A damaged archive is
    /// no error: what came before the damage is told.
    public static func read(_ path: String, profile: ProductProfile) throws -> ConfigurationArchive {
        let file: OpenFile
        do throws(SystemError) {
            file = try OpenFile.forReading(path: path)
            guard try file.status().kind == .regular else { throw SystemError(call: "read", errno: 21, path: path) }
        } catch { throw RecoveryError.sourceMissing(path: path, cause: error) }
        return try read(file, path: path, profile: profile)
    }

    static func read(_ file: OpenFile, path: String, profile: ProductProfile) throws -> ConfigurationArchive {
        if let size = try? file.status().byteCount, size > ArchiveStream.mostBytes { throw ConfigurationError.tooLarge(bytes: size) }
        let (sha256, byteCount): (String, UInt64)
        do throws(SystemError) { (sha256, byteCount) = try hash(file) } catch {
            throw RecoveryError.sourceMissing(path: path, cause: error)
        }
        let stream = try ArchiveStream(file)
        var archive = ConfigurationArchive(path: path, file: file, byteCount: byteCount, sha256: sha256, isGzip: stream.isGzip)
        var reading = ArchiveReading(profile: profile)
        do {
            try reading.all(of: TarReader(stream), into: &archive)
        } catch ConfigurationError.damaged(let what, let at) {
            let isNothing = archive.members.isEmpty && archive.manifest == nil && at == 0
            if isNothing, !stream.isGzip || what == .headerSum || what == .number { throw ConfigurationError.notAnArchive(path: path) }
            archive.damage = (what, at)
        } catch let error as SystemError {
            archive.damage = (.unreadable(errno: error.errno), stream.given)
        }
        if archive.damage == nil, archive.members.isEmpty, archive.manifest == nil { throw ConfigurationError.notAnArchive(path: path) }
        reading.conclude(&archive)
        return archive
    }

    /// The SHA-256 of a whole file, and its length.
    static func hash(_ file: OpenFile) throws(SystemError) -> (String, UInt64) {
        var hasher = SHA256()
        var offset: UInt64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let got = try file.read(at: offset, into: buffer)
            if got == 0 { return (hasher.finalize().hexadecimal, offset) }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[0..<got]))
            offset += UInt64(got)
        }
    }
}

extension SHA256.Digest {
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// One pass over an archive.
private struct ArchiveReading {
    let profile: ProductProfile
    private var seen: Set<String> = []
    /// Members that are no folders: nothing can lie below them.
    private var solid: Set<String> = []
    private var newest: Int64?

    init(profile: ProductProfile) {
        self.profile = profile
    }

    mutating func all(of reader: TarReader, into archive: inout ConfigurationArchive) throws {
        var isFirst = true
        while let tar = try reader.next() {
            let path = tar.plainPath
            if isFirst, path == ArchiveManifest.name, tar.kind == .file, tar.byteCount <= ArchiveManifest.largest {
                isFirst = false
                var bytes: [UInt8] = []
                while case let piece = try reader.read(), !piece.isEmpty { bytes += piece }
                archive.manifest = ArchiveManifest.read(bytes)
                if archive.manifest != nil { continue }
                archive.members.append(.init(path: path, tar: tar, group: nil, sha256: SHA256.hash(data: bytes).hexadecimal))
                continue
            }
            isFirst = false
            archive.dangers += ArchiveDanger.of(tar, path: path, isCapture: archive.isCapture)
            if path == ".", tar.kind == .folder { continue }
            if !seen.insert(path).inserted, tar.kind != .folder { archive.dangers.append(.twice(path)) }
            if parents(of: path).contains(where: solid.contains) { archive.dangers.append(.throughLink(path)) }
            if tar.kind != .folder { solid.insert(path) }
            archive.members.append(try member(tar, path, reader, &archive))
        }
        if reader.hiddenBytes > 0 { archive.dangers.append(.hiddenBytes(reader.hiddenBytes)) }
    }

    private func parents(of path: String) -> [String] {
        path.utf8.indices.filter { path.utf8[$0] == 0x2F }.prefix(256).map { String(path[..<$0]) }
    }

    private mutating func member(
        _ tar: TarMember, _ path: String, _ reader: TarReader, _ archive: inout ConfigurationArchive
    ) throws -> ConfigurationArchive.Member {
        var member = ConfigurationArchive.Member(path: path, tar: tar)
        guard tar.kind == .file else { return member }
        newest = max(newest ?? .min, tar.modified)
        let name = splitPath(path).name.lowercased()
        let isText = tar.byteCount <= 64 << 10 && (name.contains("version") || path.hasSuffix("etc/hostname"))
        var hasher = SHA256()
        var text: [UInt8] = []
        while case let piece = try reader.read(), !piece.isEmpty {
            piece.withUnsafeBytes { hasher.update(bufferPointer: $0) }
            if isText { text += piece }
        }
        member.sha256 = hasher.finalize().hexadecimal
        guard isText, archive.manifest == nil else { return member }
        let words = String(decoding: text, as: UTF8.self)
        if name.contains("version"), let version = profile.full(words, nil) { archive.versionSources.append((version, path)) }
        if path.hasSuffix("etc/hostname") { archive.hostName = words.split(whereSeparator: \.isWhitespace).first.map(String.init) }
        return member
    }

    /// What follows from all members together.
    func conclude(_ archive: inout ConfigurationArchive) {
        if let manifest = archive.manifest {
            archive.product = manifest.product
            archive.version = manifest.version
            archive.versionSources = manifest.version.map { version in manifest.versionSources.map { (version, $0) } } ?? []
            archive.hostName = manifest.hostName
            archive.date = manifest.capturedAt
            compare(manifest, &archive)
        } else {
            if let version = profile.full(splitPath(archive.path).name, nil) { archive.versionSources.append((version, "")) }
            let versions = Set(archive.versionSources.map(\.version))
            archive.version = versions.count == 1 ? versions.first : nil
            archive.date = newest.map { Ledger.stamp(Date(timeIntervalSince1970: TimeInterval(min(max($0, 0), 253_402_300_799)))) }
            for index in archive.members.indices { archive.members[index].group = group(of: archive.members[index].path) }
        }
        archive.groups = profile.configuration.map { part in
            let files = archive.members.filter { $0.group == part.group && $0.tar.kind != .folder }
            return .init(
                name: part.group, files: files.count,
                byteCount: files.reduce(0) { $0.addingReportingOverflow($1.tar.kind == .file ? $1.tar.byteCount : 0).partialValue })
        }
    }

    private func group(of path: String) -> String? {
        profile.configuration.first { part in part.globs.contains { PathGlob.covers(path, $0) } }?.group
    }

    private func compare(_ manifest: ArchiveManifest, _ archive: inout ConfigurationArchive) {
        var stated: [String: ArchiveManifest.Member] = [:]
        for member in manifest.members where stated.updateValue(member, forKey: member.path) != nil {
            archive.lies.append(.otherAttributes(member.path))
        }
        for index in archive.members.indices {
            let found = archive.members[index]
            guard let member = stated.removeValue(forKey: found.path) else {
                archive.lies.append(.extra(found.path))
                continue
            }
            archive.members[index].group = member.group
            archive.members[index].isIncomplete = member.lostFromByte != nil
            if let lie = Self.lie(member, found) { archive.lies.append(lie) }
        }
        // Of a damaged archive the rest is lost, not lied about.
        if archive.damage == nil { archive.lies += stated.keys.sorted().map(ManifestLie.missing) }
    }

    private static func lie(_ stated: ArchiveManifest.Member, _ found: ConfigurationArchive.Member) -> ManifestLie? {
        let kind: ArchiveManifest.Member.Kind? =
            switch found.tar.kind {
            case .file: .file
            case .folder: .folder
            case .link: .link
            default: nil
            }
        guard kind == stated.kind else { return .otherKind(found.path) }
        if kind == .file {
            guard stated.sizeBytes == found.tar.byteCount else {
                return .otherSize(found.path, stated: stated.sizeBytes, found: found.tar.byteCount)
            }
            guard stated.sha256 == found.sha256 else { return .otherHash(found.path) }
        }
        let isSame =
            stated.mode == found.tar.mode && stated.uid == found.tar.owner && stated.gid == found.tar.group
            && stated.mtimeSeconds == found.tar.modified && stated.mtimeNanoseconds == found.tar.nanoseconds
            && (kind != .link || stated.target == found.tar.target)
        return isSame ? nil : .otherAttributes(found.path)
    }
}
