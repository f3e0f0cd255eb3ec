/// What our index knows of one segment, or of all segments of one camera in an hour or a day.
struct Fact {
    /// Relative to the root of its volume, `/` between the parts; empty for a group.
    var path = ""
    /// Where its volume was mounted.
    var volume = ""
    var camera = ""
    var stream = ""
    var kind = ""
    var isProtected = false
    var container = ""
    var codec = ""
    var audio = ""
    var width: Int64?
    var height: Int64?
    var size: Int64 = 0
    /// UTC microseconds.
    var start: Int64?
    /// Microseconds.
    var duration: Int64?
    var frames: Int64?
    var keyframes: Int64?
    /// How many segments stand behind it.
    var count: Int64 = 1

    /// What rows may depend on though nothing in the example shows it.
    var kindText: String { kind + (isProtected ? " protected" : "") }

    var end: Int64? {
        guard let start, let duration else { return nil }
        return start &+ duration
    }
}

/// All facts of an index, packed: a million of them take about 150 bytes each.
final class FactStore {
    private(set) var count = 0
    private var paths: [UInt8] = []
    private var pathEnds: [Int] = []
    private var sizes: [Int64] = []
    private var starts: [Int64] = []
    private var durations: [Int64] = []
    private var frames: [Int32] = []
    private var keyframes: [Int32] = []
    private var counts: [Int32] = []
    /// Everything of which there are few: one number for each combination.
    private var classes: [Int32] = []
    private var classFacts: [Fact] = []
    private var classNumbers: [ClassKey: Int32] = [:]
    private static let none = Int64.min

    private struct ClassKey: Hashable {
        var texts: [String]
        var width: Int64?
        var height: Int64?
        var isProtected: Bool
    }

    func reserve(_ count: Int) {
        pathEnds.reserveCapacity(count)
        sizes.reserveCapacity(count)
        starts.reserveCapacity(count)
        durations.reserveCapacity(count)
        frames.reserveCapacity(count)
        keyframes.reserveCapacity(count)
        counts.reserveCapacity(count)
        classes.reserveCapacity(count)
    }

    func append(_ fact: Fact) {
        paths.append(contentsOf: fact.path.utf8)
        pathEnds.append(paths.count)
        sizes.append(fact.size)
        starts.append(fact.start ?? Self.none)
        durations.append(fact.duration ?? Self.none)
        frames.append(fact.frames.map { Int32(clamping: $0) } ?? -1)
        keyframes.append(fact.keyframes.map { Int32(clamping: $0) } ?? -1)
        counts.append(Int32(clamping: fact.count))
        let key = ClassKey(
            texts: [fact.volume, fact.camera, fact.stream, fact.kind, fact.container, fact.codec, fact.audio], width: fact.width,
            height: fact.height, isProtected: fact.isProtected)
        if let number = classNumbers[key] {
            classes.append(number)
        } else {
            let number = Int32(classFacts.count)
            var common = fact
            common.path = ""
            classNumbers[key] = number
            classFacts.append(common)
            classes.append(number)
        }
        count += 1
    }

    subscript(_ index: Int) -> Fact {
        var fact = classFacts[Int(classes[index])]
        fact.path = String(decoding: paths[(index == 0 ? 0 : pathEnds[index - 1])..<pathEnds[index]], as: UTF8.self)
        fact.size = sizes[index]
        fact.start = starts[index] == Self.none ? nil : starts[index]
        fact.duration = durations[index] == Self.none ? nil : durations[index]
        fact.frames = frames[index] < 0 ? nil : Int64(frames[index])
        fact.keyframes = keyframes[index] < 0 ? nil : Int64(keyframes[index])
        fact.count = Int64(counts[index])
        return fact
    }

    func start(_ index: Int) -> Int64? { starts[index] == Self.none ? nil : starts[index] }
    func size(_ index: Int) -> Int64 { sizes[index] }
    func camera(_ index: Int) -> String { classFacts[Int(classes[index])].camera }

    /// The name without its folder.
    func name(_ index: Int) -> ArraySlice<UInt8> {
        let whole = paths[(index == 0 ? 0 : pathEnds[index - 1])..<pathEnds[index]]
        return whole.lastIndex(of: 0x2F).map { whole[($0 + 1)...] } ?? whole
    }

    var cameras: Set<String> { Set(classFacts.map(\.camera)) }
}
