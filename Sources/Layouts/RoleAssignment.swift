/// Decides what each changing part of a path is, by how it divides the recordings in time.
struct RoleAssignment {
    var columns: [NameColumn]
    let timeline: Timeline
    /// Microseconds as the media tell them, negative where they do not.
    let mediaDurations: [Int64]
    var evidence: [Evidence] = []

    var count: Int { timeline.starts.count }

    init(columns: [NameColumn], timeline: Timeline, mediaDurations: [Int64]) {
        self.columns = columns
        self.timeline = timeline
        self.mediaDurations = mediaDurations
        assignByContent()
        assignCamera()
        for index in columns.indices where self.columns[index].role == nil { self.columns[index].role = .any }
        growCamera()
        numberParts()
    }

    // MARK: What content alone tells

    private mutating func assignByContent() {
        for index in columns.indices { markOtherTime(index) }
        for index in columns.indices where columns[index].role == nil {
            let column = columns[index].column
            if let role = durationRole(column) {
                columns[index].role = role
            } else if column.isConstant {
                let word = column.words.first ?? ""
                columns[index].role = NameLexicon.isUnmistakableKind(word) && !columns.contains { $0.role == .kind } ? .kind : .constant
            } else if column.values.count <= 8, column.words.allSatisfy(NameLexicon.isKind), !columns.contains(where: { $0.role == .kind })
            {
                columns[index].role = .kind
            } else if column.values.count <= 4, column.words.allSatisfy(NameLexicon.isStream),
                !columns.contains(where: { $0.role == .stream })
            {
                columns[index].role = .stream
            } else if column.isNumeric, isCounter(column) {
                columns[index].role = .sequence
            } else if isUnique(column), !columns[index].isDirectory || count >= 24 || isNumberedRecording(index) {
                columns[index].role = column.isNumeric && columns[index].isDirectory ? .sequence : .any
            } else if isRare(column), !columns[index].isDirectory {
                columns[index].role = .any
            } else if columns[index].isDirectory && holdsCameras(index) || isPassing(index) || changesWithTheDay(index) {
                columns[index].role = .any
            }
        }
    }

    /// Three numbers, or the last six digits of one, that are a time of day shortly after the start, when the segment ends,
    /// or before it, when the recording began.
    private mutating func markOtherTime(_ index: Int) {
        func isFree(_ place: Int, _ width: (Int) -> Bool) -> Bool {
            columns.indices.contains(place) && columns[place].role == nil && columns[place].wildcard == columns[index].wildcard
                && columns[place].column.isNumeric && columns[place].column.values.allSatisfy { width($0.count) }
        }
        let places: [Int]
        if isFree(index, { $0 == 6 || $0 == 14 }) {
            places = [index]
        } else if isFree(index, { $0 == 2 }), isFree(index + 1, { $0 == 2 }), isFree(index + 2, { $0 == 2 }) {
            places = [index, index + 1, index + 2]
        } else {
            return
        }
        guard !places.allSatisfy({ columns[$0].column.isConstant }), timeline.resolution < Microseconds.hour else { return }
        var after = 0
        var before = 0
        for member in timeline.starts.indices {
            let digits = places.flatMap { columns[$0].column.values[Int(columns[$0].column.codes[member])] }.suffix(6)
            guard let value = decimal(digits) else { return }
            let (hour, minute, second) = (value / 10_000, value / 100 % 100, value % 100)
            guard hour < 24, minute < 60, second <= 60 else { return }
            let end = (hour * 3600 + minute * 60 + second) * Microseconds.second
            let gap = end - (timeline.starts[member] - floorDivide(timeline.starts[member], Microseconds.day) * Microseconds.day)
            // Past midnight the end is of the next day.
            let length = gap < 0 ? gap + Microseconds.day : gap
            if length <= 4 * Microseconds.hour { after += 1 }
            if length == 0 || length >= Microseconds.day - 4 * Microseconds.hour { before += 1 }
        }
        // A number of another kind would fall into four hours one time in six.
        guard max(after, before) * 10 >= count * 9 else { return }
        for place in places {
            columns[place].role = .any
            columns[place].tellsTime = true
        }
    }

    private func durationRole(_ column: Column) -> NameColumn.Role? {
        guard column.isNumeric else { return nil }
        var seconds = 0
        var milliseconds = 0
        var tested = 0
        for (index, code) in column.codes.enumerated() where mediaDurations[index] >= 3 * Microseconds.second {
            guard let value = decimal(column.values[Int(code)]), value < 1_000_000_000 else { return nil }
            tested += 1
            if abs(value * Microseconds.second - mediaDurations[index]) <= Microseconds.second { seconds += 1 }
            if abs(value * 1000 - mediaDurations[index]) <= Microseconds.second / 2 { milliseconds += 1 }
        }
        // One recorder's every segment may last a minute, and a camera may be number 60: ask for some weight.
        guard tested >= 4, tested * 2 >= count else { return nil }
        if seconds * 10 >= tested * 8 { return .duration }
        return milliseconds * 10 >= tested * 8 ? .durationMilliseconds : nil
    }

    /// Grows with time, by steps, hardly ever the other way.
    private func isCounter(_ column: Column) -> Bool {
        guard column.values.count >= 3, column.values.count * 2 >= count else { return false }
        let values = column.values.map { decimal($0) ?? -1 }
        return growth(column, values, within: nil) >= 0.9
            || columns.contains { other in
                other.column.values.count > 1 && other.column.values.count * 3 <= count
                    && growth(column, values, within: other.column) >= 0.9
            }
    }

    private func growth(_ column: Column, _ values: [Int64], within group: Column?) -> Double {
        var last: [Int32: (start: Int64, value: Int64)] = [:]
        var grown = 0
        var tested = 0
        for index in timeline.order {
            let key = group?.codes[index] ?? 0
            let value = values[Int(column.codes[index])]
            let start = timeline.starts[index]
            if let previous = last[key], previous.start != start {
                tested += 1
                if value > previous.value { grown += 1 }
            }
            last[key] = (start, value)
        }
        return tested < 2 ? 0 : Double(grown) / Double(tested)
    }

    /// A numbered directory for each recording, below one that could be the camera's.
    private func isNumberedRecording(_ index: Int) -> Bool {
        let column = columns[index].column
        return column.isNumeric && column.values.count == count && column.values.allSatisfy { $0.count >= 2 }
            && columns.indices.contains {
                $0 < index && columns[$0].isDirectory && !isUnique(columns[$0].column) && columns[$0].role == nil
            }
    }

    private func isUnique(_ column: Column) -> Bool {
        count >= 8 && column.values.count * 10 >= count * 6
    }

    /// A camera comes again and again.
    private func isRare(_ column: Column) -> Bool { count >= 24 && column.values.count * 4 > count }

    /// `disk1`, `volume2` beside a directory of another name.
    private func holdsCameras(_ index: Int) -> Bool {
        func isContainer(_ place: Int) -> Bool {
            columns[place].column.words.allSatisfy { NameLexicon.isContainer($0) && !NameLexicon.looksLikeCamera($0) }
        }
        return isContainer(index)
            && columns.indices.contains {
                $0 != index && columns[$0].isDirectory && !columns[$0].column.isConstant && columns[$0].role == nil && !isContainer($0)
                    && !columns[$0].column.words.allSatisfy { NameLexicon.isKind($0) || NameLexicon.isStream($0) }
            }
    }

    // MARK: The camera

    private mutating func assignCamera() {
        let candidates = columns.indices.filter { columns[$0].role == nil }
        let given = columns.indices.first { columns[$0].role == .camera }
        guard let first = given ?? candidates.max(by: { preference($0) < preference($1) }) else {
            recogniseConstantCamera()
            return
        }
        var camera = first
        columns[camera].role = .camera
        for other in candidates where other != first {
            let mine = columns[camera].column
            let theirs = columns[other].column
            switch (theirs.determines(mine), mine.determines(theirs)) {
            case (true, true):
                columns[other].role = .any
            case (true, false):
                // The other is finer: a stream of the camera, a camera of a site, or a camera's name in the file's.
                if columns[other].isDirectory, columns[camera].isDirectory {
                    columns[other].role = .camera
                    if columns[camera].role == .camera { camera = max(camera, other) }
                } else if isStream(other, of: camera) {
                    columns[other].role = .stream
                } else if tellsApart(other, what: camera) {
                    columns[camera].role = .any
                    columns[other].role = .camera
                    camera = other
                } else {
                    columns[other].role = .any
                }
            case (false, true):
                columns[other].role = columns[other].isDirectory && columns[camera].isDirectory ? .camera : .any
            case (false, false):
                assignIndependent(other, camera: &camera)
            }
        }
    }

    /// Names that look like cameras, then directories, then whatever has the most values.
    private func preference(_ index: Int) -> Double {
        let column = columns[index].column
        let looks = column.words.prefix(64).count(where: NameLexicon.looksLikeCamera)
        let share = Double(looks) / Double(max(1, min(64, column.values.count)))
        let weak = (isRare(column) ? 5.0 : 0) + (isIndex(column) ? 2.2 : 0)
        return 4 * share + (columns[index].isDirectory ? 2 : 0) - weak + (column.isNumeric ? 0 : 0.5)
            + Double(min(column.values.count, 50)) / 100 - Double(index) / 10_000
    }

    /// `0` and `1`: streams are numbered so more often than cameras.
    private func isIndex(_ column: Column) -> Bool {
        column.values.count <= 4 && column.values.contains([UInt8(ascii: "0")])
            && column.values.allSatisfy { $0.count == 1 && $0[0] &- 48 < 4 }
    }

    private func isStream(_ other: Int, of camera: Int) -> Bool {
        let column = columns[other].column
        guard column.values.count <= 4, !columns.contains(where: { $0.role == .stream }) else { return false }
        let merged = timeline.overlaps(columns[camera].column.codes)
        let apart = timeline.overlaps(columns[camera].column.combined(with: column))
        return merged.agree >= 3 && apart.ratio < 0.3 * merged.ratio && merged.ratio >= 0.1
    }

    /// A finer name is the camera's if recordings overlap without it, or if it is a word that comes again and again.
    private func tellsApart(_ other: Int, what camera: Int) -> Bool {
        let mine = columns[camera].column
        let theirs = columns[other].column
        let without = timeline.overlaps(mine.codes)
        if without.agree >= 3, without.ratio >= 0.1 { return timeline.overlaps(theirs.codes).ratio < 0.3 * without.ratio }
        let looks = mine.words.contains(where: NameLexicon.looksLikeCamera)
        return !theirs.isNumeric && !looks && theirs.values.count * 4 <= count
    }

    private mutating func assignIndependent(_ other: Int, camera: inout Int) {
        let mine = columns[camera].column
        let theirs = columns[other].column
        let byCamera = timeline.overlaps(mine.codes)
        let byOther = timeline.overlaps(theirs.codes)
        let byBoth = timeline.overlaps(mine.combined(with: theirs))
        if byCamera.agree >= 3, byCamera.ratio > 0.02, byBoth.ratio < 0.5 * byCamera.ratio {
            let measured = timeline.durations.contains { $0 > 0 }
            if byOther.ratio < 0.3 * byCamera.ratio, measured, !isIndex(theirs) {
                // The other alone tells cameras apart: what was taken for one is a disk or a storage group.
                columns[camera].role = .any
                columns[other].role = .camera
                camera = other
            } else if let swap = streamIsCamera(mine, theirs), other > camera || theirs.isNumeric,
                theirs.isNumeric || !isJoined(other, to: camera), isProduct(mine, theirs), !columns.contains(where: { $0.role == .stream })
            {
                columns[swap ? camera : other].role = .stream
                if swap {
                    columns[other].role = .camera
                    camera = other
                }
            } else if columns[other].isDirectory && columns[camera].isDirectory || isJoined(other, to: camera) {
                // `front-door` and `front-yard`: neither word alone is the camera.
                columns[other].role = .camera
            } else {
                columns[other].role = .any
            }
        } else if theirs.values.count <= 4, !columns.contains(where: { $0.role == .kind }), continuityDiffers(other, camera) {
            columns[other].role = .kind
        } else {
            // Where neighbours are missing that could tell whether both are needed, keeping two cameras apart is safer
            // than merging them.
            let neighbours = timeline.contiguity(mine.combined(with: theirs)).tested
            let isPlace = columns[other].isDirectory && columns[camera].isDirectory || (!theirs.isNumeric && isJoined(other, to: camera))
            columns[other].role = neighbours * 4 < count && isPlace ? .camera : .any
        }
    }

    /// Which of two is the stream: true for the one taken for a camera. There are more cameras than streams, and a stream
    /// has few values. Nil where neither can be one.
    private func streamIsCamera(_ mine: Column, _ theirs: Column) -> Bool? {
        let swap = mine.values.count < theirs.values.count && mine.isNumeric
        return (2...4).contains((swap ? mine : theirs).values.count) ? swap : nil
    }

    /// Side by side in one name, with nothing but separators between.
    private func isJoined(_ other: Int, to camera: Int) -> Bool {
        columns[other].wildcard == columns[camera].wildcard
            && ((min(other, camera) + 1)..<max(other, camera)).allSatisfy { columns[$0].role == .camera }
    }

    /// Every camera has every stream, but for what was lost.
    private func isProduct(_ left: Column, _ right: Column) -> Bool {
        let pairs = Set(left.combined(with: right)).count
        return pairs * 10 >= left.values.count * right.values.count * 8
    }

    /// One value fills time without gaps, another does not.
    private func continuityDiffers(_ other: Int, _ camera: Int) -> Bool {
        let column = columns[other].column
        var lowest = 1.0
        var highest = 0.0
        for value in column.values.indices {
            let members = column.codes.indices.filter { column.codes[$0] == Int32(value) }
            guard members.count >= 5 else { return false }
            let part = Timeline(
                starts: members.map { timeline.starts[$0] }, durations: members.map { timeline.durations[$0] },
                resolution: timeline.resolution)
            let groups = members.map { columns[camera].column.codes[$0] }
            let ratio = Double(part.contiguity(groups).agree) / Double(members.count)
            lowest = min(lowest, ratio)
            highest = max(highest, ratio)
        }
        return highest - lowest > 0.4
    }
}
