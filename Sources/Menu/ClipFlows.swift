import LinuxSystem
import Layouts
import Mounting
import Recordings
import Recovery
import Reporting
import Wording

/// From what is mounted to the index, and from the index to the clips.
extension Menu {
    // MARK: - Index

    func indexFlow() throws {
        guard var destination = memory.destination else { return }
        let title = language.menuEntry("index")
        let sources = MenuModel.sources(survey, mounted())
        guard !sources.isEmpty else {
            _ = screen.show(title, language.menuNothingMounted, [language.buttonBack])
            return
        }
        guard let name = indexName(title, destination, sources) else { return }
        destination.indexName = name
        let hidden = MenuModel.hidden(survey, sources).map { Table.printable($0.volume) }
        let words =
            (hidden.isEmpty ? "" : language.menuHidden(hidden) + "\n\n")
            + language.menuIndexWords(sources.map { Table.printable($0.place) }, Table.printable(destination.index))
        guard
            let values = screen.fill(
                title, words, [Screen.Field(label: language.menuTimeZone, value: recordersZone)],
                [language.buttonStart, language.buttonCancel])
        else { return }
        guard values[0].isEmpty || ZoneRules(identifier: values[0]) != nil else {
            _ = screen.show(title, language.badZone(values[0]).message, [language.buttonBack])
            return
        }
        guard madeFolder(destination.rescue, title) else { return }
        // Remembered first: after a power cut it goes on with the same one.
        remember(destination)
        rememberClips(false)
        perform(
            title,
            ["index", "build"] + sources.map(\.place) + ["--index", destination.index]
                + (values[0].isEmpty ? [] : ["--time-zone", values[0]]))
    }

    /// The index to build. One that holds disks which are not mounted now would lose them: nil where the person goes back.
    private func indexName(_ title: String, _ destination: Destination, _ sources: [Mounted]) -> String? {
        let files = IndexFile.all(in: destination.rescue)
        let current = splitPath(destination.index).name
        let lost = files.first { $0.name == current }?.absent(sources) ?? []
        guard !lost.isEmpty else { return current }
        let beside = IndexFile.keepingAll(files, sources)
        let disks = lost.map { Table.printable([$0.label, $0.uuid, $0.sourcePath].compactMap { $0 }.first ?? "?") }
        let chosen = screen.choose(
            title, language.menuIndexOfOthers(current, disks),
            [
                Screen.Row(text: language.menuIndexBeside(beside), detail: language.menuIndexBesideDetail),
                Screen.Row(text: language.menuIndexReplace(current), detail: language.menuIndexReplaceDetail),
            ])
        return chosen.map { $0 == 0 ? beside : current }
    }

    /// Where there are several, a person says which; the one of what was indexed last comes first.
    private func chooseIndex(_ title: String, _ destination: Destination) -> Destination? {
        let files = IndexFile.all(in: destination.rescue).filter { $0.volumes != nil }
        guard files.count > 1 else { return destination }
        let rows = files.map { file in
            Screen.Row(
                text: file.name, detail: (file.volumes ?? []).map { Table.printable($0.label ?? $0.sourcePath) }.joined(separator: ", "))
        }
        let current = files.firstIndex { $0.name == splitPath(destination.index).name } ?? 0
        guard let chosen = screen.choose(title, language.menuWhichIndex, rows, start: current), files.indices.contains(chosen) else {
            return nil
        }
        var destination = destination
        destination.indexName = files[chosen].name
        remember(destination)
        return destination
    }

    /// As the recorder's own system has it, where that can be read: the stick itself has none.
    private var recordersZone: String {
        for facts in survey.systems {
            guard case .success(let root) = facts.volume.open(), let text = root.text("etc/timezone") else { continue }
            let name = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            if ZoneRules(identifier: name) != nil { return name }
        }
        return language == .fr ? "Europe/Paris" : ""
    }

    // MARK: - Clips

    func clipsFlow() throws {
        let title = language.menuEntry("clips")
        guard let destination = memory.destination.flatMap({ chooseIndex(title, $0) }) else { return }
        let index = try IndexReader(path: destination.index)
        let outline = try index.outline()
        guard !outline.cameras.isEmpty else {
            _ = screen.show(title, language.menuNoCameras, [language.buttonBack])
            return
        }
        let rows = outline.cameras.map {
            Screen.padded(Table.printable($0.name), 40) + " " + language.menuIndexed($0.segments)
        }
        guard let ticked = screen.tick(title, language.menuTickCameras, rows, [language.buttonOK, language.buttonCancel])
        else {
            return
        }
        guard !ticked.isEmpty else {
            _ = screen.show(title, language.menuNoneTicked, [language.buttonBack])
            return
        }
        let zone = try index.meta()["timeZone"].flatMap(ZoneRules.init(identifier:)) ?? .utc
        guard let values = period(title, zone, outline) else { return }
        var arguments = ["extract", "--index", destination.index, "--output", destination.clips, "--next-folder"]
        if ticked.count < outline.cameras.count { for number in ticked { arguments += ["--camera", outline.cameras[number].key] } }
        for (option, value) in [("--from", values[0]), ("--to", values[1]), ("--operator", values[2])] where !value.isEmpty {
            arguments += [option, value]
        }
        let forms: [(arguments: [String], row: Screen.Row)] = [
            (["--subtitles"], Screen.Row(text: language.menuEachFile, detail: language.menuEachFileDetail)),
            (["--join", "--subtitles"], Screen.Row(text: language.menuJoined, detail: language.menuJoinedDetail)),
            (["--container", "original"], Screen.Row(text: language.menuOriginals, detail: language.menuOriginalsDetail)),
        ]
        guard let form = screen.choose(title, "", forms.map(\.row)), forms.indices.contains(form) else { return }
        arguments += forms[form].arguments
        if destination.largestFile() != nil { arguments += ["--max-file-size", "fat32"] }
        let status = planned(title, arguments, then: language.menuAfterClips(Table.printable(destination.name)))
        if status == 0 || status == 3 { rememberClips(true) }
    }

    /// From when, to when, and the name of who asks; asked until the times are times.
    private func period(_ title: String, _ zone: ZoneRules, _ outline: IndexOutline) -> [String]? {
        func time(_ instant: Int64?) -> String { instant.map { WrittenTime.text($0, zone, language) } ?? "" }
        var values = [time(outline.first), time(outline.end.map { $0 + 999_999 }), ""]
        while true {
            let labels = [language.menuFrom, language.menuTo, language.menuOperator]
            let fields = zip(labels, values).map { Screen.Field(label: $0, value: $1) }
            guard
                let typed = screen.fill(title, language.menuPeriod(zone.identifier), fields, [language.buttonOK, language.buttonCancel])
            else { return nil }
            values = typed
            let bounds = typed.prefix(2).map(WrittenTime.standard)
            if let wrong = bounds.first(where: { !$0.isEmpty && ISO8601.parse($0, defaultZone: zone) == nil }) {
                _ = screen.show(title, language.menuNoTime(Table.printable(wrong)), [language.buttonBack])
                continue
            }
            return bounds + [typed[2]]
        }
    }
}
