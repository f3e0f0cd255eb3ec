/// A template as a flat program over bytes.
///
/// Wildcards take as little as they can, and only the last one of a component is ever lengthened: what stands
/// between two wildcards fits earliest where it leaves most for the rest, so nothing is lost, and the cost is
/// bounded by the length of the path times that of the template, never exponential.
struct CompiledTemplate: Sendable {
    enum Code: UInt8, Sendable {
        case literal, digits, monthName, halfDay, sequence, duration, zone, ext, text, word, letters, sameText, depth
    }

    struct Operation: Sendable {
        var code: Code
        var field: TemplateField
        /// Of the literal.
        var first = 0
        var count = 0
        /// Digits taken, and the values accepted.
        var minimumWidth = 0
        var maximumWidth = 0
        var range: ClosedRange<Int64> = 0...Int64.max
        /// Digits that belong to the fixed fields which follow at once.
        var following = 0
        /// Separators at which a word ends.
        var before: UInt8 = Ascii.slash
        var after: UInt8 = Ascii.slash
        /// The operation whose text must come again.
        var same = -1
    }

    private(set) var operations: [Operation] = []
    private var literals: [UInt8] = []
    /// Operations whose directories make up the camera's name.
    private(set) var cameraOperations: [Int] = []

    init(_ template: PathTemplate) {
        let parts = template.parts
        var swallowedSlash = false
        for index in parts.indices {
            switch parts[index] {
            case .literal(var bytes):
                if swallowedSlash, bytes.first == Ascii.slash { bytes.removeFirst() }
                swallowedSlash = false
                if bytes.isEmpty { continue }
                operations.append(Operation(code: .literal, field: .any, first: literals.count, count: bytes.count))
                literals += bytes
            case .field(let field):
                swallowedSlash = field == .anyDepth && CompiledTemplate.startsWithSlash(parts, index + 1)
                append(field, parts, index, swallowsSlash: swallowedSlash)
            }
        }
    }

    private mutating func append(_ field: TemplateField, _ parts: [TemplatePart], _ index: Int, swallowsSlash: Bool) {
        var operation = Operation(code: .digits, field: field)
        let touching = CompiledTemplate.touchesDigits(parts, index)
        func digits(_ width: Int, _ range: ClosedRange<Int64>, least: Int? = nil) {
            operation.minimumWidth = touching ? width : least ?? width
            operation.maximumWidth = width
            operation.range = range
        }
        switch field {
        case .year, .weekYear: digits(4, 0...9999)
        case .monthName: operation.code = .monthName
        case .halfDay: operation.code = .halfDay
        case .week: digits(2, 1...53, least: 1)
        case .weekday: digits(1, 1...7)
        case .shortYear: digits(2, 0...99)
        case .month: digits(2, 1...12, least: 1)
        case .day: digits(2, 1...31, least: 1)
        case .dayOfYear: digits(3, 1...366, least: 1)
        case .hour: digits(2, 0...23, least: 1)
        case .minute: digits(2, 0...59, least: 1)
        case .second: digits(2, 0...60, least: 1)
        case .milliseconds: digits(3, 0...999)
        case .microseconds: digits(6, 0...999_999)
        // From 1970-04 up to the year 5138; fixed at today's width where other digits touch it.
        case .epochSeconds: digits(touching ? 10 : 11, 0...99_999_999_999, least: 8)
        case .epochMilliseconds: digits(touching ? 13 : 14, 0...99_999_999_999_999, least: 11)
        case .epochMicroseconds: digits(touching ? 16 : 17, 0...99_999_999_999_999_999, least: 14)
        case .sequence, .number:
            operation.code = .sequence
            operation.following = CompiledTemplate.fixedDigits(parts, index + 1)
        case .duration, .durationMilliseconds: operation.code = .duration
        case .zone: operation.code = .zone
        case .fileExtension: operation.code = .ext
        case .anyDepth:
            operation.code = .depth
            operation.count = swallowsSlash ? 1 : 0
        case .camera, .stream, .kind, .any:
            operation.code = .text
            if field == .camera {
                let whole = CompiledTemplate.fillsDirectory(parts, index)
                if whole || cameraOperations.isEmpty {
                    cameraOperations.append(operations.count)
                } else {
                    operation.same = cameraOperations[cameraOperations.count - 1]
                }
            } else if field != .any {
                operation.same = operations.firstIndex { $0.field == field } ?? -1
            }
            if operation.same >= 0 {
                operation.code = .sameText
            } else if field == .stream || field == .kind, CompiledTemplate.touchesField(parts, index) {
                operation.code = .letters
            } else if field == .stream || field == .kind, let bounds = CompiledTemplate.wordBounds(parts, index) {
                operation.code = .word
                (operation.before, operation.after) = bounds
            }
        }
        operations.append(operation)
    }

    /// Fills the bounds (start and end of every operation, relative to the path) and says whether the whole path fits.
    func match(_ path: UnsafeBufferPointer<UInt8>, _ bounds: UnsafeMutableBufferPointer<Int32>) -> Bool {
        let end = path.count
        var operation = 0
        var position = 0
        var star = -1
        var starEnd = 0
        var depth = -1
        var depthEnd = 0
        // Every step moves a wildcard by a byte. The cap only matters for `{**}` on paths made to be slow.
        var steps = 1 << 18
        while true {
            if operation == operations.count {
                if position == end { return true }
            } else {
                let current = operations[operation]
                if current.code == .text {
                    if position < end, path[position] != Ascii.slash {
                        star = operation
                        starEnd = position + 1
                        bounds[2 * operation] = Int32(truncatingIfNeeded: position)
                        bounds[2 * operation + 1] = Int32(truncatingIfNeeded: starEnd)
                        position = starEnd
                        operation += 1
                        continue
                    }
                } else if current.code == .depth {
                    depth = operation
                    depthEnd = position
                    star = -1
                    bounds[2 * operation] = Int32(truncatingIfNeeded: position)
                    bounds[2 * operation + 1] = Int32(truncatingIfNeeded: position)
                    operation += 1
                    continue
                } else {
                    let length = take(current, path, position, bounds)
                    if length >= 0 {
                        bounds[2 * operation] = Int32(truncatingIfNeeded: position)
                        position += length
                        bounds[2 * operation + 1] = Int32(truncatingIfNeeded: position)
                        operation += 1
                        continue
                    }
                }
            }
            steps -= 1
            if steps < 0 { return false }
            if star >= 0, starEnd < end, path[starEnd] != Ascii.slash {
                starEnd += 1
                bounds[2 * star + 1] = Int32(truncatingIfNeeded: starEnd)
                position = starEnd
                operation = star + 1
            } else if depth >= 0, depthEnd < end {
                if operations[depth].count == 1 {
                    while depthEnd < end, path[depthEnd] != Ascii.slash { depthEnd += 1 }
                    if depthEnd == end { return false }
                }
                depthEnd += 1
                star = -1
                bounds[2 * depth + 1] = Int32(truncatingIfNeeded: depthEnd)
                position = depthEnd
                operation = depth + 1
            } else {
                return false
            }
        }
    }

    /// How many bytes an operation takes at a position; negative where it does not fit.
    @inline(__always)
    private func take(
        _ operation: Operation, _ path: UnsafeBufferPointer<UInt8>, _ position: Int, _ bounds: UnsafeMutableBufferPointer<Int32>
    ) -> Int {
        let end = path.count
        switch operation.code {
        case .literal:
            guard position + operation.count <= end else { return -1 }
            for index in 0..<operation.count where literals[operation.first + index] != path[position + index] { return -1 }
            return operation.count
        case .digits:
            var value: Int64 = 0
            var width = 0
            while width < operation.maximumWidth, position + width < end, Ascii.isDigit(path[position + width]) {
                value = value * 10 + Int64(path[position + width] - 48)
                width += 1
            }
            if width < operation.minimumWidth || !operation.range.contains(value) { return -1 }
            // A shorter number must be all there is, or 12 would be read as 1.
            if operation.minimumWidth < operation.maximumWidth, position + width < end, Ascii.isDigit(path[position + width]) { return -1 }
            return width
        case .sequence:
            let width = digitRun(path, position) - operation.following
            return width >= 1 && width <= 18 ? width : -1
        case .duration:
            let width = digitRun(path, position)
            guard width >= 1, width <= 12 else { return -1 }
            guard position + width + 1 < end, path[position + width] == UInt8(ascii: ".") else { return width }
            let fraction = digitRun(path, position + width + 1)
            let after = position + width + 1 + fraction
            // `60.5.mp4` has a fraction, `60.264` and `60.3gp` have an extension.
            guard fraction >= 1, fraction <= 6, after < end, Ascii.isSeparator(path[after]), path[after] != Ascii.slash else {
                return width
            }
            return width + 1 + fraction
        case .zone:
            return CompiledTemplate.zoneLength(path, position)
        case .monthName:
            return TimeWords.month(path, at: position)?.length ?? -1
        case .halfDay:
            return TimeWords.isAfternoon(path, at: position) == nil ? -1 : 2
        case .ext:
            var width = 0
            while position + width < end, path[position + width] != Ascii.slash, path[position + width] != UInt8(ascii: ".") { width += 1 }
            return width >= 1 ? width : -1
        case .word:
            var width = 0
            while position + width < end {
                let byte = path[position + width]
                if byte == Ascii.slash || byte == operation.before || byte == operation.after { break }
                width += 1
            }
            return width >= 1 ? width : -1
        case .letters:
            var width = 0
            while position + width < end, Ascii.isLetter(path[position + width]) { width += 1 }
            return width >= 1 ? width : -1
        case .sameText:
            let first = Int(bounds[2 * operation.same])
            let count = Int(bounds[2 * operation.same + 1]) - first
            guard position + count <= end else { return -1 }
            for index in 0..<count where path[first + index] != path[position + index] { return -1 }
            return count
        case .text, .depth:
            return -1
        }
    }

    @inline(__always)
    private func digitRun(_ path: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        var width = 0
        while position + width < path.count, Ascii.isDigit(path[position + width]) { width += 1 }
        return width
    }

    func literalBytes(_ operation: Operation) -> ArraySlice<UInt8> {
        literals[operation.first..<operation.first + operation.count]
    }

    static let zoneNames: [StaticString] = ["_UTC", "_GMT", "_Z", "UTC", "GMT", "Z", "z"]

    static func zoneLength(_ path: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        for name in zoneNames {
            let count = name.utf8CodeUnitCount
            guard position + count <= path.count else { continue }
            let equal = name.withUTF8Buffer { text in (0..<count).allSatisfy { text[$0] == path[position + $0] } }
            // `Zoom` is no zone.
            if equal, position + count == path.count || !Ascii.isLetter(path[position + count]) { return count }
        }
        let length = OffsetText.length(path, at: position)
        return length > 0 ? length : -1
    }
}

/// What the neighbours of a field say about its width.
extension CompiledTemplate {
    private static func startsWithSlash(_ parts: [TemplatePart], _ index: Int) -> Bool {
        guard index < parts.count, case .literal(let bytes) = parts[index] else { return false }
        return bytes.first == Ascii.slash
    }

    private static func fillsDirectory(_ parts: [TemplatePart], _ index: Int) -> Bool {
        guard startsWithSlash(parts, index + 1) else { return false }
        guard index > 0 else { return true }
        switch parts[index - 1] {
        case .literal(let bytes): return bytes.last == Ascii.slash
        case .field: return false
        }
    }

    /// A stream or a kind does not contain the separators that set it off, so that `{camera}_{stream}_` gives all
    /// of `front_door` to the camera. Nil where no separator sets it off.
    private static func wordBounds(_ parts: [TemplatePart], _ index: Int) -> (UInt8, UInt8)? {
        func separator(_ neighbour: Int, first: Bool) -> UInt8? {
            guard parts.indices.contains(neighbour) else { return Ascii.slash }
            guard case .literal(let bytes) = parts[neighbour], let byte = first ? bytes.first : bytes.last, Ascii.isSeparator(byte)
            else { return nil }
            return byte
        }
        guard let after = separator(index + 1, first: true) else { return nil }
        return (separator(index - 1, first: false) ?? Ascii.slash, after)
    }

    /// `{camera}{stream}`: a word without a separator is known by its letters.
    private static func touchesField(_ parts: [TemplatePart], _ index: Int) -> Bool {
        [index - 1, index + 1].contains { neighbour in
            guard parts.indices.contains(neighbour), case .field = parts[neighbour] else { return false }
            return true
        }
    }

    private static func touchesDigits(_ parts: [TemplatePart], _ index: Int) -> Bool {
        func digitAt(_ neighbour: Int, first: Bool) -> Bool {
            guard parts.indices.contains(neighbour) else { return false }
            switch parts[neighbour] {
            case .literal(let bytes): return (first ? bytes.first : bytes.last).map(Ascii.isDigit) ?? false
            case .field(let field):
                switch field {
                case .zone, .fileExtension, .monthName, .halfDay: return false
                case .camera, .stream, .kind, .any, .anyDepth: return first
                default: return true
                }
            }
        }
        return digitAt(index - 1, first: false) || digitAt(index + 1, first: true)
    }

    /// The digits of fixed width that follow without a separator.
    private static func fixedDigits(_ parts: [TemplatePart], _ index: Int) -> Int {
        var total = 0
        for part in parts[min(index, parts.count)...] {
            switch part {
            case .literal(let bytes):
                return total + bytes.prefix(while: Ascii.isDigit).count
            case .field(let field):
                switch field {
                case .year, .weekYear: total += 4
                case .shortYear, .month, .day, .week, .hour, .minute, .second: total += 2
                case .weekday: total += 1
                case .dayOfYear, .milliseconds: total += 3
                case .microseconds: total += 6
                case .epochSeconds: total += 10
                case .epochMilliseconds: total += 13
                case .epochMicroseconds: total += 16
                default: return total
                }
            }
        }
        return total
    }
}
