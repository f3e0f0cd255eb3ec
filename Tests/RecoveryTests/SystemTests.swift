import BlockDevices
import CamTrace
import Testing

@testable import Recovery

@Suite struct PackageStateTests {
    @Test func everyStateOfDpkg() {
        let states = [
            "install ok installed", "hold ok installed", "deinstall ok config-files", "purge ok not-installed", "install ok unpacked",
            "install ok half-configured", "install reinstreq half-installed", "install ok triggers-pending", "install ok triggers-awaited",
        ]
        let state = PackageState(status: states.enumerated().map { package("p\($0)", "1.\($0)", $1) }.joined())
        #expect(state.installed == 2)
        #expect(state.unfinished.map(\.name) == ["p4", "p5", "p6", "p7", "p8"])
        #expect(state.unfinished.map(\.state) == ["unpacked", "half-configured", "half-installed", "triggers-pending", "triggers-awaited"])
        #expect(!state.isClean)
        #expect(state.versions["p0"] == "1.0" && state.versions["p4"] == "1.4" && state.versions["p2"] == nil)
    }

    @Test func theLastParagraphNeedsNoBlankLine() {
        #expect(PackageState(status: "Package: a\nStatus: install ok installed\nVersion: 1").versions == ["a": "1"])
        #expect(PackageState(status: "Package: a\r\nStatus: install ok installed\r\nVersion: 1\r\n\r\n").versions == ["a": "1"])
    }

    @Test(arguments: [
        "", "\n\n\n", "Status: install ok installed\n\n", "Package: a\n\n", "\u{0}\u{1}garbage", "Package: \nStatus: \nVersion: \n",
    ])
    func garbageIsNoPackage(text: String) {
        let state = PackageState(status: text)
        #expect(state.installed == 0 && state.isClean)
    }

    @Test func theJournal() throws {
        let tree = try Tree(systemFiles())
        try tree.add(["var/lib/dpkg/updates/0000": "x", "var/lib/dpkg/updates/0001": "x", "var/lib/dpkg/updates/tmp.i": "x"])
        #expect(PackageState(try tree.root) { _ in true }?.pendingUpdates == 2)
        #expect(PackageState(try Tree().root) { _ in true } == nil)
    }
}

@Suite struct DistributionTests {
    @Test func bothFiles() throws {
        let found = try #require(Distribution(try Tree(systemFiles()).root))
        #expect(found.id == "ubuntu" && found.version == "14.04" && found.codename == "trusty" && found.name == "Ubuntu 14.04 LTS")
        #expect(found.otherVersion == nil)
    }

    @Test func theyDisagree() throws {
        let tree = try Tree(systemFiles())
        try tree.add(["etc/os-release": "ID=ubuntu\nVERSION_ID=\"16.04\"\n"])
        let found = try #require(Distribution(try tree.root))
        #expect(found.version == "16.04" && found.otherVersion == "14.04")
    }

    @Test func oneOfThem() throws {
        #expect(Distribution(try Tree(["etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n"]).root)?.name == "ubuntu 14.04")
        #expect(
            Distribution(try Tree(["usr/lib/os-release": "ID='debian'\nPRETTY_NAME='Debian GNU/Linux 12'\n"]).root)?.name
                == "Debian GNU/Linux 12")
        #expect(Distribution(try Tree(["etc/os-release": "NAME=x\n"]).root) == nil)
        #expect(Distribution(try Tree().root) == nil)
    }

    @Test func assignments() {
        let text = "A=1\r\nB = \"two words\"  \n#C=3\nD='x\nnonsense\n=empty\nE=\"\"\nF=a=b\n"
        let found = Distribution.assignments(text)
        #expect(found["A"] == "1")
        #expect(found["D"] == "'x")
        #expect(found["E"] == "" && found["F"] == "a=b")
    }

    @Test func linksLeadNowhereElse() throws {
        let tree = try Tree(["etc/x": "", "real/os-release": "ID=inside\n"])
        try tree.link("etc/os-release", to: "/real/os-release")
        #expect(Distribution(try tree.root)?.id == "inside")
        let other = try Tree(["etc/x": ""])
        try other.link("etc/os-release", to: "../../../../../../../../etc/os-release")
        #expect(Distribution(try other.root) == nil)
    }
}

@Suite struct InstalledSystemTests {
    private func system(_ files: [String: String]) throws -> InstalledSystem? {
        InstalledSystem(try Tree(files).root, profiles: [try CamTrace.profile()])
    }

    private func merged(_ files: [String: String], _ more: [String: String]) -> [String: String] { files.merging(more) { $1 } }
    private let xenial = systemFiles(release: "16.04", codename: "xenial", library: "2.23-0ubuntu11", camtrace: "8.14.1.0")

    @Test func intact() throws {
        let found = try #require(try system(systemFiles()))
        #expect(found.state == .intact)
        #expect(found.product?.version == "7.14.0.3")
        #expect(!found.isForeign)
    }

    @Test func migrated() throws {
        let found = try #require(try system(xenial))
        #expect(found.state == .migrated)
        #expect(found.product?.version == "8.14.1.0")
        // The upgrade leaves its log, and that is all.
        #expect(try system(merged(xenial, ["var/log/dist-upgrade/main.log": "x"]))?.state == .migrated)
    }

    @Test func packagesHalfWayAndSourcesOfBoth() throws {
        let files = systemFiles(
            packages: package("udev", "204", "install ok half-configured"),
            sources: "deb http://a/ubuntu trusty main\ndeb http://a/ubuntu xenial main\n")
        let found = try #require(try system(files))
        #expect(found.state == .migrationInterrupted)
        #expect(found.evidence.contains(.mixedSources(["trusty", "xenial"])))
        #expect(found.evidence.contains(.unfinishedPackages(1, example: "udev", state: "half-configured")))
    }

    @Test func theLibraryIsThatOfTheNext() throws {
        let found = try system(
            systemFiles(library: "2.23-0ubuntu11", packages: package("udev", "204", "install ok unpacked")))
        #expect(found?.state == .migrationInterrupted)
    }

    /// The system was upgraded and the power went before the product was: clean packages, and no recorder.
    @Test func theProductWasNotUpgraded() throws {
        let found = try #require(
            try system(systemFiles(release: "16.04", codename: "xenial", library: "2.23-0ubuntu11", camtrace: "7.14.0.3")))
        #expect(found.state == .migrationInterrupted)
        #expect(found.product?.version == "7.14.0.3")
        #expect(found.evidence.contains(.productOfAnother("7.14.0.3", "Ubuntu 16.04 LTS")))
    }

    @Test func oneSignAloneIsNoMigration() throws {
        #expect(try system(systemFiles(packages: package("vim", "7", "install ok half-configured")))?.state == .unknown)
        #expect(try system(merged(systemFiles(), ["var/log/dist-upgrade/main.log": "x"]))?.state == .unknown)
    }

    @Test func halfConfiguredAndTheLogOfAnUpgrade() throws {
        let files = systemFiles(packages: package("vim", "7", "install ok half-configured"))
        #expect(try system(merged(files, ["var/log/dist-upgrade/main.log": "x"]))?.state == .migrationInterrupted)
    }

    @Test func kernelsThatLostTheirModules() throws {
        let files = merged(
            systemFiles(packages: package("x", "1", "install ok unpacked")), ["boot/vmlinuz-4.4.0-31": "", "boot/other": ""])
        let found = try #require(try system(files))
        #expect(found.kernels == ["4.4.0-31"] && found.kernelsWithoutModules == ["4.4.0-31"])
        #expect(found.state == .migrationInterrupted)
        let whole = try system(merged(systemFiles(), ["boot/vmlinuz-3.13.0-24": "", "lib/modules/3.13.0-24/modules.dep": ""]))
        #expect(whole?.state == .intact)
    }

    @Test func anArchiveThatWasOnlyUploaded() throws {
        let found = try system(merged(systemFiles(), ["var/tmp/camtrace-14.1.0-migration-20181112.tgz": "x"]))
        #expect(found?.state == .intact)
        #expect(found?.product?.leftovers == ["var/tmp/camtrace-14.1.0-migration-20181112.tgz"])
    }

    @Test func someoneElsesSystem() throws {
        let found = try #require(
            try system([
                "etc/passwd": "", "etc/os-release": "ID=debian\nVERSION_ID=12\nPRETTY_NAME=\"Debian 12\"\n", "sbin/init": "",
                "var/lib/dpkg/status": "",
            ]))
        #expect(found.isForeign)
        #expect(found.state == .unknown)
        #expect(try system(["etc/hostname": "x"]) == nil)
        #expect(try system(["etc/passwd": "x"]) == nil)
        // Without a name it may be anything, a recorder too.
        #expect(try system(["etc/passwd": "", "sbin/init": ""])?.isForeign == false)
    }

    @Test func releasesOfSources() throws {
        let tree = try Tree([
            "etc/apt/sources.list": """
            # deb http://a/ubuntu vivid main
            deb cdrom:[Ubuntu 14.04 LTS _Trusty Tahr_ - Release amd64 (20140416.2)]/ trusty main restricted
            deb [arch=amd64 trusted=yes] http://a/ubuntu trusty-updates main\r
            deb-src\thttp://a/ubuntu   trusty-security   main
            deb file:/srv/repo ./
            deb http://a/ubuntu
            deb
            nonsense
            """,
            "etc/apt/sources.list.d/b.list": "deb http://b/ xenial main\n",
            "etc/apt/sources.list.d/c.list.save": "deb http://c/ zesty main\n",
        ])
        #expect(InstalledSystem.releases(try tree.root) == ["trusty", "xenial"])
    }
}

@Suite struct ProductProfileTests {
    private let profile: ProductProfile

    init() throws { profile = try CamTrace.profile() }

    @Test func dottedNumbers() {
        #expect(ProductProfile.dottedNumbers("CamTrace V7.14.0.2, of 2018.") == ["7.14.0.2"])
        #expect(ProductProfile.dottedNumbers("1..2 .3. 4.5 v6 ٧.١٤") == ["4.5"])
        #expect(ProductProfile.dottedNumbers(String(repeating: "1.", count: 40)) == [])
    }

    @Test(arguments: [
        ("7.14.0.2", "7.14.0.2"), ("1:7.14.0.3-1ubuntu1", "7.14.0.3"), ("14.0.3", "7.14.0.3"), ("VERSION=8.14.1.0\n", "8.14.1.0"),
        ("9.14.0.2", nil), ("7.14", nil), ("", nil), ("7.14.0.2.1", nil), ("192.168.1.10", nil),
        ("dns=8.8.8.8\nversion=7.14.0.2\n", "7.14.0.2"), ("dns=8.8.8.8\nport=80\n", nil), ("lib 1.2.3\nother 4.5.6\n", nil),
        ("# CamTrace 7.14.0.3\nx=1\n", "7.14.0.3"),
    ])
    func versionsInTexts(text: String, expected: String?) {
        #expect(profile.full(text, "7") == expected, "\(text)")
    }

    private func finding(_ files: [String: String]) throws -> ProductFinding? {
        let root = try Tree(files).root
        return profile.find(in: root, distribution: Distribution(root), packages: PackageState(root) { profile.watches(package: $0) })
    }

    @Test func sourcesThatAgree() throws {
        var files = systemFiles()
        files["etc/camtrace-version"] = "14.0.3\n"
        let found = try #require(try finding(files))
        #expect(found.version == "7.14.0.3")
        #expect(found.sources.count == 2)
    }

    @Test func sourcesThatContradictEachOtherGiveNone() throws {
        var files = systemFiles()
        files["opt/camtrace/VERSION"] = "7.14.0.2\n"
        let found = try #require(try finding(files))
        #expect(found.version == nil)
        #expect(Set(found.sources.map(\.version)) == ["7.14.0.2", "7.14.0.3"])
        // A third that sides with one of them settles nothing.
        files["etc/camtrace-version"] = "7.14.0.2\n"
        #expect(try finding(files)?.version == nil)
    }

    @Test func noTrace() throws {
        #expect(try finding(systemFiles(camtrace: nil)) == nil)
    }
}

@Suite struct PathGlobTests {
    @Test(arguments: [
        ("camtrace.conf", "camtrace*", true), ("camtrace", "camtrace*", true), ("xcamtrace", "camtrace*", false), ("", "*", true),
        ("", "", true), ("a", "", false), ("version.txt", "*version*", true), ("VERSION", "*version*", false), ("a*b", "a*b", true),
        ("aab", "*ab", true), ("abab", "*ab", true), ("aba", "*ab", false), ("é.conf", "*.conf", true), ("[x]", "[x]", true),
        ("x", "[x]", false),
        ("ab", "a**b", true), ("ab", "a?", false),
    ])
    func patterns(name: String, pattern: String, expected: Bool) {
        #expect(PathGlob.matches(name, pattern) == expected, "\(name) \(pattern)")
    }

    @Test func manyStarsCostNoEternity() {
        let pattern = String(repeating: "*a", count: 100) + "b"
        #expect(!PathGlob.matches(String(repeating: "a", count: 255), pattern))
    }

    @Test func filesOfATree() throws {
        let tree = try Tree([
            "etc/camtrace/a.conf": "", "etc/camtrace/deep/er/b.conf": "", "etc/camtrace2/c.conf": "", "home/x/d.conf": "", "top.conf": "",
        ])
        try tree.link("etc/camtrace/self", to: "..")
        try tree.link("etc/camtrace/out", to: "/etc")
        let root = try tree.root
        #expect(PathGlob.files(["etc/camtrace*/*.conf"], in: root, limit: 9) == ["etc/camtrace/a.conf", "etc/camtrace2/c.conf"])
        #expect(PathGlob.files(["etc/camtrace/**"], in: root, limit: 9) == ["etc/camtrace/a.conf", "etc/camtrace/deep/er/b.conf"])
        #expect(PathGlob.files(["*.conf", "./*.conf"], in: root, limit: 9).first == "top.conf")
        #expect(PathGlob.files(["home/*/*.conf", "home/x/*"], in: root, limit: 9) == ["home/x/d.conf"])
        #expect(PathGlob.files(["etc/camtrace*/**", "home/*/*"], in: root, limit: 2).count == 2)
        #expect(PathGlob.files(["", "/", "nothing/*", "*/*/*/*/*/*/*/*"], in: root, limit: 9) == [])
        #expect(PathGlob.files(["../*", "etc/../../*"], in: root, limit: 99).allSatisfy { !$0.contains("passwd") })
    }
}
