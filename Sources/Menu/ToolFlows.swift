import BlockDevices
import LinuxSystem
import Mounting
import Recovery
import Reporting
import Wording

/// What is left where there is no file system, or no disk that reads: searching, copying, and what was done so far.
extension Menu {
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
}
