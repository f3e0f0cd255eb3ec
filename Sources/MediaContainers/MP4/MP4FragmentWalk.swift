/// Walks the fragments of a file from box to box, and finds the next `moof` again where the boxes make no sense.
struct FragmentWalk {
    enum Ending: Equatable {
        case whole
        /// A box, or the samples of the last fragment, run past the end of the file.
        case cut(at: UInt64)
        /// No box begins here, and no `moof` comes after it.
        case nonsense(at: UInt64)
    }

    private let reader: SourceReader
    private let movie: Movie
    private let readsHeadersOnly: Bool
    private var position: UInt64
    /// The media time at which each track of the movie goes on.
    private(set) var decodeTimes: [Int64]
    private(set) var findings = FindingList()
    private(set) var ending = Ending.whole
    /// Something before the end was skipped.
    private(set) var isDamaged = false
    /// A `mfra` was met: the recorder finished the file (ISO/IEC 14496-12 §8.8.9).
    private(set) var isFinished = false
    private(set) var reference: ReferenceTime?
    private(set) var corrections: [StartCorrection] = []
    private(set) var fragmentCount = 0
    /// The first byte after the samples of the last fragment; the search for the next one begins there.
    private var dataEnd: UInt64

    /// A fragment that is larger than this is stepped over with small reads, a smaller one with large ones.
    private static let distant: UInt64 = 128 << 10
    private static let smallWindow = 8 << 10
    private static let largeWindow = 256 << 10

    /// Who looks at headers only lets the walk choose how much is read at once; who reads the samples too has chosen already.
    init(
        _ reader: SourceReader, _ movie: Movie, from position: UInt64, decodeTimes: [Int64], readsHeadersOnly: Bool
    ) {
        self.reader = reader
        self.readsHeadersOnly = readsHeadersOnly
        self.movie = movie
        self.position = position
        self.decodeTimes = decodeTimes
        dataEnd = position
    }

    /// The next fragment; nil at the end, and `ending` says of what kind.
    mutating func next() throws(SourceFailure) -> Fragment? {
        while position < reader.byteCount {
            let view = try reader.upTo(BoxHeader.largest, at: position)
            guard let header = BoxHeader(view, at: position, limit: reader.byteCount), header.hasPlausibleType else {
                guard try resume(orEndWith: view.count < 8 ? .cut(at: position) : .nonsense(at: position)) else { return nil }
                continue
            }
            guard header.end <= reader.byteCount, !header.runsToEnd || header.type == BoxType.mdat else {
                // Cut, or a size that was overwritten: then another fragment follows.
                guard try resume(orEndWith: .cut(at: position)) else { return nil }
                continue
            }
            switch header.type {
            case BoxType.moof:
                guard let fragment = try read(header) else { break }
                if readsHeadersOnly {
                    let step = fragment.start - min(fragment.start, previousStart)
                    reader.window = step > Self.distant ? Self.smallWindow : Self.largeWindow
                    previousStart = fragment.start
                }
                position = header.end
                return fragment
            case BoxType.mfra: isFinished = true
            case BoxType.prft where reference == nil:
                reference = ReferenceTime(try reader.upTo(24, at: header.payload))
            case BoxType.meta: corrections += try StartCorrection.read(reader, meta: header)
            default: break
            }
            // A size of 0 runs to the end of the file, but the samples say where the data really ends.
            position = header.runsToEnd && dataEnd > header.payload ? dataEnd : header.end
        }
        return nil
    }

    private var previousStart: UInt64 = 0

    private mutating func read(_ header: BoxHeader) throws(SourceFailure) -> Fragment? {
        let length = header.end - header.payload
        guard length <= UInt64(SourceReader.largestView) else {
            findings.add(.capReached, at: header.start, "moof of \(length) bytes")
            return nil
        }
        let view = try reader.upTo(Int(length), at: header.payload)
        guard UInt64(view.count) == length else { return nil }
        let fragment = Fragment.parse(
            [UInt8](copying: view), header: header, movie: movie, decodeTimes: &decodeTimes, findings: &findings)
        fragmentCount += 1
        dataEnd = max(header.end, min(fragment.dataEnd, reader.byteCount))
        return fragment
    }

    /// Goes on at the next plausible `moof`; false where there is none, and the walk has ended so.
    private mutating func resume(orEndWith ending: Ending) throws(SourceFailure) -> Bool {
        // A wrong size can have led past fragments: those begin after the samples of the one before.
        let from = min(position + 1, max(dataEnd, 1))
        guard let found = try Self.findFragment(reader, from: from) else {
            self.ending = ending
            return false
        }
        isDamaged = true
        let lost = min(from == position + 1 ? position : from, found)
        findings.add(.bytesSkipped, at: lost, "\(found - lost) bytes")
        position = found
        dataEnd = found
        return true
    }

    /// A `moof` with a sane size that begins with its `mfhd` (§8.8.5).
    static func findFragment(
        _ reader: SourceReader, from start: UInt64, to limit: UInt64 = .max
    ) throws(SourceFailure) -> UInt64? {
        let chunk = 1 << 20
        let needed = 16
        var at = start
        while at < min(limit, reader.byteCount) {
            let view = try reader.upTo(Int(min(UInt64(chunk), limit - at)), at: at)
            guard view.count >= needed else { return nil }
            var index = 4
            while index <= view.count - 12 {
                // The type has an 'o' second and third: without one here it begins neither here nor at the next byte.
                if view[index + 2] != 0x6F {
                    index += 2
                    continue
                }
                if UInt32(bigEndian: view.loadUnaligned(fromByteOffset: index, as: UInt32.self)) == BoxType.moof,
                    UInt32(bigEndian: view.loadUnaligned(fromByteOffset: index + 8, as: UInt32.self)) == BoxType.mfhd
                {
                    let size = UInt64(UInt32(bigEndian: view.loadUnaligned(fromByteOffset: index - 4, as: UInt32.self)))
                    let begin = at + UInt64(index - 4)
                    if size >= 24, size <= UInt64(SourceReader.largestView), begin + size <= reader.byteCount { return begin }
                }
                index += 1
            }
            if view.count < chunk { return nil }
            at += UInt64(view.count - needed + 1)
        }
        return nil
    }
}
