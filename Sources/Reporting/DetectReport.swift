import BlockDevices
import Recordings
import Recovery
import Wording

/// What `detect` says.
public enum DetectReport {
    public static func text(_ survey: MachineSurvey, language: Language, width: Int) -> String {
        guard !survey.machine.disks.isEmpty || !survey.machine.volumes.isEmpty else { return language.noDisks + "\n" }
        var text = ""
        for disk in survey.machine.disks {
            text += TriageReport.wrapped(title(disk, language), width: width, indent: "")
            let volumes = disk.table == .none ? [disk.whole] : disk.partitions
            text += block(volumes, survey, language, width) + "\n"
        }
        for volume in survey.machine.volumes {
            let title = Table.printable(
                volume.path + language.colon + ([language.size(volume.byteCount)] + volume.standsOn).joined(separator: ", "))
            text += TriageReport.wrapped(title, width: width, indent: "")
            text += block([volume], survey, language, width) + "\n"
        }
        for facts in survey.systems {
            guard let system = facts.system else { continue }
            let name = language.systemOn(Table.printable(facts.volume.path)) + language.colon
            let state = language.systemState(system.state.rawValue)
            // The state is what is looked for: it stays whole.
            text += name + (Table.columns(name + state) > width ? "\n  " : "") + state + "\n"
            if let product = system.product {
                let sentence = language.productVersion(
                    product.product, product.version, isContradicted: product.sources.count > 1, isConfirmed: product.isConfirmed)
                text += TriageReport.wrapped(Table.printable(sentence), width: width, indent: "  ")
                for source in product.sources {
                    text += TriageReport.wrapped(
                        Table.printable(language.versionSource(source.place, source.version)), width: width, indent: "  - ")
                }
            }
            for evidence in system.evidence {
                text += TriageReport.wrapped(Table.printable(language.sentence(evidence)), width: width, indent: "  - ")
            }
        }
        return text
    }

    private static func title(_ disk: Disk, _ language: Language) -> String {
        var words = [language.size(disk.byteCount)]
        words += [disk.model, disk.serial.map(language.serial)].compactMap { $0 }
        if !disk.isImage, let bus = disk.bus { words.append(bus) }
        if let rotates = disk.isRotational, !disk.isImage, disk.bus != "loop" {
            words.append(rotates ? language.rotating : language.solidState)
        }
        if disk.isRemovable { words.append(language.removable) }
        if disk.isReadOnly, !disk.isImage { words.append(language.readOnly) }
        words.append(language.tableName(disk.table.rawValue, partitions: disk.partitions.count))
        if disk.table != .none, disk.whole.content.missingBytes > 0 { words.append(language.cutShort(disk.whole.content.missingBytes)) }
        if disk.health.state != .unknown {
            words.append(
                language.healthName(disk.health.state.rawValue) + " (" + disk.health.evidence.map(language.sentence).joined(separator: ", ")
                    + ")")
        } else if case .tooSlow? = disk.health.evidence.first {
            words += disk.health.evidence.map(language.sentence)
        }
        return Table.printable(disk.path + language.colon + words.joined(separator: ", "))
    }

    /// A table of volumes, each followed by what its role rests on.
    private static func block(_ volumes: [Volume], _ survey: MachineSurvey, _ language: Language, _ width: Int) -> String {
        var text = ""
        for volume in volumes {
            guard let facts = survey.facts[volume.path] else { continue }
            var head = "\(volume.number.map { "\($0): " } ?? "")"
            head += language.contentName(volume.content.kind.rawValue, type: volume.content.type)
            if volume.form == .partition { head += ", " + language.size(volume.byteCount) }
            if let label = volume.label { head += ", \"\(label)\"" }
            if !volume.mountPoints.isEmpty { head += ", \(language.mountedAt) \(volume.mountPoints[0])" }
            text += TriageReport.wrapped(
                Table.printable(head + language.colon + language.roleName(facts.role.rawValue)), width: width, indent: "  ")
            for evidence in facts.evidence {
                text += TriageReport.wrapped(Table.printable(language.sentence(evidence)), width: width, indent: "     - ")
            }
        }
        return text
    }

    public static func json(_ survey: MachineSurvey, language: Language) -> JSON {
        .object([
            ("schema", "camtrace-rescue/detect/1"),
            ("devices", .array(survey.machine.disks.map { device($0, survey, language) })),
            (
                "volumes",
                .array(
                    (survey.machine.volumes + survey.machine.disks.filter { $0.isImage && $0.table == .none }.map(\.whole)).map {
                        volume($0, survey, language)
                    })
            ),
            ("systems", .array(survey.systems.compactMap { facts in facts.system.map { system($0, on: facts.volume, language) } })),
        ])
    }

    private static func device(_ disk: Disk, _ survey: MachineSurvey, _ language: Language) -> JSON {
        .object(
            [
                ("path", .string(disk.path)), ("serial", .optional(disk.serial)), ("wwn", .optional(disk.worldWideName)),
                ("model", .optional(disk.model)), ("bus", .optional(disk.bus)), ("sizeBytes", .optional(disk.byteCount)),
                ("logicalSectorBytes", .optional(disk.logicalSectorBytes)), ("rotational", disk.isRotational.map(JSON.bool) ?? .null),
                ("removable", .bool(disk.isRemovable)), ("readOnly", .bool(disk.isReadOnly)),
                (
                    "health",
                    .object([
                        ("state", .string(disk.health.state.rawValue)),
                        ("evidence", .array(disk.health.evidence.map { .string(language.sentence($0)) })),
                    ])
                ),
                ("table", .string(disk.table.rawValue)), ("tableUuid", .optional(disk.tableUUID)),
                ("content", content(disk.whole.content)),
            ] + (disk.table == .none ? whatItIs(disk.whole, survey, language) : [])
                + [("partitions", .array(disk.partitions.map { volume($0, survey, language) }))])
    }

    private static func volume(_ volume: Volume, _ survey: MachineSurvey, _ language: Language) -> JSON {
        .object(
            [
                ("path", .string(volume.path)), ("uuid", .optional(volume.uuid)), ("label", .optional(volume.label)),
                ("sizeBytes", .optional(volume.byteCount)), ("form", .string(volume.form.rawValue)), ("number", .optional(volume.number)),
                ("offsetBytes", .optional(volume.offset)), ("partitionUuid", .optional(volume.partitionUUID)),
                ("partitionName", .optional(volume.partitionName)), ("standsOn", .array(volume.standsOn.map(JSON.string))),
                ("missingMembers", .optional(volume.missingMembers)), ("readOnly", .bool(volume.isReadOnly)),
                ("content", content(volume.content)),
            ] + whatItIs(volume, survey, language))
    }

    private static func whatItIs(_ volume: Volume, _ survey: MachineSurvey, _ language: Language) -> [(String, JSON)] {
        let facts = survey.facts[volume.path]
        return [
            ("role", .string((facts?.role ?? .unknown).rawValue)),
            ("evidence", .array((facts?.evidence ?? []).map { .string(language.sentence($0)) })),
            ("mountPoint", .optional(volume.mountPoints.first)),
        ]
    }

    private static func content(_ content: Content) -> JSON {
        .object([
            ("kind", .string(content.kind.rawValue)), ("type", .optional(content.type)), ("uuid", .optional(content.uuid)),
            ("label", .optional(content.label)), ("needsRecovery", content.needsRecovery.map(JSON.bool) ?? .null),
            (
                "signatures",
                .array(
                    content.signatures.map {
                        .object([("type", .string($0.type)), ("usage", .string($0.usage)), ("offsetBytes", .optional($0.offset))])
                    })
            ),
        ])
    }

    private static func system(_ system: InstalledSystem, on volume: Volume, _ language: Language) -> JSON {
        .object([
            ("volume", .string(volume.path)), ("volumeUuid", .optional(volume.uuid)),
            ("distribution", .optional(system.distribution?.name)), ("release", .optional(system.distribution?.version)),
            ("codename", .optional(system.distribution?.codename)), ("product", .optional(system.product?.product)),
            ("camtraceVersion", .optional(system.product?.product == "CamTrace" ? system.product?.version : nil)),
            ("versionConfirmed", .bool(system.product?.isConfirmed ?? false)), ("state", .string(system.state.rawValue)),
            (
                "evidence",
                .array(
                    (system.evidence.map(language.sentence)
                        + (system.product?.sources ?? []).map { language.versionSource($0.place, $0.version) }).map(
                            JSON.string))
            ),
        ])
    }
}
