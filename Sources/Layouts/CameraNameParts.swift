/// What belongs to a camera's name besides the part that tells cameras apart, and what is left over.
extension RoleAssignment {
    /// One camera with a layout of its own: a name that looks like a camera's, a directory that only a camera's name explains, or
    /// a word in front of or behind the time that says neither what the file is nor where it lies (`quai_nord_20260328_…`).
    mutating func recogniseConstantCamera() {
        let constants = columns.indices.filter { columns[$0].role == .constant }
        func word(_ index: Int) -> String { columns[index].column.words.first ?? "" }
        let named = constants.last { NameLexicon.looksLikeCamera(word($0)) }
        let placed = constants.last {
            let text = word($0)
            return columns[$0].isDirectory && !NameLexicon.isContainer(text) && !NameLexicon.isKind(text) && !NameLexicon.isStream(text)
        }
        let worded = constants.first { !columns[$0].isDirectory && NameLexicon.mayNameCamera(word($0)) }
        guard let camera = named ?? placed ?? worded else { return }
        columns[camera].role = .camera
        evidence.append(.cameraConstant)
    }

    /// `cam` in front of `1`, or `door` behind `front`: parts of the name that the camera's column implies.
    mutating func growCamera() {
        guard let camera = columns.indices.first(where: { columns[$0].role == .camera && !columns[$0].isDirectory }) else { return }
        // An address is a whole name.
        guard !columns[camera].column.isConstant, !columns[camera].column.words.allSatisfy(NameLexicon.isAddress) else { return }
        let wildcard = columns[camera].wildcard
        func implied(_ index: Int) -> Bool {
            guard columns.indices.contains(index), columns[index].wildcard == wildcard else { return false }
            let column = columns[index].column
            if columns[index].tellsTime || column.isRandom { return false }
            // What is set up for a camera, a place in its picture or a rate, is no part of its name.
            if column.isNumeric, !column.isConstant, !columns[camera].column.isNumeric { return false }
            switch columns[index].role {
            case .constant: return column.values.first.map { $0.contains(where: Ascii.isLetter) } ?? false
            case .any, .camera: return columns[camera].column.determines(column)
            default: return false
            }
        }
        var index = camera - 1
        while implied(index) {
            columns[index].role = .camera
            index -= 1
        }
        index = camera + 1
        while implied(index), columns[index].role != .constant || !isMarked(index) {
            columns[index].role = .camera
            index += 1
        }
    }

    /// A lone number that tells apart what camera and time do not: parts of a recording, files of a day.
    mutating func numberParts() {
        let numbers = columns.indices.filter { columns[$0].role == .any && !columns[$0].isDirectory && columns[$0].column.isNumeric }
        guard let number = numbers.first, numbers.count == 1, columns[number].column.values.count > 2,
            !columns.contains(where: { $0.role == .any && $0.wildcard == columns[number].wildcard && !$0.column.isNumeric })
        else { return }
        let keys = columns.filter { $0.role == .camera || $0.role == .stream || $0.role == .kind }.map(\.column)
        func distinct(_ withNumber: Bool) -> Int {
            Set(
                timeline.starts.indices.map { member -> [Int64] in
                    [timeline.starts[member]] + keys.map { Int64($0.codes[member]) }
                        + (withNumber ? [Int64(columns[number].column.codes[member])] : [])
                }
            ).count
        }
        if distinct(true) == count, distinct(false) * 10 < count * 9 || timeline.resolution >= Microseconds.day {
            columns[number].role = .sequence
        }
    }

    private func isMarked(_ index: Int) -> Bool {
        let words = columns[index].column.words
        return words.allSatisfy { NameLexicon.isStream($0) || NameLexicon.isKind($0) || NameLexicon.isContainer($0) }
    }
}
