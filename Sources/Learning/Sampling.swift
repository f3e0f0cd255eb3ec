/// What one pass over an example keeps of a table: counts, and some hundred rows spread over all of it.
struct TableSample {
    struct ColumnCensus {
        var nulls = 0
        /// The values seen, while they are few.
        var values: [String: Int] = [:]
        var hasManyValues = false
        var isNumeric = true
        var largest: Int64 = .min
        var smallest: Int64 = .max
        static let few = 32
    }

    var table: ExampleTable
    /// Rows seen, without those hidden from learning.
    var rows = 0
    var sample: [ExampleRow] = []
    var census: [ColumnCensus] = []
    /// All rows, while they are few: tables that others refer to are small.
    var whole: [ExampleRow]? = []
    private var random: UInt64 = 1

    static let sampleSize = 800
    private static let wholeSize = 5000

    init(_ table: ExampleTable) { self.table = table }

    /// Rows that are hidden from learning stay in a table that others refer to.
    mutating func add(_ row: ExampleRow, isHidden: Bool) {
        if whole != nil {
            whole?.append(row)
            if whole?.count ?? 0 > Self.wholeSize { whole = nil }
        }
        guard !isHidden else { return }
        rows += 1
        while census.count < row.count { census.append(ColumnCensus()) }
        for (index, value) in row.enumerated() { census[index].add(value) }
        // Algorithm R: every row has the same chance; the generator is fixed, so that a run can be repeated.
        if sample.count < Self.sampleSize {
            sample.append(row)
        } else {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let place = Int((random >> 33) % UInt64(rows))
            if place < Self.sampleSize { sample[place] = row }
        }
    }

    /// Columns that only later rows have are missing in the earlier ones.
    mutating func widen() {
        let width = table.columns.count
        func widened(_ row: ExampleRow) -> ExampleRow { row + ExampleRow(repeating: nil, count: max(0, width - row.count)) }
        sample = sample.map(widened)
        whole = whole?.map(widened)
        while census.count < width { census.append(ColumnCensus()) }
    }

    /// Written without quotes, and equal where the number is.
    func isNumeric(_ column: Int) -> Bool {
        let declared = table.columns[column]
        if declared.isNumeric { return true }
        let type = declared.type
        guard
            !["char", "text", "clob", "blob", "binary", "uuid", "json", "enum", "set", "date", "time", "bool", "byte"].contains(
                where: type.contains)
                || type == "datetime" || type == "timestamp"
        else { return false }
        return column < census.count && census[column].isNumeric && census[column].nulls < rows
    }
}

extension TableSample.ColumnCensus {
    mutating func add(_ value: String?) {
        guard let value else {
            nulls += 1
            return
        }
        if let number = Int64(value) {
            // 007 is no number: it would lose its zeroes.
            if value.utf8.count > 1, value.utf8.first == 0x30 { isNumeric = false }
            largest = max(largest, number)
            smallest = min(smallest, number)
        } else if isNumeric, Double(value) == nil || value.utf8.first.map({ $0 > 0x39 }) == true {
            isNumeric = false
        }
        guard !hasManyValues else { return }
        values[value, default: 0] += 1
        if values.count > Self.few {
            hasManyValues = true
            values = [:]
        }
    }
}
