import LinuxSystem

/// What keeps a command on disks, sessions and configurations from doing its work.
public enum RecoveryError: Error, Sendable, Equatable {
    case sourceMissing(path: String, cause: SystemError)
    /// Neither a disk nor an image of one.
    case notADisk(path: String)
    /// `--sysroot` names a folder without the dump of a machine.
    case notADump(path: String)
    case badProfile(path: String, detail: String)
}
