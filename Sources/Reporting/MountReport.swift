import BlockDevices
import LinuxSystem
import Mounting
import Recordings
import Recovery
import Wording

/// What `mount` and `unmount` say.
public enum MountReport {
    /// `mayHoldRecordings`: what an index is built from; nobody wants one of a system's own files.
    public static func text(
        _ outcomes: [MountOutcome], mayHoldRecordings: (Volume) -> Bool, persisted: Persistence.Result?, language: Language, width: Int
    ) -> String {
        var text = ""
        for outcome in outcomes {
            text += TriageReport.wrapped(Table.printable(sentence(outcome, language)), width: width, indent: "")
            if case .mounted(let mounted) = outcome.result, mounted.mode == .readOnly, outcome.entry.volume.content.needsRecovery == true {
                text += TriageReport.wrapped(language.logNotShown, width: width, indent: "  ")
            }
        }
        for row in persisted?.volumes ?? [] {
            text += (row.isNew ? language.persisted(row.volume, row.place) : language.persistedAlready(row.volume, row.place)) + "\n"
        }
        if let kept = persisted?.kept { text += language.oldFileKept(kept) + "\n" }
        let places = outcomes.filter { $0.isThere && mayHoldRecordings($0.entry.volume) }.map { shellQuoted($0.entry.place) }
        if !places.isEmpty { text += language.buildIndexNext(Table.printable(places.joined(separator: " "))) + "\n" }
        return text
    }

    /// What the plan would do.
    public static func planText(
        _ entries: [MountPlan.Entry], persisted: Persistence.Result?, mode: MountMode, language: Language, width: Int
    ) -> String {
        var text = ""
        for entry in entries {
            let sentence =
                switch entry.decision {
                case .mount: language.wouldMount(entry.volume.path, entry.place, mode.rawValue)
                case .already: language.isMountedAlready(entry.volume.path, entry.place)
                case .refused(let reason): language.notMounted(entry.volume.path, language.sentence(reason, entry.volume))
                }
            text += TriageReport.wrapped(Table.printable(sentence), width: width, indent: "")
        }
        for row in persisted?.volumes ?? [] where !row.isNew { text += language.persistedAlready(row.volume, row.place) + "\n" }
        if let persisted, !persisted.lines.isEmpty {
            // As they would stand in the file.
            text += language.wouldPersist(persisted.path) + "\n" + persisted.lines.map { "  " + Table.printable($0) + "\n" }.joined()
        }
        return text + language.nothingWasMounted + "\n"
    }

    private static func sentence(_ outcome: MountOutcome, _ language: Language) -> String {
        let volume = outcome.entry.volume.path
        return switch outcome.result {
        case .mounted(let mounted):
            switch mounted.mode {
            case .readOnly: language.mountedReadOnly(volume, mounted.place)
            case .overlay: language.mountedOverlay(volume, mounted.place, used: mounted.layer?.used ?? 0, room: mounted.layer?.room ?? 0)
            case .readWrite: language.mountedReadWrite(volume, mounted.place)
            }
        case .already: language.isMountedAlready(volume, outcome.entry.place)
        case .refused(let reason): language.notMounted(volume, language.sentence(reason, outcome.entry.volume))
        case .changed(let expected, let found): language.notMounted(volume, language.volumeChanged(expected, found))
        case .failed(let error): language.notMounted(volume, reason(error, language))
        }
    }

    private static func reason(_ error: SystemError, _ language: Language) -> String {
        if error.call == "overlay", error.isFull { return language.overlayFull(error.path) }
        return language.reason(error.errno == 13 ? 1 : error.errno)
    }

    public static func json(
        _ entries: [(entry: MountPlan.Entry, outcome: MountOutcome?)], _ assembled: [AssemblyOutcome], mode: MountMode,
        persisted: Persistence.Result?, session: String?, language: Language
    ) -> JSON {
        .object([
            ("schema", "camtrace-rescue/mount/1"), ("mode", .string(mode.rawValue)),
            ("dryRun", .bool(entries.contains { $0.outcome == nil })),
            ("session", .optional(session)),
            ("assemblies", AssemblyReport.json(assembled, language)),
            ("volumes", .array(entries.map { row($0.entry, $0.outcome, language) })),
            (
                "persisted",
                persisted.map { result in
                    .object([
                        ("path", .string(result.path)), ("kept", .optional(result.kept)),
                        ("lines", .array(result.lines.map(JSON.string))),
                        (
                            "volumes",
                            .array(
                                result.volumes.map {
                                    .object([("path", .string($0.volume)), ("mountPoint", .string($0.place)), ("new", .bool($0.isNew))])
                                })
                        ),
                    ])
                } ?? .null
            ),
        ])
    }

    private static func row(_ entry: MountPlan.Entry, _ outcome: MountOutcome?, _ language: Language) -> JSON {
        let (state, why): (String, String?) =
            switch (outcome?.result, entry.decision) {
            case (.mounted, _): ("mounted", nil)
            case (.already, _), (nil, .already): ("already-mounted", nil)
            case (.refused(let reason), _), (nil, .refused(let reason)): ("refused", language.sentence(reason, entry.volume))
            case (.changed(let expected, let found), _): ("changed", language.volumeChanged(expected, found))
            case (.failed(let error), _): ("failed", reason(error, language))
            case (nil, .mount): ("planned", nil)
            }
        return .object([
            ("path", .string(entry.volume.path)), ("uuid", .optional(entry.volume.uuid)), ("label", .optional(entry.volume.label)),
            ("type", .optional(entry.volume.content.type)), ("mountPoint", .string(entry.place)), ("state", .string(state)),
            ("reason", .optional(why)), ("disks", .array(entry.disks.map { .string($0.path) })),
            ("overlay", overlay(outcome)),
        ])
    }
}

extension MountReport {
    fileprivate static func overlay(_ outcome: MountOutcome?) -> JSON {
        guard case .mounted(let mounted) = outcome?.result, let layer = mounted.layer else { return .null }
        return .object([
            ("device", .string("/dev/mapper/" + layer.name)), ("store", .optional(layer.folder)), ("roomBytes", .optional(layer.room)),
            ("usedBytes", .optional(layer.used)),
        ])
    }
}

extension MountOutcome {
    /// Its files can be read at its place.
    public var isThere: Bool {
        switch result {
        case .mounted, .already: true
        default: false
        }
    }
}

extension Language {
    func sentence(_ reason: MountPlan.Refusal, _ volume: Volume) -> String {
        switch reason {
        case .notAFileSystem(let kind): refusedNoFilesystem(contentName(kind.rawValue, type: nil))
        case .contradictory: refusedContradictory
        case .noDriver(let type): refusedDriver(type)
        case .mountedForWriting(let place): refusedWritable(place)
        case .twin(let other): refusedTwin(other)
        case .serialNotConfirmed(let serial): refusedSerial(serial, isUUID: volume.image != nil && serial == volume.uuid)
        case .storeOnSource(let disk): refusedStore(disk)
        }
    }
}

/// What `unmount` says.
public enum UnmountReport {
    public static func text(_ rows: [(mounted: Mounted, error: SystemError?)], language: Language) -> String {
        guard !rows.isEmpty else { return language.nothingMounted + "\n" }
        return rows.map { row in
            let place = Table.printable(row.mounted.place)
            return (row.error.map { language.notUnmounted(place, language.reason($0)) } ?? language.unmounted(place)) + "\n"
        }.joined()
    }

    public static func json(
        _ rows: [(mounted: Mounted, error: SystemError?)], _ assemblies: [AssemblyOutcome], language: Language
    ) -> JSON {
        .object([
            ("schema", "camtrace-rescue/unmount/1"),
            (
                "volumes",
                .array(
                    rows.map { row in
                        .object([
                            ("path", .string(row.mounted.volume)), ("mountPoint", .string(row.mounted.place)),
                            ("state", .string(row.error == nil ? "unmounted" : "failed")),
                            ("reason", .optional(row.error.map(language.reason))),
                        ])
                    })
            ),
            ("assemblies", AssemblyReport.json(assemblies, language)),
        ])
    }
}
