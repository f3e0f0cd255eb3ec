import Foundation
import LinuxSystem

/// The tables and rows of an SQLite file. The file, and the folder it lies in, are left as they are.
final class SQLiteExample {
    private(set) var tables: [ExampleTable] = []
    private let file: SQLiteFile
    private let copies: String?

    init(_ path: String) throws {
        let logs = ["-wal", "-journal"].filter { suffix in (try? FileStatus.of(path: path + suffix)).map { $0.byteCount > 0 } ?? false }
        if logs.isEmpty {
            copies = nil
            file = try SQLiteFile(reading: path, immutable: true)
        } else {
            // What a running or crashed recorder left in its log belongs to the rows: replayed in a copy.
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("camtrace-rescue.\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            copies = folder
            for suffix in [""] + logs { try FileManager.default.copyItem(atPath: path + suffix, toPath: folder + "/example" + suffix) }
            file = try SQLiteFile(reading: folder + "/example", immutable: false)
        }
        var definitions: [(name: String, sql: String)] = []
        try file.read("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid") { row in
            if let name = row[0], let sql = row[1], !sql.uppercased().hasPrefix("CREATE VIRTUAL"), definitions.count < 10_000 {
                definitions.append((name, sql))
            }
        }
        for (name, sql) in definitions {
            let reader = SQLDumpReader(definition: sql)
            try reader.read { _, _ in }
            guard var table = reader.tables.first else { continue }
            var columns: [ExampleColumn] = []
            try file.read("PRAGMA table_info(\(name.quotedName()))") { row in
                guard let column = row[1] else { return }
                columns.append(table.columns.first { $0.name == column } ?? ExampleColumn(name: column, type: (row[2] ?? "").lowercased()))
            }
            table.name = name
            table.columns = columns
            table.definition = sql
            tables.append(table)
        }
    }

    deinit {
        if let copies { try? FileManager.default.removeItem(atPath: copies) }
    }

    func read(_ body: (Int, ExampleRow) throws -> Void) throws {
        for (number, table) in tables.enumerated() where !table.columns.isEmpty {
            let columns = table.columns.map { $0.name.quotedName() }.joined(separator: ", ")
            try file.read("SELECT \(columns) FROM \(table.name.quotedName())") { try body(number, $0) }
        }
    }
}
