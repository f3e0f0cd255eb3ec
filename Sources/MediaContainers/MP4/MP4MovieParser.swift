/// Reads a `moov` that is in memory. Each container is walked once, at a depth that is written here and not in the file.
struct MovieParser {
    /// Video, sound, metadata, subtitles of a recorder make four; a phone's file has under ten.
    static let largestTrackCount = 64
    /// Encoders write one edit, or two with an empty one; editors a handful.
    static let largestEditCount = 16

    let bytes: [UInt8]
    private(set) var movie: Movie
    var findings = FindingList()

    /// `bytes` is the content of the `moov`, and `base` where it lies in the file.
    static func parse(_ bytes: [UInt8], base: UInt64) -> (Movie, FindingList) {
        var parser = MovieParser(bytes: bytes, movie: Movie(base: base))
        parser.parseMovie()
        return (parser.movie, parser.findings)
    }

    private init(bytes: [UInt8], movie: Movie) {
        self.bytes = bytes
        self.movie = movie
    }

    mutating func broken(_ offset: Int, _ rule: @autoclosure () -> String) {
        findings.add(.ruleBroken, at: movie.base + UInt64(offset), rule())
    }

    /// Calls `body` for every box in `range`, and says so where the list breaks off.
    mutating func walk(_ range: Range<Int>, _ body: (inout MovieParser, Box) -> Void) {
        var boxes = BoxList(bytes, in: range)
        while let box = boxes.next() { body(&self, box) }
        if let offset = boxes.brokenAt { broken(offset, "box size against its parent, ISO/IEC 14496-12 §4.2") }
    }

    private mutating func parseMovie() {
        var defaults: [(id: UInt32, values: FragmentDefaults)] = []
        walk(0..<bytes.count) { parser, box in
            switch box.type {
            case BoxType.mvhd: parser.parseMovieHeader(box)
            case BoxType.trak: parser.parseTrack(box)
            case BoxType.mvex: defaults = parser.parseExtends(box)
            case BoxType.udta: parser.parseUserData(box)
            default: break
            }
        }
        for (id, values) in defaults {
            for index in movie.tracks.indices where movie.tracks[index].id == id { movie.tracks[index].defaults = values }
        }
    }

    /// `mvhd` and `mdhd` begin alike (§8.2.2, §8.4.2).
    private mutating func parseTimes(_ box: Box) -> (creation: UInt64, timescale: Int64) {
        let times = bytes.withCursor(in: box.payload) { cursor -> (UInt64, UInt32)? in
            guard let version = cursor.u32().map({ $0 >> 24 }) else { return nil }
            if version == 1 {
                guard let creation = cursor.u64(), cursor.skip(8), let timescale = cursor.u32() else { return nil }
                return (creation, timescale)
            }
            guard let creation = cursor.u32(), cursor.skip(4), let timescale = cursor.u32() else { return nil }
            return (UInt64(creation), timescale)
        }
        guard let (creation, timescale) = times else {
            broken(box.start, "header cut short, ISO/IEC 14496-12 §8.2.2")
            return (0, 1)
        }
        guard timescale != 0 else {
            broken(box.start, "timescale 0, ISO/IEC 14496-12 §8.2.2.3")
            return (creation, 1)
        }
        return (creation, Int64(timescale))
    }

    private mutating func parseMovieHeader(_ box: Box) {
        (movie.creation, movie.timescale) = parseTimes(box)
        movie.creationOffset = movie.base + UInt64(box.start)
    }

    private mutating func parseExtends(_ mvex: Box) -> [(UInt32, FragmentDefaults)] {
        movie.isFragmented = true
        var result: [(UInt32, FragmentDefaults)] = []
        walk(mvex.payload) { parser, box in
            guard box.type == BoxType.trex, result.count < Self.largestTrackCount else { return }
            parser.bytes.withCursor(in: box.payload) { cursor in
                guard cursor.skip(4), let id = cursor.u32(), cursor.skip(4), let duration = cursor.u32(),
                    let size = cursor.u32(), let flags = cursor.u32()
                else { return }
                result.append((id, FragmentDefaults(duration: duration, size: size, flags: flags)))
            }
        }
        return result
    }

    /// MediaMTX writes `mtxi` here: stream (16 bytes), segment number, decode time and wall clock (nanoseconds).
    private mutating func parseUserData(_ udta: Box) {
        guard let box = BoxList.first(BoxType.mtxi, of: bytes, in: udta.payload) else { return }
        movie.mtxiNanoseconds = bytes.withCursor(in: box.payload) { cursor in
            cursor.skip(4 + 16 + 8 + 8) ? cursor.u64().map(Int64.init(bitPattern:)) : nil
        }
    }

    // MARK: Tracks

    private mutating func parseTrack(_ trak: Box) {
        guard movie.tracks.count < Self.largestTrackCount else {
            findings.add(.capReached, at: movie.base + UInt64(trak.start), "more than \(Self.largestTrackCount) tracks")
            return
        }
        var track = MovieTrack()
        var headerSize: (width: Int, height: Int) = (0, 0)
        walk(trak.payload) { parser, box in
            switch box.type {
            case BoxType.tkhd: (track.id, headerSize) = parser.parseTrackHeader(box)
            case BoxType.mdia: parser.parseMedia(box, &track)
            case BoxType.edts:
                if let list = BoxList.first(BoxType.elst, of: parser.bytes, in: box.payload) { parser.parseEdits(list, &track) }
            default: break
            }
        }
        if track.id != 0, movie.tracks.contains(where: { $0.id == track.id }) {
            broken(trak.start, "track_ID \(track.id) twice, ISO/IEC 14496-12 §8.3.2.3")
        }
        if let video = track.entry.video, video.width == 0 || video.height == 0 {
            track.entry.video = VideoFormat(codec: video.codec, width: headerSize.width, height: headerSize.height)
        }
        movie.tracks.append(track)
    }

    /// `tkhd`, §8.3.2.
    private func parseTrackHeader(_ box: Box) -> (UInt32, (Int, Int)) {
        bytes.withCursor(in: box.payload) { cursor in
            guard let version = cursor.u32().map({ $0 >> 24 }), cursor.skip(version == 1 ? 16 : 8), let id = cursor.u32()
            else { return (0, (0, 0)) }
            guard cursor.skip(4 + (version == 1 ? 8 : 4) + 16 + 36), let width = cursor.u32(), let height = cursor.u32()
            else { return (id, (0, 0)) }
            return (id, (Int(width >> 16), Int(height >> 16)))
        }
    }

    private mutating func parseEdits(_ box: Box, _ track: inout MovieTrack) {
        let edits = bytes.withCursor(in: box.payload) { cursor -> [Edit] in
            var edits: [Edit] = []
            guard let version = cursor.u32().map({ $0 >> 24 }), let claimed = cursor.u32() else { return [] }
            while edits.count < min(Int(claimed), Self.largestEditCount) {
                if version == 1 {
                    guard let duration = cursor.u64(), let time = cursor.u64(), cursor.skip(4) else { break }
                    edits.append(Edit(duration: duration, mediaTime: Int64(bitPattern: time)))
                } else {
                    guard let duration = cursor.u32(), let time = cursor.u32(), cursor.skip(4) else { break }
                    edits.append(Edit(duration: UInt64(duration), mediaTime: Int64(Int32(bitPattern: time))))
                }
            }
            if edits.count < Int(claimed) { edits.append(Edit(duration: 0, mediaTime: -2)) }
            return edits
        }
        track.edits = edits.filter { $0.mediaTime >= -1 }
        if track.edits.count < edits.count { broken(box.start, "edit list read up to entry \(track.edits.count), ISO/IEC 14496-12 §8.6.6") }
    }

    private mutating func parseMedia(_ mdia: Box, _ track: inout MovieTrack) {
        var information: Box?
        walk(mdia.payload) { parser, box in
            switch box.type {
            case BoxType.mdhd: (track.creation, track.timescale) = parser.parseTimes(box)
            case BoxType.hdlr:
                switch parser.bytes.bigEndian32(at: box.payload.lowerBound + 8) {
                case Self.vide: track.kind = .video
                case Self.soun: track.kind = .audio
                default: track.kind = .other
                }
            case BoxType.minf: information = box
            default: break
            }
        }
        guard let information, track.kind != .other,
            let table = BoxList.first(BoxType.stbl, of: bytes, in: information.payload)
        else { return }
        parseSampleTable(table, &track)
    }

    private static let vide: UInt32 = 0x7669_6465
    private static let soun: UInt32 = 0x736F_756E
}
