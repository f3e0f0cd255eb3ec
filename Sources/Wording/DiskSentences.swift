/// What `detect --help` and its sisters say.
public enum DiskHelp: Sendable, CaseIterable {
    case detect, watch, image, sysroot, profile, triage, menu

    public func text(in language: Language) -> String {
        switch self {
        case .detect:
            language.pick(
                "Show the disks, what stands on them and what they are for. Changes nothing.",
                "Montrer les disques, ce qu'ils contiennent et à quoi ils servent. Ne change rien.")
        case .watch:
            language.pick("Go on, and tell of disks that come and go.", "Continuer, et annoncer les disques qui arrivent ou partent.")
        case .image:
            language.pick(
                "Look at this image of a disk instead of the machine; repeatable.",
                "Examiner cette image de disque au lieu de la machine ; répétable.")
        case .sysroot:
            language.pick(
                "Look at a machine that was dumped into this folder (sys, run/udev/data, proc/1/mountinfo).",
                "Examiner une machine copiée dans ce dossier (sys, run/udev/data, proc/1/mountinfo).")
        case .profile:
            language.pick(
                "What is known of the product, corrected: a JSON file instead of the one inside the program.",
                "Ce qui est connu du produit, corrigé : un fichier JSON au lieu de celui du programme.")
        case .menu:
            language.pick(
                "The way through a rescue in windows, on a screen or a serial line.",
                "Le chemin d'un sauvetage en fenêtres, sur un écran ou une ligne série.")
        case .triage:
            language.pick(
                "Say which way leads back without losing a recording, step by step. Changes nothing.",
                "Dire quel chemin ramène sans perdre d'enregistrement, étape par étape. Ne change rien.")
        }
    }
}

/// Disks.
extension Language {
    public var colon: String { pick(": ", " : ") }
    public var mountedAt: String { pick("mounted at", "monté sur") }
    public var noDisks: String { pick("No disk was found.", "Aucun disque trouvé.") }
    public var rotating: String { pick("rotating", "rotatif") }
    public var solidState: String { pick("solid state", "SSD") }
    public var removable: String { pick("removable", "amovible") }
    public var readOnly: String { pick("read-only", "lecture seule") }
    public func serial(_ text: String) -> String { pick("serial \(text)", "n° de série \(text)") }
    public var watching: String { pick("Waiting for disks to come and go; Ctrl-C ends.", "En attente de disques ; Ctrl-C pour finir.") }
    public func deviceChange(_ action: String, _ node: String) -> String {
        switch action {
        case "add": pick("New: \(node)", "Nouveau : \(node)")
        case "remove": pick("Gone: \(node)", "Parti : \(node)")
        default: pick("Changed: \(node)", "Changé : \(node)")
        }
    }

    public func roleName(_ role: String) -> String {
        switch role {
        case "system": pick("system", "système")
        case "data": pick("recordings", "enregistrements")
        case "system-and-data": pick("system and recordings", "système et enregistrements")
        case "stick": pick("this stick", "cette clé")
        case "member": pick("part of a set", "partie d'un ensemble")
        case "swap": pick("memory of a system", "mémoire d'un système")
        case "other": pick("no recordings", "pas d'enregistrements")
        default: pick("use unknown", "usage inconnu")
        }
    }

    public func contentName(_ kind: String, type: String?) -> String {
        switch kind {
        case "filesystem": type ?? "?"
        case "raid-member": pick("array member", "membre RAID")
        case "lvm-pv": "LVM"
        case "luks": pick("encrypted", "chiffré")
        case "swap": "swap"
        case "empty": pick("empty", "vide")
        case "ambiguous": pick("contradictory content", "contenu contradictoire")
        default: pick("unknown content", "contenu inconnu")
        }
    }

    public func tableName(_ table: String, partitions: Int) -> String {
        let parts = plural(partitions, "partition", "partitions")
        return table == "none" ? pick("no partition table", "sans table de partitions") : "\(table.uppercased()), \(parts)"
    }
}

/// Why a volume has its role.
extension Language {
    public func holdsSystem(_ name: String) -> String { pick("holds a system: \(name)", "contient un système : \(name)") }
    public func holdsRecordings(_ count: Int, of looked: Int, isPartial: Bool, example: String) -> String {
        let more = isPartial ? pick(" or more", " ou plus") : ""
        return pick(
            "holds recordings: \(self.count(count))\(more) of \(self.count(looked)) files looked at, e.g. \(example)",
            "contient des enregistrements : \(self.count(count))\(more) sur \(self.count(looked)) fichiers examinés, p. ex. \(example)")
    }
    public func noRecordings(_ files: Int) -> String {
        files == 0
            ? pick("holds no file", "ne contient aucun fichier")
            : pick(
                "no recording among \(plural(files, "file", "files")) looked at",
                "aucun enregistrement parmi \(plural(files, "fichier examiné", "fichiers examinés"))")
    }
    public func labelled(_ label: String) -> String { pick("is labelled \(label)", "porte le nom \(label)") }
    public var holdsBootFiles: String { pick("holds what starts a system", "contient de quoi démarrer un système") }
    public func memberOf(_ what: String) -> String { pick("is a part of \(what)", "fait partie de \(what)") }
    public func memberAlone(_ type: String) -> String {
        let what =
            switch type {
            case "linux_raid_member": pick("a RAID array", "une grappe RAID")
            case "LVM2_member", "LVM1_member": pick("an LVM volume group", "un groupe de volumes LVM")
            default: type
            }
        return pick(
            "is a part of \(what) that is not assembled: what it holds cannot be seen yet",
            "fait partie d'un ensemble non assemblé (\(what)) : son contenu n'est pas encore visible")
    }
    public var arrayIsStopped: String {
        pick(
            "the array is not started: what it holds cannot be seen yet",
            "la grappe n'est pas démarrée : son contenu n'est pas encore visible")
    }
    public func cutShort(_ missing: UInt64) -> String {
        pick("is cut short: its last \(size(missing)) are missing", "est tronqué : il manque ses derniers \(size(missing))")
    }
    public var holdsNoBytes: String { pick("holds not a single byte", "ne contient pas un seul octet") }
    public var needsRoot: String {
        pick("only root may look into it: run this again with sudo", "seul root peut regarder dedans : relancez avec sudo")
    }
    public func noneAmongTheFirst(_ files: Int) -> String {
        pick(
            "no recording among the first \(plural(files, "file", "files")) looked at; there are more",
            "aucun enregistrement parmi les \(plural(files, "premier fichier examiné", "premiers fichiers examinés")) ; il y en a d'autres")
    }
    public func arrayIncomplete(_ missing: Int) -> String {
        pick(
            "the array lacks \(plural(missing, "member", "members"))",
            "il manque \(plural(missing, "membre", "membres")) à la grappe RAID")
    }
    public func signature(_ type: String, at offset: UInt64?) -> String {
        offset.map { pick("\(type) at byte \($0)", "\(type) à l'octet \($0)") } ?? type
    }
    public func alsoLooksLike(_ signatures: [String]) -> String {
        pick("carries several signatures: ", "porte plusieurs signatures : ") + signatures.joined(separator: ", ")
    }
    public func contradictingSignatures(_ signatures: [String]) -> String {
        pick(
            "contradictory signatures, nothing is mounted before a person decides",
            "signatures contradictoires, rien n'est monté avant qu'une personne décide")
            + (signatures.isEmpty ? "" : colon + signatures.joined(separator: ", "))
    }
    public var isSwap: String { pick("is swap space, without files", "est un espace d'échange, sans fichiers") }
    public var isEncrypted: String {
        pick("is encrypted; what it holds cannot be seen without its key", "est chiffré ; son contenu est invisible sans sa clé")
    }
    public var isEmpty: String { pick("nothing but zeroes wherever it was looked at", "que des zéros partout où l'on a regardé") }
    public var hasUnknownBytes: String {
        pick(
            "no known signature: wiped, encrypted or foreign; recordings may still be found with carve",
            "aucune signature connue : effacé, chiffré ou étranger ; carve peut encore y retrouver des enregistrements")
    }
    public var needsRecovery: String {
        pick(
            "was not unmounted cleanly: a plain mount would write to it",
            "n'a pas été démonté proprement : un montage ordinaire y écrirait")
    }
    public var logNotReplayed: String {
        pick(
            "nothing is seen without what its log holds; camtrace-rescue mount --mode overlay replays it beside the disk",
            "rien n'est visible sans le contenu de son journal ; camtrace-rescue mount --mode overlay le rejoue à côté du disque")
    }
    public func cannotBeRead(_ reason: String) -> String { pick("cannot be read: \(reason)", "illisible : \(reason)") }
    public func noDriver(_ type: String) -> String {
        pick(
            "this kernel cannot read \(type), or is too old to look without mounting",
            "ce noyau ne sait pas lire \(type), ou est trop ancien pour regarder sans monter")
    }
    public func cannotBeOpened(_ reason: String) -> String {
        pick("its file system cannot be opened: \(reason)", "son système de fichiers ne s'ouvre pas : \(reason)")
    }
    public var isDamaged: String {
        pick(
            "its file system is damaged, this kernel does not open it; carve may still find recordings",
            "son système de fichiers est abîmé, ce noyau ne l'ouvre pas ; carve peut encore y retrouver des enregistrements")
    }
    public var diskIsNotHere: String { pick("the disk itself is not here", "le disque lui-même n'est pas ici") }
}

/// Health.
extension Language {
    public func healthName(_ state: String) -> String {
        switch state {
        case "good": pick("healthy", "en bonne santé")
        case "worn": pick("worn", "usé")
        case "failing": pick("FAILING", "EN PANNE")
        default: pick("health unknown", "santé inconnue")
        }
    }
    public var healthPassed: String { pick("its own test passed", "son propre test est bon") }
    public var healthFailed: String { pick("its own test FAILED", "son propre test a ÉCHOUÉ") }
    public func reallocated(_ count: UInt64) -> String {
        pick("\(self.count(Int(clamping: count))) reallocated sectors", "\(self.count(Int(clamping: count))) secteurs réalloués")
    }
    public func pending(_ count: UInt64) -> String {
        pick("\(self.count(Int(clamping: count))) unstable sectors", "\(self.count(Int(clamping: count))) secteurs instables")
    }
    public func uncorrectable(_ count: UInt64) -> String {
        pick("\(self.count(Int(clamping: count))) unreadable sectors", "\(self.count(Int(clamping: count))) secteurs illisibles")
    }
    public func mediaErrors(_ count: UInt64) -> String {
        pick("\(self.count(Int(clamping: count))) media errors", "\(self.count(Int(clamping: count))) erreurs du support")
    }
    public func lifeUsed(_ percent: UInt64) -> String { pick("\(percent)% of its life used", "\(percent) % de sa vie consommée") }
    public func criticalWarning(_ bits: UInt64) -> String { pick("critical warning \(bits)", "avertissement critique \(bits)") }
    public func loggedErrors(_ count: UInt64) -> String {
        pick("\(self.count(Int(clamping: count))) errors in its log", "\(self.count(Int(clamping: count))) erreurs dans son journal")
    }
    public func healthTooSlow(_ seconds: Double) -> String {
        pick("the disk gave no answer within \(Int(seconds)) s", "le disque n'a pas répondu en \(Int(seconds)) s")
    }
    public var healthNotAsked: String { pick("not asked", "non demandé") }
    public func healthNoAnswer(_ why: String) -> String {
        switch why {
        case "smartctl": pick("smartctl is not installed", "smartctl n'est pas installé")
        case "": pick("the disk does not tell", "le disque ne le dit pas")
        default: quoted(why)
        }
    }
}

/// Systems.
extension Language {
    public func systemOn(_ volume: String) -> String { pick("System on \(volume)", "Système sur \(volume)") }
    public func systemState(_ state: String) -> String {
        switch state {
        case "intact": pick("intact", "intact")
        case "migration-interrupted": pick("MIGRATION INTERRUPTED", "MIGRATION INTERROMPUE")
        case "migrated": pick("migrated", "migré")
        default: pick("state unknown", "état inconnu")
        }
    }
    /// `isContradicted`: several places name several versions.
    public func productVersion(_ product: String, _ version: String?, isContradicted: Bool, isConfirmed: Bool) -> String {
        guard let version else {
            return product + " "
                + (isContradicted
                    ? pick("(its files name several versions)", "(ses fichiers nomment plusieurs versions)")
                    : pick("(version unknown)", "(version inconnue)"))
        }
        return isConfirmed
            ? "\(product) \(version)"
            : "\(product) \(version) "
                + pick(
                    "(read from its files; this rule was not confirmed on a server)",
                    "(lu dans ses fichiers ; règle non confirmée sur un serveur)")
    }
    public func versionSource(_ place: String, _ version: String) -> String { place + colon + version }
    public func releaseIs(_ name: String) -> String { pick("calls itself \(name)", "se nomme \(name)") }
    public func releaseUnknown(_ name: String?) -> String {
        pick(
            "\(name ?? "its release") is no release that a recorder of the profile runs on",
            "\(name ?? "sa version") n'est pas une version sur laquelle tourne un enregistreur du profil")
    }
    public func releaseFilesDisagree(_ one: String, _ other: String) -> String {
        pick("os-release says \(one), lsb-release says \(other)", "os-release dit \(one), lsb-release dit \(other)")
    }
    public func unfinishedPackages(_ count: Int, _ example: String, _ state: String) -> String {
        count == 1
            ? pick(
                "1 package is not fully installed: \(example) (\(state))", "1 paquet n'est pas entièrement installé : \(example) (\(state))"
            )
            : pick(
                "\(self.count(count)) packages are not fully installed, e.g. \(example) (\(state))",
                "\(self.count(count)) paquets ne sont pas entièrement installés, p. ex. \(example) (\(state))")
    }
    public func pendingUpdates(_ count: Int) -> String {
        pick("dpkg was stopped in the middle of its work", "dpkg a été arrêté au milieu de son travail")
    }
    public func mixedSources(_ names: [String]) -> String {
        pick("apt's sources name two releases: ", "les sources d'apt nomment deux versions : ") + names.joined(separator: ", ")
    }
    public func sourcesOfAnother(_ name: String) -> String {
        pick("apt's sources name another release: \(name)", "les sources d'apt nomment une autre version : \(name)")
    }
    public func libraryOfAnother(_ version: String, _ release: String) -> String {
        pick("its C library, \(version), is that of \(release)", "sa bibliothèque C, \(version), est celle de \(release)")
    }
    public func productOfAnother(_ version: String, _ system: String) -> String {
        pick(
            "half upgraded: version \(version) stands on \(system); one of the two was upgraded, the other was not",
            "mis à niveau à moitié : la version \(version) se trouve sur \(system) ; l'un des deux a été mis à niveau, l'autre pas")
    }
    public func kernelsWithoutModules(_ names: [String]) -> String {
        pick("no kernel has its modules: ", "aucun noyau n'a ses modules : ") + names.joined(separator: ", ")
    }
    public var upgradeLog: String { pick("it holds the logs of a release upgrade", "il contient les journaux d'une mise à niveau") }
    public func leftovers(_ files: [String]) -> String {
        pick("archives of an update were left: ", "des archives de mise à jour sont restées : ") + files.joined(separator: ", ")
    }
    public var noPackageDatabase: String { pick("no package database", "pas de base de paquets") }
}

/// What goes wrong with disks.
extension Language {
    public func notADump(_ path: String) -> Complaint {
        Complaint(
            code: "not-a-dump",
            message: pick("\(path) holds no dump of a machine.", "\(path) ne contient pas la copie d'une machine."),
            hint: pick(
                "It must contain sys/block, as Scripts/dump-machine writes it.",
                "Il doit contenir sys/block, comme Scripts/dump-machine l'écrit."))
    }

    public func badProfile(_ path: String, _ detail: String) -> Complaint {
        Complaint(
            code: "bad-profile",
            message: pick(
                "The profile \(path) cannot be used: \(detail) is missing or wrong.",
                "Le profil \(path) est inutilisable : \(detail) manque ou est faux."),
            hint: pick(
                "It must have all the fields of Sources/CamTrace/Profiles/camtrace.json.",
                "Il doit avoir tous les champs de Sources/CamTrace/Profiles/camtrace.json."))
    }

    public func watchIsLive() -> Complaint {
        usage(pick("--watch looks at this machine only.", "--watch ne concerne que cette machine."))
    }

    public func watchIsNoDocument() -> Complaint {
        usage(pick("--watch never ends, --json is one document.", "--watch ne finit jamais, --json est un seul document."))
    }

    public func noUdev() -> Complaint {
        Complaint(
            code: "no-udev",
            message: pick("Disks cannot be watched: no udev runs here.", "Impossible de surveiller les disques : udev ne tourne pas ici."),
            hint: pick("Run detect again after plugging a disk in.", "Relancez detect après avoir branché un disque."))
    }
}
