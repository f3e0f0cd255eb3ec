import MediaContainers

/// A source that notices what no reader may do: ask for bytes outside of it, or read it over and over.
final class CheckedSource: RandomAccessSource {
    private let bytes: [UInt8]
    private var bytesRead = 0

    /// How often the whole source may be read: each analysis walks it once or twice, through windows of its own
    /// that overlap. Work that grows with the square of the size passes this at once.
    private static let mostPasses = 64

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = Array(bytes)
    }

    var byteCount: UInt64 { UInt64(bytes.count) }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        demand(offset <= byteCount && UInt64(buffer.count) <= byteCount - offset, "a read outside of the source")
        bytesRead += buffer.count
        demand(bytesRead <= Self.mostPasses * (bytes.count + 4096), "the source was read \(bytesRead / max(1, bytes.count)) times")
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<(Int(offset) + buffer.count)])) }
        return buffer.count
    }
}

/// A trap that says why.
func demand(_ holds: Bool, _ broken: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line) {
    if !holds { fatalError(broken(), file: file, line: line) }
}

/// What holds of every sample, whatever the file.
func check(_ sample: Sample, of tracks: [Track], in source: CheckedSource) {
    demand(tracks.indices.contains(sample.track), "a sample of no track")
    demand(tracks[sample.track].timescale > 0, "a timescale of \(tracks[sample.track].timescale)")
    demand(sample.sourceRange.upperBound <= source.byteCount, "a sample outside of the source")
    demand(sample.duration >= 0, "a duration below zero")
}

/// Samples that a file of this size may have: each takes a byte at least.
func mostSamples(_ source: CheckedSource) -> Int { Int(source.byteCount) + 64 }
