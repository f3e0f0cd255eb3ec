/// The row of a segment's camera in the recorder's own table of cameras, when it was asked to be created.
struct CameraRow {
    /// Creates it where it is not there.
    let creation: String
    /// Its key, looked up by its name.
    let reference: String

    /// Nil where nothing was asked for, where the column is no key of a camera, or where the table wants more than is known.
    init?(export: ProfileExport, column: LearnedColumn, fact: Fact) {
        guard export.createsCameras, let lookup = column.lookup, column.template?.single == .plain(.camera), !fact.camera.isEmpty,
            let table = export.profile.lookups.first(where: { $0.name == lookup.table }),
            let key = table.columns.first(where: { $0.name == lookup.key }),
            let name = table.columns.first(where: { $0.name == lookup.name })
        else { return nil }
        let isMadeOfBoth = table.columns.allSatisfy {
            !$0.isRequired || $0.fallback != nil || $0.isNumberedByServer || $0.name == key.name || $0.name == name.name
        }
        guard isMadeOfBoth else { return nil }
        let sql = export.sql
        let text = sql.literal(fact.camera, isNumeric: name.isNumeric)
        let place = "\(sql.name(name.name)) = \(text)"
        reference = "(SELECT \(sql.name(key.name)) FROM \(sql.name(table.name)) WHERE \(place))"
        if case .some(.some(let value)) = column.value(fact) {
            let known = sql.literal(value, isNumeric: column.isNumeric)
            let values = key.name == name.name ? [(key.name, known)] : [(key.name, known), (name.name, text)]
            creation = sql.insert(table.name, values, unless: "\(sql.name(key.name)) = \(known)")
        } else {
            guard key.isNumberedByServer || key.isNumeric else { return nil }
            var values = [(name.name, text)]
            if !key.isNumberedByServer {
                values.append((key.name, "(SELECT COALESCE(MAX(\(sql.name(key.name))), 0) + 1 FROM \(sql.name(table.name)))"))
            }
            creation = sql.insert(table.name, values, unless: place)
        }
    }
}
