import BlockDevices
import Recovery
import Wording

extension Language {
    func sentence(_ evidence: RoleEvidence) -> String {
        switch evidence {
        case .holdsSystem(let name): holdsSystem(name)
        case .holdsRecordings(let sample):
            holdsRecordings(sample.videos, of: sample.looked, isPartial: sample.isPartial, example: sample.example ?? "?")
        case .noRecordings(let files): noRecordings(files)
        case .label(let label): labelled(label)
        case .bootFiles: holdsBootFiles
        case .memberOf(let what): memberOf(what)
        case .memberAlone(let type): memberAlone(type)
        case .arrayStopped: arrayIsStopped
        case .cutShort(let missing): cutShort(missing)
        case .noBytes: holdsNoBytes
        case .noneAmongTheFirst(let files): noneAmongTheFirst(files)
        case .needsRoot: needsRoot
        case .damaged: isDamaged
        case .arrayIncomplete(let missing): arrayIncomplete(missing)
        case .alsoLooksLike(let signatures): alsoLooksLike(signatures.map { signature($0.type, at: $0.offset) })
        case .contradictingSignatures(let signatures): contradictingSignatures(signatures.map { signature($0.type, at: $0.offset) })
        case .swap: isSwap
        case .encrypted: isEncrypted
        case .empty: isEmpty
        case .unknownBytes: hasUnknownBytes
        case .needsRecovery: needsRecovery
        case .logNotReplayed: logNotReplayed
        case .unreadable(let errno): cannotBeRead(reason(errno))
        case .noDriver(let type): noDriver(type)
        case .cannotOpen(let errno): cannotBeOpened(reason(errno))
        case .notHere: diskIsNotHere
        }
    }

    func sentence(_ evidence: HealthEvidence) -> String {
        switch evidence {
        case .passed: healthPassed
        case .selfAssessmentFailed: healthFailed
        case .reallocatedSectors(let count): reallocated(count)
        case .pendingSectors(let count): pending(count)
        case .uncorrectableSectors(let count): uncorrectable(count)
        case .mediaErrors(let count): mediaErrors(count)
        case .lifeUsed(let percent): lifeUsed(percent)
        case .criticalWarning(let bits): criticalWarning(bits)
        case .loggedErrors(let count): loggedErrors(count)
        case .readFails(let errno): cannotBeRead(reason(errno))
        case .notAsked: healthNotAsked
        case .noAnswer(let why): healthNoAnswer(why)
        case .tooSlow(let seconds): healthTooSlow(seconds)
        }
    }

    func sentence(_ evidence: SystemEvidence) -> String {
        switch evidence {
        case .release(let name): releaseIs(name)
        case .releaseNotInProfile(let name): releaseUnknown(name)
        case .releaseFilesDisagree(let one, let other): releaseFilesDisagree(one, other)
        case .unfinishedPackages(let count, let example, let state): unfinishedPackages(count, example, state)
        case .pendingUpdates(let count): pendingUpdates(count)
        case .mixedSources(let names): mixedSources(names)
        case .sourcesOfAnother(let name): sourcesOfAnother(name)
        case .libraryOfAnother(let version, let release): libraryOfAnother(version, release)
        case .productOfAnother(let version, let system): productOfAnother(version, system)
        case .kernelsWithoutModules(let names): kernelsWithoutModules(names)
        case .upgradeLog: upgradeLog
        case .leftovers(let files): leftovers(files)
        case .noPackageDatabase: noPackageDatabase
        }
    }

    public func sentence(_ reason: Triage.Reason) -> String {
        switch reason {
        case .failingDisk(let disk): diskIsFailing(disk)
        case .wornDisk(let disk): diskIsWorn(disk)
        case .oneVolumeForBoth(let volume): oneVolumeForBoth(volume)
        case .sameDisk(let system, let data): sameDisk(system, data)
        case .differentDisks(let systems, let data): differentDisks(systems, data)
        case .noSystem: noSystemFound
        case .noRecordings: noRecordingsFound
        case .systemIntact(let volume): systemIsIntact(volume)
        case .systemMigrated(let volume): systemIsMigrated(volume)
        case .migrationInterrupted(let volume): migrationWasInterrupted(volume)
        case .systemUnclear(let volume): systemIsUnclear(volume)
        case .undecided(let volume): volumeIsUndecided(volume)
        case .needsRecovery(let volume): volumeNeedsRecovery(volume)
        case .versionUnknown: versionIsUnknown
        case .version(let version): versionWas(version)
        case .incompleteArray(let volume): arrayIsIncomplete(volume)
        case .foreignSystem(let volume): systemIsForeign(volume)
        case .traceOfSystem(let volume): traceOfSystem(volume)
        case .mayBeWiped(let volume): volumeMayBeWiped(volume)
        }
    }
}
