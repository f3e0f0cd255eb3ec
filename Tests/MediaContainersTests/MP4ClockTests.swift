import Testing

@testable import MediaContainers

@Suite struct MP4ClockTests {
    /// 2024-05-06T07:08:09Z, as every kind of clock counts it.
    private let instant: Int64 = 1_714_979_289_000_000
    private let since1904: UInt32 = 3_797_824_089

    @Test func headersOfAWholeFile() throws {
        let path = try MP4Fixtures.copy("dated", ["-metadata", "creation_time=2024-05-06T07:08:09Z"]).get()
        let description = try describeMP4(try MP4Fixtures.bytes(path)).description
        #expect(description.clocks == [EmbeddedClock(kind: .mvhd, microseconds: instant, uncertaintyMicroseconds: 500_000)])
        let undated = try describeMP4(try MP4Fixtures.bytes(try MP4Fixtures.base.get())).description
        #expect(undated.clocks.isEmpty)
    }

    @Test func absurdDates() throws {
        var movie = MP4HostileTests.Movie()
        movie.place(from: 8)
        let data: [UInt8] = [0, 0, 0, UInt8(8 + movie.samples.joined().count)] + Array("mdat".utf8) + movie.samples.joined()
        movie.creation = since1904
        #expect(try describeMP4(data + movie.build()).description.clocks.first?.microseconds == instant)
        // Seconds since 1970 in their place: a date in the fifties is nobody's.
        movie.creation = UInt32(instant / 1_000_000)
        let unix = try describeMP4(data + movie.build()).description
        #expect(unix.clocks.isEmpty)
        #expect(unix.findings.contains { $0.code == .ruleBroken && $0.detail.contains("1970") })
        #expect(unix.state == .complete)
        movie.creation = 1
        #expect(try describeMP4(data + movie.build()).description.clocks.isEmpty)
    }

    @Test func mediaMTX() throws {
        var movie = MP4HostileTests.Movie()
        movie.place(from: 8)
        let nanoseconds = UInt64(instant) * 1000 + 123_456_789
        movie.extra = { builder in
            builder.box("udta") {
                $0.fullBox("mtxi") {
                    $0.raw((0..<16).map { UInt8($0) })
                    $0.u64(7)
                    $0.u64(99)
                    $0.u64(nanoseconds)
                }
            }
        }
        let data: [UInt8] = [0, 0, 0, UInt8(8 + movie.samples.joined().count)] + Array("mdat".utf8) + movie.samples.joined()
        let clock = try #require(try describeMP4(data + movie.build()).description.clocks.first)
        #expect(clock.kind == .mtxi)
        #expect(clock.microseconds == instant + 123_456)
    }

    @Test(arguments: [true, false]) func correctedStart(inProtection: Bool) throws {
        var movie = MP4HostileTests.Movie()
        movie.place(from: 8)
        let start = UInt64(instant + 11_644_473_600_000_000) * 10
        var meta = BoxBuilder()
        func correction(_ builder: inout BoxBuilder) {
            builder.box("cstb") {
                $0.u32(1)
                $0.u32(1)
                $0.u64(start)
            }
        }
        meta.fullBox("meta") {
            if inProtection {
                $0.fullBox("ipro") {
                    $0.u16(1)
                    $0.box("sinf") { correction(&$0) }
                }
            } else {
                correction(&$0)
            }
        }
        let data: [UInt8] = [0, 0, 0, UInt8(8 + movie.samples.joined().count)] + Array("mdat".utf8) + movie.samples.joined()
        let clock = try #require(try describeMP4(data + movie.build() + meta.bytes).description.clocks.first)
        #expect(clock.kind == .cstb)
        #expect(clock.microseconds == instant)
    }

    /// `prft` says when a media time was; the clock is brought back to the first sample.
    @Test func producerReference() throws {
        let whole = try MP4Fixtures.bytes(try MP4Fixtures.fragmented.get())
        let (tracks, samples) = try samplesOfMP4(whole)
        let video = try #require(tracks.firstIndex { $0.isVideo })
        let timescale = tracks[video].timescale
        let first = try #require(samples.filter { $0.track == video }.map(\.presentationTime).min())
        let moof = try #require(whole.mp4Box("moof", after: whole.mp4Box("moof").map { $0 + 8 } ?? 0))
        var reference = BoxBuilder()
        reference.fullBox("prft", version: 1, flags: 24) {
            $0.u32(UInt32(video + 1))
            $0.u64(UInt64(instant / 1_000_000 + 2_208_988_800) << 32 | 0x8000_0000)
            $0.u64(UInt64(first + 2 * timescale))
        }
        let description = try describeMP4(Array(whole[..<moof]) + reference.bytes + Array(whole[moof...])).description
        let clock = try #require(description.clocks.first { $0.kind == .prft })
        #expect(clock.microseconds == instant + 500_000 - 2_000_000)
    }
}
