/// Where a muxer writes: a growing file in the program, an array in tests.
public protocol ByteSink: AnyObject {
    /// Appends. Throws whatever the destination throws; the muxer passes it on.
    func write(_ bytes: UnsafeRawBufferPointer) throws
    /// Overwrites bytes already written (sizes that are known only at the end).
    func overwrite(_ bytes: [UInt8], at offset: UInt64) throws
}

/// Writes tracks and samples into a container, never re-encoding. One use: tracks, samples in order, `finish`.
public protocol Muxer: AnyObject {
    /// Adds a sample of `tracks[sample.track]`. Times are in ticks of that track, 0 = the start of the clip.
    /// `payload` is already in the form the container wants (length-prefixed NAL units, see `NALUnits.lengthPrefixed`).
    func add(_ sample: Sample, payload: UnsafeRawBufferPointer) throws
    /// Writes the tables and the final sizes. Nothing may be added after.
    func finish() throws
    /// Bytes that the file would have if `finish` were called now (exact or a few bytes above), for splitting below a limit.
    var estimatedByteCount: UInt64 { get }
}

/// Grows in memory; for tests.
public final class MemorySink: ByteSink {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public func write(_ chunk: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: chunk)
    }

    public func overwrite(_ chunk: [UInt8], at offset: UInt64) {
        bytes.replaceSubrange(Int(offset)..<(Int(offset) + chunk.count), with: chunk)
    }
}
