/// What an archive holds that must never be unpacked blindly.
public enum ArchiveDanger: Sendable, Equatable {
    /// `..` in its path.
    case climbs(String)
    case absolute(String)
    case linkLeadsOut(String, target: String)
    /// Its path goes through a member that is no folder.
    case throughLink(String)
    case hardLink(String, target: String)
    case device(String)
    case fifo(String)
    /// Would run with its owner's rights.
    case privileged(String, mode: UInt32)
    case twice(String)
    /// A kind of member that is not known: a sparse file, a part of another volume.
    case unsupported(String, flag: UInt8)
    /// Control characters, or bytes that are no text.
    case strangeName(String)
    /// Bytes that are not zero behind the end mark.
    case hiddenBytes(UInt64)
}

/// How an archive differs from its own manifest.
public enum ManifestLie: Sendable, Equatable {
    case missing(String)
    case extra(String)
    case otherKind(String)
    case otherSize(String, stated: UInt64, found: UInt64)
    case otherHash(String)
    /// Mode, owner, time or link target.
    case otherAttributes(String)
}

extension ArchiveDanger {
    /// What one member shows by itself. `isCapture`: an absolute link is then read from the root of the system it was taken from.
    static func of(_ member: TarMember, path: String, isCapture: Bool) -> [ArchiveDanger] {
        var found: [ArchiveDanger] = []
        if member.path.hasPrefix("/") { found.append(.absolute(path)) }
        if member.path.split(separator: "/").contains("..") { found.append(.climbs(path)) }
        if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0.value == 0xFFFD }) || path.utf8.count > 4095 {
            found.append(.strangeName(path))
        }
        switch member.kind {
        case .hardLink: found.append(.hardLink(path, target: member.target))
        case .device: found.append(.device(path))
        case .fifo: found.append(.fifo(path))
        case .other(let flag): found.append(.unsupported(path, flag: flag))
        case .link where leadsOut(member.target, from: path, isCapture: isCapture):
            found.append(.linkLeadsOut(path, target: member.target))
        case .file where member.mode & 0o6000 != 0: found.append(.privileged(path, mode: member.mode))
        default: break
        }
        return found
    }

    private static func leadsOut(_ target: String, from path: String, isCapture: Bool) -> Bool {
        if target.hasPrefix("/") && !isCapture { return true }
        // A system's root is its own parent: nothing leads out of it.
        if isCapture { return target.isEmpty }
        var depth = path.split(separator: "/").count - 1
        for part in target.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return true }
        }
        return target.isEmpty
    }
}
