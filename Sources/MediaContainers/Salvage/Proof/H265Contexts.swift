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

/// Contexts in the order of Table 9-4, and their initValues (Tables 9-5 to 9-37).
enum H265Context {
    static let offsetMerge = 0, offsetType = 1, split = 2, bypass = 5, partition = 6, probable = 7, chromaMode = 8
    static let splitTransform = 9, codedLuma = 12, codedChroma = 14, delta = 19, skipTransform = 21
    static let lastX = 23, lastY = 41, codedBlock = 59, significant = 63, greater1 = 105, greater2 = 129
    /// Those that I slices do not have.
    static let skip = 135, predictionMode = 138, parts = 139, merge = 142, mergeIndex = 143, direction = 144, reference = 149
    static let difference = 151, greaterDifference = 152, predictor = 153, codedRoot = 154

    /// Contexts at the beginning of a slice; `kind` is initType.
    static func states(kind: Int, qp: Int) -> [UInt8] {
        values[kind].map { ArithmeticDecoder.state(m: Int($0 >> 4) * 5 - 45, n: Int($0 & 15) << 3 - 16, qp: qp) }
    }

    /// By initType.
    private static let values: [[UInt8]] = [
        [153, 200, 139, 141, 157, 154, 184, 184, 63] + [153, 138, 138, 111, 141, 94, 138, 182, 154, 154, 154, 154, 139, 139]
            + last[0] + last[0] + [91, 171, 134, 141] + significances[0] + greater[0] + [138, 153, 136, 167, 152, 152],
        [153, 185, 107, 139, 126, 154, 154, 154, 152] + [124, 138, 94, 153, 111, 149, 107, 167, 154, 154, 154, 154, 139, 139]
            + last[1] + last[1] + [121, 140, 61, 154] + significances[1] + greater[1] + [107, 167, 91, 122, 107, 167]
            + [197, 185, 201, 149, 139, 154, 154, 110, 122] + [95, 79, 63, 31, 31, 153, 153, 140, 198, 168, 79],
        [153, 160, 107, 139, 126, 154, 154, 183, 152] + [224, 167, 122, 153, 111, 149, 92, 167, 154, 154, 154, 154, 139, 139]
            + last[2] + last[2] + [121, 140, 61, 154] + significances[2] + greater[2] + [107, 167, 91, 107, 107, 167]
            + [197, 185, 201, 134, 139, 154, 154, 154, 137] + [95, 79, 63, 31, 31, 153, 153, 169, 198, 168, 79],
    ]
    private static let last: [[UInt8]] = [
        [110, 110, 124, 125, 140, 153, 125, 127, 140, 109, 111, 143, 127, 111, 79, 108, 123, 63],
        [125, 110, 94, 110, 95, 79, 125, 111, 110, 78, 110, 111, 111, 95, 94, 108, 123, 108],
        [125, 110, 124, 110, 95, 94, 125, 111, 111, 79, 125, 126, 111, 111, 79, 108, 123, 93],
    ]
    private static let significances: [[UInt8]] = [
        [
            111, 111, 125, 110, 110, 94, 124, 108, 124, 107, 125, 141, 179, 153, 125, 107, 125, 141, 179, 153, 125, 107, 125, 141,
            179, 153, 125, 140, 139, 182, 182, 152, 136, 152, 136, 153, 136, 139, 111, 136, 139, 111,
        ],
        [
            155, 154, 139, 153, 139, 123, 123, 63, 153, 166, 183, 140, 136, 153, 154, 166, 183, 140, 136, 153, 154, 166, 183, 140,
            136, 153, 154, 170, 153, 123, 123, 107, 121, 107, 121, 167, 151, 183, 140, 151, 183, 140,
        ],
        [
            170, 154, 139, 153, 139, 123, 123, 63, 124, 166, 183, 140, 136, 153, 154, 166, 183, 140, 136, 153, 154, 166, 183, 140,
            136, 153, 154, 170, 153, 138, 138, 122, 121, 122, 121, 167, 151, 183, 140, 151, 183, 140,
        ],
    ]
    private static let greater: [[UInt8]] = [
        [
            140, 92, 137, 138, 140, 152, 138, 139, 153, 74, 149, 92, 139, 107, 122, 152, 140, 179, 166, 182, 140, 227, 122, 197,
        ],
        [
            154, 196, 196, 167, 154, 152, 167, 182, 182, 134, 149, 136, 153, 121, 136, 137, 169, 194, 166, 167, 154, 167, 137, 182,
        ],
        [
            154, 196, 167, 167, 154, 152, 167, 182, 182, 134, 149, 136, 153, 121, 136, 122, 169, 208, 166, 167, 154, 152, 167, 182,
        ],
    ]
}
