/// What one container family offers. Each is tried on the head of a file, in the order of `MediaProbe.formats`.
protocol ContainerFormat {
    /// Whether the first bytes (up to 64 KiB) are of this family. Content only: names are never asked.
    static func recognises(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool
    /// Whether a shorter head (16 KiB) leaves no doubt: the longer one would be recognised, and by no family asked before.
    static func isCertain(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool
    /// The truth about the file. Damage ends up in the description, never in an error; only the source itself can fail.
    static func describe(_ reader: SourceReader) throws(SourceFailure) -> MediaDescription
    /// A walk over its samples; nil where there is nothing to walk (no track known).
    static func samples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)?
}

extension ContainerFormat {
    static func isCertain(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool { false }
}

/// Recognises what a file is by its content and hands it to its container family.
public enum MediaProbe {
    public enum Outcome: Sendable, Equatable {
        case media(MediaDescription)
        /// Zero bytes long.
        case empty
        /// Every byte that was looked at is zero: blocks that were allocated and never written.
        case zeroes
        case notMedia
    }

    /// Strictest signatures first: an elementary stream is recognised by little and therefore asked last.
    private static var formats: [any ContainerFormat.Type] {
        [MP4File.self, MatroskaFile.self, AVIFile.self, TransportStreamFile.self, ElementaryFile.self]
    }

    /// Enough of a head for nearly every file that a recorder writes.
    private static let shortHead = 16 << 10

    private static func format(of reader: SourceReader) throws(SourceFailure) -> (any ContainerFormat.Type)? {
        // MP4 has its table elsewhere, and the others are read in larger pieces: what is read here is little use for either.
        let window = reader.window
        reader.window = min(window, shortHead)
        let short = try reader.upTo(shortHead, at: 0)
        reader.window = window
        for format in formats where format.isCertain(short, byteCount: reader.byteCount) { return format }
        let head = try LostHead.look(reader)
        for format in formats where format.recognises(head, byteCount: reader.byteCount) { return format }
        return nil
    }

    /// Whether its beginning is that of a family known here: a look, not a proof.
    public static func recognises(_ reader: SourceReader) throws(SourceFailure) -> Bool {
        guard reader.byteCount > 0 else { return false }
        return try format(of: reader) != nil
    }

    /// Reads as little as the container allows: its tables in a healthy file, its payload only where there are none.
    public static func describe(_ reader: SourceReader) throws(SourceFailure) -> Outcome {
        guard reader.byteCount > 0 else { return .empty }
        if let format = try format(of: reader) { return .media(try format.describe(reader)) }
        let head = try reader.upTo(SourceReader.defaultWindow, at: 0)
        return head.allSatisfy { $0 == 0 } ? .zeroes : .notMedia
    }

    /// Walks the samples of a file; nil where it is no media or nothing of it can be walked.
    public static func samples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? {
        guard let format = try format(of: reader), let walk = try format.samples(reader) else { return nil }
        // The others prove each frame on their way.
        return format is MatroskaFile.Type ? SampleSieve(walk, reader.source) : walk
    }

    /// Walks them as the container states them, whatever lies there: where two parts were put together, what a check would hold
    /// back is just what is asked for.
    static func statedSamples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? {
        guard let format = try format(of: reader) else { return nil }
        return format is MP4File.Type ? try MP4File.statedSamples(reader) : try format.samples(reader)
    }
}
