import Layouts

/// Why a template in a profile cannot be used.
struct TemplateProblem: Error, Equatable {
    enum Reason: Equatable {
        case unclosedBrace
        case unknownField(String)
        case badForm(field: String, form: String)
        case mustStandAlone(String)
    }
    var reason: Reason
}

/// Fields as they stand in a profile: `{path-1}`, `{start|yyyy-MM-dd HH:mm:ss|Europe/Paris}`, `{duration|s.2|nearest}`.
extension Field {
    var text: String {
        switch self {
        case .path(let part, let drop, let backslash): part.rawValue + (drop > 0 ? "-\(drop)" : "") + (backslash ? "|\\" : "")
        case .part(let steps): "part|\(steps)"
        case .digits(let index): "digits|\(index)"
        case .plain(let plain): plain.rawValue
        case .size(let measure): "size|" + measure.text + Self.text(measure.rounding)
        case .duration(let form): "duration|" + Self.text(form)
        case .time(let instant, let shift, let form, let zone):
            instant.rawValue + (shift == 0 ? "" : shift > 0 ? "+\(shift)" : "\(shift)") + "|" + Self.text(form)
                + (zone == .utc ? "" : "|" + zone.identifier)
        case .number(let columns): (["number"] + columns).joined(separator: "|")
        case .row(let table, let column): "row|\(table)|\(column)"
        case .made("uuid", _): "made|uuid"
        case .made(let alphabet, let length): "made|\(alphabet)|\(length)"
        case .null: "null"
        }
    }

    private static func text(_ rounding: Measure.Rounding) -> String { rounding == .down ? "" : "|" + rounding.rawValue }

    private static func text(_ form: TimeForm) -> String {
        switch form {
        case .number(let measure): measure.text + text(measure.rounding)
        case .pattern(let pattern, let rounding): pattern.text + text(rounding)
        case .part(let part, let rounding): part.rawValue + text(rounding)
        }
    }

    init(_ text: String) throws(TemplateProblem) {
        var parts = text.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
        let head = parts.removeFirst()
        func bad(_ form: String) -> TemplateProblem { TemplateProblem(reason: .badForm(field: head, form: form)) }
        var rounding = Measure.Rounding.down
        if let index = parts.firstIndex(where: { Measure.Rounding(rawValue: $0) != nil }) {
            rounding = Measure.Rounding(rawValue: parts.remove(at: index)) ?? .down
        }
        func timeForm(_ form: String, _ units: [Measure.Unit]) throws(TemplateProblem) -> TimeForm {
            if var measure = Measure(form, units) {
                measure.rounding = rounding
                return .number(measure)
            }
            if let part = TimePart(rawValue: form) { return .part(part, rounding) }
            guard let pattern = TimePattern(form) else { throw bad(form) }
            return .pattern(pattern, rounding)
        }
        func number(_ index: Int, _ range: ClosedRange<Int>) throws(TemplateProblem) -> Int {
            guard parts.count > index, let value = Int(parts[index]), range.contains(value) else { throw bad(parts.joined(separator: "|")) }
            return value
        }
        if parts.isEmpty, let plain = Plain(rawValue: head) {
            self = .plain(plain)
            return
        }
        switch head {
        case "number": self = .number(within: parts)
        case "null":
            guard parts.isEmpty else { throw bad(parts.joined(separator: "|")) }
            self = .null
        case "part": self = .part(try number(0, 1...64))
        case "digits": self = .digits(try number(0, 1...64))
        case "row":
            guard parts.count == 2 else { throw bad(parts.joined(separator: "|")) }
            self = .row(table: parts[0], column: parts[1])
        case "made":
            if parts == ["uuid"] {
                self = .made("uuid", 36)
            } else {
                guard let name = parts.first, Self.alphabets.contains(where: { $0.name == name }) else {
                    throw bad(parts.joined(separator: "|"))
                }
                self = .made(name, try number(1, 1...255))
            }
        case "size":
            guard parts.count == 1, var measure = Measure(parts[0], Measure.sizes) else { throw bad(parts.joined(separator: "|")) }
            measure.rounding = rounding
            self = .size(measure)
        case "duration":
            guard parts.count == 1 else { throw bad(parts.joined(separator: "|")) }
            self = .duration(try timeForm(parts[0], Measure.times))
        default:
            if let instant = [Instant.start, .end].first(where: { head.hasPrefix($0.rawValue) }) {
                let tail = head.dropFirst(instant.rawValue.count)
                guard tail.isEmpty || (tail.hasPrefix("+") || tail.hasPrefix("-")) && Int64(tail).map({ abs($0) < 1 << 31 }) == true else {
                    throw TemplateProblem(reason: .unknownField(head))
                }
                guard (1...2).contains(parts.count) else { throw bad(parts.joined(separator: "|")) }
                var zone = ZoneRules.utc
                if parts.count == 2 {
                    guard let named = ZoneRules(identifier: parts[1]) else { throw bad(parts[1]) }
                    zone = named
                }
                self = .time(instant, shift: Int64(tail) ?? 0, try timeForm(parts[0], Measure.epochs), zone)
                return
            }
            let pieces = head.split(separator: "-", maxSplits: 1)
            guard let first = pieces.first, let part = PathPart(rawValue: String(first)) else {
                throw TemplateProblem(reason: .unknownField(head))
            }
            var drop = 0
            if pieces.count == 2 {
                guard let count = Int(pieces[1]), (1...64).contains(count) else { throw TemplateProblem(reason: .unknownField(head)) }
                drop = count
            }
            guard parts.isEmpty || parts == ["\\"] else { throw bad(parts.joined(separator: "|")) }
            self = .path(part, drop: drop, backslash: !parts.isEmpty)
        }
    }
}
