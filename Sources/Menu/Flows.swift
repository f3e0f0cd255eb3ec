import BlockDevices
import Glibc
import LinuxSystem
import Mounting
import Recovery
import Reporting
import Wording

/// The steps on the way to the clips. Each says first what it will do; nothing is done before Start.
extension Menu {
    // MARK: - Mount

    func mountFlow() throws {
        let title = language.menuEntry("mount")
        let mounted = self.mounted()
        enum Act {
            case all
            case overlay(Volume, place: String?)
            case unmount
        }
        var acts: [(act: Act, row: Screen.Row)] = []
        if !survey.volumesToRescue.isEmpty {
            acts.append((.all, Screen.Row(text: language.menuMountAll, detail: language.menuDetail("mount"))))
        }
        for volume in survey.volumesToRescue where volume.content.needsRecovery == true {
            let place = mounted.first { $0.volume == volume.path && $0.mode != .overlay }?.place
            guard !mounted.contains(where: { $0.volume == volume.path && $0.mode == .overlay }) else { continue }
            acts.append(
                (
                    .overlay(volume, place: place),
                    Screen.Row(text: language.menuReplay(named(volume)), detail: language.menuReplayDetail)
                ))
        }
        if !mounted.isEmpty {
            acts.append(
                (
                    .unmount,
                    Screen.Row(text: language.menuUnmountAll, detail: mounted.map { Table.printable($0.place) }.joined(separator: ", "))
                ))
        }
        var chosen = 0
        if acts.count > 1 {
            guard let row = screen.choose(title, "", acts.map(\.row)) else { return }
            chosen = row
        }
        guard acts.indices.contains(chosen) else { return }
        switch acts[chosen].act {
        case .all:
            guard planned(title, ["mount"] + (setup.images.isEmpty ? ["--all"] : setup.images)) != nil else { return }
            try look()
            offerReplay(title)
        case .overlay(let volume, let place):
            if let place, perform(title, ["unmount", place], quietly: true) != 0 { return }
            planned(title, ["mount", volume.path, "--mode", "overlay"])
        case .unmount: perform(language.menuUnmountAll, ["unmount", "--all"])
        }
        try look()
    }

    /// After a power cut what was written last stands in a log, which a mount without writing does not show.
    private func offerReplay(_ title: String) {
        guard Overlay.isPossible else { return }
        let hidden = MenuModel.hidden(survey, mounted())
        guard !hidden.isEmpty else { return }
        let words = language.menuReplayAsk(hidden.map { Table.printable($0.volume) })
        guard screen.show(title, words, [language.buttonStart, language.buttonNotNow]) == 0 else { return }
        for mounted in hidden {
            guard perform(title, ["unmount", mounted.place], quietly: true) == 0 else { return }
            perform(title, ["mount", mounted.volume, "--mode", "overlay"])
        }
    }

    func named(_ volume: Volume) -> String {
        Table.printable([volume.path, volume.label].compactMap { $0 }.joined(separator: "  "))
    }

    // MARK: - Destination

    func destinationFlow() throws {
        let title = language.menuEntry("destination")
        try look()
        let status = StickTool.isThere ? StickTool.status() : [:]
        enum Act {
            case disk(Destination.Candidate)
            case stick
            case share
            case folder
            case none
        }
        var acts: [(act: Act, row: Screen.Row)] = []
        let candidates = Destination.candidates(survey)
        func row(_ candidate: Destination.Candidate) -> String {
            let volume = candidate.volume
            return [
                named(volume), volume.content.type ?? "", language.size(volume.byteCount), Table.printable(candidate.disk.model ?? ""),
            ].filter { !$0.isEmpty }.joined(separator: "  ")
        }
        for candidate in candidates where candidate.obstacle == nil {
            acts.append((.disk(candidate), Screen.Row(text: row(candidate), detail: language.menuDiskDetail)))
        }
        if status["stick"] ?? "none" != "none", (UInt64(status["exportsBytes"] ?? "") ?? 0) >= Self.leastExports {
            acts.append((.stick, Screen.Row(text: language.menuStickAsDestination, detail: language.menuStickDetail)))
        }
        if StickTool.isThere { acts.append((.share, Screen.Row(text: language.menuShare, detail: language.menuShareDetail))) }
        acts.append((.folder, Screen.Row(text: language.menuFolder, detail: language.menuFolderDetail)))
        for candidate in candidates {
            guard let obstacle = candidate.obstacle else { continue }
            acts.append((.none, Screen.Row(text: "-- " + row(candidate), detail: language.menuObstacle(obstacle.id))))
        }
        // After a power cut it is the one that was chosen before.
        let before = acts.firstIndex { row in
            guard case .disk(let candidate) = row.act, let destination = memory.destination else { return false }
            return destination.isThere ? destination.isOn(candidate.volume) : candidate.volume.uuid.map { $0 == destination.uuid } ?? false
        }
        guard let chosen = screen.choose(title, language.menuDestinationWords, acts.map(\.row), start: before ?? 0),
            acts.indices.contains(chosen)
        else { return }
        switch acts[chosen].act {
        case .disk(let candidate): try take(candidate, title)
        case .stick: try takeStick(title, status)
        case .share: takeShare(title)
        case .folder: takeFolder(title)
        case .none: _ = screen.show(title, acts[chosen].row.detail, [language.buttonBack])
        }
    }

    /// Less room on the stick is not worth a partition; its script says the same.
    private static let leastExports: UInt64 = 32 << 20

    private func take(_ candidate: Destination.Candidate, _ title: String) throws {
        if let there = memory.destination, there.kind == .disk, there.isThere, there.isOn(candidate.volume) { return told(title) }
        let words = language.menuWillWrite(named(candidate.volume))
        if candidate.isUnseen {
            let name = candidate.disk.serial ?? candidate.disk.identity ?? candidate.volume.uuid ?? candidate.volume.path
            let told = words + "\n" + language.menuUnseen + "\n" + Table.printable(name)
            let typed = screen.fill(title, told, [Screen.Field(label: language.menuSerial)], [language.buttonOK, language.buttonCancel])
            guard let typed, typed[0] == name else { return }
        } else {
            guard screen.show(title, words, [language.buttonOK, language.buttonCancel]) == 0 else { return }
        }
        guard gaveBack(title) else { return }
        do {
            remember(try DestinationDisk.mount(candidate, note: note))
            told(title)
        } catch DestinationDisk.Failure.changed(let expected, let found) {
            _ = screen.show(title, language.menuAnotherDisk(expected ?? "-", found ?? "-"), [language.buttonBack])
        } catch DestinationDisk.Failure.refused(let words) {
            _ = screen.show(title, language.menuNotMounted(named(candidate.volume)) + "\n" + Table.printable(words), [language.buttonBack])
        } catch DestinationDisk.Failure.readOnly(let words) {
            let why = language.menuTakesNoWrites(named(candidate.volume), isHibernated: words.contains("Windows"))
            _ = screen.show(title, why + "\n\n" + Table.printable(words), [language.buttonBack])
        } catch let error as SystemError {
            _ = screen.show(title, Table.printable(error.description), [language.buttonBack])
        }
    }

    /// What took results until now is written out and unmounted: it may be pulled out.
    func gaveBack(_ title: String) -> Bool {
        guard let destination = memory.destination else { return true }
        guard destination.isThere else {
            // What is left of a disk that was pulled out holds up nothing that comes next.
            if destination.kind != .folder { try? DestinationDisk.clear(destination.folder) }
            return true
        }
        let command: (program: String?, arguments: [String])
        switch destination.kind {
        case .disk: command = (DiskTool.find("umount"), [destination.folder])
        case .stick: command = (StickTool.path, ["exports", "unmount"])
        case .share: command = (StickTool.path, ["share", "unmount"])
        case .folder:
            // One on a disk that was mounted here before.
            guard Mount.all().contains(where: { $0.mountPoint == Destination.diskPlace }) else { return true }
            command = (DiskTool.find("umount"), [Destination.diskPlace])
        }
        // To a slow disk it takes minutes.
        let errand = Errand(program: command.program ?? "umount", command.arguments, columns: screen.scrolledWidth)
        screen.work(title, language.menuWritesOut(Table.printable(destination.name)), language.menuStopHint, errand)
        if errand.status == 0 { return true }
        _ = screen.show(title, Self.readable(errand.complaints), [language.buttonBack])
        return false
    }

    /// The room that there is, so that nobody finds out at the end.
    private func told(_ title: String) {
        guard let destination = memory.destination else { return }
        let free = destination.freeBytes.map { language.menuFree(language.size($0)) } ?? ""
        _ = screen.show(title, Table.printable(destination.name) + "\n" + free, [language.buttonOK])
    }

    private func takeStick(_ title: String, _ status: [String: String]) throws {
        if memory.destination?.kind != .stick, !gaveBack(title) { return }
        switch status["exports"] {
        case "absent":
            guard screen.show(title, language.menuGrow, [language.buttonStart, language.buttonCancel]) == 0, stick(title, ["grow"]) == 0
            else {
                return
            }
        case "present": guard stick(title, ["exports", "mount"]) == 0 else { return }
        default: break
        }
        let destination = Destination(kind: .stick, name: language.menuStickAsDestination, uuid: nil, folder: Destination.stickPlace)
        guard destination.isThere else {
            _ = screen.show(title, language.menuTakesNoWrites(destination.name, isHibernated: false), [language.buttonBack])
            return
        }
        remember(destination)
        told(title)
    }

    private func takeShare(_ title: String) {
        let before = memory.destination.flatMap { $0.kind == .share ? $0 : nil }
        guard
            let values = screen.fill(
                title, language.menuShareWords,
                [
                    Screen.Field(label: language.menuAddress, value: before?.name ?? ""),
                    Screen.Field(label: language.menuUser, value: before?.user ?? ""),
                    Screen.Field(label: language.menuPassword, isHidden: true),
                ], [language.buttonOK, language.buttonCancel]), !values[0].isEmpty
        else { return }
        if StickTool.status()["network"] != "up", stick(language.menuNetworkUp, ["network", "up"]) != 0 { return }
        let user = values[1].isEmpty ? [] : [values[1]]
        guard gaveBack(title), stick(title, ["share", "mount", values[0]] + user, input: values[2]) == 0 else { return }
        remember(Destination(kind: .share, name: values[0], user: values[1], uuid: nil, folder: Destination.sharePlace))
        told(title)
    }

    private func takeFolder(_ title: String) {
        guard
            let values = screen.fill(
                title, language.menuFolderWords, [Screen.Field(label: language.menuPath, value: "/")],
                [language.buttonOK, language.buttonCancel]), values[0].hasPrefix("/")
        else { return }
        let destination = Destination(kind: .folder, name: values[0], uuid: nil, folder: resolvedPath(values[0]) ?? values[0])
        guard destination.isThere else {
            _ = screen.show(title, language.menuNoFolder(Table.printable(values[0])), [language.buttonBack])
            return
        }
        if access(destination.folder, W_OK) != 0 {
            _ = screen.show(title, language.menuTakesNoWrites(Table.printable(values[0]), isHibernated: false), [language.buttonBack])
            return
        }
        if StickTool.isThere, destination.isInMemory() {
            _ = screen.show(title, language.menuInMemory(Table.printable(values[0])), [language.buttonBack])
            return
        }
        remember(destination)
        told(title)
    }
}

extension Destination.Candidate.Obstacle {
    var id: String {
        switch self {
        case .source: "source"
        case .internalDisk: "internal"
        case .unusable: "unusable"
        }
    }
}
