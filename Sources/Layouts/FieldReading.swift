/// From the bounds that a match found to the fields.
extension CompiledTemplate {
    /// The values of the numeric fields; a field that comes twice must agree with itself.
    struct Calendar {
        var year = -1
        var shortYear = -1
        var month = -1
        var day = -1
        var dayOfYear = -1
        var weekYear = -1
        var week = -1
        var weekday = -1
        var hour = -1
        var minute = -1
        var second = -1
        /// 0 before noon, 1 after.
        var halfDay = -1
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
            guard let date = days() else { return nil }
            guard let days = date, let hour = hourOfDay() else { return date == nil ? .some(nil) : nil }
            var moment = days * Microseconds.day
            var resolution = Microseconds.day
            if hour >= 0 {
                moment += Int64(hour) * Microseconds.hour
                resolution = Microseconds.hour
                if minute >= 0 {
                    moment += Int64(minute) * Microseconds.minute
                    resolution = Microseconds.minute
                    if second >= 0 {
                        moment += Int64(second) * Microseconds.second
                        resolution = Microseconds.second
                        if fraction >= 0 {
                            moment += fraction * fractionUnit
                            resolution = fractionUnit
                        }
                    }
                }
            }
            if let zone, hour >= 0 {
                return PathTime(microseconds: moment - Int64(zone) * Microseconds.second, clock: .utc, resolution: resolution)
            }
            return PathTime(microseconds: moment, clock: .local, resolution: resolution)
        }

        /// Days since 1970 by the first way that is complete; all others must agree. The outer nil is a contradiction.
        private func days() -> Int64?? {
            var fullYear = year
            if shortYear >= 0 {
                if year >= 0, year % 100 != shortYear { return nil }
                // POSIX strptime reads two digits as 1969 to 2068; recorders are younger than 1970.
                if year < 0 { fullYear = shortYear < 70 ? 2000 + shortYear : 1900 + shortYear }
            }
            let days: Int64
            if fullYear >= 0, month > 0, day > 0 {
                let date = CivilDate(year: fullYear, month: month, day: day)
                guard date.isValid else { return nil }
                days = date.days
                if dayOfYear > 0, days - CivilDate(year: fullYear, month: 1, day: 1).days != Int64(dayOfYear - 1) { return nil }
            } else if fullYear >= 0, dayOfYear > 0 {
                guard dayOfYear < 366 || CivilDate.isLeap(fullYear) else { return nil }
                days = CivilDate(year: fullYear, month: 1, day: 1).days + Int64(dayOfYear - 1)
            } else if weekYear >= 0, week > 0, weekday > 0 {
                guard let exact = WeekDate(year: weekYear, week: week, weekday: weekday).days else { return nil }
                days = exact
            } else {
                return .some(nil)
            }
            if weekYear >= 0 || week >= 0 || weekday >= 0 {
                let date = WeekDate(days: days)
                if weekYear >= 0, weekYear != date.year { return nil }
                if week >= 0, week != date.week { return nil }
                if weekday >= 0, weekday != date.weekday { return nil }
            }
            return days
        }

        /// Negative where there is none. Beside `PM` hours past twelve count on, as on clocks that go to 23; nil for a contradiction.
        private func hourOfDay() -> Int? {
            guard halfDay >= 0, hour >= 0 else { return hour }
            if halfDay == 0 { return hour <= 12 ? hour % 12 : nil }
            guard hour > 0 else { return nil }
            return hour < 12 ? hour + 12 : hour
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
            let value: Int64
            switch operations[index].code {
            case .digits: value = number(path, first, last)
            case .monthName: value = Int64(TimeWords.month(path, at: first)?.number ?? -1)
            case .halfDay: value = TimeWords.isAfternoon(path, at: first) == true ? 1 : 0
            case .zone:
                let offset = zoneOffset(path, first, last)
                if let known = result.zone, known != offset { return nil }
                result.zone = offset
                continue
            default: continue
            }
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
            case .month, .monthName: agrees = set(&result.month)
            case .day: agrees = set(&result.day)
            case .dayOfYear: agrees = set(&result.dayOfYear)
            case .weekYear: agrees = set(&result.weekYear)
            case .week: agrees = set(&result.week)
            case .weekday: agrees = set(&result.weekday)
            case .hour: agrees = set(&result.hour)
            case .halfDay: agrees = set(&result.halfDay)
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
            case (.text, .stream), (.word, .stream), (.letters, .stream): result.stream = text()
            case (.text, .kind), (.word, .kind), (.letters, .kind): result.kind = text()
            case (.ext, _):
                let value = text()
                if let known = result.ext, known != value { return nil }
                result.ext = value
            case (.sequence, .sequence):
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
