/// Files whose first sectors were lost: zeroes stand where the signature was.
enum LostHead {
    /// What is lost is lost in whole sectors.
    private static let sector = 512
    /// Parameter sets come back with the next key frame: 1 MiB is two seconds of 4 Mbit/s.
    private static let window = 1 << 20

    static func isLost(_ head: UnsafeRawBufferPointer) -> Bool {
        head.count > sector && StartCodes.firstNonzero(in: head, from: 0) >= sector
    }

    /// The head of a file as the formats look at it: more of it where its beginning was lost.
    static func look(_ reader: SourceReader) throws(SourceFailure) -> UnsafeRawBufferPointer {
        let head = try reader.upTo(SourceReader.defaultWindow, at: 0)
        return isLost(head) ? try reader.upTo(window, at: 0) : head
    }
}
