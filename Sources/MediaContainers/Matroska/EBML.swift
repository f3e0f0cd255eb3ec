/// Element identifiers, with their length marker (RFC 9559 §5.1; RFC 8794 §11.2 for the global ones).
enum EBMLID {
    static let ebml: UInt32 = 0x1A45_DFA3, docType: UInt32 = 0x4282
    static let void: UInt32 = 0xEC, crc32: UInt32 = 0xBF

    static let segment: UInt32 = 0x1853_8067
    static let seekHead: UInt32 = 0x114D_9B74, seek: UInt32 = 0x4DBB
    static let seekID: UInt32 = 0x53AB, seekPosition: UInt32 = 0x53AC
    static let info: UInt32 = 0x1549_A966, tracks: UInt32 = 0x1654_AE6B, cluster: UInt32 = 0x1F43_B675
    static let cues: UInt32 = 0x1C53_BB6B, tags: UInt32 = 0x1254_C367
    static let chapters: UInt32 = 0x1043_A770, attachments: UInt32 = 0x1941_A469

    static let timestampScale: UInt32 = 0x2AD7B1, duration: UInt32 = 0x4489, dateUTC: UInt32 = 0x4461
    static let muxingApp: UInt32 = 0x4D80, writingApp: UInt32 = 0x5741

    static let trackEntry: UInt32 = 0xAE, trackNumber: UInt32 = 0xD7, trackUID: UInt32 = 0x73C5
    static let trackType: UInt32 = 0x83, flagLacing: UInt32 = 0x9C, language: UInt32 = 0x22B59C
    static let defaultDuration: UInt32 = 0x23E383, codecID: UInt32 = 0x86, codecPrivate: UInt32 = 0x63A2
    static let codecDelay: UInt32 = 0x56AA, seekPreRoll: UInt32 = 0x56BB
    static let video: UInt32 = 0xE0, pixelWidth: UInt32 = 0xB0, pixelHeight: UInt32 = 0xBA
    static let cropBottom: UInt32 = 0x54AA, cropTop: UInt32 = 0x54BB
    static let cropLeft: UInt32 = 0x54CC, cropRight: UInt32 = 0x54DD
    static let audio: UInt32 = 0xE1, samplingFrequency: UInt32 = 0xB5, channels: UInt32 = 0x9F, bitDepth: UInt32 = 0x6264
    static let contentEncodings: UInt32 = 0x6D80, contentEncoding: UInt32 = 0x6240, contentScope: UInt32 = 0x5032
    static let contentType: UInt32 = 0x5033, contentCompression: UInt32 = 0x5034
    static let compressionAlgorithm: UInt32 = 0x4254, compressionSettings: UInt32 = 0x4255

    static let timestamp: UInt32 = 0xE7, position: UInt32 = 0xA7, prevSize: UInt32 = 0xAB, silentTracks: UInt32 = 0x5854
    static let simpleBlock: UInt32 = 0xA3, encryptedBlock: UInt32 = 0xAF
    static let blockGroup: UInt32 = 0xA0, block: UInt32 = 0xA1, blockDuration: UInt32 = 0x9B, referenceBlock: UInt32 = 0xFB

    static let cuePoint: UInt32 = 0xBB, cueTime: UInt32 = 0xB3, cueTrackPositions: UInt32 = 0xB7, cueTrack: UInt32 = 0xF7
    static let cueClusterPosition: UInt32 = 0xF1, cueRelativePosition: UInt32 = 0xF0

    /// The children that a Segment may have (RFC 9559 §5.1).
    static func isSegmentChild(_ id: UInt32) -> Bool {
        switch id {
        case seekHead, info, tracks, cluster, cues, tags, chapters, attachments: true
        default: false
        }
    }

    /// The children that a Cluster may have (RFC 9559 §5.1.3).
    static func isClusterChild(_ id: UInt32) -> Bool {
        switch id {
        case simpleBlock, blockGroup, timestamp, position, prevSize, silentTracks, encryptedBlock: true
        default: false
        }
    }
}

/// Identifier and size in front of every element (RFC 8794 §§4–6).
struct EBMLHeader {
    /// A size whose bits are all ones: the element ends where something begins that it cannot hold (RFC 8794 §6.2).
    static let unknownSize = UInt64.max
    /// An identifier takes at most 4 bytes, a size at most 8.
    static let largest = 12

    var id: UInt32
    var size: UInt64
    /// Bytes of identifier and size together.
    var length: Int

    var hasUnknownSize: Bool { size == Self.unknownSize }

    /// Nil where `bytes` do not begin with a header, or end inside it.
    @inline(__always)
    static func parse(_ bytes: UnsafeRawBufferPointer) -> EBMLHeader? {
        guard let first = bytes.first else { return nil }
        let idLength = first.leadingZeroBitCount + 1
        guard idLength <= 4, bytes.count > idLength else { return nil }
        var id: UInt32 = 0
        for index in 0..<idLength { id = id << 8 | UInt32(bytes[index]) }
        guard let size = variableLength(UnsafeRawBufferPointer(rebasing: bytes[idLength...])) else { return nil }
        let isUnknown = size.value == (1 << (7 * UInt64(size.length))) - 1
        return EBMLHeader(id: id, size: isUnknown ? unknownSize : size.value, length: idLength + size.length)
    }

    /// A number of 1 to 8 bytes whose leading zero bits tell its length (RFC 8794 §4), the marker removed.
    @inline(__always)
    static func variableLength(_ bytes: UnsafeRawBufferPointer) -> (value: UInt64, length: Int)? {
        if bytes.count >= 8 {
            let word = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
            let length = word.leadingZeroBitCount + 1
            guard length <= 8 else { return nil }
            return (word >> UInt64(64 - 8 * length) & ~(1 << UInt64(7 * length)), length)
        }
        guard let first = bytes.first else { return nil }
        let length = first.leadingZeroBitCount + 1
        guard length <= 8, bytes.count >= length else { return nil }
        var value = UInt64(first) & (0xFF >> UInt64(length))
        for index in 1..<length { value = value << 8 | UInt64(bytes[index]) }
        return (value, length)
    }
}

/// The children of an element that was read whole. Flat: a caller descends by making another one, never by recursion.
struct EBMLChildren {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    /// Nil at the end, and at the first child that is no element or does not fit.
    mutating func next() -> (id: UInt32, content: UnsafeRawBufferPointer)? {
        guard let header = EBMLHeader.parse(rest), header.size <= UInt64(rest.count - header.length) else { return nil }
        let end = header.length + Int(header.size)
        let content = UnsafeRawBufferPointer(rebasing: rest[header.length..<end])
        rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        return (header.id, content)
    }
}

/// Values of elements (RFC 8794 §7). One that is longer than its type allows has no value.
enum EBMLValue {
    static func unsigned(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        guard bytes.count <= 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A date is 8 bytes, or none for the epoch.
    static func signed64(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard bytes.count == 8, let value = unsigned(bytes) else { return nil }
        return Int64(bitPattern: value)
    }

    static func float(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard let bits = unsigned(bytes) else { return nil }
        switch bytes.count {
        case 4: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case 8: return Double(bitPattern: bits)
        default: return nil
        }
    }

    /// Up to the first zero: strings may be padded with them.
    static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
