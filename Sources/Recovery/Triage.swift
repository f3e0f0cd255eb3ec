import BlockDevices

/// The decision that the migration note leaves to a person: which way leads back without losing a recording.
public struct Triage: Sendable, Equatable {
    public enum Verdict: String, Sendable, CaseIterable {
        /// System and data on different disks: reinstall, the data disks stay as they are.
        case keepDataDisks = "keep-data-disks"
        /// One disk, a data volume of its own: reinstall with the parameter `small`.
        case reinstallSmall = "reinstall-small"
        /// One volume for both: reinstalling loses the indexing.
        case setDiskAside = "set-disk-aside"
        /// A disk is failing: every further hour of reading may be its last.
        case imageDiskFirst = "image-disk-first"
        case nothingToDo = "nothing-to-do"
        case cannotTell = "cannot-tell"
    }

    public var verdict: Verdict
    public var reasons: [Reason]
    public var steps: [Step]

    public enum Reason: Sendable, Equatable {
        case failingDisk(String)
        case wornDisk(String)
        case oneVolumeForBoth(String)
        case sameDisk(system: String, data: String)
        case differentDisks(system: [String], data: [String])
        case noSystem
        case noRecordings
        case systemIntact(String)
        case systemMigrated(String)
        case migrationInterrupted(String)
        case systemUnclear(String)
        case undecided(String)
        case needsRecovery(String)
        case versionUnknown
        case version(String)
        case incompleteArray(String)
        /// A Linux that is none of the recorder's.
        case foreignSystem(String)
        /// Swap or boot files beside recordings where no system is found.
        case traceOfSystem(String)
        /// Nothing, or next to nothing, where recordings may have been.
        case mayBeWiped(String)
    }

    public struct Step: Sendable, Equatable {
        public enum ID: String, Sendable, CaseIterable {
            case image, lookAgain = "look-again", decide, mount, replay, index, extract, carve, capture, setAside = "set-aside"
            case reinstall, reinstallSmall = "reinstall-small", remount, reload, start
        }
        public enum State: String, Sendable {
            case done, next, waiting
        }
        public var id: ID
        /// What to type; nil where it happens at the server or with the hands.
        public var command: String?
        public var state = State.waiting
        public var waitsFor: [ID]
        /// Volumes or versions that the step is about.
        public var subjects: [String] = []
        /// Disks that the step writes to or takes out, with their serial numbers.
        public var disks: [String] = []
    }

    /// Pure: the same survey gives the same answer.
    public init(_ survey: MachineSurvey) {
        let all = survey.facts { _ in true }
        let systems = Self.recorderSystems(all)
        let data = all.filter { $0.role == .data }
        let both = systems.filter { $0.role == .systemAndData }
        let undecided = all.filter(Self.mayHideRecordings)
        let holders = both + data
        func disks(_ facts: [VolumeFacts]) -> Set<String> { Set(facts.flatMap { survey.machine.disks(below: $0.volume).map(\.path) }) }
        let systemDisks = disks(systems)
        let concerned = survey.machine.disks.filter { disks(holders + systems + undecided).contains($0.path) }
        let failing = concerned.filter { $0.health.state == .failing }
        let versions = Set(systems.compactMap { $0.system?.product?.version })
        let version = versions.count == 1 ? versions.first : nil

        var reasons = systems.map(Self.reason)
        reasons += all.filter { $0.system != nil && !systems.contains($0) }.map { .foreignSystem($0.volume.path) }
        reasons += failing.map { .failingDisk($0.path) }
        reasons += concerned.filter { $0.health.state == .worn }.map { .wornDisk($0.path) }
        reasons += all.filter { $0.volume.content.needsRecovery == true && $0.role != .stick }.map { .needsRecovery($0.volume.path) }
        let incomplete = all.filter { $0.volume.missingMembers > 0 }
        reasons += incomplete.map { .incompleteArray($0.volume.path) }
        reasons += undecided.map { .undecided($0.volume.path) }
        // Replayed beside the disk already, it is a volume of its own.
        let shown = Set(holders.compactMap(\.volume.uuid))
        let hidden = undecided.filter { Self.isHiddenByLog($0) && !($0.volume.uuid.map(shown.contains) ?? false) }
        // The technician's own disks are none of the recorder's.
        let foreign = disks(all.filter { $0.role == .stick || $0.system?.isForeign == true })
        let wiped = all.filter { Self.mayBeWiped($0) && foreign.isDisjoint(with: disks([$0])) }
        reasons += wiped.filter { !undecided.contains($0) }.map { .mayBeWiped($0.volume.path) }
        if holders.isEmpty { reasons.append(.noRecordings) }
        if systems.isEmpty { reasons.append(.noSystem) }

        // Where the advice would write: the system's disk, or one that may have been it.
        let shared = data.filter { !systemDisks.isDisjoint(with: disks([$0])) }
        let atRisk = systems.isEmpty ? disks(data) : systemDisks
        let hiddenThere = undecided.contains { !atRisk.isDisjoint(with: disks([$0])) }
        let formerSystem = systems.isEmpty ? all.filter { Self.mayHaveBeenSystem($0) && !atRisk.isDisjoint(with: disks([$0])) } : []
        reasons += formerSystem.map { .traceOfSystem($0.volume.path) }
        let isWhole = !systems.isEmpty && systems.allSatisfy { $0.system?.state == .intact || $0.system?.state == .migrated }

        if !failing.isEmpty {
            verdict = .imageDiskFirst
        } else if holders.isEmpty || hiddenThere || !formerSystem.isEmpty || isWhole && !undecided.isEmpty {
            verdict = .cannotTell
        } else if isWhole, incomplete.isEmpty {
            verdict = .nothingToDo
        } else if let first = both.first {
            verdict = .setDiskAside
            reasons.append(.oneVolumeForBoth(first.volume.path))
        } else if let facts = shared.first, let system = systems.first {
            verdict = .reinstallSmall
            reasons.append(.sameDisk(system: system.volume.path, data: facts.volume.path))
        } else {
            verdict = .keepDataDisks
            if !systems.isEmpty { reasons.append(.differentDisks(system: systems.map(\.volume.path), data: data.map(\.volume.path))) }
        }
        if verdict != .nothingToDo, verdict != .cannotTell { reasons.append(version.map(Reason.version) ?? .versionUnknown) }
        self.reasons = reasons
        steps = Self.steps(
            verdict,
            Subject(
                holders: holders, systems: systems, undecided: undecided, hidden: hidden, wiped: wiped,
                traces: formerSystem.filter { !wiped.contains($0) }, concerned: concerned, systemDisks: systemDisks, version: version))
    }

    /// The technician's own system, beside recordings, is not what is to be rescued, and must never be named for a reinstallation.
    private static func recorderSystems(_ all: [VolumeFacts]) -> [VolumeFacts] {
        let systems = all.filter { $0.system != nil && $0.role != .stick }
        let known = systems.filter { $0.system?.isForeign == false }
        guard known.isEmpty, !all.contains(where: { $0.role == .data }) else { return known }
        return systems.filter { $0.role == .systemAndData }
    }

    /// Below this a volume holds no recorder's data: boot partitions, recovery partitions, BIOS gaps.
    private static let smallestOfInterest: UInt64 = 64 << 20

    /// What may hold recordings though nobody can see them now; also a part of an array that nobody assembled.
    private static func mayHideRecordings(_ facts: VolumeFacts) -> Bool {
        (facts.role == .unknown || facts.role == .member && facts.volume.holders.isEmpty) && facts.volume.byteCount >= smallestOfInterest
    }

    /// A file system that was not unmounted: what it holds stands in its log, and shows when that is replayed beside the disk.
    private static func isHiddenByLog(_ facts: VolumeFacts) -> Bool {
        facts.volume.content.kind == .filesystem && facts.evidence.contains(.logNotReplayed)
    }

    /// Nothing on it, nothing that is known, a file system without a file, or one that no driver opens: recordings that were
    /// there are found by their own structure.
    private static func mayBeWiped(_ facts: VolumeFacts) -> Bool {
        guard facts.volume.byteCount >= smallestOfInterest, facts.volume.holders.isEmpty else { return false }
        return facts.evidence.contains { evidence in
            switch evidence {
            case .empty, .unknownBytes, .damaged: true
            case .noRecordings(let files): files == 0
            default: false
            }
        }
    }

    /// Beside recordings, on a machine where no system is found: what a recorder's own disk has and a disk for data has not.
    private static func mayHaveBeenSystem(_ facts: VolumeFacts) -> Bool {
        facts.role == .swap || facts.evidence.contains(.bootFiles)
            || facts.evidence.contains(.empty) && facts.volume.byteCount >= smallestOfInterest
    }

    private static func reason(_ facts: VolumeFacts) -> Reason {
        let name = facts.volume.path
        return switch facts.system?.state {
        case .intact: .systemIntact(name)
        case .migrated: .systemMigrated(name)
        case .migrationInterrupted: .migrationInterrupted(name)
        default: .systemUnclear(name)
        }
    }
}
