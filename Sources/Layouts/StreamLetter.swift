/// A word in which one letter tells the stream: `M` for the main one, `S` for the sub stream, `H` and `L` for high and low.
///
/// A letter says little. It is believed where the recordings of both are the same moments, in two sizes.
struct StreamLetter {
    var before: [UInt8]
    var letters: Column
    var after: Column

    /// The larger picture's first.
    private static let pairs: [[UInt8]] = [Array("MS".utf8), Array("HL".utf8)]

    init?(_ column: Column, _ facts: RecordingFacts) {
        guard let first = column.values.first else { return nil }
        var shared = first.count
        for value in column.values { shared = min(shared, zip(value, first).prefix { $0 == $1 }.count) }
        var afters: [[UInt8]] = []
        for value in column.values {
            guard value.count > shared, value.count == shared + 1 || !Ascii.isLetter(value[shared + 1]) else { return nil }
            afters.append(Array(value[(shared + 1)...]))
        }
        let found = Set(column.values.map { $0[shared] })
        guard let pair = StreamLetter.pairs.first(where: { Set($0) == found }), afters.contains([]) == afters.allSatisfy(\.isEmpty) else {
            return nil
        }
        before = Array(first.prefix(shared))
        letters = Column(column.codes.map { [column.values[Int($0)][shared]] })
        after = Column(column.codes.map { afters[Int($0)] })
        guard facts.areStreams(letters.codes.map { letters.values[Int($0)] == [pair[0]] }, of: after) else { return nil }
    }
}
