import Layouts

/// Finds facts by name, size and second of their start. Each table is made when it is first asked for.
final class FactIndex {
    let facts: FactStore
    private lazy var names = SortedKeys(facts.count) { self.hash(self.facts.name($0)) }
    private lazy var stems = SortedKeys(facts.count) { index in
        let name = self.facts.name(index)
        return self.hash(name.lastIndex(of: 0x2E).map { name[..<$0] } ?? name)
    }
    private lazy var sizes = SortedKeys(facts.count) { UInt64(bitPattern: self.facts.size($0)) }
    private lazy var seconds = SortedKeys(facts.count) { Self.key(self.facts.start($0)?.quotientDown(1_000_000) ?? -1) }
    /// More than this share one name: it tells nothing.
    private static let most = 4096

    init(_ facts: FactStore) { self.facts = facts }

    private func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return state
    }

    /// Order of signed numbers in unsigned ones.
    private static func key(_ second: Int64) -> UInt64 { UInt64(bitPattern: second) ^ (1 << 63) }

    /// Segments of this name, with or without its extension; those whose folders agree longest with what stands before it.
    func matching(path value: String) -> [Int] {
        let parts = value.utf8.split(whereSeparator: { $0 == 0x2F || $0 == 0x5C }).map { Array($0) }
        guard let last = parts.last, last.count >= 2 else { return [] }
        var found = names.indices(of: hash(last))
        if found.isEmpty { found = stems.indices(of: hash(last)) }
        guard found.count <= Self.most else { return [] }
        guard parts.count > 1, found.count > 1 else { return found }
        var best = 0
        var kept: [Int] = []
        for index in found {
            let folders = facts[index].path.utf8.split(separator: 0x2F).map { Array($0) }.dropLast().reversed()
            let common = zip(folders, parts.dropLast().reversed()).prefix { $0 == $1 }.count
            if common > best { (best, kept) = (common, []) }
            if common == best { kept.append(index) }
        }
        return kept
    }

    func matching(size: Int64) -> [Int] {
        let found = sizes.indices(of: UInt64(bitPattern: size))
        return found.count <= Self.most ? found : []
    }

    /// Segments that begin in this second, or in the one before or after; those of the second itself first.
    func matching(second: Int64) -> [Int] {
        let exact = seconds.indices(of: Self.key(second))
        if !exact.isEmpty { return exact.count <= Self.most ? exact : [] }
        let near = seconds.indices(of: Self.key(second - 1)) + seconds.indices(of: Self.key(second + 1))
        return near.count <= Self.most ? near : []
    }

    func hasStart(in second: Int64) -> Bool { seconds.contains(key: Self.key(second)) }
}

/// Keys in order, each with the number it belongs to.
private struct SortedKeys {
    private let keys: [UInt64]
    private let numbers: [Int32]

    init(_ count: Int, _ key: (Int) -> UInt64) {
        var pairs = (0..<count).map { (key($0), Int32($0)) }
        pairs.sort { ($0.0, $0.1) < ($1.0, $1.1) }
        keys = pairs.map(\.0)
        numbers = pairs.map(\.1)
    }

    private func lowerBound(_ key: UInt64) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func contains(key: UInt64) -> Bool {
        let index = lowerBound(key)
        return index < keys.count && keys[index] == key
    }

    func indices(of key: UInt64) -> [Int] {
        var index = lowerBound(key)
        var found: [Int] = []
        while index < keys.count, keys[index] == key, found.count <= 4096 {
            found.append(Int(numbers[index]))
            index += 1
        }
        return found
    }
}
