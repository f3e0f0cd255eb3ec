import BlockDevices
import Mounting

/// The way back, as steps.
extension Triage {
    /// What the steps are about.
    struct Subject {
        var holders: [VolumeFacts]
        /// The recorder's own systems, whose configuration a reinstallation would overwrite.
        var systems: [VolumeFacts]
        var undecided: [VolumeFacts]
        /// Those of them whose log hides what they hold.
        var hidden: [VolumeFacts]
        /// Where recordings may have been once.
        var wiped: [VolumeFacts]
        /// What may be left of a system that is not found.
        var traces: [VolumeFacts]
        /// Disks that the advice touches.
        var concerned: [Disk]
        var systemDisks: Set<String>
        var version: String?
    }

    static func steps(_ verdict: Verdict, _ subject: Subject) -> [Step] {
        let holders = subject.holders
        let isMounted = !holders.isEmpty && holders.allSatisfy { !$0.volume.mountPoints.isEmpty }
        func place(_ facts: VolumeFacts) -> String {
            facts.volume.mountPoints.first ?? Mounted.usualFolder + "/" + MountPlan.name(of: facts.volume)
        }
        // Before they are mounted, their places can be foretold if they differ and nothing undecided is mounted beside them.
        let foretold = (holders + subject.hidden).map(place)
        let isForetold = isMounted || subject.undecided.isEmpty && Set(foretold).count == foretold.count
        let places = isForetold ? foretold : [Mounted.usualFolder + "/*"]
        let names = holders.map(\.volume.path)
        let index = "/media/usb/index.ctrx"
        var steps: [Step] = []
        func add(
            _ id: Step.ID, _ command: String?, after: [Step.ID] = [], done: Bool = false, subjects: [String] = [], disks: [String] = []
        ) {
            steps.append(Step(id: id, command: command, state: done ? .done : .waiting, waitsFor: after, subjects: subjects, disks: disks))
        }
        /// The recordings, first as they stand on the disks, then what a log hides, then what a bare disk still holds.
        func addRescue() {
            // Images are mounted by name; `--all` is the machine's disks.
            let toMount = images(holders + subject.systems)
            if !holders.isEmpty {
                add(
                    .mount, "camtrace-rescue mount " + (toMount.isEmpty ? "--all" : toMount.map(shellQuoted).joined(separator: " ")),
                    done: isMounted, subjects: names)
            }
            let mounts: [Step.ID] = holders.isEmpty ? [] : [.mount]
            for facts in subject.hidden {
                // Beside the disk, into a layer; what was mounted without its log makes room first.
                let isThere =
                    !facts.volume.mountPoints.isEmpty
                    || !holders.isEmpty && !isMounted && (facts.volume.image.map(toMount.contains) ?? toMount.isEmpty)
                let unmount = isThere ? "camtrace-rescue unmount \(shellQuoted(place(facts))) && " : ""
                add(
                    .replay, unmount + "camtrace-rescue mount \(shellQuoted(facts.volume.path)) --mode overlay", after: mounts,
                    subjects: [facts.volume.path])
            }
            if !holders.isEmpty || !subject.hidden.isEmpty {
                add(
                    .index, "camtrace-rescue index build \(places.map(shellQuotedGlob).joined(separator: " ")) --index \(index)",
                    after: mounts + (subject.hidden.isEmpty ? [] : [.replay]))
                add(.extract, "camtrace-rescue extract --index \(index) --output /media/usb/clips", after: [.index])
            }
            for facts in subject.wiped {
                let folder = "/media/usb/carved" + (subject.wiped.count > 1 ? "-" + MountPlan.name(of: facts.volume) : "")
                add(
                    .carve, "camtrace-rescue carve \(shellQuoted(facts.volume.path)) --output \(shellQuoted(folder))",
                    after: steps.contains { $0.id == .index } ? [.index] : [], subjects: [facts.volume.path])
            }
        }
        switch verdict {
        case .nothingToDo: return []
        case .cannotTell:
            let asImages = images(subject.undecided).map { " --image " + shellQuoted($0) }.joined()
            // What a step of its own looks into needs no other look.
            let unclear = subject.undecided.filter { !subject.hidden.contains($0) && !subject.wiped.contains($0) } + subject.traces
            if !unclear.isEmpty || holders.isEmpty && subject.hidden.isEmpty && subject.wiped.isEmpty {
                add(.decide, "camtrace-rescue detect" + asImages, subjects: unclear.map(\.volume.path))
            }
            // Whatever is decided, the recordings can be had now.
            addRescue()
            if !subject.hidden.isEmpty { add(.lookAgain, "camtrace-rescue triage" + asImages, after: [.replay]) }
        case .imageDiskFirst:
            // One image a disk: two disks in one file would destroy both copies.
            var looks: [String] = []
            for disk in subject.concerned {
                guard disk.health.state == .failing else {
                    looks.append(disk.path)
                    continue
                }
                let copy = "/media/usb/" + (disk.path.split(separator: "/").last.map(String.init) ?? "disk")
                looks.append(copy + ".img")
                add(
                    .image, "ddrescue -d \(shellQuoted(disk.path)) \(shellQuoted(copy + ".img")) \(shellQuoted(copy + ".map"))",
                    subjects: [named(disk)])
            }
            add(.lookAgain, "camtrace-rescue triage" + looks.map { " --image " + shellQuoted($0) }.joined(), after: [.image])
        case .keepDataDisks, .reinstallSmall, .setDiskAside:
            addRescue()
            var saved: [Step.ID] = []
            if let system = subject.systems.first {
                let place = system.volume.mountPoints.first ?? Mounted.usualFolder + "/" + MountPlan.name(of: system.volume)
                add(
                    .capture, "camtrace-rescue config capture \(shellQuoted(place)) --output /media/usb/configuration.tgz", after: [.mount],
                    subjects: [system.volume.path])
                saved = [.capture]
            }
            // Nobody installs on an image.
            let systemDisks = subject.concerned.filter { !$0.isImage && subject.systemDisks.contains($0.path) }.map(named)
            let version = [subject.version ?? ""]
            switch verdict {
            case .setDiskAside:
                add(.setAside, nil, after: [.extract] + saved, subjects: names, disks: systemDisks)
                add(.reinstall, nil, after: [.setAside], subjects: version)
                add(.reload, nil, after: [.reinstall], subjects: version)
            case .reinstallSmall:
                add(.reinstallSmall, nil, after: [.index] + saved, subjects: version, disks: systemDisks)
                add(.remount, nil, after: [.reinstallSmall], subjects: names)
                add(.reload, nil, after: [.remount], subjects: version)
            default:
                add(.reinstall, nil, after: [.index] + saved, subjects: version, disks: systemDisks)
                add(.remount, nil, after: [.reinstall], subjects: names)
                add(.reload, nil, after: [.remount], subjects: version)
            }
        }
        let done = Set(steps.filter { $0.state == .done }.map(\.id))
        for index in steps.indices { steps[index].waitsFor.removeAll(where: done.contains) }
        if let next = steps.firstIndex(where: { $0.state == .waiting && $0.waitsFor.isEmpty }) { steps[next].state = .next }
        return steps
    }

    private static func images(_ volumes: [VolumeFacts]) -> [String] {
        var images: [String] = []
        for image in volumes.compactMap(\.volume.image) where !images.contains(image) { images.append(image) }
        return images
    }

    /// A name such as `/dev/sda` changes from one start to the next; the number on the disk's label does not.
    private static func named(_ disk: Disk) -> String {
        disk.path + (disk.serial.map { " (\($0))" } ?? "")
    }
}

/// A word for a POSIX shell.
public func shellQuoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "/._-:,+@%=".utf8.contains(byte)
    }
    guard !plain || text.isEmpty else { return text }
    // By scalars: a quote that carries an accent is one character to Swift and two to a shell.
    return "'" + text.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
}

private func shellQuotedGlob(_ text: String) -> String {
    text.hasSuffix("/*") ? shellQuoted(String(text.dropLast(2))) + "/*" : shellQuoted(text)
}
