import Glibc
import MediaContainers

/// A place on the disk where the rest of a broken recording may go on: a box, an element, an index, a packet in step.
struct Anchor: Hashable, Codable, Sendable {
    enum Kind: UInt8, Codable, Sendable {
        case movie, fragment, cluster, index, packet188, packet192
    }
    var kind: Kind
    /// Where the structure begins, in bytes from the start of the disk.
    var offset: UInt64
}

/// Finds anchors among bytes that belong to nothing, while they are in memory anyway.
struct AnchorSearch {
    /// Since they were last taken.
    private(set) var anchors: [Anchor] = []
    private var count = 0
    /// Nothing but zeroes was looked at.
    private(set) var isBlank = true

    /// A disk full of fragments has more; the rest of their recordings stay in pieces.
    private static let most = 1 << 20

    /// `bytes` begin on a sector. What lies across their end is missed: one place in 250,000.
    mutating func look(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
        guard count < Self.most, let base = bytes.baseAddress, bytes.count > 1 else { return }
        // Nothing but zeroes, most often.
        if base.load(as: UInt8.self) == 0, memcmp(base, base + 1, bytes.count - 1) == 0 { return }
        isBlank = false
        searchWords(bytes, at: offset)
        searchPackets(bytes, at: offset)
    }

    mutating func take() -> [Anchor] {
        defer { anchors = [] }
        return anchors
    }

    /// `moov`, `moof`, `idx1` and the identifier of a Cluster, at any offset: sixteen places at once by their first two bytes.
    private mutating func searchWords(_ view: UnsafeRawBufferPointer, at offset: UInt64) {
        let count = view.count
        guard let base = view.baseAddress else { return }
        typealias Bytes = SIMD16<UInt8>
        let mo = (Bytes(repeating: 0x6D), Bytes(repeating: 0x6F)), id = (Bytes(repeating: 0x69), Bytes(repeating: 0x64))
        let cluster = (Bytes(repeating: 0x1F), Bytes(repeating: 0x43))
        var index = 0
        while index < count {
            if index + 32 <= view.count {
                let first = base.loadUnaligned(fromByteOffset: index, as: Bytes.self)
                let second = base.loadUnaligned(fromByteOffset: index + 1, as: Bytes.self)
                let hits =
                    ((first .== mo.0) .& (second .== mo.1)) .| ((first .== id.0) .& (second .== id.1))
                    .| ((first .== cluster.0) .& (second .== cluster.1))
                if any(hits) { for place in index..<min(index + 16, count) { note(view, place, offset) } }
                index += 16
            } else {
                note(view, index, offset)
                index += 1
            }
        }
    }

    private mutating func note(_ view: UnsafeRawBufferPointer, _ index: Int, _ offset: UInt64) {
        guard index + 4 <= view.count else { return }
        let kind: Anchor.Kind
        switch UInt32(bigEndian: view.loadUnaligned(fromByteOffset: index, as: UInt32.self)) {
        case 0x6D6F_6F76: kind = .movie
        case 0x6D6F_6F66: kind = .fragment
        case 0x6964_7831: kind = .index
        case 0x1F43_B675: kind = .cluster
        default: return
        }
        // A box's size stands before its type.
        let back: UInt64 = kind == .movie || kind == .fragment ? 4 : 0
        let place = offset + UInt64(index)
        if place >= back { add(kind, place - back) }
    }

    private mutating func add(_ kind: Anchor.Kind, _ offset: UInt64) {
        guard count < Self.most else { return }
        count += 1
        anchors.append(Anchor(kind: kind, offset: offset))
    }

    /// The first packets behind the beginning of a sector where no packet begins: a fragment begins there, in the middle of one.
    private mutating func searchPackets(_ view: UnsafeRawBufferPointer, at offset: UInt64) {
        for (kind, stride, prefix) in [(Anchor.Kind.packet188, 188, 0), (.packet192, 192, 4)] {
            /// The run of packets that was noted already reaches this far.
            var known = 0
            var sector = 0
            while sector < view.count {
                defer { sector += MediaSignature.sector }
                guard sector >= known else { continue }
                guard let phase = Self.phase(view, sector + prefix, stride) else { continue }
                add(kind, offset + UInt64(sector + phase))
                known = sector + phase
                while known + prefix < view.count, view[known + prefix] == 0x47 { known += stride }
            }
        }
    }

    /// How far behind an index the first of four packets in step begins, within one stride.
    private static func phase(_ view: UnsafeRawBufferPointer, _ start: Int, _ stride: Int) -> Int? {
        typealias Bytes = SIMD16<UInt8>
        guard let base = view.baseAddress, start + 4 * stride + 16 < view.count else { return nil }
        let sync = Bytes(repeating: 0x47)
        var phase = 0
        while phase < stride {
            let place = base + start + phase
            let hits =
                (place.loadUnaligned(as: Bytes.self) .== sync) .& (place.loadUnaligned(fromByteOffset: stride, as: Bytes.self) .== sync)
                .& (place.loadUnaligned(fromByteOffset: 2 * stride, as: Bytes.self) .== sync)
            if any(hits) {
                for index in 0..<16 where hits[index] && phase + index < stride && view[start + phase + index + 3 * stride] == 0x47 {
                    return phase + index
                }
            }
            phase += 16
        }
        return nil
    }
}

extension UInt64 {
    /// The next sector; offsets on disks are far below the largest number.
    var roundedUpToSector: UInt64 {
        (self + UInt64(MediaSignature.sector) - 1) / UInt64(MediaSignature.sector) * UInt64(MediaSignature.sector)
    }
}
