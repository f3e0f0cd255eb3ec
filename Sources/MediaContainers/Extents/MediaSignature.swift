/// What the first bytes of a disk sector can be the beginning of.
///
/// A file system starts every file on a sector, so looking at a few bytes of each is enough to find all of them.
public enum MediaSignature: UInt8, Sendable, CaseIterable {
    /// MP4, QuickTime, fragmented MP4.
    case boxes
    case matroska, avi
    /// From one sync byte to the next 188 bytes, or 192 with a time stamp before each packet.
    case transport188, transport192
    /// H.264, H.265 or MPEG-4 part 2 behind start codes.
    case units
    /// JPEG, one or many.
    case images

    /// Sectors are 512 bytes on every disk, real or emulated; file systems start files on multiples of it.
    public static let sector = 512

    /// The first sector of `bytes`, at or after the sector at `start`, that begins like a media file. Tells very little:
    /// `MediaExtent.measure` decides.
    ///
    /// `bytes` begin on a sector; what follows the last whole sector is not looked at.
    public static func first(in bytes: UnsafeRawBufferPointer, from start: Int) -> (offset: Int, signature: MediaSignature)? {
        guard let base = bytes.baseAddress, start >= 0 else { return nil }
        var offset = start
        while offset + sector <= bytes.count {
            if let signature = of(base + offset) { return (offset, signature) }
            offset += sector
        }
        return nil
    }

    /// `sector` points to 512 bytes.
    @inline(__always)
    static func of(_ sector: UnsafeRawPointer) -> MediaSignature? {
        let word = UInt64(bigEndian: sector.loadUnaligned(as: UInt64.self))
        // Most of an empty disk.
        if word == 0 { return nil }
        let first = UInt32(truncatingIfNeeded: word >> 32), second = UInt32(truncatingIfNeeded: word)
        // Box types of the top level are four small letters: a test that random bytes rarely pass.
        if second & 0xE0E0_E0E0 == 0x6060_6060, canBegin(second) { return .boxes }
        if first >> 8 == 0xFF_D8FF { return .images }
        if first >> 8 == 1 || first == 1 { return .units }
        if first == EBMLID.ebml { return .matroska }
        if first == 0x5249_4646 { return .avi }  // RIFF
        if first >> 16 == 0x2D2D { return .images }  // the boundary that HTTP servers put before each image
        if first >> 24 == UInt32(TSPacket.sync), isSync(sector, 188), isSync(sector, 376) { return .transport188 }
        if second >> 24 == UInt32(TSPacket.sync), isSync(sector, 196), isSync(sector, 388) { return .transport192 }
        return nil
    }

    @inline(__always)
    private static func isSync(_ sector: UnsafeRawPointer, _ offset: Int) -> Bool {
        sector.load(fromByteOffset: offset, as: UInt8.self) == TSPacket.sync
    }

    /// The boxes that files of recorders and cameras begin with.
    private static func canBegin(_ type: UInt32) -> Bool {
        switch type {
        case BoxType.ftyp, BoxType.styp, BoxType.moov, BoxType.mdat, BoxType.moof, BoxType.wide, BoxType.free, BoxType.skip,
            BoxType.pnot, BoxType.sidx, BoxType.prft, BoxType.emsg:
            true
        default: false
        }
    }
}

/// Headers that are certain enough to end an open-ended file before them.
enum StrictHeader {
    /// As many bytes as are looked at.
    static let look = 1024

    /// Whether a container begins here. `bytes` begin on a sector.
    static func isContainer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= MediaSignature.sector, let base = bytes.baseAddress else { return false }
        switch MediaSignature.of(base) {
        case .boxes: return isFileType(bytes)
        case .matroska: return isMatroska(bytes)
        case .avi: return isAVI(bytes)
        case .transport188: return isTransport(bytes, prefix: 0, stride: 188)
        case .transport192: return isTransport(bytes, prefix: 4, stride: 192)
        case .units, .images, nil: return false
        }
    }

    /// Whether a raw stream or an image begins here. Containers hold such things too, so it only counts behind a file's end.
    static func isElementary(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= MediaSignature.sector, let base = bytes.baseAddress else { return false }
        switch MediaSignature.of(base) {
        case .units: return UnitKind.beginsWithHeaders(bytes)
        case .images: return isImage(bytes)
        default: return false
        }
    }

    /// `ftyp`: a brand of printable characters, and whole compatible brands (ISO/IEC 14496-12 §4.3).
    static func isFileType(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let box = BoxHeader(bytes, at: 0, limit: .max), box.type == BoxType.ftyp, box.payload == 8, bytes.count >= 12
        else { return false }
        // The longest seen has 12 brands.
        return (12...512).contains(box.end) && box.end % 4 == 0 && bytes[8..<12].allSatisfy { (0x20...0x7E).contains($0) }
    }

    static func isMatroska(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let header = EBMLHeader.parse(bytes), header.id == EBMLID.ebml, header.size <= UInt64(bytes.count - header.length)
        else { return false }
        var children = EBMLChildren(UnsafeRawBufferPointer(rebasing: bytes[header.length..<(header.length + Int(header.size))]))
        while let child = children.next() {
            if child.id == EBMLID.docType { return ["matroska", "webm"].contains(EBMLValue.text(child.content)) }
        }
        return false
    }

    static func isAVI(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var cursor = ByteCursor(bytes)
        return cursor.u32() == FourCC("RIFF").value && cursor.skip(4) && cursor.u32() == FourCC("AVI ").value
            && cursor.u32() == FourCC("LIST").value && cursor.skip(4) && cursor.u32() == FourCC("hdrl").value
    }

    /// With or without a time before each packet.
    static func isTransport(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isTransport(bytes, prefix: 0, stride: 188) || isTransport(bytes, prefix: 4, stride: 192)
    }

    static func isTransport(_ bytes: UnsafeRawBufferPointer, prefix: Int, stride: Int) -> Bool {
        var offset = prefix
        var count = 0
        while offset + 4 <= bytes.count {
            guard TSPacket.isHeader(bytes, at: offset) else { return false }
            offset += stride
            count += 1
        }
        return count >= TSGeometry.proof
    }

    static func isImage(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8, bytes[2] == 0xFF else { return false }
        switch JPEGImage.parse(bytes) {
        case .image, .needsMore: return true
        case .broken: return false
        }
    }
}
