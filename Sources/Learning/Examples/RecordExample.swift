import LinuxSystem

/// The records of a binary file as rows.
struct RecordExample {
    let path: String
    let form: RecordForm

    var table: ExampleTable { form.table(name: splitPath(path).name) }

    func read(_ body: (Int, ExampleRow) throws -> Void) throws {
        let file = try OpenFile.forReading(path: path)
        var offset = UInt64(form.header.count)
        var buffer = [UInt8](repeating: 0, count: form.stride * max(1, (1 << 20) / form.stride))
        while true {
            var got = 0
            // Several reads: whole records only.
            while got < buffer.count {
                let start = got
                let count = try buffer.withUnsafeMutableBytes {
                    try file.read(at: offset + UInt64(start), into: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
                }
                if count == 0 { break }
                got += count
            }
            guard got >= form.stride else { return }
            for place in Swift.stride(from: 0, through: got - form.stride, by: form.stride) {
                let record = buffer[place..<place + form.stride]
                try body(0, form.fields.map { $0.read(record) })
            }
            offset += UInt64(got / form.stride * form.stride)
        }
    }
}
