import Testing

@testable import Mounting
@testable import Recovery

/// Every order of steps to length 8, against a world that knows the truth: which disk is really where.
@Suite struct MountGuardModelTests {
    /// A disk as a person sees it. The last three pretend to be the first.
    enum Disk: Int, CaseIterable {
        case first, second, stranger, clone, wiped

        var uuid: String {
            switch self {
            case .first, .clone, .wiped: "aaaa"
            case .second: "bbbb"
            case .stranger: "cccc"
            }
        }
        var serial: String { self == .clone ? "serial-of-clone" : self == .wiped ? "serial-of-first" : "serial-of-\(self)" }
        var holdsRecordings: Bool { self != .wiped && self != .stranger }
    }

    enum Step: CaseIterable {
        case detect, mountFirst, mountSecond, unmountFirst, unmountSecond
        case putStranger, putClone, putWiped, putBack, pullSecond, putSecond
        case reboot, waiveFirst, waiveSecond, restore
    }

    /// What is true, kept apart from what the ledger says.
    struct World: Hashable {
        var slots: [Disk?] = [.first, .second]
        /// The disk that was in the slot when it was mounted.
        var mounted: [Disk?] = [nil, nil]
        /// Disks that were seen to hold recordings; the wiped one shows none and is no data volume.
        var seen: Set<Disk> = []
        var waived: Set<Disk> = []
        var boot = 0
    }

    static let paths = ["/dev/sdb", "/dev/sdc"]

    static func seen(_ disk: Disk, at slot: Int) -> SeenVolume {
        SeenVolume(path: paths[slot], uuid: disk.uuid, serials: [disk.serial], byteCount: 1000, role: "data")
    }

    static func mounted(_ disk: Disk, at slot: Int) -> Mounted {
        Mounted(
            volume: paths[slot], place: "/mnt/\(slot)", mode: .readOnly, type: "ext4", uuid: disk.uuid, byteCount: 1000,
            serials: [disk.serial], walls: [], devices: [], image: nil, offset: 0)
    }

    struct State {
        var world = World()
        var entries: [LedgerEntry] = []

        mutating func note(_ step: LedgerEntry.Step, _ state: LedgerEntry.State, _ fill: (inout LedgerEntry) -> Void) {
            var entry = LedgerEntry(number: entries.count + 1, at: "", step: step, state: state, boot: "boot-\(world.boot)", previous: "")
            fill(&entry)
            entries.append(entry)
        }

        /// As the session would look now: its mounts of this boot, each with what stands in its slot.
        var present: [SessionHistory.Present] {
            SessionHistory(entries).mounts(in: "boot-\(world.boot)").compactMap { mounted in
                guard let slot = MountGuardModelTests.paths.firstIndex(of: mounted.volume), world.mounted[slot] != nil else { return nil }
                guard let disk = world.slots[slot] else {
                    let nothing = SeenVolume(path: mounted.volume, uuid: nil, serials: [], byteCount: 0, role: "")
                    return .init(mounted: mounted, identity: nothing, showsRecordings: false)
                }
                return .init(mounted: mounted, identity: MountGuardModelTests.seen(disk, at: slot), showsRecordings: disk.holdsRecordings)
            }
        }

        mutating func take(_ step: Step) {
            switch step {
            case .detect:
                let volumes = world.slots.enumerated().compactMap { slot, disk in
                    disk.flatMap { $0.holdsRecordings ? MountGuardModelTests.seen($0, at: slot) : nil }
                }
                world.seen.formUnion(world.slots.compactMap { $0 }.filter(\.holdsRecordings))
                note(.detect, .done) { $0.volumes = volumes }
            case .mountFirst: mount(0)
            case .mountSecond: mount(1)
            case .unmountFirst: unmount(0)
            case .unmountSecond: unmount(1)
            case .putStranger: world.slots[0] = .stranger
            case .putClone: world.slots[0] = .clone
            case .putWiped: world.slots[0] = .wiped
            case .putBack: world.slots[0] = .first
            case .pullSecond: world.slots[1] = nil
            case .putSecond: world.slots[1] = .second
            case .reboot:
                world.boot += 1
                world.mounted = [nil, nil]
            case .waiveFirst: waive("aaaa")
            case .waiveSecond: waive("bbbb")
            case .restore: break
            }
        }

        private mutating func mount(_ slot: Int) {
            guard let disk = world.slots[slot], world.mounted[slot] == nil else { return }
            world.mounted[slot] = disk
            note(.mount, .intended) { $0.mount = MountGuardModelTests.mounted(disk, at: slot) }
            note(.mount, .done) { $0.mount = MountGuardModelTests.mounted(disk, at: slot) }
        }

        private mutating func unmount(_ slot: Int) {
            guard let disk = world.mounted[slot] else { return }
            world.mounted[slot] = nil
            note(.unmount, .done) { $0.mount = MountGuardModelTests.mounted(disk, at: slot) }
        }

        /// As `Session.waive` does: only what was seen, and only what is not mounted.
        private mutating func waive(_ uuid: String) {
            let chosen = SessionHistory(entries).seen.filter { $0.uuid == uuid }
            guard !chosen.isEmpty, !present.contains(where: { $0.mounted.uuid == uuid }) else { return }
            world.waived.formUnion(world.seen.filter { $0.uuid == uuid })
            note(.waive, .done) { $0.volumes = chosen }
        }

        var isAllowed: Bool {
            do throws(GuardRefusal) {
                _ = try SessionHistory(entries).prove(present)
                return true
            } catch { return false }
        }

        /// The truth: something was seen, and each disk that was seen and not given up is mounted in this boot, is still
        /// the disk in its slot, and shows its recordings.
        var mayRestore: Bool {
            guard !world.seen.isEmpty else { return false }
            return world.seen.subtracting(world.waived).allSatisfy { disk in
                world.slots.indices.contains { world.mounted[$0] != nil && world.slots[$0] == disk && disk.holdsRecordings }
            }
        }
    }

    @Test func everyOrderToLengthEight() {
        var frontier: [World: State] = [World(): State()]
        var reached: Set<World> = [World()]
        var allowed = 0
        for _ in 0..<8 {
            var next: [World: State] = [:]
            for state in frontier.values {
                for step in Step.allCases {
                    var after = state
                    after.take(step)
                    if after.isAllowed != after.mayRestore {
                        Issue.record("\(after.world): allowed \(after.isAllowed), but the truth is \(after.mayRestore)")
                        return
                    }
                    if after.isAllowed { allowed += 1 }
                    // Two ways to one world are one; boots beyond the second are like it.
                    if after.world.boot <= 3, reached.insert(after.world).inserted { next[after.world] = after }
                }
            }
            frontier = next
        }
        // Both answers are met often: the test could fail either way.
        #expect(reached.count > 3000)
        #expect(allowed > 500)
    }

    /// Without joining equal worlds: the ledger's own order must not matter either.
    @Test func randomOrders() {
        var generator = SplitMix(state: 7)
        for _ in 0..<20_000 {
            var state = State()
            for _ in 0..<8 {
                state.take(Step.allCases.randomElement(using: &generator) ?? .detect)
                #expect(state.isAllowed == state.mayRestore, "\(state.entries.map { "\($0.step) \($0.state)" }) \(state.world)")
                if state.isAllowed != state.mayRestore { return }
            }
        }
    }

    struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
