import Extraction
import MediaContainers
import Recordings
import Testing

@testable import Reporting
@testable import Wording

@Suite struct WordingTests {
    @Test func everyFindingHasASentenceInBothLanguages() {
        let codes = MediaFinding.Code.allCases.map(\.rawValue) + IndexFinding.allCases.map(\.rawValue)
        #expect(Set(codes) == Set(FindingSentence.allCases.map(\.rawValue)))
        for sentence in FindingSentence.allCases {
            #expect(sentence.text(in: .en, detail: "") != sentence.text(in: .fr, detail: ""))
            #expect(sentence.text(in: .fr, detail: "x").hasSuffix("(x)"))
        }
    }

    @Test func everyLossHasASentenceInBothLanguages() {
        #expect(Set(Clip.Loss.Code.allCases.map(\.rawValue)) == Set(LossSentence.allCases.map(\.rawValue)))
        for sentence in LossSentence.allCases { #expect(sentence.text(in: .en) != sentence.text(in: .fr)) }
    }

    @Test func everyHelpTextIsTranslated() {
        for topic in HelpTopic.allCases { #expect(topic.text(in: .en) != topic.text(in: .fr)) }
        for topic in ConfigHelp.allCases { #expect(topic.text(in: .en) != topic.text(in: .fr)) }
    }

    @Test func theEnvironmentChoosesTheLanguage() {
        #expect(Language(environment: ["LANG": "fr_FR.UTF-8"]) == .fr)
        #expect(Language(environment: ["LANG": "fr_FR.UTF-8", "LC_ALL": "C"]) == .en)
        #expect(Language(environment: ["LC_ALL": "", "LANG": "fr"]) == .fr)
        #expect(Language(environment: [:]) == .en)
    }

    @Test func numbersReadAsInTheLanguage() {
        #expect(Language.en.count(1_234_567) == "1,234,567")
        #expect(Language.fr.count(-1_234) == "-1\u{A0}234")
        #expect(Language.en.size(1_610_612_736) == "1.5 GiB")
        #expect(Language.fr.size(1_610_612_736) == "1,5\u{A0}Gio")
        #expect(Language.en.size(0) == "0 B")
        #expect(Language.en.size(.max) == "16384 PiB")
        #expect(Language.en.duration(7_500_000) == "7.5 s")
        #expect(Language.en.duration(3_720_000_000) == "1 h 02 min")
        #expect(Language.en.duration(0) == "0.0 s")
        #expect(Language.fr.plural(0, "clip", "clips") == "0 clip")
        #expect(Language.en.plural(0, "clip", "clips") == "0 clips")
        #expect(Language.en.decimal(-0.5, places: 1) == "-0.5")
        #expect(Language.en.decimal(.infinity, places: 0) == "900000000000000000")
    }
}

@Suite struct TableTests {
    @Test func fitsItsWidth() {
        var table = Table([("CAMERA", .left), ("LENGTH", .right), ("FILE", .left)])
        table.add(["quai", "60.0 s", "quai/2026-03-28/10/00.00.mp4 and a long tail that does not fit"])
        table.add(["日本語", "1.0 s", "x"])
        let lines = table.text(width: 40).split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        for line in lines { #expect(Table.columns(line) <= 40) }
        #expect(lines[1].contains("…"))
        #expect(lines[1].hasSuffix("does not fit"))
    }

    @Test func namesCannotDriveTheTerminal() {
        let shown = Table.printable("a\u{1B}[2Jb\nc\u{202E}d\u{9B}e")
        #expect(shown == "a\\u{1b}[2Jb\\nc\\u{202e}d\\u{9b}e")
        #expect(Table.printable("été") == "été")
    }

    @Test func anEmptyTableSaysNothing() {
        #expect(Table([("A", .left)]).text(width: 80).isEmpty)
    }
}
