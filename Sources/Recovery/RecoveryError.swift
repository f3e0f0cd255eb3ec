import LinuxSystem

/// What keeps a command on disks, sessions and configurations from doing its work.
public enum RecoveryError: Error, Sendable, Equatable {
    case sourceMissing(path: String, cause: SystemError)
    /// Neither a disk nor an image of one.
    case notADisk(path: String)
    /// `--sysroot` names a folder without the dump of a machine.
    case notADump(path: String)
    case badProfile(path: String, detail: String)
    /// No volume of that name or UUID.
    case noSuchVolume(String)
    /// `--all` found no volume to mount.
    case nothingToMount
    /// Not a mount that this session made.
    case notOurMount(String)
    /// `--persist` names a folder that holds no system.
    case noFstab(root: String)
    /// The folder holds no Linux system.
    case noSystem(root: String)
    /// The folder is none that `extract` filled.
    case noExport(path: String)
    case noSession(path: String)
    /// Another process works in it.
    case sessionBusy(path: String)
    /// The ledger cannot be written: full, read-only, pulled out.
    case sessionFailed(SystemError)
    /// A line is not what was written.
    case ledgerChanged(path: String, line: Int)
    /// Lines are missing at its end.
    case ledgerCut(path: String, lines: Int, found: Int)
}
