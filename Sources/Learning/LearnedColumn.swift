/// How one column is filled, and what that rests on.
struct LearnedColumn: Equatable {
    enum State: String, CaseIterable {
        /// Equal in at least 99 % of the rows.
        case known
        /// Near, never certain: a start to the second where the example has fractions.
        case near
        /// The same in every row.
        case constant
        /// A new number, a new unique text, or that of a row written before.
        case new
        /// Left to the column's default.
        case unknown
    }

    var column: ExampleColumn
    var isNumeric: Bool
    var state = State.unknown
    /// Nil where it is not known.
    var template: ValueTemplate?
    /// What the template gives -> what stands in the column; empty where that is the same.
    var values: [String: String?] = [:]
    /// What stands before it, by the volume a segment lies on: `/srv/a/`, `/srv/b/`.
    var prefixes: [String: String] = [:]
    /// The table whose rows the values are keys of.
    var lookup: Lookup?
    var agreeing = 0
    var tested = 0
    /// Other explanations that hold in every row as well.
    var alternatives: [ValueTemplate] = []
    /// Values of the example, where none of ours explains them.
    var seen: [String] = []
    /// Of a near column: how far it is off, in seconds.
    var within: Double?

    struct Lookup: Equatable {
        var table: String
        var key: String
        var name: String
    }

    init(_ column: ExampleColumn, isNumeric: Bool) {
        self.column = column
        self.isNumeric = isNumeric
    }

    /// `.some(nil)` is NULL; nil where the value cannot be made.
    func value(_ fact: Fact) -> String?? {
        guard let template else { return nil }
        if template.single == .null { return .some(nil) }
        guard var text = template.render(fact) else { return nil }
        if !prefixes.isEmpty {
            guard let prefix = prefixes[fact.volume] else { return nil }
            text = prefix + text
        }
        if values.isEmpty { return .some(text) }
        return values[text]
    }

    /// Whether this is what stands in a row.
    func explains(_ actual: String?, _ fact: Fact) -> Bool {
        guard let template else { return false }
        if values.isEmpty, prefixes.isEmpty, template.single != .null {
            guard let actual else { return false }
            return template.explains(actual, fact, isNumeric: isNumeric)
        }
        guard let value = value(fact) else { return false }
        return value == actual || isNumeric && value.flatMap { value in actual.map { ValueTemplate.areEqualNumbers(value, $0) } } == true
    }

    /// Whether rows get a new number.
    var isNumber: Bool { if case .number? = template?.single { true } else { false } }

    /// Of times that are reals: below what is meant by them, above what is lost in them.
    var noise: Double? {
        guard isNumeric, case .time(_, _, .number(let measure), _)? = template?.single, measure.decimals != 0 else { return nil }
        return Measure.unit(measure.unit, Measure.epochs)?.parts == 86_400_000_000 ? 5e-9 : 5e-7
    }

    /// What differs from row to row and is compared with what the rows hold.
    var isComparable: Bool { state == .known || state == .constant || state == .near }
}
