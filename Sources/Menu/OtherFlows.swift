import BlockDevices
import Glibc
import LinuxSystem
import Mounting
import Recordings
import Recovery
import Reporting
import Wording

/// Beside the way to the clips: the configuration, lost recordings, the stick, the end.
extension Menu {
    // MARK: - Configuration

    private func isSystem(_ facts: VolumeFacts) -> Bool { facts.role == .system || facts.role == .systemAndData }

    /// Systems that are mounted by this session, with what they are.
    private func mountedSystems(_ mode: MountMode? = nil) -> [Mounted] {
        let systems = survey.facts(where: isSystem)
        return mounted().filter { mounted in
            (mode == nil || mounted.mode == mode)
                && systems.contains { $0.volume.path == mounted.volume || $0.volume.uuid != nil && $0.volume.uuid == mounted.uuid }
        }
    }

    func configurationFlow() throws {
        let title = language.menuEntry("configuration")
        let session = history()
        let objection = session == nil ? .nothingSeen : try session?.objection(waiving: [])
        let rows = [
            Screen.Row(text: language.menuCapture, detail: language.menuCaptureDetail),
            Screen.Row(text: language.menuCheck, detail: language.menuCheckDetail),
            Screen.Row(
                text: (objection == nil ? "" : "-- ") + language.menuRestore,
                detail: objection.map { language.menuRestoreWaits(language.complaint($0).message) } ?? language.menuRestoreDetail),
            Screen.Row(text: language.menuRollback, detail: language.menuRollbackDetail),
        ]
        switch screen.choose(title, "", rows) {
        case 0: try capture()
        case 1:
            guard let system = try system(language.menuCheck, mountedSystems()) else { return }
            perform(language.menuCheck, ["check", "camtrace-migration", "--root", system.place] + profileOption)
        case 2:
            if let objection {
                let complaint = language.complaint(objection)
                _ = screen.show(language.menuRestore, complaint.message + "\n" + complaint.hint, [language.buttonBack])
            } else {
                try restore()
            }
        case 3:
            guard let target = try target(language.menuRollback) else { return }
            guard screen.show(language.menuRollback, language.menuRollbackDetail, [language.buttonCancel, language.buttonStart]) == 1 else {
                return
            }
            perform(language.menuRollback, ["config", "rollback", "--target", target])
        default: return
        }
    }

    private var profileOption: [String] { setup.profilePath.map { ["--profile", $0] } ?? [] }

    private func system(_ title: String, _ mounts: [Mounted]) throws -> Mounted? {
        guard !mounts.isEmpty else {
            _ = screen.show(title, language.menuNoSystemMounted, [language.buttonBack])
            return nil
        }
        guard mounts.count > 1 else { return mounts[0] }
        let rows = mounts.map { Screen.Row(text: Table.printable($0.volume + "  " + $0.place)) }
        guard let chosen = screen.choose(title, language.menuWhichSystem, rows), mounts.indices.contains(chosen) else { return nil }
        return mounts[chosen]
    }

    private func capture() throws {
        guard let system = try system(language.menuCapture, mountedSystems()) else { return }
        let path = (memory.destination.flatMap { $0.isThere ? $0.capture : nil }) ?? folder + "/configuration.tgz"
        do { try makeFolders(splitPath(path).folder) } catch {
            _ = screen.show(language.menuCapture, error.description, [language.buttonBack])
            return
        }
        guard
            screen.show(
                language.menuCapture, language.menuCaptureDetail + "\n\n" + Table.printable("\(system.place) -> \(path)"),
                [language.buttonStart, language.buttonCancel]) == 0
        else { return }
        perform(language.menuCapture, ["config", "capture", system.place, "--output", path] + profileOption)
    }

    /// Archives where a person would have put one: the session, the destination, what is mounted.
    private func archives() -> [String] {
        var folders = [folder]
        if let destination = memory.destination, destination.isThere {
            folders += [destination.folder, splitPath(destination.capture).folder]
        }
        folders += mounted().map(\.place)
        return folders.flatMap { folder -> [String] in
            guard let listing = try? OpenFile.forReading(path: folder).entries() else { return [] }
            return listing.entries.map { String(decoding: $0.name, as: UTF8.self) }
                .filter { name in [".tgz", ".tar.gz", ".tar"].contains { name.lowercased().hasSuffix($0) } }.sorted()
                .map { folder + "/" + $0 }
        }
    }

    private func restore() throws {
        let title = language.menuRestore
        let archives = archives()
        var archive: String?
        if !archives.isEmpty {
            let rows = archives.map { Screen.Row(text: Table.printable($0)) } + [Screen.Row(text: language.menuAnotherFile)]
            guard let chosen = screen.choose(title, language.menuWhichArchive, rows) else { return }
            if archives.indices.contains(chosen) { archive = archives[chosen] }
        }
        if archive == nil {
            guard
                let values = screen.fill(
                    title, language.menuWhichArchive, [Screen.Field(label: language.menuPath, value: "/")],
                    [language.buttonOK, language.buttonCancel])
            else { return }
            archive = values[0]
        }
        guard let archive, let target = try target(title) else { return }
        planned(title, ["config", "restore", archive, "--target", target] + profileOption)
    }

    /// The new system's volume, writable: the one act that writes to a recorder's disk, confirmed with its serial number.
    private func target(_ title: String) throws -> String? {
        if let there = mountedSystems(.readWrite).first { return there.place }
        let systems = survey.facts(where: isSystem)
        guard !systems.isEmpty else {
            _ = screen.show(title, language.menuNoSystem, [language.buttonBack])
            return nil
        }
        let rows = systems.map { Screen.Row(text: named($0.volume)) }
        guard let chosen = screen.choose(title, language.menuWhichTarget, rows), systems.indices.contains(chosen) else { return nil }
        let volume = systems[chosen].volume
        let disks = survey.machine.disks(below: volume)
        let told = disks.map { Table.printable("\($0.path)  \($0.model ?? "")  \($0.serial ?? $0.identity ?? volume.uuid ?? "")") }
        guard
            let values = screen.fill(
                title, language.menuTypeSerial + "\n\n" + told.joined(separator: "\n"), [Screen.Field(label: language.menuSerial)],
                [language.buttonOK, language.buttonCancel]), !values[0].isEmpty
        else { return nil }
        if let mounted = mounted().first(where: { $0.volume == volume.path }),
            perform(title, ["unmount", mounted.place], quietly: true) != 0
        {
            return nil
        }
        let status = perform(language.menuEntry("mount"), ["mount", volume.path, "--mode", "read-write", "--confirm-serial", values[0]])
        try look()
        return status == 0 ? mountedSystems(.readWrite).first?.place : nil
    }

    // MARK: - Tools

    func toolsFlow() throws {
        let title = language.menuEntry("tools")
        let rows = [
            Screen.Row(text: language.menuCarve, detail: language.menuCarveDetail),
            Screen.Row(text: language.menuCopyDisk, detail: language.menuCopyDiskDetail),
            Screen.Row(text: language.menuLedger, detail: language.menuLedgerDetail),
        ]
        switch screen.choose(title, "", rows) {
        case 0: carve()
        case 1: copyDisk()
        case 2: perform(language.menuLedger, ["session", "show"])
        default: return
        }
    }

    private func destinationOrWhy(_ title: String) -> Destination? {
        if let destination = memory.destination, destination.isThere { return destination }
        _ = screen.show(title, language.menuWaiting("no-destination"), [language.buttonBack])
        return nil
    }

    /// Says why where it cannot be made.
    func madeFolder(_ folder: String, _ title: String) -> Bool {
        do {
            try makeFolders(folder)
            return true
        } catch {
            say(error, title)
            return false
        }
    }

    private func carve() {
        let title = language.menuCarve
        guard let destination = destinationOrWhy(title) else { return }
        let own = destination.paths(survey.machine)
        let volumes = survey.machine.allVolumes.filter { volume in
            survey.facts[volume.path]?.role != .stick && volume.byteCount > 1 << 20 && !own.contains(volume.path)
        }
        let rows = volumes.map {
            Screen.Row(text: "\(named($0))  \(language.size($0.byteCount))  \($0.content.type ?? "")", detail: language.menuCarveDetail)
        }
        guard !volumes.isEmpty, let chosen = screen.choose(title, language.menuWhichVolume, rows), volumes.indices.contains(chosen) else {
            return
        }
        let output = destination.carved + "-" + Destination.name(of: volumes[chosen], survey.machine)
        guard madeFolder(splitPath(output).folder, title) else { return }
        guard
            screen.show(
                title, language.menuCarveWords(named(volumes[chosen]), Table.printable(output)),
                [language.buttonStart, language.buttonCancel]) == 0
        else { return }
        perform(title, ["carve", volumes[chosen].path, "--output", output])
    }

    private func copyDisk() {
        let title = language.menuCopyDisk
        guard let destination = destinationOrWhy(title) else { return }
        guard DiskTool.find("ddrescue") != nil else {
            _ = screen.show(title, language.menuNoTool("ddrescue"), [language.buttonBack])
            return
        }
        let own = destination.paths(survey.machine)
        let disks = survey.machine.disks.filter { disk in
            !disk.isImage && disk.bus != "loop"
                && !([disk.whole] + disk.partitions).contains { survey.facts[$0.path]?.role == .stick || own.contains($0.path) }
        }
        let rows = disks.map {
            Screen.Row(
                text: Table.printable("\($0.path)  \($0.model ?? "")  \($0.serial ?? "")  ") + language.size($0.byteCount),
                detail: language.menuCopyDiskDetail)
        }
        guard !disks.isEmpty, let chosen = screen.choose(title, language.menuWhichDisk, rows), disks.indices.contains(chosen) else {
            return
        }
        let disk = disks[chosen]
        if let limit = destination.largestFile(), disk.byteCount > limit {
            _ = screen.show(title, language.menuTooLargeForFAT(language.size(disk.byteCount)), [language.buttonBack])
            return
        }
        guard madeFolder(destination.rescue, title) else { return }
        let copy: DiskCopy
        do { copy = try DiskCopy.choose(disk, among: survey.machine.disks, in: destination.rescue) } catch { return say(error, title) }
        // What is there of it already needs no more room.
        let needed = disk.byteCount - min(disk.byteCount, copy.byteCount)
        if let free = destination.freeBytes, free < needed {
            _ = screen.show(title, language.menuTooSmall(language.size(needed), language.size(free)), [language.buttonBack])
            return
        }
        let arguments = ["-d", disk.path, copy.image, copy.map]
        let command = "ddrescue " + arguments.map(shellQuoted).joined(separator: " ")
        let begun = copy.byteCount > 0 ? "\n" + language.menuCopyGoesOn : ""
        guard
            screen.show(title, language.menuCopyDiskDetail + begun + "\n\n" + command, [language.buttonStart, language.buttonCancel]) == 0
        else {
            return
        }
        do { try note(command, .intended) } catch { return say(error, title) }
        var status: Int32 = 1
        screen.suspended { status = ForegroundProgram.run("ddrescue", arguments) }
        try? note("\(command): \(status)", status == 0 ? .done : .failed)
        _ = screen.show(language.entry(title, language.menuEnding(status == 0 ? 0 : 1)), command, [language.buttonOK])
    }

    // MARK: - The stick

    func stickFlow() throws {
        let title = language.menuEntry("stick")
        let status = StickTool.status()
        let isUp = status["network"] == "up"
        let isOpen = status["ssh"] == "on"
        var acts: [(arguments: [String], row: Screen.Row)] = []
        if status["session"] != "mounted" {
            acts.append((["attach"], Screen.Row(text: language.menuAttach, detail: language.menuAttachDetail)))
        }
        if status["exports"] == "absent" { acts.append((["grow"], Screen.Row(text: language.menuGrowTitle, detail: language.menuGrow))) }
        acts.append(
            (
                ["network", isUp ? "down" : "up"],
                Screen.Row(text: isUp ? language.menuNetworkDown : language.menuNetworkUp, detail: language.menuNetworkDetail)
            ))
        acts.append(
            (
                ["ssh", isOpen ? "off" : "on"],
                Screen.Row(text: isOpen ? language.menuSSHOff : language.menuSSHOn, detail: language.menuSSHDetail)
            ))
        acts.append((["verify"], Screen.Row(text: language.menuVerify, detail: language.menuVerifyDetail)))
        var words: [String] = []
        if status["session"] == "ram" { words.append(language.menuSessionInMemory) }
        if status["session"] == "lost" { words.append(language.menuSessionLost) }
        // Why, as the stick's script said it.
        if let note = status["note"] { words.append(Table.printable(note)) }
        guard let chosen = screen.choose(title, words.joined(separator: "\n"), acts.map(\.row)), acts.indices.contains(chosen) else {
            return
        }
        if acts[chosen].arguments == ["grow"], screen.show(title, language.menuGrow, [language.buttonStart, language.buttonCancel]) != 0 {
            return
        }
        if stick(acts[chosen].row.text, acts[chosen].arguments) == 0, acts[chosen].arguments == ["attach"] { try look() }
    }

    // MARK: - The end

    /// Whether the menu ends.
    func leave() throws -> Bool {
        let title = language.menuEntry("leave")
        let mounted = self.mounted()
        var rows = [Screen.Row(text: language.menuUnmountAndStay)]
        rows +=
            StickTool.isThere
            ? [Screen.Row(text: language.menuPowerOff), Screen.Row(text: language.menuRestart)] : [Screen.Row(text: language.menuQuit)]
        guard let chosen = screen.choose(title, language.menuLeaveWords, rows), rows.indices.contains(chosen) else { return false }
        if !mounted.isEmpty {
            let errand = perform(language.menuUnmountAll, ["unmount", "--all"])
            if errand != 0 { return false }
        }
        guard gaveBack(title) else { return false }
        guard chosen > 0 else {
            try look()
            _ = screen.show(title, language.menuMayUnplug, [language.buttonOK])
            return false
        }
        guard StickTool.isThere else { return true }
        sync()
        screen.close()
        _ = DiskTool.run(chosen == 1 ? "poweroff" : "reboot", [])
        return true
    }
}
