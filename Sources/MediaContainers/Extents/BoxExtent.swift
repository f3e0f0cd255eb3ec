/// Follows the boxes of the top level from one to the next (ISO/IEC 14496-12 §4.2).
struct BoxExtent {
    private let reader: SourceReader
    private var position: UInt64 = 0
    private var hasMovie = false
    private var data: BoxHeader?
    /// Of the last `moof`.
    private var fragment: (start: UInt64, sequence: UInt32)?

    /// See `Outline`: a day of fragments of one frame.
    private static let largestBoxCount = 1 << 24
    private static let look = 32

    static func measure(_ reader: SourceReader) throws(SourceFailure) -> MediaExtent? {
        // Boxes lie far apart: a page at each is enough.
        reader.window = 4096
        var extent = BoxExtent(reader: reader)
        return try extent.walk()
    }

    private init(reader: SourceReader) {
        self.reader = reader
    }

    private mutating func walk() throws(SourceFailure) -> MediaExtent? {
        for _ in 0..<Self.largestBoxCount {
            let view = try reader.upTo(Self.look, at: position)
            guard let box = BoxHeader(view, at: position, limit: reader.byteCount), Self.belongs(box.type) else { break }
            if position == 0, box.type == BoxType.ftyp {
                guard StrictHeader.isFileType(view), !MP4File.isStillImage(view) else { return nil }
            }
            // The next file.
            if position > 0, box.type == BoxType.ftyp, position % UInt64(MediaSignature.sector) == 0 { break }
            switch box.type {
            case BoxType.moov:
                guard box.end <= reader.byteCount, try isWhole(movie: box) else { return try broken(at: box, box.start) }
                hasMovie = true
            case BoxType.moof:
                guard box.end <= reader.byteCount, let sequence = try sequence(of: box) else { return try broken(at: box, box.start) }
                fragment = (box.start, sequence)
            case BoxType.mdat:
                data = box
                if box.runsToEnd || box.end > reader.byteCount { return try broken(at: box, box.payload) }
            default:
                // Nothing else is large: an accident in random bytes, or the box was cut.
                guard box.end <= reader.byteCount, !box.runsToEnd else { return try broken(at: box, box.start) }
            }
            position = box.end
        }
        return try conclude()
    }

    /// No box begins at `position`.
    private func conclude() throws(SourceFailure) -> MediaExtent? {
        guard let data else {
            // Without data there is nothing to see: an initialisation segment, or the rest is elsewhere.
            return hasMovie ? MediaExtent(position, .lost, joint: nil) : nil
        }
        if let fragment {
            // The last box ends where its size says, if it was not parted from its rest.
            guard try OpenEnd.isPadded(reader, from: position) else {
                let end = try OpenEnd.find(reader, from: fragment.start, limit: position)
                return MediaExtent(end, .lost, joint: .fragment(at: position, sequence: fragment.sequence &+ 1))
            }
            return MediaExtent(position, hasMovie ? .seen : .lost)
        }
        if hasMovie { return MediaExtent(position, .stated) }
        guard try startsWithFileType() else { return nil }
        let end = try OpenEnd.find(reader, from: data.payload, limit: data.end)
        return MediaExtent(end, .lost, joint: .movie(at: position))
    }

    /// A box runs past the end of the source, or is not what it should be.
    private func broken(at box: BoxHeader, _ proven: UInt64) throws(SourceFailure) -> MediaExtent? {
        guard try startsWithFileType() || data != nil && (hasMovie || fragment != nil) else { return nil }
        let end = try OpenEnd.find(reader, from: proven, limit: box.runsToEnd ? reader.byteCount : box.end)
        var joint: Joint?
        if let fragment, !box.runsToEnd { joint = .fragment(at: box.end, sequence: fragment.sequence &+ 1) }
        // The rest may lie before it on the disk.
        if fragment == nil, !hasMovie, box.type == BoxType.mdat, !box.runsToEnd { joint = .movie(at: box.end) }
        return MediaExtent(end, .lost, joint: joint)
    }

    private func startsWithFileType() throws(SourceFailure) -> Bool {
        BoxHeader(try reader.upTo(Self.look, at: 0), at: 0, limit: reader.byteCount)?.type == BoxType.ftyp
    }

    /// The children of a `moov` that was not torn lie one after the other to its very end.
    private func isWhole(movie box: BoxHeader) throws(SourceFailure) -> Bool {
        var child = box.payload
        var count = 0
        while child < box.end {
            guard let header = BoxHeader(try reader.upTo(BoxHeader.largest, at: child), at: child, limit: box.end),
                header.hasPlausibleType, header.end <= box.end, !header.runsToEnd
            else {
                // QuickTime ends lists of atoms with four zero bytes.
                return count > 0 && box.end - child < 8
            }
            child = header.end
            count += 1
        }
        return count > 0
    }

    /// Of the `mfhd`, which comes first (§8.8.5).
    private func sequence(of box: BoxHeader) throws(SourceFailure) -> UInt32? {
        var cursor = ByteCursor(try reader.upTo(24, at: box.start))
        guard cursor.skip(12), cursor.u32() == BoxType.mfhd, cursor.skip(4) else { return nil }
        return cursor.u32()
    }

    /// The boxes of the top level that are known, whoever wrote them. Anything else is not of this file.
    private static func belongs(_ type: UInt32) -> Bool {
        switch type {
        case BoxType.ftyp, BoxType.styp, BoxType.moov, BoxType.mdat, BoxType.free, BoxType.skip, BoxType.wide, BoxType.uuid,
            BoxType.moof, BoxType.mfra, BoxType.sidx, BoxType.ssix, BoxType.emsg, BoxType.prft, BoxType.meta, BoxType.udta,
            BoxType.pnot, BoxType.pdin, BoxType.junk:
            true
        default: false
        }
    }
}
