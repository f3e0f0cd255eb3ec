import LinuxSystem
import Recovery

/// An index of the recorder's own, however it is stored. Every pass reads it anew: it may be larger than memory.
struct Example {
    enum Form {
        case sqlite
        case dump(SQLDialect)
        /// Rows of text files.
        case text
        case records(RecordForm)
    }
    let path: String
    let form: Form

    /// `facts` tell what to look for where the form says nothing of itself.
    init(_ path: String, _ facts: FactStore) throws {
        self.path = path
        if let status = try? FileStatus.of(path: path), status.kind == .directory {
            guard try TextExample(path) != nil else { throw LearningError.exampleUnknown(path: path) }
            form = .text
            return
        }
        let head: [UInt8]
        do {
            let file = try OpenFile.forReading(path: path)
            guard try file.status().kind == .regular else { throw LearningError.exampleUnknown(path: path) }
            head = try ByteStream(file).head(256 << 10)
        } catch let error as SystemError {
            throw LearningError.exampleMissing(path: path, error)
        }
        if head.isEmpty { throw LearningError.exampleEmpty(path: path) }
        if head.starts(with: Array("SQLite format 3\0".utf8)) {
            form = .sqlite
        } else if SQLDumpReader.isDump(head) {
            form = .dump(SQLDumpReader.dialect(head))
        } else if try TextExample(path) != nil {
            form = .text
        } else {
            let file = try OpenFile.forReading(path: path)
            guard let records = RecordFinder(facts).form(try file.readAll(limit: 4 << 20), fileLength: try file.status().byteCount) else {
                throw LearningError.exampleUnknown(path: path)
            }
            form = .records(records)
        }
    }

    struct Pass {
        var tables: [ExampleTable]
        /// Of text files, by table.
        var textForms: [TextForm] = []
        var remainders: [TextRemainder] = []
        var sessionZone: String?
        /// It ended before its end; what was there was used.
        var isCut = false
    }

    /// Nil where rows are no SQL.
    var dialect: SQLDialect? {
        switch form {
        case .sqlite: .sqlite
        case .dump(let dialect): dialect
        case .text, .records: nil
        }
    }

    /// Hands out every row, in the order of the file, with the number of its table.
    func read(_ body: (Int, ExampleRow) throws -> Void) throws -> Pass {
        do {
            switch form {
            case .sqlite:
                let example = try SQLiteExample(path)
                try example.read(body)
                return Pass(tables: example.tables)
            case .text:
                guard let example = try TextExample(path) else { throw LearningError.exampleUnknown(path: path) }
                try example.read(body)
                return Pass(tables: example.tables, textForms: example.forms, remainders: example.remainders, isCut: example.isCut)
            case .records(let form):
                let example = RecordExample(path: path, form: form)
                try example.read(body)
                return Pass(tables: [example.table])
            case .dump:
                let reader = SQLDumpReader(try ByteStream(OpenFile.forReading(path: path)))
                try reader.read(body)
                return Pass(tables: reader.tables, sessionZone: reader.sessionZone, isCut: reader.isCut)
            }
        } catch let error as SQLiteFile.Failure {
            throw LearningError.exampleDamaged(path: path, detail: error.message)
        } catch let error as SystemError {
            throw LearningError.exampleMissing(path: path, error)
        }
    }

    /// A fifth of the rows, spread so that no habit of every fifth or tenth row hides or shows all of them.
    private static func isHidden(_ number: Int) -> Bool { (UInt64(number) &* 0x9E37_79B9_7F4A_7C15) >> 32 % 5 == 0 }

    /// Rows by table, each told whether it is hidden: some, and the last of its table.
    func read(hiding: Bool, _ body: (_ table: Int, ExampleRow, _ isHidden: Bool) throws -> Void) throws -> Pass {
        guard hiding else { return try read { try body($0, $1, false) } }
        var waiting: [Int: ExampleRow] = [:]
        var counts: [Int: Int] = [:]
        let pass = try read { table, row in
            let count = counts[table, default: 0]
            counts[table] = count + 1
            if let earlier = waiting.updateValue(row, forKey: table) { try body(table, earlier, Self.isHidden(count)) }
        }
        for (table, row) in waiting.sorted(by: { $0.key < $1.key }) { try body(table, row, true) }
        return pass
    }
}
