/// MP4, QuickTime MOV and fragmented MP4 (ISO/IEC 14496-12; QuickTime File Format).
enum MP4File: ContainerFormat {
    /// A box of the top level comes first, and where its end can be seen another one follows.
    static func recognises(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        guard let first = BoxHeader(head, at: 0, limit: byteCount), isTopLevel(first.type) else { return false }
        if first.type == BoxType.ftyp, head.count >= 12, isStillImage(head) { return false }
        guard first.end + 8 <= UInt64(head.count), !first.runsToEnd else { return true }
        let rest = UnsafeRawBufferPointer(rebasing: head[Int(first.end)...])
        if let second = BoxHeader(rest, at: first.end, limit: byteCount), second.hasPlausibleType { return true }
        // What follows was lost: `ftyp` and `mdat` are proof enough, a `free` is not.
        return [BoxType.ftyp, BoxType.moov, BoxType.mdat, BoxType.styp, BoxType.moof].contains(first.type)
    }

    /// `ftyp` decides, whatever follows it.
    static func isCertain(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool {
        BoxHeader(head, at: 0, limit: byteCount)?.type == BoxType.ftyp && recognises(head, byteCount: byteCount)
    }

    private static func isTopLevel(_ type: UInt32) -> Bool {
        switch type {
        case BoxType.ftyp, BoxType.styp, BoxType.moov, BoxType.mdat, BoxType.free, BoxType.skip, BoxType.wide, BoxType.uuid,
            BoxType.moof, BoxType.sidx, BoxType.ssix, BoxType.emsg, BoxType.prft, BoxType.pnot, BoxType.pdin, BoxType.junk:
            true
        default: false
        }
    }

    /// HEIF, AVIF and Canon raw files are made of the same boxes and hold no video (ISO/IEC 23008-12 §10.2).
    static func isStillImage(_ head: UnsafeRawBufferPointer) -> Bool {
        let brand = FourCC(UInt32(bigEndian: head.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        return ["heic", "heix", "heim", "heis", "mif1", "avif", "crx "].contains(brand)
    }

    static func describe(_ reader: SourceReader) throws(SourceFailure) -> MediaDescription {
        let analysis = try MovieAnalysis(reader)
        return try salvage(reader, analysis)?.description ?? analysis.description
    }

    static func samples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? {
        let analysis = try MovieAnalysis(reader)
        return try salvage(reader, analysis)?.samples(reader) ?? MP4Samples(reader, analysis)
    }

    /// Every sample of the tables, whatever lies there.
    static func statedSamples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? {
        MP4Samples(reader, try MovieAnalysis(reader, asStated: true), isJudged: false)
    }

    /// Where boxes of fragments are broken, their samples are found without them: frames survive whose `moof` does not, and a
    /// `moof` of another recording is none of this one.
    private static func salvage(_ reader: SourceReader, _ analysis: MovieAnalysis) throws(SourceFailure) -> MP4Salvage? {
        guard analysis.firstFragment != nil, analysis.description.state == .damaged else { return nil }
        return try MP4Salvage(reader, analysis)
    }
}
