import GRDB

/// Values of a row that somebody else may have written: NULL, text where a number belongs, numbers that overflow.
/// The library's own typed access ends the program on those.
extension Row {
    func integer(_ column: String) -> Int64? { (self[column] as DatabaseValue?).flatMap(Int64.fromDatabaseValue) }
    func integer(at index: Int) -> Int64? { (self[index] as DatabaseValue?).flatMap(Int64.fromDatabaseValue) }
    func text(_ column: String) -> String? { (self[column] as DatabaseValue?).flatMap(String.fromDatabaseValue) }
    func text(at index: Int) -> String? { (self[index] as DatabaseValue?).flatMap(String.fromDatabaseValue) }

    /// Microseconds that can be added to each other without overflow; nil where no recording can have them.
    func time(_ column: String) -> Int64? { integer(column).flatMap { (-Self.farthest...Self.farthest).contains($0) ? $0 : nil } }
    func length(_ column: String) -> Int64? { integer(column).flatMap { (0...Self.farthest).contains($0) ? $0 : nil } }
    /// 0 where the number cannot be a count or a size.
    func count(_ column: String) -> Int64 { Swift.max(0, Swift.min(integer(column) ?? 0, Self.farthest)) }

    /// 36,000 years.
    private static let farthest: Int64 = 1 << 60
}
