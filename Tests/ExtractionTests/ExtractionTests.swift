import Foundation
import Layouts
import MediaContainers
import Recordings
import Testing

@testable import Extraction

@Suite struct ClipNameTests {
    @Test(arguments: [
        ("Entrée Nord", "Entrée Nord"), ("a/b:c*?", "a_b_c__"), ("CON", "_CON"), ("con.txt", "_con.txt"), ("", "_"), ("...", "_"),
        (" x. ", "x"),
        ("a\nb\u{7F}", "a_b_"), ("lpt9", "_lpt9"), ("COM10", "COM10"),
    ])
    func legal(text: String, expected: String) {
        #expect(ClipNames.legal(text) == expected)
    }

    @Test func longNamesAreCut() {
        #expect(ClipNames.legal(String(repeating: "é", count: 300)).unicodeScalars.count == 80)
    }

    @Test func differentCamerasGetDifferentFolders() {
        let names = ClipNames.distinct(["a:b", "a/b", "A_B", "a_b"])
        #expect(Set(names.values.map { $0.lowercased() }).count == 4)
    }

    @Test func durations() {
        #expect(ClipNames.duration(60_000_000) == "60s")
        #expect(ClipNames.duration(12_480_000) == "12.480s")
        #expect(ClipNames.duration(5_000) == "0.005s")
        #expect(ClipNames.duration(-1) == "0s")
    }
}

@Suite struct TickTests {
    @Test func roundsToTheNearest() {
        #expect(Ticks.rescale(1, from: 3, to: 90_000) == 30_000)
        #expect(Ticks.rescale(-1, from: 3, to: 90_000) == -30_000)
        #expect(Ticks.rescale(1, from: 90_000, to: 1_000_000) == 11)
        #expect(Ticks.rescale(-1, from: 90_000, to: 1_000_000) == -11)
        #expect(Ticks.rescale(0, from: 7, to: 9) == 0)
    }

    /// Against exact arithmetic on wide numbers, over the range that files hold.
    @Test func agreesWithExactArithmetic() {
        var random = SplitMix(state: 1)
        for _ in 0..<20_000 {
            let value = Int64(bitPattern: random.next()) >> Int64(random.next() % 40 + 8)
            let from = Int64(random.next() % 1_000_000 + 1)
            let to = Int64(random.next() % 1_000_000 + 1)
            guard from != to else { continue }
            let magnitude = value.magnitude.multipliedFullWidth(by: UInt64(to))
            let half = UInt64(from) / 2
            let (low, carry) = magnitude.low.addingReportingOverflow(half)
            let high = magnitude.high + (carry ? 1 : 0)
            guard high < UInt64(from) else { continue }
            let quotient = UInt64(from).dividingFullWidth((high, low)).quotient
            guard quotient <= UInt64(Int64.max) / 4 else { continue }
            #expect(Ticks.rescale(value, from: from, to: to) == (value < 0 ? -Int64(quotient) : Int64(quotient)))
        }
    }

    @Test func hostileTimesDoNotTrap() {
        for value in [Int64.max, .min, .min + 1, 0, -1] {
            for scale in [Int64(1), 2, .max, 90_000] {
                _ = Ticks.rescale(value, from: scale, to: 1_000_000)
                _ = Ticks.rescale(value, from: 1, to: scale)
            }
        }
        #expect(Ticks.rescale(5, from: 0, to: 10) == 5)
    }

    struct SplitMix {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}

@Suite struct TextFileTests {
    private func clip(_ sources: [(clipTime: Int64, start: Int64?)], duration: Int64) -> Clip {
        let segment = Segment(volumeID: 1, path: StoredPath(bytes: Array("a".utf8)), sizeBytes: 1, modified: 0, state: .complete)
        return Clip(
            file: "quai/x.mp4", camera: .init(id: 1, key: "quai", name: "quai"), container: "mp4", start: sources[0].start,
            duration: duration,
            timeSource: .path,
            sources: sources.map { .init(segment: segment, bytes: 0..<1, clipTime: $0.clipTime, start: $0.start, duration: 0) })
    }

    @Test func subtitlesFollowTheClockOfThePieceThatPlays() throws {
        let paris = try #require(ZoneRules(identifier: "Europe/Paris"))
        // The last second before the clocks go back, and a second piece an hour of local time "earlier".
        let end = try #require(ISO8601.parse("2026-10-25T02:59:59+02:00"))
        let text = Subtitles.text(for: clip([(0, end), (1_000_000, end + 1_000_000)], duration: 2_500_000), zone: paris)
        let cues = text.components(separatedBy: "\n\n")
        #expect(cues[0] == "1\n00:00:00,000 --> 00:00:01,000\n2026-10-25 02:59:59+02:00  quai")
        #expect(cues[1] == "2\n00:00:01,000 --> 00:00:02,000\n2026-10-25 02:00:00+01:00  quai")
        #expect(cues[2] == "3\n00:00:02,000 --> 00:00:02,500\n2026-10-25 02:00:01+01:00  quai")
    }

    @Test func playlistsEscapeWhatTheirFormatsReserve() {
        let entries = [Playlists.Entry(path: "a b/é&<1>.mp4", title: "x & <y>", duration: 1_600_000)]
        #expect(Playlists.m3u8(entries) == "#EXTM3U\n#EXTINF:2,x & <y>\na%20b/%C3%A9%26%3C1%3E.mp4\n")
        let xspf = Playlists.xspf(entries, title: "t")
        #expect(xspf.contains("<location>a%20b/%C3%A9%26%3C1%3E.mp4</location><title>x &amp; &lt;y&gt;</title><duration>1600</duration>"))
    }
}
