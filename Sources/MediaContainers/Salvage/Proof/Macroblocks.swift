/// What looking at every macroblock of a slice proves.
enum SliceProof: Equatable {
    /// They fill the slice to its last bit, and this is the address behind the last one.
    case complete(next: Int)
    /// They do not: the slice was overwritten or cut, or is of another picture size or other parameter sets. `bytesLeft`: of the
    /// slice, behind the place where this was found.
    case broken(bytesLeft: Int)
    /// A feature that is not followed.
    case unknown
}

/// Where the macroblocks of a slice lie in their picture, and what their neighbours left behind.
struct MacroblockGrid {
    let width: Int
    let count: Int
    let first: Int
    /// Coefficients of each 4x4 block of luma in raster order, then of both chroma planes.
    var coefficients: [UInt8]

    init(width: Int, count: Int, first: Int) {
        self.width = width
        self.count = count
        self.first = first
        coefficients = [UInt8](repeating: 0, count: 24 * count)
    }

    func left(of address: Int) -> Int? { address % width > 0 && address > first ? address - 1 : nil }
    func above(_ address: Int) -> Int? { address - width >= first ? address - width : nil }

    /// Raster places of the 4x4 blocks in coding order (§6.4.3).
    static let raster = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]

    /// The counts of the blocks left of and above one; nil where they are of another slice. `plane` 0 is luma, 4 blocks wide,
    /// 1 and 2 are chroma, 2 blocks wide.
    func neighbours(_ address: Int, plane: Int, block: Int) -> (left: Int?, above: Int?) {
        let side = plane == 0 ? 4 : 2
        let base = plane == 0 ? 0 : 12 + 4 * plane
        let (column, row) = (block % side, block / side)
        let left: Int? =
            column > 0
            ? 24 * address + base + block - 1 : self.left(of: address).map { 24 * $0 + base + row * side + side - 1 }
        let above: Int? =
            row > 0
            ? 24 * address + base + block - side : self.above(address).map { 24 * $0 + base + (side - 1) * side + column }
        return (left.map { Int(coefficients[$0]) }, above.map { Int(coefficients[$0]) })
    }

    /// Where the 4x4 blocks of luma left of and above one stand among sixteen of each macroblock; nil where they are of another slice.
    func places(_ address: Int, block: Int) -> (left: Int?, above: Int?) {
        (
            block % 4 > 0 ? 16 * address + block - 1 : left(of: address).map { 16 * $0 + block + 3 },
            block > 3 ? 16 * address + block - 4 : above(address).map { 16 * $0 + block + 12 }
        )
    }

    mutating func set(_ value: Int, _ address: Int, plane: Int, block: Int) {
        coefficients[24 * address + (plane == 0 ? 0 : 12 + 4 * plane) + block] = UInt8(truncatingIfNeeded: value)
    }

    mutating func setAll(_ value: UInt8, _ address: Int) {
        for index in 0..<24 { coefficients[24 * address + index] = value }
    }
}
