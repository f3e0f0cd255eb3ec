/// §6.5.3 to §6.5.5: up-right diagonal, horizontal, vertical.
enum H265Scan {
    /// By the scan and the logarithm of the side, up to 8.
    static let orders = (0..<3).map { scan in (0...3).map { order($0, scan) } }

    private static func order(_ log2: Int, _ scan: Int) -> [(x: Int, y: Int)] {
        let size = 1 << log2
        switch scan {
        case 1: return (0..<(size * size)).map { ($0 % size, $0 / size) }
        case 2: return (0..<(size * size)).map { ($0 / size, $0 % size) }
        default:
            return (0..<(2 * size - 1)).flatMap { sum in
                (0..<size).compactMap { x in sum - x >= 0 && sum - x < size ? (x, sum - x) : nil }
            }
        }
    }
}

/// Contexts of I slices in the order of Table 9-4, and their initValues (Tables 9-5 to 9-37).
enum H265IntraContext {
    static let offsetMerge = 0, offsetType = 1, split = 2, bypass = 5, partition = 6, probable = 7, chromaMode = 8
    static let splitTransform = 9, codedLuma = 12, codedChroma = 14, delta = 19, skipTransform = 21
    static let lastX = 23, lastY = 41, codedBlock = 59, significant = 63, greater1 = 105, greater2 = 129

    private static let last: [UInt8] = [110, 110, 124, 125, 140, 153, 125, 127, 140, 109, 111, 143, 127, 111, 79, 108, 123, 63]
    private static let values: [UInt8] =
        [153, 200, 139, 141, 157, 154, 184, 184, 63] + [153, 138, 138, 111, 141, 94, 138, 182, 154, 154, 154, 154, 139, 139] + last
        + last + [91, 171, 134, 141] + [
            111, 111, 125, 110, 110, 94, 124, 108, 124, 107, 125, 141, 179, 153, 125, 107, 125, 141, 179, 153, 125, 107, 125, 141,
            179, 153, 125, 140, 139, 182, 182, 152, 136, 152, 136, 153, 136, 139, 111, 136, 139, 111,
        ] + [
            140, 92, 137, 138, 140, 152, 138, 139, 153, 74, 149, 92, 139, 107, 122, 152, 140, 179, 166, 182, 140, 227, 122, 197,
        ] + [138, 153, 136, 167, 152, 152]

    static func states(qp: Int) -> [UInt8] {
        values.map { ArithmeticDecoder.state(m: Int($0 >> 4) * 5 - 45, n: Int($0 & 15) << 3 - 16, qp: qp) }
    }
}
