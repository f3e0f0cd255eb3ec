import Glibc
import LinuxSystem
import Mounting
import Reporting
import Wording

/// The stick itself, and the end.
extension Menu {
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
