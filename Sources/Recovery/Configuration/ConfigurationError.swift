import LinuxSystem

/// What keeps a configuration from being read or saved.
public enum ConfigurationError: Error, Sendable, Equatable {
    /// Neither a tar archive nor one packed with gzip.
    case notAnArchive(path: String)
    /// Unpacks to more than any configuration has: by its sum, by its ratio, by the number of its members.
    case tooLarge(bytes: UInt64)
    case unpacksTooMuch(packed: UInt64, bytes: UInt64)
    case tooManyMembers(Int)
    /// Broken at this byte of the unpacked archive.
    case damaged(ArchiveDamage, at: UInt64)

    /// Nothing of a configuration lies below the folder.
    case nothingToCapture(root: String)
}

/// What is broken in an archive.
public enum ArchiveDamage: Sendable, Equatable {
    /// The archive ends inside a member, or before its end mark.
    case endsEarly
    /// What zlib says.
    case gzip(String)
    /// The sum over a header does not agree.
    case headerSum
    /// A number in a header is none, or too large.
    case number
    /// An extended header (pax) or a long name (GNU) breaks its own rules or is longer than any is.
    case extendedHeader
    case unreadable(errno: Int32)
}
