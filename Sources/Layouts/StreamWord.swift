/// A part of a name in which a word tells the stream without a separator: `ch01main` and `ch01sub`, `RecM01` and `RecS01`.
///
/// Words of the lexicon say it by themselves. A letter, `M` for the main one, `S` for the sub stream, `H` and `L` for high and
/// low, says little: it is believed where the recordings of both are the same moments, in two sizes.
struct StreamWord {
    var before: Column
    var words: Column
    var after: Column

    /// The larger picture's first.
    private static let letters: [[UInt8]] = [Array("MS".utf8), Array("HL".utf8)]

    init?(_ column: Column, _ facts: RecordingFacts) {
        guard let first = column.values.first else { return nil }
        var shared = first.count
        for value in column.values { shared = min(shared, zip(value, first).prefix { $0 == $1 }.count) }
        if let cuts = StreamWord.letter(column, at: shared) {
            self.init(column, cuts)
            let found = Set(words.values.map { $0[0] })
            guard let pair = StreamWord.letters.first(where: { Set($0) == found }), before.isConstant,
                facts.areStreams(words.codes.map { words.values[Int($0)] == [pair[0]] }, of: after)
            else { return nil }
        } else {
            guard let cuts = StreamWord.lastWord(column) else { return nil }
            self.init(column, cuts)
            guard (2...4).contains(words.values.count), words.words.allSatisfy(NameLexicon.isStream) else { return nil }
        }
    }

    private init(_ column: Column, _ cuts: [Range<Int>]) {
        func part(_ cut: (Int) -> ArraySlice<UInt8>) -> Column { Column(column.codes.map { Array(cut(Int($0))) }) }
        before = part { column.values[$0][..<cuts[$0].lowerBound] }
        words = part { column.values[$0][cuts[$0]] }
        after = part { column.values[$0][cuts[$0].upperBound...] }
    }

    /// One letter of one of the pairs behind what all values share; no letter follows.
    private static func letter(_ column: Column, at place: Int) -> [Range<Int>]? {
        let isLetter = column.values.allSatisfy { value in
            value.count > place && letters.contains { $0.contains(value[place]) }
                && (value.count == place + 1 || Ascii.isDigit(value[place + 1]))
        }
        let ends = Set(column.values.map { $0.count == place + 1 })
        return isLetter && ends.count == 1 ? column.values.map { _ in place..<(place + 1) } : nil
    }

    /// The letters behind the last digit.
    private static func lastWord(_ column: Column) -> [Range<Int>]? {
        var cuts: [Range<Int>] = []
        for value in column.values {
            guard let digit = value.lastIndex(where: Ascii.isDigit), digit + 1 < value.count,
                value[(digit + 1)...].allSatisfy(Ascii.isLetter)
            else { return nil }
            cuts.append((digit + 1)..<value.count)
        }
        return cuts
    }
}
