import Testing

@testable import Recovery

@Suite struct ConfigurationArchiveTests {
    private func number(_ field: [UInt8]) -> Int64? { TarHeader.number(field[...], 0, field.count) }

    @Test func readsNumbersOfHeaders() {
        #expect(number(Array("0000644\0".utf8)) == 0o644)
        #expect(number(Array("   644 \0".utf8)) == 0o644)
        #expect(number([UInt8](repeating: 0, count: 8)) == 0)
        #expect(number(Array("0000648\0".utf8)) == nil)
        #expect(number([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]) == 256)
        #expect(number([0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7)) == Int64.max)
        // One more than fits, and a negative one.
        #expect(number([0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(number([UInt8](repeating: 0xFF, count: 12)) == nil)
        #expect(number([UInt8](repeating: 0x37, count: 30)) == nil)
    }

    @Test func paxRecordsCountTheirOwnDigits() {
        for length in [1, 60, 88, 89, 90, 91, 120, 960, 985, 986, 987, 988, 990, 1000, 3000] {
            var member = TarMember(
                path: String(repeating: "é", count: length), kind: .file, mode: 0, owner: 0, group: 0, modified: 0, byteCount: 0)
            member.path = "é" + String(repeating: "a", count: length)
            let record = TarHeader.paxRecords(member)
            let digits = record.prefix { $0 != 0x20 }
            #expect(Int(String(decoding: digits, as: UTF8.self)) == record.count)
            #expect(record.last == 0x0A)
        }
    }

    @Test func timesBeforeTheEpochAreDecimalFractions() {
        #expect(TarHeader.paxTime(5, 0) == "5")
        #expect(TarHeader.paxTime(5, 250_000_000) == "5.250000000")
        #expect(TarHeader.paxTime(-2, 750_000_000) == "-1.250000000")
        #expect(TarHeader.paxTime(-1, 500_000_000) == "-0.500000000")
    }

    @Test func plainPathsHaveNoDotsInFront() {
        func plain(_ path: String) -> String {
            TarMember(path: path, kind: .file, mode: 0, owner: 0, group: 0, modified: 0, byteCount: 0).plainPath
        }
        #expect(plain("./etc/fstab") == "etc/fstab")
        #expect(plain(".//etc/") == "etc")
        #expect(plain("./") == ".")
        #expect(plain("") == ".")
        #expect(plain("/") == "/")
    }

    @Test func patternsCoverWhatLiesBelowAnyFolder() {
        #expect(PathGlob.covers("backup/1/etc/fstab", "etc/fstab"))
        #expect(PathGlob.covers("etc/camtrace/a/b", "etc/camtrace*/**"))
        #expect(!PathGlob.covers("etc/camtrace", "etc/camtrace*/**"))
        #expect(!PathGlob.covers("etc/fstab/x", "etc/fstab"))
    }

    @Test func aRelativeLinkMayNotClimbOutOfTheArchive() {
        func dangers(_ path: String, _ target: String, isCapture: Bool = false) -> [ArchiveDanger] {
            let member = TarMember(
                path: path, kind: .link, mode: 0o777, owner: 0, group: 0, modified: 0, byteCount: 0, target: target)
            return ArchiveDanger.of(member, path: path, isCapture: isCapture)
        }
        #expect(dangers("a/b/c", "../../x").isEmpty)
        #expect(dangers("a/b/c", "../../../x") == [.linkLeadsOut("a/b/c", target: "../../../x")])
        #expect(dangers("a/b/c", "x/../../../../y") == [.linkLeadsOut("a/b/c", target: "x/../../../../y")])
        #expect(dangers("etc/resolv.conf", "/run/x") == [.linkLeadsOut("etc/resolv.conf", target: "/run/x")])
        #expect(dangers("etc/resolv.conf", "/run/x", isCapture: true).isEmpty)
    }
}
