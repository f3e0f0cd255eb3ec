import Layouts

/// How a recorder writes its index, as it was learnt: small, readable, and a person may correct it.
public struct Profile {
    public enum Verdict: String, Sendable, CaseIterable {
        case usable
        case usableWithGaps = "usable-with-gaps"
        case notUsable = "not-usable"
    }

    /// What a profile does not know, or knows only roughly.
    public enum Gap: Sendable, Equatable {
        /// Left to its default.
        case unknown(table: String, column: String, seen: [String])
        /// Has no default, and nothing explains it.
        case missing(table: String, column: String, seen: [String])
        /// Right to so many seconds.
        case near(table: String, column: String, seconds: Double)
        case fewRows(table: String, rows: Int)
        /// Several offsets from UTC explain the times equally well.
        case clockUncertain(table: String)
        /// The example's clock is ahead of that of our index.
        case clockShifted(table: String, column: String, seconds: Int64)
        /// Of files: lines of another form, which are not written; what stands once for all rows, and is copied.
        case remainder(table: String, rows: Int, seen: [String])
    }

    var tables: [LearnedTable]
    /// Nil where rows are lines or records of files.
    public var dialect: SQLDialect?
    /// Of MySQL dumps: the zone of TIMESTAMP columns.
    var sessionZone: String?
    /// The example ended before its end.
    public var isCut = false
    /// Tables of cameras, referred to by those.
    var lookups: [ExampleTable] = []
    /// Of the index it was learnt with.
    public var segments: Int
    public var isVerified = false

    /// Fewer rows than this are a weak ground for everything.
    private static let enoughRows = 10

    public var gaps: [Gap] {
        var gaps: [Gap] = []
        for table in tables where table.isWritten {
            let name = table.table.name
            if table.matched < Self.enoughRows { gaps.append(.fewRows(table: name, rows: table.matched)) }
            if !table.remainder.isEmpty {
                gaps.append(.remainder(table: name, rows: table.remainder.rows, seen: table.remainder.seen))
            }
            if table.isClockUncertain { gaps.append(.clockUncertain(table: name)) }
            for column in table.columns {
                switch column.state {
                case .unknown where column.template == nil:
                    gaps.append(
                        table.missing.contains(column.column.name)
                            ? .missing(table: name, column: column.column.name, seen: column.seen)
                            : .unknown(table: name, column: column.column.name, seen: column.seen))
                case .near: gaps.append(.near(table: name, column: column.column.name, seconds: column.within ?? 0))
                default: break
                }
            }
            // All times ahead by the same: a clock. One column ahead of another: a length.
            let times = table.columns.flatMap { column in
                (column.template?.fields ?? []).compactMap { field -> (String, Int64)? in
                    if case .time(_, let shift, _, _) = field { (column.column.name, shift) } else { nil }
                }
            }
            if let (column, shift) = times.first, shift != 0, times.allSatisfy({ $0.1 == shift }) {
                gaps.append(.clockShifted(table: name, column: column, seconds: shift))
            }
        }
        return gaps
    }

    public var verdict: Verdict {
        let gaps = gaps
        if gaps.contains(where: { if case .missing = $0 { true } else { false } }) { return .notUsable }
        return gaps.isEmpty ? .usable : .usableWithGaps
    }

    /// Columns that must have a value before anything can be exported.
    public var missingColumns: [String] {
        tables.filter(\.isWritten).flatMap { table in table.missing.map { "\(table.table.name).\($0)" } }
    }
}
