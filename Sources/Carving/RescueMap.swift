import LinuxSystem

/// The map file of GNU ddrescue (manual, "Mapfile structure"): comment lines, a line with the position, and a line for each area.
///
/// Ours is one that ddrescue reads, with the identity of the disk in a comment; ddrescue's own is one that we read.
public struct RescueMap: Sendable, Equatable {
    public enum Status: Character, Sendable {
        case nonTried = "?"
        case nonTrimmed = "*"
        case nonScraped = "/"
        case bad = "-"
        case finished = "+"
    }
    public struct Area: Sendable, Equatable {
        public var range: Range<UInt64>
        public var status: Status
    }
    /// Ascending, without gaps, neighbours of different status.
    public private(set) var areas: [Area]
    public var position: UInt64 = 0
    /// What our own maps say of the disk; nil in one of ddrescue's.
    public var identity: String?

    /// Nothing was tried yet.
    public init(byteCount: UInt64, identity: String) {
        areas = byteCount > 0 ? [Area(range: 0..<byteCount, status: .nonTried)] : []
        self.identity = identity
    }

    public var end: UInt64 { areas.last?.range.upperBound ?? 0 }

    public func ranges(_ included: (Status) -> Bool) -> RangeList {
        var result = RangeList()
        for area in areas where included(area.status) { result.insert(area.range) }
        return result
    }

    /// What lies outside the map is ignored.
    public mutating func set(_ range: Range<UInt64>, _ status: Status) {
        let range = range.clamped(to: (areas.first?.range.lowerBound ?? 0)..<end)
        guard !range.isEmpty else { return }
        // Where the change begins and ends among the areas: a map may hold a million bad sectors.
        var low = 0, high = areas.count
        while low < high {
            let middle = (low + high) / 2
            if areas[middle].range.upperBound >= range.lowerBound { high = middle } else { low = middle + 1 }
        }
        let first = low
        var last = first
        var replacement: [Area] = []
        func add(_ range: Range<UInt64>, _ status: Status) {
            guard !range.isEmpty else { return }
            if let before = replacement.last, before.status == status {
                replacement[replacement.count - 1].range = before.range.lowerBound..<range.upperBound
            } else {
                replacement.append(Area(range: range, status: status))
            }
        }
        if first < areas.count {
            add(areas[first].range.lowerBound..<min(areas[first].range.upperBound, range.lowerBound), areas[first].status)
        }
        add(range, status)
        while last < areas.count, areas[last].range.lowerBound <= range.upperBound {
            add(
                max(areas[last].range.lowerBound, range.upperBound)..<max(areas[last].range.upperBound, range.upperBound),
                areas[last].status)
            last += 1
        }
        areas.replaceSubrange(first..<last, with: replacement)
    }

    // MARK: Text

    private static let mark = "# camtrace-rescue carve, source: "

    public func text() -> String {
        let isFinished = !areas.contains { $0.status == .nonTried }
        var lines = ["# Mapfile. Created by camtrace-rescue; GNU ddrescue and ddrescuelog read it."]
        if let identity { lines.append(Self.mark + identity) }
        lines.append("# current_pos  current_status  current_pass")
        lines.append("\(Self.hexadecimal(position))     \(isFinished ? "+" : "?")               1")
        lines.append("#      pos        size  status")
        for area in areas {
            lines.append(
                "\(Self.hexadecimal(area.range.lowerBound))  \(Self.hexadecimal(area.range.upperBound - area.range.lowerBound))  \(area.status.rawValue)"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// Nil, with the number of the line, where it is no map.
    public static func parse(_ text: String) -> Result<RescueMap, BadLine> {
        var map = RescueMap(byteCount: 0, identity: "")
        map.identity = nil
        var hasPosition = false
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.last == "\r" ? raw.dropLast() : raw
            if line.hasPrefix(mark) { map.identity = String(line.dropFirst(mark.count)) }
            let fields = line.prefix { $0 != "#" }.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard !fields.isEmpty else { continue }
            let bad = Result<RescueMap, BadLine>.failure(BadLine(number: index + 1))
            guard hasPosition else {
                // The pass is missing in maps of ddrescue before 1.20.
                guard (2...3).contains(fields.count), let position = number(fields[0]), fields[1].count == 1, "?*/-FG+".contains(fields[1])
                else { return bad }
                map.position = position
                hasPosition = true
                continue
            }
            guard fields.count == 3, let start = number(fields[0]), let size = number(fields[1]), fields[2].count == 1,
                let status = fields[2].first.flatMap(Status.init(rawValue:)), size > 0, !start.addingReportingOverflow(size).overflow,
                map.areas.isEmpty || map.end == start
            else { return bad }
            if map.areas.last?.status == status {
                map.areas[map.areas.count - 1].range = map.areas[map.areas.count - 1].range.lowerBound..<(start + size)
            } else {
                map.areas.append(Area(range: start..<(start + size), status: status))
            }
        }
        return hasPosition && !map.areas.isEmpty ? .success(map) : .failure(BadLine(number: 1))
    }

    public struct BadLine: Error, Equatable {
        public var number: Int
    }

    /// Decimal, or hexadecimal behind 0x, or octal behind 0, as ddrescue reads them.
    private static func number(_ text: Substring) -> UInt64? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt64(text.dropFirst(2), radix: 16) }
        if text.count > 1, text.hasPrefix("0") { return UInt64(text.dropFirst(), radix: 8) }
        return UInt64(text)
    }
}
