/// How a file of records of one length is divided.
struct RecordForm: Equatable, Sendable {
    /// What stands before the first record, written again as it is.
    var header: [UInt8]
    var stride: Int
    var fields: [RecordField]
    /// Where the header says how many records follow.
    var count: RecordField?

    /// The header of a file of so many records; nil where their number does not fit.
    func header(records: Int) -> [UInt8]? {
        var bytes = header
        guard let count else { return bytes }
        return count.write(String(records), into: &bytes) ? bytes : nil
    }

    /// What is copied though it may be stale: anything of the header but a name and zeroes.
    var remainder: TextRemainder {
        let places = header.indices.filter { index in count.map { !($0.offset..<$0.offset + $0.length).contains(index) } ?? true }
        let bytes = places.map { header[$0] }
        let isPlain = bytes.allSatisfy { $0 == 0 || (0x20..<0x7F).contains($0) }
        return isPlain
            ? TextRemainder() : TextRemainder(seen: [header.prefix(40).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()])
    }

    /// The widest field of the header that holds the number.
    static func count(_ records: Int, in header: [UInt8]) -> RecordField? {
        for bytes in [8, 4, 2] {
            for offset in Swift.stride(from: 0, through: header.count - bytes, by: bytes) {
                for isBig in [false, true] {
                    let field = RecordField(offset: offset, form: .integer(bytes: bytes, isBig: isBig))
                    if field.read(header[...]) == String(records) { return field }
                }
            }
        }
        return nil
    }

    func table(name: String) -> ExampleTable {
        var table = ExampleTable(name: name)
        table.columns = fields.map { field in
            if case .text = field.form {
                ExampleColumn(name: field.name, type: "text")
            } else {
                ExampleColumn(name: field.name, type: "integer")
            }
        }
        return table
    }
}

/// Finds the records of a binary file by the times that are known to be in it.
struct RecordFinder {
    let facts: FactStore
    private let starts: Set<Int64>

    private static let longestRecord = 1024
    /// Enough bytes to see the rule.
    private static let lookedAt = 256 << 10

    init(_ facts: FactStore) {
        self.facts = facts
        starts = Set((0..<facts.count).compactMap { facts.start($0).map { $0.quotientDown(1_000_000) } })
    }

    private struct Encoding {
        var form: RecordField.Form
        /// So many of the unit are a second.
        var perSecond: Int64
    }
    private static let encodings: [Encoding] = [false, true].flatMap { isBig in
        [
            Encoding(form: .integer(bytes: 8, isBig: isBig), perSecond: 1_000_000),
            Encoding(form: .integer(bytes: 8, isBig: isBig), perSecond: 1000),
            Encoding(form: .integer(bytes: 8, isBig: isBig), perSecond: 1),
            Encoding(form: .real(bytes: 8, isBig: isBig), perSecond: 1), Encoding(form: .integer(bytes: 4, isBig: isBig), perSecond: 1),
        ]
    }

    private func second(_ number: RecordField.Number?, _ encoding: Encoding) -> Int64? {
        switch number {
        case .whole(let whole)?: whole.quotientDown(encoding.perSecond)
        case .real(let real)?: abs(real) < 1e12 ? Int64(real.rounded(.down)) : nil
        case nil: nil
        }
    }

    /// Nil where no regular places hold times of ours.
    func form(_ bytes: [UInt8], fileLength: UInt64) -> RecordForm? {
        var best: (stride: Int, place: Int, coverage: Double)?
        var time = Self.encodings[0]
        for encoding in Self.encodings {
            let field = RecordField(offset: 0, form: encoding.form)
            var places: [Int] = []
            let length = min(bytes.count, Self.lookedAt)
            for place in 0...max(0, length - field.length) where place + field.length <= length {
                if let second = second(field.number(bytes[place...]), encoding), starts.contains(second) { places.append(place) }
            }
            guard places.count >= ColumnInference.fewest, let found = Self.stride(of: places) else { continue }
            if found.coverage > (best?.coverage ?? 0.25) * 1.02 { (best, time) = (found, encoding) }
        }
        guard let best else { return nil }
        var header = Int(fileLength % UInt64(best.stride))
        // Where in a record the time stands.
        let place = best.place % best.stride - header
        let field = RecordField(offset: place, form: time.form)
        guard place >= 0, place + field.length <= best.stride else { return nil }
        // A header may be longer than a record: no time of our days stands where that of a record would.
        while header + best.stride <= min(bytes.count, Self.longestHeader),
            !(second(field.number(bytes[header..<(header + best.stride)]), time).map(Self.days.contains) ?? false)
        {
            header += best.stride
        }
        let records = Swift.stride(from: header, through: bytes.count - best.stride, by: best.stride).map { bytes[$0..<$0 + best.stride] }
        guard records.count >= ColumnInference.fewest else { return nil }
        let head = Array(bytes[..<header])
        return RecordForm(
            header: head, stride: best.stride, fields: fields(Array(records.prefix(2000)), best.stride),
            count: RecordForm.count(Int(clamping: (max(fileLength, UInt64(header)) - UInt64(header)) / UInt64(best.stride)), in: head))
    }

    private static let longestHeader = 64 << 10

    /// 1990 to 2100.
    private static let days: ClosedRange<Int64> = 631_152_000...4_102_444_800

    /// The smallest distance at which the places recur about as often as at any, from the first of them to the last.
    private static func stride(of places: [Int]) -> (stride: Int, place: Int, coverage: Double)? {
        guard let first = places.first, let last = places.last else { return nil }
        var found: [(stride: Int, place: Int, coverage: Double)] = []
        for stride in 8...longestRecord {
            let records = (last - first) / stride + 1
            guard records >= ColumnInference.fewest else { break }
            var counts: [Int: Int] = [:]
            for place in places { counts[place % stride, default: 0] += 1 }
            guard let common = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { continue }
            found.append((stride, common.key, min(1, Double(common.value) / Double(records))))
        }
        guard let most = found.map(\.coverage).max() else { return nil }
        return found.first { $0.coverage >= most * 0.95 }
    }

    // MARK: fields

    private func fields(_ records: [ArraySlice<UInt8>], _ stride: Int) -> [RecordField] {
        let known = KnownNumbers(facts)
        var fields: [RecordField] = []
        var offset = 0
        while offset < stride {
            let field =
                number(at: offset, records, stride, known) ?? text(at: offset, records, stride) ?? plain(at: offset, records, stride)
            fields.append(field)
            offset += field.length
        }
        return fields
    }

    private func number(at offset: Int, _ records: [ArraySlice<UInt8>], _ stride: Int, _ known: KnownNumbers) -> RecordField? {
        var forms: [RecordField.Form] = []
        for bytes in [8, 4, 2] {
            for isBig in [false, true] {
                forms.append(.integer(bytes: bytes, isBig: isBig))
                if bytes > 2 { forms.append(.real(bytes: bytes, isBig: isBig)) }
            }
        }
        for form in forms {
            let field = RecordField(offset: offset, form: form)
            guard offset + field.length <= stride else { continue }
            let values = records.map(field.read)
            guard Set(values).count > 1 else { continue }
            let hits = values.count { $0.map(known.holds) ?? false }
            if hits * 10 >= records.count * 3, hits >= ColumnInference.fewest,
                values.count(where: { $0 != nil && $0 != "0" }) * 10 >= records.count * 9
            {
                return field
            }
        }
        return nil
    }

    private func text(at offset: Int, _ records: [ArraySlice<UInt8>], _ stride: Int) -> RecordField? {
        func byte(_ record: ArraySlice<UInt8>, _ place: Int) -> UInt8 { record[record.startIndex + place] }
        func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F }
        guard offset + 2 <= stride,
            records.count(where: { isPrintable(byte($0, offset)) && isPrintable(byte($0, offset + 1)) }) * 10 >= records.count * 9
        else { return nil }
        var end = offset
        var ended = [Bool](repeating: false, count: records.count)
        scan: while end < stride {
            for (index, record) in records.enumerated() {
                let value = byte(record, end)
                if value == 0 { ended[index] = true } else if ended[index] || !isPrintable(value) { break scan }
            }
            end += 1
        }
        return end - offset >= 2 ? RecordField(offset: offset, form: .text(bytes: end - offset)) : nil
    }

    /// A number of which nothing is known: as long as its zeroes suggest.
    private func plain(at offset: Int, _ records: [ArraySlice<UInt8>], _ stride: Int) -> RecordField {
        func isZero(_ place: Int) -> Bool { records.allSatisfy { $0[$0.startIndex + place] == 0 } }
        for bytes in [4, 2] where offset % bytes == 0 && offset + bytes <= stride {
            let half = bytes / 2
            let low = (offset..<offset + half).allSatisfy(isZero)
            let high = (offset + half..<offset + bytes).allSatisfy(isZero)
            if low != high { return RecordField(offset: offset, form: .integer(bytes: bytes, isBig: low)) }
        }
        return RecordField(offset: offset, form: .integer(bytes: 1, isBig: false))
    }
}

/// Numbers of ours that are large enough not to be met by accident.
private struct KnownNumbers {
    private var numbers: Set<Int64> = []

    init(_ facts: FactStore) {
        for index in 0..<facts.count {
            let fact = facts[index]
            for time in [fact.start, fact.end] {
                guard let time else { continue }
                numbers.formUnion([time.quotientDown(1_000_000), time.quotientDown(1000), time])
            }
            if fact.size >= 256 { numbers.insert(fact.size) }
            if let duration = fact.duration, duration >= 1_000_000 { numbers.formUnion([duration / 1000, duration]) }
        }
    }

    func holds(_ text: String) -> Bool {
        if let whole = Int64(text) { return numbers.contains(whole) }
        guard let real = Double(text), abs(real) < 1e15, abs(real) >= 256 else { return false }
        return numbers.contains(Int64(real.rounded(.down)))
    }
}
