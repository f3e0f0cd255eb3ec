import LinuxSystem

/// What keeps a configuration from being put back.
public enum RestoreError: Error, Sendable, Equatable {
    /// The archive is damaged, lies, or would write where it must not: for how many reasons.
    case archiveUnsound(path: String, problems: Int)
    case targetMissing(path: String, cause: SystemError)
    /// The target holds no system of the product; what it holds instead.
    case targetIsNoServer(root: String, product: String, found: String?)
    /// The target's version cannot be told.
    case targetVersionUnknown(root: String)
    case versionDiffers(archive: String, target: String)
    /// The archive says another version than `--version`.
    case versionContradicts(archive: String, given: String)
    /// The archive says no version, and none was given.
    case versionUnknown(path: String)
    /// `--target /` of the system that runs now.
    case targetIsRunning
    /// The target is, or lies on, a volume that this session works on as a source.
    case targetIsSource(root: String, place: String)
    /// Something stands in the way below the target: a link where a folder is needed, a folder where a file is.
    case targetInTheWay(path: String)
    /// Another process restores there.
    case targetBusy(root: String)
    case nothingToRollBack(root: String)
    /// What was kept to go back to is not what was written, or is gone.
    case rollbackDamaged(path: String)
    /// The archive is not the one that was verified: changed while it was applied. What was done is undone.
    case archiveChanged(path: String)
}
