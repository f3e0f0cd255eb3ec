import Recordings
import Testing

@testable import BlockDevices
@testable import Recovery

/// A machine put together by a test; `a` is `/dev/sda`.
private struct Builder {
    var survey = MachineSurvey(machine: Machine())

    /// One volume a role, on one disk with a table.
    mutating func disk(_ name: String, _ volumes: [(Role, InstalledSystem.State?)], health: Health.State = .good, mounted: Bool = false) {
        let path = "/dev/sd\(name)"
        var parts: [Volume] = []
        for (index, (role, state)) in volumes.enumerated() {
            var volume = Volume(
                path: "\(path)\(index + 1)", form: .partition, byteCount: 1 << 34, content: Content(kind: .filesystem, type: "ext4"))
            if mounted { volume.mountPoints = ["/mnt/\(name)\(index + 1)"] }
            parts.append(volume)
            survey.facts[volume.path] = facts(volume, role, state)
        }
        let whole = Volume(path: path, form: .disk, byteCount: 1 << 36, content: Content(kind: .unknown))
        survey.machine.disks.append(
            Disk(
                path: path, serial: "S\(name)", byteCount: 1 << 36, logicalSectorBytes: 512, isRemovable: false, isReadOnly: false,
                isImage: false,
                table: .gpt, partitions: parts, whole: whole, health: Health(state: health, evidence: [.passed])))
    }

    mutating func array(_ name: String, on members: [String], _ role: Role, state: InstalledSystem.State? = nil, missing: Int = 0) {
        var volume = Volume(path: "/dev/\(name)", form: .array, byteCount: 1 << 34, content: Content(kind: .filesystem, type: "xfs"))
        volume.standsOn = members
        volume.missingMembers = missing
        survey.machine.volumes.append(volume)
        survey.facts[volume.path] = facts(volume, role, state)
        for member in members {
            for index in survey.machine.disks.indices {
                for part in survey.machine.disks[index].partitions.indices where survey.machine.disks[index].partitions[part].path == member
                {
                    survey.machine.disks[index].partitions[part].holders = [volume.path]
                    survey.facts[member]?.volume = survey.machine.disks[index].partitions[part]
                }
            }
        }
    }

    private func facts(_ volume: Volume, _ role: Role, _ state: InstalledSystem.State?) -> VolumeFacts {
        var facts = VolumeFacts(volume: volume, role: role, evidence: [])
        if role == .system || role == .systemAndData {
            var system = InstalledSystem()
            system.state = state ?? .migrationInterrupted
            system.distribution = Distribution(id: "ubuntu", version: "14.04", name: "Ubuntu 14.04")
            var product = ProductFinding(product: "CamTrace", isConfirmed: false)
            product.add(version: "7.14.0.3", from: "x")
            system.product = product
            facts.system = system
        }
        return facts
    }

    var triage: Triage { Triage(survey) }
}

@Suite struct TriageTests {
    private func triage(_ build: (inout Builder) -> Void) -> Triage {
        var builder = Builder()
        build(&builder)
        return builder.triage
    }

    private func ids(_ triage: Triage) -> [Triage.Step.ID] { triage.steps.map(\.id) }

    @Test func differentDisks() {
        let triage = triage {
            $0.disk("a", [(.system, nil), (.swap, nil)])
            $0.disk("b", [(.data, nil)])
        }
        #expect(triage.verdict == .keepDataDisks)
        #expect(triage.reasons.contains(.differentDisks(system: ["/dev/sda1"], data: ["/dev/sdb1"])))
        #expect(triage.reasons.contains(.version("7.14.0.3")))
        #expect(ids(triage) == [.mount, .index, .extract, .capture, .reinstall, .remount, .reload])
        #expect(triage.steps.map(\.state) == [.next, .waiting, .waiting, .waiting, .waiting, .waiting, .waiting])
        // What is overwritten is saved first.
        #expect(triage.steps[4].waitsFor == [.index, .capture])
        #expect(triage.steps[4].disks == ["/dev/sda (Sa)"], "the disk that is written to is named, with its number")
        // The configuration never before the data.
        #expect(triage.steps[6].waitsFor == [.remount] && triage.steps[5].waitsFor == [.reinstall])
    }

    @Test func mountedAlready() {
        let triage = triage {
            $0.disk("a", [(.system, nil)])
            $0.disk("b", [(.data, nil)], mounted: true)
        }
        #expect(triage.steps.map(\.state).prefix(2) == [.done, .next])
        #expect(triage.steps[1].command == "camtrace-rescue index build /mnt/b1 --index /media/usb/index.ctrx")
        #expect(triage.steps[1].waitsFor == [])
    }

    @Test func sameDiskOwnVolume() {
        let triage = triage { $0.disk("a", [(.system, nil), (.data, nil)]) }
        #expect(triage.verdict == .reinstallSmall)
        #expect(triage.reasons.contains(.sameDisk(system: "/dev/sda1", data: "/dev/sda2")))
        #expect(ids(triage) == [.mount, .index, .extract, .capture, .reinstallSmall, .remount, .reload])
    }

    @Test func oneVolumeForBoth() {
        let triage = triage { $0.disk("a", [(.systemAndData, nil)]) }
        #expect(triage.verdict == .setDiskAside)
        #expect(ids(triage) == [.mount, .index, .extract, .capture, .setAside, .reinstall, .reload])
        #expect(triage.steps[4].disks == ["/dev/sda (Sa)"])
        #expect(triage.steps[5].disks == [], "a new disk, not this one")
    }

    @Test func oneVolumeForBothAndFurtherDisks() {
        let triage = triage {
            $0.disk("a", [(.systemAndData, nil)])
            $0.disk("b", [(.data, nil)])
        }
        #expect(triage.verdict == .setDiskAside)
    }

    @Test func arraysAreFollowedToTheirDisks() {
        let shared = triage {
            $0.disk("a", [(.system, nil), (.member, nil)])
            $0.disk("b", [(.member, nil)])
            $0.array("md0", on: ["/dev/sda2", "/dev/sdb1"], .data)
        }
        #expect(shared.verdict == .reinstallSmall)
        let apart = triage {
            $0.disk("a", [(.system, nil)])
            $0.disk("b", [(.member, nil)])
            $0.disk("c", [(.member, nil)])
            $0.array("md0", on: ["/dev/sdb1", "/dev/sdc1"], .data, missing: 1)
        }
        #expect(apart.verdict == .keepDataDisks)
        #expect(apart.reasons.contains(.incompleteArray("/dev/md0")))
    }

    @Test func nothingToDo() {
        for state in [InstalledSystem.State.intact, .migrated] {
            let triage = triage {
                $0.disk("a", [(.system, state)])
                $0.disk("b", [(.data, nil)])
            }
            #expect(triage.verdict == .nothingToDo)
            #expect(triage.steps == [])
        }
    }

    /// "Nothing to rescue" is said only if everything was seen.
    @Test func aWholeSystemBesideWhatNobodySees() {
        for role in [Role.unknown, .member] {
            let triage = triage {
                $0.disk("a", [(.system, .intact)])
                $0.disk("b", [(.data, nil)])
                $0.disk("c", [(role, nil)])
            }
            #expect(triage.verdict == .cannotTell, "\(role)")
            #expect(triage.reasons.contains(.undecided("/dev/sdc1")))
        }
        let degraded = triage {
            $0.disk("a", [(.system, .intact)])
            $0.disk("b", [(.member, nil)])
            $0.array("md0", on: ["/dev/sdb1"], .data, missing: 1)
        }
        #expect(degraded.verdict != .nothingToDo)
    }

    /// A partition that cannot be seen, on the disk that would be reinstalled, may be the recordings.
    @Test func theUnseenOnTheDiskOfTheSystem() {
        let triage = triage {
            $0.disk("a", [(.system, nil), (.unknown, nil)])
            $0.disk("b", [(.data, nil)])
        }
        #expect(triage.verdict == .cannotTell)
        // The recordings that are seen can be had all the same.
        #expect(ids(triage) == [.decide, .mount, .index, .extract])
        #expect(triage.steps[0].subjects == ["/dev/sda2"])
        #expect(triage.steps[0].state == .next)
    }

    @Test func theUnseenOnAnotherDiskIsSaid() {
        let triage = triage {
            $0.disk("a", [(.system, nil)])
            $0.disk("b", [(.data, nil)])
            $0.disk("c", [(.unknown, nil)])
        }
        #expect(triage.verdict == .keepDataDisks)
        #expect(triage.reasons.contains(.undecided("/dev/sdc1")))
    }

    @Test func recordingsWithoutASystem() {
        let alone = triage { $0.disk("b", [(.data, nil)]) }
        #expect(alone.verdict == .keepDataDisks)
        #expect(alone.reasons.contains(.noSystem) && alone.reasons.contains(.versionUnknown))
        // The system that no longer opens may be beside them.
        #expect(triage { $0.disk("a", [(.unknown, nil), (.data, nil)]) }.verdict == .cannotTell)
        let swap = triage { $0.disk("a", [(.swap, nil), (.data, nil)]) }
        #expect(swap.verdict == .cannotTell)
        #expect(swap.reasons.contains(.traceOfSystem("/dev/sda1")))
    }

    @Test func noRecordings() {
        #expect(triage { _ in }.verdict == .cannotTell)
        let triage = triage { $0.disk("a", [(.system, nil)]) }
        #expect(triage.verdict == .cannotTell)
        #expect(triage.reasons.contains(.noRecordings))
        #expect(ids(triage) == [.decide])
    }

    /// What a log hides is a step of its own, before and after the mount.
    @Test func aLogThatHidesRecordings() {
        var builder = Builder()
        builder.disk("a", [(.system, nil)])
        builder.disk("b", [(.data, nil)])
        builder.disk("c", [(.unknown, nil)])
        builder.survey.facts["/dev/sdc1"]?.evidence = [.needsRecovery, .logNotReplayed]
        let triage = builder.triage
        #expect(triage.verdict == .keepDataDisks)
        #expect(ids(triage).prefix(4) == [.mount, .replay, .index, .extract])
        #expect(
            triage.steps[1].command
                == "camtrace-rescue unmount /mnt/camtrace-rescue/sdc1 && camtrace-rescue mount /dev/sdc1 --mode overlay")
        #expect(triage.steps[2].waitsFor == [.mount, .replay])
        builder.survey.facts["/dev/sdb1"]?.volume.mountPoints = ["/mnt/b1"]
        builder.survey.facts["/dev/sdc1"]?.volume.mountPoints = ["/mnt/c1"]
        #expect(builder.triage.steps.map(\.state).prefix(3) == [.done, .next, .waiting])
        #expect(builder.triage.steps[1].command == "camtrace-rescue unmount /mnt/c1 && camtrace-rescue mount /dev/sdc1 --mode overlay")
        #expect(builder.triage.steps[2].command == "camtrace-rescue index build /mnt/b1 /mnt/c1 --index /media/usb/index.ctrx")
        // Alone it leaves nothing to decide before it.
        let alone = {
            var builder = Builder()
            builder.disk("c", [(.unknown, nil)])
            builder.survey.facts["/dev/sdc1"]?.evidence = [.needsRecovery, .logNotReplayed]
            return builder.triage
        }()
        #expect(alone.verdict == .cannotTell)
        #expect(ids(alone) == [.replay, .index, .extract, .lookAgain])
        #expect(alone.steps[0].command == "camtrace-rescue mount /dev/sdc1 --mode overlay" && alone.steps[0].state == .next)
    }

    /// A disk on which nothing is left is not given up.
    @Test(arguments: [RoleEvidence.empty, .unknownBytes, .damaged, .noRecordings(files: 0)])
    func aDiskThatWasWiped(evidence: RoleEvidence) {
        var builder = Builder()
        builder.disk("a", [(.system, nil)])
        builder.disk("b", [(evidence == .empty || evidence == .noRecordings(files: 0) ? .other : .unknown, nil)])
        builder.survey.facts["/dev/sdb1"]?.evidence = [evidence]
        #expect(builder.triage.verdict == .cannotTell)
        #expect(ids(builder.triage) == [.carve])
        #expect(builder.triage.steps[0].command == "camtrace-rescue carve /dev/sdb1 --output /media/usb/carved")
        // Beside recordings that are there, after them.
        builder.disk("c", [(.data, nil)])
        #expect(ids(builder.triage).prefix(4) == [.mount, .index, .extract, .carve])
        // Files are on it, or it is as small as a boot partition.
        builder.survey.facts["/dev/sdb1"]?.volume.byteCount = 1 << 20
        #expect(!ids(builder.triage).contains(.carve))
    }

    @Test func failingDisksFirst() {
        let triage = triage {
            $0.disk("a", [(.system, nil)], health: .failing)
            $0.disk("b", [(.data, nil)], health: .failing)
            $0.disk("c", [(.data, nil)])
            $0.disk("d", [(.other, nil)], health: .failing)
        }
        #expect(triage.verdict == .imageDiskFirst)
        #expect(!triage.reasons.contains(.failingDisk("/dev/sdd")), "holds nothing of interest")
        #expect(ids(triage) == [.image, .image, .lookAgain])
        let commands = triage.steps.compactMap(\.command)
        #expect(commands[0] == "ddrescue -d /dev/sda /media/usb/sda.img /media/usb/sda.map")
        #expect(commands[1] == "ddrescue -d /dev/sdb /media/usb/sdb.img /media/usb/sdb.map")
        #expect(commands[2] == "camtrace-rescue triage --image /media/usb/sda.img --image /media/usb/sdb.img --image /dev/sdc")
        #expect(triage.steps[2].waitsFor == [.image])
    }

    @Test func aWornDiskIsSaid() {
        let triage = triage {
            $0.disk("a", [(.system, nil)])
            $0.disk("b", [(.data, nil)], health: .worn)
        }
        #expect(triage.verdict == .keepDataDisks)
        #expect(triage.reasons.contains(.wornDisk("/dev/sdb")))
    }

    @Test func severalSystems() {
        var builder = Builder()
        builder.disk("a", [(.system, nil)])
        builder.disk("b", [(.system, .intact)])
        builder.disk("c", [(.data, nil)])
        #expect(builder.triage.verdict == .keepDataDisks)
        // Two recorders of two versions: which one is the departure is not guessed.
        builder.survey.facts["/dev/sdb1"]?.system?.product?.add(version: "7.14.0.2", from: "y")
        builder.survey.facts["/dev/sdb1"]?.system?.product?.version = "7.14.0.2"
        #expect(builder.triage.reasons.contains(.versionUnknown))
    }

    @Test func theTechniciansOwnSystem() {
        var builder = Builder()
        builder.disk("a", [(.system, nil)])
        builder.disk("b", [(.data, nil)])
        builder.disk("n", [(.systemAndData, .unknown)])
        builder.survey.facts["/dev/sdn1"]?.system?.product = nil
        builder.survey.facts["/dev/sdn1"]?.system?.evidence = [.releaseNotInProfile("Debian 12")]
        #expect(builder.triage.verdict == .keepDataDisks)
        #expect(builder.triage.reasons.contains(.foreignSystem("/dev/sdn1")))
        #expect(builder.triage.steps.first { $0.id == .reinstall }?.disks == ["/dev/sda (Sa)"])

        // The recorder's system disk is dead: nobody is told to reinstall the laptop.
        builder.survey.facts["/dev/sda1"] = nil
        builder.survey.machine.disks.removeFirst()
        #expect(builder.triage.reasons.contains(.noSystem))
        #expect(builder.triage.steps.allSatisfy { $0.disks.isEmpty })
        // Where its recordings are the only ones, they are kept as those of any recorder.
        builder.survey.facts["/dev/sdb1"] = nil
        builder.survey.machine.disks.removeFirst()
        #expect(builder.triage.verdict == .setDiskAside)
    }

    @Test func images() {
        var builder = Builder()
        builder.disk("a", [(.system, nil), (.data, nil)])
        for path in ["/dev/sda1", "/dev/sda2"] { builder.survey.facts[path]?.volume.image = "/srv/it's a disk.img" }
        #expect(builder.triage.steps.first?.command == "camtrace-rescue mount '/srv/it'\\''s a disk.img'")
        builder.survey.facts["/dev/sda2"]?.role = .unknown
        #expect(builder.triage.steps.first?.command == "camtrace-rescue detect --image '/srv/it'\\''s a disk.img'")
    }

    @Test(arguments: [
        ("/dev/sda", "/dev/sda"), ("", "''"), ("a b", "'a b'"), ("$(rm)", "'$(rm)'"), ("it's", "'it'\\''s'"),
        // A quote with an accent on it is a quote to the shell.
        ("'\u{301};reboot", "''\\''\u{301};reboot'"), ("~", "'~'"), ("é", "'é'"),
    ])
    func wordsForAShell(text: String, expected: String) {
        #expect(Array(shellQuoted(text).unicodeScalars) == Array(expected.unicodeScalars))
    }
}
