import Layouts
import Testing

/// Trees put together at random from what recorders do: where the camera stands, how dates, times, streams, kinds and
/// ends are written, which clocks survived. Every start and every camera must come back.
struct RandomTree: Sendable, CustomTestStringConvertible {
    let layout: TreeCase
    let options: TreeOptions
    let hint: String
    var testDescription: String { layout.name }

    private enum Place: CaseIterable {
        case directory, name, below, both, none
    }

    init(seed: UInt64) {
        var numbers = Numbers(state: seed &* 977 &+ 5)
        for _ in 0..<5 { _ = numbers.next(below: 10) }
        func pick<Value>(_ values: [Value]) -> Value { values[Int(numbers.next(below: Int64(values.count)))] }
        let cameras = pick([
            ["gate", "hall", "yard"], ["cam1", "cam2"], ["1", "2", "3"], ["Front Door", "Back-Yard", "x"], ["192.168.0.4", "192.168.0.5"],
            ["00408C1234AB", "00408C1234AC"], ["Entrée", "Büro 2"], ["ch01_a", "ch02_b"], ["NVR-1", "NVR-2"], ["a1b2", "c3d4", "e5f6"],
        ])
        let place = pick(Place.allCases)
        let prefix = pick(["", "", "recordings/", "data/video/", "archive/2/"])
        let dateFolder = pick(["y-M-d", "yMd", "y/M/d", "y/n/j", "y-M/d", "y/D", "d-M-y", "Y-M-d", "y_M_d", "", "", "yM/d", "y.M.d"])
        let hourFolder = dateFolder.isEmpty ? "" : pick(["", "", "H/"])
        let dateName = dateFolder.isEmpty ? pick(["y-M-d", "yMd", "d.M.y", "yD", "y_M_d", "YMd"]) : pick(["", "", "", "yMd", "y-M-d"])
        var time = pick(["Hms", "H-m-s", "H.m.s", "H_m_s", "Hmsf", "H-m-s-u"])
        if !hourFolder.isEmpty, dateName.isEmpty { time = pick([time, "ms", "m.s", "m-s-u"]) }
        let joined = dateName + (dateName.isEmpty ? "" : pick(["_", "-", "T", " "])) + time
        let stamp = dateFolder.isEmpty ? pick([joined, joined, joined, "E", "K", "U"]) : joined
        // Two numbered streams of a camera without a name look like two cameras, and may be.
        let streams = place == .none ? [""] : pick([[""], [""], ["main", "sub"], ["hd", "ld"]])
        let kinds = pick([["regul"], ["regul", "alarm"], ["continuous", "motion"]])
        let suffix = pick(["", "", "", "duration", "counter", "end", "z", "constant", "random"])
        let separator = pick(["_", "-", " ", "."])
        let ext = pick([".mp4", ".mkv", ".ts", ".avi", ""])
        let fine: Int64 = stamp.contains("u") || stamp == "U" ? 1 : stamp.contains("f") || stamp == "K" ? 1000 : 1_000_000
        layout = TreeCase(
            name: "\(seed)", template: "", zone: pick(["Europe/Paris", "UTC", "America/New_York"]),
            cameras: place == .none ? ["only"] : cameras, streams: streams.count, kinds: kinds,
            segmentSeconds: pick([60, 421, 600, 900]), resolution: fine
        ) { moment in
            var path = prefix
            if place == .directory || place == .both { path += moment.camera + "/" }
            if kinds.count > 1 { path += moment.kind + "/" }
            if !dateFolder.isEmpty { path += moment.format(dateFolder) + "/" }
            if place == .below { path += moment.camera + "/" }
            path += moment.format(hourFolder)
            if place == .name || place == .both { path += moment.camera + separator }
            path += moment.format(stamp)
            if streams.count > 1 { path += separator + streams[moment.stream] }
            switch suffix {
            case "duration": path += "_\(moment.durationUs / 1_000_000)"
            case "counter": path += "-\(moment.sequence)"
            case "end": path += "_" + moment.format("Hms", end: true)
            case "z": path += moment.format("z")
            case "constant": path += "_x"
            case "random": path += "-" + String(moment.utc / 1_000_000 &* 7919 % 1_000_003 + 1_000_000, radix: 36)
            default: break
            }
            return path + ext
        }
        let mtimes = pick([Mtimes.atEnd, .atEnd, .copied, .none, .atStart])
        options = TreeOptions(segments: pick([30, 60]), mtimes: mtimes, durations: numbers.next(below: 4) != 0)
        hint = mtimes == .copied || mtimes == .none ? layout.zone : "Europe/Paris"
    }
}

@Suite struct RandomTreesTests {
    @Test(arguments: (0..<40).map(RandomTree.init))
    func everyStartAndEveryCamera(_ random: RandomTree) {
        let truths = tree(random.layout, random.options)
        let found = LayoutInference.infer(truths.map(\.observation), zone: ZoneRules(identifier: random.hint) ?? .utc)
        let matcher = LayoutMatcher(layouts: found)
        var wrong = 0
        var keys: [String: Set<String>] = [:]
        for truth in truths {
            guard let (index, fields) = matcher.match(truth.observation.path), let time = fields.time else {
                wrong += 1
                continue
            }
            let zone = found[index].zone.rules ?? .utc
            let start = time.clock == .utc ? time.microseconds : zone.utc(ofLocal: time.microseconds).first
            if truth.moment.utc < start || truth.moment.utc >= start + random.layout.resolution { wrong += 1 }
            keys[truth.moment.camera, default: []].insert(fields.camera ?? "")
        }
        let example = truths.first.map { String(decoding: $0.observation.path, as: UTF8.self) } ?? ""
        #expect(wrong == 0, "\(example) \(found.map(\.template.description))")
        #expect(keys.values.allSatisfy { $0.count == 1 } && Set(keys.values).count == random.layout.cameras.count, "\(example)")
    }
}
