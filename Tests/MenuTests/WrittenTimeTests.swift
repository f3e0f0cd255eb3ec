import Layouts
import Testing
import Wording

@testable import Menu

@Suite struct WrittenTimeTests {
    @Test(arguments: [
        ("20/11/2026 08:59", "2026-11-20 08:59"), ("1.2.2026", "2026-02-01"), (" 2026-11-20T08:59:00+01:00 ", "2026-11-20T08:59:00+01:00"),
        ("20/11/2026  08:59:30 ", "2026-11-20 08:59:30"), ("2026/11/20", "2026/11/20"), ("20/11/26", "20/11/26"), ("", ""),
        ("a/b/cccc", "a/b/cccc"),
    ])
    func daysBeforeMonthsAreUnderstood(written: String, standard: String) {
        #expect(WrittenTime.standard(written) == standard)
    }

    @Test func whatIsShownIsUnderstood() throws {
        let paris = try #require(ZoneRules(identifier: "Europe/Paris"))
        let instant = try #require(ISO8601.parse("2026-03-29T01:59:30+01:00"))
        #expect(WrittenTime.text(instant, paris, .fr) == "29/03/2026 01:59:30")
        for language in [Language.fr, .en] {
            #expect(ISO8601.parse(WrittenTime.standard(WrittenTime.text(instant, paris, language)), defaultZone: paris) == instant)
        }
    }

    @Test func wordsForScriptsAreLeftOut() {
        #expect(
            Menu.readable("error: The disk\n       is full.\nhint: Take\n      another.\n") == "The disk\nis full.\n-> Take\nanother.\n")
        #expect(Menu.readable("  a plan\n    of steps") == "  a plan\n    of steps")
    }
}
