/// What `check camtrace-migration` says in its help.
public enum MigrationHelp: Sendable, CaseIterable {
    case check, migration, root, index, exported, backup

    public func text(in language: Language) -> String {
        switch self {
        case .check:
            language.pick(
                "See whether something can be begun without losing anything.", "Voir si une opération peut commencer sans rien perdre.")
        case .migration:
            language.pick(
                "The precautions before a migration from CamTrace 7 to 8, as far as the disk tells. Changes nothing.",
                "Les précautions avant une migration de CamTrace 7 à 8, autant que le disque les montre. Ne change rien.")
        case .root:
            language.pick(
                "The server's system: / on the server itself, or where its disk is mounted.",
                "Le système du serveur : / sur le serveur, ou là où son disque est monté.")
        case .index:
            language.pick(
                "An index of its recordings, to know the protected ones.", "Un index de ses enregistrements, pour connaître ceux protégés.")
        case .exported: language.pick("A folder that extract filled; repeatable.", "Un dossier rempli par extract ; répétable.")
        case .backup:
            language.pick(
                "The backup of the configuration, if it is kept elsewhere.", "La sauvegarde de configuration, si elle est gardée ailleurs.")
        }
    }
}

extension Language {
    public func verdictWord(_ verdict: String) -> String {
        switch verdict {
        case "good": pick("good", "bon")
        case "warning": pick("CARE", "ATTENTION")
        case "bad": pick("STOP", "STOP")
        default: pick("unknown", "inconnu")
        }
    }
    public var migrationReady: String {
        pick(
            "Everything that can be seen is ready. Make a backup of the configuration all the same.",
            "Tout ce qui est visible est prêt. Faites tout de même une sauvegarde de la configuration.")
    }
    public func migrationNotReady(_ bad: Int, _ other: Int) -> String {
        bad > 0
            ? pick(
                "Do not migrate yet: \(plural(bad, "point", "points")) to mend.",
                "Ne migrez pas encore : \(plural(bad, "point", "points")) à corriger.")
            : pick(
                "Nothing forbids it, but look at \(plural(other, "point", "points")) first.",
                "Rien ne l'interdit, mais voyez d'abord \(plural(other, "point", "points")).")
    }
    public func versionOfDeparture(_ version: String?, _ wanted: [String], isConfirmed: Bool) -> String {
        let names = wanted.map { "V" + $0 }.joined(separator: pick(" or ", " ou "))
        guard let version else { return pick("version not found; it must be \(names)", "version introuvable ; il faut \(names)") }
        return
            (wanted.contains(version)
            ? "V" + version : pick("V\(version); update to \(names) first", "V\(version) ; mettre d'abord à jour en \(names)"))
            + (isConfirmed
                ? "" : pick(" (where this is read was not confirmed on a server)", " (endroit de lecture non confirmé sur un serveur)"))
    }
    public func releaseOfDeparture(_ name: String?, _ wanted: String) -> String {
        pick(
            "system: \(name ?? "unknown"); the migration begins on \(wanted)",
            "système : \(name ?? "inconnu") ; la migration part de \(wanted)")
    }
    public func systemIs(_ state: String) -> String { pick("state of the system: ", "état du système : ") + systemState(state) }
    public func packagesAre(_ unfinished: [String], pending: Int) -> String {
        if unfinished.isEmpty, pending == 0 {
            return pick("all packages are fully installed", "tous les paquets sont entièrement installés")
        }
        let names = unfinished.prefix(5).joined(separator: ", ") + (unfinished.count > 5 ? "…" : "")
        return pick(
            "packages half installed: \(names)",
            "paquets à moitié installés : \(names)")
    }
    public func foreignPackages(_ names: [String]) -> String {
        names.isEmpty
            ? pick("no foreign package", "aucun paquet étranger")
            : pick(
                "\(plural(names.count, "package", "packages")) not from the release: ",
                "\(plural(names.count, "paquet étranger", "paquets étrangers")) à la distribution : ")
                + names.prefix(8).joined(separator: ", ") + (names.count > 8 ? "…" : "")
    }
    public func heldPackages(_ names: [String]) -> String { pick("held back: ", "bloqués : ") + names.prefix(8).joined(separator: ", ") }
    public func freeSpace(_ free: UInt64?, wanted: UInt64) -> String {
        pick(
            "free space: \(free.map(size) ?? "unknown"), \(size(wanted)) wanted",
            "place libre : \(free.map(size) ?? "inconnue"), \(size(wanted)) souhaités")
    }
    public func layoutShared() -> String {
        pick(
            "system and recordings are on one volume: if the migration fails, a reinstallation loses the index. Have a second disk at hand",
            "système et enregistrements sont sur un seul volume : si la migration échoue, une réinstallation perd l'indexation. Ayez un second disque"
        )
    }
    public func layoutSeparate(_ places: [String]) -> String {
        places.isEmpty
            ? pick("where the recordings are was not found", "l'emplacement des enregistrements n'a pas été trouvé")
            : pick("other volumes: ", "autres volumes : ") + places.joined(separator: ", ")
    }
    public func configurationBackup(_ path: String?, days: Int) -> String {
        path.map {
            pick(
                "backup of the configuration: \($0), \(plural(days, "day", "days")) old",
                "sauvegarde de configuration : \($0), \(plural(days, "jour", "jours"))")
        }
            ?? pick(
                "no backup of the configuration was found; make one (or say where: --backup FILE)",
                "aucune sauvegarde de configuration trouvée ; faites-en une (ou dites où : --backup FICHIER)")
    }
    public func protectedRecordings(_ count: Int, exported: Int) -> String {
        count == 0
            ? pick(
                "protected recordings: the index shows none, which proves nothing, since no name in it tells what is protected. Ask the server before the migration",
                "enregistrements protégés : l'index n'en montre aucun, ce qui ne prouve rien, car aucun nom n'y dit ce qui est protégé. Vérifiez sur le serveur avant la migration"
            )
            : pick(
                "\(plural(count, "protected recording", "protected recordings")), \(self.count(exported)) exported",
                "\(plural(count, "enregistrement protégé", "enregistrements protégés")), \(self.count(exported)) exportés")
    }
    public var protectedUnknown: String {
        pick(
            "protected recordings: not known without an index (--index FILE)",
            "enregistrements protégés : inconnus sans index (--index FICHIER)")
    }
    public var noPackagesKnown: String { pick("the package database cannot be read", "la base de paquets est illisible") }

    public func noSystem(_ root: String) -> Complaint {
        Complaint(
            code: "no-system", message: pick("\(root) holds no Linux system.", "\(root) ne contient pas de système Linux."),
            hint: pick("Give the root folder of the server's system.", "Donnez le dossier racine du système du serveur."))
    }
    public func noExport(_ path: String) -> Complaint {
        Complaint(
            code: "no-export",
            message: pick("\(path) is no folder that extract filled.", "\(path) n'est pas un dossier rempli par extract."),
            hint: pick("It must hold manifest.json.", "Il doit contenir manifest.json."))
    }
}
