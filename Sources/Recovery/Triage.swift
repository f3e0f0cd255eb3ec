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
    }

    public struct Step: Sendable, Equatable {
        public enum ID: String, Sendable, CaseIterable {
            case image, lookAgain = "look-again", decide, mount, index, extract, setAside = "set-aside", reinstall, reinstallSmall =
                "reinstall-small", remount
            case reload, start
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
    }

    /// Pure: the same survey gives the same answer.
    public init(_ survey: MachineSurvey) {
        let all = survey.facts { _ in true }
        let both = all.filter { $0.role == .systemAndData }
        let data = all.filter { $0.role == .data }
        let systems = all.filter { $0.role == .system || $0.role == .systemAndData }
        // What may hold recordings though nobody can see them now.
        let undecided = all.filter { $0.role == .unknown && $0.volume.byteCount >= Self.smallestOfInterest }
        var reasons: [Reason] = []
        for facts in systems {
            let name = facts.volume.path
            switch facts.system?.state {
            case .intact: reasons.append(.systemIntact(name))
            case .migrated: reasons.append(.systemMigrated(name))
            case .migrationInterrupted: reasons.append(.migrationInterrupted(name))
            default: reasons.append(.systemUnclear(name))
            }
        }
        let version = systems.lazy.compactMap { $0.system?.product?.version }.first
        let concerned = survey.machine.disks.filter { disk in
            (data + systems + undecided).contains { survey.machine.disks(below: $0.volume).contains(disk) }
        }
        let failing = concerned.filter { $0.health.state == .failing }
        reasons += failing.map { .failingDisk($0.path) }
        reasons += concerned.filter { $0.health.state == .worn }.map { .wornDisk($0.path) }
        reasons += all.filter { $0.volume.content.needsRecovery == true && $0.role != .stick }.map { .needsRecovery($0.volume.path) }
        reasons += all.filter { $0.volume.missingMembers > 0 }.map { .incompleteArray($0.volume.path) }
        reasons += undecided.map { .undecided($0.volume.path) }

        let systemDisks = Set(systems.flatMap { survey.machine.disks(below: $0.volume).map(\.path) })
        let shared = data.filter { facts in survey.machine.disks(below: facts.volume).contains { systemDisks.contains($0.path) } }
        let holders = both + data
        if holders.isEmpty { reasons.append(.noRecordings) }
        if systems.isEmpty { reasons.append(.noSystem) }

        if !failing.isEmpty {
            verdict = .imageDiskFirst
        } else if holders.isEmpty {
            verdict = .cannotTell
        } else if !systems.isEmpty, systems.allSatisfy({ $0.system?.state == .intact || $0.system?.state == .migrated }) {
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
        steps = Self.steps(verdict, holders: holders, failing: failing, undecided: undecided, version: version)
    }

    /// Below this a volume holds no recorder's data: boot partitions, recovery partitions, BIOS gaps.
    private static let smallestOfInterest: UInt64 = 64 << 20

    private static func steps(
        _ verdict: Verdict, holders: [VolumeFacts], failing: [Disk], undecided: [VolumeFacts], version: String?
    ) -> [Step] {
        let isMounted = !holders.isEmpty && holders.allSatisfy { !$0.volume.mountPoints.isEmpty }
        let places = isMounted ? holders.compactMap(\.volume.mountPoints.first) : ["/mnt/camtrace-rescue/*"]
        let names = holders.map(\.volume.path)
        // Images are mounted by name; `--all` is the machine's disks.
        var images: [String] = []
        for image in holders.compactMap(\.volume.image) where !images.contains(image) { images.append(image) }
        let toMount = images.isEmpty ? "--all" : images.map(shellQuoted).joined(separator: " ")
        let index = "/media/usb/index.ctrx"
        var steps: [Step] = []
        func add(_ id: Step.ID, _ command: String?, after: [Step.ID] = [], done: Bool = false, subjects: [String] = []) {
            steps.append(Step(id: id, command: command, state: done ? .done : .waiting, waitsFor: after, subjects: subjects))
        }
        switch verdict {
        case .nothingToDo: return []
        case .cannotTell:
            add(.decide, "camtrace-rescue detect", subjects: undecided.map(\.volume.path))
        case .imageDiskFirst:
            for disk in failing {
                add(.image, "ddrescue -d \(shellQuoted(disk.path)) /media/usb/disk.img /media/usb/disk.map", subjects: [disk.path])
            }
            add(.lookAgain, "camtrace-rescue triage --image /media/usb/disk.img", after: [.image])
        case .keepDataDisks, .reinstallSmall, .setDiskAside:
            add(.mount, "camtrace-rescue mount \(toMount)", done: isMounted, subjects: names)
            add(
                .index, "camtrace-rescue index build \(places.map(shellQuotedGlob).joined(separator: " ")) --index \(index)",
                after: [.mount])
            add(.extract, "camtrace-rescue extract --index \(index) --output /media/usb/clips", after: [.index])
            if verdict == .setDiskAside { add(.setAside, nil, after: [.extract], subjects: names) }
            add(
                verdict == .reinstallSmall ? .reinstallSmall : .reinstall, nil, after: verdict == .setDiskAside ? [.setAside] : [.index],
                subjects: [version ?? ""])
            if verdict != .setDiskAside {
                add(.remount, nil, after: [verdict == .reinstallSmall ? .reinstallSmall : .reinstall], subjects: names)
                add(.reload, nil, after: [.remount], subjects: [version ?? ""])
            } else {
                add(.reload, nil, after: [.reinstall], subjects: [version ?? ""])
            }
        }
        let done = Set(steps.filter { $0.state == .done }.map(\.id))
        if let next = steps.firstIndex(where: { $0.state == .waiting && $0.waitsFor.allSatisfy(done.contains) }) {
            steps[next].state = .next
        }
        for index in steps.indices { steps[index].waitsFor.removeAll(where: done.contains) }
        return steps
    }
}

/// A word for a POSIX shell.
func shellQuoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "/._-:,+@%=".utf8.contains(byte)
    }
    return plain && !text.isEmpty
        ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

private func shellQuotedGlob(_ text: String) -> String {
    text.hasSuffix("/*") ? shellQuoted(String(text.dropLast(2))) + "/*" : shellQuoted(text)
}
