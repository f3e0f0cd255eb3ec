extension Profile {
    /// What is told of a table after learning.
    public struct TableReport: Sendable {
        public struct Column: Sendable {
            public var name: String
            /// Nil where it is left to its default.
            public var value: String?
            public var state: String
            public var agreeing: Int
            public var tested: Int
            /// Of the rows that were hidden from learning; nil where nothing can be compared.
            public var hiddenEqual: Int?
            public var hiddenCompared: Int?
        }
        public var name: String
        public var each: String
        public var isWritten: Bool
        public var rows: Int
        public var matched: Int
        public var key: [String]
        public var columns: [Column]
        public var hiddenRows: Int
        public var hiddenMatched: Int
        public var reproduced: Int
    }

    public var report: [TableReport] {
        tables.map { table in
            TableReport(
                name: table.table.name, each: table.each.rawValue, isWritten: table.isWritten, rows: table.rows, matched: table.matched,
                key: table.key.map { table.columns[$0].column.name },
                columns: table.columns.enumerated().map { index, column in
                    let isCompared = isVerified && column.isComparable && column.template != nil
                    return .init(
                        name: column.column.name,
                        value: column.values.isEmpty ? column.template?.text : (column.template?.text ?? "") + " → …",
                        state: column.state.rawValue, agreeing: column.agreeing, tested: column.tested,
                        hiddenEqual: isCompared ? table.hidden.equal[index] : nil,
                        hiddenCompared: isCompared ? table.hidden.compared[index] : nil)
                },
                hiddenRows: table.hidden.rows, hiddenMatched: table.hidden.matched, reproduced: table.hidden.reproduced)
        }
    }
}
