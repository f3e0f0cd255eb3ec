import Layouts
import Testing

@testable import Learning

@Suite struct TemplateTests {
    private var fact: Fact {
        var fact = Fact()
        fact.path = "rec/cam 1/2026-03-28/ev00042.mp4"
        fact.camera = "cam 1"
        fact.size = 2_621_440
        // 2026-03-28 20:00:00.25 UTC
        fact.start = 1_774_728_000_250_000
        fact.duration = 59_960_000
        fact.frames = 1499
        return fact
    }

    @Test(arguments: [
        "/srv/{path}", "{name}", "{pathstem-2}", "{path|\\}", "{part|3}", "{digits|1}", "{start|s}", "{start|s.3|nearest}",
        "{end|yyyy-MM-dd HH:mm:ss|up|Europe/Paris}", "{start+3600|ms}", "{start-37|us}", "{duration|HH:mm:ss}", "{size|KiB|up}",
        "{made|hex|8}", "{start|secondofday|nearest|Europe/Paris}", "{end|dd}",
        "{made|uuid}", "{null}", "{number}", "{row|events|id}", "a{{b", "{camera}/{stream}", "",
        "{start|ticks}", "{start|oledays.*}", "{end-1|s}", "{start|M/d/yyyy h:mm:ss a}", "{start|EEE MMM dd HH:mm:ss yyyy}",
        "{number|cam|day}",
        "{start|isoweek|Europe/Paris}", "{start|yyyy-MM-dd HH:mm:ss xx|+02:00}",
    ])
    func roundTrip(_ text: String) throws {
        let template = try ValueTemplate(parsing: text)
        #expect(try ValueTemplate(parsing: template.text) == template)
    }

    @Test(arguments: [
        ("/srv/{path}", "/srv/rec/cam 1/2026-03-28/ev00042.mp4"), ("{path-1}", "cam 1/2026-03-28/ev00042.mp4"),
        ("{path|\\}", "rec\\cam 1\\2026-03-28\\ev00042.mp4"), ("{folder}", "rec/cam 1/2026-03-28"), ("{pathstem-2}", "2026-03-28/ev00042"),
        ("{stem}.{ext}", "ev00042.mp4"), ("{part|2}", "cam 1"), ("{digits|1}", "00042"), ("{digits|2}", "28"),
        ("{start|s}", "1774728000"), ("{start|s.2}", "1774728000.25"), ("{start|s.*}", "1774728000.25"), ("{start|ms}", "1774728000250"),
        ("{end|s}", "1774728060"), ("{end|s|up}", "1774728061"), ("{start+3600|s}", "1774731600"),
        ("{start|yyyy-MM-dd HH:mm:ss|Europe/Paris}", "2026-03-28 21:00:00"), ("{start|dd.MM.yyyy HH:mm:ss.fff}", "28.03.2026 20:00:00.250"),
        ("{start|yyyy-MM-ddTHH:mm:ssf*xxx|+05:30}", "2026-03-29T01:30:00.25+05:30"),
        ("{start|yyyy-MM-dd HH:mm:ssx|Europe/Paris}", "2026-03-28 21:00:00+01"),
        ("{duration|s.2}", "59.96"), ("{duration|s}", "59"), ("{duration|s|nearest}", "60"), ("{duration|HH:mm:ss}", "00:00:59"),
        ("{size|MiB.1}", "2.5"), ("{size|kB|up}", "2622"), ("{frames}", "1499"), ("{camera}: {frames}", "cam 1: 1499"),
        ("{{{camera}}", "{cam 1}"),
        ("{start|year}-{start|month}-{start|day}", "2026-3-28"), ("{start|MM}.{start|yy}", "03.26"), ("{start|yearday}", "87"),
        ("{start|weekday} {start|isoweekday}", "6 6"), ("{start|secondofday|Europe/Paris}", "75600"),
        ("{start|millisecondofday}", "72000250"), ("{start|hour}:{start|minute}:{start|second}", "20:0:0"),
        ("{end|second} {end|second|nearest} {end|millisecond}", "0 0 210"), ("{start|microsecond}", "250000"),
        ("{start|epochday} {start|epochday|Pacific/Auckland}", "20540 20541"), ("{start|hour|America/New_York}", "16"),
        ("{start|ticks}", "639103248002500000"),
        ("{start|filetime}", "134192016002500000"),
        ("{start|us1601}", "13419201600250000"),
        ("{start|s2001.2}", "796420800.25"),
        ("{start|oledays.*}", "46109.83333622685"),
        ("{start|julian.5}", "2461128.33333"),
        ("{start|isoyear}-{start|isoweek}", "2026-13"),
        ("{start|M/d/yyyy h:mm:ss a}", "3/28/2026 8:00:00 PM"),
        ("{start|EEE, dd MMM yyyy HH:mm:ss zzz}", "Sat, 28 Mar 2026 20:00:00 GMT"),
        ("{start|hh a|America/New_York}", "04 PM"),
        ("{duration|100ns}", "599600000"),
    ])
    func rendering(_ text: String, _ expected: String) throws {
        #expect(try ValueTemplate(parsing: text).render(fact) == expected)
    }

    @Test func whatIsNotKnownIsNotMade() throws {
        var fact = fact
        fact.duration = nil
        fact.camera = ""
        for text in ["{end|s}", "{duration|ms}", "x{camera}", "{width}", "{part|9}"] {
            #expect(try ValueTemplate(parsing: text).render(fact) == nil)
        }
    }

    @Test(arguments: [
        ("{camera", TemplateProblem.Reason.unclosedBrace), ("{kamera}", .unknownField("kamera")),
        ("{start|parsec}", .badForm(field: "start", form: "parsec")),
        ("{part|0}", .badForm(field: "part", form: "0")), ("{start+99999999999999999999|s}", .unknownField("start+99999999999999999999")),
        ("a{number}", .mustStandAlone("number")), ("{start|s|Mars/Olympus}", .badForm(field: "start", form: "Mars/Olympus")),
    ])
    func mistakes(_ text: String, _ reason: TemplateProblem.Reason) {
        #expect(throws: TemplateProblem(reason: reason)) { try ValueTemplate(parsing: text) }
    }

    @Test func numbersThatAreEqual() {
        #expect(ValueTemplate.areEqualNumbers("1741597200.0", "1741597200"))
        #expect(ValueTemplate.areEqualNumbers("2.50", "2.5"))
        #expect(!ValueTemplate.areEqualNumbers("2.51", "2.5"))
        #expect(!ValueTemplate.areEqualNumbers("a", "a"))
        #expect(Canonical.text("1774728000.0", isNumeric: true) == "1774728000")
        #expect(Canonical.text("9e300", isNumeric: true) == "9e300")
        #expect(Canonical.text("007", isNumeric: false) == "007")
    }

    @Test func madeTextIsTheSameForTheSameSegment() throws {
        let template = try ValueTemplate(parsing: "{start|s.1}-{made|alnum|6}")
        let made = try #require(template.render(fact))
        #expect(template.render(fact) == made)
        #expect(template.explains("1774728000.2-x7k2p9", fact, isNumeric: false))
        #expect(!template.explains("1774728000.2-x7k2p9q", fact, isNumeric: false))
        #expect(!template.explains("1774728001.2-x7k2p9", fact, isNumeric: false))
    }

    @Test func timesOfAllForms() {
        for (text, pattern) in [
            ("2026-03-28 21:00:00", "yyyy-MM-dd HH:mm:ss"), ("28.03.2026 21:00:00", "dd.MM.yyyy HH:mm:ss"),
            ("20260328210000", "yyyyMMddHHmmss"),
            ("2026-03-28T21:00:00.125Z", "yyyy-MM-ddTHH:mm:ss.fffZ"), ("2026-03-28 21:00:00+01", "yyyy-MM-dd HH:mm:ssx"),
            ("21:00:00", "HH:mm:ss"), ("3/28/2026 9:00:00 PM", "M/d/yyyy h:mm:ss a"), ("28-Mar-2026 21:00:00", "dd-MMM-yyyy HH:mm:ss"),
            ("Sat Mar 28 21:00:00 2026", "EEE MMM dd HH:mm:ss yyyy"), ("Sat, 28 Mar 2026 21:00:00 GMT", "EEE, dd MMM yyyy HH:mm:ss zzz"),
            ("2026-03-28 21:00:00 +0100", "yyyy-MM-dd HH:mm:ss xx"), ("260328210000", "yyMMddHHmmss"),
        ] {
            #expect(TimePattern.candidates(for: text).contains { $0.text == pattern }, "\(text)")
        }
    }
}

@Suite struct LinedJSONTests {
    @Test func linesAreTold() throws {
        let value = try LinedJSON.parse(Array("{\n \"a\": [1,\n 2],\n \"b\": \"x\\u00e9\\ud83d\\ude00\"\n}".utf8))
        #expect(try value.required("b").line == 4)
        #expect(try value.required("b").string("b") == "xé😀")
        #expect(try value.required("a").items("a").map(\.line) == [2, 3])
    }

    @Test(arguments: [
        "", "{", "[1,", "{\"a\"}", "\"\\x\"", "nul", "[1] 2", String(repeating: "[", count: 100_000), "\"\\ud800\"x", "{\"a\":1,}",
    ])
    func brokenTextIsAnError(_ text: String) {
        #expect(throws: LinedJSON.Problem.self) { try LinedJSON.parse(Array(text.utf8)) }
    }
}
