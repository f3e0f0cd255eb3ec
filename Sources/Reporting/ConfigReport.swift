import Recordings
import Recovery
import Wording

/// What `config inspect` says.
public enum InspectReport {
    public static func text(_ archive: ConfigurationArchive, language: Language, width: Int) -> String {
        var text = archive.isCapture ? language.isCapture(archive.path, archive.date) : language.isBackup(archive.path, archive.date)
        text = Table.printable(text) + "\n"
        let places = archive.versionSources.map(\.place)
        text += Table.printable(language.archiveVersion(archive.version, product: archive.product, places: places)) + "\n"
        if let name = archive.hostName { text += Table.printable(language.archiveServer(name, archive.manifest?.distribution)) + "\n" }
        text += "\n" + groups(archive.groups, language, width)
        let others = archive.members.filter { $0.group == nil && $0.tar.kind != .folder }
        if !others.isEmpty { text += language.filesOfNoGroup(others.count) + "\n" }
        text += "\n"
        // Of a layout that nobody knows it cannot be told what is missing.
        if !archive.isCapture, archive.missingGroups.count == archive.groups.count {
            text += language.layoutUnknown + "\n"
        } else {
            for group in archive.missingGroups { text += language.missingGroup(group) + "\n" }
        }
        for member in archive.incomplete { text += Table.printable(language.incompleteMember(member.path)) + "\n" }
        if archive.problems == 0 {
            if archive.isCapture { text += language.archiveIsSound + "\n" }
        } else {
            text += language.archiveHasProblems(archive.problems) + "\n"
            for sentence in problems(archive, language).prefix(50) { text += "  - " + Table.printable(sentence) + "\n" }
            if archive.problems > 50 { text += "  - " + language.andMore(archive.problems - 50) + "\n" }
        }
        return text
    }

    static func groups(_ groups: [ConfigurationArchive.Group], _ language: Language, _ width: Int) -> String {
        var table = Table([(language.groupWord, .left), (language.files, .right), (language.size, .right)])
        for group in groups {
            table.add([language.groupName(group.name), language.count(group.files), language.size(group.byteCount)])
        }
        return table.text(width: width)
    }

    private static func problems(_ archive: ConfigurationArchive, _ language: Language) -> [String] {
        (archive.damage.map { [language.archiveDamaged(language.sentence($0.what), at: $0.at)] } ?? [])
            + archive.dangers.map(language.sentence) + archive.lies.map(language.sentence)
    }

    public static func json(_ archive: ConfigurationArchive, language: Language) -> JSON {
        .object([
            ("schema", "camtrace-rescue/config-inspect/1"), ("path", .string(archive.path)),
            ("kind", .string(archive.isCapture ? "capture" : "backup")), ("sizeBytes", .optional(archive.byteCount)),
            ("sha256", .string(archive.sha256)), ("compressed", .bool(archive.isGzip)), ("product", .optional(archive.product)),
            ("version", .optional(archive.version)),
            (
                "versionSources",
                .array(archive.versionSources.map { .object([("version", .string($0.version)), ("place", .string($0.place))]) })
            ),
            ("hostName", .optional(archive.hostName)), ("distribution", .optional(archive.manifest?.distribution)),
            ("date", .optional(archive.date)), ("toolVersion", .optional(archive.manifest?.toolVersion)),
            ("sound", .bool(archive.problems == 0)),
            ("groups", .array(archive.groups.map(group))), ("missingGroups", .array(archive.missingGroups.map(JSON.string))),
            (
                "damage",
                archive.damage.map {
                    .object([("offsetBytes", .optional($0.at)), ("message", .string(language.sentence($0.what)))])
                } ?? .null
            ),
            (
                "dangers",
                .array(archive.dangers.map { .object([("code", .string($0.code)), ("message", .string(language.sentence($0)))]) })
            ),
            ("lies", .array(archive.lies.map { .object([("code", .string($0.code)), ("message", .string(language.sentence($0)))]) })),
            ("members", .array(archive.members.map(member))),
        ])
    }

    static func group(_ group: ConfigurationArchive.Group) -> JSON {
        .object([("name", .string(group.name)), ("files", .optional(group.files)), ("sizeBytes", .optional(group.byteCount))])
    }

    private static func member(_ member: ConfigurationArchive.Member) -> JSON {
        let kind =
            switch member.tar.kind {
            case .file: "file"
            case .folder: "folder"
            case .link: "link"
            case .hardLink: "hard-link"
            case .device: "device"
            case .fifo: "fifo"
            case .other: "unknown"
            }
        return .object([
            ("path", .string(member.path)), ("group", .optional(member.group)), ("kind", .string(kind)),
            ("sizeBytes", .optional(member.tar.byteCount)), ("mode", .string("0" + String(member.tar.mode, radix: 8))),
            ("uid", .optional(member.tar.owner)), ("gid", .optional(member.tar.group)), ("sha256", .optional(member.sha256)),
            ("target", .optional(member.tar.target.isEmpty ? nil : member.tar.target)), ("incomplete", .bool(member.isIncomplete)),
        ])
    }
}

/// What `config capture` says.
public enum CaptureReport {
    public static func text(_ result: ConfigurationCapture.Result, language: Language, width: Int) -> String {
        let manifest = result.manifest
        var text =
            Table.printable(
                language.archiveVersion(
                    manifest.version, product: manifest.version == nil ? nil : manifest.product, places: manifest.versionSources)) + "\n"
        if let name = manifest.hostName { text += Table.printable(language.archiveServer(name, manifest.distribution)) + "\n" }
        text += "\n" + InspectReport.groups(result.groups, language, width) + "\n"
        for group in result.missingGroups { text += language.missingGroup(group) + "\n" }
        let strange = result.losses.compactMap { loss -> String? in if case .strangeName(let path) = loss { path } else { nil } }
        for loss in result.losses {
            if case .strangeName = loss { continue }
            text += Table.printable(language.sentence(loss)) + "\n"
        }
        if !strange.isEmpty {
            text += language.strangeNames(strange.count) + "\n" + strange.prefix(20).map { "  \($0)\n" }.joined()
            if strange.count > 20 { text += "  " + language.moreRows(strange.count - 20) + "\n" }
        }
        let files = result.groups.reduce(0) { $0 + $1.files }
        return text
            + TriageReport.wrapped(Table.printable(language.captured(files, result.path, result.byteCount)), width: width, indent: "")
    }

    public static func json(_ result: ConfigurationCapture.Result, language: Language) -> JSON {
        .object([
            ("schema", "camtrace-rescue/config-capture/1"), ("path", .string(result.path)), ("sizeBytes", .optional(result.byteCount)),
            ("product", .string(result.manifest.product)), ("version", .optional(result.manifest.version)),
            ("hostName", .optional(result.manifest.hostName)), ("distribution", .optional(result.manifest.distribution)),
            ("capturedAt", .string(result.manifest.capturedAt)), ("groups", .array(result.groups.map(InspectReport.group))),
            ("missingGroups", .array(result.missingGroups.map(JSON.string))),
            ("losses", .array(result.losses.map { .string(language.sentence($0)) })),
        ])
    }
}

extension Language {
    func sentence(_ damage: ArchiveDamage) -> String {
        switch damage {
        case .endsEarly: damageEndsEarly
        case .gzip(let message): damageGzip(message)
        case .headerSum: damageHeader
        case .number: damageNumber
        case .extendedHeader: damageExtension
        case .unreadable(let errno): reason(errno)
        }
    }

    func sentence(_ danger: ArchiveDanger) -> String {
        switch danger {
        case .climbs(let path): dangerClimbs(path)
        case .absolute(let path): dangerAbsolute(path)
        case .linkLeadsOut(let path, let target): dangerLink(path, target)
        case .throughLink(let path): dangerThroughLink(path)
        case .hardLink(let path, let target): dangerHardLink(path, target)
        case .device(let path): dangerDevice(path)
        case .fifo(let path): dangerFIFO(path)
        case .privileged(let path, let mode): dangerPrivileged(path, String(mode, radix: 8))
        case .twice(let path): dangerTwice(path)
        case .unsupported(let path, _): dangerUnsupported(path)
        case .strangeName(let path): dangerStrangeName(path)
        case .hiddenBytes(let count): dangerHidden(count)
        }
    }

    func sentence(_ lie: ManifestLie) -> String {
        switch lie {
        case .missing(let path): lieMissing(path)
        case .extra(let path): lieExtra(path)
        case .otherKind(let path): lieKind(path)
        case .otherSize(let path, let stated, let found): lieSize(path, stated, found)
        case .otherHash(let path): lieHash(path)
        case .otherAttributes(let path): lieAttributes(path)
        }
    }

    func sentence(_ loss: ConfigurationCapture.Loss) -> String {
        switch loss {
        case .unreadable(let path, let errno): lossUnreadable(path, reason(errno))
        case .cut(let path, let at, let errno): lossCut(path, at, errno == 0 ? nil : reason(errno))
        case .behindLink(let path): lossBehindLink(path)
        case .noFile(let path): lossNoFile(path)
        case .privileged(let path): lossPrivileged(path)
        case .tooLarge(let path, let bytes): lossTooLarge(path, bytes)
        case .strangeName(let path): lossStrangeName(path)
        }
    }
}

extension ArchiveDanger {
    /// Stable, for scripts.
    var code: String {
        switch self {
        case .climbs: "climbs"
        case .absolute: "absolute"
        case .linkLeadsOut: "link-leads-out"
        case .throughLink: "through-link"
        case .hardLink: "hard-link"
        case .device: "device"
        case .fifo: "fifo"
        case .privileged: "setuid"
        case .twice: "twice"
        case .unsupported: "unsupported"
        case .strangeName: "strange-name"
        case .hiddenBytes: "hidden-bytes"
        }
    }
}

extension ManifestLie {
    var code: String {
        switch self {
        case .missing: "missing"
        case .extra: "extra"
        case .otherKind: "other-kind"
        case .otherSize: "other-size"
        case .otherHash: "other-hash"
        case .otherAttributes: "other-attributes"
        }
    }
}
