/// Sectors that hold nothing but one byte over and over, where frames should be: never written, zeroed or erased.
///
/// Nobody else's footage came in with them. What follows such a hole is what stood there before.
struct BlankHole {
    private static let sector = 512

    /// The first byte behind the first blank sector and behind the last one; nil where there is none.
    private(set) var reach: ClosedRange<UInt64>?
    /// Bytes of torn frames that may stand before, behind and between blank sectors.
    private let torn: UInt64

    /// Looks at what was lost from `start` on; it ends where no blank sector follows within `torn` bytes.
    init(_ reader: SourceReader, from start: UInt64, torn: UInt64) throws(SourceFailure) {
        self.torn = torn
        let size = UInt64(Self.sector)
        var position = (start + size - 1) / size * size
        while position < reader.byteCount, position - (reach?.upperBound ?? start) <= torn {
            let view = try reader.upTo(MatroskaWalker.window, at: position)
            guard view.count >= Self.sector else { return }
            for index in stride(from: 0, through: view.count - Self.sector, by: Self.sector) {
                let end = position + UInt64(index) + size
                if Self.isBlank(UnsafeRawBufferPointer(rebasing: view[index..<(index + Self.sector)])) {
                    reach = (reach?.lowerBound ?? end)...end
                } else if end - (reach?.upperBound ?? start) > torn + size {
                    return
                }
            }
            position += UInt64(view.count / Self.sector * Self.sector)
        }
    }

    /// Whether nothing but blank sectors and torn frames lie before `place`.
    func leads(to place: UInt64) -> Bool {
        guard let reach else { return false }
        return place >= reach.lowerBound && place <= reach.upperBound + torn
    }

    private static func isBlank(_ sector: UnsafeRawBufferPointer) -> Bool {
        let first = sector.loadUnaligned(as: UInt64.self)
        guard first == UInt64(sector[0]) &* 0x0101_0101_0101_0101 else { return false }
        for index in stride(from: 8, to: Self.sector, by: 8)
        where sector.loadUnaligned(fromByteOffset: index, as: UInt64.self) != first { return false }
        return true
    }
}
