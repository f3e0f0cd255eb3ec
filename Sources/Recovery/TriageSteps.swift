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
        /// Disks that the advice touches.
        var concerned: [Disk]
        var systemDisks: Set<String>
        var version: String?
    }

    static func steps(_ verdict: Verdict, _ subject: Subject) -> [Step] {
        let holders = subject.holders
        let isMounted = !holders.isEmpty && holders.allSatisfy { !$0.volume.mountPoints.isEmpty }
        let places = isMounted ? holders.compactMap(\.volume.mountPoints.first) : ["/mnt/camtrace-rescue/*"]
        let names = holders.map(\.volume.path)
        let index = "/media/usb/index.ctrx"
        var steps: [Step] = []
        func add(
            _ id: Step.ID, _ command: String?, after: [Step.ID] = [], done: Bool = false, subjects: [String] = [], disks: [String] = []
        ) {
            steps.append(Step(id: id, command: command, state: done ? .done : .waiting, waitsFor: after, subjects: subjects, disks: disks))
        }
        switch verdict {
        case .nothingToDo: return []
        case .cannotTell:
            let asImages = images(subject.undecided).map { " --image " + shellQuoted($0) }.joined()
            add(.decide, "camtrace-rescue detect" + asImages, subjects: subject.undecided.map(\.volume.path))
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
            // Images are mounted by name; `--all` is the machine's disks.
            let toMount = images(holders + subject.systems)
            add(
                .mount, "camtrace-rescue mount " + (toMount.isEmpty ? "--all" : toMount.map(shellQuoted).joined(separator: " ")),
                done: isMounted, subjects: names)
            add(
                .index, "camtrace-rescue index build \(places.map(shellQuotedGlob).joined(separator: " ")) --index \(index)",
                after: [.mount])
            add(.extract, "camtrace-rescue extract --index \(index) --output /media/usb/clips", after: [.index])
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
func shellQuoted(_ text: String) -> String {
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
