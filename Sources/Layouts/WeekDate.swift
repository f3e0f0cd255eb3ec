/// Dates by week, ISO 8601: weeks begin on Monday, and the first of a year is the one with its fourth of January.
public struct WeekDate: Hashable, Sendable {
    public var year: Int
    public var week: Int
    /// From Monday = 1.
    public var weekday: Int

    init(year: Int, week: Int, weekday: Int) {
        self.year = year
        self.week = week
        self.weekday = weekday
    }

    public init(days: Int64) {
        // 1970-01-01 was a Thursday. The Thursday of a week tells its year.
        weekday = Int(days + 3 - 7 * floorDivide(days + 3, 7)) + 1
        let thursday = days + Int64(4 - weekday)
        year = CivilDate(days: thursday).year
        week = Int((thursday - CivilDate(year: year, month: 1, day: 1).days) / 7) + 1
    }

    /// Days since 1970-01-01; nil where the year has no such week.
    var days: Int64? {
        guard (0...9998).contains(year), (1...53).contains(week), (1...7).contains(weekday) else { return nil }
        let fourth = CivilDate(year: year, month: 1, day: 4).days
        let days = fourth - Int64(WeekDate(days: fourth).weekday - 1) + Int64(7 * (week - 1) + weekday - 1)
        return WeekDate(days: days) == self ? days : nil
    }
}
