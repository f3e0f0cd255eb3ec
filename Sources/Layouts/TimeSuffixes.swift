/// What may stand beside a time: a fraction of the second, the half of the day, a zone.
extension TimeReader {
    /// Three or six digits after the seconds are a fraction, unless other paths say that they count.
    func withFraction(_ reading: TimeReading) -> [TimeReading] {
        guard let last = reading.spans.last, last.field == .second || last.field == .epochSeconds,
            let next = path.runs.first(where: { $0.start == last.end + 1 }), path.bytes[last.end] != Ascii.slash
        else { return [reading] }
        let field: TemplateField? = next.length == 3 ? .milliseconds : next.length == 6 ? .microseconds : nil
        guard let field else { return [reading] }
        var finer = reading
        finer.spans.append(FieldSpan(start: next.start, end: next.end, field: field))
        return [reading, finer]
    }

    /// `AM` or `PM` beside any part of the time says which half of the day its hours count.
    func withHalfDay(_ reading: TimeReading) -> [TimeReading] {
        guard let hour = reading.spans.first(where: { $0.field == .hour }) else { return [reading] }
        let components = reading.spans.map { span in path.components.firstIndex { $0.contains(span.start) } }
        let candidates = path.halfDays.filter { components.contains($0.component) }
        guard let word = candidates.first(where: { $0.start >= hour.end }) ?? candidates.last else { return [reading] }
        var better = reading
        better.spans.append(FieldSpan(start: word.start, end: word.end, field: .halfDay))
        better.spans.sort { $0.start < $1.start }
        better.cost -= 0.8
        return [reading, better]
    }

    func zoned(_ reading: TimeReading) -> [TimeReading] {
        guard let last = reading.spans.max(by: { $0.end < $1.end }), reading.spans.contains(where: { $0.field == .hour }),
            last.end < path.stemEnd
        else { return [] }
        return path.bytes.withUnsafeBufferPointer { bytes -> [TimeReading] in
            let stem = UnsafeBufferPointer(rebasing: bytes[..<path.stemEnd])
            for skipped in 0...1 {
                let start = last.end + skipped
                guard start < stem.count, stem[start] != Ascii.slash, skipped == 0 || Ascii.isSeparator(stem[last.end]) else { continue }
                let length = CompiledTemplate.zoneLength(stem, start)
                // Offsets in use are multiples of a quarter of an hour.
                guard length > 0, start + length == stem.count || !Ascii.isDigit(stem[start + length]),
                    length < 3 || (OffsetText.value(stem, at: start, length: length) ?? 0) % 900 == 0
                else { continue }
                var result = reading
                result.spans.append(FieldSpan(start: start, end: start + length, field: .zone))
                // `-0500` may be a counter.
                result.cost += stem[start] == UInt8(ascii: "-") ? 0.2 : -0.5
                return [result]
            }
            return []
        }
    }
}
