import MediaContainers

/// The blocks of a file system that belong to no file, in ascending order. Read group by group: memory does not grow with the disk.
///
/// What the journal holds and the bitmaps do not yet is not known here: a disk that was pulled out may have a few blocks more.
struct FreeSpace {
    private enum Kind {
        case ext4(Ext4FreeSpace)
        case xfs(XFSFreeSpace)
    }
    private var kind: Kind
    /// Where the file system begins on the source.
    private let base: UInt64

    init(_ source: CarveSource, at base: UInt64) throws {
        self.base = base
        do {
            let reader = SourceReader(ExtentSource(source, [min(base, source.byteCount)..<source.byteCount]))
            if let ext4 = try Ext4Superblock(reader) {
                if let feature = ext4.unsupported { throw Refused(feature) }
                kind = .ext4(Ext4FreeSpace(reader, ext4))
            } else if let xfs = try XFSSuperblock(reader) {
                kind = .xfs(XFSFreeSpace(reader, xfs))
            } else {
                throw Refused("")
            }
        } catch let failure as SourceFailure {
            throw CarveError.sourceGone(path: source.path, offset: failure.offset, errno: failure.errno)
        }
    }

    /// Why the free blocks are not known: the feature that is in the way, or nothing where it is no file system of these.
    struct Refused: Error {
        var detail: String

        init(_ detail: String) {
            self.detail = detail
        }
    }

    /// Nil at the end. Ranges that touch are joined, so that a file that crosses from group to group stays whole.
    mutating func next() throws(SourceFailure) -> Range<UInt64>? {
        guard let range = try nextInside() else { return nil }
        let (start, isFar) = range.lowerBound.addingReportingOverflow(base)
        let (end, isFarther) = range.upperBound.addingReportingOverflow(base)
        return isFar || isFarther ? nil : start..<end
    }

    /// As the file system counts.
    private mutating func nextInside() throws(SourceFailure) -> Range<UInt64>? {
        switch kind {
        case .ext4(var space):
            defer { kind = .ext4(space) }
            return try space.next()
        case .xfs(var space):
            defer { kind = .xfs(space) }
            return try space.next()
        }
    }
}

/// Ranges that come in pieces, joined where they touch.
struct RangeJoiner {
    private var open: Range<UInt64>?
    private var ready: [Range<UInt64>] = []

    mutating func add(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        if let before = open, before.upperBound == range.lowerBound {
            open = before.lowerBound..<range.upperBound
        } else {
            if let open { ready.append(open) }
            open = range
        }
    }

    /// Those that nothing can be joined to any more.
    mutating func take(isOver: Bool) -> [Range<UInt64>] {
        defer { ready = [] }
        if isOver, let last = open {
            open = nil
            return ready + [last]
        }
        return ready
    }
}
