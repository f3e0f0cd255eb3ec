import Foundation
import LinuxSystem
import Recordings

extension ProfileExport {
    /// Text or binary files below a new folder, each whole: in the order of time, with the rows of all segments of the index.
    /// Without a folder nothing is written, and only counted.
    public func write(filesBelow folder: String?) throws -> Result {
        guard let folder else { return try fill(nil) }
        // All of it, or nothing under that name.
        let partial = AtomicFile.temporaryPath(for: folder)
        try? FileManager.default.removeItem(atPath: partial)
        do {
            try makeFolders(partial)
            let result = try fill(partial)
            if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
            try FileManager.default.moveItem(atPath: partial, toPath: folder)
            try syncFolder(of: folder)
            return result
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    private func fill(_ folder: String?) throws -> Result {
        var result = Result()
        for table in profile.tables where table.isWritten {
            guard let form = table.file else { continue }
            var counts = Result.Table(name: table.table.name)
            counts.columns = table.columns.map(\.column.name)
            counts.examples = table.examples
            // Rows are kept as they will be written: some tens of bytes for each segment.
            var files: [String: [(start: Int64, row: [UInt8])]] = [:]
            try forEachFact(table) { fact in
                guard let (file, row, shown, doubtful) = row(table, form, fact) else {
                    counts.leftOut += 1
                    if let column = table.columns.first(where: {
                        $0.value(fact) == nil && $0.template?.fields.contains(.plain(.camera)) == true
                    }),
                        !column.values.isEmpty
                    {
                        result.unknownCameras[fact.camera, default: 0] += 1
                    }
                    return
                }
                files[file, default: []].append((fact.start ?? 0, row))
                for column in doubtful { counts.doubtful[column, default: 0] += 1 }
                if !table.kinds.isEmpty, !table.kinds.contains(fact.kindText) { counts.unseenKinds[fact.kindText, default: 0] += 1 }
                counts.rows += 1
                if counts.samples.count < 10 { counts.samples.append(shown) }
            }
            result.tables.append(counts)
            guard let folder else { continue }
            for (name, rows) in files.sorted(by: { $0.key < $1.key }) { try write(rows, form, to: folder + "/" + name) }
        }
        return result
    }

    /// Refuses a folder that holds something.
    public func checkFolder(_ path: String) throws {
        try DestinationGuard.check(path, againstVolumesOf: index)
        guard let status = try? FileStatus.of(path: path) else { return }
        guard status.kind == .directory, try OpenFile.forReading(path: path).entries().entries.isEmpty else {
            throw LearningError.destinationExists(path: path)
        }
    }

    private func write(_ rows: [(start: Int64, row: [UInt8])], _ form: LearnedTable.FileForm, to path: String) throws {
        try makeFolders(splitPath(path).folder)
        let file = try AtomicFile(path)
        var separator: [UInt8] = []
        var footer = ""
        var all = Fact()
        all.count = Int64(rows.count)
        switch form {
        case .text(.lines(let form)): if let header = form.header { try file.write(header + "\n") }
        case .text(.markup(let form)):
            try file.write(form.header.render(all) ?? "")
            (separator, footer) = (Array(form.separator.utf8), form.footer.render(all) ?? "")
        case .records(let form):
            guard let header = form.header(records: rows.count) else {
                throw LearningError.destinationFailed(path: path, detail: "\(rows.count)")
            }
            try file.write(header)
        }
        for (index, row) in rows.sorted(by: { $0.start < $1.start }).enumerated() {
            try file.write(index == 0 ? row.row : separator + row.row)
        }
        try file.write(footer)
        try file.commit()
    }

    private func row(
        _ table: LearnedTable, _ form: LearnedTable.FileForm, _ fact: Fact
    ) -> (file: String, row: [UInt8], shown: [String?], doubtful: [String])? {
        var cells: [String?] = []
        var doubtful: [String] = []
        for (index, column) in table.columns.enumerated() {
            guard column.template != nil else {
                cells.append(nil)
                continue
            }
            guard let value = column.value(fact) else { return nil }
            if column.alternatives.contains(where: { other in other.render(fact).map { $0 != value } ?? false }) {
                guard !table.key.contains(index) else { return nil }
                doubtful.append(column.column.name)
                cells.append(nil)
            } else {
                cells.append(value)
            }
        }
        switch form {
        case .text(let form):
            // A name that leads out of the folder is no name.
            guard case .some(.some(let file)) = cells.first, OpenFile.staysInside(Array(file.utf8)),
                let row = form.row(Array(cells.dropFirst()))
            else {
                return nil
            }
            return (file, Array(row.utf8), cells, doubtful)
        case .records(let form):
            var record = [UInt8](repeating: 0, count: form.stride)
            for (field, value) in zip(form.fields, cells) {
                guard let value, !value.isEmpty else { continue }
                guard field.write(value, into: &record) else { return nil }
            }
            return (table.table.name, record, cells, doubtful)
        }
    }
}
