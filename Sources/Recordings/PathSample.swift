/// A bounded sample of a tree for layout inference: for every shape of path the first files and then blocks of consecutive
/// files from all over it, because contiguity shows only between neighbours and a change of clocks only over months.
struct PathSample {
    private struct Shape {
        var seen = 0
        var first: [WalkedFile] = []
        var blocks: [[WalkedFile]] = []
        var block: [WalkedFile] = []

        mutating func offer(_ file: WalkedFile, _ random: inout SystemIndependentRandom) {
            seen += 1
            guard first.count >= PathSample.firstCount else { return first.append(file) }
            block.append(file)
            guard block.count == PathSample.blockSize else { return }
            // Reservoir sampling over blocks.
            if blocks.count < PathSample.blocksKept {
                blocks.append(block)
            } else {
                let slot = Int(random.next() % UInt64(seen / PathSample.blockSize))
                if slot < PathSample.blocksKept { blocks[slot] = block }
            }
            block = []
        }
    }
    private var shapes: [[UInt8]: Shape] = [:]
    private var random = SystemIndependentRandom()
    private static let firstCount = 64
    private static let blockSize = 16
    private static let blocksKept = 14
    /// A hostile tree may have as many shapes as files.
    private static let shapesKept = 512
    private static let most = 4_096

    mutating func offer(_ file: WalkedFile) {
        let key = Self.shape(of: file.path)
        guard shapes[key] != nil || shapes.count < Self.shapesKept else { return }
        shapes[key, default: Shape()].offer(file, &random)
    }

    /// The sample; shapes with most files first, so that the cap takes from the rare ones.
    func files() -> [WalkedFile] {
        var result: [WalkedFile] = []
        let ordered = shapes.sorted { ($1.value.seen, $0.key.count) < ($0.value.seen, $1.key.count) }
        for (_, shape) in ordered {
            result += shape.first
            for block in shape.blocks { result += block }
            result += shape.block
            if result.count >= Self.most { return Array(result.prefix(Self.most)) }
        }
        return result
    }

    /// Runs of digits become `0`, of letters `a`, of both `x`; separators stay.
    static func shape(of path: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var previous: UInt8 = 0
        for byte in path {
            let digit = byte >= 0x30 && byte <= 0x39
            let letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte >= 0x80
            if digit || letter {
                let mark: UInt8 = digit ? 0x30 : 0x61
                if previous == 0 {
                    result.append(mark)
                    previous = mark
                } else if previous != mark, previous != 0x78 {
                    result[result.count - 1] = 0x78
                    previous = 0x78
                }
            } else {
                result.append(byte)
                previous = 0
            }
        }
        return result
    }
}

/// The same tree gives the same sample on every run.
struct SystemIndependentRandom: RandomNumberGenerator {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func next() -> UInt64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
