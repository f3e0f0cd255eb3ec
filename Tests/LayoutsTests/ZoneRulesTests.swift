import Foundation
import Layouts
import Testing

@Suite struct ZoneRulesTests {
    /// Against the system's calendar, hour by hour around every change and at odd instants.
    @Test(arguments: [
        "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia",
        "UTC",
    ])
    func agreesWithFoundation(_ name: String) throws {
        let zone = try #require(ZoneRules(identifier: name))
        let oracle = try #require(TimeZone(identifier: name))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = oracle
        var instant: Int64 = 0
        while instant < 4_300_000_000 {
            #expect(
                zone.offsetSeconds(atUTC: instant * 1_000_000)
                    == oracle.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant))))
            instant += 12_345_678
        }
        for change in zone.transitions(in: 1_600_000_000_000_000...1_800_000_000_000_000) {
            for hour in -30...30 {
                let utc = change.at + Int64(hour) * 900_000_000
                #expect(
                    zone.offsetSeconds(atUTC: utc) == oracle.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(utc) / 1_000_000))
                )
                // Every instant is among the readings of its local time.
                switch zone.utc(ofLocal: zone.local(ofUTC: utc)) {
                case .unique(let only): #expect(only == utc)
                case .twice(let first, let second):
                    #expect(first == utc || second == utc)
                    #expect(first < second)
                case .skipped: Issue.record("a real instant has no local time")
                }
            }
        }
    }

    @Test func theHoursOfParis() throws {
        let paris = try #require(ZoneRules(identifier: "Europe/Paris"))
        func local(_ text: String) throws -> Int64 { try #require(ISO8601.parse(text)) }
        #expect(
            paris.utc(ofLocal: try local("2026-03-29T02:30:00Z"))
                == .skipped(before: try local("2026-03-29T01:30:00Z"), after: try local("2026-03-29T00:30:00Z")))
        #expect(
            paris.utc(ofLocal: try local("2026-10-25T02:30:00Z"))
                == .twice(first: try local("2026-10-25T00:30:00Z"), second: try local("2026-10-25T01:30:00Z")))
        #expect(paris.utc(ofLocal: try local("2026-03-29T03:00:00Z")) == .unique(try local("2026-03-29T01:00:00Z")))
        #expect(paris.utc(ofLocal: try local("2026-03-29T01:59:59Z")) == .unique(try local("2026-03-29T00:59:59Z")))
        #expect(paris.utc(ofLocal: try local("2026-10-25T03:00:00Z")) == .unique(try local("2026-10-25T02:00:00Z")))
        // The rules go on beyond the table.
        #expect(paris.offsetSeconds(atUTC: try local("2150-07-01T00:00:00Z")) == 7200)
        #expect(paris.offsetSeconds(atUTC: try local("2150-01-01T00:00:00Z")) == 3600)
    }

    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Paris"), ("EST5EDT,M3.2.0,M11.1.0", "America/New_York"),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "Australia/Lord_Howe"), ("NZST-12NZDT,M9.5.0,M4.1.0/3", "Pacific/Auckland"),
        ("IST-5:30", "Asia/Kolkata"),
    ])
    func posixStrings(_ text: String, _ name: String) throws {
        let posix = try #require(ZoneRules(identifier: text))
        let named = try #require(ZoneRules(identifier: name))
        var instant: Int64 = 1_600_000_000_000_000
        while instant < 2_000_000_000_000_000 {
            #expect(posix.offsetSeconds(atUTC: instant) == named.offsetSeconds(atUTC: instant))
            instant += 3_333_333_333
        }
    }

    @Test(
        arguments: [
            ("+01:00", 3600), ("+0100", 3600), ("+01", 3600), ("-03:30", -12_600), ("Z", 0), ("UTC", 0), ("GMT", 0), ("UTC+2", 7200),
            ("GMT-11", -39_600), ("UTC+02:00", 7200), ("+14:00", 50_400),
            ("", nil), ("+15:00", nil), ("+1", nil), ("Europe/Nowhere", nil), ("CET-1CEST,M13.5.0,M10.5.0", nil), ("CET-1CEST,M3.5.0", nil),
            ("A-1", nil),
            ("CET-1CEST,J366,J1", nil), ("CET-99", nil), (":Asia/Tokyo", 32_400),
        ] as [(String, Int?)])
    func identifiers(_ text: String, _ offset: Int?) {
        #expect(ZoneRules(identifier: text)?.offsetSeconds(atUTC: 1_780_000_000_000_000) == offset)
    }

    @Test func julianRules() throws {
        let zone = try #require(ZoneRules(identifier: "AAA0BBB,J60/0,J300/0"))
        // March 1 whether or not the year is a leap year.
        #expect(zone.offsetSeconds(atUTC: (ISO8601.parse("2024-03-01T00:00:00Z") ?? 0) - 1) == 0)
        #expect(zone.offsetSeconds(atUTC: ISO8601.parse("2024-03-01T00:00:00Z") ?? 0) == 3600)
        #expect(zone.offsetSeconds(atUTC: (ISO8601.parse("2025-03-01T00:00:00Z") ?? 0) - 1) == 0)
        #expect(zone.offsetSeconds(atUTC: ISO8601.parse("2025-03-01T00:00:00Z") ?? 0) == 3600)
        let counted = try #require(ZoneRules(identifier: "AAA0BBB,59/0,300/0"))
        #expect(counted.offsetSeconds(atUTC: ISO8601.parse("2024-02-29T00:00:00Z") ?? 0) == 3600)
        #expect(counted.offsetSeconds(atUTC: (ISO8601.parse("2025-03-01T00:00:00Z") ?? 0) - 1) == 0)
    }
}

@Suite struct ISO8601Tests {
    @Test(
        arguments: [
            ("2026-03-29T01:59:00+01:00", "2026-03-29T00:59:00.000000Z"), ("2026-03-29T01:59:00", "2026-03-29T00:59:00.000000Z"),
            ("2026-03-29", "2026-03-28T23:00:00.000000Z"), ("20260329T005900Z", "2026-03-29T00:59:00.000000Z"),
            ("2026-03-29 03:30", "2026-03-29T01:30:00.000000Z"),
            ("2026-03-29T02:30", "2026-03-29T01:30:00.000000Z"), ("2026-10-25T02:30", "2026-10-25T00:30:00.000000Z"),
            ("2026-10-25T02:30+0100", "2026-10-25T01:30:00.000000Z"),
            ("2106-02-07T06:28:16.999999Z", "2106-02-07T06:28:16.999999Z"), ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
            ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"), ("9999-12-31T23:59:60Z", "10000-01-01T00:00:00.000000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"), ("2026-03-05T17,5", nil), ("2026-02-30", nil), ("2026-3-5", nil),
            ("now", nil), ("", nil),
            ("2026-03-29T01:59:00+01:00x", nil), ("2026-03-29T", nil), ("2026-03-29T24:00", nil), ("2026-03-29T01:", nil),
            ("2026-03-29T01:59:", nil),
        ] as [(String, String?)])
    func parseAndFormat(_ text: String, _ expected: String?) throws {
        let paris = try #require(ZoneRules(identifier: "Europe/Paris"))
        #expect(ISO8601.parse(text, defaultZone: paris).map(ISO8601.format) == expected)
    }

    @Test func localFormat() throws {
        let paris = try #require(ZoneRules(identifier: "Europe/Paris"))
        let instant = try #require(ISO8601.parse("2026-10-25T01:30:00.25Z"))
        #expect(ISO8601.format(instant, zone: paris) == "2026-10-25T02:30:00+01:00")
        #expect(ISO8601.format(instant - 3_600_000_000, zone: paris) == "2026-10-25T02:30:00+02:00")
        #expect(ISO8601.format(instant, zone: .utc, fraction: true) == "2026-10-25T01:30:00.250000+00:00")
    }

    @Test func everyDayOfTwoCenturies() {
        var days: Int64 = -36_524
        var date = CivilDate(year: 1870, month: 1, day: 1)
        while days < 73_049 {
            #expect(CivilDate(days: days) == date && date.days == days && date.isValid)
            days += 1
            date.day += 1
            if date.day > CivilDate.daysInMonth(date.month, year: date.year) {
                date.day = 1
                date.month += 1
            }
            if date.month > 12 {
                date.month = 1
                date.year += 1
            }
        }
    }
}
