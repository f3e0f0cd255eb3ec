/// A template whose fields are times and whose names are still wildcards.
enum Skeleton {
    /// Digits and words that are no time become `{*}`; the separators that touch a time stay, since they bind it.
    ///
    /// The loosest template whose wildcards leave the fields where the reading saw them: names of any build fit it.
    static func template(_ path: TokenisedPath, _ reading: TimeReading) -> PathTemplate? {
        for rigid in [false, true] {
            let template = template(path, reading, rigid: rigid)
            if puts(template, path, reading.spans) { return template }
        }
        return nil
    }

    private static func puts(_ template: PathTemplate, _ path: TokenisedPath, _ spans: [FieldSpan]) -> Bool {
        let compiled = CompiledTemplate(template)
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * compiled.operations.count + 2) { bounds in
            path.bytes.withUnsafeBufferPointer { bytes in
                guard compiled.match(bytes, bounds) else { return false }
                return spans.allSatisfy { span in
                    compiled.operations.indices.contains { operation in
                        compiled.operations[operation].field == span.field && Int(bounds[2 * operation]) == span.start
                            && Int(bounds[2 * operation + 1]) == span.end
                    }
                }
            }
        }
    }

    private static func template(_ path: TokenisedPath, _ reading: TimeReading, rigid: Bool) -> PathTemplate {
        var parts: [TemplatePart] = []
        let spans = reading.spans.sorted { $0.start < $1.start }
        var next = 0
        for (number, component) in path.components.enumerated() {
            if number > 0 { parts.append(.literal([Ascii.slash])) }
            let end = min(component.upperBound, max(component.lowerBound, path.stemEnd))
            var position = component.lowerBound
            let first = next
            while next < spans.count, spans[next].start < end {
                parts += gap(path.bytes[position..<spans[next].start], open: next == first, closed: true, rigid: rigid)
                parts.append(.field(spans[next].field))
                position = spans[next].end
                next += 1
            }
            if next == first {
                if position < end { parts.append(.field(.any)) }
            } else {
                parts += gap(path.bytes[position..<end], open: false, closed: false, rigid: rigid)
            }
        }
        if path.hasExtension {
            parts.append(.literal([UInt8(ascii: ".")]))
            parts.append(.field(.fileExtension))
        }
        return PathTemplate(parts: parts)
    }

    /// - Parameters:
    ///   - open: nothing but the component's start stands before the gap
    ///   - closed: a field follows
    ///   - rigid: every separator stays
    private static func gap(_ bytes: ArraySlice<UInt8>, open: Bool, closed: Bool, rigid: Bool) -> [TemplatePart] {
        if bytes.isEmpty { return [] }
        let hasDigit = bytes.contains(where: Ascii.isDigit)
        let isShort = bytes.count <= 3 && !hasDigit
        // Between two fields `T`, `_`, ` at ` are part of the format; before and after them a word may be a name.
        if !open, closed, isShort || (!hasDigit && bytes.count <= 6) { return [.literal(Array(bytes))] }
        if bytes.allSatisfy(Ascii.isSeparator) { return [.literal(Array(bytes))] }
        if rigid {
            var parts: [TemplatePart] = []
            for byte in bytes {
                parts.append(Ascii.isSeparator(byte) ? .literal([byte]) : .field(.any))
            }
            return parts
        }
        let head = open ? [] : Array(bytes.prefix(while: Ascii.isSeparator))
        let tail = closed ? Array(bytes.reversed().prefix(while: Ascii.isSeparator).reversed()) : []
        return [.literal(head), .field(.any), .literal(tail)]
    }
}
