/// From the bounds that a match found to the fields.
extension CompiledTemplate {
    /// The values of the numeric fields; a field that comes twice must agree with itself.
    struct Calendar {
        var year = -1
        var shortYear = -1
        var month = -1
        var day = -1
        var dayOfYear = -1
        var hour = -1
        var minute = -1
        var second = -1
        var fraction: Int64 = -1
        var fractionUnit: Int64 = 0
        var epoch: Int64 = -1
        var epochUnit: Int64 = 0
        var zone: Int?

        /// Nil where the fields contradict each other; a nil time where they give no date.
        func time() -> PathTime?? {
            let civil = civilTime()
            guard epoch >= 0 else { return civil }
            let fine = epochUnit == Microseconds.second && fraction >= 0
            let instant = epoch * epochUnit + (fine ? fraction * fractionUnit : 0)
            let resolution = fine ? fractionUnit : epochUnit
            if case .some(.some(let civil)) = civil {
                // A folder of the local day around a name in UTC: no zone is more than 14 hours away, and summer adds one.
                let slack = 15 * Microseconds.hour
                guard instant >= civil.microseconds - slack, instant < civil.microseconds + civil.resolution + slack else { return nil }
            } else if civil == nil {
                return nil
            }
            return PathTime(microseconds: instant, clock: .utc, resolution: resolution)
        }

        private func civilTime() -> PathTime?? {
            var fullYear = year
            if shortYear >= 0 {
                if year >= 0, year % 100 != shortYear { return nil }
                // POSIX strptime reads two digits as 1969 to 2068; recorders are younger than 1970.
                if year < 0 { fullYear = shortYear < 70 ? 2000 + shortYear : 1900 + shortYear }
            }
            guard fullYear >= 0 else { return .some(nil) }
            var days: Int64
            if month > 0, day > 0 {
                let date = CivilDate(year: fullYear, month: month, day: day)
                guard date.isValid else { return nil }
                days = date.days
                if dayOfYear > 0, days - CivilDate(year: fullYear, month: 1, day: 1).days != Int64(dayOfYear - 1) { return nil }
            } else if dayOfYear > 0 {
                guard dayOfYear < 366 || CivilDate.isLeap(fullYear) else { return nil }
                days = CivilDate(year: fullYear, month: 1, day: 1).days + Int64(dayOfYear - 1)
            } else {
                return .some(nil)
            }
            days *= Microseconds.day
            var resolution = Microseconds.day
            if hour >= 0 {
                days += Int64(hour) * Microseconds.hour
                resolution = Microseconds.hour
                if minute >= 0 {
                    days += Int64(minute) * Microseconds.minute
                    resolution = Microseconds.minute
                    if second >= 0 {
                        days += Int64(second) * Microseconds.second
                        resolution = Microseconds.second
                        if fraction >= 0 {
                            days += fraction * fractionUnit
                            resolution = fractionUnit
                        }
                    }
                }
            }
            if let zone, hour >= 0 {
                return PathTime(microseconds: days - Int64(zone) * Microseconds.second, clock: .utc, resolution: resolution)
            }
            return PathTime(microseconds: days, clock: .local, resolution: resolution)
        }
    }

    @inline(__always)
    private func number(_ path: UnsafeBufferPointer<UInt8>, _ first: Int, _ last: Int) -> Int64 {
        var value: Int64 = 0
        for index in first..<last { value = value * 10 + Int64(path[index] &- 48) }
        return value
    }

    /// Nil where a field contradicts itself.
    private func calendar(_ path: UnsafeBufferPointer<UInt8>, _ bounds: UnsafeMutableBufferPointer<Int32>) -> Calendar? {
        var result = Calendar()
        for index in operations.indices {
            let first = Int(bounds[2 * index])
            let last = Int(bounds[2 * index + 1])
            guard operations[index].code == .digits else {
                if operations[index].code == .zone {
                    let offset = zoneOffset(path, first, last)
                    if let known = result.zone, known != offset { return nil }
                    result.zone = offset
                }
                continue
            }
            let value = number(path, first, last)
            func set(_ slot: inout Int) -> Bool {
                if slot >= 0 { return slot == Int(value) }
                slot = Int(value)
                return true
            }
            func setFine(_ slot: inout Int64, _ unit: inout Int64, _ newUnit: Int64) -> Bool {
                if slot < 0 {
                    slot = value
                    unit = newUnit
                    return true
                }
                let coarser = max(unit, newUnit)
                let agrees = slot / (coarser / unit) == value / (coarser / newUnit)
                if newUnit < unit {
                    slot = value
                    unit = newUnit
                }
                return agrees
            }
            let agrees: Bool
            switch operations[index].field {
            case .year: agrees = set(&result.year)
            case .shortYear: agrees = set(&result.shortYear)
            case .month: agrees = set(&result.month)
            case .day: agrees = set(&result.day)
            case .dayOfYear: agrees = set(&result.dayOfYear)
            case .hour: agrees = set(&result.hour)
            case .minute: agrees = set(&result.minute)
            case .second: agrees = set(&result.second)
            case .milliseconds: agrees = setFine(&result.fraction, &result.fractionUnit, 1000)
            case .microseconds: agrees = setFine(&result.fraction, &result.fractionUnit, 1)
            case .epochSeconds: agrees = setFine(&result.epoch, &result.epochUnit, Microseconds.second)
            case .epochMilliseconds: agrees = setFine(&result.epoch, &result.epochUnit, 1000)
            case .epochMicroseconds: agrees = setFine(&result.epoch, &result.epochUnit, 1)
            default: agrees = true
            }
            if !agrees { return nil }
        }
        return result
    }

    private func zoneOffset(_ path: UnsafeBufferPointer<UInt8>, _ first: Int, _ last: Int) -> Int {
        guard path[first] == UInt8(ascii: "+") || path[first] == UInt8(ascii: "-") else { return 0 }
        return OffsetText.value(path, at: first, length: last - first) ?? 0
    }

    /// The time alone, for the many hypotheses that are tried. The outer nil is a contradiction.
    func time(_ path: UnsafeBufferPointer<UInt8>, _ bounds: UnsafeMutableBufferPointer<Int32>) -> PathTime?? {
        guard let calendar = calendar(path, bounds) else { return nil }
        return calendar.time()
    }

    func fields(_ path: UnsafeBufferPointer<UInt8>, _ bounds: UnsafeMutableBufferPointer<Int32>) -> PathFields? {
        guard let calendar = calendar(path, bounds), let time = calendar.time() else { return nil }
        var result = PathFields()
        result.time = time
        result.zoneOffsetSeconds = calendar.zone
        for index in operations.indices {
            let first = Int(bounds[2 * index])
            let last = Int(bounds[2 * index + 1])
            func text() -> String { PathText.string(UnsafeBufferPointer(rebasing: path[first..<last])) }
            switch (operations[index].code, operations[index].field) {
            case (.text, .stream), (.word, .stream): result.stream = text()
            case (.text, .kind), (.word, .kind): result.kind = text()
            case (.ext, _):
                let value = text()
                if let known = result.ext, known != value { return nil }
                result.ext = value
            case (.sequence, _):
                let value = number(path, first, last)
                if let known = result.sequence, known != value { return nil }
                result.sequence = value
            case (.duration, let field):
                let unit = field == .duration ? Microseconds.second : 1000
                let value = durationUs(path, first, last, unit: unit)
                if let known = result.durationUs, known != value { return nil }
                result.durationUs = value
            default: break
            }
        }
        result.camera = camera(path, bounds)
        return result
    }

    private func durationUs(_ path: UnsafeBufferPointer<UInt8>, _ first: Int, _ last: Int, unit: Int64) -> Int64 {
        guard let point = (first..<last).first(where: { path[$0] == UInt8(ascii: ".") }) else { return number(path, first, last) * unit }
        var value = number(path, first, point) * unit
        var scale = unit
        for index in (point + 1)..<last {
            scale /= 10
            value += Int64(path[index] &- 48) * scale
        }
        return value
    }

    private func camera(_ path: UnsafeBufferPointer<UInt8>, _ bounds: UnsafeMutableBufferPointer<Int32>) -> String? {
        var name: String?
        var previous = 0..<0
        for index in cameraOperations {
            let range = Int(bounds[2 * index])..<Int(bounds[2 * index + 1])
            if name != nil, path[range].elementsEqual(path[previous]) { continue }
            let part = PathText.string(UnsafeBufferPointer(rebasing: path[range]))
            name = name.map { $0 + "/" + part } ?? part
            previous = range
        }
        return name
    }
}
