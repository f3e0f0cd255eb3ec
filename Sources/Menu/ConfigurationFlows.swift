import BlockDevices
import LinuxSystem
import Mounting
import Recovery
import Reporting
import Wording

/// A server's configuration: saved, checked, given back, taken back.
extension Menu {
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
}
