import Glibc
import LinuxSystem
import MediaContainers

/// A disk, a partition or an image as the carver sees it.
///
/// What cannot be read is zeroes here, and noted: a bad sector costs the frames that lie on it, not the recording.
public final class CarveSource: RandomAccessSource {
    public let path: String
    public let byteCount: UInt64
    /// What a rescue map says was never read: looked at as zeroes, and never asked for.
    let missing: RangeList
    /// What the disk answered with an error.
    private(set) var bad = RangeList()
    /// Where the source turned out to end, if that is before its size.
    private(set) var earlyEnd: UInt64?
    private let file: OpenFile
    private var failuresInRow = 0

    /// The kernel reads, and fails, by pages.
    private static let page: UInt64 = 4096
    /// A disk that is gone answers every read with an error: 4 MiB of them in a row, with nothing in between.
    private static let mostInRow = 1024

    init(_ file: OpenFile, path: String, byteCount: UInt64, missing: RangeList = RangeList()) {
        self.file = file
        self.path = path
        self.byteCount = byteCount
        self.missing = missing
        file.adviseSequential()
    }

    public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        guard offset < byteCount, !buffer.isEmpty else { return 0 }
        let length = Int(min(UInt64(buffer.count), byteCount - offset))
        let wanted = offset..<(offset + UInt64(length))
        if let hole = missing.first(overlapping: wanted) {
            if hole.lowerBound > offset {
                return try readDisk(offset, UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(hole.lowerBound - offset)]))
            }
            let count = Int(min(hole.upperBound, wanted.upperBound) - offset)
            UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).initializeMemory(as: UInt8.self, repeating: 0)
            return count
        }
        return try readDisk(offset, UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]))
    }

    private func readDisk(_ offset: UInt64, _ buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        do throws(SystemError) {
            let got = try file.read(at: offset, into: buffer)
            failuresInRow = 0
            if got == 0 { earlyEnd = min(earlyEnd ?? .max, offset) }
            return got
        } catch {
            guard error.errno == EIO else { throw SourceFailure(offset: offset, errno: error.errno) }
            return try readByPages(offset, buffer)
        }
    }

    private func readByPages(_ start: UInt64, _ buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        var done = 0
        while done < buffer.count {
            let offset = start + UInt64(done)
            let page = offset / Self.page * Self.page
            let length = min(buffer.count - done, Int(page + Self.page - offset))
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + length)])
            do throws(SystemError) {
                let got = try file.read(at: offset, into: part)
                failuresInRow = 0
                if got == 0 {
                    earlyEnd = min(earlyEnd ?? .max, offset)
                    break
                }
                done += got
            } catch {
                failuresInRow += 1
                guard error.errno == EIO, failuresInRow <= Self.mostInRow else { throw SourceFailure(offset: offset, errno: error.errno) }
                bad.insert(page..<min(page + Self.page, byteCount))
                part.initializeMemory(as: UInt8.self, repeating: 0)
                done += length
            }
        }
        return done
    }
}

/// A stretch of a source, or several that belong together, as a file of its own.
final class ExtentSource: RandomAccessSource {
    private let source: any RandomAccessSource
    private let extents: [Range<UInt64>]
    let byteCount: UInt64

    init(_ source: any RandomAccessSource, _ extents: [Range<UInt64>]) {
        self.source = source
        self.extents = extents
        byteCount = extents.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) }
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        var position = offset
        for extent in extents {
            let count = extent.upperBound - extent.lowerBound
            guard position >= count else {
                let length = Int(min(UInt64(buffer.count), count - position))
                return try source.read(at: extent.lowerBound + position, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]))
            }
            position -= count
        }
        return 0
    }
}

/// Ranges in ascending order that neither touch nor overlap.
public struct RangeList: Sendable, Equatable {
    public private(set) var ranges: [Range<UInt64>] = []

    public init() {}

    public var byteCount: UInt64 { ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) } }
    public var isEmpty: Bool { ranges.isEmpty }

    mutating func insert(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        var merged = range
        let first = partition { $0.upperBound >= range.lowerBound }
        var last = first
        while last < ranges.count, ranges[last].lowerBound <= range.upperBound {
            merged = min(merged.lowerBound, ranges[last].lowerBound)..<max(merged.upperBound, ranges[last].upperBound)
            last += 1
        }
        ranges.replaceSubrange(first..<last, with: [merged])
    }

    func first(overlapping range: Range<UInt64>) -> Range<UInt64>? {
        let index = partition { $0.upperBound > range.lowerBound }
        return index < ranges.count && ranges[index].lowerBound < range.upperBound ? ranges[index] : nil
    }

    func begins(at offset: UInt64) -> Bool {
        let index = partition { $0.lowerBound >= offset }
        return index < ranges.count && ranges[index].lowerBound == offset
    }

    /// Where the last range before an offset ends.
    func end(before offset: UInt64, from start: UInt64) -> UInt64 {
        let index = partition { $0.upperBound > offset }
        return index > 0 ? max(start, ranges[index - 1].upperBound) : start
    }

    /// The first index for which the condition holds; it holds for all that follow.
    private func partition(_ condition: (Range<UInt64>) -> Bool) -> Int {
        var low = 0, high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if condition(ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
