import Foundation
import Synchronization

/// What a local time means in UTC microseconds.
public enum LocalResolution: Sendable, Hashable {
    case unique(Int64)
    /// The hour that happens twice when clocks go back: its first and its second time.
    case twice(first: Int64, second: Int64)
    /// The hour that never happens when clocks go forward, read with the offset before and after the change.
    case skipped(before: Int64, after: Int64)

    /// The instant to take where nothing else decides.
    public var first: Int64 {
        switch self {
        case .unique(let instant): instant
        case .twice(let first, _): first
        case .skipped(let before, _): before
        }
    }
}

/// The offsets from UTC of one time zone. Copies share one table.
public struct ZoneRules: Sendable, Hashable {
    /// As given, with fixed offsets normalised: `Europe/Paris`, `UTC`, `+01:00`, `CET-1CEST,M3.5.0,M10.5.0/3`.
    public let identifier: String
    private let table: ZoneTable

    public static let utc = ZoneRules(identifier: "UTC", table: ZoneTable(offset: 0))

    /// An IANA name, a POSIX TZ string or a fixed offset (`+01:00`, `+0100`, `+01`, `Z`, `UTC`).
    ///
    /// `UTC+2` and `GMT+2` mean two hours east, as people write them, not as POSIX reads them.
    public init?(identifier: String) {
        // A TZ value may carry a colon before the name (POSIX.1-2017 §8.3).
        let name = identifier.hasPrefix(":") ? String(identifier.dropFirst()) : identifier
        if let offset = ZoneRules.fixedOffset(name) {
            self = ZoneRules(fixedOffsetSeconds: offset)
            return
        }
        if let cached = ZoneRules.cache.withLock({ $0[name] }) {
            self = cached
            return
        }
        let table: ZoneTable
        if let zone = TimeZone(identifier: name) {
            table = ZoneTable(copying: zone)
        } else if let posix = PosixZone(name) {
            table = posix.table()
        } else {
            return nil
        }
        let rules = ZoneRules(identifier: name, table: table)
        // A process meets a handful of zones; the cap only keeps a caller that tries names from growing without end.
        ZoneRules.cache.withLock { if $0.count < 1024 { $0[name] = rules } }
        self = rules
    }

    public init(fixedOffsetSeconds offset: Int) {
        self.init(identifier: ZoneRules.name(ofOffset: offset), table: ZoneTable(offset: Int32(clamping: offset)))
    }

    private init(identifier: String, table: ZoneTable) {
        self.identifier = identifier
        self.table = table
    }

    /// Seconds east of UTC at a UTC instant in microseconds.
    public func offsetSeconds(atUTC microseconds: Int64) -> Int {
        Int(table.offset(at: floorDivide(microseconds, Microseconds.second)))
    }

    /// Local microseconds (the civil fields counted as if they were UTC) of a UTC instant.
    public func local(ofUTC microseconds: Int64) -> Int64 {
        microseconds &+ Int64(offsetSeconds(atUTC: microseconds)) * Microseconds.second
    }

    /// UTC of a local time in microseconds. Costs two or four binary searches.
    public func utc(ofLocal local: Int64) -> LocalResolution {
        // No zone changes twice within two days, and none is a day or more from UTC.
        let before = Int64(offsetSeconds(atUTC: local &- Microseconds.day)) * Microseconds.second
        let after = Int64(offsetSeconds(atUTC: local &+ Microseconds.day)) * Microseconds.second
        if before == after { return .unique(local &- before) }
        let early = local &- before
        let late = local &- after
        let earlyHolds = Int64(offsetSeconds(atUTC: early)) * Microseconds.second == before
        let lateHolds = Int64(offsetSeconds(atUTC: late)) * Microseconds.second == after
        switch (earlyHolds, lateHolds) {
        case (true, true): return .twice(first: min(early, late), second: max(early, late))
        case (true, false): return .unique(early)
        case (false, true): return .unique(late)
        case (false, false): return .skipped(before: early, after: late)
        }
    }

    /// UTC instants in microseconds at which the offset changes, within a closed range.
    public func transitions(in range: ClosedRange<Int64>) -> [ZoneTransition] {
        table.transitions(from: floorDivide(range.lowerBound, Microseconds.second), to: floorDivide(range.upperBound, Microseconds.second))
    }

    public var isFixed: Bool { table.starts.isEmpty }

    private static let cache = Mutex<[String: ZoneRules]>([:])

    /// `UTC`, `+01:00`, `-03:30`.
    static func name(ofOffset offset: Int) -> String {
        if offset == 0 { return "UTC" }
        let minutes = abs(offset) / 60
        let seconds = abs(offset) % 60
        let short = (offset < 0 ? "-" : "+") + twoDigits(minutes / 60) + ":" + twoDigits(minutes % 60)
        return seconds == 0 ? short : short + ":" + twoDigits(seconds)
    }

    private static func fixedOffset(_ name: String) -> Int? {
        var text = Substring(name)
        if ["Z", "z"].contains(text) { return 0 }
        for prefix in ["UTC", "GMT"] where text.uppercased().hasPrefix(prefix) {
            text = text.dropFirst(prefix.count)
            if text.isEmpty { return 0 }
            if text.utf8.count == 2, let sign = text.first { text = "\(sign)0\(text.dropFirst())" }
            break
        }
        return OffsetText.seconds(Array(text.utf8))
    }
}

public struct ZoneTransition: Sendable, Hashable {
    /// UTC microseconds.
    public var at: Int64
    public var offsetBeforeSeconds: Int
    public var offsetAfterSeconds: Int
}

/// Offsets sorted by the second from which they hold; immutable, so that a million questions share it.
final class ZoneTable: Sendable, Hashable {
    let initial: Int32
    let starts: [Int64]
    let offsets: [Int32]

    /// 1970 to the end of 2107: the years that a template accepts as plausible.
    static let firstSecond: Int64 = 0
    static let endSecond: Int64 = 4_354_819_200
    /// Weekdays and leap years repeat every 28 years, which extends the last rules beyond the table.
    private static let cycle: Int64 = 10_227 * 86_400

    init(offset: Int32) {
        initial = offset
        starts = []
        offsets = []
    }

    init(initial: Int32, changes: [(start: Int64, offset: Int32)]) {
        self.initial = initial
        starts = changes.map(\.start)
        offsets = changes.map(\.offset)
    }

    convenience init(copying zone: TimeZone) {
        var changes: [(start: Int64, offset: Int32)] = []
        var moment = Date(timeIntervalSince1970: TimeInterval(ZoneTable.firstSecond))
        let initial = Int32(clamping: zone.secondsFromGMT(for: moment))
        // At most a few changes a year: 4096 is 29 a year, and ends a zone that never advances.
        while changes.count < 4096, let next = zone.nextDaylightSavingTimeTransition(after: moment), next > moment {
            let second = Int64(next.timeIntervalSince1970.rounded())
            if second >= ZoneTable.endSecond { break }
            let offset = Int32(clamping: zone.secondsFromGMT(for: next))
            if offset != changes.last?.offset ?? initial { changes.append((second, offset)) }
            moment = next
        }
        self.init(initial: initial, changes: changes)
    }

    func offset(at second: Int64) -> Int32 {
        guard !starts.isEmpty else { return initial }
        var second = second
        if second >= ZoneTable.endSecond {
            second = ZoneTable.endSecond - ZoneTable.cycle + (second - ZoneTable.endSecond) % ZoneTable.cycle
        }
        let index = upperBound(second)
        return index == 0 ? initial : offsets[index - 1]
    }

    func transitions(from first: Int64, to last: Int64) -> [ZoneTransition] {
        var result: [ZoneTransition] = []
        var index = upperBound(first - 1)
        while index < starts.count, starts[index] <= last {
            result.append(
                ZoneTransition(
                    at: starts[index] * Microseconds.second,
                    offsetBeforeSeconds: Int(index == 0 ? initial : offsets[index - 1]),
                    offsetAfterSeconds: Int(offsets[index])))
            index += 1
        }
        return result
    }

    /// The number of changes at or before a second.
    private func upperBound(_ second: Int64) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }

    static func == (left: ZoneTable, right: ZoneTable) -> Bool {
        left === right || (left.initial == right.initial && left.starts == right.starts && left.offsets == right.offsets)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(initial)
        hasher.combine(starts.count)
    }
}

func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : "\(value)"
}
