import Layouts
import Testing

private func template(_ text: String) throws -> PathTemplate { try PathTemplate(text) }

@Suite struct PathTemplateTests {
    @Test(arguments: everyTree.map(\.template))
    func printsWhatItParsed(_ text: String) throws {
        #expect(try template(text).description == text)
    }

    @Test func errorsTellWhereAndWhat() {
        func problem(_ text: String) -> TemplateError? {
            do throws(TemplateError) {
                _ = try PathTemplate(text)
                return nil
            } catch {
                return error
            }
        }
        #expect(problem("{camera}/{yyy}.{ext}") == TemplateError(position: 9, problem: .unknownField("yyy")))
        #expect(problem("{camera}/{yyyy") == TemplateError(position: 9, problem: .unclosed))
        #expect(problem("plain/{{name}") == TemplateError(position: 13, problem: .noField))
        #expect(problem("") == TemplateError(position: 0, problem: .noField))
        #expect(problem("{camera}/{yyy}")?.expected.contains("{yyyy}") == true)
        #expect(problem(String(repeating: "{*}/", count: 4000))?.problem == .tooLong)
    }

    @Test func fieldsOfAPath() throws {
        let fields = try template("{camera}/{kind}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}_{stream}_{duration}_{sequence}.{ext}")
            .match("Entrée 1/alarm/2026-03-05/17.03.07_main_59.5_0042.mp4")
        #expect(fields?.camera == "Entrée 1")
        #expect(fields?.kind == "alarm")
        #expect(fields?.stream == "main")
        #expect(fields?.durationUs == 59_500_000)
        #expect(fields?.sequence == 42)
        #expect(fields?.ext == "mp4")
        #expect(fields?.zoneOffsetSeconds == nil)
        let expected = ISO8601.parse("2026-03-05T17:03:07Z") ?? 0
        #expect(fields?.time == PathTime(microseconds: expected, clock: .local, resolution: 1_000_000))
    }

    @Test(arguments: [
        ("{epoch}.{ext}", "1772730187.mp4", "2026-03-05T17:03:07Z", 1_000_000),
        ("{epoch_ms}.{ext}", "1772730187123.mp4", "2026-03-05T17:03:07.123Z", 1000),
        ("{epoch_us}.{ext}", "1772730187123456.ts", "2026-03-05T17:03:07.123456Z", 1),
        ("{epoch}.{ffffff}.{ext}", "1772730187.000456.ts", "2026-03-05T17:03:07.000456Z", 1),
        ("{yyyy}{MM}{dd}T{HH}{mm}{ss}{zone}", "20260305T180307+0100", "2026-03-05T17:03:07Z", 1_000_000),
        ("{yyyy}{MM}{dd}T{HH}{mm}{ss}{zone}.{ext}", "20260305T133307-03:30.ts", "2026-03-05T17:03:07Z", 1_000_000),
        ("{yyyy}{MM}{dd}{HH}{mm}{ss}{zone}.{ext}", "20260305170307_UTC.ts", "2026-03-05T17:03:07Z", 1_000_000),
        ("{yyyy}{DDD}{HH}{mm}{ss}{fff}{zone}", "2026064170307250Z", "2026-03-05T17:03:07.250Z", 1000),
        ("{yyyy}-{MM}-{dd}/{epoch}.{ext}", "2026-03-06/1772730187.mp4", "2026-03-05T17:03:07Z", 1_000_000),
    ])
    func instants(_ text: String, _ path: String, _ expected: String, _ resolution: Int64) throws {
        let time = try template(text).match(path)?.time
        #expect(time == PathTime(microseconds: ISO8601.parse(expected) ?? 0, clock: .utc, resolution: resolution))
    }

    @Test(arguments: [
        ("{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}", "2026-3-5/1.2.3.mp4", true),
        ("{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}", "2026-13-05/1.2.3.mp4", false),
        ("{yyyy}{MM}{dd}.{ext}", "2026305.mp4", false), ("{yyyy}-{MM}-{dd}.{ext}", "2026-02-29.mp4", false),
        ("{yyyy}-{MM}-{dd}.{ext}", "2024-02-29.mp4", true),
        ("{yyyy}{DDD}.{ext}", "2025366.mp4", false), ("{yyyy}{DDD}.{ext}", "2024366.mp4", true),
        ("{yyyy}-{MM}-{dd}/{yyyy}{MM}{dd}.{ext}", "2026-03-05/20260305.mp4", true),
        ("{yyyy}-{MM}-{dd}/{yyyy}{MM}{dd}.{ext}", "2026-03-05/20260306.mp4", false),
        ("{yy}/{yyyy}-{MM}-{dd}.{ext}", "26/2026-03-05.mp4", true), ("{yy}/{yyyy}-{MM}-{dd}.{ext}", "25/2026-03-05.mp4", false),
        ("{camera}/{camera}_{HH}.{ext}", "a_b/a_b_12.mp4", true), ("{camera}/{camera}_{HH}.{ext}", "a_b/a_c_12.mp4", false),
        ("{sequence}/{sequence}-x.{ext}", "12/12-x.mp4", true), ("{sequence}/{sequence}-x.{ext}", "12/13-x.mp4", false),
        ("{yyyy}-{MM}-{dd}/{epoch}.{ext}", "2026-03-08/1772730187.mp4", false), ("{*}.{ext}", "a/b.mp4", false),
        ("{**}.{ext}", "a/b.mp4", true),
        ("{camera}.{ext}", ".mp4", false), ("{camera}/{HH}.{ext}", "/12.mp4", false), ("{{{camera}}.{ext}", "{x}.mp4", true),
    ])
    func matching(_ text: String, _ path: String, _ expected: Bool) throws {
        #expect((try template(text).match(path) != nil) == expected)
    }

    @Test(arguments: [
        // Halves of the day: noon and midnight are twelve; a clock that goes to 23 may say it too.
        ("{yyyy}{MM}{dd} {HH}-{mm}-{ss} {AMPM}.{ext}", "20260305 2-30-45 PM.mp4", "2026-03-05T14:30:45Z"),
        ("{yyyy}{MM}{dd} {HH}-{mm}-{ss}{AMPM}.{ext}", "20260305 12-30-45am.mp4", "2026-03-05T00:30:45Z"),
        ("{yyyy}{MM}{dd} {HH}-{mm}-{ss}{AMPM}.{ext}", "20260305 12-30-45Pm.mp4", "2026-03-05T12:30:45Z"),
        ("{yyyy}{MM}{dd}{AMPM}/{HH}{mm}{ss}.{ext}", "20260305PM/173045.mp4", "2026-03-05T17:30:45Z"),
        ("{yyyy}{MM}{dd}{AMPM}/{HH}{mm}{ss}.{ext}", "20260305AM/173045.mp4", nil),
        ("{yyyy}{MM}{dd}{AMPM}/{HH}{mm}{ss}.{ext}", "20260305PM/003045.mp4", nil),
        ("{yyyy}{MM}{dd}{AMPM}/{HH}{mm}{ss}.{ext}", "20260305XM/103045.mp4", nil),
        // Months: short or whole, English or French, any case, composed or decomposed, with a full stop or without.
        ("{dd}-{MMM}-{yyyy}/{HH}.{ext}", "05-Mar-2026/12.mp4", "2026-03-05T12:00:00Z"),
        ("{dd}{MMM}{yyyy}T{HH}.{ext}", "05FÉVRIER2026T12.mp4", "2026-02-05T12:00:00Z"),
        ("{dd}{MMM}{yyyy}T{HH}.{ext}", "05De\u{301}cembre2026T12.mp4", "2026-12-05T12:00:00Z"),
        ("{dd} {MMM} {yyyy} {HH}.{ext}", "05 août 2026 12.mp4", "2026-08-05T12:00:00Z"),
        ("{dd} {MMM} {yyyy} {HH}.{ext}", "05 Sept. 2026 12.mp4", "2026-09-05T12:00:00Z"),
        ("{dd}.{MMM}.{yyyy} {HH}.{ext}", "05.sept.2026 12.mp4", "2026-09-05T12:00:00Z"),
        ("{yyyy}/{MM}-{MMM}/{dd}/{HH}.{ext}", "2026/03-March/05/12.mp4", "2026-03-05T12:00:00Z"),
        ("{yyyy}/{MM}-{MMM}/{dd}/{HH}.{ext}", "2026/03-April/05/12.mp4", nil),
        ("{dd}-{MMM}-{yyyy}/{HH}.{ext}", "05-Marble-2026/12.mp4", nil), ("{dd}-{MMM}-{yyyy}/{HH}.{ext}", "30-Feb-2026/12.mp4", nil),
        // Weeks: the last days of December may belong to the first week of the next year.
        ("{GGGG}-W{ww}-{e}/{HH}.{ext}", "2026-W01-1/12.mp4", "2025-12-29T12:00:00Z"),
        ("{GGGG}W{ww}{e}/{HH}.{ext}", "2020W537/12.mp4", "2021-01-03T12:00:00Z"),
        ("{GGGG}-W{ww}-{e}/{HH}.{ext}", "2026-W54-1/12.mp4", nil), ("{GGGG}-W{ww}-{e}/{HH}.{ext}", "2025-W53-1/12.mp4", nil),
        ("{GGGG}-W{ww}/{yyyy}{MM}{dd}{HH}.{ext}", "2026-W01/2025122912.mp4", "2025-12-29T12:00:00Z"),
        ("{GGGG}-W{ww}/{yyyy}{MM}{dd}{HH}.{ext}", "2025-W52/2025122912.mp4", nil),
    ])
    func datesInWordsAndWeeks(_ text: String, _ path: String, _ expected: String?) throws {
        #expect(try template(text).match(path)?.time?.microseconds == expected.flatMap { ISO8601.parse($0) })
    }

    @Test func streamsWithoutASeparator() throws {
        let behind = try template("{camera}{stream}_{HH}.{ext}").match("gate12main_10.mp4")
        #expect(behind?.camera == "gate12")
        #expect(behind?.stream == "main")
        let before = try template("Rec{stream}{camera}_{HH}.{ext}").match("RecS07_10.mp4")
        #expect(before?.camera == "07")
        #expect(before?.stream == "S")
    }

    @Test func numbersThatTellNothing() throws {
        let fields = try template("{epoch}_{#}-{#}_{camera}_{#}-{#}.{ext}").match("1772730187_6-42_back_yard_2_20-300.mp4")
        #expect(fields?.camera == "back_yard_2")
        #expect(fields?.sequence == nil)
    }

    @Test func namesOfSeveralParts() throws {
        #expect(try template("{camera}/{camera}/{HH}.{ext}").match("lyon/gate/12.mp4")?.camera == "lyon/gate")
        #expect(try template("{camera}/{yyyy}/{camera}/x.{ext}").match("gate/2026/gate/x.mp4")?.camera == "gate")
        #expect(try template("{camera}_{stream}_{HH}.{ext}").match("front_door_main_12.mp4")?.camera == "front_door")
        #expect(try template("{camera}_{stream}_{HH}.{ext}").match("front_door_main_12.mp4")?.stream == "main")
        for (path, camera) in [("gate/12.mp4", "gate"), ("a/gate/12.mp4", "gate"), ("a/b/c/gate/12.mp4", "gate")] {
            #expect(try template("{**}/{camera}/{HH}.{ext}").match(path)?.camera == camera)
        }
        #expect(try template("{camera}/{**}/{yyyy}{MM}{dd}.{ext}").match("gate/x/y/20260305.mp4")?.camera == "gate")
    }

    @Test func counterGluedToAStamp() throws {
        let fields = try template("{sequence}{yyyy}{MM}{dd}{HH}{mm}{ss}.{ext}").match("1720260305170307.mp4")
        #expect(fields?.sequence == 17)
        #expect(fields?.time?.microseconds == ISO8601.parse("2026-03-05T17:03:07Z"))
    }

    @Test func bytesThatAreNoText() throws {
        let matcher = LayoutMatcher(templates: [try template("{camera}/{yyyy}-{MM}-{dd}.{ext}")])
        let found = matcher.match([0x47, 0xE9, 0x25, 0x2F] + Array("2026-03-05.mp4".utf8))
        #expect(found?.fields.camera == "G%E9%25")
        #expect(matcher.match(Array("a\nb/2026-03-05.mp4".utf8))?.fields.camera == "a\nb")
    }

    @Test func firstTemplateWins() throws {
        let matcher = LayoutMatcher(templates: [try template("{camera}/{HH}.{ext}"), try template("{camera}/{*}.{ext}")])
        #expect(matcher.match("a/12.mp4")?.layoutIndex == 0)
        #expect(matcher.match("a/99.mp4")?.layoutIndex == 1)
        #expect(matcher.match("a/b/99.mp4") == nil)
    }

    /// Wildcards that could divide a long path in more ways than there are atoms.
    @Test func hostilePathsEndSoon() throws {
        let wildcards = try template(String(repeating: "{*}a", count: 60) + "{yyyy}.{ext}")
        let depths = try template(String(repeating: "{**}/{*}-", count: 30) + "{camera}.{ext}")
        let path = String(repeating: "a", count: 4096)
        let digits = String(repeating: "1", count: 4096)
        let slashes = String(repeating: "a/", count: 2048)
        let clock = ContinuousClock()
        let time = clock.measure {
            for path in [path, digits, slashes, "", "/", "//", ".", "{", "\u{0}"] {
                #expect(wildcards.match(path) == nil)
                #expect(depths.match(path) == nil)
            }
        }
        #expect(time < .seconds(2))
        for text in ["{sequence}", "{epoch}", "{duration}", "{yyyy}", "{HH}", "{zone}"] { #expect(try template(text).match(digits) == nil) }
    }

    @Test func everyTruncationOfEveryPath() throws {
        for layout in everyTree {
            let matcher = LayoutMatcher(templates: [try template(layout.template)])
            guard let path = tree(layout, TreeOptions(segments: 1)).first?.observation.path else { continue }
            #expect(matcher.match(path) != nil)
            for length in 0..<path.count {
                var cut = Array(path[..<length])
                _ = matcher.match(cut)
                cut.append(0xFF)
                _ = matcher.match(cut + path[(length + 1)...])
            }
        }
    }
}
