import Layouts
import Testing

private let paris = ZoneRules(identifier: "Europe/Paris") ?? .utc

private func known(_ name: String) -> TreeCase {
    everyTree.first { $0.name == name } ?? KnownTrees.all[0]
}

private func observations(_ paths: [String]) -> [PathObservation] { paths.map { PathObservation(path: Array($0.utf8)) } }

@Suite struct MixedTreesTests {
    @Test func threeLayoutsAndJunk() {
        let cases = [known("date folder, time name"), known("glued stamp"), known("stamp and serial number")]
        var files = cases.flatMap { tree($0).map(\.observation) }
        let media = files.count
        // One file in a hundred is something else.
        for index in 0..<(media / 100) {
            files.append(PathObservation(path: Array("copies/holiday (\(index)).mp4".utf8)))
            files.append(PathObservation(path: Array("gate/2026-03-05/notes\(index).txt".utf8), isMedia: false))
        }
        let found = LayoutInference.infer(files, zone: paris)
        #expect(Set(found.map(\.template.description)) == Set(cases.map(\.template)))
        #expect(found.reduce(0) { $0 + $1.explained } == media)
        #expect(found.map(\.explained) == found.map(\.explained).sorted(by: >))
    }

    @Test func everyTreeFromASparseSample() {
        for layout in everyTree
        where layout.resolution > 0 && layout.resolution < 86_400_000_000 && !layout.template.contains("{sequence}")
            && layout.pixels.isEmpty
        {
            var numbers = Numbers(state: 11)
            let all = tree(layout, TreeOptions(segments: 400))
            let some = all.filter { _ in numbers.next(below: 100) < 10 }
            let found = LayoutInference.infer(some.map(\.observation), zone: paris)
            #expect(found.map(\.template.description) == [layout.template], "\(layout.name)")
        }
    }

    @Test(arguments: [
        ("cam1/2026-03-05/12.00.00.mp4", "{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"),
        ("Front Door/2026-03-05/12.00.00.mp4", "{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"),
        ("recordings/2026-03-05/12.00.00.mp4", "recordings/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"),
        ("20260305T120000.mkv", "{yyyy}{MM}{dd}T{HH}{mm}{ss}.{ext}"),
        ("ch03_20260305120000.mp4", "{camera}_{yyyy}{MM}{dd}{HH}{mm}{ss}.{ext}"),
        ("00:11:22:33:44:55/1772730187.ts", "{camera}/{epoch}.{ext}"),
        ("recordings/2026-03-05/12/front/00.10.mp4", "recordings/{yyyy}-{MM}-{dd}/{HH}/{camera}/{mm}.{ss}.{ext}"),
        ("quai_nord_20260305_120000.mkv", "{camera}_{yyyy}{MM}{dd}_{HH}{mm}{ss}.{ext}"),
        ("20260305_120000_parking.mkv", "{yyyy}{MM}{dd}_{HH}{mm}{ss}_{camera}.{ext}"),
        ("IMG_20260305_120000.mp4", "IMG_{yyyy}{MM}{dd}_{HH}{mm}{ss}.{ext}"),
        ("rec_video_20260305_120000.mp4", "rec_video_{yyyy}{MM}{dd}_{HH}{mm}{ss}.{ext}"),
        ("parking/quai-20260305-120000.mp4", "{camera}/quai-{yyyy}{MM}{dd}-{HH}{mm}{ss}.{ext}"),
        ("7/regul/2026/03/05/120000.mp4", "{camera}/{kind}/{yyyy}/{MM}/{dd}/{HH}{mm}{ss}.{ext}"),
    ])
    func oneFile(_ path: String, _ template: String) {
        let found = LayoutInference.infer(observations([path]), zone: paris)
        #expect(found.map(\.template.description) == [template])
        #expect(found.first?.zone == (template.contains("epoch") ? .utc : .named("Europe/Paris")))
        #expect(found.first.map { $0.confidence < 0.9 } == true)
    }

    @Test func oneFileForEveryCamera() {
        let names = ["gate", "hall", "yard", "roof", "cellar", "bar", "desk", "lift", "stair", "park"]
        let found = LayoutInference.infer(observations(names.map { "\($0)/2026-03-05/12.00.00.mp4" }), zone: paris)
        #expect(found.map(\.template.description) == ["{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"])
        #expect(found.first?.cameras == names.sorted())
    }

    @Test func nothingToLearn() {
        #expect(LayoutInference.infer([], zone: paris).isEmpty)
        #expect(LayoutInference.infer([PathObservation(path: Array("a/2026-03-05/x.mp4".utf8), isMedia: false)], zone: paris).isEmpty)
        let plain = LayoutInference.infer(observations(["readme", "film.mp4", "other film.mkv"]), zone: paris)
        #expect(plain.allSatisfy { $0.confidence <= 0.3 && $0.zone == .unknown && $0.evidence.contains(.noTimeInPath) })
    }

    // MARK: Day and month

    private func daysFirst(_ days: ClosedRange<Int>, month: Int, mtimes: Bool) -> [PathObservation] {
        days.flatMap { day -> [PathObservation] in
            (0..<12).map { hour in
                let local = (CivilDate(year: 2026, month: month, day: day).days * 24 + Int64(2 * hour)) * 3_600_000_000
                let path = "gate/\(day < 10 ? "0" : "")\(day)-0\(month)-2026/\(hour * 2 < 10 ? "0" : "")\(hour * 2)-00-00.mp4"
                return PathObservation(
                    path: Array(path.utf8), durationUs: 600_000_000, mtimeUs: mtimes ? paris.utc(ofLocal: local).first + 600_000_000 : nil)
            }
        }
    }

    @Test func ambiguousDays() {
        let lone = LayoutInference.infer(daysFirst(5...5, month: 3, mtimes: false), zone: paris)
        #expect(lone.first?.template.description == "{camera}/{dd}-{MM}-{yyyy}/{HH}-{mm}-{ss}.{ext}")
        #expect(lone.first?.evidence.contains(.ambiguousDayMonth(other: "{camera}/{MM}-{dd}-{yyyy}/{HH}-{mm}-{ss}.{ext}")) == true)
        let clocked = LayoutInference.infer(daysFirst(5...5, month: 3, mtimes: true), zone: paris)
        #expect(clocked.first?.template.description == "{camera}/{dd}-{MM}-{yyyy}/{HH}-{mm}-{ss}.{ext}")
        #expect(clocked.first?.evidence.contains { if case .ambiguousDayMonth = $0 { true } else { false } } == false)
        #expect((clocked.first?.confidence ?? 0) > (lone.first?.confidence ?? 1) + 0.2)
        let high = LayoutInference.infer(daysFirst(9...20, month: 3, mtimes: false), zone: paris)
        #expect(high.first?.evidence.contains { if case .ambiguousDayMonth = $0 { true } else { false } } == false)
    }

    @Test func clocksDecideAgainstTheUsualOrder() {
        // All days below thirteen, written month first: only the modification times can tell.
        let files = (1...12).flatMap { day in
            (0..<6).map { hour -> PathObservation in
                let local = (CivilDate(year: 2026, month: 3, day: day).days * 24 + Int64(hour)) * 3_600_000_000
                return PathObservation(
                    path: Array("gate/03-\(day < 10 ? "0" : "")\(day)-2026/0\(hour)-00-00.mp4".utf8), durationUs: 600_000_000,
                    mtimeUs: paris.utc(ofLocal: local).first + 600_000_000)
            }
        }
        #expect(LayoutInference.infer(files, zone: paris).first?.template.description == "{camera}/{MM}-{dd}-{yyyy}/{HH}-{mm}-{ss}.{ext}")
    }

    // MARK: Weeks and months

    private func weekTree(_ options: TreeOptions) -> [InferredLayout] {
        let layout = TreeCase(name: "weeks", template: "", cameras: ["gate", "hall"]) {
            "\($0.camera)/" + $0.format("G/w/e/Hms") + ".mp4"
        }
        return LayoutInference.infer(tree(layout, options).map(\.observation), zone: paris)
    }

    private static let weeks = "{camera}/{GGGG}/{ww}/{e}/{HH}{mm}{ss}.{ext}"

    @Test func weeksAreNoMonths() {
        // The tenth week could be October: the clocks know that it is March.
        #expect(weekTree(TreeOptions()).map(\.template.description) == [MixedTreesTests.weeks])
        // There is no month 17.
        let late = TreeOptions(start: "2026-04-20T08:00:00Z", mtimes: .none, durations: false)
        #expect(weekTree(late).map(\.template.description) == [MixedTreesTests.weeks])
        // Three weeks on end, in which no day is ever past the seventh.
        let long = TreeOptions(start: "2026-02-02T08:00:00Z", segments: 120, mtimes: .none, gap: 14_000)
        #expect(weekTree(long).map(\.template.description) == [MixedTreesTests.weeks])
    }

    // MARK: What divides time, and what does not

    @Test func camerasSampledAtDifferentTimes() {
        // Blocks of a large tree: every camera shows itself at a time of its own.
        let cameras = (1...14).map { "\($0)" }
        let all = tree(
            TreeCase(name: "sparse", template: "", cameras: cameras) { "\($0.camera)/" + $0.format("y-M-d/H-m-s") + ".mp4" },
            TreeOptions(segments: 4000))
        for seed in 1...4 as ClosedRange<UInt64> {
            var numbers = Numbers(state: seed)
            let sample = cameras.flatMap { camera -> [Truth] in
                let own = all.filter { $0.moment.camera == camera }
                return Array(own.dropFirst(Int(numbers.next(below: Int64(own.count - 16)))).prefix(16))
            }
            let found = LayoutInference.infer(sample.map(\.observation), zone: paris)
            #expect(found.first?.cameras.count == cameras.count, "\(seed) \(found.map(\.template.description))")
        }
    }

    @Test func recordingsThatGoOnPastMidnight() {
        let start = "{yyyy}{MM}{dd}_{HH}{mm}{ss}_{*}.{ext}"
        for mtimes in [Mtimes.atEnd, .copied] {
            let truths = tree(RecorderTrees.recordingFolders, TreeOptions(start: "2026-03-05T09:33:07Z", mtimes: mtimes))
            let found = LayoutInference.infer(truths.map(\.observation), zone: paris)
            // The same, with the folder's date for what it is and without.
            #expect(
                found.map(\.template.description) == [
                    "{yyyy}{MM}{dd}_{#}_{*}_{camera}/{yyyy}{MM}{dd}_{HH}/" + start, "{#}_{#}_{*}_{camera}/{*}/" + start,
                ])
            #expect(found.reduce(0) { $0 + $1.explained } == truths.count)
            #expect(found.allSatisfy { $0.cameras == RecorderTrees.recordingFolders.cameras })
            expectStarts(found, truths, resolution: 1_000_000)
        }
    }

    @Test func lettersOfOneSizeAreCameras() {
        for pixels in [[307_200, 307_200], [8_294_400, 307_200]] {
            let layout = TreeCase(name: "letters", template: "", cameras: ["only"], streams: 2, pixels: pixels) {
                "Rec\($0.stream == 0 ? "M" : "S")01_" + $0.format("yMd_Hms") + ".mp4"
            }
            let found = LayoutInference.infer(tree(layout).map(\.observation), zone: paris)
            #expect(found.first?.cameras == (pixels[0] == pixels[1] ? ["RecM01", "RecS01"] : []))
            #expect(found.first?.template.contains(.stream) == (pixels[0] != pixels[1]))
        }
    }

    @Test func kindsInCompounds() {
        #expect(RecordingKind(word: "MDalarm") == .alarm)
        #expect(RecordingKind(word: "humanMotion2") == .alarm)
        #expect(RecordingKind(word: "Railway") == .unknown)
        #expect(RecordingKind(word: "Xm") == .unknown)
    }

    @Test func dayOfTheWeekIsNoCamera() {
        let names = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
        let layout = TreeCase(name: "weekdays", template: "", cameras: ["only"], segmentSeconds: 3600) { moment in
            let day = Int(moment.format("e")) ?? 1
            return "\(names[day - 1])/" + moment.format("y-M-d_H-m-s") + ".mp4"
        }
        let found = LayoutInference.infer(tree(layout, TreeOptions(segments: 300)).map(\.observation), zone: paris)
        #expect(found.map(\.template.description) == ["{*}/{yyyy}-{MM}-{dd}_{HH}-{mm}-{ss}.{ext}"])
    }

    // MARK: Hostile

    @Test func hostileNames() {
        var files: [PathObservation] = []
        files.append(PathObservation(path: Array(String(repeating: "1", count: 4096).utf8)))
        files.append(PathObservation(path: Array(String(repeating: "12/", count: 1365).utf8)))
        files.append(PathObservation(path: Array(String(repeating: "2026-03-05_", count: 370).utf8)))
        files.append(PathObservation(path: Array(String(repeating: "a", count: 1_000_000).utf8)))
        files.append(PathObservation(path: []))
        files.append(PathObservation(path: Array("/".utf8)))
        files.append(PathObservation(path: Array("///...///".utf8)))
        files.append(PathObservation(path: [0xFF, 0xFE, 0x2F, 0x00, 0x0A]))
        files.append(PathObservation(path: Array("c/0000-00-00/99.99.99.mp4".utf8)))
        files.append(PathObservation(path: Array("c/9999-12-31/23.59.59.mp4".utf8), durationUs: .max, mtimeUs: .min, embeddedUs: .max))
        files.append(PathObservation(path: Array("c/2026-12-31/23.59.59.mp4".utf8), durationUs: .min, mtimeUs: .max, embeddedUs: .min))
        let clock = ContinuousClock()
        let time = clock.measure { _ = LayoutInference.infer(files, zone: paris) }
        #expect(time < .seconds(5))
    }

    @Test func namesWithNewlinesAndStrangeBytes() {
        let names: [[UInt8]] = [
            Array("a\nb".utf8), [0xC9, 0x63, 0xE9], Array(String(repeating: "n", count: 255).utf8), Array("tab\t".utf8),
        ]
        let files = names.flatMap { name in
            (10..<40).map { PathObservation(path: name + Array("/2026-03-05/12.\($0).00.mp4".utf8), durationUs: 60_000_000) }
        }
        let found = LayoutInference.infer(files, zone: paris)
        #expect(found.map(\.template.description) == ["{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}"])
        #expect(found.first?.cameras.contains("%C9c%E9") == true)
        #expect(found.first?.cameras.count == 4)
    }

    @Test func tenThousandShapes() {
        var numbers = Numbers(state: 3)
        let files = (0..<10_000).map { index -> PathObservation in
            var name = "\(index)"
            for _ in 0..<(numbers.next(below: 12) + 1) {
                name += ["-", "_", ".", "a", "77", " ", "x1", "2026", "(3)", "/"][Int(numbers.next(below: 10))]
            }
            return PathObservation(path: Array("\(name).mp4".utf8), durationUs: 1_000_000, mtimeUs: 1_770_000_000_000_000)
        }
        let clock = ContinuousClock()
        let time = clock.measure { _ = LayoutInference.infer(files, zone: paris) }
        #expect(time < .seconds(30))
    }
}
