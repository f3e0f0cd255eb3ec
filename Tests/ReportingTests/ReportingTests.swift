import Extraction
import Foundation
import MediaContainers
import Recordings
import Recovery
import Testing

@testable import Reporting
@testable import Wording

@Suite struct WordingTests {
    @Test func everyFindingHasASentenceInBothLanguages() {
        let codes = MediaFinding.Code.allCases.map(\.rawValue) + IndexFinding.allCases.map(\.rawValue)
        #expect(Set(codes) == Set(FindingSentence.allCases.map(\.rawValue)))
        for sentence in FindingSentence.allCases {
            #expect(sentence.text(in: .en, detail: "") != sentence.text(in: .fr, detail: ""))
            #expect(sentence.text(in: .fr, detail: "1266 bytes").hasSuffix("(1\u{A0}266 octets)"))
            #expect(sentence.text(in: .en, detail: "1266 bytes").hasSuffix("(1266 bytes)"))
        }
    }

    @Test func detailsSpeakTheUsersLanguage() {
        #expect(Language.fr.detail("1266 of 4000 samples were overwritten") == "1\u{A0}266 échantillons sur 4\u{A0}000 ont été écrasés")
        #expect(
            Language.fr.detail("RFC 9559 §5.1: the file ends 12 bytes into an element")
                == "RFC 9559 §5.1 : le fichier finit 12 octets après le début d'un élément")
        #expect(Language.fr.detail("table cut short, ISO/IEC 14496-12 §8.7.3") == "table tronquée, ISO/IEC 14496-12 §8.7.3")
        #expect(Language.fr.detail("ISO/IEC 14496-12 §8.2.1") == "ISO/IEC 14496-12 §8.2.1")
        #expect(Language.fr.detail("path - mtime = -3600.5 s") == "chemin - date de modification = -3600,5 s")
        #expect(Language.fr.detail("quai/2026-03-28/10.00.mp4") == "quai/2026-03-28/10.00.mp4")
        #expect(Language.en.detail("12 bytes") == "12 bytes")
        let unread = StoredFinding(code: "file-unreadable", detail: "Input/output error")
        #expect(Language.fr.message(of: unread) == "Le fichier n'a pas pu être lu. (le disque répond par une erreur)")
        let torn = StoredFinding(code: "bytes-skipped", detail: "12 bytes")
        #expect(Language.fr.messages(of: [torn, torn]) == ["Des octets sans appartenance ont été sautés. (12 octets ; et 1 autre)"])
    }

    /// Whoever notes a new detail translates it: the details are taken from the sources themselves.
    @Test func everyDetailHasItsFrench() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardizedFileURL
        var seen = 0
        for target in ["MediaContainers", "Recordings", "Extraction", "Carving"] {
            let files = FileManager.default.enumerator(at: sources.appending(path: target), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                    for detail in Self.details(in: line) {
                        seen += 1
                        let phrase = Language.withoutReference(detail).phrase
                        #expect(phrase.isEmpty || Language.details.french(phrase) != nil, "\(file.lastPathComponent): \(detail)")
                    }
                }
            }
        }
        #expect(seen > 100)
    }

    /// The details that a line of source notes, each value in them being 7.
    private static func details(in line: Substring) -> [String] {
        let marks = [
            "Finding(.", ".add(.", "note(.", "broken(", "(.tailForeign,", "(.tailZeroed,", "(.cutShort,", "detail: \"", "? \"\\(audit",
            "static let rule",
        ]
        guard marks.contains(where: line.contains), !line.contains("Error") else { return [] }
        var result: [String] = []
        var rest = line
        while let open = rest.firstIndex(of: "\"") {
            var text = ""
            rest = rest[rest.index(after: open)...]
            while let sign = rest.popFirst(), sign != "\"" {
                guard sign == "\\", rest.first == "(" else {
                    text.append(sign)
                    continue
                }
                var depth = 0
                let value = rest.prefix { character in
                    depth += character == "(" ? 1 : character == ")" ? -1 : 0
                    return depth > 0
                }
                rest = rest.dropFirst(value.count + 1)
                text += value.contains("decision") ? "mtime" : value.contains("ground") ? "siblings" : "7"
                // An interpolated plural.
                if value.contains("?") { text.removeLast() }
            }
            if text.contains(where: \.isLetter) { result.append(text) }
        }
        return result
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

    /// Words of options and of other programs do not stand in a French sentence as if they were French.
    @Test func foreignWordsAreTranslatedOrQuoted() {
        #expect(Language.fr.wouldMount("a", "b", "read-only") == "a serait monté sur b, en lecture seule.")
        #expect(Language.fr.indexDamaged("x", detail: "malformed").message == "L'index x est endommagé : SQLite dit « malformed ».")
        #expect(Language.en.indexDamaged("x", detail: "malformed").message == "The index x is damaged: malformed.")
    }

    /// What is seen is said, and not that somebody installed the wrong version.
    @Test func aHalfUpgradedSystemIsCalledSo() {
        let evidence = SystemEvidence.productOfAnother("8.1.0", "Ubuntu 14.04")
        #expect(Language.en.sentence(evidence).hasPrefix("half upgraded: version 8.1.0 stands on Ubuntu 14.04"))
        #expect(Language.fr.sentence(evidence).hasPrefix("mis à niveau à moitié : la version 8.1.0 se trouve sur Ubuntu 14.04"))
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

@Suite struct ProseTests {
    @Test func sentencesGoOnBelow() {
        let text = "  la table manque : l'enregistreur n'a pas fermé le fichier du tout\nNAME  COLUMN  a row of a table that is wide\n"
        #expect(
            text.fitted(to: 30)
                == "  la table manque :\n    l'enregistreur n'a pas\n    fermé le fichier du tout\nNAME  COLUMN  a row of a table that is wide\n"
        )
        #expect("short".fitted(to: 30) == "short")
    }

    @Test func commandsStayWhole() {
        let command = "camtrace-rescue index list --index /media/usb/recordings.ctrx"
        #expect("What was lost: \(command)".fitted(to: 40) == "What was lost:\n  \(command)")
        #expect("Les pertes : \(command)".fitted(to: 40) == "Les pertes :\n  \(command)")
        #expect("      \(command)".fitted(to: 40) == "      \(command)")
        #expect("Build one: \(command)".told(as: "hint: ", width: 40) == "hint: Build one:\n      \(command)")
        #expect("Build one: \(command)".told(as: "hint: ", width: nil) == "hint: Build one: \(command)")
        #expect("{camera}/{yyyy} {MM} {dd}/{HH}.{mm}.{ss}.{ext}".fitted(to: 20) == "{camera}/{yyyy} {MM} {dd}/{HH}.{mm}.{ss}.{ext}")
    }
}

@Suite struct NextCommandTests {
    @Test func commandsGoOnInTheSession() {
        func complete(_ text: String) -> String { NextCommand.complete(text, session: "/media/usb/my session") }
        let option = " --session '/media/usb/my session'"
        #expect(complete("camtrace-rescue mount --all") == "camtrace-rescue mount --all\(option)")
        #expect(complete("camtrace-rescue index build /a --index i") == "camtrace-rescue index build\(option) /a --index i")
        #expect(
            complete("camtrace-rescue unmount /a && camtrace-rescue mount /dev/b --mode overlay")
                == "camtrace-rescue unmount\(option) /a && camtrace-rescue mount\(option) /dev/b --mode overlay")
        #expect(complete("First: camtrace-rescue config capture /a.") == "First: camtrace-rescue config capture\(option) /a.")
        // Not twice, and nothing that is no command.
        for text in [complete("camtrace-rescue detect"), "camtrace-rescue/triage/1", "the camtrace-rescue folder", "camtrace-rescue index"]
        {
            #expect(complete(text) == text)
        }
        for sentence in [Language.en, .fr].map({ $0.buildIndexNext("/a") }) { #expect(complete(sentence).contains(option)) }
    }

    @Test func theSessionIsWhatWasGiven() {
        #expect(NextCommand.given(in: ["triage", "--session", "a b", "--json"]) == "a b")
        #expect(NextCommand.given(in: ["triage", "--session=a", "--session=b"]) == "b")
        #expect(NextCommand.given(in: ["repair", "--", "--session", "a"]) == nil)
        #expect(NextCommand.given(in: ["triage", "--session"]) == nil)
    }
}
