import Layouts
import Testing

/// One segment as the generator knows it, to be written as a path.
struct Moment: Sendable {
    var camera: String
    /// From 0.
    var cameraIndex: Int
    var stream: Int
    var kind: String
    var utc: Int64
    /// Local microseconds counted as if UTC.
    var local: Int64
    var durationUs: Int64
    var sequence: Int
    var offsetSeconds: Int

    private func civil(_ moment: Int64) -> (CivilDate, Int64) {
        let days = moment >= 0 ? moment / 86_400_000_000 : (moment - 86_399_999_999) / 86_400_000_000
        return (CivilDate(days: days), moment - days * 86_400_000_000)
    }

    var month: Int { civil(local).0.month }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The week and its year as ISO 8601 counts them: those of its Thursday.
    private func week(_ date: CivilDate) -> (year: Int, week: Int64, weekday: Int64) {
        let weekday = (date.days + 3) % 7 + 1
        let thursday = CivilDate(days: date.days + 4 - weekday)
        return (thursday.year, (thursday.days - CivilDate(year: thursday.year, month: 1, day: 1).days) / 7 + 1, weekday)
    }

    /// `y-M-d H:m:s`, with the letters of the contract; `f` is milliseconds, `u` microseconds, `E` epoch seconds,
    /// `D` day of year, `b` the month's name, `I` the hour on a clock of twelve, `p` the half of the day, `G` `w` `e` a week's
    /// year, the week and the day of the week.
    func format(_ pattern: String, end: Bool = false) -> String {
        let (date, time) = civil(end ? local + durationUs : local)
        let seconds = time / 1_000_000
        var text = ""
        func pad(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        for letter in pattern {
            switch letter {
            case "y": text += pad(Int64(date.year), 4)
            case "Y": text += pad(Int64(date.year % 100), 2)
            case "M": text += pad(Int64(date.month), 2)
            case "n": text += String(date.month)
            case "d": text += pad(Int64(date.day), 2)
            case "j": text += String(date.day)
            case "D": text += pad(date.days - CivilDate(year: date.year, month: 1, day: 1).days + 1, 3)
            case "H": text += pad(seconds / 3600, 2)
            case "m": text += pad(seconds / 60 % 60, 2)
            case "s": text += pad(seconds % 60, 2)
            case "f": text += pad(time % 1_000_000 / 1000, 3)
            case "u": text += pad(time % 1_000_000, 6)
            case "b": text += Moment.months[date.month - 1]
            case "I": text += pad((seconds / 3600 + 11) % 12 + 1, 2)
            case "p": text += seconds < 43_200 ? "AM" : "PM"
            case "G": text += pad(Int64(week(date).year), 4)
            case "w": text += pad(week(date).week, 2)
            case "e": text += String(week(date).weekday)
            case "E": text += String(utc / 1_000_000)
            case "K": text += String(utc / 1000)
            case "U": text += String(utc)
            case "z":
                let minutes = abs(offsetSeconds) / 60
                text += (offsetSeconds < 0 ? "-" : "+") + pad(Int64(minutes / 60), 2) + pad(Int64(minutes % 60), 2)
            default: text.append(letter)
            }
        }
        return text
    }
}

/// How one recorder names its files.
struct TreeCase: Sendable, CustomTestStringConvertible {
    var name: String
    var template: String
    /// The zone that its paths are written in.
    var zone = "Europe/Paris"
    var cameras: [String]
    var keys: [String]?
    var streams = 1
    /// Of the streams' pictures, in their order.
    var pixels: [Int] = []
    var kinds = ["regul"]
    var segmentSeconds: Int64 = 600
    /// The start within a day is of no use to templates without seconds.
    var resolution: Int64 = 1_000_000
    var path: @Sendable (Moment) -> String

    var testDescription: String { name }
    var expectedKeys: [String] { (keys ?? cameras).sorted() }
}

enum Mtimes: Sendable {
    case atEnd, atStart, copied, none
}

struct TreeOptions: Sendable {
    var start = "2026-03-05T17:03:07Z"
    var segments = 90
    var mtimes = Mtimes.atEnd
    var durations = true
    var embedded = false
    /// Seconds between segments.
    var gap: Int64 = 0
    var zone: String?
    var segmentSeconds: Int64?
}

struct Truth: Sendable {
    var moment: Moment
    var observation: PathObservation
}

/// A generator of numbers that are the same in every run.
struct Numbers {
    var state: UInt64

    mutating func next(below bound: Int64) -> Int64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int64(state >> 33) % bound
    }
}

func tree(_ layout: TreeCase, _ options: TreeOptions = TreeOptions()) -> [Truth] {
    var layout = layout
    layout.zone = options.zone ?? layout.zone
    layout.segmentSeconds = options.segmentSeconds ?? layout.segmentSeconds
    guard let zone = ZoneRules(identifier: layout.zone), let start = ISO8601.parse(options.start) else { return [] }
    var numbers = Numbers(state: UInt64(layout.name.utf8.count) + 7)
    var result: [Truth] = []
    let copy = start + 40 * 86_400_000_000
    for (index, camera) in layout.cameras.enumerated() {
        // Cameras do not start together.
        let shift = Int64(index) * 37_000_000 % (layout.segmentSeconds * 1_000_000)
        for stream in 0..<layout.streams {
            var moment = start + shift + (layout.resolution < 1_000_000 ? numbers.next(below: 1_000_000) : 0)
            for segment in 0..<(layout.cameras.count > 8 ? options.segments / 4 : options.segments) {
                let duration = layout.segmentSeconds * 1_000_000
                let kind = layout.kinds[segment % 7 == 6 ? layout.kinds.count - 1 : 0]
                let offset = zone.offsetSeconds(atUTC: moment)
                let entry = Moment(
                    camera: camera, cameraIndex: index, stream: stream, kind: kind, utc: moment, local: zone.local(ofUTC: moment),
                    durationUs: duration, sequence: 1000 * index + segment + 1, offsetSeconds: offset)
                let mtime: Int64? =
                    switch options.mtimes {
                    case .atEnd: moment + duration + numbers.next(below: 3_000_000)
                    case .atStart: moment + numbers.next(below: 2_000_000)
                    case .copied: copy + numbers.next(below: 900_000_000)
                    case .none: nil
                    }
                let observation = PathObservation(
                    path: Array(layout.path(entry).utf8), durationUs: options.durations ? duration : nil, mtimeUs: mtime,
                    embeddedUs: options.embedded ? moment + numbers.next(below: 900_000) : nil,
                    pixels: layout.pixels.isEmpty ? nil : layout.pixels[stream])
                result.append(Truth(moment: entry, observation: observation))
                moment += duration + options.gap * 1_000_000 + (layout.resolution < 1_000_000 ? numbers.next(below: 30_000) : 0)
            }
        }
    }
    return result
}

let everyTree = KnownTrees.all + OddTrees.all + RecorderTrees.all
