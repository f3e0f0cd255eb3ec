/// A skeleton with the paths that it explains: names become roles, and everything known of the files weighs it.
struct Hypothesis {
    let skeleton: PathTemplate
    /// The reading's cost and what its fields are worth, before any evidence.
    let prior: Double
    /// Into the observations.
    private(set) var members: [Int] = []
    private(set) var template: PathTemplate
    private(set) var evidence: [Evidence] = []
    private(set) var witness: ClockWitness
    private(set) var timeline: Timeline
    private(set) var groups: [Int32] = []
    private(set) var clock: PathTime.Clock?
    /// Prior and evidence together; comparable among hypotheses for the same paths.
    private(set) var score = 0.0
    private(set) var contiguity = Timeline.Count()
    private(set) var roles: Set<NameColumn.Role> = []

    init?(skeleton: PathTemplate, prior: Double, among candidates: [Int], observations: [PathObservation], hint: ZoneRules) {
        self.skeleton = skeleton
        self.prior = prior
        let compiled = CompiledTemplate(skeleton)
        let wildcards = compiled.operations.indices.filter {
            compiled.operations[$0].field == .any && compiled.operations[$0].code == .text
        }
        var captures = [[[UInt8]]](repeating: [], count: wildcards.count)
        var times: [PathTime] = []
        var found: [Int] = []
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * compiled.operations.count + 2) { bounds in
            for index in candidates {
                observations[index].path.withUnsafeBufferPointer { path in
                    guard compiled.match(path, bounds), let time = compiled.time(path, bounds) else { return }
                    found.append(index)
                    if let time { times.append(time) }
                    for (place, operation) in wildcards.enumerated() {
                        captures[place].append(Array(path[Int(bounds[2 * operation])..<Int(bounds[2 * operation + 1])]))
                    }
                }
            }
        }
        guard !found.isEmpty, times.isEmpty || times.count == found.count else { return nil }
        members = found
        clock = times.first?.clock
        let media = found.map { observations[$0] }
        let hasTime = !times.isEmpty
        let resolution = times.first?.resolution ?? 1
        // Without a time in the path, the clocks of the files still tell cameras and counters apart.
        let starts = hasTime ? times.map(\.microseconds) : media.map { $0.embeddedUs ?? $0.mtimeUs ?? 0 }
        let mediaDurations = media.map { $0.durationUs ?? -1 }
        var cutter = PieceCutter(
            RecordingFacts(starts: hasTime ? starts : [], durations: mediaDurations, pixels: media.map { $0.pixels ?? 0 }))
        var pieces: [[Piece]] = []
        for (place, operation) in wildcards.enumerated() {
            let whole = Hypothesis.fillsDirectory(compiled, operation)
            pieces.append(cutter.cut(Column(captures[place]), wildcard: place, isDirectory: whole))
        }
        let known = mediaDurations.contains { $0 > 0 }
        var timeline = Timeline(starts: starts, durations: mediaDurations, resolution: resolution)
        var assignment = RoleAssignment(columns: cutter.columns, timeline: timeline, mediaDurations: mediaDurations)
        var groups = Hypothesis.groups(media, assignment.columns)
        // The step from name to name stands in for durations; with it, what overlaps shows more of the roles.
        if !known, hasTime, let step = timeline.usualStep(groups) {
            timeline = Timeline(starts: starts, durations: starts.map { _ in step }, resolution: resolution)
            assignment = RoleAssignment(columns: cutter.columns, timeline: timeline, mediaDurations: mediaDurations)
            groups = Hypothesis.groups(media, assignment.columns)
        }
        evidence = assignment.evidence
        template = Hypothesis.write(compiled, skeleton, wildcards, pieces, assignment.columns)
        roles = Set(assignment.columns.compactMap(\.role))
        self.groups = groups
        self.timeline = timeline
        witness = ClockWitness(
            times: hasTime ? starts : [], resolution: resolution, durations: timeline.durations, members: hasTime ? media : [], hint: hint)
        weigh(hasTime: hasTime, resolution: resolution, fractions: times.map { $0.microseconds % Microseconds.second }, known: known)
    }

    /// Reads the same files to the same minutes, and their seconds besides.
    func refines(_ other: Hypothesis) -> Bool {
        guard timeline.resolution <= Microseconds.second, other.timeline.resolution == Microseconds.minute, clock == other.clock,
            members == other.members, witness.points >= other.witness.points - 0.5
        else { return false }
        var high = false
        for (mine, theirs) in zip(timeline.starts, other.timeline.starts) {
            guard floorDivide(mine, Microseconds.minute) * Microseconds.minute == theirs else { return false }
            // A counter within the minute stays low; seconds take any value.
            if mine - theirs >= 30 * Microseconds.second { high = true }
        }
        return high
    }

    /// Numbers that look like dates: a year of two digits, years away from modification times, and nothing else that speaks
    /// for it; with a time of day, only where the modification times were written one after the other as recordings are.
    var isHopeless: Bool {
        guard clock == .local, skeleton.contains(.shortYear), !skeleton.contains(.year), !skeleton.contains(.monthName),
            witness.agreements.isEmpty
        else { return false }
        return witness.mtimesAreElsewhere && (witness.mtimesAreAlive || timeline.resolution >= Microseconds.day)
    }

    /// One number for every camera, stream, kind and volume.
    private static func groups(_ media: [PathObservation], _ columns: [NameColumn]) -> [Int32] {
        let identifying: Set<NameColumn.Role> = [.camera, .stream, .kind]
        let keys = columns.filter { column in column.role.map(identifying.contains) ?? false }.map(\.column)
        return Column(
            media.indices.map { index in
                [UInt8(truncatingIfNeeded: media[index].volume)] + keys.flatMap { $0.values[Int($0.codes[index])] + [0] }
            }
        ).codes
    }

    private mutating func weigh(hasTime: Bool, resolution: Int64, fractions: [Int64], known: Bool) {
        score = prior
        guard hasTime else {
            evidence.append(.noTimeInPath)
            if !roles.contains(.camera) { evidence.append(.noCamera) }
            return
        }
        score += witness.points
        evidence += witness.evidence
        if resolution >= Microseconds.day { evidence.append(.noTimeOfDay) }
        contiguity = resolution < Microseconds.hour ? timeline.contiguity(groups) : Timeline.Count()
        let overlaps = resolution < Microseconds.hour ? timeline.overlaps(groups) : Timeline.Count()
        if contiguity.tested >= 2 {
            score += 3 * contiguity.ratio
            if known { evidence.append(.contiguous(agree: contiguity.agree, of: contiguity.tested)) }
        }
        if known, overlaps.tested >= 2 {
            score -= 3 * overlaps.ratio
            if overlaps.agree > 0 { evidence.append(.overlapping(count: overlaps.agree, of: overlaps.tested)) }
        }
        let days = timeline.adjacentDays()
        score += days.tested == 0 ? 1.5 : 1.5 * days.ratio
        // Months have more than seven days; days of the week that were taken for them do not.
        if skeleton.contains(.month), skeleton.contains(.day), resolution <= Microseconds.day {
            let dates = Set(timeline.starts.map { floorDivide($0, Microseconds.day) }).map(CivilDate.init(days:))
            if dates.count >= 8, Set(dates.map(\.month)).count >= 2, dates.allSatisfy({ $0.day <= 7 }) { score -= 1.5 }
        }
        // Minutes take any value; hours that were taken for them never pass 23.
        let span = (timeline.order.last.map { timeline.starts[$0] } ?? 0) - (timeline.order.first.map { timeline.starts[$0] } ?? 0)
        if resolution <= Microseconds.minute, timeline.starts.count >= 20, span > 2 * Microseconds.hour {
            let minutes = Set(timeline.starts.map { floorDivide($0, Microseconds.minute) % 60 })
            if minutes.count >= 4, minutes.allSatisfy({ $0 < 24 }) { score -= 1.5 }
        }
        // Something constant that is not the full hour is no minute: `-0500` of a zone.
        if resolution <= Microseconds.minute, timeline.starts.count >= 8 {
            let rests = Set(timeline.starts.map { $0 - floorDivide($0, Microseconds.hour) * Microseconds.hour })
            if rests.count == 1, rests != [0] { score -= 1.5 }
        }
        // A fraction takes any value; a counter stays low or does not change.
        if resolution < Microseconds.second, fractions.count >= 4 {
            let distinct = Set(fractions).count
            let high = fractions.contains { $0 >= Microseconds.second / 2 }
            if !high || distinct * 4 < min(fractions.count, 40) { score -= 1.5 }
        }
        if !roles.contains(.camera) { evidence.append(.noCamera) }
    }

    private static func fillsDirectory(_ compiled: CompiledTemplate, _ operation: Int) -> Bool {
        let next = operation + 1
        guard next < compiled.operations.count, compiled.literalStartsWithSlash(next) else { return false }
        return operation == 0 || compiled.literalEndsWithSlash(operation - 1)
    }

    /// The skeleton with its wildcards replaced by what their columns are.
    private static func write(
        _ compiled: CompiledTemplate, _ skeleton: PathTemplate, _ wildcards: [Int], _ pieces: [[Piece]], _ columns: [NameColumn]
    ) -> PathTemplate {
        var parts: [TemplatePart] = []
        var wildcard = 0
        for part in skeleton.parts {
            guard part == .field(.any), wildcard < pieces.count else {
                parts.append(part)
                continue
            }
            parts += write(pieces[wildcard], columns)
            wildcard += 1
        }
        return PathTemplate(parts: parts)
    }

    private static func write(_ pieces: [Piece], _ columns: [NameColumn]) -> [TemplatePart] {
        let joined = write(pieces, columns, exactly: false)
        return isAmbiguous(joined, pieces, columns) ? write(pieces, columns, exactly: true) : joined
    }

    /// Wildcards take as little as they can: in `{camera}_{*}` the camera of `back_yard_200` would be `back`.
    private static func isAmbiguous(_ parts: [TemplatePart], _ pieces: [Piece], _ columns: [NameColumn]) -> Bool {
        let ofAny = widened(pieces, columns)
        var inside: [TemplatePart: Set<UInt8>] = [:]
        for (place, piece) in pieces.enumerated() {
            switch piece {
            case .literal(let bytes):
                if let part = joinedRole(pieces, columns, ofAny, place) { inside[part, default: []].formUnion(bytes) }
            case .column(let index):
                let part = ofAny.contains(place) ? TemplatePart.field(.any) : part(columns[index])
                for value in columns[index].column.values { inside[part, default: []].formUnion(value.filter(Ascii.isSeparator)) }
            }
        }
        let texts: Set<TemplatePart> = [.field(.any), .field(.camera)]
        return parts.indices.dropFirst(2).contains { index in
            guard texts.contains(parts[index]), texts.contains(parts[index - 2]), case .literal(let bytes) = parts[index - 1] else {
                return false
            }
            return bytes.first.map { inside[parts[index - 2], default: []].contains($0) } ?? false
        }
    }

    /// - Parameter exactly: numbers stay numbers, each for itself
    private static func write(_ pieces: [Piece], _ columns: [NameColumn], exactly: Bool) -> [TemplatePart] {
        let ofAny = exactly ? [] : widened(pieces, columns)
        var parts: [TemplatePart] = []
        func standsAlone(_ place: Int) -> Bool {
            guard pieces.indices.contains(place), case .column = pieces[place] else { return true }
            return false
        }
        for (place, piece) in pieces.enumerated() {
            switch piece {
            case .literal(let bytes):
                // Separators inside a run of one role belong to it: `12.10.00` of an end time, `front-door` of a camera.
                let joined = joinedRole(pieces, columns, ofAny, place)
                if let joined, parts.last == joined, !exactly || joined == .field(.camera) { continue }
                parts.append(.literal(bytes))
            case .column(let index):
                var part = ofAny.contains(place) ? TemplatePart.field(.any) : part(columns[index])
                // A wildcard would not know where the number ends.
                if exactly || !standsAlone(place - 1) || !standsAlone(place + 1), part == .field(.any), columns[index].column.isNumeric {
                    part = .field(.number)
                }
                if part == parts.last, case .field = part { continue }
                parts.append(part)
            }
        }
        return parts
    }

    private static func joinedRole(_ pieces: [Piece], _ columns: [NameColumn], _ ofAny: Set<Int>, _ place: Int) -> TemplatePart? {
        guard place > 0, place + 1 < pieces.count, case .column(let left) = pieces[place - 1], case .column(let right) = pieces[place + 1]
        else { return nil }
        let first = ofAny.contains(place - 1) ? TemplatePart.field(.any) : part(columns[left])
        let second = ofAny.contains(place + 1) ? TemplatePart.field(.any) : part(columns[right])
        guard first == second, first == .field(.any) || (first == .field(.camera) && left != right) else { return nil }
        return first
    }

    /// Numbers that happen not to change beside numbers that do: the hour of an end time in a short sample.
    private static func widened(_ pieces: [Piece], _ columns: [NameColumn]) -> Set<Int> {
        var result: Set<Int> = []
        for (place, piece) in pieces.enumerated() {
            if case .column(let index) = piece, columns[index].role == .any { result.insert(place) }
        }
        var changed = true
        while changed {
            changed = false
            for (place, piece) in pieces.enumerated() where !result.contains(place) {
                guard case .column(let index) = piece, columns[index].role == .constant, isNumber(columns[index].column),
                    result.contains(place - 2) || result.contains(place + 2)
                else { continue }
                let bracketed = [place - 1, place + 1].contains { neighbour in
                    guard pieces.indices.contains(neighbour), case .literal(let bytes) = pieces[neighbour] else { return false }
                    return bytes.contains { "[](){}@#".utf8.contains($0) }
                }
                if !bracketed {
                    result.insert(place)
                    changed = true
                }
            }
        }
        return result
    }

    /// Digits, after a letter at most.
    private static func isNumber(_ column: Column) -> Bool {
        column.isNumeric || column.values.allSatisfy { $0.count > 2 && decimal($0.dropFirst()) != nil }
    }

    private static func part(_ column: NameColumn) -> TemplatePart {
        switch column.role {
        case .camera: .field(.camera)
        case .stream: .field(.stream)
        case .kind: .field(.kind)
        case .sequence: .field(.sequence)
        case .duration: .field(.duration)
        case .durationMilliseconds: .field(.durationMilliseconds)
        case .constant: .literal(column.column.values.first ?? [])
        case .any, nil: .field(.any)
        }
    }
}

extension CompiledTemplate {
    func literalStartsWithSlash(_ index: Int) -> Bool {
        operations[index].code == .literal && literalBytes(operations[index]).first == Ascii.slash
    }

    func literalEndsWithSlash(_ index: Int) -> Bool {
        operations[index].code == .literal && literalBytes(operations[index]).last == Ascii.slash
    }
}
